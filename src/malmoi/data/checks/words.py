"""The words that tell one label from the others, by weighted log-odds.

Source: Monroe, Colaresi and Quinn (2008), "Fightin' Words": the log-odds ratio of a word between the texts with a label
and those without, under a Dirichlet prior of the whole dataset's counts, over its standard deviation. A text counts a
word once, so that one text that repeats it a hundred times does not speak for its label.

Words are eojeols without their particle (연기가, 연기는 → 연기), three or more of a letter as two (ㅋㅋㅋㅋ → ㅋㅋ), and emoji.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from malmoi.data.checks.keys import shorten_repeats
from malmoi.data.examples import TextExample
from malmoi.data.labels import label_set, labels_of
from malmoi.text.eojeol import strip_josa
from malmoi.text.nfc import nfc

MIN_TEXTS = 2
SIGNIFICANT = 1.645  # one-sided, 5 %
_WORD = re.compile("[^\\W_]+|[\u2600-\u27bf\U0001f300-\U0001faff]")


@dataclass(frozen=True, slots=True)
class LabelWord:
    """A word, the z-score of its log-odds, and how many texts with and without the label hold it."""

    word: str
    z: float
    num_here: int
    num_elsewhere: int


@dataclass(frozen=True, slots=True)
class WordCount:
    """A word and how many texts hold it."""

    word: str
    count: int


def characteristic_words(examples: Sequence[TextExample], limit: int) -> dict[str, tuple[LabelWord, ...]]:
    """Return up to `limit` words for each label, the most telling first; a word needs 2 texts and a significant z-score.

    >>> data = [TextExample(f"연기가 좋아요 {i}", label="긍정") for i in range(9)]
    >>> data += [TextExample(f"연기가 지루해요 {i}", label="부정") for i in range(9)]
    >>> {label: [found.word for found in words] for label, words in characteristic_words(data, 3).items()}
    {'긍정': ['좋아요'], '부정': ['지루해요']}
    """
    labels = label_set(examples)
    if len(labels) < 2:
        return {}
    counts = _counts(examples)
    total = _sum(counts.values())
    words = sorted(word for word, count in total.items() if count >= MIN_TEXTS)
    if len(words) < 2:
        return dict.fromkeys(labels, ())
    everywhere = np.array([total[word] for word in words], dtype=np.float64)
    found = {}
    for label in labels:
        with_label = _sum(counter for carried, counter in counts.items() if label in carried)
        here = np.array([with_label[word] for word in words], dtype=np.float64)
        z = log_odds(here, everywhere - here, everywhere)
        order = [i for i in np.argsort(-z, kind="stable")[:limit] if z[i] >= SIGNIFICANT]
        found[label] = tuple(
            LabelWord(words[i], round(float(z[i]), 2), int(here[i]), int(everywhere[i] - here[i])) for i in order
        )
    return found


def frequent_words(examples: Sequence[TextExample], limit: int) -> tuple[WordCount, ...]:
    """Return the words that most texts hold, for datasets without labels."""
    counts = sorted(_sum(_counts(examples).values()).items(), key=lambda item: (-item[1], item[0]))
    return tuple(WordCount(word, count) for word, count in counts[:limit])


def log_odds(here: np.ndarray, elsewhere: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """Return z-scores `[num_words]` of counts here against elsewhere under Dirichlet pseudo-counts (equations 16 to 22)."""
    here, elsewhere = here + prior, elsewhere + prior
    ratio = np.log(here / (here.sum() - here)) - np.log(elsewhere / (elsewhere.sum() - elsewhere))
    return ratio / np.sqrt(1 / here + 1 / elsewhere)


def stem(word: str) -> str:
    """Return a word as it is counted.

    >>> stem("연기가"), stem("최고ㅋㅋㅋㅋ")
    ('연기', '최고ㅋㅋ')
    """
    return strip_josa(shorten_repeats(word))


def _counts(examples: Sequence[TextExample]) -> dict[tuple[str, ...], Counter[str]]:
    """Return how many texts hold each word, for each set of labels that texts carry."""
    stem_of = cache(stem)
    counts: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for example in examples:
        text = nfc(example.text if example.pair is None else f"{example.text} {example.pair}").casefold()
        counts[labels_of(example)].update(set(map(stem_of, _WORD.findall(text))))
    return counts


def _sum(counts: Iterable[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for counter in counts:
        total.update(counter)
    return total
