#!/usr/bin/env python3
"""gradus beside liblinear, fastText, WEKA and scikit-learn on the same rows: quality, time, memory, what has to be typed.

usage: comparison.py GRADUS [--debtags FOLDER] [--page FILE] [--quick]

Prints tables in Markdown, or with --page puts them between the two marks of that file. FOLDER is what
examples/debtags.sh has made. --quick: gradus alone, on iris. Nothing is installed: a tool that is not there is left out.
bench/recipes.py has what each tool is told, bench/tables.py the tables.
"""
import argparse
import csv
import ctypes
import importlib.metadata
import importlib.util
import math
import os
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from recipes import TOOLS
from tables import all_tables

ROUNDS = 5  # each with a split of its own, where none is published
PATIENCE = 10  # seconds: what takes longer is not repeated on a published split
LEAST = 0.0005  # of a probability: WEKA prints three digits
MARKS = "<!-- measured: bench/comparison.py writes what follows -->\n", "<!-- end of what is measured -->\n"
KINDS = {
    "classes": "numbers, a class",
    "mixed": "mixed, a class",
    "texts": "texts, a class",
    "labels": "numbers, labels",
    "words": "words, labels",
}

# ---- running: wall clock, processor time, the memory of the largest process -------------------------------


def adopt_orphans():
    """Linux's PR_SET_CHILD_SUBREAPER. What a process has taken before exec counts as its memory: a child of this one
    would begin with this one's. So a shell starts the recipe's shell and goes; the recipe is then ours to wait for."""
    ctypes.CDLL(None).prctl(36, 1)


def run(recipe, folder):
    """The seconds that passed, those of processors, and MB; None where a command failed."""
    with open(os.path.join(folder, "recipe.sh"), "w") as out:
        out.write(recipe.commands)
    for name, text in recipe.code.items():
        with open(os.path.join(folder, name), "w") as out:
            out.write(text)
    begin = time.perf_counter()
    shell = subprocess.run(["sh", "-c", "sh -e recipe.sh >log 2>&1 & echo $!"], cwd=folder, stdout=subprocess.PIPE, check=True)
    _, status, used = os.wait4(int(shell.stdout), 0)
    seconds = time.perf_counter() - begin
    if status != 0:
        with open(os.path.join(folder, "log")) as log:
            print(log.read()[-2000:], file=sys.stderr)
        return None
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def for_table(recipe, table):
    def fill(text):
        return text.replace("PREFIX", table.prefix or "").replace("COUNT", str(len(table.labels)))

    return recipe._replace(commands=fill(recipe.commands), code={name: fill(text) for name, text in recipe.code.items()})


# ---- what a tool has predicted: a dictionary class -> probability, or a set of labels, for each row --------


def lines_of(folder, name):
    with open(os.path.join(folder, name), newline="") as file:
        return file.read().splitlines()


def classes_from_csv(folder, table, train):
    rows = csv.DictReader(lines_of(folder, "predictions.csv"))
    return [{k.removeprefix("prob_"): float(p) for k, p in row.items() if k != "prediction"} for row in rows]


def classes_from_liblinear(folder, table, train):
    names = list(dict.fromkeys(table.rows[i][-1] for i in train))
    head, *rows = (line.split() for line in lines_of(folder, "predictions"))
    return [{names[int(k)]: float(p) for k, p in zip(head[1:], row[1:])} for row in rows]


def from_fasttext(folder):
    for line in lines_of(folder, "predictions"):
        words = line.split()
        yield {k.removeprefix("__label__"): float(p) for k, p in zip(words[::2], words[1::2])}


def classes_from_weka(folder, table, train):
    declared = lines_of(folder, "train.arff" if table.arff else "all.arff")
    declared = [line for line in declared if line.lower().startswith("@attribute")][-1]
    names = next(csv.reader([re.search(r"\{(.*)\}", declared)[1]], quotechar="'", skipinitialspace=True))
    names = [name.strip().removesuffix(".0") for name in names]
    rows = [line.replace("*", "").split()[-1].split(",") for line in lines_of(folder, "predictions") if re.match(r" +\d", line)]
    return [dict(zip(names, map(float, row))) for row in rows]


def labels_from_csv(folder, table):
    rows = csv.DictReader(lines_of(folder, "predictions.csv"))
    return [{k for k in row if k.startswith(table.prefix) and row[k] == "1"} for row in rows]


