r"""NSMC, 200,000 movie reviews with their polarity: `9976970\t아 더빙.. 진짜 짜증나네요 목소리\t0`.

Splits: `dev` (5,158) and `final` (10,241) are malmoi's own, carved from the official training file by id with copies of
a text on one side; `train` is the rest of that file without its 5 empty documents; `test` is the official test file as it
stands, empty documents included. Choose on `dev`, score `final` once, and call it "our split", never "the NSMC test".
"""

from __future__ import annotations

import gzip
import hashlib
import itertools
import json
from dataclasses import replace
from functools import cache
from importlib import resources

from malmoi.data.columns import Columns
from malmoi.data.corpora.catalog import Corpus, CorpusFile, LabelName
from malmoi.data.examples import Dataset, TextExample
from malmoi.data.readers import read_examples
from malmoi.data.rules import Rules
from malmoi.messages import say

SPLIT_FILE = "nsmc_split.json.gz"  # written by tools/pack_nsmc_split.py
SPLIT_SIZES = {"dev": 5_158, "final": 10_241}
_COLUMNS = Columns(text="document", label="label")
_COMMIT = "cc0670e872d4ac27bfe36c87456783004b39ef6c"

TRAIN_FILE = CorpusFile(
    path="nsmc/ratings_train.txt",
    repository="e9t/nsmc",
    commit=_COMMIT,
    source_path="ratings_train.txt",
    blob_id="ac0dba272895dc1d0b3dd5f11afbeaeb7abe7876",
    size=14_628_807,
)
TEST_FILE = CorpusFile(
    path="nsmc/ratings_test.txt",
    repository="e9t/nsmc",
    commit=_COMMIT,
    source_path="ratings_test.txt",
    blob_id="b6cfcd8cd1557bcd9bf06617b0e429ed73e9a367",
)


@cache
def split_ids() -> dict[str, frozenset[str]]:
    """Return the ids of `dev` and `final`, checked for number and overlap."""
    packed = resources.files("malmoi.data.corpora").joinpath(SPLIT_FILE).read_bytes()
    deltas = json.loads(gzip.decompress(packed))
    ids = {name: frozenset(map(str, itertools.accumulate(deltas[name]))) for name in SPLIT_SIZES}
    sizes = {name: len(ids[name]) for name in ids}
    assert sizes == SPLIT_SIZES, f"{SPLIT_FILE}: {sizes}"
    assert not ids["dev"] & ids["final"], f"{SPLIT_FILE}: dev and final overlap"
    return ids


def load_nsmc(split: str) -> Dataset:
    """Return one split of NSMC; labels stay "0" (negative) and "1" (positive)."""
    file = TEST_FILE if split == "test" else TRAIN_FILE
    dataset = read_examples(file.locate(), _COLUMNS, Rules(keep_empty=True))
    examples, notes = dataset.examples, list(dataset.notes)
    if split == "train":
        held_out = split_ids()["dev"] | split_ids()["final"]
        rest = [example for example in examples if example.id not in held_out]
        examples = [example for example in rest if example.text.strip()]
        num_empty = len(rest) - len(examples)
        notes.append(say(f"빈 글 {num_empty}개를 뺐습니다.", f"left out {num_empty} empty documents."))
    elif split in SPLIT_SIZES:
        wanted = split_ids()[split]
        examples = [example for example in examples if example.id in wanted]
        assert len(examples) == SPLIT_SIZES[split], f"nsmc {split}: {len(examples)} examples"
    else:
        notes.extend(_empty_note(examples))
    if split != "test":
        notes.append(
            say(
                "공식 학습 파일을 나눈 말모이의 자체 분할입니다 (공식 NSMC test 아님).",
                "malmoi's own split of the official training file (not the NSMC test).",
            )
        )
    fingerprint = hashlib.sha256(f"{dataset.fingerprint}:nsmc:{split}:{SPLIT_SIZES}".encode()).hexdigest()
    return replace(dataset, examples=examples, source=f"nsmc:{split}", notes=tuple(notes), fingerprint=fingerprint)


def _empty_note(examples: list[TextExample]) -> list[str]:
    num_empty = sum(not example.text.strip() for example in examples)
    if not num_empty:
        return []
    return [
        say(
            f"빈 글 {num_empty}개는 공식 평가와 같도록 남겨 두었습니다.",
            f"kept {num_empty} empty documents, as the official test has them.",
        )
    ]


NSMC = Corpus(
    name="nsmc",
    task="classification",
    title_ko="네이버 영화 리뷰 감성 (긍정/부정)",
    title_en="Naver movie reviews, positive or negative",
    licence="CC0 1.0",
    citation="Lucy Park. Naver sentiment movie corpus v1.0. https://github.com/e9t/nsmc",
    files=(TRAIN_FILE, TEST_FILE),
    splits=("train", "dev", "final", "test"),
    reader=load_nsmc,
    labels=(LabelName("0", "부정", "negative"), LabelName("1", "긍정", "positive")),
    optional=("test",),
    split_files={"train": (TRAIN_FILE,), "dev": (TRAIN_FILE,), "final": (TRAIN_FILE,), "test": (TEST_FILE,)},
)
