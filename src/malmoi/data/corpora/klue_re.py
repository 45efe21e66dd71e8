"""KLUE-RE, relation extraction: how the first of two entities of a sentence is related to the second, 30 relations.

One real instance: `{"guid": "klue-re-v1_train_00000", "sentence": "〈Something〉는 조지 해리슨이 쓰고 …", "subject_entity": {"word":
"비틀즈", "start_idx": 24, "end_idx": 26, "type": "ORG"}, "object_entity": {…}, "label": "no_relation", "source": "wikipedia"}`.
`train` (32,470) and `dev` (7,765) are the official files; the official test is not public.
"""

from __future__ import annotations

from malmoi.data.columns import Columns
from malmoi.data.corpora.catalog import CorpusFile, LabelName
from malmoi.data.corpora.table import Table, table_corpus
from malmoi.data.relation_names import relation_names

_REPOSITORY, _COMMIT = "KLUE-benchmark/KLUE", "3efd98708a40ff49251fddde35453f8fbb11f536"
_FOLDER = "klue_benchmark/klue-re-v1.1"

_TRAIN = CorpusFile(
    path="klue/klue-re-v1.1_train.json",
    repository=_REPOSITORY,
    commit=_COMMIT,
    source_path=f"{_FOLDER}/klue-re-v1.1_train.json",
    blob_id="83b1fd41b1ea65dc29cd5bcfe1721bcdb25bd4d6",
)
_DEV = CorpusFile(
    path="klue/klue-re-v1.1_dev.json",
    repository=_REPOSITORY,
    commit=_COMMIT,
    source_path=f"{_FOLDER}/klue-re-v1.1_dev.json",
    blob_id="f3e013f47e0a5a5d234410f8cdaa1eb8d89ccce3",
)

KLUE_RE = table_corpus(
    Table("klue-re", Columns(), {"train": (_TRAIN,), "dev": (_DEV,)}, kind="relation"),
    title_ko="KLUE의 두 개체 사이의 관계 30가지",
    title_en="KLUE's 30 relations between two entities",
    licence="CC BY-SA 4.0",
    citation=(
        "Sungjoon Park et al. KLUE: Korean Language Understanding Evaluation. NeurIPS Datasets and Benchmarks 2021. "
        "https://arxiv.org/abs/2105.09680"
    ),
    labels=tuple(LabelName(*names) for names in relation_names()),
    stand_in="generated-re",
)
