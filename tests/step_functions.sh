#!/bin/sh
# step_functions.sh BUILD MOST: prints the library's functions that one training step of logistic regression enters, in
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

"$build/step_functions" > "$build/addresses"
addr2line -f -e "$build/step_functions" < "$build/addresses" | paste - - | sed 's/ (.*//' |
  awk -F '[\t:]' '!seen[$1, $2]++' > "$build/functions"
count=0
while read -r name place; do
  file=${place%:*}
  file=${file#*instrumented/}
  is_accessor "$file" "${place##*:}" && continue
  count=$((count + 1))
  echo "$count $name $file"
done < "$build/functions"
[ "$count" -gt 0 ] || { echo "no function was counted"; exit 1; }
[ "$count" -le "$most" ] || { echo "one step enters $count functions; at most $most are expected"; exit 1; }
