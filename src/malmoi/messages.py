"""Korean and English user messages, side by side at the call site.

Everything a user reads goes through `say`; the language is chosen once per process:
`--lang` > `MALMOI_LANG` > the locale (its variables; "C" says nothing) > Korean. A server answers each request in its own (`speaking`).
"""

from __future__ import annotations

import locale
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

Language = Literal["ko", "en"]

_chosen: Language | None = None
_here: ContextVar[Language | None] = ContextVar("language", default=None)


def set_language(language: str | None) -> None:
    """Choose the language of all later messages; `None` returns to the environment's choice.

    Raises `ValueError` for anything but "ko", "en" and None.
    """
    global _chosen
    if language not in ("ko", "en", None):
        raise ValueError(f"language must be 'ko' or 'en', not {language!r}")
    _chosen = language  # type: ignore[assignment]


@contextmanager
def speaking(language: Language | None) -> Iterator[None]:
    """Say everything in a language inside the block, in this thread or task only; None changes nothing.

    >>> with speaking("en"): say("파일이 없습니다", "no such file")
    'no such file'
    """
    token = _here.set(language or _here.get())
    try:
        yield
    finally:
        _here.reset(token)


def current_language() -> Language:
    """Return "ko" or "en": of the request that is being answered, else of this process."""
    if (here := _here.get()) is not None:
        return here
    if _chosen is not None:
        return _chosen
    for variable in ("MALMOI_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if wished := os.environ.get(variable):
            return "en" if wished.lower().startswith("en") else "ko"
    system = (locale.getlocale()[0] or "").lower()  # Windows names its language nowhere else
    return "en" if system.startswith("en") else "ko"


def say(ko: str, en: str) -> str:
    """Return the message in the user's language.

    >>> set_language("ko"); say("파일이 없습니다", "no such file")
    '파일이 없습니다'
    >>> set_language("en"); say("파일이 없습니다", "no such file")
    'no such file'
    >>> set_language(None)
    """
    return ko if current_language() == "ko" else en
