#!/bin/sh
# Training on several processes: the library on 1, 2 and 4 ranks; examples/data_parallel, whose result does not depend on
# the number of ranks, on a checkpoint, or on ranks without a row; and a rank that dies. $1: the build folder.
set -eu
build=$1
if [ ! -e "$build/tests/mpi" ] || ! command -v mpirun >/dev/null; then
  echo "skipped: MPI was not found; ./dev mpi installs Open MPI"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# ranks N COMMAND..: on so many processes, also as root and on fewer processors.
ranks() {
  n=$1
  shift
  OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 \
    OMPI_MCA_mpi_yield_when_idle=1 OPENBLAS_NUM_THREADS=1 timeout 120 mpirun -n "$n" "$@"
}

for n in 1 2 4; do
  ranks $n "$build/tests/mpi" >"$work/log" 2>&1 || { cat "$work/log"; echo "fails on $n ranks"; exit 1; }
done

example=$build/examples/data_parallel

# same KEY FILE FILE: the figure is the same but for the rounding of float64, which training adds to.
same() {
  awk -v key="\"$1\": " '{ at = index($0, key); value[NR] = at > 0 ? substr($0, at + length(key)) + 0 : "none" }
    END { d = value[1] - value[2]; exit !(NR == 2 && value[1] > 0 && d <= 1e-11 && d >= -1e-11) }' "$2" "$3" ||
    { echo "$1 differs:"; cat "$2" "$3"; exit 1; }
}

# Any number of ranks; and batches of 3 rows, which leave the fourth rank without one.
for batch in 64 3; do
  for n in 1 2 4; do
    ranks $n "$example" --quiet --epochs 2 --batch $batch >"$work/$n.$batch"
    grep -q "\"ranks\": $n," "$work/$n.$batch" || { echo "no line of JSON from $n ranks"; exit 1; }
    same test_log_loss "$work/1.$batch" "$work/$n.$batch"
    same test_accuracy "$work/1.$batch" "$work/$n.$batch"
  done
done

# Stopped after an epoch of 2 ranks, and gone on with by 4 or by 1.
ranks 2 "$example" --quiet --epochs 1 --checkpoint "$work/stopped" >/dev/null
for n in 4 1; do
  cp "$work/stopped" "$work/checkpoint"
  ranks $n "$example" --quiet --epochs 2 --checkpoint "$work/checkpoint" >"$work/resumed"
  same test_log_loss "$work/1.64" "$work/resumed"
done

# An error ends all ranks, with its message. One that dies ends the others, and mpirun says which.
! ranks 2 "$example" no/such.csv >"$work/log" 2>&1 || { echo "no error of a missing file"; exit 1; }
grep -q 'no/such.csv: No such file' "$work/log" || { cat "$work/log"; exit 1; }
ranks 2 "$example" --epochs 1000000 --checkpoint "$work/dies" >"$work/log" 2>&1 &
mpirun=$!
tries=100
until [ -e "$work/dies" ] || [ $tries = 0 ]; do sleep 0.1; tries=$((tries - 1)); done
# The example's processes: those whose command line names this checkpoint, but for mpirun and timeout.
victim=$(for folder in /proc/[0-9]*; do
  tr '\0' '\n' 2>/dev/null <"$folder/cmdline" | awk -v file="$work/dies" -v pid="${folder#/proc/}" -v example="$example" \
    'NR == 1 { own = $0 == example } $0 == file && own { print pid }'
done | tail -n 1)
[ -n "$victim" ] || { echo "the example's processes were not found"; cat "$work/log"; exit 1; }
kill -9 "$victim"
status=0
wait $mpirun || status=$?
[ $status != 0 ] && [ $status != 124 ] || { echo "a rank that died did not end the others ($status)"; cat "$work/log"; exit 1; }
grep -q 'exited on signal 9' "$work/log" || { cat "$work/log"; exit 1; }
