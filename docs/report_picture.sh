#!/bin/sh
# Draws docs/report.png, the picture in README.md: two parts of the page that `gradus train --report`
# writes. $1: the build folder. Needs Chromium.
set -eu
build=$(cd "$1" && pwd)
docs=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cp "$docs/../examples/data/iris.csv" .
"$build/gradus" train iris.csv -o iris.safetensors --model mlp --quiet --report report.html >scores.txt
cat >picture.html <<'HTML'
<!DOCTYPE html>
<style>
body { margin: 0; display: flex; gap: 12px; background: #dfe3e8; height: 100vh }
iframe { flex: 1; border: 0; background: #fff }
</style>
<iframe src="report.html#scores" scrolling="no"></iframe>
<iframe src="report.html#curves" scrolling="no"></iframe>
HTML
chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --virtual-time-budget=2000 \
  --window-size=1400,880 --screenshot=report.png "file://$work/picture.html" 2>chromium.txt || {
  cat chromium.txt >&2
  exit 1
}
cp report.png "$docs/report.png"
