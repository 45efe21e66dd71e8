"""Corpus files from their public address: resumed where they stopped, checked, never half a file under the right name.

A file grows as `ratings_test.txt.part` beside its place and gets its name only when its git blob id is the published one:
the address need not be trusted, and what was interrupted goes on from its last byte.
"""

from __future__ import annotations

import http.client
import os
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from malmoi.data.corpora import find_corpus
from malmoi.data.corpora.catalog import CorpusFile
from malmoi.errors import DataError
from malmoi.io import disk_errors, git_blob_id, sync
from malmoi.messages import say

BLOCK = 1 << 16  # bytes
TIMEOUT = 30.0  # seconds without an answer
MAX_ATTEMPTS = 5  # connections for one file, as long as each brings something
_NETWORK_ERRORS = (
    urllib.error.URLError,
    http.client.HTTPException,
    ConnectionError,
    TimeoutError,
    ssl.SSLError,
)


class Unreachable(DataError):
    """No connection could be made, or it broke: what is left must be fetched later or by hand."""


@dataclass(frozen=True, slots=True)
class Transferred:
    """Bytes of a file that are here, and all its bytes (None when the server does not say)."""

    done: int
    total: int | None


def files_to_fetch(names: Sequence[str]) -> list[CorpusFile]:
    """Return the files of corpora (`nsmc`) and splits (`nsmc:test`), each once; `DataError` for an unknown name."""
    files: dict[str, CorpusFile] = {}
    for name in names:
        corpus_name, _, split = name.partition(":")
        corpus = find_corpus(corpus_name)
        for file in corpus.files_of(split) if split else corpus.files:
            files[file.path] = file
    return list(files.values())


def is_whole(file: CorpusFile) -> bool:
    """Whether the file is in its place and is the published one."""
    return file.is_here and git_blob_id(file.local_path) == file.blob_id


def fetch_file(file: CorpusFile, *, replace: bool = False) -> Iterator[Transferred]:
    """Fetch a file to its place, yielding after every block; nothing is done when it is there already.

    Another file in its place stays unless `replace`. Raises `Unreachable` without a network (what came stays for the next
    time), `DataError` when the server has no such file or another content, `DiskError` when it cannot be written.
    """
    if is_whole(file):
        return
    path = file.local_path
    if path.exists() and not replace:
        raise DataError(
            say(
                f"{path}: 공개된 원본과 다른 파일이 이미 있어 그대로 두었습니다. 덮어쓰려면 --replace 를 붙이세요.",
                f"{path}: another file is in this place and was left alone. To overwrite it, add --replace.",
            )
        )
    part = path.with_name(f"{path.name}.part")
    with disk_errors(path, "MALMOI_DATA"):
        yield from _download(file.url, part)
        _accept(file, part)


def by_hand(files: Sequence[CorpusFile]) -> str:
    """Return what to fetch from where to which place, for a machine without a network."""
    listed = "".join(f"\n  {file.url}\n    → {file.local_path}" for file in files)
    return say(
        f"네트워크가 되는 컴퓨터에서 아래 파일을 받아 그 자리에 두세요 (폴더는 MALMOI_DATA 로 바꿀 수 있음):{listed}",
        f"On a computer with a network get these files, and put them there (MALMOI_DATA chooses another folder):{listed}",
    )


def _download(url: str, part: Path) -> Iterator[Transferred]:
    """Fetch `url` into `part`, connecting anew while that brings something."""
    for attempt in range(1, MAX_ATTEMPTS + 1):
        before = _size(part)
        try:
            yield from _transfer(url, part)
            return
        except urllib.error.HTTPError as error:
            error.close()
            raise DataError(_refused(url, error)) from error
        except _NETWORK_ERRORS as error:
            if _size(part) <= before or attempt == MAX_ATTEMPTS:
                raise Unreachable(_unreachable(url, error, part)) from error


def _transfer(url: str, part: Path) -> Iterator[Transferred]:
    """Add to `part` what one connection gives, from its end on where the server can."""
    done = _size(part)
    headers = {"User-Agent": "malmoi", "Accept-Encoding": "identity"}
    if done:
        headers["Range"] = f"bytes={done}-"
    try:
        response = urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        if done and error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            error.close()
            return  # nothing is left to fetch
        raise
    with response:
        resumed = response.status == http.HTTPStatus.PARTIAL_CONTENT
        done = done if resumed else 0
        length = response.headers["Content-Length"]
        total = None if length is None else done + int(length)
        part.parent.mkdir(parents=True, exist_ok=True)
        with open(part, "ab" if resumed else "wb") as out:
            while block := response.read(BLOCK):
                out.write(block)
                done += len(block)
                yield Transferred(done, total)
    if total is not None and done < total:
        raise ConnectionError(say(f"{total:,}바이트 중 {done:,}에서 끊김", f"broke at {done:,} of {total:,} bytes"))


def _accept(file: CorpusFile, part: Path) -> None:
    """Give the fetched file its name, or take it away when it is not the published one."""
    found = git_blob_id(part)
    if found != file.blob_id:
        part.unlink()
        raise DataError(
            say(
                f"{file.url}: 받은 내용이 공개된 원본과 달라 지웠습니다 (git blob {found}, 원본은 {file.blob_id}). "
                "로그인 화면을 보여 주는 네트워크가 아닌지 확인하고 다시 실행하세요.",
                f"{file.url}: what came is not the published file and was removed (git blob {found}, expected {file.blob_id}). "
                "Check that no login page answers for the network, and run again.",
            )
        )
    sync(part)
    os.replace(part, file.local_path)
    sync(file.local_path.parent)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _refused(url: str, error: urllib.error.HTTPError) -> str:
    answer = f"{error.code} {error.reason}"
    return say(
        f"{url}: 서버가 파일을 주지 않습니다 ({answer}). 주소를 브라우저로 열어 보거나 나중에 다시 실행하세요.",
        f"{url}: the server does not give the file ({answer}). Open the address in a browser, or run again later.",
    )


def _unreachable(url: str, error: Exception, part: Path) -> str:
    reason = getattr(error, "reason", None) or error or type(error).__name__
    kept = _size(part)
    ko, en = (
        (f" 받은 {kept:,}바이트부터 이어집니다.", f" It goes on from the {kept:,} bytes here.") if kept else ("", "")
    )
    return say(
        f"{url}: 네트워크 연결이 안 됩니다 ({reason}). 연결을 확인하고 같은 명령을 다시 실행하세요.{ko}",
        f"{url}: the network cannot be reached ({reason}). Check it, and repeat the same command.{en}",
    )
