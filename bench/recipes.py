"""What a user of each tool types to get from train.csv and test.csv to a prediction for each row of test.csv.

A recipe is the lines for a shell, and the files of own code that they run; bench/comparison.py runs both as they stand
here, and counts them. PREFIX is what the names of labels begin with, COUNT is how many there are.

Kinds of tables: "classes" in CSV, numbers and a class in the last column; "mixed", a table that is there in ARFF, too, with
numbers, texts and missing values; "texts", such a table without numbers; "labels", numbers and several labels of 0 and 1;
"words", words and labels that are 0, 1 or unknown.
"""
from typing import NamedTuple


class Recipe(NamedTuple):
    commands: str
    code: dict = {}  # own code: name of the file -> text


class Tool(NamedTuple):
    name: str
    needs: list  # programs, files with their paths, Python's packages as "import NAME"
    recipes: dict  # kind of table -> Recipe; what is missing the tool is not made for


def kinds(classes, arff, **others):
    return {"classes": classes, "mixed": arff, "texts": arff, **others}


def gradus(options):
    classes = f"""
gradus train train.csv{options} -o model.safetensors
gradus predict model.safetensors test.csv --prob -o predictions.csv
"""
    labels = f"""
gradus train train.csv --targets 'PREFIX*'{options} -o model.safetensors
gradus predict model.safetensors test.csv -o predictions.csv
"""
    arff = classes.replace("train.csv", "train.arff").replace("test.csv", "test.arff")
    return kinds(Recipe(classes), Recipe(arff), labels=Recipe(labels), words=Recipe(labels))


# ---- liblinear: numbers alone, one label a row: own code makes features of texts, a loop makes a model for each label ----

LIBLINEAR_CLASSES = Recipe(
    """
python3 convert.py
svm-scale -s ranges train.svm >train.scaled
svm-scale -r ranges test.svm >test.scaled
liblinear-train -s 0 -B 1 train.scaled model
liblinear-predict -b 1 test.scaled model predictions
""",
    {
        "convert.py": """
import csv

classes, features = {}, {}
for name in "train", "test":
    rows = csv.reader(open(name + ".csv"))
    next(rows)
    with open(name + ".svm", "w") as out:
        for *cells, label in rows:
            line = {}
            for i, cell in enumerate(cells):
                try:
                    key, value = i, float(cell)
                except ValueError:
                    key, value = (i, cell), 1
                if cell != "":
                    line[features.setdefault(key, len(features) + 1)] = value
            cells = [f"{i}:{line[i]}" for i in sorted(line)]
            print(classes.setdefault(label, len(classes)), *cells, file=out)
"""
    },
)

LIBLINEAR_LABELS = Recipe(
    """
python3 convert.py
svm-scale -l 0 -s ranges train.svm | cut -d ' ' -f 2- >train.x
svm-scale -r ranges test.svm >test.scaled
for k in $(seq COUNT); do
  cut -d ' ' -f $k train.y | paste -d ' ' - train.x | grep -v '^?' >label.svm
  liblinear-train -s 0 -B 1 label.svm model
  liblinear-predict -b 1 test.scaled model predictions.$k
done
""",
    {
        "convert.py": """
import csv

sign = {"1": "+1", "0": "-1", "": "?"}
for name in "train", "test":
    rows = csv.reader(open(name + ".csv"))
    header = next(rows)
    labels = [i for i, column in enumerate(header) if column.startswith("PREFIX")]
    others = [i for i in range(len(header)) if i not in labels]
    with open(name + ".svm", "w") as x, open(name + ".y", "w") as y:
        for row in rows:
            print(0, *[f"{k}:{row[i]}" for k, i in enumerate(others, 1) if row[i] != "0"], file=x)
            print(*[sign[row[i]] for i in labels], file=y)
"""
    },
)

# ---- fastText: words alone; it has no unknown labels, what is not said is a no ----

FASTTEXT_CLASSES = Recipe(
    """
python3 convert.py
fasttext supervised -input train.txt -output model -lr 0.5 -epoch 25
fasttext predict-prob model.bin test.txt -1 >predictions
""",
    {
        "convert.py": """
import csv

for name in "train", "test":
    rows = csv.reader(open(name + ".csv"))
    header = next(rows)
    with open(name + ".txt", "w") as out:
        for *cells, label in rows:
            print("__label__" + label, *[f"{c}={x}" for c, x in zip(header, cells) if x != ""], file=out)
"""
    },
)

FASTTEXT_COMMANDS = """
python3 convert.py
fasttext supervised -input train.txt -output model -loss ova -lr 0.5 -epoch 25
fasttext predict-prob model.bin test.txt -1 0.5 >predictions
"""

FASTTEXT_LABELS = Recipe(
    FASTTEXT_COMMANDS,
    {
        "convert.py": """
import csv
from bisect import bisect
from statistics import quantiles

train, test = (list(csv.DictReader(open(name + ".csv"))) for name in ("train", "test"))
labels = [c for c in train[0] if c.startswith("PREFIX")]
edges = {c: quantiles([float(row[c]) for row in train], n=10) for c in train[0] if c not in labels}
for name, rows in ("train", train), ("test", test):
    with open(name + ".txt", "w") as out:
        for row in rows:
            tenths = [f"{c}={bisect(edges[c], float(row[c]))}" for c in edges]
            print(*["__label__" + c for c in labels if row[c] == "1"], *tenths, file=out)
"""
    },
)

