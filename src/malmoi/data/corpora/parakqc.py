r"""ParaKQC, ten ways of saying the same: `0\t0\t지메일 쓸래, 네이버 메일 쓸래` (topic, speech act, utterance).

Three corpora of one file (no header): `parakqc-topic`, `parakqc-act`, and `parakqc-domain`, where the weather is foreign: `train`
has none of it, and in `dev` and `final` its texts have the label `범위밖` and are to be turned down. Ten lines in a row are paraphrases of each other, and
stand on one side when malmoi splits the file, the same way for all. The published file has 10,000 utterances; its excerpt of
8,710 gives `train` 7,070, `dev` 830, `final` 810.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from malmoi.data.columns import Columns
from malmoi.data.corpora.catalog import Corpus, CorpusFile, LabelName
from malmoi.data.corpora.table import Table, own_splits, table_corpus
from malmoi.data.examples import Dataset, TextExample

FILE = CorpusFile(
    path="parakqc/paraKQC_v1.txt",
    repository="warnikchow/paraKQC",
    commit="c16270fe6c2e888af07e7cb043248ad31d8a6f9c",
    source_path="data/paraKQC_v1.txt",
    blob_id="cf3dd109f6316a0291cb7cfec4c88e02c9398ef7",
    size=704_972,
    excerpts=("5351fedffa91f489cf7d15c5909b46fcd855f7ab",),
)
NUM_PARAPHRASES = 10


def same_meaning(examples: Sequence[TextExample]) -> list[tuple[str, ...]]:
    """Return what examples on two sides must not share: the text, and the first of its ten paraphrases.

    Lines in the file are counted, not examples: a line that was left out as unusable moves nothing.
    """
    blocks = [(example.row - 1) // NUM_PARAPHRASES for example in examples]
    firsts: dict[int, str] = {}
    for example, block in zip(examples, blocks, strict=True):
        firsts.setdefault(block, example.text)
    return [(example.text, firsts[block]) for example, block in zip(examples, blocks, strict=True)]


def _corpus(name: str, column: str, title_ko: str, title_en: str, labels: tuple[LabelName, ...]) -> Corpus:
    table = Table(name, Columns("3", label=column), own_splits(FILE), links=same_meaning)
    return table_corpus(
        table,
        title_ko=title_ko,
        title_en=title_en,
        licence="CC BY-SA 4.0",
        citation=(
            "Won Ik Cho, Jong In Kim, Young Ki Moon, Nam Soo Kim. Discourse Component to Sentence (DC2S): An Efficient "
            "Human-Aided Construction of Paraphrase and Sentence Similarity Dataset. LREC 2020. "
            "https://aclanthology.org/2020.lrec-1.842"
        ),
        labels=labels,
    )


_TOPICS = (
    LabelName("0", "메일", "mail"),
    LabelName("1", "일정", "schedule"),
    LabelName("2", "스마트홈", "smart home"),
    LabelName("3", "날씨", "weather"),
)
_FOREIGN, _OUTSIDE = "3", "범위밖"
PARAKQC_TOPIC = _corpus(
    "parakqc-topic", "1", "스마트홈 발화의 주제 (메일/일정/집/날씨)", "the topic of an utterance: mail, schedule, home, weather", _TOPICS
)  # fmt: skip


def load_domain(split: str) -> Dataset:
    """Return a split of `parakqc-domain`: foreign texts are left out of training, and labelled as such elsewhere."""
    dataset = PARAKQC_TOPIC.load(split)
    kept = [example for example in dataset if split != "train" or example.label != _FOREIGN]
    examples = [replace(example, label=_OUTSIDE) if example.label == _FOREIGN else example for example in kept]
    fingerprint = hashlib.sha256(f"{dataset.fingerprint}:domain".encode()).hexdigest()
    return replace(dataset, examples=examples, source=f"parakqc-domain:{split}", fingerprint=fingerprint)


PARAKQC_DOMAIN = replace(
    PARAKQC_TOPIC,
    name="parakqc-domain",
    title_ko="스마트홈 발화의 주제 (메일/일정/집), 날씨는 범위 밖",
    title_en="the topic of an utterance: mail, schedule, home; the weather is out of domain",
    reader=load_domain,
    labels=(*_TOPICS[:3], LabelName(_OUTSIDE, "범위 밖", "out of domain")),
)
PARAKQC_ACT = _corpus(
    "parakqc-act", "2", "스마트홈 발화의 화행 (4종)", "the speech act of an utterance, 4 kinds",
    (
        LabelName("0", "선택 의문", "alternative question"),
        LabelName("1", "설명 의문", "wh-question"),
        LabelName("2", "금지", "prohibition"),
        LabelName("3", "강한 요구", "strong requirement"),
    ),
)  # fmt: skip
