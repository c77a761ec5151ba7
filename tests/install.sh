#!/bin/sh
# Every public header alone, as C11 and as C++17; the installed library through pkg-config and find_package; the tree through
# add_subdirectory; and removed again. $1: the build folder, whose own installation, if there is one, stays known.
set -eu
build=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix

# quiet COMMAND..: what it prints is shown only where it fails.
quiet() { "$@" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }; }

# CMake lists what it installs in install_manifest.txt, which belongs to the user's own installation; what it installs of
# one component, in another file. Everything here is of the component without a name.
manifest=$build/install_manifest.txt
before=$(cksum "$manifest" 2>/dev/null || :)
rm -f "$build/install_manifest_Unspecified.txt"
quiet cmake --install "$build" --prefix "$prefix" --component Unspecified
mv "$build/install_manifest_Unspecified.txt" "$work/install_manifest.txt"
[ "$(cksum "$manifest" 2>/dev/null || :)" = "$before" ] || { echo "$manifest has changed"; exit 1; }

for header in gradus.h gradus/tensor.h gradus/autograd.h gradus/losses.h gradus/nn.h gradus/data.h gradus/json.h gradus/fit.h; do
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

# The library of its own, where MPI was found: its header, by its flags alone and as C++; and a program of each kind.
if [ -e "$build/libgradus_mpi.so" ]; then
  sed 's/<gradus.h>/<gradus\/mpi.h>/; s/int right = .*;/int right = gd_mpi_sum_gradients(NULL, MPI_COMM_WORLD) == GD_ERROR_ARGUMENT;/; /scalar/d' \
    "$work/program.c" >"$work/mpi.c"
  mpicc -std=c11 -Wall -Wextra -Wpedantic -Werror "$work/mpi.c" $(pkg-config --cflags --libs gradus_mpi) -o "$work/mpi" && "$work/mpi"
  ${CXX:-c++} -std=c++17 -fsyntax-only -x c++ $(mpicc --showme:compile) -I"$prefix/include" "$work/mpi.c"
  mkdir "$work/mpi_user"
  cat >"$work/mpi_user/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.25)
project(user LANGUAGES C)
find_package(gradus REQUIRED COMPONENTS mpi)
foreach(library gradus_mpi gradus_mpi_static)
  add_executable(${library}_c ../mpi.c)
  set_target_properties(${library}_c PROPERTIES OUTPUT_NAME ${library})
  target_link_libraries(${library}_c PRIVATE gradus::${library})
endforeach()
CMAKE
  quiet cmake -S "$work/mpi_user" -B "$work/mpi_found" -DCMAKE_PREFIX_PATH="$prefix"
  quiet cmake --build "$work/mpi_found" -j 2
  "$work/mpi_found/gradus_mpi"
  "$work/mpi_found/gradus_mpi_static"
fi

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
programs="gradus_c gradus_cpp gradus_static_c gradus_static_cpp"
quiet cmake -S "$work" -B "$work/found" -DCMAKE_PREFIX_PATH="$prefix"
quiet cmake --build "$work/found" -j 2
# The tree as a part of another project: with the library as it was built, since "/fast" builds no other target.
quiet cmake -G "Unix Makefiles" -S "$work" -B "$work/part" -DTREE="$root"
cp -P "$build"/libgradus.* "$work/part/gradus"
for program in $programs; do
  quiet cmake --build "$work/part" --target $program/fast
  "$work/found/$program"
  "$work/part/$program"
done

# The target `uninstall` of a build folder without an installation, and of one that has installed a file.
own=$work/own
quiet cmake -S "$root" -B "$own" -DGRADUS_TESTS=OFF
quiet cmake --build "$own" --target uninstall
grep -q "Nothing to uninstall" "$work/log" || { echo "uninstall does not say that nothing is installed"; cat "$work/log"; exit 1; }
mkdir -p "$work/größer als/gradus"
: >"$work/größer als/gradus/file"
ln -s /nowhere "$work/größer als/link"
printf '%s\n' "$work/größer als/gradus/file" "$work/größer als/link" >"$own/install_manifest.txt"
quiet cmake --build "$own" --target uninstall
[ -z "$(ls -A "$work/größer als")" ] && [ ! -e "$own/install_manifest.txt" ] || { echo "uninstall leaves files"; exit 1; }

# What was installed above, all of it.
(cd "$work" && quiet cmake -P "$root/cmake/uninstall.cmake")
left=$(find "$prefix" ! -type d -o -name gradus)
[ -z "$left" ] || { echo "uninstall leaves $left"; exit 1; }
