#!/bin/sh
# Writes what the book's programs print into their pages, and their pictures. $1: the build folder.
set -eu
build=$(cd "$1" && pwd)
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for page in [0-9]*.md; do
  name=${page%.md}
  sh pictures.sh "$build" "$name" "$work" >"$work/printed"
  awk -f fill.awk "$work/printed" "$page" >"$work/page"
  cmp -s "$work/page" "$page" || cp "$work/page" "$page"
  mv "$work"/*.svg .
done
