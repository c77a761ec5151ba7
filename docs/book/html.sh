#!/bin/sh
# Makes one offline page of the book, and beside it a page of each chapter's trace. $1: the build folder. Writes book.html and
# book/NN_name.html there. pandoc turns formulas into MathML.
set -eu
build=$(cd "$1" && pwd)
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

{ echo '<style>'; cat page.css; echo '</style>'; } >"$work/style.html"

# In the one page a chapter is a heading: [chapter 5](05_likelihood.md) leads to #chapter_05_likelihood. `05_likelihood.html`,
# the page of a trace, becomes a link. Pages of docs/ and files of the tree stay where they are.
for page in README.md [0-9]*.md; do
  name=${page%.md}
  sed -e "1s/\$/ {#chapter_$name}/" -e 's|](\([0-9][0-9]_[a-z_]*\)\.md)|](#chapter_\1)|g' -e 's/^\(```[a-z]*\) .*/\1/' \
    -e "s|\`\($name\.html\)\`|[\`\1\`](book/\1)|g" -e 's|](\.\./\.\./|](TREE/|g' -e 's|](\.\./|](TREE/docs/|g' "$page"
  echo
  [ $name != README ] || continue
  echo '[All chapters](#chapter_README)'
  echo
  GRADUS_TRACE=$work/trace "$build/book/$name" >"$work/printed"
  "$build/gradus" trace "$work/trace" -o "$build/book/$name.html" >&2
done | sed "s|](TREE/|](../|g" >"$work/book.md"
pandoc -f markdown-smart -t html5 --standalone --self-contained --mathml --metadata pagetitle="Gradus: the book" \
  --metadata lang=en-GB --metadata document-css=false --include-in-header="$work/style.html" --no-highlight \
  --resource-path=. "$work/book.md" -o "$work/book.html" 2>"$work/errors" || {
  cat "$work/errors" >&2
  exit 1
}
# Parentheses of pandoc's formulas grow with an exponent. Only those of a matrix should.
sed -e 's|stretchy="true" form="prefix">\([(\|]\)|stretchy="false" form="prefix">\1|g' \
  -e 's|stretchy="true" form="postfix">\([)\|]\)|stretchy="false" form="postfix">\1|g' \
  -e 's|stretchy="false"\( form="prefix">(</mo><mtable\)|stretchy="true"\1|g' \
  -e 's|\(</mtable><mo \)stretchy="false"|\1stretchy="true"|g' "$work/book.html" >"$build/book.html"
