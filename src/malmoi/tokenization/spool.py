"""Texts on disk between two passes, so that a corpus of any size is read, cleaned and analysed once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from malmoi.io import disk_errors

_NEW_LINE = "\x1e"  # a control character, which the normaliser leaves in no text


class Spool:
    """A temporary file of texts, one a line; `len` counts them, iterating reads them again from the start.

    >>> with Spool() as spool:
    ...     spool.write("책을\\n봤다")
    ...     list(spool)
    ['책을\\n봤다']
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n")  # noqa: SIM115 (closed on exit)
        self._num_texts = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return self._num_texts

    def __iter__(self) -> Iterator[str]:
        self._file.seek(0)
        for line in self._file:
            yield line[:-1].replace(_NEW_LINE, "\n")

    def write(self, text: str) -> None:
        """Add a text; a full disk is a `DiskError` that names the folder of temporary files."""
        with disk_errors(Path(tempfile.gettempdir()), "TMPDIR"):
            self._file.write(text.replace("\n", _NEW_LINE) + "\n")
        self._num_texts += 1
