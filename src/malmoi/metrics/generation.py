"""Generated text beside references: chrF and BLEU (sacrebleu), ROUGE on morphemes (rouge-score and Kiwi), distinct-n, bits per character.

sacrebleu and rouge-score come with the extra `metrics`. Scores are shares here: BLEU 0.31, not 31.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from malmoi.errors import extras_named
from malmoi.metrics.counts import CountTable, check_lengths, mean_table
from malmoi.metrics.scores import RESAMPLES, Score, Scores, Statistic, percentile_score
from malmoi.text.kiwi import morphemes_of, require_kiwi

if TYPE_CHECKING:
    from sacrebleu.metrics import BLEU, CHRF

References = Sequence[Sequence[str]]  # one or more for each text
_Z = 1.959964


def overlap_table(predicted: Sequence[str], references: References) -> CountTable:
    """Return the counts behind chrf and bleu as sacrebleu defines them; print `overlap_signatures` beside the numbers.

    chrF compares characters and suits Korean; the words of BLEU are eojeols, so that one wrong particle spoils four n-grams.
    Raises `MissingExtra` without sacrebleu, `ValueError` without texts or where a text has no reference.

    >>> table = overlap_table(["오늘은 비가 온다"], [["오늘은 비가 온다", "오늘 비 온다"]])
    >>> table.values()["chrf"]
    1.0
    """
    _check(predicted, references)
    chrf, bleu = _sacrebleu()
    most = max(len(texts) for texts in references)
    columns = [[texts[i] if i < len(texts) else None for texts in references] for i in range(most)]
    return _corpus_table("chrf", chrf, predicted, columns) | _corpus_table("bleu", bleu, predicted, columns)


def overlap_signatures(references: References) -> dict[str, str]:
    """Return what sacrebleu asks to print with chrf and bleu: its version and settings, by the score's name.

    >>> overlap_signatures([["비가 온다"]])["bleu"].rpartition("|")[0]
    'nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp'
    """
    numbers = {len(texts) for texts in references}
    found = {}
    for name, metric in zip(("chrf", "bleu"), _sacrebleu(), strict=True):
        metric.num_refs = min(numbers) if len(numbers) == 1 else -1  # -1 is "a varying number"
        found[name] = str(metric.get_signature())
    return found


def rouge_table(predicted: Sequence[str], references: References) -> CountTable:
    """Return the values behind rouge1, rouge2 and rougeL: F1 of shared morphemes, pairs of them, and the longest common order.

    rouge-score's own tokenizer keeps a-z and 0-9 only: any two Korean texts score 0.0, the same one twice too, or 1.0 when
    they share "2024". Here Kiwi finds the morphemes; punctuation is none. With several references the best one counts.
    Raises `MissingExtra` without rouge-score or Kiwi, `ValueError` as `overlap_table`.

    >>> {name: round(value, 3) for name, value in rouge_table(["책을 봤다"], [["책을 읽었다"]]).values().items()}
    {'rouge1': 0.8, 'rouge2': 0.5, 'rougeL': 0.8}
    """
    _check(predicted, references)
    require_kiwi()
    with extras_named():
        from rouge_score.rouge_scorer import RougeScorer
    names = ["rouge1", "rouge2", "rougeL"]
    scorer = RougeScorer(names, tokenizer=MorphemeTokenizer())
    found = [scorer.score_multi(list(texts), text) for text, texts in zip(predicted, references, strict=True)]
    return mean_table({name: [scores[name].fmeasure for scores in found] for name in names})


class MorphemeTokenizer:
    """Tells rouge-score what the words of a Korean text are."""

    def tokenize(self, text: str) -> list[str]:
        """Return the morphemes in lower case, without punctuation.

        >>> MorphemeTokenizer().tokenize("AI가 책을 봤다!")
        ['ai', '가', '책', '을', '보', '었', '다']
        """
        return [m.form.lower() for m in morphemes_of(text) if any(char.isalnum() for char in m.form)]


def distinct_scores(texts: Sequence[str], orders: Sequence[int] = (1, 2)) -> Scores:
    """Return distinct_1 and distinct_2: different word n-grams as a share of all, in all texts together (Li et al. 2016).

    Words are what stands between spaces. The interval is the jackknife's: drawn with replacement, texts would repeat
    themselves. 0.0 without n-grams; `ValueError` without texts.

    >>> distinct_scores(["네 네", "네 알겠습니다"])["distinct_1"].value
    0.5
    """
    if not texts:
        raise ValueError("a score needs at least one example")
    words = [text.split() for text in texts]
    return {f"distinct_{order}": _distinct([_ngrams(row, order) for row in words]) for order in orders}


def bits_per_char_scores(nats: Sequence[float], num_chars: Sequence[int], resamples: int = RESAMPLES) -> Scores:
    """Return bits_per_char of texts, from the summed negative log-likelihood of each (natural logarithm) and its characters.

    Comparable between tokenizers, which perplexity per token is not. `ValueError` without texts or characters.

    >>> bits_per_char_scores([2 * math.log(2), 0.0], [1, 1])["bits_per_char"].value
    1.0
    """
    table = _bits_table(nats, num_chars)
    draws = table.draws(resamples)["bits_per_char"]
    return {"bits_per_char": percentile_score(table.values()["bits_per_char"], draws, len(table))}


def bits_per_char_statistic(nats: Sequence[float], num_chars: Sequence[int]) -> Statistic:
    """Return bits_per_char as a function of text indices, for paired bootstraps; arguments as `bits_per_char_scores`."""
    return _bits_table(nats, num_chars).statistic("bits_per_char")


def _bits_table(nats: Sequence[float], num_chars: Sequence[int]) -> CountTable:
    check_lengths(num_chars, nats)
    counts = np.stack(
        [np.asarray(nats, dtype=np.float64) / math.log(2), np.asarray(num_chars, dtype=np.float64)], axis=1
    )
    if not counts[:, 1].sum():
        raise ValueError("bits per character need at least one character")
    return CountTable(counts, lambda sums: {"bits_per_char": sums[:, 0] / np.maximum(sums[:, 1], 1)})


def _check(predicted: Sequence[str], references: References) -> None:
    check_lengths(references, predicted)
    for number, texts in enumerate(references, start=1):
        if not texts:
            raise ValueError(f"text {number} has no reference")


def _sacrebleu() -> tuple[CHRF, BLEU]:
    with extras_named():
        from sacrebleu.metrics import BLEU, CHRF
    return CHRF(), BLEU(force=True)  # force: no warning that texts look tokenized


def _corpus_table(name: str, metric: Any, predicted: Sequence[str], references: list[list[str | None]]) -> CountTable:
    """Return the sufficient statistics that sacrebleu's own bootstrap draws from, and its score of their sums."""
    counts = np.array(metric._extract_corpus_statistics(predicted, references), dtype=np.float64)

    def measure(sums: np.ndarray) -> dict[str, np.ndarray]:
        found = [metric._compute_score_from_stats(row.tolist()).score / 100 for row in sums]
        return {name: np.minimum(found, 1.0)}

    return CountTable(counts, measure)


def _ngrams(words: Sequence[str], order: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[i : i + order]) for i in range(len(words) - order + 1))


def _distinct(rows: Sequence[Counter[tuple[str, ...]]]) -> Score:
    held_by = Counter(ngram for row in rows for ngram in row)  # in how many texts
    own = np.array([sum(held_by[ngram] == 1 for ngram in row) for row in rows])
    totals = np.array([row.total() for row in rows])
    value = len(held_by) / max(int(totals.sum()), 1)
    n, others = len(rows), totals.sum() - totals
    without = np.where(others > 0, (len(held_by) - own) / np.maximum(others, 1), value)
    half = _Z * math.sqrt((n - 1) / n * float(((without - without.mean()) ** 2).sum())) if n > 1 else 1.0
    return Score(value, max(0.0, value - half), min(1.0, value + half), n)
