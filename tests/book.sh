#!/bin/sh
# The book: its programs print the same on every processor, its pictures are theirs, and the judges of its exercises accept
# the solutions and refuse what is wrong. (tests/documentation.sh compares the pages.) $1: the build folder.
set -eu
build=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$root/docs/book"

fail() {
  echo "$1"
  exit 1
}

# number_of NAME: 8 for 08_masks.
number_of() { echo "$1" | sed 's/^0*//; s/_.*//'; }

# ---- the programs: on this processor, on the plainest kernels, and with two of OpenBLAS's kernels ----

for page in [0-9]*.md; do
  name=${page%.md}
  [ "$(wc -l <"$page")" -le 250 ] || fail "$page has more than 250 lines"
  grep -q "^!\[" "$page" || fail "$page has no picture"
  grep -q "^    ./dev exercise $(number_of "$name")$" "$page" || fail "$page does not name its exercise"
  grep -q "^GRADUS_TRACE=$name.trace build/book/$name\$" "$page" || fail "$page does not say how its trace is made"
  sh pictures.sh "$build" "$name" "$work" >"$work/printed"
  for picture in $(cd "$work" && ls "$name".*svg); do
    cmp "$work/$picture" "$picture" || fail "$picture is stale: ./dev book --update"
  done
  "$build/book/$name.base" >"$work/base"
  diff "$work/printed" "$work/base" || fail "$name prints something else on plain kernels"
  if [ "$(uname -m)" = x86_64 ]; then
    for kernels in Prescott Nehalem; do
      OPENBLAS_CORETYPE=$kernels "$build/book/$name.base" >"$work/other"
      diff "$work/printed" "$work/other" || fail "$name prints something else with OpenBLAS's kernels for $kernels"
    done
  fi
  ! grep -oE '[0-9]+(\.[0-9]+)?' "$work/printed" | tr -d . | sed 's/^0*//' | grep -q '......' ||
    fail "$name prints more than 5 digits"
done
for picture in *.svg; do
  [ -e "$work/$picture" ] || fail "no page shows $picture"
done
[ "$(wc -l <tape.h)" -le 120 ] || fail "tape.h has more than 120 lines"

# ---- the exercises ----

exercise() { sh exercises/exercise.sh "$build" "$@" >"$work/said" 2>&1; }

# wrong N WHAT COMMAND: the solution, changed by the sed command, is refused with a table.
wrong() {
  sed -e "$3" exercises/solutions/"$name.c" >"$work/wrong.c"
  ! cmp -s "$work/wrong.c" "exercises/solutions/$name.c" || fail "exercise $1: the change of the $2 solution changes nothing"
  ! exercise "$1" --file "$work/wrong.c" || fail "exercise $1: the $2 solution is accepted"
  grep -q '^what differs' "$work/said" || { cat "$work/said"; fail "exercise $1: no table of what differs"; }
}

for solution in exercises/solutions/[0-9]*.c; do
  name=$(basename "$solution" .c)
  n=$(number_of "$name")
  for seed in 1 2 3; do
    exercise $n --file "$solution" --seed $seed || { cat "$work/said"; fail "exercise $n: the solution is refused"; }
  done
  grep -q '^All of it is right' "$work/said" && [ "$(wc -l <"$work/said")" -gt 5 ] || fail "exercise $n explains nothing"
  ! exercise $n --file "exercises/$name.c" || fail "exercise $n: the file that the reader is given is accepted"
  grep -q '^what differs' "$work/said" || { cat "$work/said"; fail "exercise $n: no table for the file that is given"; }
  exercise $n --hint && [ "$(wc -l <"$work/said")" -gt 1 ] || fail "exercise $n has no hint"
  case $n in
  1)
    wrong 1 plausible 's/(b \* b)/b/'
    wrong 1 "negative" 's/-(g/(g/' ;;
  2)
    wrong 2 plausible 's/b->grad +=/b->grad =/'
    wrong 2 "negative" 's/b->grad +=/b->grad -=/' ;;
  3)
    wrong 3 plausible 's/k < 4; ++k)$/k < 1; ++k)/'
    wrong 3 "negative" 's/dx\[j\] +=/dx[j] -=/' ;;
  4)
    wrong 4 plausible 's/gd_transpose(tape, dy, 0, 1), x/gd_transpose(tape, dy, 0, 1), gd_add(tape, x, x)/'
    wrong 4 "negative" 's/gd_matmul(tape, dy, w)/gd_neg(tape, gd_matmul(tape, dy, w))/' ;;
  5)
    wrong 5 plausible 's/gd_sum(tape, weights, GD_ALL/gd_sum(tape, picked, GD_ALL/'
    wrong 5 "negative" 's/gd_neg(tape, gd_div(tape, sum, total))/gd_div(tape, sum, total)/' ;;
  6)
    wrong 6 plausible 's/1 - e, GD_F64/1, GD_F64/'
    wrong 6 "negative" 's/gd_neg(tape, gd_mean(\(.*\)));/gd_mean(\1);/' ;;
  7)
    wrong 7 plausible 's/gd_softplus(tape, z)/gd_neg(tape, gd_log(tape, gd_sub(tape, gd_scalar(tape, 1, GD_F64), gd_sigmoid(tape, z))))/'
    wrong 7 "negative" 's/gd_softplus(tape, gd_neg(tape, z))/gd_softplus(tape, z)/' ;;
  8)
    wrong 8 plausible 's/gd_masked_fill(tape, x, gd_logical_not(tape, mask), 0)/gd_mul(tape, x, gd_cast(tape, mask, GD_F64))/'
    wrong 8 "negative" 's/gd_div(tape, sum, count)/gd_neg(tape, gd_div(tape, sum, count))/' ;;
  9)
    wrong 9 plausible 's/+ g\[i\]/+ (1 - momentum) * g[i]/'
    wrong 9 "negative" 's/w\[i\] -= /w[i] += /' ;;
  10)
    wrong 10 plausible 's/gd_mul(tape, y, y)/gd_mul(tape, y, gd_detach(tape, y))/'
    wrong 10 "negative" 's/gd_add(tape, s, /gd_sub(tape, s, /' ;;
  *) fail "exercise $n has no wrong solutions" ;;
  esac
done

# ---- what no function should do ----

# ends STATEMENT TEXT: with that statement in div_value, the judge says the text.
ends() {
  { echo '#include <math.h>'; echo '#include <stdlib.h>'; sed "s|return a / b;|$1|" exercises/solutions/01_div.c; } >"$work/wrong.c"
  ! exercise 1 --file "$work/wrong.c" || fail "exercise 1 accepts $1"
  grep -q "$2" "$work/said" || { cat "$work/said"; fail "exercise 1 does not say \"$2\" of $1"; }
}
ends 'return NAN;' 'value *nan '
ends 'return *(volatile double *)0;' 'Your function crashed: Segmentation fault (a = '
ends 'for (;;) ;' 'Your function did not return within 5 seconds'
ends 'exit(0);' 'Your function ended the program'
ends 'return a / ;' 'the compiler refuses the file'

exercise && [ "$(grep -c '^[0-9]' "$work/said")" = "$(ls exercises/[0-9]*.c | wc -l)" ] || fail "the list of exercises is not complete"
! exercise 99 && grep -q 'there is no exercise 99' "$work/said" || fail "there should be no exercise 99"
! exercise 1 --hnit && grep -q 'unknown option --hnit' "$work/said" || fail "an option that does not exist is accepted"
