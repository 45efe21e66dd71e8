"""Entities and parts of speech: KLUE-NER, and the Korean treebanks of Universal Dependencies as tagged words.

One real instance, KLUE-NER: the characters 경 B-OG, 찰 I-OG, 은 O … of `경찰은 또 성매매 알선 자금을 관리한 박씨의 딸(32)과 …`.

klue-ner: `train` (21,008) and `dev` (5,000) are the official files; the official test is not public. Spans of characters.
ud-gsd, ud-gsd-xpos, ud-kaist: the official `train`, `dev` and `test`; words are eojeols without their punctuation, with universal
tags, or with the treebank's own (xpos): those of the morphemes, joined (잡스는 is NNP+JX).
"""

from __future__ import annotations

from malmoi.data.columns import Columns
from malmoi.data.corpora.catalog import Corpus, CorpusFile
from malmoi.data.corpora.table import Table, table_corpus
from malmoi.data.corpora.trees import GSD_FILES, KAIST_FILES, KLUE_CITATION, KLUE_SOURCE, UD_CITATION
from malmoi.data.labels import LabelName
from malmoi.data.universal_tags import UNIVERSAL_TAGS

ENTITIES = (
    LabelName("PS", "인물", "person"),
    LabelName("LC", "장소", "location"),
    LabelName("OG", "기관", "organisation"),
    LabelName("DT", "날짜", "date"),
    LabelName("TI", "시간", "time"),
    LabelName("QT", "수량", "quantity"),
)
_LICENCE = "CC BY-SA 4.0"


def _klue_file(split: str, blob_id: str, size: int | None = None) -> CorpusFile:
    name = f"klue-ner-v1.1_{split}.tsv"
    return CorpusFile(f"klue/{name}", *KLUE_SOURCE, f"klue_benchmark/klue-ner-v1.1/{name}", blob_id, size)


NER_FILES = {
    "train": _klue_file("train", "b4f5d7dba85bb04d9dd72c7491bd62568af55cf1"),
    "dev": _klue_file("dev", "3ed843a2e62d536fc2e2dbcc0f304ee346dda62e", 2_635_045),
}


def _tagged(
    name: str, files: dict[str, CorpusFile], titles: tuple[str, str], labels: tuple[LabelName, ...], citation: str,
    label: str | None = None,
) -> Corpus:  # fmt: skip
    table = Table(name, Columns(label=label), {split: (file,) for split, file in files.items()}, kind="spans")
    return table_corpus(
        table,
        title_ko=titles[0],
        title_en=titles[1],
        licence=_LICENCE,
        citation=citation,
        labels=labels,
        optional=tuple(split for split in files if split != "dev"),
    )


_GSD = ("UD 한국어 GSD (웹의 글)의", "UD Korean-GSD, web texts:")
KLUE_NER = _tagged("klue-ner", NER_FILES, ("KLUE의 개체명", "KLUE's named entities"), ENTITIES, KLUE_CITATION)
UD_GSD = _tagged(
    "ud-gsd",
    GSD_FILES,
    (f"{_GSD[0]} 품사", f"{_GSD[1]} universal parts of speech"),
    UNIVERSAL_TAGS,
    UD_CITATION,
    "upos",
)
UD_GSD_XPOS = _tagged(
    "ud-gsd-xpos",
    GSD_FILES,
    (f"{_GSD[0]} 형태소 품사열", f"{_GSD[1]} tags of morphemes, joined"),
    (),
    UD_CITATION,
    "xpos",
)
UD_KAIST = _tagged(
    "ud-kaist",
    KAIST_FILES,
    ("UD 한국어 Kaist (문학, 신문, 논문)의 품사", "UD Korean-Kaist, fiction, news, papers: universal parts of speech"),
    UNIVERSAL_TAGS,
    UD_CITATION,
    "upos",
)
