"""Which form of a particle follows a word: 사과를 but 수박을, 서울로 but 부산으로, KBS를 but SBS와.

The form depends on how the word is *read*: whether its last syllable ends in a vowel, in ㄹ or in another consonant.
- Hangul: read off the syllable; a lone letter by its name (ㅋ 키읔, ㅏ 아).
- Digits: Sino-Korean (10 십, 1,000 천, 10,000 만, 10^8 억, 10^12 조 …); decimals and leading zeros digit by digit.
- Latin: two or more trailing capitals, or a letter alone, by the name of the last letter (L 엘, R 알, S 에스);
  other words by their usual transcription: -l, -le ㄹ; -m, -n, -ng (a mute e after them too) and -p, -t, -k, -c, -b
  after one short vowel (map 맵, web 웹, book 북) a consonant; all others a vowel (code 코드, Spark 스파크).
- A few symbols are read (% 퍼센트, ℃ 도, + 플러스, # 샵).
Closing quotes, title brackets, spaces and sentence marks are skipped, and so is a parenthesis after a word:
홍길동(洪吉童)은. Rules of the National Institute of Korean Language; what cannot be read (hanja, emoji) gives the
double form 을(를). The last 64 characters are looked at.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from malmoi.text.nfc import nfc
from malmoi.text.unicode import FULLWIDTH_TO_ASCII, is_hangul_syllable

Ending = Literal["vowel", "rieul", "consonant"]


@dataclass(frozen=True)
class Particle:
    """The two forms of one particle; `rieul_as_vowel` when ㄹ takes the second one (로)."""

    after_consonant: str
    after_vowel: str

    @property
    def rieul_as_vowel(self) -> bool:
        return self.after_consonant.startswith("으로")

    @property
    def both(self) -> str:
        """The written form when the reading is unknown: 을(를), (으)로."""
        if self.after_consonant.endswith(self.after_vowel):
            return f"({self.after_consonant.removesuffix(self.after_vowel)}){self.after_vowel}"
        return f"{self.after_consonant}({self.after_vowel})"

    def after(self, ending: Ending | None) -> str:
        """Return the form after a word that ends so; the double form after None."""
        if ending is None:
            return self.both
        as_vowel = ending == "vowel" or (ending == "rieul" and self.rieul_as_vowel)
        return self.after_vowel if as_vowel else self.after_consonant


_PAIRS = """
    을/를 이/가 은/는 과/와 과는/와는 과도/와도 과의/와의 아/야 이여/여 이시여/시여 이나/나 이나마/나마
    이라/라 이라도/라도 이라면/라면 이라서/라서 이라는/라는 이라고/라고 이란/란 이랑/랑 이며/며 이고/고 이니/니 이자/자
    이든/든 이든지/든지 이든가/든가 이야/야 이야말로/야말로 이다/다 이에요/예요 이었다/였다 이면/면
    으로/로 으로는/로는 으로도/로도 으로만/로만 으로의/로의 으로서/로서 으로써/로써 으로부터/로부터
