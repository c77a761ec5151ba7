#!/bin/sh
# Tags for Debian's packages, learnt from those that people tagged by hand: many labels at once, most of them unknown.
#
# usage: examples/debtags.sh [FOLDER]
#
# apt keeps an index of all packages, which says of many what they are: "role::program", "interface::graphical",
# "use::gameplaying". A tag is a value of a facet, and a package has tags of those facets that somebody thought of. So a label is
#     1      the package has the tag,
#     0      it has others of the same facet, but not this one,
#     empty  it has none of the facet: unknown, and masked out of the loss and of the scores.
# One model learns P(tag | the facet is used) from the words of name and synopsis, another P(the facet is used); by their
# product tags are suggested. Both are judged on packages from sources that training has not seen, and then asked about the
# packages that nobody has tagged. Tables, models, a report and the suggestions are left in FOLDER (build/debtags). All of
# it takes half a minute. Status 77: there is no index of packages, or it has too few tags.
set -eu
export LC_ALL=C

root=$(cd "$(dirname "$0")/.." && pwd)
least_tags=3       # fewer, and a package was tagged by the way, mostly with its role alone
least_packages=200 # with a tag
least_uses=20      # of a word, among tagged packages

usage() {
  echo "usage: examples/debtags.sh [FOLDER]; --help says more" >&2
  exit 2
}
case ${1:-} in
-h | --help) sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit ;;
-*) usage ;;
esac
[ $# -le 1 ] || usage
gradus=${GRADUS:-$root/build/gradus}
[ -x "$gradus" ] || gradus=$(command -v gradus) || {
  echo "debtags.sh: no gradus in build/ nor on the PATH; ./dev build makes it" >&2
  exit 1
}
case $gradus in
/*) ;;
*) gradus=$PWD/$gradus ;;
esac
skip() {
  echo "debtags.sh: skipped: $1" >&2
  exit 77
}
say() { printf '\n== %s\n' "$1"; }

# A line for each package: name, source, tags, the words of name and synopsis. Of several entries of a name the first counts.
packages() {
  apt-cache dumpavail | awk '
    function finish() {
      if (name != "" && !(name in known)) {
        gsub(/[^ ]*::TODO/, "", tags) # "suite::TODO" is how Debian says that a tag is yet to be given
        print name, (source == "" ? name : source), distinct(tags), distinct(words)
        known[name]
      }
      name = source = tags = words = ""
    }
    function distinct(text,    i, n, list, seen, result) {
      n = split(text, list, " ")
      for (i = 1; i <= n; ++i)
        if (!(list[i] in seen)) {
          seen[list[i]]
          result = result (result == "" ? "" : " ") list[i]
        }
      return result
    }
    function add_words(text) {
      text = tolower(text)
      sub(/^lib/, "lib ", text)
      gsub(/[^a-z+#]+/, " ", text)
      words = words " " text
    }
    BEGIN { OFS = "\t"; print "package", "source", "tags", "words" }
    /^[^ ]/ { in_tags = /^Tag:/ }
    in_tags { gsub(/^Tag:|,/, " "); tags = tags " " $0 }
    /^Package:/ { name = $2; add_words($2) }
    /^Source:/ { source = $2 }
    /^Description(-en)?:/ { sub(/^[^:]*: */, ""); add_words($0) }
    /^$/ { finish() }
    END { finish() }'
}

# What at least so many tagged packages have in a column of lists.
common() {
  tail -n +2 tagged.tsv | cut -f "$1" | tr ' ' '\n' | sort | uniq -c | awk -v least="$2" '$1 >= least { print $2 }'
}

# The table of the packages of a file: columns of 0 and 1 for facets, tags and words; empty where a tag is unknown.
table() {
  awk -F '\t' '
    function add_column(name, value) {
      header = header "," name
      blank = blank "," value
      column[name] = ++columns
    }
    BEGIN { OFS = ","; columns = 2 }
    FNR == 1 { ++file }
    file == 1 { add_column("facet:" $0, 0); next }
    file == 2 { tag[$0]; add_column("tag:" $0, ""); next }
    file == 3 { add_column("word:" $0, 0); next }
    FNR == 1 { print "package,source" header; next }
    {
      names = $1 "," $2
      split("", has)
      for (i = split($3, list, " "); i > 0; --i) {
        has["tag:" list[i]]
        sub(/::.*/, "", list[i])
        has["facet:" list[i]]
      }
      for (i = split($4, list, " "); i > 0; --i)
        has["word:" list[i]]
      FS = ","
      $0 = names blank
      for (name in tag) {
        of = name
        sub(/::.*/, "", of)
        if ("facet:" of in has)
          $column["tag:" name] = 0
      }
      for (name in has)
        if (name in column)
          $column[name] = 1
      FS = "\t"
      print
    }' facets.txt tags.txt words.txt "$1"
}

