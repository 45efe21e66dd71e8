"""KLUE-NLI, natural language inference written in Korean: a premise with three hypotheses, one of each label.

One real instance: premise `10명이 함께 사용하기 불편함없이 만족했다.`, hypothesis `10명이 함께 사용하기 불편함이 많았다.`, contradiction.

klue-nli: `train` and `dev` (3,000) are the official files; the official test is not public.
klue-nli-small: malmoi's own split of the dev file, for trying things out: `train` 2,382, `dev` 285, `final` 333.
What was trained on klue-nli-small must not be judged on klue-nli's dev: its pairs are in there.
"""

from __future__ import annotations

from malmoi.data.columns import Columns
from malmoi.data.corpora.catalog import CorpusFile
from malmoi.data.corpora.kor_nlu import NLI_LABELS
from malmoi.data.corpora.table import Table, own_splits, table_corpus

_REPOSITORY, _COMMIT = "KLUE-benchmark/KLUE", "3efd98708a40ff49251fddde35453f8fbb11f536"
_FOLDER = "klue_benchmark/klue-nli-v1.1"
_LICENCE = "CC BY-SA 4.0"
_CITATION = (
    "Sungjoon Park et al. KLUE: Korean Language Understanding Evaluation. NeurIPS Datasets and Benchmarks 2021. "
    "https://arxiv.org/abs/2105.09680"
)

TRAIN_FILE = CorpusFile(
    path="klue/klue-nli-v1.1_train.json",
    repository=_REPOSITORY,
    commit=_COMMIT,
    source_path=f"{_FOLDER}/klue-nli-v1.1_train.json",
    blob_id="a7903d15f09a3663d8f1d78e68d8d6c10dbd8618",
)
DEV_FILE = CorpusFile(
    path="klue/klue-nli-v1.1_dev.json",
    repository=_REPOSITORY,
    commit=_COMMIT,
    source_path=f"{_FOLDER}/klue-nli-v1.1_dev.json",
    blob_id="db052b2459c68d1ec57dd1573bfe90a9bb3f8157",
    size=1_498_298,
)

_COLUMNS = Columns("premise", "hypothesis", "gold_label")
_WHOLE = Table("klue-nli", _COLUMNS, {"train": (TRAIN_FILE,), "dev": (DEV_FILE,)})
_SMALL = Table("klue-nli-small", _COLUMNS, own_splits(DEV_FILE))

KLUE_NLI = table_corpus(
    _WHOLE,
    title_ko="KLUE의 추론 관계 (함의/모순/중립)",
    title_en="KLUE's natural language inference: entailment, contradiction, neutral",
    licence=_LICENCE,
    citation=_CITATION,
    labels=NLI_LABELS,
    optional=("train",),
    stand_in="klue-nli-small",
)

KLUE_NLI_SMALL = table_corpus(
    _SMALL,
    title_ko="KLUE의 추론 관계, 공식 dev 파일만",
    title_en="KLUE's natural language inference, only its dev file",
    licence=_LICENCE,
    citation=_CITATION,
    labels=NLI_LABELS,
)
