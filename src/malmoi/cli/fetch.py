"""`malmoi data fetch`: the files of a corpus from their public address to their place."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Annotated, Any

import typer

from malmoi.cli.options import JsonFile
from malmoi.cli.output import Output, progress
from malmoi.cli.texts import both
from malmoi.errors import DataError
from malmoi.messages import say

if TYPE_CHECKING:
    from malmoi.data.corpora import CorpusFile

HELP = both("공개된 말뭉치 파일을 받습니다", "fetch the public files of corpora")
EXAMPLE = both(
    "예:\n  malmoi data fetch nsmc\n  malmoi data fetch korsts klue-nli:dev",
    "Examples:\n  malmoi data fetch nsmc\n  malmoi data fetch korsts klue-nli:dev",
)
_KILOBYTE = 1000


def fetch(
    names: Annotated[list[str], typer.Argument(metavar="NAME", help=both("말뭉치, 또는 말뭉치:분할", "a corpus, or corpus:split"))],
    replace: Annotated[
        bool, typer.Option("--replace", help=both("원본과 다른 파일을 덮어씁니다", "overwrite files that are not the published ones"))
    ] = False,
    json: JsonFile = None,
) -> None:  # fmt: skip
    """Fetch what is missing; what was interrupted goes on, and what is not the published file is refused."""
    from malmoi.data.corpora.fetch import Unreachable, by_hand, files_to_fetch

    output = Output(json)
    files = files_to_fetch(names)
    output.print(*_licences(names))
    problems: list[DataError] = []
    states = {file.path: "missing" for file in files}
    for file in files:
        try:
            states[file.path] = _fetch_one(file, replace, output)
        except DataError as error:
            problems.append(error)
            if isinstance(error, Unreachable):
                break
    output.json([_entry(file, states[file.path]) for file in files])
    if problems:
        left = [file for file in files if states[file.path] == "missing"]
        raise DataError("\n".join([*map(str, problems), by_hand(left)]))


def _fetch_one(file: CorpusFile, replace: bool, output: Output) -> str:
    """Fetch a file with a progress line; return "here" when it was there already, else "fetched"."""
    from malmoi.data.corpora.fetch import Transferred, fetch_file, is_whole

    if is_whole(file):
        output.print(say(f"이미 있음: {file.local_path}", f"already here: {file.local_path}"))
        return "here"
    steps = fetch_file(file, replace=replace)
    first = next(steps, Transferred(0, None))
    shown = 0
    with progress(f"{file.path} (kB)", (first.total or file.size or 0) // _KILOBYTE) as advance:
        for step in itertools.chain([first], steps):
            advance(step.done // _KILOBYTE - shown)
            shown = step.done // _KILOBYTE
    size = file.local_path.stat().st_size / 1e6
    output.print(say(f"받음: {file.local_path} ({size:.1f} MB)", f"fetched: {file.local_path} ({size:.1f} MB)"))
    return "fetched"


def _licences(names: list[str]) -> list[str]:
    from malmoi.data.corpora import find_corpus

    corpora = {name.partition(":")[0]: find_corpus(name.partition(":")[0]) for name in names}
    return [
        say(f"{name}: 라이선스 {corpus.licence}", f"{name}: licence {corpus.licence}")
        + ("" if corpus.files else say(", malmoi 안에 들어 있음", ", comes with malmoi"))
        for name, corpus in corpora.items()
    ]


def _entry(file: CorpusFile, state: str) -> dict[str, Any]:
    return {"path": str(file.local_path), "url": file.url, "git_blob": file.blob_id, "state": state}
