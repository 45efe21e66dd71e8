"""From bytes to text: is this a text file, and in which encoding? Decided by content, in one pass of constant memory.

>>> import pathlib, tempfile
>>> path = pathlib.Path(tempfile.mkdtemp()) / "리뷰.txt"
>>> _ = path.write_bytes("정말 재밌어요".encode("cp949"))
>>> detect_encoding(path).name
'cp949'
"""

from __future__ import annotations

import codecs
import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from malmoi.errors import DataError
from malmoi.messages import say
from malmoi.text.josa import attach

BLOCK = 1 << 18
MAX_LINE = 1 << 26  # characters; a longer "line" is a file of another kind
_BOMS = (  # the longer UTF-32 mark starts with the UTF-16 one
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HANGUL = re.compile("[가-힣]")


@dataclass(frozen=True, slots=True)
class BadByte:
    """The first byte that is not text: its 0-based `offset`, 1-based physical `line`, and what is wrong with it."""

    offset: int
    line: int
    problem: str


@dataclass(frozen=True, slots=True)
class TextEncoding:
    """A text file's encoding; `bad` is None when all of it decodes, `has_quotes` False when no `"` is in it."""

    name: str
    bad: BadByte | None
    has_quotes: bool

    @property
    def can_skip(self) -> bool:
        """Whether rows with undecodable bytes can be told from the others: only where a line end is always one byte."""
        return self.name in ("utf-8", "utf-8-sig")

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user is told: nothing for plain UTF-8."""
        if self.name == "utf-8":
            return ()
        return (say(f"인코딩 {attach(self.name, '으로/로')} 읽었습니다.", f"read as {self.name}."),)


def detect_encoding(path: Path) -> TextEncoding:
    """Return the encoding of a non-empty text file: a BOM decides, else UTF-8, else cp949.

    Raises `DataError` when the file is no text at all (a workbook, an image, an archive). A text with some
    undecodable bytes is returned with `bad` set; the caller decides whether that is an error (`bad_byte_error`).
    """
    check_is_data_file(path)
    with open(path, "rb") as file:
        head = file.read(4096)
    if kind := binary_kind(head):
        raise DataError(f"{path}: {kind}")
    for mark, name in _BOMS:
        if head.startswith(mark):
            return TextEncoding(name, _first_bad_byte(path, name), True)
    if _is_bare_utf16(head):
        reason_ko, reason_en = (
            "BOM 없는 UTF-16 으로 보입니다 (NUL 바이트)",
            "looks like UTF-16 without a BOM (NUL bytes)",
        )
        raise DataError(
            say(
                f"{path}, 1번째 줄: {reason_ko}. 파일을 UTF-8로 저장해 주세요.",
                f"{path}, line 1: {reason_en}. Save the file as UTF-8.",
            )
        )
    has_quotes = _contains(path, b'"')
    bad = _first_bad_byte(path, "utf-8")
    if bad is None:
        return TextEncoding("utf-8", None, has_quotes)
    if not _is_mostly_utf8(path, bad.offset) and _first_bad_byte(path, "cp949") is None:
        return TextEncoding("cp949", None, has_quotes)
    return TextEncoding("utf-8", bad, has_quotes)


def bad_byte_error(path: Path, encoding: TextEncoding, *, may_skip: bool = True) -> DataError:
    """Return the error for a file that does not decode; `may_skip` says that the reader can leave rows out."""
    bad = encoding.bad
    assert bad is not None
    skip_ko, skip_en = "", ""
    if may_skip and encoding.can_skip:
        skip_ko, skip_en = (
            " --skip-bad 로 그런 행을 빼고 읽을 수도 있습니다.",
            " Or leave such rows out with --skip-bad.",
        )
    return DataError(
        say(
            f"{path}, {bad.line}번째 줄 (바이트 위치 {bad.offset}): {bad.problem}. 파일을 UTF-8로 다시 저장하세요.{skip_ko}",
            f"{path}, line {bad.line} (byte offset {bad.offset}): {bad.problem}. Save the file as UTF-8 again.{skip_en}",
        )
    )


def open_text(path: Path, encoding: TextEncoding) -> TextIO:
    """Open for reading with line ends untouched; undecodable bytes become lone surrogates, which rows are checked for."""
    return open(path, encoding=encoding.name, errors="surrogateescape", newline="")


def text_lines(file: TextIO, path: Path) -> Iterator[str]:
    """Yield physical lines with their ends; raise `DataError` for one beyond `MAX_LINE` characters."""
    number = 0
    while line := file.readline(MAX_LINE):
        number += 1
        if len(line) == MAX_LINE:
            raise DataError(
                say(
                    f"{path}, {number}번째 줄: 한 줄이 {MAX_LINE:,}자를 넘습니다. 한 줄에 한 건인 파일(JSONL, CSV)로 바꿔 주세요.",
                    f"{path}, line {number}: one line of over {MAX_LINE:,} characters. Convert it to one record a line (JSONL, CSV).",
                )
            )
        yield line


def check_is_data_file(path: Path) -> None:
    """Raise `DataError` for a missing, empty or unreadable file and for a folder, naming the nearest file."""
    if path.is_dir():
        inside = ", ".join(sorted(p.name for p in path.iterdir() if p.is_file())[:5])
        raise DataError(
            say(
                f"{path}: 파일이 아니라 폴더입니다. 안의 파일을 지정하세요: {inside or '(파일 없음)'}",
                f"{path} is a folder. Name a file in it: {inside or '(none)'}",
            )
        )
    if not path.is_file():
        raise DataError(_missing_file(path))
    try:
        with open(path, "rb") as file:
            first = file.read(1)
    except OSError as error:
        raise DataError(
            say(f"{path} 파일을 읽을 수 없습니다: {error.strerror}", f"cannot read {path}: {error.strerror}")
        ) from error
    if not first:
        raise DataError(say(f"{path}: 빈 파일입니다 (0 바이트).", f"{path}: the file is empty (0 bytes)."))


def binary_kind(head: bytes) -> str | None:
    """Return what a file's first bytes say it is and the fix, None for what may be text (Parquet is not asked here)."""
    if head.startswith(b"PK\x03\x04"):
        if b"[Content_Types].xml" in head or b"xl/" in head:
            return _workbook()
        return _is_a("ZIP 압축 파일", "a ZIP archive", "풀어서", "Unpack it")
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return _workbook()
    for magic, ko, en in (
        (b"\x1f\x8b", "gzip 압축 파일", "a gzip archive"),
        (b"BZh", "bzip2 압축 파일", "a bzip2 archive"),
        (b"\xfd7zXZ", "xz 압축 파일", "an xz archive"),
        (b"7z\xbc\xaf", "7z 압축 파일", "a 7z archive"),
        (b"\x28\xb5\x2f\xfd", "zstd 압축 파일", "a zstd archive"),
    ):
        if head.startswith(magic):
            return _is_a(ko, en, "풀어서", "Unpack it")
    for magic, ko, en in (
        (b"\x89PNG", "PNG 그림", "a PNG image"),
        (b"\xff\xd8\xff", "JPEG 그림", "a JPEG image"),
        (b"GIF8", "GIF 그림", "a GIF image"),
        (b"%PDF", "PDF 문서", "a PDF document"),
        (b"SQLite format 3", "SQLite 데이터베이스", "an SQLite database"),
        (b"\x93NUMPY", "NumPy 배열", "a NumPy array"),
        (b"\x89HDF", "HDF5 파일", "an HDF5 file"),
        (b"ARROW1", "Arrow/Feather 파일", "an Arrow/Feather file"),
    ):
        if head.startswith(magic):
            return _is_a(ko, en, "내용을 내보내", "Export its content")
    if re.match(rb"\x80[\x02-\x05]", head):
        return _is_a("pickle 파일(열지 않습니다)", "a pickle (never opened)", "내용을 내보내", "Export its content")
    return None


def _is_bare_utf16(head: bytes) -> bool:
    """Whether NUL bytes, as the halves of ASCII characters, stand mostly at odd or mostly at even offsets."""
    odd, even = head[1::2].count(0), head[0::2].count(0)
    return max(odd, even) >= max(4, len(head) // 20) and 4 * min(odd, even) <= max(odd, even)


def _workbook() -> str:
    return say(
        "엑셀 통합 문서로 보입니다. 엑셀에서 '다른 이름으로 저장 → CSV UTF-8'로 저장해 주세요.",
        "looks like an Excel workbook. Save it as 'CSV UTF-8' from Excel.",
    )


def _is_a(ko: str, en: str, do_ko: str, do_en: str) -> str:
    return say(
        f"텍스트가 아니라 {ko}로 보입니다. {do_ko} CSV, TSV, JSONL, Parquet 로 주세요.",
        f"is not text but looks like {en}. {do_en} and give CSV, TSV, JSONL or Parquet.",
    )


def _missing_file(path: Path) -> str:
    if not path.parent.is_dir():
        return say(f"{path}: {path.parent} 폴더가 없습니다.", f"{path}: there is no folder {path.parent}.")
    files = {p.stem: p.name for p in path.parent.iterdir() if p.is_file()}
    near = [files[stem] for stem in difflib.get_close_matches(path.stem, files, n=1, cutoff=0.6)]
    is_bare = len(path.parts) == 1 and not path.suffix  # it may be meant for a corpus
    close = (_nearest_corpus(path.name) if is_bare else []) or near
    hint_ko, hint_en = (f" 혹시 '{close[0]}' 인가요?", f" Did you mean '{close[0]}'?") if close else ("", "")
    if is_bare:
        return say(
            f"{path}: 그런 파일도 말뭉치도 없습니다.{hint_ko} 말뭉치 목록: malmoi data list",
            f"{path}: no such file or corpus.{hint_en} The corpora: malmoi data list",
        )
    return say(f"{path}: 파일이 없습니다.{hint_ko}", f"{path}: no such file.{hint_en}")


def _nearest_corpus(name: str) -> list[str]:
    """Return the corpus that a misspelt name, with or without a split, comes nearest to, if any does."""
    from malmoi.data.corpora import CORPORA

    wish, colon, split = name.partition(":")
    close = difflib.get_close_matches(wish.lower(), [corpus.name for corpus in CORPORA], n=1, cutoff=0.6)
    return [f"{corpus}{colon}{split}" for corpus in close]


def _blocks(path: Path) -> Iterator[bytes]:
    with open(path, "rb") as file:
        while block := file.read(BLOCK):
            yield block


def _contains(path: Path, byte: bytes) -> bool:
    return any(byte in block for block in _blocks(path))


def _first_bad_byte(path: Path, encoding: str) -> BadByte | None:
    """Return the first undecodable byte or NUL character of a file, decoded in blocks."""
    decoder = codecs.getincrementaldecoder(encoding)()
    end = num_lines = 0
    last = ""
    for block in _with_final(_blocks(path)):
        end += len(block)
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            before = error.object[: error.start].decode(encoding, "ignore")
            line = 1 + num_lines + _line_ends(last, before)
            shown = error.object[error.start : error.start + 4].hex(" ")
            problem = say(
                f"바이트 {attach(shown, '을/를')} {attach(encoding, '으로/로')} 해석할 수 없습니다",
                f"the bytes {shown} are not valid {encoding}",
            )
            return BadByte(end - len(error.object) + error.start, line, problem)
        if "\0" in text:
            before = text[: text.index("\0")]
            offset = end - len(block) + len(before.encode(encoding, "ignore"))
            problem = say("NUL 문자가 있어 텍스트가 아닙니다", "holds a NUL character, so it is not text")
            return BadByte(offset, 1 + num_lines + _line_ends(last, before), problem)
        num_lines += _line_ends(last, text)
        last = text[-1:] or last
    return None


def _with_final(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the blocks and an empty one, which makes a decoder complain about a cut-off last character."""
    yield from blocks
    yield b""


def _line_ends(last: str, text: str) -> int:
    r"""Count \n, \r\n and \r in `text`; `last` is the character before it, so that a split \r\n counts once."""
    split = 1 if last == "\r" and text.startswith("\n") else 0
    return text.count("\n") + text.count("\r") - text.count("\r\n") - split


def _is_mostly_utf8(path: Path, offset: int) -> bool:
    """Whether the bytes around a bad one are UTF-8 Korean: valid syllables outnumber undecodable bytes."""
    with open(path, "rb") as file:
        file.seek(max(0, offset - BLOCK))
        text = file.read(2 * BLOCK).decode("utf-8", "replace")
    return len(_HANGUL.findall(text)) > text.count("\ufffd")
