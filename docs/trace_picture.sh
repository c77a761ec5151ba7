#!/bin/sh
# Draws docs/trace.png, the picture in README.md: the page that `gradus trace` writes of the sample
# trace, at the step that completes a gradient of two contributions. $1: the build folder. Needs
# Chromium.
set -eu
build=$(cd "$1" && pwd)
docs=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"$build/gradus" trace "$docs/../tests/trace/sources/tiny.trace" -o trace.html
chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --virtual-time-budget=2000 \
  --window-size=1200,1304 --screenshot=trace.png "file://$work/trace.html#step=11" 2>chromium.txt || {
  cat chromium.txt >&2
  exit 1
}
cp trace.png "$docs/trace.png"