FASTTEXT_WORDS = Recipe(
    FASTTEXT_COMMANDS,
    {
        "convert.py": """
import csv

for name in "train", "test":
    with open(name + ".txt", "w") as out:
        for row in csv.DictReader(open(name + ".csv")):
            ones = [c for c in row if row[c] == "1"]
            print(*["__label__" + c if c.startswith("PREFIX") else c for c in ones], file=out)
"""
    },
)

# ---- WEKA: its nominal values must come in the same order in both files, so CSV is converted as one file ----

WEKA_JAR = "/usr/share/java/weka.jar"


def weka(classifier):
    java = f"java -cp {WEKA_JAR} weka."
    csv = f"""
(cat train.csv; tail -n +2 test.csv) >all.csv
{java}core.converters.CSVLoader -N last all.csv >all.arff
{java}classifiers.functions.{classifier} -t all.arff -split-percentage 80 -preserve-order -p 0 -distribution >predictions
"""
    arff = f"""
{java}classifiers.functions.{classifier} -t train.arff -T test.arff -p 0 -distribution >predictions
"""
    return kinds(Recipe(csv), Recipe(arff))


# ---- scikit-learn: a script ----

PIPELINE = """
import pandas as pd
from sklearn.compose import make_column_selector as select, make_column_transformer
from sklearn.impute import SimpleImputer
IMPORT
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

train, test = pd.read_csv("train.csv"), pd.read_csv("test.csv")
numbers = make_pipeline(SimpleImputer(), StandardScaler())
texts = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))
columns = make_column_transformer((numbers, select(dtype_include="number")), (texts, select(dtype_exclude="number")))
model = make_pipeline(columns, MODEL).fit(train.iloc[:, :-1], train.iloc[:, -1])
predictions = pd.DataFrame(model.predict_proba(test.iloc[:, :-1]), columns=model.classes_)
predictions.to_csv("predictions.csv", index=False)
"""

SKLEARN_LABELS_LINEAR = """
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

train, test = pd.read_csv("train.csv"), pd.read_csv("test.csv")
labels = [c for c in train if c.startswith("PREFIX")]
scaler = StandardScaler().fit(train.drop(columns=labels))
x, x_test = (scaler.transform(table.drop(columns=labels)) for table in (train, test))
predictions = pd.DataFrame()
for label in labels:
    known = train[label].notna()
    model = LogisticRegression(max_iter=1000).fit(x[known], train[label][known])
    predictions[label] = model.predict(x_test).astype(int)
predictions.to_csv("predictions.csv", index=False)
"""

SKLEARN_LABELS_MLP = """
import pandas as pd
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

train, test = pd.read_csv("train.csv"), pd.read_csv("test.csv")
labels = [c for c in train if c.startswith("PREFIX")]
model = make_pipeline(StandardScaler(), MLPClassifier())
model.fit(train.drop(columns=labels), train[labels].fillna(0).astype(int))
predictions = pd.DataFrame(model.predict(test.drop(columns=labels)), columns=labels)
predictions.to_csv("predictions.csv", index=False)
"""


def sklearn(imported, model, labels):
    command = "\npython3 train.py\n"
    classes = Recipe(command, {"train.py": PIPELINE.replace("IMPORT", imported).replace("MODEL", model)})
    labels = Recipe(command, {"train.py": labels})
    return kinds(classes, classes, labels=labels, words=labels)


LOGISTIC = "from sklearn.linear_model import LogisticRegression", "LogisticRegression(max_iter=1000)"
MLP = "from sklearn.neural_network import MLPClassifier", "MLPClassifier()"

TOOLS = [
    Tool("Gradus", ["gradus"], gradus("")),
    Tool("Gradus, `--model logreg`", ["gradus"], gradus(" --model logreg")),
    Tool("liblinear", ["liblinear-train", "svm-scale"],
         kinds(LIBLINEAR_CLASSES, LIBLINEAR_CLASSES, labels=LIBLINEAR_LABELS, words=LIBLINEAR_LABELS)),
    Tool("fastText", ["fasttext"], {"texts": FASTTEXT_CLASSES, "labels": FASTTEXT_LABELS, "words": FASTTEXT_WORDS}),
    Tool("WEKA, Logistic", ["java", WEKA_JAR], weka("Logistic")),
    Tool("WEKA, MultilayerPerceptron", ["java", WEKA_JAR], weka("MultilayerPerceptron")),
    Tool("scikit-learn, LogisticRegression", ["import sklearn", "import pandas"], sklearn(*LOGISTIC, SKLEARN_LABELS_LINEAR)),
    Tool("scikit-learn, MLPClassifier", ["import sklearn", "import pandas"], sklearn(*MLP, SKLEARN_LABELS_MLP)),
]
