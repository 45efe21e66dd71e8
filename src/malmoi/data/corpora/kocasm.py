"""Kocasm, sarcasm in tweets: `2,썰렁,0` under the header `,tokens,label` (its first column has no name).

1 means that the tweet carried a hashtag such as #역설 (which was taken off, not everywhere), 0 that it was drawn at random: noisy
labels. The official train file has 8,999 tweets and one empty one, which is left out; some hold line breaks. It is split by
malmoi: `train` 7,176, `dev` 895, `final` 928. `test` is the official test file.
"""

from __future__ import annotations

from malmoi.data.columns import Columns
from malmoi.data.corpora.catalog import CorpusFile, LabelName
from malmoi.data.corpora.table import Table, own_splits, table_corpus


def _file(name: str, blob_id: str, size: int) -> CorpusFile:
    commit = "286aaf8acbe0df0cadd6e2c6635d507ca6ddc9d7"
    return CorpusFile(f"kocasm/{name}", "SpellOnYou/korean-sarcasm", commit, f"data/jiwon/{name}", blob_id, size)


TRAIN_FILE = _file("train.csv", "1f49de9ae6bb125cf41d78eaef6daa2b9ab9b087", 977_993)
TEST_FILE = _file("test.csv", "da3c4fd6f752eb2c6da2316e88561caa0433e53e", 30_962)
_TABLE = Table("kocasm", Columns("tokens", label="label"), own_splits(TRAIN_FILE) | {"test": (TEST_FILE,)})

KOCASM = table_corpus(
    _TABLE,
    title_ko="트윗의 비꼼 (비꼼/아님)",
    title_en="sarcasm in tweets",
    licence="MIT",
    citation=(
        "Jiwon Kim, Won Ik Cho. Kocasm: Korean Automatic Sarcasm Detection. 2019. "
        "https://github.com/SpellOnYou/korean-sarcasm"
    ),
    labels=(LabelName("0", "비꼼 아님", "not sarcastic"), LabelName("1", "비꼼", "sarcastic")),
    optional=("test",),
)
