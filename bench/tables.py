"""The tables of bench/comparison.py: read, split, and written as every tool is given them."""
import csv
import gzip
import os
import random

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "examples", "data")
WEKA_FOLDER = "/usr/share/doc/weka/examples"


class Table:
    """header and rows of texts, a missing value is ""; arff: the header's text, and raw: the rows as that file has them.
    prefix: what the names of labels begin with; given: the rows of a published split, else None."""

    def __init__(self, name, kind, header, rows, prefix=None, given=None, arff=None, raw=None):
        self.name, self.kind, self.header, self.rows = name, kind, header, rows
        self.prefix, self.given, self.arff, self.raw = prefix, given, arff, raw
        self.labels = [i for i, column in enumerate(header) if prefix and column.startswith(prefix)]

    def split(self, seed):
        """The numbers of the rows for training, and of those for testing: 80 and 20 %, of each class."""
        if self.given:
            return self.given
        draw = random.Random(seed)
        classes = {}
        for i, row in enumerate(self.rows):
            classes.setdefault(row[-1], []).append(i)
        place = {}
        for members in classes.values():
            draw.shuffle(members)
            shift = draw.random()
            place.update((i, (rank + shift) / len(members)) for rank, i in enumerate(members))
        order = sorted(place, key=place.get)
        count = (len(order) * 8 + 5) // 10
        train, test = order[:count], order[count:]
        draw.shuffle(train)
        return train, test

    def write(self, folder, name, rows):
        with open(os.path.join(folder, name + ".csv"), "w", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(self.header)
            writer.writerows(self.rows[i] for i in rows)
        if self.arff:
            with open(os.path.join(folder, name + ".arff"), "w") as out:
                out.write(self.arff + "".join(self.raw[i] for i in rows))


def read_csv(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


def shipped(name, kind, file, prefix=None, training=None):
    header, rows = read_csv(os.path.join(FOLDER, file))
    given = training and (range(training), range(training, len(rows)))
    return Table(name, kind, header, rows, prefix, given)


def of_weka(name, kind):
    """One of WEKA's examples: dense rows after @data, texts in single quotes, comments at %."""
    with open(os.path.join(WEKA_FOLDER, name + ".arff")) as file:
        lines = [line for line in file if line.strip() and not line.startswith("%")]
    start = next(i for i, line in enumerate(lines) if line.lower().startswith("@data")) + 1
    header = [line.split(None, 1)[1] for line in lines[:start] if line.lower().startswith("@attribute")]
    header = [text.split("'")[1] if text.startswith("'") else text.split()[0] for text in header]
    rows = csv.reader(lines[start:], quotechar="'", skipinitialspace=True)
    rows = [["" if cell.strip() == "?" else cell.strip() for cell in row] for row in rows]
    return Table(name, kind, header, rows, arff="".join(lines[:start]), raw=lines[start:])


def debtags(folder):
    """What examples/debtags.sh makes: only its words and tags."""
    header, train = read_csv(os.path.join(folder, "train.csv"))
    _, test = read_csv(os.path.join(folder, "test.csv"))
    keep = [i for i, column in enumerate(header) if column.startswith(("tag:", "word:"))]
    rows = [[row[i] for i in keep] for row in train + test]
    given = range(len(train)), range(len(train), len(rows))
    return Table("debtags", "words", [header[i] for i in keep], rows, "tag:", given)


def all_tables(debtags_folder):
    """A function for each, as a table is read when its turn comes; without those that are not there."""
    tables = {
        "iris": lambda: shipped("iris", "classes", "iris.csv"),
        "breast cancer": lambda: shipped("breast cancer", "classes", "breast_cancer.csv"),
        "digits": lambda: shipped("digits", "classes", "digits.csv.gz"),
    }
    for name, kind in ("credit-g", "mixed"), ("vote", "texts"):
        if os.path.exists(os.path.join(WEKA_FOLDER, name + ".arff")):
            tables[name] = lambda name=name, kind=kind: of_weka(name, kind)
    tables["yeast"] = lambda: shipped("yeast", "labels", "yeast.csv.gz", "label", 1500)
    if debtags_folder and all(os.path.exists(os.path.join(debtags_folder, name)) for name in ("train.csv", "test.csv")):
        tables["debtags"] = lambda: debtags(debtags_folder)
    return tables
