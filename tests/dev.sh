#!/bin/sh
# What ./dev says and does on machines that lack something: a copy of it in a folder of its own, and a $PATH of nothing
# but basic tools and what a case puts there.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree="$work/meine Größe"
mkdir -p "$work/tools" "$tree/cmake" "$tree/examples"
for tool in sh awk sed cat rm mktemp head basename dirname env; do
  ln -s "$(command -v $tool)" "$work/tools/$tool"
done
cp "$root/dev" "$tree"
cp "$root/cmake/packages.txt" "$tree/cmake"
libraries="libopenblas-dev librandom123-dev zlib1g-dev libzip-dev"

# has NAME: the machine has the command; standard input is its script. It notes how it was called.
has() {
  { printf '#!/bin/sh\necho "%s $*" >>"$RAN"\n' "$1"; cat; } >"$work/bin/$1"
  chmod +x "$work/bin/$1"
}

# machine: a new one, with a user, no compiler, no package manager. Time passes by six seconds at each look at a clock.
machine() {
  rm -rf "$work/bin"
  mkdir "$work/bin"
  echo 'echo 2' | has getconf
  echo 'echo 1000' | has id
  echo 0 >"$work/now"
  echo "read now <'$work/now'; echo \$((now + 6)) | tee '$work/now'" | has date
  : | has sleep
  : | has true
  ln -s "$(command -v tee)" "$work/bin/tee"
}

# compiler: and one that finds all headers, make, and CMake that finds all libraries.
compiler() {
  echo 'cat >/dev/null' | has cc
  : | has make
  : | has cmake
}

# CMake that lacks a library until apt-get has installed something.
cmake_lacks() {
  has cmake <<CMAKE
grep -q '^apt-get install' "\$RAN" && exit 0
echo "  $1: Debian $2, Fedora $3, Arch $4, Homebrew $5"
exit 1
CMAKE
  ln -sf "$(command -v grep)" "$work/bin/grep"
}

as_root() { echo 'echo 0' | has id; }

# dev STATUS COMMAND: runs ./dev COMMAND, which ends with this status.
dev() {
  : >"$work/ran"
  status=0
  (cd "$tree" && PATH="$work/bin:$work/tools" RAN="$work/ran" CC= ./dev "$2") >"$work/said" 2>"$work/errors" || status=$?
  [ "$status" = "$1" ] || fail "it ends with status $status, not $1"
}

fail() {
  echo "./dev, $case: $1"
  echo "-- said:"; cat "$work/said"
  echo "-- errors:"; cat "$work/errors"
  echo "-- ran:"; cat "$work/ran"
  exit 1
}

# The one line on standard error.
errs() { [ "$(cat "$work/errors")" = "dev: $1" ] || fail "its error is not the line: dev: $1"; }
says() { grep -qxF -e "$1" "$work/said" || fail "it does not say: $1"; }
ran() { grep -qxF -e "$1" "$work/ran" || fail "it did not run: $1"; }
ran_not() { ! grep -q "^$1" "$work/ran" || fail "it ran $1"; }

case="another distribution, with all libraries"
machine
compiler
dev 0 build
ran "cmake --preset release"
ran "cmake --build --preset release -j 2"

case="another distribution, without a package manager that is known"
machine
dev 1 build
errs "not found: cc make cmake OpenBLAS Random123 zlib libzip. This system's package manager is not known; cmake/packages.txt has the names that others use"
compiler
cmake_lacks OpenBLAS libopenblas-dev openblas-devel openblas openblas
dev 1 build
errs "not found: OpenBLAS. This system's package manager is not known; cmake/packages.txt has the names that others use"

case="Fedora"
: | has dnf
dev 1 build
errs "not found: OpenBLAS. To install them: dnf install openblas-devel"
ran_not dnf

case="Debian, without a library and without sudo"
machine
compiler
cmake_lacks Random123 librandom123-dev a b c
: | has apt-get
dev 1 demo
errs "these packages are missing, and there is no sudo to install them: librandom123-dev. As root: apt-get update && apt-get install librandom123-dev"
ran_not apt-get

case="Debian with nothing, without sudo"
machine
: | has apt-get
dev 1 test
errs "these packages are missing, and there is no sudo to install them: gcc libc6-dev make cmake g++ pkg-config groff-base $libraries libcmocka-dev libjansson-dev. As root: apt-get update && apt-get install gcc libc6-dev make cmake g++ pkg-config groff-base $libraries libcmocka-dev libjansson-dev"

case="Debian without a command and a library of the tests, without sudo"
machine
compiler
echo 'read include; [ "$include" != "#include <cmocka.h>" ]' | has cc
: | has groff
: | has pkg-config
: | has apt-get
dev 1 test
errs "these packages are missing, and there is no sudo to install them: g++ libcmocka-dev. As root: apt-get update && apt-get install g++ libcmocka-dev"

case="Debian, with a sudo that does not allow it"
machine
: | has apt-get
echo 'exit 1' | has sudo
dev 1 build
errs "these packages are missing, and sudo does not allow to install them: gcc libc6-dev make cmake $libraries. As root: apt-get update && apt-get install gcc libc6-dev make cmake $libraries"

