"""KLUE-NER: scores on the tags of characters, as KLUE-baseline computes them with seqeval and scikit-learn.

One real instance: the characters of "경찰은 또" carry B-OG I-OG O and O. The space carries none: spaces are dropped before
anything is counted, so an entity of two words is one stretch, and what differs in a space at its edge only is the same.

KLUE-baseline cuts sentences at its `max_seq_length` too; here every character counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import numpy as np

from malmoi.data.examples import Span
from malmoi.metrics.counts import CountTable, check_lengths, class_table, f1_of_counts, macro_f1_of_counts
from malmoi.metrics.spans import Spans, span_counts

KLUE_NER_TYPES = ("PS", "LC", "OG", "DT", "TI", "QT")
OUTSIDE = "O"
Tags = Sequence[Sequence[str]]
_SPECIAL_TOKENS = (
    2  # KLUE-baseline scores [CLS] and [SEP] of each sentence as well: gold O, and no model says otherwise
)


def klue_ner_table(
    texts: Sequence[str], gold: Spans, predicted: Spans, types: Sequence[str] = KLUE_NER_TYPES
) -> CountTable:
    """Return the counts behind klue_ner_entity_f1, klue_ner_char_f1 and char_f1_no_o, from spans of the raw texts.

    klue_ner_entity_f1 is the strict F1 of each type, averaged over the types that occur in gold or predictions (seqeval,
    `average="macro", mode="strict", scheme=IOB2`). klue_ner_char_f1 is the F1 of each tag averaged over all of them, O
    too; one that occurs nowhere counts 1 (scikit-learn, `zero_division=True`), and O throughout scores 6.77 on KLUE.
    char_f1_no_o averages over the tags that occur, without O: O throughout scores 0.

    Raises `ValueError` without examples, for lists of different length, overlapping spans or a type not in `types`.

    >>> texts, gold = ["손흥민은 런던에 산다"], [[Span(0, 3, "PS"), Span(5, 7, "LC")]]
    >>> found = klue_ner_table(texts, gold, [[Span(0, 3, "PS")]], types=("PS", "LC")).values()
    >>> {name: round(value, 3) for name, value in found.items()}
    {'klue_ner_entity_f1': 0.5, 'klue_ner_char_f1': 0.571, 'char_f1_no_o': 0.5}
    """
    check_lengths(texts, gold)
    check_lengths(texts, predicted)
    entities = span_counts(_dense(texts, gold), _dense(texts, predicted), types)
    of_types = class_table(entities, lambda *sums: {"klue_ner_entity_f1": macro_f1_of_counts(*sums)})
    return of_types | char_table(_all_tags(texts, gold), _all_tags(texts, predicted), types)


def char_table(gold: Tags, predicted: Tags, types: Sequence[str] = KLUE_NER_TYPES) -> CountTable:
    """Return the counts behind klue_ner_char_f1 and char_f1_no_o, from the tags of each sentence's characters.

    Raises `ValueError` without examples, where an example has more or fewer answers than tags, or for an unknown tag.

    >>> char_table([["B-PS", "I-PS", "O"]], [["B-PS", "O", "O"]], types=("PS",)).values()["char_f1_no_o"]
    0.5
    """
    counts = _tag_counts(gold, predicted, [OUTSIDE, *(f"{prefix}-{name}" for name in types for prefix in "BI")])
    counts[:, :, 0] += _SPECIAL_TOKENS

    def scores(hits: np.ndarray, golds: np.ndarray, answers: np.ndarray) -> dict[str, np.ndarray]:
        f1 = np.where(golds + answers > 0, f1_of_counts(hits, golds, answers), 1.0)
        others = macro_f1_of_counts(hits[:, 1:], golds[:, 1:], answers[:, 1:])
        return {"klue_ner_char_f1": f1.mean(axis=1), "char_f1_no_o": others}

    return class_table(counts, scores)


def char_tags(text: str, spans: Collection[Span]) -> list[str]:
    """Return the IOB2 tags of the characters that are no spaces; `ValueError` where spans overlap.

    >>> char_tags("세종 대왕은", [Span(0, 5, "PS")])
    ['B-PS', 'I-PS', 'I-PS', 'I-PS', 'O']
    """
    tags = [OUTSIDE] * (len(text) - text.count(" "))
    for span in dense_spans(text, spans):
        if set(tags[span.start : span.end]) != {OUTSIDE}:
            raise ValueError(f"{span} overlaps another span or ends behind the text")
        tags[span.start : span.end] = [f"B-{span.label}"] + [f"I-{span.label}"] * (span.end - span.start - 1)
    return tags


def dense_spans(text: str, spans: Collection[Span]) -> list[Span]:
    """Return the spans counted in characters that are no spaces; a span of spaces only is none.

    >>> dense_spans("나는 세종 대왕", [Span(2, 8, "PS"), Span(2, 3, "QT")])
    [Span(start=2, end=6, label='PS')]
    """
    places = np.concatenate([[0], np.cumsum([char != " " for char in text])]).astype(int).tolist()
    moved = [Span(places[span.start], places[span.end], span.label) for span in spans]
    return [span for span in moved if span.start < span.end]


def tag_spans(tags: Sequence[str], strict: bool = True) -> list[Span]:
    """Return the entities of IOB2 tags, counted in tags.

    Strict as KLUE: only B- begins an entity. Otherwise as seqeval by default and CoNLL 2003: an I- without its B- does too.

    >>> tags = ["I-PS", "I-PS", "O", "B-LC", "I-OG"]
    >>> tag_spans(tags)
    [Span(start=3, end=4, label='LC')]
    >>> [span.label for span in tag_spans(tags, strict=False)]
    ['PS', 'LC', 'OG']
    """
    return [span for begun, span in _stretches(tags) if begun or not strict]


def _stretches(tags: Sequence[str]) -> Iterator[tuple[bool, Span]]:
    """Yield the stretches of one type, and whether each begins with B-."""
    start = 0
    for i in range(1, len(tags) + 1):
        goes_on = i < len(tags) and tags[i].startswith("I-") and tags[i][2:] == tags[i - 1][2:]
        if goes_on and tags[i - 1] != OUTSIDE:
            continue
        if tags[start] != OUTSIDE:
            yield tags[start].startswith("B-"), Span(start, i, tags[start][2:])
        start = i


def _tag_counts(gold: Tags, predicted: Tags, tags: Sequence[str]) -> np.ndarray:
    """Count each example's right, gold and predicted tags by tag, float64 [n, 3, num_tags]."""
    check_lengths(gold, predicted)
    ids = {tag: i for i, tag in enumerate(tags)}
    counts = np.zeros((len(gold), 3, len(tags)))
    for row, golds, answers in zip(counts, gold, predicted, strict=True):
        if unknown := {*golds, *answers} - ids.keys():
            raise ValueError(f"tags {sorted(unknown)} are not among {list(tags)}")
        for tag, answer in zip(golds, answers, strict=True):
            row[1, ids[tag]] += 1
            row[2, ids[answer]] += 1
            row[0, ids[tag]] += tag == answer
    return counts


def _dense(texts: Sequence[str], spans: Spans) -> list[list[Span]]:
    return [dense_spans(text, found) for text, found in zip(texts, spans, strict=True)]


def _all_tags(texts: Sequence[str], spans: Spans) -> list[list[str]]:
    return [char_tags(text, found) for text, found in zip(texts, spans, strict=True)]
