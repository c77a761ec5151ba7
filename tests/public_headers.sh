#!/bin/sh
# The command and the traces stand on the public headers, as a tool of a user does: their files include <gradus.h>,
# <gradus/..> and their own headers, and call no function of the library that its shared form does not export. $1: the
# build folder.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=$1

# wrong_includes DIR FOLDER: the includes in DIR/FOLDER of files that are neither the folder's own nor public. (The headers
# of C, POSIX and other libraries stand in angles, and no folder of the project is theirs.)
wrong_includes() {
  grep -rE --include='*.[ch]' --include='*.inc' '^ *# *include *["<]' "$1/$2" | grep -v "include *\"$2/" |
    grep -E 'include *"|<(tensor|autograd|losses|nn|data|fit|trace|cli)/' || :
}

# internal_symbols FILE..: the internal functions and variables that object files take from others than these.
internal_symbols() {
  nm -A "$@" | awk '{name = $NF; type = $(NF - 1)} name !~ /^gd__/ {next} type == "U" {takes[++n] = $1 " " name} type != "U" {own[name] = 1}
    END {for (i = 1; i <= n; ++i) {split(takes[i], of, " "); if (!(of[2] in own)) print takes[i]}}'
}

# The check itself: each of these must be reported, and what is allowed must not.
bad=$(mktemp -d)
trap 'rm -rf "$bad"' EXIT
mkdir -p "$bad/cli/commands"
printf '%s\n' '#include "tensor/file.h"' '#include "data/data.h"' '  #  include <fit/run.h>' '#include "print.h"' >"$bad/cli/a.c"
echo '#include "data/number.h"' >"$bad/cli/commands/b.h"
printf '%s\n' '#include <gradus/json.h>' '#include <gradus.h>' '#include "cli/cli.h"' '#include <sys/stat.h>' >"$bad/cli/right.c"
found=$(wrong_includes "$bad" cli | wc -l)
[ "$found" = 5 ] || { echo "finds $found of 5 wrong includes:"; wrong_includes "$bad" cli; exit 1; }
echo 'int gd__hidden(void), gd__own(void), gd_shown(void), f(void); int f(void) {return gd__hidden() + gd__own() + gd_shown();}' >"$bad/u.c"
echo 'int gd__own(void); int gd__own(void) {return 1;}' >"$bad/v.c"
(cd "$bad" && ${CC:-cc} -c u.c v.c)
found=$(internal_symbols "$bad/u.o" "$bad/v.o" | wc -l)
[ "$found" = 1 ] || { echo "finds $found of 1 internal function"; exit 1; }

wrong=$(wrong_includes "$root" cli; wrong_includes "$root" trace)
[ -z "$wrong" ] || { echo "not a public header:"; echo "$wrong"; exit 1; }

# objects FOLDER: its object files. (Those of sources that are gone may lie in a build folder.)
objects() {
  find "$build/CMakeFiles" -path "*.dir/$1/*.c.o" | while read -r object; do
    source=${object#*.dir/}
    [ ! -f "$root/${source%.o}" ] || echo "$object"
  done
}
[ "$(objects cli | wc -l)" -gt 40 ] || { echo "the object files of the command could not be found"; exit 1; }
for folder in cli trace; do
  wrong=$(internal_symbols $(objects $folder))
  [ -z "$wrong" ] || { echo "internal to the library:"; echo "$wrong"; exit 1; }
done
