"""The public corpora malmoi knows by name: one file each source, one visible tuple."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from malmoi.config import unknown_name
from malmoi.data.corpora.catalog import Corpus, CorpusFile, LabelName
from malmoi.data.corpora.chatbot import CHATBOT
from malmoi.data.corpora.demo import DEMO
from malmoi.data.corpora.generated_re import GENERATED_RE
from malmoi.data.corpora.generated_wos import GENERATED_WOS
from malmoi.data.corpora.hate_speech import HATE_SPEECH, HATE_SPEECH_BIAS, HATE_SPEECH_GENDER
from malmoi.data.corpora.intent_3i4k import INTENT_3I4K
from malmoi.data.corpora.klue_nli import KLUE_NLI, KLUE_NLI_SMALL
from malmoi.data.corpora.klue_re import KLUE_RE
from malmoi.data.corpora.klue_wos import KLUE_WOS
from malmoi.data.corpora.kmhas import KMHAS, KMHAS_SMALL
from malmoi.data.corpora.kocasm import KOCASM
from malmoi.data.corpora.kor_nlu import KORNLI, KORNLI_SMALL, KORSTS
from malmoi.data.corpora.machine_reading import KLUE_MRC, KORQUAD_1
from malmoi.data.corpora.nli_small import NLI_SMALL
from malmoi.data.corpora.nsmc import NSMC
from malmoi.data.corpora.parakqc import PARAKQC_ACT, PARAKQC_DOMAIN, PARAKQC_TOPIC
from malmoi.data.corpora.paws import PAWS
from malmoi.data.corpora.question_pair import QUESTION_PAIR
from malmoi.data.corpora.sae4k import SAE4K
from malmoi.data.corpora.tags import KLUE_NER, UD_GSD, UD_GSD_XPOS, UD_KAIST
from malmoi.data.corpora.trees import KLUE_DP, UD_GSD_TREE, UD_KAIST_TREE
from malmoi.errors import DataError

__all__ = ["CORPORA", "Corpus", "CorpusFile", "LabelName", "find_corpus", "named_corpus"]

CORPORA: tuple[Corpus, ...] = (
    DEMO,
    NSMC,
    HATE_SPEECH,
    HATE_SPEECH_BIAS,
    HATE_SPEECH_GENDER,
    KOCASM,
    CHATBOT,
    INTENT_3I4K,
    SAE4K,
    PARAKQC_TOPIC,
    PARAKQC_ACT,
    PARAKQC_DOMAIN,
    QUESTION_PAIR,
    PAWS,
    KORNLI,
    KORNLI_SMALL,
    KLUE_NLI,
    KLUE_NLI_SMALL,
    NLI_SMALL,
    KORSTS,
    KMHAS,
    KMHAS_SMALL,
    KLUE_RE,
    GENERATED_RE,
    KLUE_DP,
    UD_GSD_TREE,
    UD_KAIST_TREE,
    KORQUAD_1,
    KLUE_MRC,
    KLUE_WOS,
    GENERATED_WOS,
    KLUE_NER,
    UD_GSD,
    UD_GSD_XPOS,
    UD_KAIST,
)  # sentiment and tone, topics and acts, pairs, scores, several labels, and the shapes that no column holds


def find_corpus(name: str) -> Corpus:
    """Return the corpus of this name; `DataError` naming the nearest when there is none.

    >>> find_corpus("nsmc").licence
    'CC0 1.0'
    """
    for corpus in CORPORA:
        if corpus.name == name:
            return corpus
    raise DataError(unknown_name(name, name, [corpus.name for corpus in CORPORA]))


def named_corpus(data: Any) -> tuple[Corpus, str | None] | None:
    """Return the corpus and split that a name such as `nsmc` or `nsmc:dev` means, None for anything else.

    A file of that very name comes first.
    """
    if not isinstance(data, (str, os.PathLike)) or Path(data).is_file():
        return None
    name, _, split = str(data).partition(":")
    for corpus in CORPORA:
        if corpus.name == name:
            return corpus, split or None
    return None