case="Debian with sudo"
machine
compiler
cmake_lacks libzip libzip-dev a b c
: | has apt-get
echo '"$@"' | has sudo
dev 0 build
says "== installing libzip-dev"
ran "sudo env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get install -y --no-install-recommends libzip-dev"
ran "cmake --build --preset release -j 2"

case="the compiler that CC names"
machine
compiler
: | has apt-get
status=0
(cd "$tree" && PATH="$work/bin:$work/tools" RAN="$work/ran" CC="clang -m64" ./dev build) >"$work/said" 2>"$work/errors" || status=$?
grep -q "there is no sudo to install them: clang gcc libc6-dev " "$work/errors" || fail "clang is missing"

case="offline"
machine
as_root
compiler
cmake_lacks libzip libzip-dev a b c
has apt-get <<'APT'
case $1 in
update) echo "W: Failed to fetch http://deb.debian.org/debian/dists/trixie/InRelease  Temporary failure resolving 'deb.debian.org'" ;;
install) echo "E: Unable to locate package libzip-dev"; exit 100 ;;
esac
APT
dev 1 build
errs "cannot download the missing packages (libzip-dev): Failed to fetch http://deb.debian.org/debian/dists/trixie/InRelease  Temporary failure resolving 'deb.debian.org'. When the network is back: ./dev build. As root: apt-get update && apt-get install libzip-dev"

case="a package that no source has"
has apt-get <<'APT'
[ "$1" = update ] || { echo "E: Unable to locate package libzip-dev"; exit 100; }
APT
dev 1 build
[ "$(tail -n 1 "$work/errors")" = "dev: apt-get could not install the missing packages (libzip-dev): Unable to locate package libzip-dev. As root: apt-get update && apt-get install libzip-dev" ] || fail "another error"

case="a dead source"
has apt-get <<'APT'
[ "$1" = install ] || { echo "E: The repository 'http://dead.example trixie Release' does not have a Release file."; exit 100; }
APT
dev 0 build
says "== went on without a source that could not be reached: The repository 'http://dead.example trixie Release' does not have a Release file."
ran "cmake --build --preset release -j 2"

case="a held lock"
has apt-get <<APT
[ "\$1" = install ] && [ ! -e '$work/free' ] || exit 0
: >'$work/free'
echo "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 7 (apt)"
exit 100
APT
dev 0 build
says "== waiting for the other program: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 7 (apt)"
ran "sleep 5"

case="a lock that stays held"
has apt-get <<'APT'
echo "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7 (apt)"
exit 100
APT
dev 1 build
[ "$(grep -c '^sleep 5' "$work/ran")" -ge 120 ] || fail "it waits less than ten minutes"
[ "$(grep -c '^== waiting' "$work/said")" -le 2 ] || fail "it says more than once that it waits"

case="without a library of the tests alone"
machine
as_root
compiler
: | has c++
: | has pkg-config
: | has groff
: | has ctest
: | has apt-get
echo 'grep -q "^apt-get install" "$RAN" || echo "  cmocka: Debian libcmocka-dev, Fedora a, Arch b, Homebrew c"' | has cmake
ln -s "$(command -v grep)" "$work/bin/grep"
dev 0 build
ran_not apt-get
dev 0 test
ran "apt-get install -y --no-install-recommends libcmocka-dev"

case="a slow build"
machine
compiler
echo 'for i in 1 2 3 4 5 6; do echo "[ $i%] Building"; done' | has cmake
dev 0 build
[ "$(grep -c '^   \[ .%\] Building$' "$work/said")" -ge 4 ] || fail "nothing is said of its progress"

case="a build that fails"
echo 'case $1 in --build) echo "a.c:1: error: no"; exit 2 ;; esac' | has cmake
dev 1 build
grep -qxF "a.c:1: error: no" "$work/errors" || fail "the compiler's error is not shown"
[ "$(tail -n 1 "$work/errors")" = "dev: failed: cmake --build --preset release -j 2" ] || fail "another error"

case="the demo"
machine
compiler
mkdir -p "$tree/build/examples"
for name in another logistic_regression multilabel_mlp; do
  : >"$tree/examples/$name.c"
  printf '#!/bin/sh\necho "example %s $*" >>"$RAN"\n' "$name" >"$tree/build/examples/$name"
  chmod +x "$tree/build/examples/$name"
done
echo 'echo "skipped: no data"; exit 77' >>"$tree/build/examples/another"
echo 'echo report; echo "{\"test_accuracy\": 0.973684, \"seconds\": 0.5}"' >>"$tree/build/examples/logistic_regression"
echo 'echo "{\"hamming_loss\": 0.192320, \"micro_f1\": 0.654250}"' >>"$tree/build/examples/multilabel_mlp"
printf '#!/bin/sh\n' >"$tree/build/gradus"
chmod +x "$tree/build/gradus"
dev 0 demo
[ "$(sed -n 's/^example \([a-z_]*\).*/\1/p' "$work/ran" | tr '\n' ' ')" = "logistic_regression multilabel_mlp another " ] ||
  fail "another order of the examples"
says "report"
says "== logistic regression tells malignant from benign for 97.4 % of the tumours that it was not trained on"
says "== the multi-label MLP answers \"does this gene have this function?\" correctly in 80.8 % of the cases, for genes that it was not trained on"
says "skipped: no data"
echo 'exit 1' >>"$tree/build/examples/multilabel_mlp"
dev 1 demo
errs "failed: build/examples/multilabel_mlp"
