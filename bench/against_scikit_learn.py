#!/usr/bin/env python3
"""gradus train without options beside scikit-learn's logistic regression (or ridge) and MLP, on the same splits.

usage: against_scikit_learn.py GRADUS FOLDER [SEEDS]

FOLDER holds NAME.csv for each row of FOLDER/TABLES.csv, which has the columns name, target and task (class or
regress). Prints the mean test accuracy, or R2, over SEEDS (3) stratified splits into 80 and 20 %, and the seconds of
`gradus train`. Needs pandas and scikit-learn. Of a table of more than 3000 rows 3000 are taken.
"""
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings

os.environ.setdefault("OMP_NUM_THREADS", "1")
warnings.filterwarnings("ignore")

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def scikit_learn(model, table, target, train, test):
    """The score of a model behind the usual preprocessing."""
    x, y = table.drop(columns=[target]), table[target]
    numbers = [c for c in x if pd.api.types.is_numeric_dtype(x[c])]
    texts = [c for c in x if c not in numbers]
    columns = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), numbers),
            ("texts", make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")), texts),
        ]
    )
    return make_pipeline(columns, model).fit(x.iloc[train], y.iloc[train]).score(x.iloc[test], y.iloc[test])


def gradus(program, folder, table, target, train, test, seed):
    """The score of what gradus makes of the training rows, and the seconds that took."""
    paths = [os.path.join(folder, name) for name in ("train.csv", "test.csv", "model.safetensors")]
    table.iloc[train].to_csv(paths[0], index=False)
    table.iloc[test].to_csv(paths[1], index=False)
    begin = time.time()
    subprocess.run([program, "train", paths[0], "--target", f'"{target}"', "--seed", str(seed), "-o", paths[2], "--quiet"], check=True, stderr=subprocess.DEVNULL)
    seconds = time.time() - begin
    scores = json.loads(subprocess.run([program, "eval", paths[2], paths[1], "--json"], check=True, capture_output=True).stdout)
    return scores.get("accuracy", scores.get("r2")), seconds


def compare(program, folder, name, target, task, seeds):
    table = pd.read_csv(os.path.join(folder, name + ".csv"))
    table = table[table[target].notna()]
    table = table.sample(min(len(table), 3000), random_state=0).reset_index(drop=True)
    classes = task == "class"
    stratify = table[target] if classes and table[target].value_counts().min() > 1 else None
    scores = []
    with tempfile.TemporaryDirectory() as work:
        for seed in range(seeds):
            train, test = train_test_split(np.arange(len(table)), test_size=0.2, random_state=seed, stratify=stratify)
            ours, seconds = gradus(program, work, table, target, train, test, seed)
            linear = LogisticRegression(max_iter=1000) if classes else Ridge()
            network = (MLPClassifier if classes else MLPRegressor)(random_state=seed)
            theirs = [scikit_learn(model, table, target, train, test) for model in (linear, network)]
            scores.append([ours, *theirs, seconds])
    ours, linear, network, seconds = np.mean(scores, axis=0)
    print(f"{name:26} {task:8} {len(table):5} {ours:8.4f} {linear:8.4f} {network:8.4f} {seconds:8.2f}", flush=True)


def main():
    program, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
    seeds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    print(f"{'table':26} {'task':8} {'rows':>5} {'gradus':>8} {'linear':>8} {'MLP':>8} {'seconds':>8}")
    for row in pd.read_csv(os.path.join(folder, "TABLES.csv")).itertuples():
        try:
            compare(program, folder, row.name, row.target, row.task, seeds)
        except (ValueError, subprocess.CalledProcessError) as error:  # scikit-learn refuses a column that is empty
            print(f"{row.name:26} {row.task:8} {error}", flush=True)


main()