# The tags that are more likely than not of each package of a table: "package: tag, tag".
suggest() {
  "$gradus" predict facets.safetensors "$1" --prob -o facets.csv
  "$gradus" predict tags.safetensors "$1" --prob -o tags.csv
  paste -d , facets.csv tags.csv | awk -F , '
    NR == 1 {
      for (i = 1; i <= NF; ++i)
        if (sub(/^prob_facet:/, "", $i))
          column[$i] = i
        else if (sub(/^prob_tag:/, "", $i)) {
          tag[i] = $i
          sub(/::.*/, "", $i)
          facet[i] = column[$i]
        }
      next
    }
    {
      line = ""
      for (i = 1; i <= NF; ++i)
        if (i in tag && $i * $facet[i] >= 0.5)
          line = line ", " tag[i]
      if (line != "")
        print $1 ": " substr(line, 3)
    }'
  rm facets.csv tags.csv
}

# Lines of package and tag: of suggestions, and of the common tags that the packages of a file have.
pairs_suggested() { awk -F '(: |, )' '{ for (i = 2; i <= NF; ++i) print $1, $i }' "$1" | sort; }
pairs_known() {
  awk -F '\t' '
    NR == FNR { common[$0]; next }
    FNR > 1 { for (i = split($3, list, " "); i > 0; --i) if (list[i] in common) print $1, list[i] }' tags.txt "$1" | sort
}

command -v apt-cache >/dev/null || skip "there is no apt-cache on this machine, and so no index of Debian's packages"
folder=${1:-$root/build/debtags}
mkdir -p "$folder"
cd "$folder"
[ -w . ] || {
  echo "debtags.sh: nothing can be written into $folder" >&2
  exit 1
}

say "the index of packages"
packages >packages.tsv
awk -F '\t' -v least="$least_tags" 'NR == 1 || split($3, tags, " ") >= least' packages.tsv >tagged.tsv
awk -F '\t' 'NR == 1 || $3 == ""' packages.tsv >untagged.tsv
common 3 "$least_packages" >tags.txt
common 4 "$least_uses" >words.txt
sed 's/::.*//' tags.txt | sort -u >facets.txt
[ -s tags.txt ] || skip "apt's index has no tag that $least_packages packages share; 'apt-get update' fetches Debian's"
"$gradus" split tagged.tsv --group source --fractions 0.8,0.2 --out train.tsv,test.tsv
table test.tsv >test.csv
table untagged.tsv >untagged.csv
echo "$(wc -l <tags.txt) tags of $(wc -l <facets.txt) facets, and $(wc -l <words.txt) words to tell them by"

learn="--id package --group source --model logreg" # no worse than a network here, in a tenth of the time, and its weights are words
say "tags, where their facet is used"
table train.tsv | tee train.csv |
  "$gradus" train - --targets 'tag:*' --drop 'facet:*' $learn -o tags.safetensors >/dev/null
"$gradus" eval tags.safetensors test.csv --report report.html >tags-scores.txt
sed '/^$/q' tags-scores.txt

say "facets"
"$gradus" train train.csv --targets 'facet:*' --drop 'tag:*' $learn -o facets.safetensors >/dev/null
"$gradus" eval facets.safetensors test.csv >facets-scores.txt
sed '/^$/q' facets-scores.txt

say "suggestions for the test packages; a tag that is unknown counts as a wrong one"
suggest test.csv >test-suggestions.txt
pairs_suggested test-suggestions.txt >suggested.txt
pairs_known test.tsv >known.txt
comm -12 suggested.txt known.txt | wc -l |
  awk -v suggested="$(wc -l <suggested.txt)" -v known="$(wc -l <known.txt)" '
    { printf "precision %.3f, recall %.3f, micro-F1 %.3f\n", $1 / suggested, $1 / known, 2 * $1 / (suggested + known) }'
rm suggested.txt known.txt

say "suggestions for packages that nobody has tagged, which are often of other kinds than those above"
suggest untagged.csv >suggestions.txt
awk -F, 'NF > 3' suggestions.txt | awk '{ line[NR] = $0 } END { for (i = 1; i <= 10; ++i) print line[int(i * NR / 11)] }'
echo "$(wc -l <suggestions.txt) of $(($(wc -l <untagged.tsv) - 1)) packages have suggestions"

say "left in $folder"
echo "suggestions.txt; report.html, what the model of the tags gets right; *-scores.txt, of each tag; the models; the tables"