def labels_from_liblinear(folder, table):
    columns = [lines_of(folder, f"predictions.{k + 1}")[1:] for k in range(len(table.labels))]
    names = [table.header[i] for i in table.labels]
    return [{name for name, cell in zip(names, cells) if cell.split()[0] == "1"} for cells in zip(*columns)]


def predicted(tool, folder, table, train):
    family = tool.name.split(",")[0]
    if table.labels:
        if family == "fastText":
            return [set(row) for row in from_fasttext(folder)]
        return (labels_from_liblinear if family == "liblinear" else labels_from_csv)(folder, table)
    if family == "fastText":
        return list(from_fasttext(folder))
    return {"liblinear": classes_from_liblinear, "WEKA": classes_from_weka}.get(family, classes_from_csv)(folder, table, train)


# ---- how good it is: one code for all ---------------------------------------------------------------------


def judge_classes(rows, predictions):
    """Accuracy and log loss."""
    right = sum(max(p, key=p.get) == row[-1] for row, p in zip(rows, predictions))
    loss = sum(-math.log(max(p.get(row[-1], 0), LEAST)) for row, p in zip(rows, predictions))
    return right / len(rows), loss / len(rows)


def f1(hits, wrong, missed):
    return 2 * hits / (2 * hits + wrong + missed) if hits else 0.0


def judge_labels(table, rows, predictions):
    """Micro-F1 and macro-F1 of the cells that are known."""
    counts = []
    for i in table.labels:
        cells = [(row[i], table.header[i] in said) for row, said in zip(rows, predictions)]
        counts.append([cells.count(("1", True)), cells.count(("0", True)), cells.count(("1", False))])
    return f1(*map(sum, zip(*counts))), statistics.mean(f1(*c) for c in counts)


# ---- a table: all tools in turn, round by round -----------------------------------------------------------


def measured(tool, table, seed):
    """The two numbers of quality, then seconds, processor seconds and MB; None where the tool failed."""
    train, test = table.split(seed)
    with tempfile.TemporaryDirectory() as folder:
        table.write(folder, "train", train)
        table.write(folder, "test", test)
        used = run(for_table(tool.recipes[table.kind], table), folder)
        if used is None:
            return None
        predictions = predicted(tool, folder, table, train)
    rows = [table.rows[i] for i in test]
    if len(predictions) != len(rows):
        raise SystemExit(f"{tool.name}, {table.name}: {len(rows)} predictions are expected, found {len(predictions)}")
    return *(judge_labels(table, rows, predictions) if table.labels else judge_classes(rows, predictions)), *used


def compare(tools, table, rounds):
    """The name of each tool that can do it -> means of quality, medians of the rest; None where it failed."""
    runs = {tool.name: [] for tool in tools if table.kind in tool.recipes}
    for seed in range(rounds):
        for tool in tools:
            done = runs.get(tool.name)
            if done is None or None in done or (table.given and done and done[0][2] > PATIENCE):
                continue
            done.append(measured(tool, table, seed))
            print(table.name, seed, tool.name, done[-1], file=sys.stderr, flush=True)
    results = {}
    for name, done in runs.items():
        columns = None if None in done else list(zip(*done))
        results[name] = columns and [statistics.mean(c) for c in columns[:2]] + [statistics.median(c) for c in columns[2:]]
    return results


# ---- Markdown ---------------------------------------------------------------------------------------------


def typed(recipe):
    """Commands, options (words that begin with a dash and a letter), lines of own code."""
    commands = options = 0
    for line in recipe.commands.strip().splitlines():
        fresh = True
        for word in shlex.shlex(line.replace("$(", "("), posix=False, punctuation_chars="();<>|"):
            if set(word) <= set("();|") or word in ("do", "done"):
                fresh = True
                continue
            commands += fresh
            options += re.match("--?[a-zA-Z]", word) is not None
            fresh = False
    lines = sum(line.strip() != "" for text in recipe.code.values() for line in text.splitlines())
    return commands, options, lines


def markdown(head, rows):
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines) + "\n"


def of_results(title, tools, results, names, cell):
    """A table of tools by tables."""

    def text(tool, name):
        if name not in results or tool.name not in results[name]:
            return "–"
        return "failed" if results[name][tool.name] is None else cell(results[name][tool.name])

    rows = [[tool.name, *(text(tool, name) for name in names)] for tool in tools]
    rows = [row for row in rows if set(row[1:]) != {"–"}]
    return f"### {title}\n\n" + markdown(["", *names], rows)


