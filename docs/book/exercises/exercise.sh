#!/bin/sh
# Lists the exercises of the book, or judges one. $1: the build folder; then
#   (nothing)     a list
#   N             judges exercises/NN_name.c, a copy of the exercise that is made for you
#   N --hint      a hint
#   N --seed S    the random numbers of seed S, again
#   N --file F    judges F instead (the tests do)
set -eu
build=$(cd "$1" && pwd)
shift
root=$(cd "$(dirname "$0")/../../.." && pwd)

if [ $# = 0 ]; then
  for exercise in "$root"/docs/book/exercises/[0-9]*.c; do
    name=$(basename "$exercise" .c)
    state=
    [ ! -e "$root/exercises/$name.c" ] || state=" (begun: exercises/$name.c)"
    sed -n "1s|^/\* Exercise \([0-9]*\): \(.*\)\.\$|\1	\2$state|p" "$exercise"
  done
  echo "./dev exercise N judges one. What you need to know is in chapter N of docs/book/."
  exit 0
fi

number=$1 seed= file= hint=
shift
while [ $# -gt 0 ]; do
  case $1 in
  --hint) hint=yes ;;
  --seed | --file)
    [ $# -gt 1 ] || { echo "exercise: $1 needs a value" >&2; exit 2; }
    [ "$1" = --seed ] && seed=$2 || file=$2
    shift ;;
  *) echo "exercise: unknown option $1; there are --hint and --seed S" >&2; exit 2 ;;
  esac
  shift
done
name=
for exercise in "$root"/docs/book/exercises/[0-9]*.c; do
  case $number in
  *[!0-9]* | '') ;;
  *) [ "$(basename "$exercise" | sed 's/^0*//; s/_.*//')" != "$number" ] || name=$(basename "$exercise" .c) ;;
  esac
done
[ -n "$name" ] || { echo "exercise: there is no exercise $number; ./dev exercise lists them" >&2; exit 2; }

case $file in
/* | '') ;;
*) file=$PWD/$file ;;
esac
cd "$root"
if [ -n "$hint" ]; then
  file=docs/book/exercises/$name.c # a hint does not depend on what the reader has written
elif [ -z "$file" ]; then
  file=exercises/$name.c
  if [ ! -e "$file" ]; then
    mkdir -p exercises
    cp "docs/book/exercises/$name.c" "$file"
    echo "$file is your copy of exercise $number: edit it, and run this again."
    echo
  fi
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
${CC:-cc} -std=c11 -D_POSIX_C_SOURCE=200809L -g -O1 -Wall -I. -I"$build/include" "$file" \
  "docs/book/exercises/judge/$name.c" docs/book/exercises/judge/judge.c "$build/libgradus.a" \
  -lopenblas -lzip -lz -lm -lpthread -o "$work/judge" || {
  echo "exercise $number: the compiler refuses the file; its messages are above."
  exit 1
}
if [ -n "$hint" ]; then
  "$work/judge" --hint
else
  OPENBLAS_NUM_THREADS=1 "$work/judge" "${seed:-$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')}"
fi
