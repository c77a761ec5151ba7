#!/bin/sh
# Every block of C, shell commands and text in README.md, CONTRIBUTING.md and docs/ is run or compared. $1: the build folder.
#
#   ```c            a program: compiled and run. In a chapter of the book, without main: lines of the chapter's program
#   ```sh           commands: run, in a folder where examples/, build/ and iris.csv are
#   ```text         what the block before it prints. In a chapter: a paragraph of its program's output
#   ```text printed in a chapter: what the block before it prints
#   ```c PATH       (or text, sh) lines of that file of the tree
#
# A block that cannot be run has its reason on a line before it: <!-- not run: REASON -->. Their number is below.
set -eu
not_run=4
build=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$root"

# split PAGE FOLDER: writes each block to FOLDER/NUMBER and prints "NUMBER LANGUAGE PATH", with - for no PATH, and
# not-run for the PATH of a block that has a reason.
split() {
  awk -v folder="$2" '
    /^```/ && inside { inside = 0; reason = ""; next }
    /^```/ {
      inside = 1
      $0 = substr($0, 4)
      ++count
      file = folder "/" count
      printf "" >file
      print count, $1, (reason ? "not-run" : NF > 1 ? $2 : "-")
      next
      next
    }
    inside { print >file; next }
    /^<!-- not run: .* -->$/ { reason = $0; next }
    /./ { reason = "" }' "$1"
}

# quotes FILE BLOCK: whether the lines of the block stand in the file, one after the other.
quotes() {
  awk 'NR == FNR { block = block $0 "\n"; next } { file = file $0 "\n" } END { exit !index("\n" file, "\n" block) }' "$2" "$1"
}

# The program in FILE, compiled as the README says. A header of the folder has its .c file there.
compile() {
  others=$(sed -n 's/^#include "\(.*\)\.h"$/\1.c/p' "$1")
  { echo '#line 1 "program.c"'; cat "$1"; } >program.c
  ${CC:-cc} -std=c11 -Wall -Wextra -Wpedantic -Werror -I"$build/include" program.c $others "$build/libgradus.a" \
    -lopenblas -lzip -lz -lm -lpthread -o program
}

# check NUMBER LANGUAGE PATH: one block, in the folder of its page.
check() {
  case "$2 $3" in
  *" not-run") echo "$page: block $1" >>"$work/not_run" ;;
  "c -" | "sh -" | "text -" | "text printed")
    kind=$2
    ! grep -q '^int main' "$1" || kind=program
    case "$page $kind $3" in
    docs/book/*" text -") ;; # see below: the whole page is made again
    docs/book/[0-9]*" c -") quotes "$root/${page%.md}.c" "$1" || fail "block $1 is not in ${page%.md}.c" ;;
    *" c -" | *" program -") compile "$1" && ./program >printed || fail "the program of block $1 fails" ;;
    *" sh -") PATH="$build:$PATH" sh -e "$1" >printed || fail "a command of block $1 fails" ;;
    *)
      [ -f printed ] || fail "block $1: nothing before it prints it, and no reason is given"
      diff "$1" printed || fail "block $1 is not what is printed"
      rm printed ;;
    esac ;;
  "c "* | "sh "* | "text "*) quotes "$root/$3" "$1" || fail "block $1 is not in $3" ;;
  esac
}

fail() {
  echo "$page: $1"
  exit 1
}

for page in README.md CONTRIBUTING.md docs/*.md docs/book/*.md; do
  [ -f "$page" ] || continue
  folder=$work/$(echo "$page" | tr / _)
  mkdir "$folder"
  ln -s "$root/examples" "$folder/examples"
  ln -s "$build" "$folder/build"
  cp examples/data/iris.csv "$folder"
  split "$page" "$folder" >"$folder/list"
  while read -r number language path; do
    (cd "$folder" && check "$number" "$language" "$path")
  done <"$folder/list"
done
touch "$work/not_run"
[ "$(wc -l <"$work/not_run")" = $not_run ] || {
  echo "the number of blocks that are not run is not $not_run:"
  cat "$work/not_run"
  exit 1
}

# Each chapter of the book has the whole output of its program.
for page in docs/book/[0-9]*.md; do
  [ -f "$page" ] || continue
  "$build/book/$(basename "$page" .md)" >"$work/printed" || fail "its program fails"
  awk -f docs/book/fill.awk "$work/printed" "$page" >"$work/page" || fail "see above"
  diff "$page" "$work/page" || fail "its program prints something else: ./dev book --update"
done

# The program that reads the model in Python predicts what `gradus predict` does, where NumPy is installed.
cd "$work/docs_export.md"
awk '$0 == "```" { inside = 0 } inside { print } $0 == "```python iris.py" { inside = 1 }' "$root/docs/export.md" >iris.py
[ -s iris.py ] || { echo "docs/export.md has lost iris.py"; exit 1; }
if python3 -c 'import numpy' 2>/dev/null; then
  printf 'sepal length,sepal width,petal length,petal width\n5.1,3.5,1.4,0.2\n' >flower.csv
  { python3 iris.py | tr -d "[],'" && "$build/gradus" predict iris.safetensors flower.csv --prob; } | awk '
    NR == 1 { for (i = 4; i <= 6; ++i) p[i - 2] = $i }
    NR == 3 { split($0, q, ","); for (i = 2; i <= 4; ++i) wrong += !((p[i] - q[i]) ^ 2 < 1e-10) }
    END { exit NR != 3 || wrong > 0 }' || { echo "docs/export.md: iris.py predicts something else"; exit 1; }
fi

# Each key that the commands of docs/cli.md print is on the page.
cd "$work/docs_cli.md"
[ "$(wc -l <predictions.csv)" = 5 ] || { echo "docs/cli.md: predictions of five rows are expected"; exit 1; }
for key in $(cat validation.json scores.json model.json run.jsonl | grep -o '"[a-z_]*":' | sort -u | tr -d '":'); do
  grep -q "\`$key\`" "$root/docs/cli.md" || { echo "docs/cli.md: the key $key is missing"; exit 1; }
done
cd "$root"

"$build/docs/ops_page" | diff docs/ops.md - || { echo "docs/ops.md is stale: run ./dev docs"; exit 1; }

# What the README promises stands there first.
[ "$(grep -n -m 1 '\./dev demo' README.md | cut -d: -f1)" -le 5 ] || { echo "README.md: ./dev demo comes first"; exit 1; }
for command in $(grep -oh '\./dev [a-z]*' README.md CONTRIBUTING.md docs/*.md docs/book/*.md | sed 's/.*dev //' | sort -u); do
  ./dev help | grep -q "^./dev $command" || { echo "there is no ./dev $command"; exit 1; }
done
