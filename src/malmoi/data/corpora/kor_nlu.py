r"""KorSTS and KorNLI, the Korean NLU datasets: similarity 0 to 5, and entailment, contradiction or neutral.

Real instances: `main-captions\tMSRvid\t2012test\t0004\t3.800\t한 남자가 큰 플루트를 연주하고 있다.\t남자가 플루트를 연주하고 있다.`
and `그는 학교 버스가 …\t그는 한마디도 하지 않았다.\tcontradiction`. Quotes are characters in these files, not CSV quoting.

korsts: `train` 5,749 (machine translated), `dev` 1,500, `test` (both by people). Three pairs of dev also stand in train.
kornli: `train` is SNLI and MultiNLI (942,854, machine translated), `dev` 2,490 and `test` are XNLI's (by people).
kornli-small: malmoi's own split of KorNLI's dev file, for trying things out: `train` 1,986, `dev` 234, `final` 270.
"""

from __future__ import annotations

from malmoi.data.columns import Columns
from malmoi.data.corpora.catalog import CorpusFile, LabelName
from malmoi.data.corpora.table import Table, own_splits, table_corpus

NLI_LABELS = (
    LabelName("entailment", "함의", "entailment"),
    LabelName("contradiction", "모순", "contradiction"),
    LabelName("neutral", "중립", "neutral"),
)
_LICENCE = "CC BY-SA 4.0"
_CITATION = (
    "Jiyeon Ham, Yo Joong Choe, Kyubyong Park, Ilji Choi, Hyungjoon Soh. KorNLI and KorSTS: New Benchmark Datasets for "
    "Korean Natural Language Understanding. Findings of EMNLP 2020. https://arxiv.org/abs/2004.03289"
)


def _file(path: str, source_path: str, blob_id: str, size: int | None = None) -> CorpusFile:
    commit = "0df0fe7d496eb61b092e022e238c2230b29f1cbc"
    return CorpusFile(path, "kakaobrain/kor-nlu-datasets", commit, source_path, blob_id, size)


_STS = Table(
    name="korsts",
    kind="score",
    columns=Columns("sentence1", "sentence2", "score"),
    splits={
        "train": (_file("korsts/sts-train.tsv", "KorSTS/sts-train.tsv", "91fc16190dd0102a3cad2f0abf83317703438869", 1_046_952),),
        "dev": (_file("korsts/sts-dev.tsv", "KorSTS/sts-dev.tsv", "3686d9394fa63bcfd6b1bc7c70a60b1dfe08d388", 307_276),),
        "test": (_file("korsts/sts-test.tsv", "KorSTS/sts-test.tsv", "d2a7c958d520ed84402c0042142a60d9a18ee3e4", 249_596),),
    },
)  # fmt: skip

_XNLI_DEV = _file("kornli/xnli.dev.ko.tsv", "KorNLI/xnli.dev.ko.tsv", "21305150d466aa35d42b14e1890b7dcd58084634", 511_383)  # fmt: skip
_NLI = Table(
    name="kornli",
    columns=Columns("sentence1", "sentence2", "gold_label"),
    splits={
        "train": (
            _file("kornli/snli_1.0_train.ko.tsv", "KorNLI/snli_1.0_train.ko.tsv", "c91761e52fca2a7420104589811346986ce94073"),
            _file("kornli/multinli.train.ko.tsv", "KorNLI/multinli.train.ko.tsv", "94d26a9d0dd045928148ef8691a256bd0e7d45c3"),
        ),
        "dev": (_XNLI_DEV,),
        "test": (_file("kornli/xnli.test.ko.tsv", "KorNLI/xnli.test.ko.tsv", "89a0b11bffa775fafd88178b3980a1fe2d8aee52", 1_032_430),),
    },
)  # fmt: skip
_NLI_SMALL = Table("kornli-small", _NLI.columns, own_splits(_XNLI_DEV))

KORSTS = table_corpus(
    _STS,
    title_ko="문장 유사도 (0~5점)",
    title_en="sentence similarity, 0 to 5",
    licence=_LICENCE,
    citation=_CITATION,
    optional=("test",),
)

KORNLI = table_corpus(
    _NLI,
    title_ko="두 문장의 추론 관계 (함의/모순/중립)",
    title_en="natural language inference: entailment, contradiction, neutral",
    licence=_LICENCE,
    citation=_CITATION,
    labels=NLI_LABELS,
    optional=("train", "test"),
    stand_in="kornli-small",
)

KORNLI_SMALL = table_corpus(
    _NLI_SMALL,
    title_ko="두 문장의 추론 관계, KorNLI의 dev 파일만",
    title_en="natural language inference, only KorNLI's dev file",
    licence=_LICENCE,
    citation=_CITATION,
    labels=NLI_LABELS,
)
