#!/bin/sh
# Every public header alone, as C11 and as C++17; the installed library through pkg-config and find_package; the tree through
# add_subdirectory. $1: the build folder.
set -eu
build=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix
cmake --install "$build" --prefix "$prefix" >"$work/log" || { cat "$work/log"; exit 1; }

for header in gradus.h gradus/tensor.h gradus/autograd.h gradus/losses.h gradus/nn.h gradus/data.h; do
  echo "#include <$header>" >"$work/header.c"
  ${CC:-cc} -std=c11 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I"$prefix/include" "$work/header.c"
  ${CXX:-c++} -std=c++17 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -x c++ -I"$prefix/include" "$work/header.c"
done

# The command, away from where it was built, with its manual page and completions.
gradus=$prefix/bin/gradus
(cd / && "$gradus" version | grep -q '^gradus [0-9]')
"$gradus" help --man | cmp - "$prefix/share/man/man1/gradus.1"
"$gradus" help --completion | cmp - "$prefix/share/bash-completion/completions/gradus"

cat >"$work/program.c" <<'C'
#include <gradus.h>

int main(void)
{
    gd_tape *tape = gd_tape_create();
    gd_tensor *x = gd_scalar(tape, 3, GD_F64);
    int right = gd_item(gd_mul(tape, x, x)) == 9;
    gd_tape_destroy(tape);
    return right ? 0 : 1;
}
C
cp "$work/program.c" "$work/program.cpp"
libdir=$(dirname "$(find "$prefix" -name libgradus.so)")
export LD_LIBRARY_PATH="$libdir" PKG_CONFIG_PATH="$libdir/pkgconfig"
${CC:-cc} "$work/program.c" $(pkg-config --cflags --libs gradus) -o "$work/shared" && "$work/shared"
${CC:-cc} "$work/program.c" $(pkg-config --cflags gradus) "$libdir/libgradus.a" \
  $(pkg-config --static --libs-only-l gradus | sed 's/-lgradus//') -o "$work/static" && "$work/static"
# README's line for the tree as it was built.
(cd "$build/.." && ${CC:-cc} "$work/program.c" -I"$build/include" "$build/libgradus.a" -lopenblas -lzip -lz -lm -lpthread -o "$work/tree" && "$work/tree")

cat >"$work/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.25)
project(user LANGUAGES C CXX)
if(TREE)
  add_subdirectory(${TREE} gradus)
else()
  find_package(gradus REQUIRED)
endif()
foreach(library gradus gradus_static)
  foreach(language c cpp)
    add_executable(${library}_${language} program.${language})
    target_link_libraries(${library}_${language} PRIVATE gradus::${library})
  endforeach()
endforeach()
CMAKE
for tree in "" "$root"; do
  cmake -S "$work" -B "$work/user$tree" -DCMAKE_PREFIX_PATH="$prefix" -DTREE="$tree" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
  cmake --build "$work/user$tree" -j 2 >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
  for program in gradus_c gradus_cpp gradus_static_c gradus_static_cpp; do
    "$work/user$tree/$program"
  done
done
