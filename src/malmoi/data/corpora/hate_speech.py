r"""BEEP!, comments on entertainment news, annotated for gender bias, bias and hate.

One real instance: `1,2화 어설펐는데 3,4화 지나서부터는 갈수록 너무 재밌던데\tFalse\tnone\tnone`.

Three corpora of one file: `hate-speech` (hate, offensive, none), `hate-speech-bias` (gender, others, none) and
`hate-speech-gender` (True, False). The official train file of 7,896 comments is split by malmoi, the same way for all three:
`train` 6,302, `dev` 823, `final` 771. `official-dev` (471) is the file of that name; the labels of the official test are secret.
"""

from __future__ import annotations

from malmoi.data.columns import Columns
from malmoi.data.corpora.catalog import Corpus, CorpusFile, LabelName
from malmoi.data.corpora.table import Table, own_splits, table_corpus


def _file(name: str, blob_id: str, size: int) -> CorpusFile:
    commit = "f8d05dce2b22007bb149e5139c0060c68ad8f94b"
    return CorpusFile(f"hate-speech/{name}", "kocohub/korean-hate-speech", commit, f"labeled/{name}", blob_id, size)


TRAIN_FILE = _file("train.tsv", "a7663ec2ee2837b5e38a6c49ca47caee84eea894", 913_546)
DEV_FILE = _file("dev.tsv", "a2b083b74c72a4dab444ddc6b3e83fa269306b24", 54_903)


def _corpus(name: str, column: str, title_ko: str, title_en: str, labels: tuple[LabelName, ...]) -> Corpus:
    splits = own_splits(TRAIN_FILE) | {"official-dev": (DEV_FILE,)}
    table = Table(name, Columns("comments", label=column), splits)
    return table_corpus(
        table,
        title_ko=title_ko,
        title_en=title_en,
        licence="CC BY-SA 4.0",
        citation=(
            "Jihyung Moon, Won Ik Cho, Junbum Lee. BEEP! Korean Corpus of Online News Comments for Toxic Speech Detection. "
            "SocialNLP 2020. https://aclanthology.org/2020.socialnlp-1.4"
        ),
        labels=labels,
        optional=("official-dev",),
    )


HATE_SPEECH = _corpus(
    "hate-speech", "hate", "뉴스 댓글의 혐오 (혐오/공격적/없음)", "hate in news comments: hate, offensive, none",
    (LabelName("hate", "혐오", "hate"), LabelName("offensive", "공격적", "offensive"), LabelName("none", "없음", "none")),
)  # fmt: skip
HATE_SPEECH_BIAS = _corpus(
    "hate-speech-bias", "bias", "뉴스 댓글의 편견 (성별/기타/없음)", "bias in news comments: gender, others, none",
    (LabelName("gender", "성별", "gender"), LabelName("others", "기타", "others"), LabelName("none", "없음", "none")),
)  # fmt: skip
HATE_SPEECH_GENDER = _corpus(
    "hate-speech-gender", "contain_gender_bias", "뉴스 댓글의 성별 편견 (있음/없음)", "gender bias in news comments: yes, no",
    (LabelName("True", "성별 편견 있음", "gender bias"), LabelName("False", "성별 편견 없음", "no gender bias")),
)  # fmt: skip
