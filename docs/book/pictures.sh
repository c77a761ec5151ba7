#!/bin/sh
# Runs the program of a chapter, and draws into a folder each picture that its page shows. Prints what the program prints.
# $1: the build folder, $2: the chapter, NN_name, $3: the folder.
#   NN_name.svg         the program draws it
#   NN_name.stepN.svg   step N of the program's trace, as gradus trace draws it
set -eu
page=$(dirname "$0")/$2.md
own=
! grep -q "]($2\.svg)" "$page" || own=$3/$2.svg
GRADUS_TRACE=$3/$2.trace "$1/book/$2" ${own:+"$own"}
for step in $(sed -n "s/.*]($2\.step\([0-9]*\)\.svg).*/\1/p" "$page"); do
  "$1/gradus" trace "$3/$2.trace" --svg "$step" -o "$3/$2.step$step.svg"
done
