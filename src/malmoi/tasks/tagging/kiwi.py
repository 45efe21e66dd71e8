"""Kiwi's own analysis as labels of given tokens, to stand beside a model that learned part-of-speech tags of the Sejong set.

One real instance, UD-GSD: the token 워즈니악에게 has the tag NNP+JKB; Kiwi's morphemes 워즈니악/NNP 에게/JKB give the same.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence

from malmoi.errors import MissingExtra
from malmoi.messages import say
from malmoi.text.kiwi import morphemes_of, require_kiwi
from malmoi.text.nfc import nfc_aligned

_MOST = 0.95  # of the parts of gold tags must be Kiwi's
SEJONG = frozenset(
    [
        "NNG",
        "NNP",
        "NNB",
        "NR",
        "NP",
        "VV",
        "VA",
        "VX",
        "VCP",
        "VCN",
        "MM",
        "MAG",
        "MAJ",
        "IC",
        "JKS",
        "JKC",
        "JKG",
        "JKO",
        "JKB",
        "JKV",
        "JKQ",
        "JX",
        "JC",
        "EP",
        "EF",
        "EC",
        "ETN",
        "ETM",
        "XPN",
        "XSN",
        "XSV",
        "XSA",
        "XSM",
        "XR",
        "SF",
        "SP",
        "SS",
        "SE",
        "SO",
        "SW",
        "SL",
        "SH",
        "SN",
        "SB",
        "UN",
    ]
)
_SPELT = {"SSO": "SS", "SSC": "SS", "XSM": "XSA"}


def sejong_tag(tag: str) -> str:
    """Return Kiwi's tag as the Sejong corpus has it: no irregular verbs, one tag for brackets.

    >>> sejong_tag("VV-I"), sejong_tag("SSO"), sejong_tag("W_URL")
    ('VV', 'SS', 'SL')
    """
    tag = tag.partition("-")[0]
    return "SL" if tag.startswith("W_") else _SPELT.get(tag, tag)


def why_not_kiwi(labels: Iterable[str]) -> str | None:
    """Return why Kiwi cannot be compared with gold labels of tokens, None where it can."""
    parts = Counter(part for label in labels for part in label.split("+"))
    if sum(number for part, number in parts.items() if part in SEJONG) < _MOST * parts.total():
        return say(
            "Kiwi와는 견주지 않았습니다: 이 자료의 품사는 Kiwi의 세종 품사(NNG, JKS …)가 아닙니다.",
            "Kiwi is not compared: the tags of this data are not its Sejong tags (NNG, JKS …).",
        )
    try:
        require_kiwi()
    except MissingExtra as missing:
        return say(f"Kiwi와는 견주지 않았습니다: {missing}", f"Kiwi is not compared: {missing}")
    return None


def kiwi_labels(text: str, tokens: Sequence[tuple[int, int]]) -> list[str]:
    """Return for each token the tags of the morphemes that begin in it, joined by +; "" without one.

    >>> kiwi_labels("비가 온다.", [(0, 2), (3, 5), (5, 6)])
    ['NNG+JKS', 'VV+EF', 'SF']
    """
    starts = [start for start, _ in tokens]
    tags: list[list[str]] = [[] for _ in tokens]
    composed = nfc_aligned(text)
    for morpheme in morphemes_of(composed.text):
        start, _ = composed.raw_span(morpheme.start, morpheme.end)
        owner = bisect_right(starts, start) - 1
        if owner >= 0 and start < tokens[owner][1]:
            tags[owner].append(sejong_tag(morpheme.tag))
    return ["+".join(own) for own in tags]
