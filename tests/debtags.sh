#!/bin/sh
# examples/debtags.sh on an index made here, of which it is known what has to come out. $1: the build folder.
# With a second argument on this machine's own index, where micro-F1 has to be 0.57 at least.
set -eu
build=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$build"
export GRADUS=./gradus

fail() {
  echo "debtags: $1"
  cat "$work/said" "$work/errors" 2>/dev/null
  exit 1
}

# run STATUS: the example with what is found on $PATH ends with it.
run() {
  status=0
  "$root/examples/debtags.sh" "$work/folder" >"$work/said" 2>"$work/errors" || status=$?
  [ "$status" = "$1" ] || fail "status $status, not $1"
}

# micro_f1 LEAST: the score of the tags is so high.
micro_f1() {
  awk -v least="$1" '$1 == "micro_f1" { exit !(found = $2 >= least) } END { exit !found }' "$work/said" || fail "micro_f1 is below $1"
}

# says FILE LINE: the file has this line.
says() { grep -qxF "$2" "$1" || fail "${1##*/} does not say: $2"; }

if [ $# -gt 1 ]; then
  "$root/examples/debtags.sh" "$work/folder" >"$work/said"
  cat "$work/said"
  micro_f1 0.57
  exit
fi

mkdir "$work/bin"
apt_cache() { # what apt-cache prints
  cat >"$work/index"
  printf '#!/bin/sh\n[ "$*" = dumpavail ] && cat "%s"\n' "$work/index" >"$work/bin/apt-cache"
  chmod +x "$work/bin/apt-cache"
}
PATH="$work/bin:$PATH"

# 600 sources of a program and a library each. 200 programs edit, which is a label; 199 view, which is none.
awk 'BEGIN {
  for (i = 0; i < 600; ++i) {
    does = i % 3 == 0 ? "Edit" : i % 3 == 1 ? "View" : "Rename"
    print "Package: p" i "\nVersion: 1.0\nDescription: " does " files quickly\n and at length: headers\nSection: misc"
    if (i % 3 == 2)
      print "Tag: role::program, implemented-in::c, interface::commandline, suite::TODO"
    else
      print "Tag: role::program, interface::graphical,\n use::" (i == 1 ? "checking" : i % 3 == 0 ? "editing" : "viewing") ", suite::TODO"
    print "Size: 1\n"
    print "Package: libp" i "-dev\nSource: p" i " (1.0-1)\nDescription-en: Headers of the p library\nTag: devel::library,\n devel::lang:c, role::devel-lib\n"
  }
  print "Package: p5\nDescription: Edit what an older version did\nTag: role::program, use::editing, interface::graphical\n"
  print "Package: hasty\nDescription: Edit things\nTag: role::program\n"
  print "Package: nobody-knows\nDescription: Edit texts\n"
  print "Package: nobody-knows-dev\nSource: nobody-knows\nDescription: headers for a library" # and no empty line
}' | apt_cache
run 0
micro_f1 0.99
says "$work/said" "precision 1.000, recall 1.000, micro-F1 1.000"
[ "$(wc -l <"$work/folder/packages.tsv")" = 1204 ] || fail "1203 packages have a line"
printf '%s\n' devel::lang:c devel::library implemented-in::c interface::commandline interface::graphical role::devel-lib \
  role::program use::editing | diff - "$work/folder/tags.txt" || fail "other tags"
says "$work/folder/packages.tsv" "p5	p5	role::program implemented-in::c interface::commandline	p rename files quickly"
says "$work/folder/packages.tsv" "libp5-dev	p5	devel::library devel::lang:c role::devel-lib	lib p dev headers of the library"
says "$work/folder/suggestions.txt" "nobody-knows: interface::graphical, role::program, use::editing"
says "$work/folder/suggestions.txt" "nobody-knows-dev: devel::lang:c, devel::library, role::devel-lib"
[ "$(wc -l <"$work/folder/suggestions.txt")" = 2 ] || fail "two packages are untagged"

# Of a program that renames: it has no editor's facet, so whether it edits is unknown; it is not graphical, since it has the facet.
cat "$work/folder/train.csv" "$work/folder/test.csv" | awk -F, '
  $1 == "package" { for (i = 1; i <= NF; ++i) column[$i] = i }
  $1 == "p5" { print $column["tag:use::editing"] ";" $column["facet:use"] ";" $column["tag:interface::graphical"] ";" \
                     $column["tag:interface::commandline"] ";" $column["word:rename"] ";" $column["word:edit"] }' >"$work/p5"
says "$work/p5" ";0;0;1;1;0"
# A source is on one side, and every tagged package is on one.
for part in train test; do cut -d, -f2 "$work/folder/$part.csv" | tail -n +2 | sort -u >"$work/$part"; done
[ -z "$(comm -12 "$work/train" "$work/test")" ] || fail "a source is in both parts"
[ "$(cat "$work/train" "$work/test" | wc -l)" = 600 ] || fail "600 sources are tagged"

mkdir "$work/examples"
cp "$root/examples/debtags.sh" "$work/examples"

"$root/examples/debtags.sh" --bad >"$work/said" 2>&1 && fail "--bad is no option"
grep -q "^usage: examples/debtags.sh" "$work/said" || fail "it should say how it is used"

# No index, one without tags, none of apt at all, no gradus.
apt_cache </dev/null
run 77
grep -q "debtags.sh: skipped: apt's index has no tag that 200 packages share; 'apt-get update' fetches Debian's" "$work/errors" || fail "it should say what is missing"
printf 'Package: a\nDescription: b\n' | apt_cache
run 77
rm "$work/bin/apt-cache"
for tool in sh awk sed sort uniq cut tail tr wc tee paste comm mkdir rm dirname cat head grep; do ln -s "$(command -v $tool)" "$work/bin/$tool"; done
PATH="$work/bin"
run 77
grep -q "debtags.sh: skipped: there is no apt-cache" "$work/errors" || fail "it should say that apt is missing"
GRADUS=
status=0
"$work/examples/debtags.sh" >"$work/said" 2>"$work/errors" || status=$?
[ "$status" = 1 ] && grep -q "./dev build makes it" "$work/errors" || fail "it should say that gradus is not built"
