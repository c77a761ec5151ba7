#!/bin/sh
# The programs in README.md and CONTRIBUTING.md compile, run and print what the page says. $1: the build folder.
set -eu
build=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# block PAGE LANGUAGE: the page's first block of that language.
block() {
  awk -v fence='```'"$2" '$0 == "```" && inside { exit } inside { print } $0 == fence { inside = 1 }' "$root/$1"
}

# programs PAGE: each of its C programs and the text block behind it, as PREFIX.c and PREFIX.expected.
programs() {
  awk -v work="$work/$(basename "$1" .md)" '
    /^```/ && inside { inside = 0; next }
    $0 == "```c" { inside = 1; file = work "." ++count ".c"; print "#line 1 \"program.c\"" >file; next }
    $0 == "```text" && count { inside = 1; file = work "." count ".expected"; next }
    /^```/ { inside = 1; file = "/dev/null"; next }
    inside { print >file }' "$root/$1"
}

for page in README.md CONTRIBUTING.md; do
  programs $page
done
for file in "$work"/README.*.c "$work"/CONTRIBUTING.*.c; do
  program=${file%.c}
  name=$(basename "$program")
  [ -s "$program.c" ] && [ -s "$program.expected" ] || { echo "$name: no program, or no output"; exit 1; }
  ${CC:-cc} -std=c11 -Wall -Wextra -Wpedantic -Werror -I"$build/include" "$program.c" "$build/libgradus.a" \
    -lopenblas -lzip -lz -lm -lpthread -o "$program"
  "$program" >"$program.printed"
  diff "$program.expected" "$program.printed" || { echo "$name: the program prints something else"; exit 1; }
done
[ -s "$work/README.1.printed" ] && [ -s "$work/CONTRIBUTING.4.printed" ] || { echo "a page has lost a program"; exit 1; }

# The commands for a shell, in a folder where the page's paths lead to the tree's files.
block README.md sh >"$work/commands"
block README.md output >"$work/expected"
[ -s "$work/commands" ] && [ -s "$work/expected" ] || { echo "README.md: no commands, or no output"; exit 1; }
ln -s "$root/examples" "$work/examples"
ln -s "$build" "$work/build"
(cd "$work" && sh -e commands >printed)
diff "$work/expected" "$work/printed" || { echo "README.md: the commands print something else"; exit 1; }

# The program of docs/export.md, with the model that it is about.
block docs/export.md c >"$work/flower.c"
(cd "$work" && PATH="$build:$PATH" && gradus train examples/data/iris.csv -q -o iris.safetensors &&
  gradus export iris.safetensors -o iris.c >/dev/null &&
  ${CC:-cc} -std=c99 -Wall -Wextra -Wpedantic -Werror flower.c iris.c -lm -o flower && ./flower &&
  ${CC:-cc} -std=c99 -DIRIS_SELF_TEST iris.c -lm -o self && ./self) || { echo "docs/export.md: the program fails"; exit 1; }

# The program that reads the model in Python predicts what `gradus predict` does, where NumPy is installed.
block docs/export.md 'python iris.py' >"$work/iris.py"
[ -s "$work/iris.py" ] || { echo "docs/export.md has lost iris.py"; exit 1; }
if python3 -c 'import numpy' 2>/dev/null; then
  printf 'sepal length,sepal width,petal length,petal width\n5.1,3.5,1.4,0.2\n' >"$work/flower.csv"
  (cd "$work" && python3 iris.py | tr -d "[],'" && "$build/gradus" predict iris.safetensors flower.csv --prob) | awk '
    NR == 1 { for (i = 4; i <= 6; ++i) p[i - 2] = $i }
    NR == 3 { split($0, q, ","); for (i = 2; i <= 4; ++i) wrong += !((p[i] - q[i]) ^ 2 < 1e-10) }
    END { exit NR != 3 || wrong > 0 }' || { echo "docs/export.md: iris.py predicts something else"; exit 1; }
fi

# The program of docs/fit.md, from the folder of the tree.
block docs/fit.md c >"$work/fit.c"
block docs/fit.md text >"$work/fit.expected"
[ -s "$work/fit.c" ] && [ -s "$work/fit.expected" ] || { echo "docs/fit.md: no program, or no output"; exit 1; }
(cd "$work" && ${CC:-cc} -std=c11 -Wall -Wextra -Wpedantic -Werror -I"$build/include" fit.c "$build/libgradus.a" \
  -lopenblas -lzip -lz -lm -lpthread -o fit && ./fit >fit.printed) || { echo "docs/fit.md: the program fails"; exit 1; }
diff "$work/fit.expected" "$work/fit.printed" || { echo "docs/fit.md: the program prints something else"; exit 1; }

# What docs/cli.md says for scripts: its commands run, and each key that they print is on the page.
block docs/cli.md sh >"$work/commands"
cp "$root/examples/data/iris.csv" "$work"
(cd "$work" && PATH="$build:$PATH" sh -e commands) || { echo "docs/cli.md: a command fails"; exit 1; }
[ "$(wc -l <"$work/predictions.csv")" = 5 ] || { echo "docs/cli.md: predictions of five rows are expected"; exit 1; }
for key in $(cat "$work/validation.json" "$work/scores.json" "$work/model.json" "$work/run.jsonl" | grep -o '"[a-z_]*":' | sort -u | tr -d '":'); do
  grep -q "\`$key\`" "$root/docs/cli.md" || { echo "docs/cli.md: the key $key is missing"; exit 1; }
done

"$build/docs/ops_page" | diff "$root/docs/ops.md" - || { echo "docs/ops.md is stale: run ./dev docs"; exit 1; }

# What the README promises stands there first.
[ "$(grep -n -m 1 '\./dev demo' "$root/README.md" | cut -d: -f1)" -le 5 ] || { echo "README.md: ./dev demo comes first"; exit 1; }
for command in $(grep -o '\./dev [a-z]*' "$root/README.md" "$root/CONTRIBUTING.md" | sed 's/.*dev //' | sort -u); do
  "$root/dev" help | grep -q "^./dev $command" || { echo "there is no ./dev $command"; exit 1; }
done
