"""Questions on texts: KorQuAD 1.0 (Wikipedia) and KLUE-MRC (news, some questions without an answer).

One instance (not from the corpora): question `누가 쓰나?` on `말모이는 학생이 쓴다.`, answer `학생` at character 5.

korquad-1: `train` 60,407 questions on 1,420 articles, `dev` 5,774 on 140; the official test is not public.
klue-mrc: `train` 17,554, `dev` 5,841, about a third of them without an answer; the official test is not public.
Both `dev` are what is published on. To keep them for the end, hold articles of training out: `--data korquad-1:train`.
KorQuAD 2.x is published in 41 zip files; its unpacked JSON files are read by path.
"""

from __future__ import annotations

from malmoi.data.columns import Columns
from malmoi.data.corpora.catalog import CorpusFile
from malmoi.data.corpora.table import Table, table_corpus


def _korquad(part: str, blob_id: str, size: int | None = None) -> CorpusFile:
    name, commit = f"KorQuAD_v1.0_{part}.json", "61d7d6682948375dd8f06ef27e788fd19982af38"
    return CorpusFile(f"korquad/{name}", "korquad/korquad.github.io", commit, f"dataset/{name}", blob_id, size)


def _klue(part: str, blob_id: str) -> CorpusFile:
    name, commit = f"klue-mrc-v1.1_{part}.json", "3efd98708a40ff49251fddde35453f8fbb11f536"
    return CorpusFile(f"klue/{name}", "KLUE-benchmark/KLUE", commit, f"klue_benchmark/klue-mrc-v1.1/{name}", blob_id)


KORQUAD_1 = table_corpus(
    Table(
        "korquad-1",
        Columns(),
        {
            "train": (_korquad("train", "82e3c5939e5e61a1c4ae94e42676800e88ec52a6"),),
            "dev": (_korquad("dev", "6849d8c79140447018f5701a0453835c96608a07", 3_881_058),),
        },
        kind="answers",
    ),
    title_ko="위키백과 기계 독해 (KorQuAD 1.0)",
    title_en="machine reading on Wikipedia (KorQuAD 1.0)",
    licence="CC BY-ND 2.0 KR",
    citation=(
        "Seungyoung Lim, Myungji Kim, Jooyoul Lee. KorQuAD1.0: Korean QA Dataset for Machine Reading Comprehension. 2019. "
        "https://arxiv.org/abs/1909.07005"
    ),
)

KLUE_MRC = table_corpus(
    Table(
        "klue-mrc",
        Columns(),
        {
            "train": (_klue("train", "46fd63137949a85f054aacb81ca4065c7b3a5882"),),
            "dev": (_klue("dev", "b89a46fcc5f3b15be59703abd626b52e4c4dd236"),),
        },
        kind="answers",
    ),
    title_ko="KLUE의 기계 독해, 답 없는 질문 포함",
    title_en="KLUE's machine reading, with questions that have no answer",
    licence="CC BY-SA 4.0",
    citation=(
        "Sungjoon Park et al. KLUE: Korean Language Understanding Evaluation. NeurIPS Datasets and Benchmarks 2021. "
        "https://arxiv.org/abs/2105.09680"
    ),
)
