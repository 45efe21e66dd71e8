"""The examples of a run: a file, a corpus name (`nsmc`, `nsmc:dev`) or data from memory, and how dev is held out."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from malmoi.data.columns import Columns
from malmoi.data.corpora import CORPORA, Corpus
from malmoi.data.examples import Dataset
from malmoi.data.memory import from_memory
from malmoi.data.readers import read_dataset
from malmoi.errors import ConfigError, DataError
from malmoi.messages import say
from malmoi.training.recipe import DataRecipe


@dataclass(frozen=True)
class TrainingData:
    """Training and dev examples and the labels' readable names (empty when the labels speak for themselves)."""

    train: Dataset
    dev: Dataset
    label_names: Mapping[str, str]


def named_corpus(data: Any) -> tuple[Corpus, str | None] | None:
    """Return the corpus and split that a name such as `nsmc` or `nsmc:dev` means, None for anything else.

    A file of that very name comes first.
    """
    if not isinstance(data, (str, os.PathLike)) or Path(data).is_file():
        return None
    name, _, split = str(data).partition(":")
    for corpus in CORPORA:
        if corpus.name == name:
            return corpus, split or None
    return None


def load_dataset(data: Any, columns: Columns, *, split: str, labelled: bool = True, skip_bad: bool = False) -> Dataset:
    """Return a dataset for a path, a corpus name (its `split` unless the name says one) or data from memory."""
    if found := named_corpus(data):
        corpus, wished = found
        if named := columns.named:
            raise ConfigError(
                say(
                    f"말뭉치 '{corpus.name}' 의 열은 정해져 있습니다. {named[0]!r} 열 지정을 빼거나 파일 경로를 주세요.",
                    f"the columns of the corpus '{corpus.name}' are fixed. Drop the column {named[0]!r}, or give a file's path.",
                )
            )
        return corpus.load(wished or (split if split in corpus.splits else corpus.splits[0]))
    if isinstance(data, Dataset):
        return data
    if isinstance(data, (str, os.PathLike)):
        return read_dataset(data, columns, labelled=labelled, skip_bad=skip_bad)
    return from_memory(data, columns, labelled=labelled, skip_bad=skip_bad)


def load_training_data(recipe: DataRecipe, train: Any = None, dev: Any = None) -> TrainingData:
    """Return the examples of a recipe; `train` and `dev` in memory take the place of its names."""
    source = recipe.train if train is None else train
    if isinstance(source, str) and not source:
        raise DataError(
            say("--data 로 학습할 파일이나 말뭉치를 주세요.", "name a file or corpus to train on with --data.")
        )
    columns = Columns(text=recipe.text, pair=recipe.pair, label=recipe.label)
    whole = load_dataset(source, columns, split="train", skip_bad=recipe.skip_bad)
    dev = recipe.dev if dev is None else dev
    found = named_corpus(source)
    if dev is not None:
        held_out = load_dataset(dev, columns, split="dev", skip_bad=recipe.skip_bad)
    elif found and found[1] is None and "dev" in found[0].splits:
        held_out = found[0].load("dev")
    else:
        whole, held_out = hold_out(whole, recipe.dev_share, recipe.split_seed)
    names = found[0].label_names if found else {}
    return TrainingData(limited(whole, recipe.limit, recipe.split_seed), held_out, names)


def limited(dataset: Dataset, limit: int | None, seed: int) -> Dataset:
    """Return `limit` examples of a seeded shuffle, all when `limit` is None."""
    if limit is None or limit >= len(dataset):
        return dataset
    rows = np.sort(np.random.default_rng(seed).permutation(len(dataset))[:limit])
    return replace(dataset, examples=[dataset.examples[i] for i in rows])


def hold_out(dataset: Dataset, share: float, seed: int) -> tuple[Dataset, Dataset]:
    """Split off about `share` of each label for dev; copies of a text stay on one side.

    The choice follows a hash of the text, so it does not move when rows are added or reordered. At least one text of a label
    with two or more texts goes to dev.
    """
    copies: dict[tuple[str, str | None], list[int]] = defaultdict(list)
    for i, example in enumerate(dataset.examples):
        copies[example.text, example.pair].append(i)
    texts: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
    for key, rows in copies.items():
        texts[min(dataset.examples[i].label or "" for i in rows)].append(key)  # the same in any order
    chosen: set[int] = set()
    for keys in texts.values():
        if len(keys) < 2:
            continue
        ordered = sorted(keys, key=lambda key: _hash(seed, key))
        for key in ordered[: max(1, round(share * len(keys)))]:
            chosen.update(copies[key])
    train = [example for i, example in enumerate(dataset.examples) if i not in chosen]
    dev = [example for i, example in enumerate(dataset.examples) if i in chosen]
    note = say(
        f"dev 파일이 없어 {len(dev):,}개를 떼어 두었습니다 (--dev 로 바꿀 수 있음).",
        f"no dev file: held out {len(dev):,} examples (change with --dev).",
    )
    return replace(dataset, examples=train, notes=(*dataset.notes, note)), replace(
        dataset, examples=dev, source=f"{dataset.source} (dev)", notes=()
    )


def _hash(seed: int, key: tuple[str, str | None]) -> bytes:
    text = "\0".join((str(seed), key[0], "" if key[1] is None else key[1] or "\0"))  # "" is a pair, None is not
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
