#!/bin/sh
# The conformance runner itself: what it must not let pass. $1: the build folder.
set -eu
runner="$1/tests/conformance"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# expect STATUS LINE JSON: the runner's exit status, and its last line of output.
expect() {
  echo "$3" >"$work/case.json"
  status=0
  "$runner" "$work/case.json" >"$work/out" 2>"$work/errors" || status=$?
  if [ "$status" != "$1" ] || [ "$(tail -n 1 "$work/out")" != "$2" ]; then
    echo "$3: exit status $status, not $1, or the last line is not \"$2\":"
    cat "$work/out" "$work/errors"
    exit 1
  fi
}

x='"input": {"shape": [1,2], "dtype": "float64", "data": [0, 0]}, "target": {"shape": [1], "dtype": "int64", "data": [1]}'
out='"out": {"shape": [], "dtype": "float64", "data": [0.6931471805599453]}'
expect 0 "2 passed, 0 failed, 0 skipped" "{\"cases\": [{\"name\": \"a\", \"loss\": \"cross_entropy\", $x, $out}]}"
expect 0 "1 passed, 0 failed, 1 skipped" "{\"cases\": [{\"name\": \"a\", \"loss\": \"cross_entropy\", \"tags\": [\"f64_only\"], $x, $out}]}"
for wrong in '[]' '[-0.6931471805599453]' '["nan"]' '["inf"]' '[0.69314718055]'; do
  shape='[]'
  [ "$wrong" != '[]' ] || shape='[0]'
  failed=2
  [ "$wrong" != '[0.69314718055]' ] || failed=1 # not seen in float32
  expect 1 "$((2 - failed)) passed, $failed failed, 0 skipped" \
    "{\"cases\": [{\"name\": \"a\", \"loss\": \"cross_entropy\", $x, \"out\": {\"shape\": $shape, \"dtype\": \"float64\", \"data\": $wrong}}]}"
done
# The ideal counts, a null in it does not; so does a gradient.
expect 1 "0 passed, 2 failed, 0 skipped" \
  "{\"cases\": [{\"name\": \"a\", \"loss\": \"cross_entropy\", $x, $out, \"ideal\": {\"out\": {\"shape\": [], \"dtype\": \"float64\", \"data\": [1]}}}]}"
expect 1 "0 passed, 2 failed, 0 skipped" \
  "{\"cases\": [{\"name\": \"a\", \"loss\": \"cross_entropy\", $x, $out, \"ideal\": {\"out\": null}, \"grad_input\": {\"shape\": [1,2], \"dtype\": \"float64\", \"data\": [0.5, 0.5]}}]}"
# Refusals: none, one of another kind, one that is expected.
expect 1 "0 passed, 2 failed, 0 skipped" "{\"cases\": [{\"name\": \"a\", \"loss\": \"cross_entropy\", $x, \"error\": {\"kind\": \"shape\"}}]}"
bad=$(echo "$x" | sed 's/"data": \[1\]/"data": [2]/')
expect 1 "0 passed, 2 failed, 0 skipped" "{\"cases\": [{\"name\": \"a\", \"loss\": \"cross_entropy\", $bad, \"error\": {\"kind\": \"shape\"}}]}"
expect 0 "2 passed, 0 failed, 0 skipped" "{\"cases\": [{\"name\": \"a\", \"loss\": \"cross_entropy\", $bad, \"error\": {\"kind\": \"range\"}}]}"
expect 1 "0 passed, 2 failed, 0 skipped" "{\"cases\": [{\"name\": \"a\", \"loss\": \"cross_entropy\", $bad, $out}]}"
# Nothing run is nothing proved; what has not the form is told.
expect 1 "0 passed, 0 failed, 0 skipped" '{"cases": []}'
expect 2 "" '{"cases": 3}'
expect 2 "" 'no JSON'
expect 2 "" '{"cases": [{"name": "a", "loss": "hinge", "input": {"shape": [1], "dtype": "float64", "data": [1]}}]}'
expect 2 "" '{"cases": [{"name": "a", "loss": "nll"}]}'
expect 2 "" '{"cases": [{"name": "a", "loss": "nll", "input": {"shape": [2], "dtype": "float64", "data": [1]}}]}'

# The second form: a case with `inputs`, alone and beside one of the first form.
inputs='"inputs": {"input": {"shape": [2], "dtype": "float64", "data": [3, 1]}, "target": {"shape": [2], "dtype": "float64", "data": [1, 1]}}'
four='"out": {"shape": [], "dtype": "float64", "data": [4]}'
second="\"name\": \"b\", \"loss\": \"mse\", $inputs, $four"
sum='"params": {"reduction": "sum"}'
right='"grads": {"input": {"shape": [2], "dtype": "float64", "data": [4, 0]}, "target": {"shape": [2], "dtype": "float64", "data": [-4, 0]}}'
expect 0 "2 passed, 0 failed, 0 skipped" "{\"cases\": [{$second, $sum, $right}]}"
expect 0 "4 passed, 0 failed, 0 skipped" \
  "{\"cases\": [{$second, $sum, $right}, {\"name\": \"a\", \"loss\": \"cross_entropy\", $x, $out}]}"
expect 0 "1 passed, 0 failed, 1 skipped" "{\"cases\": [{$second, $sum, $right, \"tags\": [\"f64_only\"]}]}"
expect 1 "0 passed, 2 failed, 0 skipped" "{\"cases\": [{$second, $right}]}" # the mean is 2
expect 1 "0 passed, 2 failed, 0 skipped" "{\"cases\": [{$second, $sum, $(echo "$right" | sed 's/-4/4/')}]}"
expect 1 "0 passed, 2 failed, 0 skipped" "{\"cases\": [{$second, $sum, $(echo "$right" | sed 's/-4/"nan"/')}]}"
bad=$(echo "$second" | sed 's/\[1, 1\]/["nan", 1]/')
expect 1 "0 passed, 2 failed, 0 skipped" "{\"cases\": [{$bad, $sum, $right}]}"
expect 0 "2 passed, 0 failed, 0 skipped" "{\"cases\": [{$bad, $sum, \"error\": {\"kind\": \"range\"}}]}"
# A parameter that the library does not have: skipped, with its name. Skipped cases alone prove nothing; null is not given.
lacking='"params": {"reduction": "sum", "weight": {"shape": [2], "dtype": "float64", "data": [1, 1]}}'
expect 1 "0 passed, 0 failed, 2 skipped" "{\"cases\": [{$second, $lacking, $right}]}"
grep -qx 'b float32: skipped: gd_mse_loss has no weight' "$work/out" || { cat "$work/out"; exit 1; }
expect 0 "2 passed, 0 failed, 0 skipped" "{\"cases\": [{$second, \"params\": {\"reduction\": \"sum\", \"weight\": null}, $right}]}"
expect 2 "" "{\"cases\": [{\"name\": \"b\", \"loss\": \"hinge\", $inputs}]}"
expect 2 "" "{\"cases\": [{\"name\": \"b\", \"loss\": \"gaussian_nll\", $inputs}]}"
expect 2 "" "{\"cases\": [{$second, $sum, $(echo "$right" | sed 's/"target"/"other"/')}]}"
