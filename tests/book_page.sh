#!/bin/sh
# The book as one page, which ./dev book makes: all chapters, no broken link, nothing from the network, formulas as MathML,
# well-formed, no Markdown left. $1: the build folder. 77: a tool is missing.
set -eu
for tool in pandoc xmllint; do
  command -v $tool >/dev/null || { echo "skipped: $tool is not installed (./dev book, ./dev browser)"; exit 77; }
done
build=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
page=$build/book.html

fail() {
  echo "book.html: $1"
  exit 1
}

# count PATTERN: how often it stands in the page.
count() { grep -o "$1" "$page" | wc -l; }

sh "$root/docs/book/html.sh" "$build"
xmllint --noout "$page" || fail "it is not well-formed"
for chapter in "$root"/docs/book/[0-9]*.md; do
  name=$(basename "$chapter" .md)
  grep -q "<h1 id=\"chapter_$name\"" "$page" || fail "chapter $name is missing"
  grep -q "href=\"book/$name.html\"" "$page" || fail "it has no link to the trace of $name"
  grep -q 'class="g' "$build/book/$name.html" || fail "the page of the trace of $name has no graph"
done
[ "$(count '<h1 ')" = 11 ] || fail "ten chapters and a title are expected"

# Links: to an id of the page, or to a file that is there. Pictures are in the page.
grep -o ' id="[^"]*"' "$page" | sed 's/.*="//; s/"//' | sort >"$work/ids"
[ -z "$(uniq -d "$work/ids")" ] || fail "these ids are there twice: $(uniq -d "$work/ids")"
grep -o ' href="[^"]*"' "$page" | sed 's/.*="//; s/"//' | sort -u >"$work/links"
while read -r link; do
  case $link in
  \#*) grep -qx "${link#\#}" "$work/ids" || fail "the link $link leads nowhere" ;;
  *:*) fail "the link $link leads out of the project" ;;
  *) [ -e "$build/${link%%#*}" ] || fail "the link $link leads to no file" ;;
  esac
done <"$work/links"
pictures=$(cat "$root"/docs/book/[0-9]*.md | grep -c '^!\[')
[ "$(count '<img src="data:image/svg+xml')" = "$pictures" ] || fail "$pictures pictures are expected"
! grep -Eq '(src|srcset|data|action)="(https?:)?//|<link|<script|@import|url\(["'\'']?http' "$page" || fail "it asks the network for something"

# Formulas: as many as the chapters have between $$ and $$, and no sign of Markdown outside of code.
formulas=$(cat "$root"/docs/book/[0-9]*.md | grep -o '\$\$' | wc -l)
[ "$(count '<math display="block"')" = $((formulas / 2)) ] || fail "$((formulas / 2)) displayed formulas are expected"
xmllint --xpath '//*[local-name()="p" or local-name()="li" or local-name()="td" or starts-with(local-name(), "h")]//text()[
  not(ancestor::*[local-name()="code" or local-name()="math" or local-name()="style"])]' "$page" >"$work/text"
[ "$(wc -w <"$work/text")" -gt 5000 ] || fail "its text is missing"
! grep -nE '\$|```|\]\(|\*\*|^\||\{#' "$work/text" || fail "there is Markdown left in its text"
