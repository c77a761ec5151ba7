#!/usr/bin/env python3
"""Makes large tables to measure the command with: 20 columns, a million rows each.

    bench/make_table.py /tmp/tables                    # binary, classes, regression and texts
    bench/make_table.py --rows 1000 /tmp/tables texts

The last column, "target", depends on the others with some noise. The tables are the same on every
machine for the same --rows: the seed is fixed. Each file appears when it is complete."""
import argparse
import os
import random

FEATURES = 19
TEXT_COLUMNS = 8
CLASSES = ["north", "south", "east", "west", "centre"]


def vocabulary(rng, count):
    return ["".join(rng.choices("abcdefghijklmnoprstuvw", k=rng.randint(3, 9))) + str(i)
            for i in range(count)]


def numbers(rng, count):
    return [rng.gauss(0, 1) for _ in range(count)]


def binary(rng, x):
    return "yes" if x[0] - 0.5 * x[1] + 0.8 * x[2] * x[3] + rng.gauss(0, 0.5) > 0 else "no"


def classes(rng, x):
    scores = [x[i] + 0.3 * x[i + 5] * x[i + 6] + rng.gauss(0, 0.5) for i in range(len(CLASSES))]
    return CLASSES[scores.index(max(scores))]


def regression(rng, x):
    return f"{3 * x[0] - 2 * x[1] + x[2] * x[3] + rng.gauss(0, 0.5):.4f}"


def number_rows(rng, rows, target):
    for _ in range(rows):
        x = numbers(rng, FEATURES)
        yield ",".join([f"{v:.4f}" for v in x] + [target(rng, x)])


def text_rows(rng, rows):
    words = [vocabulary(rng, 12 * (i + 1)) for i in range(TEXT_COLUMNS)]
    for _ in range(rows):
        x = numbers(rng, FEATURES - TEXT_COLUMNS)
        index = [int(len(w) * rng.random() ** 2) for w in words]
        effect = sum(i % 3 - 1 for i in index)
        target = "yes" if x[0] + 0.5 * effect + rng.gauss(0, 0.5) > 0 else "no"
        texts = [w[i] for w, i in zip(words, index)]
        yield ",".join([f"{v:.4f}" for v in x] + texts + [target])


TABLES = {
    "binary": lambda rng, rows: number_rows(rng, rows, binary),
    "classes": lambda rng, rows: number_rows(rng, rows, classes),
    "regression": lambda rng, rows: number_rows(rng, rows, regression),
    "texts": text_rows,
}


def write(folder, name, rows):
    path = os.path.join(folder, name + ".csv")
    unfinished = path + ".part"
    with open(unfinished, "w", encoding="utf-8") as file:
        file.write(",".join([f"x{i + 1}" for i in range(FEATURES)] + ["target"]) + "\n")
        for row in TABLES[name](random.Random(name), rows):
            file.write(row + "\n")
    os.replace(unfinished, path)
    print(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("folder", help="it is made if it does not exist")
    parser.add_argument("table", nargs="*", help="some of " + ", ".join(TABLES) + " [all]")
    options = parser.parse_args()
    unknown = sorted(set(options.table) - set(TABLES))
    if unknown or options.rows < 1:
        parser.error(f"no table is called {unknown[0]}" if unknown else "--rows is at least 1")
    os.makedirs(options.folder, exist_ok=True)
    for name in options.table or TABLES:
        write(options.folder, name, options.rows)


if __name__ == "__main__":
    main()
