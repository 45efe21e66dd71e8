"""KLUE-NLI's and KorNLI's dev files together: the inference data by people that can be had without the large training files.

Real instances: those of `klue_nli.py` and `kor_nlu.py`. nli-small: malmoi's own split: `train` 4,368, `dev` 519, `final` 603.
What was trained on it must not be judged on the dev files of either corpus: their pairs are in there.
"""

from __future__ import annotations

import hashlib

from malmoi.data.corpora.catalog import Corpus
from malmoi.data.corpora.klue_nli import KLUE_NLI_SMALL
from malmoi.data.corpora.kor_nlu import KORNLI_SMALL, NLI_LABELS
from malmoi.data.corpora.splits import OWN_SPLITS
from malmoi.data.corpora.table import own_splits
from malmoi.data.examples import Dataset

_NAME, _PARTS = "nli-small", (KLUE_NLI_SMALL, KORNLI_SMALL)
_FILES = tuple(file for part in _PARTS for file in part.files)


def _load(split: str) -> Dataset:
    """Return the examples of a split of both: the side of a text follows from its hash, so their splits agree."""
    parts = [part.load(split) for part in _PARTS]
    prints = ":".join([_NAME, *(part.fingerprint for part in parts)])
    return Dataset(
        [example for part in parts for example in part],
        f"{_NAME}:{split}",
        tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        hashlib.sha256(prints.encode()).hexdigest(),
        sum(part.skipped for part in parts),
        tuple(row for part in parts for row in part.bad_rows),
    )


NLI_SMALL = Corpus(
    name=_NAME,
    task="classification",
    title_ko="두 문장의 추론 관계, KLUE와 KorNLI의 dev 파일을 함께",
    title_en="natural language inference, the dev files of KLUE and KorNLI together",
    licence="CC BY-SA 4.0",
    citation="\n".join(part.citation for part in _PARTS),
    files=_FILES,
    splits=OWN_SPLITS,
    reader=_load,
    labels=NLI_LABELS,
    split_files=own_splits(*_FILES),
)
