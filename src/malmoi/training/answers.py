"""What a finished run answered on dev: one compressed file of its folder, so that a repeated call can say all it said.

`answers.jsonl.gz` holds the name of the predictions' class, then every prediction as a line of JSON.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from malmoi.config import from_dict, to_dict
from malmoi.data import predictions as classes
from malmoi.errors import ConfigError
from malmoi.io import atomic_path

ANSWERS_FILE = "answers.jsonl.gz"


def write_answers(folder: Path, predictions: Sequence[Any]) -> None:
    """Write `answers.jsonl.gz`; the predictions are of one class."""
    (kind,) = {type(prediction).__name__ for prediction in predictions}
    rows = [kind, *map(to_dict, predictions)]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    with atomic_path(folder / ANSWERS_FILE) as temporary:
        temporary.write_bytes(gzip.compress(lines.encode("utf-8"), mtime=0))


def read_answers(folder: Path) -> list[Any] | None:
    """Return what `write_answers` wrote; None without the file (a run of an older malmoi) or when it is damaged."""
    try:
        content = gzip.decompress((folder / ANSWERS_FILE).read_bytes()).decode("utf-8")
        kind, *rows = map(json.loads, content.removesuffix("\n").split("\n"))
        return [from_dict(getattr(classes, kind), row) for row in rows]
    except (OSError, EOFError, ValueError, TypeError, AttributeError, ConfigError, gzip.zlib.error):  # type: ignore[attr-defined]
        return None
