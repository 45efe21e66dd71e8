r"""3i4K, what an utterance is meant to do: `2\t그 나라에 가본 적 있어` (a question).

The official train-and-validation file of 55,134 utterances (no header, CRLF) is split by malmoi: `train` 44,043, `dev` 5,569,
`final` 5,522. Texts keep their trailing spaces; copies that differ in spaces alone stand on one side. `test` is the official
test file: about a tenth of its texts also stand in the training file, so prefer `final`.
"""

from __future__ import annotations

from malmoi.data.columns import Columns
from malmoi.data.corpora.catalog import CorpusFile, LabelName
from malmoi.data.corpora.table import Table, own_splits, table_corpus


def _file(name: str, blob_id: str, size: int) -> CorpusFile:
    commit = "cfa90c15f808becafca2d8ef8649b8b71f6bbe71"
    return CorpusFile(f"3i4k/{name}", "warnikchow/3i4k", commit, f"data/train_val_test/{name}", blob_id, size)


TRAIN_FILE = _file("fci_train_val.txt", "3d0453e8bbddf517844e1db4faad56f487800fdf", 2_661_060)
TEST_FILE = _file("fci_test.txt", "3760dce83f1fa5a64b9baceba1d4381075888543", 295_054)
_TABLE = Table("3i4k", Columns("2", label="1"), own_splits(TRAIN_FILE) | {"test": (TEST_FILE,)})

INTENT_3I4K = table_corpus(
    _TABLE,
    title_ko="발화의 의도 (7종)",
    title_en="the intention of an utterance, 7 kinds",
    licence="CC BY-SA 4.0",
    citation=(
        "Won Ik Cho, Hyeon Seung Lee, Ji Won Yoon, Seok Min Kim, Nam Soo Kim. Speech Intention Understanding in a "
        "Head-final Language: A Disambiguation Utilizing Intonation-dependency. https://arxiv.org/abs/1811.04231"
    ),
    labels=(
        LabelName("0", "조각", "fragment"),
        LabelName("1", "진술", "statement"),
        LabelName("2", "질문", "question"),
        LabelName("3", "명령", "command"),
        LabelName("4", "수사 의문", "rhetorical question"),
        LabelName("5", "수사 명령", "rhetorical command"),
        LabelName("6", "억양에 따라 다름", "intonation-dependent"),
    ),
    optional=("test",),
)
