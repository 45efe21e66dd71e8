"""WoS (Wizard of Seoul, KLUE-DST): dialogues of a traveller in Seoul with the state after each of the user's turns.

One real instance of a state: `["관광-종류-박물관", "관광-지역-서울 중앙"]`; 5 domains, 45 slots, their values in `ontology.json`.
`train` (8,000 dialogues) and `dev` (1,000) are the official files; the official test is not public.
"""

from __future__ import annotations

from dataclasses import replace

from malmoi.data.columns import Columns
from malmoi.data.corpora.catalog import CorpusFile
from malmoi.data.corpora.table import Table, table_corpus
from malmoi.data.ontology import read_ontology

_REPOSITORY, _COMMIT = "KLUE-benchmark/KLUE", "3efd98708a40ff49251fddde35453f8fbb11f536"
_FOLDER = "klue_benchmark/wos-v1.1"

_TRAIN = CorpusFile(
    path="klue/wos-v1.1_train.json",
    repository=_REPOSITORY,
    commit=_COMMIT,
    source_path=f"{_FOLDER}/wos-v1.1_train.json",
    blob_id="0a017e06c2daaf6e3855a9ccfda25dac1d666f71",
)
_DEV = CorpusFile(
    path="klue/wos-v1.1_dev.json",
    repository=_REPOSITORY,
    commit=_COMMIT,
    source_path=f"{_FOLDER}/wos-v1.1_dev.json",
    blob_id="f0564e4c981ce85a4bd4b5cf1e211800211d8541",
)
ONTOLOGY_FILE = CorpusFile(
    path="klue/ontology.json",
    repository=_REPOSITORY,
    commit=_COMMIT,
    source_path=f"{_FOLDER}/ontology.json",
    blob_id="a5c85005318277228c8cd842bf4a3e2d52b7fa61",
    size=43_539,
)
LICENCE = "CC BY-SA 4.0"
CITATION = (
    "Sungjoon Park et al. KLUE: Korean Language Understanding Evaluation. NeurIPS Datasets and Benchmarks 2021. "
    "https://arxiv.org/abs/2105.09680"
)


def ontology_labels() -> tuple[str, ...]:
    """Return the "domain-slot-value" strings of the ontology, in its order; `DataError` when the file is missing or another one."""
    ontology = read_ontology(ONTOLOGY_FILE.locate())
    return tuple(f"{slot}-{value}" for slot, values in ontology.items() for value in values)


_TABLE = Table("klue-wos", Columns(), {"train": (_TRAIN,), "dev": (_DEV,)}, kind="dialogue")

KLUE_WOS = replace(
    table_corpus(
        _TABLE,
        title_ko="KLUE의 목적 지향 대화 (WoS): 발화마다 대화 상태",
        title_en="KLUE's task-oriented dialogues (WoS) with the state of every turn",
        licence=LICENCE,
        citation=CITATION,
        stand_in="generated-wos",
    ),
    files=(*_TABLE.files, ONTOLOGY_FILE),
    split_files={split: (*files, ONTOLOGY_FILE) for split, files in _TABLE.splits.items()},
    read_labels=ontology_labels,
)
