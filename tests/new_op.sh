#!/bin/sh
# The op that CONTRIBUTING.md makes from an empty file passes the tests of every op: its blocks are put where the page says,
# in a copy of the tree, and what depends on the op list is compiled. $1: the build folder.
set -eu
build=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
page=$root/CONTRIBUTING.md

mkdir -p "$work/tests" "$work/include/gradus" "$work/objects"
for folder in tensor autograd losses nn data fit trace docs; do cp -r "$root/$folder" "$work"; done
cp -r "$root"/tests/autograd "$root"/tests/fixtures "$root"/tests/*.[ch] "$work/tests"
cp "$root/gradus.h" "$work/include"

# block PATH: what the page shows of that file.
block() {
  awk -v path="$1" '$0 == "```" { inside = 0 } inside { print } /^```/ && $2 == path { inside = 1 }' "$page" >"$work/block"
  [ -s "$work/block" ] || { echo "CONTRIBUTING.md shows nothing of $1"; exit 1; }
}

block autograd/ops/softshrink.c
cp "$work/block" "$work/autograd/ops/softshrink.c"
block autograd/ops/op_list.h
sed -i.before "/LOOP(leaky_relu/r $work/block" "$work/autograd/ops/op_list.h"
sed -i.before 's/^\( *LOOP(softshrink.*\)$/\1 \\/' "$work/autograd/ops/op_list.h"
block autograd/autograd.h
sed -i.before "/^gd_tensor \*gd_leaky_relu(/r $work/block" "$work/autograd/autograd.h"
block tests/fixtures/ops.txt
cat "$work/block" >>"$work/tests/fixtures/ops.txt"
sh "$work/docs/sites.sh" "$work/autograd/autograd.h" >"$work/autograd/autograd_sites.h"
sh "$work/tests/autograd/op_callers.sh" >"$work/tests/autograd/op_callers.c"
for header in "$build"/include/gradus/*.h; do
  folder=$(cd "$root" && find tensor autograd losses nn data fit trace -name "$(basename "$header")" | head -n 1)
  cp "$work/$folder" "$work/include/gradus"
done

# compile OBJECT SOURCE OPTION..: one line for xargs.
compile() {
  object=$1 source=$2
  shift 2
  echo "$* -c $work/$source -o $work/objects/$object.o"
}
{
  for source in map.c $(cd "$work/autograd" && echo ops/*.c); do
    compile "$(echo "$source" | tr / _)" "autograd/$source" -DGD_BUILDING
  done
  levels=base
  case $(uname -m) in x86_64 | amd64) levels='base v3 v4' ;; esac
  for level in $levels; do
    case $level in
    base) flags= ;;
    v3) flags='-mavx2 -mfma' ;;
    v4) flags='-mavx2 -mfma -mavx512f -mavx512bw -mavx512dq -mavx512vl' ;;
    esac
    for real in f32 f64; do
      compile "kernels_${real}_$level" autograd/kernels.c -DGD_BUILDING -DGD__REAL_IS_DOUBLE=$([ $real = f64 ] && echo 1 || echo 0) \
        -DGD__TABLE=gd__autograd_kernels_${real}_$level $flags
    done
  done
  for source in $(cd "$work/tests" && echo autograd/*.c) arrays.c comparing.c counting_allocator.c operands.c same_bits.c tensor_of_text.c; do
    compile "test_$(basename "$source" .c)" "tests/$source"
  done
} | xargs -P 2 -L 1 ${CC:-cc} -std=c11 -O1 -w -ffp-contract=off -fno-math-errno -D_POSIX_C_SOURCE=200809L \
  "-DGD_TESTS_DIR=\"$work/tests\"" "-DGD_EXAMPLES_DIR=\"$build/examples\"" "-DGD_DATA_DIR=\"$root/examples/data\"" \
  "-ffile-prefix-map=$work/=" -I"$work" -I"$work/include"
${CC:-cc} "$work"/objects/*.o "$build/libgradus.a" -lcmocka -lopenblas -lzip -lz -lm -lpthread -o "$work/autograd_tests"
"$work/autograd_tests" >"$work/printed" 2>&1 || { grep -v ' OK \]\| RUN ' "$work/printed"; echo "the op of CONTRIBUTING.md does not pass"; exit 1; }

# And it is the new op that was tested: without its case it must fail.
sed -i.before '/^case softshrink/,$d' "$work/tests/fixtures/ops.txt"
"$work/autograd_tests" 2>&1 | grep -q 'softshrink has no case' || { echo "the new op is not tested"; exit 1; }
