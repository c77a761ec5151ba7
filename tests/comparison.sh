#!/bin/sh
# bench/comparison.py still runs with what is built, and docs/comparison.md has its counts of what is typed. $1: the build
# folder. Status 77 where there is no Python: nothing else of the project needs one.
set -eu
build=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/.." && pwd)
command -v python3 >/dev/null || exit 77
python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' || exit 77

printed=$(python3 -B "$root/bench/comparison.py" "$build/gradus" --quick)
[ "$(echo "$printed" | grep -c '^| Gradus | 0\.9')" = 1 ] || { echo "gradus is not above 0.9 on iris:"; echo "$printed"; exit 1; }
[ "$(echo "$printed" | sed -n '/^### Commands/,$p' | grep -c '^|')" -ge 10 ] || { echo "no counts of what is typed"; exit 1; }
echo "$printed" | sed -n '/^### Commands/,$p' | while read -r line; do
  grep -qxF -e "$line" "$root/docs/comparison.md" || { echo "docs/comparison.md is stale: it has not: $line"; exit 1; }
done
