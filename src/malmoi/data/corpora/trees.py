"""Dependency treebanks: KLUE-DP and the Korean treebanks of Universal Dependencies.

One real instance, KLUE-DP: `아이는 예정보다 일찍 태어나 …`, where `아이는` is NNG+JX, depends on eojeol 4 and is its NP_SBJ.

klue-dp: `train` (10,000) and `dev` (2,000) are the official files; the official test is not public. Words are eojeols.
ud-gsd-tree, ud-kaist-tree: the official `train`, `dev` and `test`; words are eojeols without their punctuation, tags are UPOS.
The same sentences with their tags alone are corpora of their own, for tagging.
"""

from __future__ import annotations

from malmoi.data.columns import Columns
from malmoi.data.corpora.catalog import Corpus, CorpusFile
from malmoi.data.corpora.table import Table, table_corpus

KLUE_SOURCE = ("KLUE-benchmark/KLUE", "3efd98708a40ff49251fddde35453f8fbb11f536")
_GSD = ("UniversalDependencies/UD_Korean-GSD", "925eec22693d37a922eb546c6a9500844d271d51")
_KAIST = ("UniversalDependencies/UD_Korean-Kaist", "ef244243b578e7cd0fb4fe45cd80b63de2a60e00")
_LICENCE = "CC BY-SA 4.0"
KLUE_CITATION = (
    "Sungjoon Park et al. KLUE: Korean Language Understanding Evaluation. NeurIPS Datasets and Benchmarks 2021. "
    "https://arxiv.org/abs/2105.09680"
)
UD_CITATION = (
    "Jayeol Chun, Na-Rae Han, Jena D. Hwang, Jinho D. Choi. Building Universal Dependency Treebanks in Korean. LREC 2018. "
    "https://aclanthology.org/L18-1347"
)


def _klue_file(split: str, blob_id: str, size: int | None = None) -> CorpusFile:
    name = f"klue-dp-v1.1_{split}.tsv"
    return CorpusFile(f"klue/{name}", *KLUE_SOURCE, f"klue_benchmark/klue-dp-v1.1/{name}", blob_id, size)


def _ud_file(source: tuple[str, str], name: str, blob_id: str, size: int | None = None) -> CorpusFile:
    return CorpusFile(f"ud/{name}", *source, name, blob_id, size)


GSD_FILES = {
    "train": _ud_file(_GSD, "ko_gsd-ud-train.conllu", "1e91499117a8667b4ed8b00bb4f8bdf3c6d95094"),
    "dev": _ud_file(_GSD, "ko_gsd-ud-dev.conllu", "2ab4e2997df6c1acc20a4074ecb3ed22ff12cdd1", 1_358_435),
    "test": _ud_file(_GSD, "ko_gsd-ud-test.conllu", "b6e5e1f81201b02676b9f7efff69f05cf590cbc7", 1_324_771),
}
KAIST_FILES = {
    "train": _ud_file(_KAIST, "ko_kaist-ud-train.conllu", "379e01f3d5c36d1986881788fa3a46a7aad6826b"),
    "dev": _ud_file(_KAIST, "ko_kaist-ud-dev.conllu", "28825ba58914d99265680d3003763bf1b98def77", 3_010_966),
    "test": _ud_file(_KAIST, "ko_kaist-ud-test.conllu", "8bcc495ec649afaac81c8c348d80b8e03defbb52", 3_324_246),
}
KLUE_FILES = {
    "train": _klue_file("train", "279c0b4de1e1341036b0147701d7e11ee79860e7"),
    "dev": _klue_file("dev", "ecd421f75cb1343c30e7482ce7cdc730f5d4cd12", 1_225_266),
}


def _treebank(name: str, files: dict[str, CorpusFile], title_ko: str, title_en: str, citation: str) -> Corpus:
    table = Table(name, Columns(), {split: (file,) for split, file in files.items()}, kind="tree")
    return table_corpus(
        table,
        title_ko=title_ko,
        title_en=title_en,
        licence=_LICENCE,
        citation=citation,
        optional=tuple(split for split in files if split != "dev"),
    )


KLUE_DP = _treebank("klue-dp", KLUE_FILES, "KLUE의 의존 구문", "KLUE's dependency trees", KLUE_CITATION)
UD_GSD_TREE = _treebank(
    "ud-gsd-tree",
    GSD_FILES,
    "UD 한국어 GSD의 의존 구문 (웹의 글)",
    "dependency trees of UD Korean-GSD: web texts",
    UD_CITATION,
)
UD_KAIST_TREE = _treebank(
    "ud-kaist-tree",
    KAIST_FILES,
    "UD 한국어 Kaist의 의존 구문 (문학, 신문, 논문)",
    "dependency trees of UD Korean-Kaist: fiction, news, papers",
    UD_CITATION,
)
