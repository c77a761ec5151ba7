#!/bin/sh
# step_functions.sh BUILD MOST [FILE]: prints the library's functions that one training step of logistic regression enters, in
# the order of first entry, and fails if there are more than MOST. The library is built into BUILD/instrumented without
# optimisation and with -finstrument-functions, so that a function counts even where a release build inlines it. Static
# functions of a header count once. One-line accessors do not count: functions whose body is a single return statement
# without a call. A compiler builtin is no call, and (void)x, which marks an unused parameter, is no statement.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=$1/instrumented
most=$2

cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=None -DGRADUS_TESTS=OFF -DGRADUS_PROGRAMS=OFF \
  -DCMAKE_C_FLAGS="-gdwarf-4 -DNDEBUG -finstrument-functions" > "$build.log"
cmake --build "$build" --target gradus_static >> "$build.log"
cc -no-pie -std=c11 -DGD_NO_SITES -I"$build/include" "$root/tests/step_functions.c" "$build/libgradus.a" \
  $(sed -n 's/^[A-Z]*_LIBRARY:[A-Z]*=//p' "$build/CMakeCache.txt") -lm -lpthread -o "$build/step_functions"

# is_accessor FILE LINE: whether the function that is defined there is a one-line accessor.
is_accessor() {
  sed -n "$2,\$p" "$root/$1" | awk '
    /^}/ { exit }
    inside { body = body $0 }
    /^{/ { inside = 1 }
    END {
      gsub(/ *\(void\)[^;]*;/, "", body)
      is_return = sub(/^ *return /, "", body)
      gsub(/(sizeof|__builtin_[a-z_0-9]*)\(/, "(", body)
      exit !(is_return && body ~ /^[^;]*;$/ && body !~ /[A-Za-z0-9_] *\(/)
    }'
}

# functions [ARGUMENT]: "NAME FILE LINE" for each function that the program enters, but for accessors.
functions() {
  "$build/step_functions" "$@" > "$build/addresses"
  addr2line -f -e "$build/step_functions" < "$build/addresses" | paste - - | sed 's/ (.*//' |
    awk -F '[\t:]' '!seen[$1, $2]++ {sub(/.*instrumented\//, "", $2); print $1, $2, $3}' |
    sed "s| $root/| |" | while read -r name file line; do
      is_accessor "$file" "$line" || echo "$name $file $line"
    done
}

functions > "$build/step"
awk '{print NR, $1, $2}' "$build/step"
count=$(wc -l < "$build/step")
[ "$count" -gt 0 ] || { echo "no function was counted"; exit 1; }
[ "$count" -le "$most" ] || { echo "one step enters $count functions; at most $most are expected"; exit 1; }

# The hour's reading in the README has every one of them and the gradient of cross entropy, and says how much that is.
reading=$(sed -n '/^## To read it in an hour/,/^## [^T]/p' "$root/README.md" | tr '\n' ' ')
functions cross_entropy | sort -u - "$build/step" > "$build/reading"
# docs/reading.txt has each function's file and name; FILE: writes it.
awk '{print $2, $1}' "$build/reading" | LC_ALL=C sort > "$build/reading.txt"
if [ $# -gt 2 ]; then
  cp "$build/reading.txt" "$3"
elif ! diff "$root/docs/reading.txt" "$build/reading.txt"; then
  echo "docs/reading.txt is out of date: ./dev docs writes it"
  exit 1
fi
for file in $(awk '{print $2}' "$build/reading" | sort -u); do
  case $reading in
  *"\`$file\`"*) ;;
  *) echo "README.md: the hour's reading leaves out $file:" $(awk -v file="$file" '$2 == file {print $1}' "$build/reading"); exit 1 ;;
  esac
done
lines=$(while read -r name file line; do
  sed -n "$line,\$p" "$root/$file" | sed '/^}/q'
done < "$build/reading" | wc -l)
amount="$(wc -l < "$build/reading") functions in $(awk '{print $2}' "$build/reading" | sort -u | wc -l) files, $lines lines"
case $reading in
*"$amount"*) ;;
*) echo "README.md: the hour's reading is not $amount"; exit 1 ;;
esac
