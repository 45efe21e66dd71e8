"""The texts that a run remembers: written, read, counted; old and damaged files are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from malmoi.data.examples import TextExample
from malmoi.training.run_folder import RunFolder
from malmoi.training.seen import SEEN_FILE, read_seen, seen_of, write_seen


def rows(*texts: str, pair: str | None = None) -> list[TextExample]:
    return [TextExample(text, pair, label="0") for text in texts]


def test_counts_survive_the_file(tmp_path: Path) -> None:
    write_seen(tmp_path, seen_of(rows("가 나", "다", "다"), rows("라", "다")))
    assert (tmp_path / SEEN_FILE).stat().st_size == 8 * (3 + 2 + 2)
    seen = read_seen(tmp_path)
    assert seen is not None
    assert seen.count(rows("가나 ", "\u1103\u1161", "라", "마", "라")) == (2, 2)
    assert seen.count(rows("가 나", pair="다")) == (0, 0) == seen.count([])


def test_pairs_are_known_by_both_texts() -> None:
    seen = seen_of(rows("전제", pair="가설"), [])
    assert [
        seen.count(found)[0] for found in (rows("전제", pair="가 설"), rows("전제", pair="다른"), rows("전제"))
    ] == [1, 0, 0]


@pytest.mark.parametrize(
    "content", [None, b"", b"malmoi.1", b"malmoi.1" + b"\xff" * 16, b"malmoi.2" + bytes(16), b"x" * 27]
)
def test_old_and_damaged_files_are_none(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / SEEN_FILE).write_bytes(content)
    assert read_seen(tmp_path) is None


def test_the_folder_knows_the_file(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    (tmp_path / f".{SEEN_FILE}.1.tmp").write_bytes(b"")  # of a process that was killed
    folder.inspect({}, {}, fresh=False)
    folder.claim({}, {}, fresh=False, seen=seen_of(rows("가"), []))
    assert {file.name for file in tmp_path.iterdir()} == {"run.json", "checkpoints", SEEN_FILE}
    folder.clear()
    assert not list(tmp_path.iterdir())
