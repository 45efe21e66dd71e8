"""An eojeol (a word between spaces) as stem and particle, without a morphological analyser: 손흥민은 → 손흥민 + 은.

Longest particle first, and only when it fits the sound before it: 국가 is not 국 + 가, because 가 follows a vowel.
Made for trimming the ends of names, so it would rather leave a particle than cut a name:
- a stem keeps two characters, one before particles that no noun ends in (를, 에서, 까지 …);
- 도, 나, 랑, 하고, 대로, 아/야, the copula and verb endings are not cut: 제주도, 바나나, 아리랑;
- behind digits 도, 만, 가, 과, 로 may be units (5만, 을지로2가) and stay;
- words in `keep` are never cut, and a stem in `keep` may lose any particle (서울도 when 서울 is known).
Limits: a noun that happens to end like a particle is cut (을지로 → 을지 + 로, 김영은 → 김영 + 은);
pass such names in `keep`, or use an analyser. Verbs are not recognised. The text should be NFC.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from malmoi.text.josa import PARTICLES, Particle, ending
from malmoi.text.unicode import is_hangul_syllable


class Eojeol(NamedTuple):
    """`stem + josa` is the eojeol; `josa` is empty when nothing was split off."""

    stem: str
    josa: str


def split_josa(eojeol: str, keep: Collection[str] = ()) -> Eojeol:
    """Split off the longest particle that surely is one; `keep` (best a set) holds known words.

    >>> split_josa("손흥민은"), split_josa("국가"), split_josa("제주도에서는")
    (Eojeol(stem='손흥민', josa='은'), Eojeol(stem='국가', josa=''), Eojeol(stem='제주도', josa='에서는'))
    """
    return next(josa_splits(eojeol, keep), Eojeol(eojeol, ""))


def josa_splits(eojeol: str, keep: Collection[str] = ()) -> Iterator[Eojeol]:
    """Yield all ways to split off a sure particle: known stems first, then the longest particle.

    >>> [split.josa for split in josa_splits("부산에서는")], list(josa_splits("국가"))
    (['에서는', '는'], [])
    """
    if eojeol in keep or eojeol in _NOUNS or _NOUN.search(eojeol[-_LOOK_BACK:]):
        return
    splits = [
        Eojeol(eojeol[:-length], eojeol[-length:])
        for length in range(min(_LONGEST, len(eojeol) - 1), 0, -1)
        if eojeol[-length:] in _PARTICLES
    ]
    splits = [split for split in splits if _fits(split)]
    yield from (split for split in splits if split.stem in keep or split.stem in _NOUNS)
    yield from filter(_is_sure, splits)


def strip_josa(eojeol: str, keep: Collection[str] = ()) -> str:
    """Return the stem of `split_josa`.

    >>> strip_josa("국립국어원에서"), strip_josa("KBS가"), strip_josa("서울도", keep={"서울"})
    ('국립국어원', 'KBS', '서울')
    """
    return split_josa(eojeol, keep).stem


def _fits(split: Eojeol) -> bool:
    """Tell whether the particle's form agrees with the sound before it; foreign letters may be read in many ways."""
    last = split.stem[-1]
    if last.isspace():
        return False
    pair = _PARTICLES[split.josa]
    return pair is None or not is_hangul_syllable(last) or pair.after(ending(last)) == split.josa


def _is_sure(split: Eojeol) -> bool:
    stem, josa = split
    if josa not in _SURE and josa not in _LIKELY:
        return False
    if stem[-1].isdigit():
        return josa not in _UNITS
    if not is_hangul_syllable(stem[-1]):
        return True  # the change of script marks the border
    if josa.startswith("만") and stem[-1] in "십백천":
        return False  # 수백만
    return josa in _SURE or len(stem[-_LOOK_BACK:].split()[-1]) >= 2


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LOOK_BACK = 64
# Cut behind one syllable too.
_SURE = _words(
    "을 를 는 에 에는 에도 에만 에서 에서는 에서도 에서만 에서의 에서부터 에게 에게는 에게도 에게만 에게서 께서 께서는 께서도 "
    "한테 한테는 한테서 까지 까지는 까지도 까지의 까지만 부터 부터는 부터의 처럼 처럼은 조차 조차도 마저 마저도 만큼 만큼은 만큼의 "
    "으로 으로는 으로도 으로만 으로의 으로서 으로써 으로부터"
)
# Cut behind two syllables.
_LIKELY = _words(
    "은 이 가 과 와 의 만 만은 만이 만을 만의 과는 와는 과도 와도 과의 와의 로 로는 로도 로만 로의 로서 로써 로부터 "
    "보다 보다는 보다도 마다 밖에 께 이나 이나마 나마 이라도 라도 이라는 라는 이라고 라고 이랑 이야말로 야말로"
)
# Cut from words in `keep` only, like the other particles of josa.py.
_ONLY_KNOWN = _words("도 하고 대로 같이")
_UNITS = _words("도 만 가 과 로")

_PARTICLES: dict[str, Particle | None] = dict.fromkeys(_SURE | _LIKELY | _ONLY_KNOWN)
for _particle in PARTICLES:
    _PARTICLES[_particle.after_consonant] = _PARTICLES[_particle.after_vowel] = _particle
_LONGEST = max(map(len, _PARTICLES))

# Frequent nouns that end like a particle, and productive ones: 민주주의, 국무회의, 세종대로, 고속도로, 시험결과, 물놀이; 1,445유로.
_NOUNS = _words(
    "고양이 호랑이 어린이 원숭이 젊은이 늙은이 지팡이 달팽이 멍청이 누에 오보에 정치가 만화가 전라도 경상도 강원도 경기도 충청도 "
    "황해도 평안도 함경도 제주도 여의도 울릉도 거제도 강화도"
)
_NOUN = re.compile("[가-힣]{2}[주회]의$|[가-힣](대로|도로|학과|결과|성과|쟁이|둥이|놀이|풀이|살이)$|[0-9]유로$")
