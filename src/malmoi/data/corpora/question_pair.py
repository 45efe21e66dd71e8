r"""Question_pair: whether two questions ask the same: `어이가 없네\t어이상실\t0`.

**0 means the same and 1 different**, although the column is called `is_duplicate`. The official files, shuffled anew by
aisolab: `train` 6,136, `dev` 682 (validation.txt), `test`. One pair of dev, and a sentence of 44 more, also stand in train.
"""

from __future__ import annotations

from malmoi.data.columns import Columns
from malmoi.data.corpora.catalog import CorpusFile, LabelName
from malmoi.data.corpora.table import Table, table_corpus


def _file(name: str, blob_id: str, size: int) -> CorpusFile:
    commit = "e84b6f0e784c10c6a22cbbc7b1e415b901baa877"
    return CorpusFile(f"question-pair/{name}", "songys/Question_pair", commit, name, blob_id, size)


_TABLE = Table(
    name="question-pair",
    columns=Columns("question1", "question2", "is_duplicate"),
    splits={
        "train": (_file("train.txt", "13029db0f61003a710d197dd8b2f8093d7ece75f", 441_758),),
        "dev": (_file("validation.txt", "631cc37063a384d4deb81ff4ea9433440a74e144", 49_083),),
        "test": (_file("test.txt", "b3fb1b47f5326eac4c3a3c01927973e187ce1a0e", 54_395),),
    },
)

QUESTION_PAIR = table_corpus(
    _TABLE,
    title_ko="두 질문이 같은지 (같음/다름)",
    title_en="whether two questions ask the same",
    licence="MIT",
    citation="Youngsook Song. Paired Question v.2. https://github.com/songys/Question_pair",
    labels=(LabelName("0", "같은 질문", "same question"), LabelName("1", "다른 질문", "different question")),
    optional=("test",),
)
