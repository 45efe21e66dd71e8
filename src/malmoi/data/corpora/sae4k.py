r"""SAE4K, the type of a question or command: `내일 무슨 수업 있는지 알려줘\t내일 있는 수업\t2` (text, its noun phrase, type).

The noun phrase is what the utterance is about; the classifier does not see it, but utterances with the same noun phrase and
type stand on one side, as do copies of a text. The file (no header) is split by malmoi. The published one has 30,837 utterances;
its excerpt of 26,280 gives `train` 21,110, `dev` 2,523, `final` 2,647.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from malmoi.data.columns import Columns
from malmoi.data.corpora.catalog import CorpusFile, LabelName
from malmoi.data.corpora.table import Table, own_splits, table_corpus, without_pairs
from malmoi.data.examples import Dataset, TextExample

FILE = CorpusFile(
    path="sae4k/sae4k_v1.txt",
    repository="warnikchow/sae4k",
    commit="4d55f8f655a080b41943e642d55a8f7fa3cc09a2",
    source_path="data/sae4k_v1.txt",
    blob_id="5b5beaaac587ddbd9b523a17d2ba2a87005eea4e",
    size=2_545_926,
    excerpts=("880af499797d611057318bdc6a5297487f8586e9",),
)


def same_content(examples: Sequence[TextExample]) -> list[tuple[str, ...]]:
    """Return what examples on two sides must not share: the text, and the noun phrase with the type."""
    return [(example.text, f"{example.pair} {example.label}") for example in examples]


TABLE = Table("sae4k", Columns("1", "2", "3"), own_splits(FILE), links=same_content)


def load_sae4k(split: str) -> Dataset:
    """Return one split, utterances and types; the noun phrases, `TABLE.load(split)` has as `pair`."""
    return without_pairs(TABLE.load(split))


_CORPUS = table_corpus(
    TABLE,
    title_ko="질문과 명령의 유형 (6종)",
    title_en="the type of a question or command, 6 kinds",
    licence="CC BY-SA 4.0",
    citation=(
        "Won Ik Cho, Youngki Moon, Sangwhan Moon, Seok Min Kim, Nam Soo Kim. Machines Getting with the Program: "
        "Understanding Intent Arguments of Non-Canonical Directives. Findings of EMNLP 2020. https://arxiv.org/abs/1912.00342"
    ),
    labels=(
        LabelName("0", "판정 의문", "yes/no question"),
        LabelName("1", "선택 의문", "alternative question"),
        LabelName("2", "설명 의문", "wh-question"),
        LabelName("3", "금지", "prohibition"),
        LabelName("4", "요구", "requirement"),
        LabelName("5", "강한 요구", "strong requirement"),
    ),
)
SAE4K = replace(_CORPUS, reader=load_sae4k)
