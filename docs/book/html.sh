#!/bin/sh
# Makes one offline page of the book. $1: the build folder, $2: the page. pandoc turns formulas into MathML.
set -eu
build=$(cd "$1" && pwd)
out=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/style.html" <<'STYLE'
<style>
:root{color-scheme:light dark;--ink:#1b1e23;--ground:#fff;--soft:#59616c;--line:#dfe3e8;--code:#f4f6f8;--link:#1a5cc0}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ed;--ground:#14171b;--soft:#a3abb6;--line:#333a44;--code:#1d2229;--link:#86b6ff}}
html{font:17px/1.55 system-ui,sans-serif;color:var(--ink);background:var(--ground)}
body{max-width:42rem;margin:0 auto;padding:1rem}
h1{margin-top:3rem;line-height:1.2;border-top:1px solid var(--line);padding-top:2rem}
h2{margin-top:2rem}
a{color:var(--link)}
pre{background:var(--code);padding:.8rem;overflow-x:auto;font-size:.82rem;line-height:1.4;border-radius:4px}
code{font-family:ui-monospace,monospace;font-size:.9em}
pre code{font-size:inherit;white-space:pre}
img{max-width:100%;height:auto;display:block;margin:1rem auto}
figcaption{color:var(--soft);font-size:.9rem;text-align:center}
figure{margin:1.5rem 0}
table{border-collapse:collapse;display:block;overflow-x:auto}
td,th{border-bottom:1px solid var(--line);padding:.3rem .8rem .3rem 0;text-align:left;vertical-align:top}
math[display=block]{overflow-x:auto;margin:1rem 0}
#TOC ul{list-style:none;padding-left:0}
@media print{html{font-size:10.5pt}h1{break-before:page;border:0}pre,figure,table{break-inside:avoid}pre code{white-space:pre-wrap}}
</style>
STYLE

# Chapters refer to each other by file, here by heading: [chapter 5](05_likelihood.md) leads to #05_likelihood. Pages of
# docs/ and files of the tree stay where they are.
for page in README.md [0-9]*.md; do
  sed -e "1s/\$/ {#chapter_${page%.md}}/" -e 's|](\([0-9][0-9]_[a-z_]*\)\.md)|](#chapter_\1)|g' \
    -e 's/^\(```[a-z]*\) .*/\1/' -e 's|](\.\./\.\./|](TREE/|g' -e 's|](\.\./|](TREE/docs/|g' "$page"
  echo
done | sed "s|](TREE/|](../|g" >"$work/book.md"
pandoc -f markdown-smart-implicit_figures+implicit_figures -t html5 --standalone --self-contained --mathml --toc --toc-depth=1 \
  --metadata pagetitle="Gradus: the book" --metadata lang=en-GB --include-in-header="$work/style.html" \
  --metadata document-css=false --no-highlight --resource-path=. "$work/book.md" -o "$out" 2>"$work/errors" || {
  cat "$work/errors" >&2
  exit 1
}
# An offline page asks the network for nothing.
! grep -Eq '(src|href)="https?://[^"]*\.(js|css|svg|png)"' "$out" || { echo "$out is not offline" >&2; exit 1; }
