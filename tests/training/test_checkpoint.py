"""A checkpoint is whole or not there, whatever happens while it is written (F1) or to its files later (F5)."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_models import save_and_prune_killed_at
from tiny_models import save_step as save
from tiny_models import step_tensors as tensors

from malmoi.errors import DiskError
from malmoi.io import MANIFEST, damage
from malmoi.training.checkpoint import (
    newest_checkpoint,
    prune_checkpoints,
    restore_folder,
    save_checkpoint,
    whole_checkpoint,
    write_folder,
)

SIGKILL = -9


def never(path: Path, file: str) -> None:
    pytest.fail(f"{path} is called damaged: {file}")


def assert_newest(folder: Path, *steps: int, warn: Callable[[Path, str], None] = never) -> int:
    """The newest checkpoint is whole, is one of `steps`, and holds what was saved."""
    found = newest_checkpoint(folder, warn)
    assert found is not None
    step = found.progress["num_steps"]
    assert step in steps
    assert all(torch.equal(found.tensors[name], tensor) for name, tensor in tensors(step).items())
    return step


def test_round_trip(tmp_path: Path) -> None:
    for step in (2, 10, 9):
        save(tmp_path, step)
    assert_newest(tmp_path, 10)
    assert sorted(p.name for p in (tmp_path / "step-00000010").iterdir()) == [
        MANIFEST,
        "progress.json",
        "state.safetensors",
    ]
    assert newest_checkpoint(tmp_path / "nothing here", never) is None


def test_views_and_non_contiguous_tensors_are_saved_as_they_look(tmp_path: Path) -> None:
    buffer = torch.arange(12.0)
    save_checkpoint(tmp_path / "step-1", {"a": buffer[:6].view(2, 3).t(), "b": buffer[6:]}, {})
    found = newest_checkpoint(tmp_path, never)
    assert found is not None and torch.equal(found.tensors["a"], buffer[:6].view(2, 3).t())
    assert torch.equal(found.tensors["b"], buffer[6:])


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.slow) for part in (1, 2, 3))])
def test_killed_at_every_file_boundary(part: int, tmp_path: Path, in_process: Any) -> None:
    """Every fourth change of a file or folder, each part beginning elsewhere: together all of them."""
    survived = False
    seen_steps, seen_best = set(), set()
    for operation in range(1 + part, 200, 4):
        folder = tmp_path / str(operation)
        save(folder, 1)
        save(folder, 2)
        save_checkpoint(folder / "best", tensors(2), {"num_steps": 2})
        code = in_process(save_and_prune_killed_at, folder, operation)
        if code == 0:
            survived = True
            break
        assert code == SIGKILL
        best = whole_checkpoint(folder / "best", never)
        assert best is not None
        seen_best.add(best.progress["num_steps"])
        assert torch.equal(best.tensors["0.master"], tensors(best.progress["num_steps"])["0.master"])
        seen_steps.add(assert_newest(folder, 2, 3))
        save(folder, 3)
        save(folder, 4)
        prune_checkpoints(folder)
        assert_newest(folder, 4)
        save_checkpoint(folder / "best", tensors(4), {"num_steps": 4})
        assert not [path.name for path in folder.iterdir() if path.name.startswith(".")], operation
    assert survived and operation > 25, "the save never ended"
    assert seen_steps == {2, 3} and seen_best == {2, 3}


def truncate(folder: Path, name: str) -> None:
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: len(content) - 3])


def flip(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 0x10
    (folder / name).write_bytes(content)


def remove(folder: Path, name: str) -> None:
    (folder / name).unlink()


def empty(folder: Path, name: str) -> None:
    for file in folder.iterdir():
        file.unlink()


def forget(folder: Path, name: str) -> None:
    (folder / MANIFEST).write_text("{}", encoding="utf-8")


DAMAGES = [(how, name) for how in (truncate, flip, remove) for name in ("state.safetensors", "progress.json", MANIFEST)]
DAMAGES += [(empty, MANIFEST), (forget, "state.safetensors")]


@pytest.mark.parametrize(("how", "name"), DAMAGES, ids=[f"{how.__name__} {name}" for how, name in DAMAGES])
def test_damage_is_found_and_moved_aside(how: Callable[[Path, str], None], name: str, tmp_path: Path) -> None:
    for step in (1, 2, 3):
        save(tmp_path, step)
    how(tmp_path / "step-00000003", name)
    told: list[tuple[Path, str]] = []
    assert_newest(tmp_path, 2, warn=lambda path, file: told.append((path, file)))
    assert [path.name for path, _ in told] == ["damaged-step-00000003"]
    assert told[0][1] in (name, "state.safetensors", "progress.json")
    assert told[0][0].is_dir() and not (tmp_path / "step-00000003").exists()
    save(tmp_path, 3)
    assert_newest(tmp_path, 3)


def test_all_damaged_means_from_the_start(tmp_path: Path) -> None:
    for step in (1, 2):
        save(tmp_path, step)
        flip(tmp_path / f"step-{step:08d}", "state.safetensors")
    told: list[Path] = []
    assert newest_checkpoint(tmp_path, lambda path, file: told.append(path)) is None
    assert len(told) == 2


def test_prune_keeps_the_newest(tmp_path: Path) -> None:
    for step in (5, 20, 100):
        save(tmp_path, step)
    save_checkpoint(tmp_path / "best", tensors(1), {})
    prune_checkpoints(tmp_path, keep=2)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["best", "step-00000020", "step-00000100"]


@pytest.mark.parametrize("replaced", [False, True])
def test_failing_write_leaves_the_old_and_no_temporary(replaced: bool, tmp_path: Path) -> None:
    target = tmp_path / "best"
    if replaced:
        save_checkpoint(target, tensors(1), {})

    def fill(folder: Path) -> None:
        (folder / "state.safetensors").write_bytes(b"half")
        raise OSError(errno.ENOSPC, "no space")

    with pytest.raises(DiskError, match="best"):
        write_folder(target, fill)
    assert [p.name for p in tmp_path.iterdir()] == (["best"] if replaced else [])
    assert not replaced or damage(target) is None


def test_failing_second_rename_puts_the_old_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "best"
    save_checkpoint(target, tensors(1), {})
    replace = os.replace

    def fail(source: Any, destination: Any) -> None:
        if Path(source).name == ".best.tmp":
            raise OSError(errno.EIO, "broken disk")
        replace(source, destination)

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(DiskError):
        save_checkpoint(target, tensors(2), {})
    assert damage(target) is None
    assert [p.name for p in tmp_path.iterdir()] == ["best"]


def test_full_disk_in_safetensors_is_a_disk_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import safetensors.torch
    from safetensors import SafetensorError

    def full(*args: Any, **kwargs: Any) -> None:
        raise SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")

    save(tmp_path, 1)
    monkeypatch.setattr(safetensors.torch, "save_file", full)
    with pytest.raises(DiskError, match="No space left") as caught:
        save(tmp_path, 2)
    assert caught.value.exit_code == 4
    assert [p.name for p in tmp_path.iterdir()] == ["step-00000001"]
    monkeypatch.undo()
    assert_newest(tmp_path, 1)


def test_restore_does_not_touch_a_whole_folder(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "best", tensors(2), {"num_steps": 2})
    save_checkpoint(tmp_path / ".best.old", tensors(1), {"num_steps": 1})
    restore_folder(tmp_path / "best")
    found = whole_checkpoint(tmp_path / "best", never)
    assert found is not None and found.progress["num_steps"] == 2


def test_everything_is_on_the_disk_before_it_takes_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a power cut would show and a killed process does not."""
    done: list[str] = []
    replace = os.replace

    def record_sync(descriptor: int) -> None:
        done.append(f"sync {Path(os.readlink(f'/proc/self/fd/{descriptor}')).name}")

    def record_replace(source: Any, target: Any) -> None:
        done.append(f"rename {Path(target).name}")
        replace(source, target)

    if not Path("/proc/self/fd").is_dir():
        pytest.skip("needs /proc")
    monkeypatch.setattr(os, "fsync", record_sync)
    monkeypatch.setattr(os, "replace", record_replace)
    save(tmp_path, 1)
    last = done.index("rename step-00000001")
    before = set(done[done.index(f"rename {MANIFEST}") : last])
    assert {"sync state.safetensors", "sync progress.json", f"sync {MANIFEST}", "sync .step-00000001.tmp"} <= before
    assert done[last + 1 :] == [f"sync {tmp_path.name}"]
