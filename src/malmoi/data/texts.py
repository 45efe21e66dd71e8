"""Raw texts for tokenizers and pretraining: text files of any size, tables, corpora by name, read as a stream.

A text file is one document a line, or a paragraph between blank lines; of anything else every text of a row is one.
Each document says where reading goes on behind it, so that a build that was killed resumes there.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from malmoi.data.columns import Columns
from malmoi.data.corpora import named_corpus
from malmoi.data.corpora.plain import find_plain_corpus
from malmoi.data.encoding import MAX_LINE, detect_encoding
from malmoi.data.examples import Dataset
from malmoi.data.readers import InputRows, count_rows
from malmoi.data.sources import open_source
from malmoi.errors import DataError
from malmoi.io import sha256
from malmoi.messages import say

if TYPE_CHECKING:
    from malmoi.tokenization.trainers import Watch

DocumentRule = Literal["line", "paragraph"]
_BYTE_LINES = ("utf-8", "utf-8-sig", "cp949")  # a line break is the one byte \n in them, and that byte nothing else


@dataclass(frozen=True, slots=True)
class Document:
    """A text and the place behind it: bytes of a text file, texts of anything else."""

    text: str
    end: int


@dataclass(frozen=True)
class TextSource:
    """A named stream of documents: `read(start)` goes on behind a document whose `end` was `start`.

    `size` is about the `end` of the last one; `path` is the file, None for the texts of a corpus; `how` says how it is read.
    """

    name: str
    size: int
    read: Callable[[int], Iterator[Document]]
    path: Path | None = None
    how: str = "text"
    notes: tuple[str, ...] = ()

    def sha256(self) -> str:
        """Return what identifies the documents: the hash of the file and of how it is read, else of the texts themselves."""
        digest = hashlib.sha256(self.how.encode())
        if self.path is not None:
            digest.update(sha256(self.path).encode())
        else:
            for document in self.read(0):
                digest.update(f"{len(document.text)} {document.text}".encode("utf-8", "surrogatepass"))
        return digest.hexdigest()


def open_texts(data: str, rule: DocumentRule = "line", columns: Columns = Columns()) -> TextSource:  # noqa: B008 (frozen)
    """Return the texts of a file, a plain corpus (`nsmc-reviews`) or the training part of a corpus (`nsmc`, `nsmc:dev`).

    A file is told by its content as everywhere: lines of text, or a table whose text column is found or named. Raises
    `DataError` for a file that is missing, empty, binary or undecodable, before anything is read.

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "글.txt"
    >>> _ = path.write_text("책을 봤다\\n\\n영화도 봤다\\n", encoding="utf-8")
    >>> list(open_texts(str(path)).read(0))
    [Document(text='책을 봤다', end=14), Document(text='영화도 봤다', end=32)]
    """
    if not Path(data).is_file():
        if plain := find_plain_corpus(data):
            return _lines(plain.name, plain.locate(), "utf-8", rule)
        if found := named_corpus(data):
            corpus, split = found
            return _examples(data, corpus.load(split or corpus.splits[0]))
    path = Path(data)
    source = open_source(path, columns, labelled=False, skip_bad=None)
    if source.kind == "txt" and (encoding := detect_encoding(path).name) in _BYTE_LINES:
        return _lines(data, path, encoding, rule, source.notes)
    rows = InputRows(source)

    def read(start: int) -> Iterator[Document]:
        return _numbered((row.text, row.pair) for row in rows)(start)

    return TextSource(data, count_rows(path), read, path, f"{source.roles.text},{source.roles.pair}", rows.notes)


def stream_texts(sources: Sequence[TextSource], watch: Watch, limit: int | None = None) -> Iterator[str]:
    """Yield the texts of all sources, at most `limit`; `watch` sees how far each has been read."""
    left = itertools.count() if limit is None else range(limit)
    numbers = iter(left)
    for source in sources:
        with watch(source.name, source.size) as advance:
            place = 0
            for document in source.read(0):
                if next(numbers, None) is None:
                    return
                advance(document.end - place)
                place = document.end
                yield document.text


def _lines(name: str, path: Path, encoding: str, rule: DocumentRule, notes: tuple[str, ...] = ()) -> TextSource:
    def read(start: int) -> Iterator[Document]:
        lines = _physical_lines(path, encoding, start)
        return _paragraphs(lines) if rule == "paragraph" else (line for line in lines if line.text.strip())

    return TextSource(name, path.stat().st_size, read, path, rule, notes)


def _physical_lines(path: Path, encoding: str, start: int) -> Iterator[Document]:
    """Yield every line from a byte on, without its end."""
    end = start
    with open(path, "rb") as file:
        file.seek(start)
        while line := file.readline(MAX_LINE):
            end += len(line)
            if len(line) == MAX_LINE:
                raise DataError(
                    say(
                        f"{path}, 바이트 위치 {end - len(line):,}: 한 줄이 {MAX_LINE:,} 바이트를 넘습니다. 줄을 나눠 주세요.",
                        f"{path}, byte {end - len(line):,}: a line of over {MAX_LINE:,} bytes. Break it into lines.",
                    )
                )
            text = line.decode("utf-8" if encoding == "utf-8-sig" else encoding).rstrip("\r\n")
            yield Document(text.removeprefix("\ufeff") if end == len(line) else text, end)


def _paragraphs(lines: Iterator[Document]) -> Iterator[Document]:
    found: list[str] = []
    end = 0
    for line in lines:
        if not line.text.strip() and found:
            yield Document("\n".join(found), line.end)
            found = []
        elif line.text.strip():
            found.append(line.text)
        end = line.end
    if found:
        yield Document("\n".join(found), end)


def _examples(name: str, dataset: Dataset) -> TextSource:
    texts = [(example.text, example.pair) for example in dataset]
    size = sum(1 + (pair is not None) for _, pair in texts)
    return TextSource(name, size, _numbered(texts), notes=dataset.notes)


def _numbered(rows: Iterable[tuple[str, str | None]]) -> Callable[[int], Iterator[Document]]:
    """Return what reads the texts of rows from a number on; blank ones are passed over."""

    def read(start: int) -> Iterator[Document]:
        texts = (text for row in rows for text in row if text is not None)
        for number, text in enumerate(texts, 1):
            if number > start and text.strip():
                yield Document(text, number)

    return read
