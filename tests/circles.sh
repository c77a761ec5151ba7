#!/bin/sh
# No files that call each other in a circle, directly or by way of others. $1: the build folder. Who calls whom is read
# from the object files: a function that one needs and another defines.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)

# calls DIR..: "CALLER CALLEE" for each call of a function in another file. (Object files of sources that are gone may
# lie in a build folder.)
calls() {
  find "$@" -name '*.c.o' -exec nm -A {} + | sed -n 's/^[^:]*\.dir\/\([^:]*\)\.o:[0-9a-f ]* \([TU]\) /\2 \1 /p' | awk -v root="$root" '
    !($2 in there) {there[$2] = (getline line <(root "/" $2)) >= 0; close(root "/" $2)}
    !there[$2] {next}
    $1 == "T" {home[$3] = $2}
    $1 == "U" {needs[++n] = $3; caller[n] = $2}
    END {for (i = 1; i <= n; ++i) if (needs[i] in home && home[needs[i]] != caller[i]) print caller[i], home[needs[i]]}' |
    sort -u
}

# circles: of the calls that it reads, the files of each circle; nothing where there is none.
circles() {
  tsort 2>&1 >/dev/null | grep -v 'input contains a loop' | sed 's/^tsort: //'
}

# The check itself: a circle of three is found, a call to and from one file of two others is none.
found=$(printf '%s\n' 'a.c b.c' 'b.c c.c' 'c.c a.c' 'a.c d.c' 'c.c d.c' | circles | sort | tr '\n' ' ')
[ "$found" = "a.c b.c c.c " ] || { echo "three files in a circle were not found, but: $found"; exit 1; }
found=$(printf '%s\n' 'a.c b.c' 'a.c c.c' 'b.c c.c' | circles)
[ -z "$found" ] || { echo "no circle, but found: $found"; exit 1; }

calls=$(calls "$1"/CMakeFiles/gradus*.dir)
[ "$(echo "$calls" | wc -l)" -gt 500 ] || { echo "the calls could not be read"; exit 1; }
echo "$calls" | grep -q '^autograd/backward.c autograd/' || { echo "the calls of backward.c could not be read"; exit 1; }
found=$(echo "$calls" | circles || true)
[ -z "$found" ] || { echo "files that call each other in a circle:"; echo "$found"; exit 1; }
