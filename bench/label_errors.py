"""How many planted label errors `malmoi data check --labels` finds, and how soon.

    python bench/label_errors.py [--corpora nsmc 3i4k] [--rows 20000] [--share 0.05] [--quick]

A share of the labels of a sample is replaced by another label. Printed are the processor time, the out-of-fold accuracy, how
many errors are among the candidates, and how many of the strongest 100, 500 and of all candidates are planted. Corpora hold
errors of their own, so precision is higher than printed.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from malmoi.data.checks.suspects import find_suspects
from malmoi.data.corpora import find_corpus
from malmoi.data.examples import TextExample
from malmoi.data.labels import label_set
from malmoi.errors import DataError


def main() -> None:
    """Print one line for each corpus."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpora", nargs="+", default=["nsmc", "3i4k"])
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--share", type=float, default=0.05)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    for name in arguments.corpora:
        examples, is_wrong = with_errors(sample(name, 2000 if arguments.quick else arguments.rows), arguments.share)
        began = time.process_time()
        report = find_suspects(examples)
        seconds = time.process_time() - began
        hits = is_wrong[[suspect.position for suspect in report.suspects]]
        print(
            f"{name:10} {len(examples):,} rows, {seconds:.1f} s, accuracy {report.accuracy:.3f}; "
            f"{hits.sum():,} of {is_wrong.sum():,} planted errors among {len(hits):,} candidates; precision "
            + ", ".join(f"{hits[:n].mean():.2f} of {n:,}" for n in (100, 500, len(hits)) if 0 < n <= len(hits)),
            flush=True,
        )


def sample(name: str, rows: int) -> list[TextExample]:
    """Return a seeded sample of a corpus, of the demo sample where its files are missing."""
    try:
        examples = find_corpus(name).load("train").examples
    except DataError:
        examples = find_corpus("demo").load("train").examples
    return [examples[i] for i in np.random.default_rng(0).permutation(len(examples))[:rows]]


def with_errors(examples: Sequence[TextExample], share: float) -> tuple[list[TextExample], np.ndarray]:
    """Return the examples with a share of the labels replaced, and which ones `[num_examples]`."""
    rng = np.random.default_rng(1)
    labels = label_set(examples)
    is_wrong = rng.random(len(examples)) < share
    return [
        replace(example, label=str(rng.choice([label for label in labels if label != example.label])))
        if wrong
        else example
        for example, wrong in zip(examples, is_wrong, strict=True)
    ], is_wrong


if __name__ == "__main__":
    main()
