"""When two examples hold the same text: to the letter, or but for case, spacing, punctuation and drawn-out letters.

>>> near_text("재밌어요~~ ㅋㅋㅋㅋ!!") == near_text("재밌 어요ㅋㅋㅋ")
True
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from malmoi.data.examples import Example
from malmoi.text.nfc import nfc

TextKey = tuple[str, str | None, str]
KeyOf = Callable[[Example], TextKey]

_REPEATED = re.compile(r"(\D)\1{2,}")
# ASCII, general, CJK and full-width punctuation, and the marks people write smileys and swung endings with
_MARK = "[!-/:-@\\[-`{-~\u00a1\u00a7\u00ab\u00b6\u00b7\u00bb\u00bf\u2010-\u2027\u2030-\u205e\u3001-\u3003\u3008-\u3011\u3014-\u301f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]"
_MARKS = re.compile(rf"(?<!\d){_MARK}|{_MARK}(?!\d)")  # 3.5 is not 35


def exact_key(example: Example) -> TextKey:
    """Return text and pair as they stand, and what of them is asked about."""
    return example.text, example.pair, example.about


def near_key(example: Example) -> TextKey:
    """Return text and pair as `near_text` makes them, and what of them is asked about."""
    pair = None if example.pair is None else near_text(example.pair)
    return near_text(example.text), pair, near_text(example.about)


def near_text(text: str) -> str:
    """Return what nearly equal texts have in common: NFC, no case, spaces or punctuation, three or more of a letter as two.

    Digits and other symbols (♥, 👍) stay as they are; so does the punctuation of a text that holds nothing else.

    >>> near_text("  3.5점... 와아아아아! "), near_text("ㅠㅠㅠ?"), near_text("...")
    ('3.5점와아아', 'ㅠㅠ', '..')
    """
    plain = "".join(nfc(text).casefold().split())
    return shorten_repeats(_MARKS.sub("", plain) or plain)


def shorten_repeats(text: str) -> str:
    """Return `text` with three or more of one character, digits excepted, as two.

    >>> shorten_repeats("ㅋㅋㅋㅋㅋ 1000원")
    'ㅋㅋ 1000원'
    """
    return _REPEATED.sub(r"\1\1", text)


def groups_of_copies(examples: Iterable[Example], key: KeyOf) -> list[list[int]]:
    """Return the 0-based positions of each text that stands more than once, in order of first appearance."""
    first: dict[TextKey, int] = {}
    groups: dict[TextKey, list[int]] = {}
    for i, example in enumerate(examples):
        name = key(example)
        if first.setdefault(name, i) != i:
            groups.setdefault(name, [first[name]]).append(i)
    return sorted(groups.values())


def row_of(example: Example, position: int) -> int:
    """Return the physical line of an example, or its 1-based position when it came from memory."""
    return example.row or position + 1
