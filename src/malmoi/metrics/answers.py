"""Answers to questions on a text: KorQuAD 1.0 and 2.x, KLUE-MRC, SQuAD. Each has its own idea of what is the same answer.

`answers` are the strings that count as right, for each question; an empty list means that the text does not answer the
question, and then only "" is right. A prediction of None is a missing one, and scores 0.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from html.parser import HTMLParser

from malmoi.metrics.counts import CountTable, check_lengths, mean_table

Answers = Sequence[Sequence[str]]
Predicted = Sequence[str | None]
Compare = Callable[[str, str], float]  # prediction and answer -> 0 to 1

_BRACKETS = str.maketrans(dict.fromkeys("'\"《》<>〈〉()‘’", " "))
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES = re.compile(r"\b(a|an|the)\b")


def korquad_table(predicted: Predicted, answers: Answers) -> CountTable:
    """Return the values behind korquad_em and korquad_f1 (official script of KorQuAD 1.0), and squad_f1 to stand beside.

    korquad_f1 compares bags of characters, squad_f1 (Rajpurkar et al. 2016) bags of words: on Korean, where a particle
    makes another word, the two differ much. Each is the best over the answers of a question.

    >>> {name: round(value, 3) for name, value in korquad_table(["충무공 이순신은"], [["이순신"]]).values().items()}
    {'korquad_em': 0.0, 'korquad_f1': 0.6, 'squad_f1': 0.0}
    """
    measures: dict[str, Compare] = {
        "korquad_em": lambda said, answer: float(normalize_korquad(said) == normalize_korquad(answer)),
        "korquad_f1": lambda said, answer: bag_f1(
            _characters(normalize_korquad(said)), _characters(normalize_korquad(answer))
        ),
        "squad_f1": lambda said, answer: bag_f1(normalize_squad(said).split(), normalize_squad(answer).split()),
    }
    return _best_table(measures, predicted, answers)


def korquad2_table(predicted: Predicted, answers: Answers) -> CountTable:
    """Return the values behind korquad2_em and korquad2_f1 (official script of KorQuAD 2.x, whose answers are HTML).

    >>> korquad2_table(["<td>1592년 4월</td>"], [["1592년4월"]]).values()
    {'korquad2_em': 1.0, 'korquad2_f1': 1.0}
    """
    measures: dict[str, Compare] = {
        "korquad2_em": lambda said, answer: float(normalize_korquad2(said) == normalize_korquad2(answer)),
        "korquad2_f1": lambda said, answer: bag_f1(list(normalize_korquad2(said)), list(normalize_korquad2(answer))),
    }
    return _best_table(measures, predicted, answers)


def klue_mrc_table(predicted: Predicted, answers: Answers) -> CountTable:
    """Return the values behind klue_mrc_em and klue_mrc_rouge_w (KLUE-baseline's `klue_mrc_em`, `klue_mrc_rouge_w`).

    >>> klue_mrc_table(["이순신 장군", ""], [["이순신"], []]).values()
    {'klue_mrc_em': 0.5, 'klue_mrc_rouge_w': 0.8333333333333333}
    """
    measures: dict[str, Compare] = {
        "klue_mrc_em": lambda said, answer: float(normalize_klue_mrc(said) == normalize_klue_mrc(answer)),
        "klue_mrc_rouge_w": lambda said, answer: contiguous_f1(normalize_klue_mrc(said), normalize_klue_mrc(answer)),
    }
    return _best_table(measures, predicted, answers)


def normalize_korquad(text: str) -> str:
    """Return lower case, quotes and brackets as spaces, ASCII punctuation taken out, single spaces.

    >>> normalize_korquad("《난중일기》(亂中日記), 1592-98년")
    '난중일기 亂中日記 159298년'
    """
    return " ".join(text.translate(_BRACKETS).lower().translate(_PUNCTUATION).split())


def normalize_korquad2(text: str) -> str:
    """Return the text of HTML without tags, normalised as for KorQuAD 1.0, without any space.

    The official script asks BeautifulSoup for the text; of broken HTML, parsers may make different texts.

    >>> normalize_korquad2("<b>난중 일기</b> &lt;국보&gt;")
    '난중일기국보'
    """
    return "".join(normalize_korquad(_html_text(text)).split())


def normalize_klue_mrc(text: str) -> str:
    """Return lower case, ASCII punctuation taken out, single spaces; 《》〈〉‘’ stay.

    KLUE-baseline means to replace brackets too, but its regular expression asks for all of them in a row.

    >>> normalize_klue_mrc("《난중일기》 (1592)")
    '《난중일기》 1592'
    """
    return " ".join(text.lower().translate(_PUNCTUATION).split())


def normalize_squad(text: str) -> str:
    """Return lower case, ASCII punctuation and English articles taken out, single spaces (SQuAD 1.1).

    >>> normalize_squad("The 난중일기, 1592")
    '난중일기 1592'
    """
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def bag_f1(said: Sequence[str], answer: Sequence[str]) -> float:
    """Return F1 of two bags of units; 0.0 where they share none, two empty ones too.

    >>> round(bag_f1("이순신", "신이다"), 3)
    0.667
    """
    shared = sum((Counter(said) & Counter(answer)).values())
    return 2 * shared / (len(said) + len(answer)) if shared else 0.0


def contiguous_f1(said: str, answer: str) -> float:
    """Return F1 of the longest stretch of characters in both, which KLUE-baseline calls ROUGE-W; of "" only "" is right.

    >>> contiguous_f1("조선 장군", "장군 이순신")
    0.36363636363636365
    """
    if not answer:
        return float(said == answer)
    longest = SequenceMatcher(None, said, answer).find_longest_match(0, len(said), 0, len(answer)).size
    return 2 * longest / (len(said) + len(answer))


def _best_table(measures: dict[str, Compare], predicted: Predicted, answers: Answers) -> CountTable:
    check_lengths(answers, predicted)
    pairs = list(zip(predicted, answers, strict=True))
    return mean_table({name: [_best(compare, *pair) for pair in pairs] for name, compare in measures.items()})


def _best(compare: Compare, said: str | None, answers: Sequence[str]) -> float:
    if said is None:
        return 0.0
    if not answers:
        return float(not said.strip())
    return max(compare(said, answer) for answer in answers)


def _characters(text: str) -> list[str]:
    return [char for char in text if char != " "]


def _html_text(html: str) -> str:
    reader = _Text()
    reader.feed(html)
    reader.close()
    return "".join(reader.parts)


class _Text(HTMLParser):
    """Collects what stands between the tags."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)
