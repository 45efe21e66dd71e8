"""The public corpora malmoi knows by name: one file each, one visible tuple."""

from __future__ import annotations

from malmoi.config import unknown_name
from malmoi.data.corpora.catalog import Corpus, CorpusFile, LabelName
from malmoi.data.corpora.demo import DEMO
from malmoi.data.corpora.nsmc import NSMC
from malmoi.errors import DataError

__all__ = ["CORPORA", "Corpus", "CorpusFile", "LabelName", "find_corpus"]

CORPORA: tuple[Corpus, ...] = (DEMO, NSMC)


def find_corpus(name: str) -> Corpus:
    """Return the corpus of this name; `DataError` naming the nearest when there is none.

    >>> find_corpus("nsmc").licence
    'CC0 1.0'
    """
    for corpus in CORPORA:
        if corpus.name == name:
            return corpus
    raise DataError(unknown_name(name, name, [corpus.name for corpus in CORPORA]))