"""
PARTICLES = tuple(Particle(*pair.split("/")) for pair in _PAIRS.split())


def select(word: str, particle: str) -> str:
    """Return the form of `particle` after `word`; `particle` is any form of it: 을/를, 을, 를, 을(를).

    야 alone means 아/야. `ValueError` for a particle without two forms.

    >>> [select(word, "으로/로") for word in ("부산", "서울", "제주", "3", "KBS")]
    ['으로', '로', '로', '으로', '로']
    """
    known = _FORMS.get(particle)
    if known is None:
        raise ValueError(f"not a particle with two forms: {particle!r}")
    return known.after(ending(word))


def attach(word: str, particle: str) -> str:
    """Return `word` with the right form of `particle` behind it.

    So messages join a value and its particle, whatever the value is: quoted, bracketed, a number, a file, a setting.

    >>> attach("말모이", "은/는"), attach("《태백산맥》", "을/를"), attach("100", "이/가"), attach("Apple", "으로")
    ('말모이는', '《태백산맥》을', '100이', 'Apple로')
    >>> attach("'B-LC'", "으로"), attach("0", "으로"), attach("meta.json", "과/와"), attach("<mask>", "이/가")
    ("'B-LC'로", '0으로', 'meta.json과', '<mask>가')
    """
    return word + select(word, particle)


def ending(word: str) -> Ending | None:
    """Return how the reading of `word` ends, None when it cannot be told (empty, hanja, emoji).

    >>> ending("물"), ending("1조"), ending("홍길동(洪吉童)"), ending("😀")
    ('rieul', 'vowel', 'consonant', None)
    """
    spoken = _spoken(nfc(word[-_LOOK_BACK:]).translate(FULLWIDTH_TO_ASCII))
    if not spoken:
        return None
    last = spoken[-1]
    if is_hangul_syllable(last):
        final = (ord(last) - 0xAC00) % 28
        return "vowel" if final == 0 else "rieul" if final == 8 else "consonant"
    if last in _DIGITS:
        return _number_ending(spoken)
    if "ㄱ" <= last <= "ㅎ":
        return "rieul" if last == "ㄹ" else "consonant"
    if "ㅏ" <= last <= "ㅣ":
        return "vowel"
    return _SYMBOLS.get(last) or _latin_ending(spoken)


_LOOK_BACK = 64
_DIGITS = "0123456789"
_SYMBOLS: dict[str, Ending] = {"%": "vowel", "℃": "vowel", "°": "vowel", "+": "vowel", "&": "vowel", "#": "consonant"}
_SKIPPED = " \t\n\r'\"’”」』》〉】〕`*_.,!?…~·:;"
_OPENING, _CLOSING = "([{<", ")]}>"

_FORMS: dict[str, Particle] = {}
for _particle in PARTICLES:
    _a, _b = _particle.after_consonant, _particle.after_vowel
    for _form in (f"{_a}/{_b}", f"{_b}/{_a}", f"{_a}({_b})", f"{_b}({_a})", _particle.both, _a, _b):
        _FORMS.setdefault(_form, _particle)


def _spoken(word: str) -> str:
    """Return `word` without the characters at its end that are not read."""
    while word := word.rstrip(_SKIPPED):
        if word[-1] not in _CLOSING:
            break
        before = _before_bracket(word).rstrip(_SKIPPED)
        word = before or word[:-1]  # a word wholly in brackets is read
    return word


def _before_bracket(word: str) -> str:
    depth = 0
    for index in range(len(word) - 1, -1, -1):
        depth += (word[index] in _CLOSING) - (word[index] in _OPENING)
        if depth == 0:
            return word[:index]
    return ""


def _number_ending(spoken: str) -> Ending | None:
    before = spoken.rstrip(_DIGITS + ",")
    digits = spoken[len(before) :].replace(",", "")
    zeros = len(digits) - len(digits.rstrip("0"))
    if zeros == 0:
        return "vowel" if digits[-1] in "2459" else "rieul" if digits[-1] in "178" else "consonant"
    if before.endswith(".") or digits[0] == "0":
        return "consonant"  # read digit by digit: 영, 공
    # 십 백 천, then by powers of 10,000: 만 억 조 경 해
    powers: tuple[Ending, ...] = ("consonant", "consonant", "consonant", "vowel", "consonant", "vowel")
    return powers[zeros // 4] if zeros // 4 < len(powers) else None


def _latin_ending(spoken: str) -> Ending | None:
    plain = "".join(unicodedata.normalize("NFD", char)[0] for char in spoken)  # é → e
    letters = _LETTERS.search(plain)
    if letters is None:
        return None
    word = letters[0]
    if len(word) == 1 or word[-2:].isupper():
        last = word[-1].upper()
        return "rieul" if last in "LR" else "consonant" if last in "MN" else "vowel"
    word = word.lower()
    if _RIEUL.search(word):
        return "rieul"
    return "consonant" if _CONSONANT.search(word) else "vowel"


_LETTERS = re.compile("[A-Za-z]+$")
_RIEUL = re.compile("le?$")
_CONSONANT = re.compile("([mn]|ng|[aeiou][mn]e|(^|[^aeiou])[aeiouy](p|pp|t|k|ck|c|b)|ook)$")
