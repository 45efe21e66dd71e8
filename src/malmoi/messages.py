"""Korean and English user messages, side by side at the call site.

Everything a user reads goes through `say`; the language is chosen once per process:
`--lang` > `MALMOI_LANG` > the locale > Korean.
"""

from __future__ import annotations

import locale
import os
from typing import Literal

Language = Literal["ko", "en"]

_chosen: Language | None = None


def set_language(language: str | None) -> None:
    """Choose the language of all later messages; `None` returns to the environment's choice.

    Raises `ValueError` for anything but "ko", "en" and None.
    """
    global _chosen
    if language not in ("ko", "en", None):
        raise ValueError(f"language must be 'ko' or 'en', not {language!r}")
    _chosen = language


def current_language() -> Language:
    """Return "ko" or "en" for this process."""
    if _chosen is not None:
        return _chosen
    wished = os.environ.get("MALMOI_LANG", "").lower()
    if wished[:2] in ("ko", "en"):
        return "ko" if wished.startswith("ko") else "en"
    system = (locale.getlocale()[0] or "").lower()
    return "en" if system.startswith(("en", "english")) else "ko"


def say(ko: str, en: str) -> str:
    """Return the message in the user's language.

    >>> set_language("ko"); say("파일이 없습니다", "no such file")
    '파일이 없습니다'
    >>> set_language("en"); say("파일이 없습니다", "no such file")
    'no such file'
    >>> set_language(None)
    """
    return ko if current_language() == "ko" else en
