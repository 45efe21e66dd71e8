r"""K-MHaS, hate speech in news comments with any number of labels, parted by commas: `<comment>\t1,3` (looks and profanity).

Label 8 (not hate speech) means no label here. Quotes are CSV quoting in these files.

kmhas: the official `train` 78,977, `dev` 8,776 and `test` 21,939.
kmhas-small: malmoi's own split of the dev file, for trying things out: `train` 6,970, `dev` 900, `final` 906.
"""

from __future__ import annotations

from malmoi.data.columns import Columns
from malmoi.data.corpora.catalog import CorpusFile, LabelName
from malmoi.data.corpora.table import Table, own_splits, table_corpus

_LABELS = (
    LabelName("0", "출신차별", "origin"),
    LabelName("1", "외모차별", "physical"),
    LabelName("2", "정치성향차별", "politics"),
    LabelName("3", "혐오욕설", "profanity"),
    LabelName("4", "연령차별", "age"),
    LabelName("5", "성차별", "gender"),
    LabelName("6", "인종차별", "race"),
    LabelName("7", "종교차별", "religion"),
)
_LICENCE = "not stated in the repository"
_CITATION = (
    "Jean Lee, Taejun Lim, Heejun Lee, Bogeun Jo, Yangsok Kim, Heegeun Yoon, Soyeon Caren Han. K-MHaS: A Multi-label Hate "
    "Speech Detection Dataset in Korean Online News Comment. COLING 2022. https://arxiv.org/abs/2208.10684"
)


def _file(name: str, blob_id: str, size: int | None = None) -> CorpusFile:
    commit = "ec7a7e775d650b825872f6f538fc717822cdfc1a"
    return CorpusFile(f"kmhas/{name}", "adlnlp/K-MHaS", commit, f"data/{name}", blob_id, size)


DEV_FILE = _file("kmhas_valid.txt", "c454c5c2547e4bf25ae330f2e1d234ccadf63485", 748_899)
_COLUMNS = Columns("document", label="label")
_WHOLE = Table(
    name="kmhas",
    columns=_COLUMNS,
    splits={
        "train": (_file("kmhas_train.txt", "c8c6bb48890422dae0fabedb9b3a0bf07e681172"),),
        "dev": (DEV_FILE,),
        "test": (_file("kmhas_test.txt", "547fb47f7b721309c4cc189bfe64d0a7667bd909", 1_902_352),),
    },
    kind="labels",
    separator=",",
    none="8",
)
_SMALL = Table("kmhas-small", _COLUMNS, own_splits(DEV_FILE), kind="labels", separator=",", none="8")

KMHAS = table_corpus(
    _WHOLE,
    title_ko="뉴스 댓글의 혐오 8종 (여러 개 또는 없음)",
    title_en="eight kinds of hate in news comments, several or none",
    licence=_LICENCE,
    citation=_CITATION,
    labels=_LABELS,
    optional=("train", "test"),
    stand_in="kmhas-small",
)

KMHAS_SMALL = table_corpus(
    _SMALL,
    title_ko="뉴스 댓글의 혐오 8종, K-MHaS의 공식 dev 파일만",
    title_en="eight kinds of hate in news comments, only K-MHaS's dev file",
    licence=_LICENCE,
    citation=_CITATION,
    labels=_LABELS,
)
