#!/bin/sh
# The folders' arrows, read from the #include lines: tensor <- autograd <- {losses, nn} <- {fit, trace},
# tensor <- data <- {fit, trace}. No arrow runs back. And the lists hold every op, every metric and every loss.
# (cli and trace: public_headers.sh.)
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)

# allowed FOLDER: the folders whose headers its files may include.
allowed() {
  case $1 in
  tensor) echo tensor ;;
  autograd) echo tensor autograd ;;
  losses) echo tensor autograd losses ;;
  nn) echo tensor autograd nn ;;
  data) echo tensor data ;;
  fit) echo tensor autograd losses nn data fit gradus ;;
  trace) echo tensor autograd losses nn data trace ;;
  esac
}

# check_tree DIR: prints every include that goes the wrong way.
check_tree() {
  for folder in tensor autograd losses nn data fit trace; do
    [ -d "$1/$folder" ] || continue
    find "$1/$folder" -name '*.[ch]' | while read -r file; do
      sed -n 's/^ *# *include *["<]\(gradus\/\)\{0,1\}\([a-z_]*\)[./].*/\2/p' "$file" |
        while read -r included; do
          case $included in
          tensor | autograd | losses | nn | data | fit | trace | gradus | cli | examples | tests | bench)
            case " $(allowed $folder) " in
            *" $included "*) ;;
            *) echo "$file: $folder/ must not include $included/" ;;
            esac ;;
          esac
        done
    done
  done
  find "$1/losses" -name '*.[ch]' 2>/dev/null -exec grep -H '^ *# *include *"autograd/' {} + |
    sed 's/$/: losses\/ uses the public header of autograd\/, as a loss of a user does/'
  find "$1" -name '*.[ch]' -not -path '*/build*' -exec grep -l '^# *include *<cblas.h>' {} + | grep -v -e '/tensor/blas.c$' -e '/bench/limit.c$' |
    sed 's/$/: only tensor\/blas.c, and the benchmark that is compared with it, include cblas.h/'
  for list in autograd/ops/op_list.h:autograd/ops losses/loss_list.h:losses; do
    [ -f "$1/${list%%:*}" ] || continue
    grep -ho '^const gd_op gd_op_[a-z0-9_]*' "$1/${list##*:}"/*.c | sed 's/.*gd_op_//' | while read -r op; do
      grep -Eq "(OP|OF_ONE|OF_TWO|UNARY|BINARY|LOOP)\($op[,)]" "$1/${list%%:*}" || echo "${list%%:*}: the op $op is not in the list"
    done
  done
  list=losses/metrics/metric.c
  [ -f "$1/$list" ] || return 0
  grep -ho '^const gd_metric_kind gd_metric_[a-z0-9_]*' "$1"/losses/metrics/*.c | sed 's/.*gd_metric_//' | while read -r metric; do
    grep -q "&gd_metric_$metric," "$1/$list" || echo "$list: the metric $metric is not in the list"
  done
}

# check_sites DIR: headers whose generated macros are not those of their prototypes.
check_sites() {
  for header in autograd/autograd losses/losses nn/nn; do
    [ ! -f "$1/$header.h" ] || sh "$root/docs/sites.sh" "$1/$header.h" | cmp -s - "$1/${header}_sites.h" ||
      echo "${header}_sites.h is stale: run ./dev docs"
  done
}

# check_losses DIR: a public function of the losses without a row in the table that their tests are made of. (Parts that
# losses are made of have tests of their own: tests/losses/own.c.)
check_losses() {
  { tr '\n' ' ' <"$1/losses/losses.h" | grep -o 'gd_tensor \* *gd_[a-z0-9_]*(gd_tape' | sed 's/.*\* *gd_\([a-z0-9_]*\)(.*/\1/'; echo log_softmax; } |
    grep -vx -e kept -e reduce_loss | while read -r loss; do
      grep -q "ROW($loss," "$1/tests/losses/table.c" || echo "tests/losses/table.c: gd_$loss has no ROW"
    done
}

# check_layers DIR: a layer of nn.h without a row in the table that their tests are made of.
check_layers() {
  tr '\n' ' ' <"$1/nn/nn.h" | grep -Eo 'gd_[a-z_]+ \*gd_[a-z_]+_create\(gd_parameters \*parameters, const char \*name' | sed 's/.*\*gd_//; s/_create(.*//' |
    while read -r layer; do
      grep -q "ROW($layer," "$1/tests/nn/layers.c" || echo "tests/nn/layers.c: gd_$layer has no ROW"
    done
}

# The check itself: each of these must be reported.
bad=$(mktemp -d)
trap 'rm -rf "$bad"' EXIT
mkdir -p "$bad/tensor" "$bad/nn" "$bad/data" "$bad/fit" "$bad/autograd/ops" "$bad/losses/metrics"
echo '#include <gradus/autograd.h>' >"$bad/tensor/a.c"
echo '#include "losses/loss_list.h"' >"$bad/nn/b.c"
echo '  #  include "autograd/internal.h"' >"$bad/data/c.c"
echo '#include <cblas.h>' >"$bad/nn/d.c"
echo '#include <gradus.h>' >"$bad/nn/e.c"
echo '#include "autograd/internal.h"' >"$bad/losses/i.c"
echo '#include <gradus/fit.h>' >"$bad/nn/k.c"
echo '#include "cli/cli.h"' >"$bad/fit/l.c"
echo 'OP(add)' >"$bad/autograd/ops/op_list.h"
echo 'const gd_op gd_op_forgotten = {' >"$bad/autograd/ops/f.c"
echo '&gd_metric_f1,' >"$bad/losses/metrics/metric.c"
echo 'const gd_metric_kind gd_metric_forgotten = {' >"$bad/losses/metrics/g.c"
found=$(check_tree "$bad" | wc -l)
if [ "$found" != 10 ]; then
  echo "structure.sh finds $found of the 10 wrong lines it was given:"
  check_tree "$bad"
  exit 1
fi

wrong=$(check_tree "$root")
[ -z "$wrong" ] || { echo "$wrong"; exit 1; }

cp "$root"/autograd/autograd.h "$root"/autograd/autograd_sites.h "$bad/autograd"
printf 'gd_tensor *\ngd_forgotten(gd_tape *tape, gd_tensor *x);\n' >>"$bad/autograd/autograd.h"
[ -n "$(check_sites "$bad")" ] || { echo "structure.sh does not miss a macro of a site"; exit 1; }
wrong=$(check_sites "$root")
[ -z "$wrong" ] || { echo "$wrong"; exit 1; }

mkdir -p "$bad/tests/losses"
printf 'gd_tensor *\ngd_forgotten_loss(gd_tape *tape);\ngd_tensor *gd_l1_loss(gd_tape *tape);\n' >"$bad/losses/losses.h"
echo 'ROW(l1_loss, EACH),' >"$bad/tests/losses/table.c"
found=$(check_losses "$bad" | wc -l)
[ "$found" = 2 ] || { echo "structure.sh finds $found of 2 losses without a row"; exit 1; }
wrong=$(check_losses "$root")
[ -z "$wrong" ] || { echo "$wrong"; exit 1; }

mkdir -p "$bad/tests/nn"
printf 'gd_new_layer *gd_new_layer_create(gd_parameters *parameters, const char *name,\n' >"$bad/nn/nn.h"
: >"$bad/tests/nn/layers.c"
[ -n "$(check_layers "$bad")" ] || { echo "structure.sh does not miss a layer's ROW"; exit 1; }
wrong=$(check_layers "$root")
[ -z "$wrong" ] || { echo "$wrong"; exit 1; }