def shape(table):
    targets = len(table.labels) or len({row[-1] for row in table.rows})
    columns = len(table.header) - (len(table.labels) or 1)
    return [table.name, KINDS[table.kind], str(len(table.rows)), str(columns), str(targets)]


def report(tools, absent, tables, results):
    classes = [name for name, table in tables.items() if not table.labels]
    labels = [name for name, table in tables.items() if table.labels]
    text = "### Tables\n\n" + markdown(["", "kind", "rows", "columns", "classes or labels"], map(shape, tables.values()))
    if absent:
        text += "Not installed, and left out: " + "; ".join(tool.name for tool in absent) + ".\n\n"
    text += of_results("Classes: accuracy, log loss", tools, results, classes, lambda r: f"{r[0]:.3f}, {r[1]:.3f}")
    if labels:
        text += of_results("Labels: micro-F1, macro-F1", tools, results, labels, lambda r: f"{r[0]:.3f}, {r[1]:.3f}")
    text += of_results("Seconds from start to end, and of processors", tools, results, list(tables), lambda r: f"{r[2]:.2f}, {r[3]:.2f}")
    text += of_results("Memory of the largest process, MB", tools, results, list(tables), lambda r: f"{r[4]:.0f}")
    return text


def what_is_typed():
    def text(tool, kind):
        if kind not in tool.recipes:
            return "–"
        commands, options, lines = typed(tool.recipes[kind])
        return f"{commands}, {options}" + (f", {lines}" if lines else "")

    rows = [[tool.name, *(text(tool, kind) for kind in KINDS)] for tool in TOOLS]
    return "### Commands, options, lines of own code\n\n" + markdown(["", *KINDS.values()], rows)


# ---- the whole --------------------------------------------------------------------------------------------


def present(need):
    if need.startswith("import "):
        return importlib.util.find_spec(need.removeprefix("import ")) is not None
    return os.path.isfile(need) or shutil.which(need) is not None


def conditions(load):
    """What it was measured with: versions, as Debian or Python knows them, and how busy the machine was."""
    said = subprocess.run(["gradus", "version"], capture_output=True, text=True, check=True).stdout
    text = f"{said.splitlines()[0]} (OpenBLAS with kernels for {re.search('kernel (.*?),', said)[1]})"
    for package in "liblinear-tools", "fasttext", "weka":
        if shutil.which("dpkg-query"):
            version = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True)
            text += f", {package} {version.stdout}" if version.stdout else ""
    if importlib.util.find_spec("sklearn"):
        text += ", scikit-learn " + importlib.metadata.version("scikit-learn")
    return f"{text}; {os.cpu_count()} processors, a load of {load:.1f} before the run and {os.getloadavg()[0]:.1f} at its end.\n\n"


def replace_in_page(path, text):
    with open(path) as file:
        page = file.read()
    start, end = page.index(MARKS[0]) + len(MARKS[0]), page.index(MARKS[1])
    with open(path, "w") as file:
        file.write(page[:start] + "\n" + text + page[end:])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gradus")
    parser.add_argument("--debtags", metavar="FOLDER")
    parser.add_argument("--page", metavar="FILE")
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    if os.path.basename(arguments.gradus) != "gradus" or not os.access(arguments.gradus, os.X_OK):
        parser.error(f"{arguments.gradus}: a program of the name gradus is expected, as ./dev build leaves it in build/")
    folders = os.path.dirname(os.path.abspath(arguments.gradus)), os.path.dirname(sys.executable), os.environ["PATH"]
    os.environ["PATH"] = os.pathsep.join(folders)
    os.environ.pop("OPENBLAS_CORETYPE", None)
    adopt_orphans()
    tools = [tool for tool in TOOLS if all(map(present, tool.needs))]
    absent = [tool for tool in TOOLS if tool not in tools]
    tables = all_tables(arguments.debtags)
    if arguments.quick:
        tools, absent, tables = tools[:1], [], {"iris": tables["iris"]}
    tables = {name: read() for name, read in tables.items()}
    load = os.getloadavg()[0]
    results = {name: compare(tools, table, 1 if arguments.quick else ROUNDS) for name, table in tables.items()}
    text = conditions(load) + report(tools, absent, tables, results) + what_is_typed()
    if arguments.page:
        replace_in_page(arguments.page, text)
    else:
        print(text, end="")


main()
