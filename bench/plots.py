#!/usr/bin/env python3
"""Draws how the time of a step grows with a network's width and depth, with batch, rows and threads.

usage: plots.py BENCH SVG          (./dev bench --plots does it)

Runs BENCH --sweep, and for the threads BENCH --threads N, and writes the least times that were measured. Dashed: the
limit, plain C with the same accuracy (bench/limit.h). Both axes are logarithmic but for the threads.
"""
import json
import math
import os
import subprocess
import sys

TITLES = {
    "width": "hidden units; 64 inputs, 10 classes, batch 64, Adam",
    "depth": "hidden layers of 128 units, batch 64, Adam",
    "batch": "rows of a batch; 64 inputs, 128 hidden units, Adam",
    "rows": "rows of cross entropy with 10 classes",
    "threads": "threads of a pool; time as a part of one thread's",
}
THREADED = ["ce_4096x1000", "bcel_4096x1000", "relu_xw_b_16M_fwdbwd", "mlp_784_512_512_10_b256_sgdm"]
WIDTH, HEIGHT, LEFT, TOP = 300, 180, 56, 30  # of a panel, and of the room for its labels
COLORS = ["#1f5fa8", "#b3501f", "#2f7d46", "#7a4a9c"]


def run(bench, *options):
    out = subprocess.run([bench, "--json", *options], capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def sweeps(bench):
    """kind -> {name of a line: [(size, microseconds)]}, the least of three rounds."""
    kinds = {}
    for row in [row for _ in range(3) for row in run(bench, "--sweep")]:
        kind, size = row["case"].split("=")
        lines = kinds.setdefault(kind, {"Gradus": {}, "limit": {}})
        own = min(row["us_min"], row["limit_us"] * row["limit_ratio"])
        for name, us in ("Gradus", own), ("limit", row["limit_us"]):
            lines[name][int(size)] = min(us, lines[name].get(int(size), us))
    return {kind: {name: list(line.items()) for name, line in lines.items()} for kind, lines in kinds.items()}


def threads(bench):
    lines = {name: [] for name in THREADED}
    for n in range(1, (os.cpu_count() or 1) + 1):
        for row in run(bench, "--threads", str(n), "--cases", ",".join(THREADED)):
            line = lines[row["case"]]
            line.append((n, row["us_min"] / (line[0][2] if line else row["us_min"]), row["us_min"]))
    return {name: [(n, part) for n, part, _ in line] for name, line in lines.items()}


def time_text(us):
    return f"{us:g} us" if us < 1000 else f"{us / 1000:g} ms" if us < 1e6 else f"{us / 1e6:g} s"


def panel(kind, lines, x0, y0):
    points = [p for line in lines.values() for p in line]
    sizes, times = [p[0] for p in points], [p[1] for p in points]
    is_log = kind != "threads"
    of = (lambda v: math.log10(v)) if is_log else (lambda v: v)
    low, high = (math.floor(of(min(times))), math.ceil(of(max(times)))) if is_log else (0, 1)
    first, last = of(min(sizes)), max(of(max(sizes)), of(min(sizes)) + 1e-9)

    def place(size, time):
        return (
            x0 + LEFT + (of(size) - first) / (last - first) * (WIDTH - LEFT - 16),
            y0 + HEIGHT - 34 - (of(time) - low) / (high - low) * (HEIGHT - TOP - 40),
        )

    out = [f'<text x="{x0 + 8}" y="{y0 + 16}" class="title">{TITLES[kind]}</text>']
    for tick in range(low, high + 1) if is_log else (0, 0.25, 0.5, 0.75, 1):
        x, y = place(min(sizes), 10**tick if is_log else tick)
        out.append(f'<path d="M{x:.1f} {y:.1f}H{x0 + WIDTH - 16}" class="grid"/>')
        out.append(f'<text x="{x - 6:.1f}" y="{y + 4:.1f}" class="tick" text-anchor="end">{time_text(10**tick) if is_log else tick}</text>')
    for size in sorted(set(sizes)):
        x, _ = place(size, min(times))
        text = f"{size:,}".replace(",000,000", "M").replace(",000", "k").replace(",", "")
        out.append(f'<text x="{x:.1f}" y="{y0 + HEIGHT - 18}" class="tick" text-anchor="middle">{text}</text>')
    for i, (name, line) in enumerate(lines.items()):
        path = "M" + "L".join("{:.1f} {:.1f}".format(*place(*p)) for p in line)
        dash = ' stroke-dasharray="4 3"' if name == "limit" else ""
        out.append(f'<path d="{path}" fill="none" stroke="{COLORS[i]}" stroke-width="1.6"{dash}><title>{name}</title></path>')
        x = x0 + LEFT + 6
        y = y0 + TOP + 6 + 13 * i if is_log else y0 + HEIGHT - 42 - 13 * (len(lines) - 1 - i)
        out.append(f'<text x="{x}" y="{y}" class="tick" style="fill:{COLORS[i]}">{name}</text>')
    return out


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    panels = {**sweeps(sys.argv[1]), "threads": threads(sys.argv[1])}
    rows = (len(panels) + 1) // 2
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * WIDTH} {rows * HEIGHT}" width="{2 * WIDTH}" height="{rows * HEIGHT}">',
        "<title>Time of a step against width, depth, batch, rows and threads</title>",
        "<style>text { font: 10px sans-serif; fill: #333 } .title { font-weight: bold } .grid { stroke: #ddd }</style>",
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    for i, (kind, lines) in enumerate(panels.items()):
        out += panel(kind, lines, WIDTH * (i % 2), HEIGHT * (i // 2))
    with open(sys.argv[2], "w") as file:
        file.write("\n".join(out) + "\n</svg>\n")


main()
