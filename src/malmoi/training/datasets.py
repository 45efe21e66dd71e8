"""The examples of a run: a file, a corpus name (`nsmc`, `nsmc:dev`) or data from memory."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from malmoi.data.columns import Columns
from malmoi.data.corpora import named_corpus
from malmoi.data.examples import Dataset, ExampleKind, LabelKind
from malmoi.data.labels import LabelName
from malmoi.data.memory import from_memory
from malmoi.data.readers import read_dataset
from malmoi.data.shapes import SHAPES, read_shape, shape_from_memory
from malmoi.errors import ConfigError, DataError
from malmoi.messages import say
from malmoi.training.held_out import hold_out
from malmoi.training.recipe import DataRecipe

MEMORY = "memory"  # the name of data.train and data.dev in the recipe of a run on Python objects


@dataclass(frozen=True)
class TrainingData:
    """Training and dev examples and the labels' names (empty when the labels speak for themselves)."""

    train: Dataset
    dev: Dataset
    label_names: Mapping[str, LabelName]


def load_dataset(
    data: Any,
    columns: Columns,
    *,
    split: str,
    labelled: bool = True,
    skip_bad: bool = False,
    kind: ExampleKind = "label",
    separator: str | None = None,
) -> Dataset:
    """Return a dataset for a path, a corpus name (its `split` unless the name says one) or data from memory.

    `kind` says what examples hold: a kind of label (with its `separator`, as for `read_dataset`) or a shape; a corpus knows by itself.
    Raises `ConfigError` for rules that such data have no use for.
    """
    if found := named_corpus(data):
        corpus, wished = found
        if given := [*columns.named, *([separator] if separator is not None else [])]:
            raise ConfigError(
                say(
                    f"말뭉치 '{corpus.name}' 의 열과 구분자는 정해져 있습니다. {given[0]!r} 지정을 빼거나 파일 경로를 주세요.",
                    f"columns and separator of the corpus '{corpus.name}' are fixed. Drop {given[0]!r}, or give a file's path.",
                )
            )
        if skip_bad:
            raise ConfigError(
                say(
                    f"말뭉치 '{corpus.name}' 에는 건너뛸 행이 없습니다. --skip-bad (data.skip_bad) 를 빼거나 파일 경로를 주세요.",
                    f"the corpus '{corpus.name}' has no bad rows to skip. Drop --skip-bad (data.skip_bad), or give a file's path.",
                )
            )
        return corpus.load(wished or (split if split in corpus.splits else corpus.splits[0]))
    if isinstance(data, Dataset):
        return data
    if shape := SHAPES.get(kind):
        if separator is not None:
            raise ConfigError(
                say(
                    f"separator '{separator}': 글마다 라벨이 여럿일 때만 씁니다. --separator (data.separator) 를 빼세요.",
                    f"separator '{separator}': only for several labels. Drop --separator (data.separator).",
                )
            )
        if isinstance(data, (str, os.PathLike)):
            return read_shape(Path(data), shape, columns, skip_bad=skip_bad)
        return shape_from_memory(data, shape, columns, skip_bad=skip_bad)
    rules: Any = {"labelled": labelled, "skip_bad": skip_bad, "kind": cast(LabelKind, kind), "separator": separator}
    if isinstance(data, (str, os.PathLike)):
        return read_dataset(data, columns, **rules)
    return from_memory(data, columns, **rules)


def load_training_data(
    recipe: DataRecipe,
    train: Any = None,
    dev: Any = None,
    *,
    kind: ExampleKind = "label",
) -> TrainingData:
    """Return the examples of a recipe, whose labels are of a `kind`; `train` and `dev` in memory take the place of its names."""
    source = recipe.train if train is None else train
    if isinstance(source, str) and not source:
        raise DataError(
            say("--data 로 학습할 파일이나 말뭉치를 주세요.", "name a file or corpus to train on with --data.")
        )
    columns = Columns(text=recipe.text, pair=recipe.pair, label=recipe.label)

    def load(data: Any, split: str) -> Dataset:
        return load_dataset(data, columns, split=split, skip_bad=recipe.skip_bad, kind=kind, separator=recipe.separator)

    dev = recipe.dev if dev is None else dev
    for flag, data in (("--data", source), ("--dev", dev)):
        if isinstance(data, str) and data == MEMORY:
            raise DataError(
                say(
                    f"이 레시피의 자료는 메모리에 있던 것이라 다시 읽을 수 없습니다. {flag} 로 파일이나 말뭉치를 주세요.",
                    f"this recipe's data was in memory and cannot be read again. Name a file or corpus with {flag}.",
                )
            )
    whole = load(source, "train")
    found = named_corpus(source)
    if dev is not None:
        held_out = load(dev, "dev")
    elif found and found[1] is None and "dev" in found[0].splits:
        held_out = found[0].load("dev")
    else:
        whole, held_out = hold_out(whole, recipe.dev_share, recipe.split_seed)
    names = {name.label: name for name in found[0].all_labels()} if found else {}
    return TrainingData(limited(whole, recipe.limit, recipe.split_seed), held_out, names)


def fingerprint_of(dataset: Dataset) -> str:
    """Return the hash of a dataset's source, of the examples themselves for data from memory."""
    if dataset.fingerprint:
        return dataset.fingerprint
    digest = hashlib.sha256()
    for example in dataset:
        digest.update(repr(example).encode())
    return digest.hexdigest()


def limited(dataset: Dataset, limit: int | None, seed: int) -> Dataset:
    """Return `limit` examples of a seeded shuffle, all when `limit` is None."""
    if limit is None or limit >= len(dataset):
        return dataset
    rows = np.sort(np.random.default_rng(seed).permutation(len(dataset))[:limit])
    return replace(dataset, examples=[dataset.examples[i] for i in rows])
