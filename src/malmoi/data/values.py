"""One cell's value as text, as a label, as several labels or as a score.

Real instances: KorSTS's `3.800` (a score), K-MHaS's `1,3` (two labels), a JSON list `["기쁨", "놀람"]`.
"""

from __future__ import annotations

import decimal
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from malmoi.data.tables import shorten
from malmoi.messages import say
from malmoi.text.nfc import nfc

SEPARATORS = ("|", ",", ";")
NOT_TEXT = re.compile("[\0\ud800-\udfff]")
_MISSING_TYPES = ("NAType", "NaTType")  # pandas, which is never imported here


class BadCell(Exception):
    """A cell that cannot be used; caught by the reader that knows row and column."""

    def __init__(self, problem: str, column: str | None = None) -> None:
        super().__init__(problem)
        self.column = column


def as_string(value: Any) -> str:
    """Return a JSON, Parquet or Python value as a cell: "" for missing ones, "1" for 1 and 1.0, "true" for True."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if getattr(value, "ndim", None) == 0:  # a numpy scalar
        value = value.item()
    if type(value).__name__ in _MISSING_TYPES:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, (int, str, decimal.Decimal)):
        return str(value)
    raise BadCell(say("글이나 수가 아닙니다", "neither text nor a number") + f": {shorten(value)}")


def json_value(value: Any) -> Any:
    """Return a value that JSON has: Parquet also knows dates, tuples and NaN.

    >>> import datetime
    >>> json_value({"날짜": datetime.date(2024, 10, 9), "수": [1.5, float("nan")]})
    {'날짜': '2024-10-09', '수': [1.5, None]}
    """
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {str(key): json_value(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_value(inner) for inner in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def as_text(value: Any) -> str:
    """Return a value as text that any file can hold; raise `BadCell` for NUL characters and lone surrogates."""
    text = value if isinstance(value, str) else as_string(value)
    if found := NOT_TEXT.search(text):
        raise BadCell(_not_text(found[0], text))
    return text


def tidy_label(label: str) -> str:
    """Return a label as it is compared and stored: in NFC, single spaces between words and none around.

    >>> tidy_label(" 아주  좋음 "), len(tidy_label("\u1112\u1161\u11ab"))
    ('아주 좋음', 1)
    """
    return " ".join(nfc(label).split())


def as_labels(
    value: Any, separator: str | None, none: str | None = None, tidy: Callable[[str], str] = tidy_label
) -> tuple[str, ...]:
    """Return the distinct labels of a cell, made `tidy` and in order; an empty cell, and the label `none`, mean no label.

    >>> as_labels("욕설, 비하", ","), as_labels(["비하", "욕설"], None), as_labels("8", ",", none="8")
    (('욕설', '비하'), ('비하', '욕설'), ())
    """
    labels = tuple(dict.fromkeys(label for item in _items(value, separator) if (label := tidy(as_text(item)))))
    if none is None or none not in labels:
        return labels
    if len(labels) > 1:
        raise BadCell(
            say(f"'{none}'(라벨 없음)이 다른 라벨과 함께 있습니다", f"'{none}' (no label) stands beside other labels")
            + f": {shorten(value)}"
        )
    return ()


def as_score(value: Any) -> float:
    """Return a cell as a finite number; raise `BadCell` for anything else.

    >>> as_score(" 3.80 "), as_score(5)
    (3.8, 5.0)
    """
    text = as_text(value).strip()
    if not text:
        raise BadCell(say("비어 있습니다", "empty"))
    try:
        score = float(text) if "_" not in text else math.nan
    except ValueError:
        score = math.nan
    if not math.isfinite(score):
        raise BadCell(say("유한한 수가 아닙니다", "not a finite number") + f": {shorten(text)}")
    return score


def find_separators(values: Iterable[Any]) -> list[str]:
    """Return those of `SEPARATORS` that stand in label cells, the one in most cells first; lists need none.

    >>> find_separators(["기쁨|놀람", "슬픔", "기쁨|화남, 짜증"])
    ['|', ',']
    """
    texts = (value for value in values if isinstance(value, str) and not _is_list_text(value))
    counts = Counter(separator for text in texts for separator in SEPARATORS if separator in text)
    return sorted(counts, key=lambda separator: (-counts[separator], SEPARATORS.index(separator)))


def _items(value: Any, separator: str | None) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return list(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=str)
    if getattr(value, "ndim", None) == 1:  # a numpy array
        return list(value.tolist())
    if isinstance(value, str) and _is_list_text(value):
        return _json_list(value)
    text = as_string(value)
    return text.split(separator) if separator else [text]


def _is_list_text(text: str) -> bool:
    text = text.strip()
    return text.startswith("[") and text.endswith("]")


def _json_list(text: str) -> list[Any]:
    try:
        return list(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise BadCell(
            say('JSON 목록이 아닙니다 (["가", "나"] 꼴이어야 합니다)', 'not a JSON list (such as ["a", "b"])')
            + f": {shorten(text)}"
        ) from error


def _not_text(character: str, value: str) -> str:
    if character == "\0":
        return say("NUL 문자가 있습니다", "holds a NUL character") + f": {shorten(value)}"
    if "\udc80" <= character <= "\udcff":
        return say("UTF-8 이 아닌 바이트가 있습니다", "holds bytes that are not UTF-8") + f": {shorten(value)}"
    return say("짝이 없는 서로게이트 문자가 있습니다", "holds a lone surrogate") + f": {json.dumps(value)[:40]}"
