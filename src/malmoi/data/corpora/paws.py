r"""PAWS-X in Korean: sentences of nearly the same words that mean the same, or not.

One real instance: `108\tEarl St Vincent은 1803년에 억류된 영국 선원이었고 …\tEarl St Vincent는 1803년에 억류된 프랑스 선원이었고 …\t0`.
Only the official dev file of 2,000 pairs is in the catalog; malmoi splits it: `train` 1,587, `dev` 220, `final` 193.
A sentence stands on one side only. Where translators gave up, the text is "NS" (35 pairs, all labelled 0); these are on one side.
"""

from __future__ import annotations

from malmoi.data.columns import Columns
from malmoi.data.corpora.catalog import CorpusFile, LabelName
from malmoi.data.corpora.table import Table, own_splits, table_corpus

DEV_FILE = CorpusFile(
    path="paws/dev_2k.tsv",
    repository="monologg/KoELECTRA",
    commit="89691367595d0ad91d9f4d5baa742c2d26135f03",
    source_path="finetune/data/paws/dev_2k.tsv",
    blob_id="d760482f2988afe9a7930b00ae32743f182c9409",
    size=532_624,
)
_TABLE = Table("paws", Columns("sentence1", "sentence2", "label"), own_splits(DEV_FILE))

PAWS = table_corpus(
    _TABLE,
    title_ko="PAWS-X: 낱말이 비슷한 두 문장의 뜻이 같은지, dev 파일만",
    title_en="PAWS-X: whether sentences of like words mean the same, only its dev file",
    licence="PAWS-X terms (free use)",
    citation=(
        "Yinfei Yang, Yuan Zhang, Chris Tar, Jason Baldridge. PAWS-X: A Cross-lingual Adversarial Dataset for Paraphrase "
        "Identification. EMNLP 2019. https://aclanthology.org/D19-1382"
    ),
    labels=(LabelName("0", "다른 뜻", "different meaning"), LabelName("1", "같은 뜻", "same meaning")),
)
