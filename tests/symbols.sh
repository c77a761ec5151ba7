#!/bin/sh
# What the library shows and what it must never call. $1: the build folder.
set -eu
shared="$1/libgradus.so" static="$1/libgradus.a"

exported=$(nm -D --defined-only "$shared" | awk '{print $NF}')
wrong=$(echo "$exported" | grep -v '^gd_[a-z0-9]' || true)
[ -z "$wrong" ] || { echo "exported, but not public: $wrong"; exit 1; }
echo "$exported" | grep -qx gd_backward || { echo "gd_backward is not exported"; exit 1; }

# What is exported is what the headers declare: functions, and constants. (A name with a capital, or in a comment, is
# neither.)
declared=$(cat "$1"/include/gradus/*.h | grep -v '^#define' | sed 's/^ \*.*//' | grep -Eo '\bgd_[a-z0-9_]*[[(;]|^ +gd_[a-z0-9_]*,' |
  tr -d ' [(;,' | sort -u)
for name in $exported; do
  echo "$declared" | grep -qx "$name" || { echo "$name is exported and in no header"; exit 1; }
done

wrong=$(nm -g --defined-only "$static" 2>/dev/null | awk 'NF == 3 {print $3}' | grep -v '^gd_' || true)
[ -z "$wrong" ] || { echo "global names without gd_: $wrong"; exit 1; }

forbidden='abort|exit|_exit|_Exit|quick_exit|__assert_fail|longjmp|printf|vprintf|puts|putchar|stdout|stderr|perror|rand|srand|setlocale|signal|raise|setenv|feenableexcept|fesetround'
called=$(nm -u "$static" 2>/dev/null | awk '{print $NF}' | sed 's/@.*//' | sort -u | grep -Ex "(__)?($forbidden)(_chk)?" || true)
[ -z "$called" ] || { echo "the library calls: $called"; exit 1; }

# The library for several processes, where it was built.
[ -e "$1/libgradus_mpi.so" ] || exit 0
exported=$(nm -D --defined-only "$1/libgradus_mpi.so" | awk '{print $NF}' | tr '\n' ' ')
[ "$exported" = "gd_mpi_broadcast gd_mpi_sum_gradients " ] || { echo "gradus_mpi exports $exported"; exit 1; }
called=$(nm -u "$1/libgradus_mpi.a" | awk '{print $NF}' | sort -u | grep -Ex "(__)?($forbidden|MPI_Abort)(_chk)?" || true)
[ -z "$called" ] || { echo "gradus_mpi calls: $called"; exit 1; }
