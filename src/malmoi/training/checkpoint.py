"""Checkpoints that are whole or not there: written aside, synced, renamed, verified by sha256 before use.

checkpoints/step-00000420/   state.safetensors  progress.json  manifest.json
checkpoints/best/            state.safetensors  progress.json  manifest.json
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from malmoi.io import damage, disk_errors, read_json, sync, write_json, write_manifest, write_tensors


@dataclass(frozen=True)
class Checkpoint:
    """A verified checkpoint: tensors by name and the JSON progress written with them."""

    path: Path
    tensors: dict[str, Tensor]
    progress: dict[str, Any]


def write_folder(target: Path, fill: Callable[[Path], None]) -> None:
    """Make `target` from what `fill(folder)` writes, with a manifest, atomically; an older `target` is replaced.

    The new folder is complete and synced before it takes the name. A kill between the two renames leaves the old one
    as `.old`, which `restore_folder` puts back.
    """
    temporary = target.with_name(f".{target.name}.tmp")
    old = target.with_name(f".{target.name}.old")
    with disk_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        for leftover in (temporary, old):
            shutil.rmtree(leftover, ignore_errors=True)
        try:
            temporary.mkdir()
            fill(temporary)
            write_manifest(temporary)
            for file in [*temporary.iterdir(), temporary]:
                sync(file)
            if target.exists():
                os.replace(target, old)
            os.replace(temporary, target)
            sync(target.parent)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
            restore_folder(target)
        shutil.rmtree(old, ignore_errors=True)


def restore_folder(target: Path) -> None:
    """Put back the folder that a kill left aside between two renames."""
    old = target.with_name(f".{target.name}.old")
    if old.exists() and not target.exists():
        os.replace(old, target)


def save_checkpoint(path: Path, tensors: dict[str, Tensor], progress: dict[str, Any]) -> None:
    """Write tensors and progress as one verified folder."""

    def fill(folder: Path) -> None:
        write_tensors(folder / "state.safetensors", tensors)
        write_json(folder / "progress.json", progress)

    write_folder(path, fill)


def whole_checkpoint(path: Path, warn: Callable[[Path, str], None]) -> Checkpoint | None:
    """Return a verified checkpoint, None when there is none; a damaged one is moved aside and told to `warn(path, file)`."""
    from safetensors.torch import load_file

    restore_folder(path)
    if not path.exists():
        return None
    reason = damage(path, required=("state.safetensors", "progress.json"))
    if reason is None:
        return Checkpoint(path, load_file(path / "state.safetensors"), read_json(path / "progress.json"))
    aside = path.with_name(f"damaged-{path.name}")
    shutil.rmtree(aside, ignore_errors=True)
    os.replace(path, aside)
    warn(aside, reason)
    return None


def newest_checkpoint(folder: Path, warn: Callable[[Path, str], None]) -> Checkpoint | None:
    """Return the newest whole checkpoint below `folder`; damaged ones are moved aside and told to `warn(path, file)`."""
    for leftover in folder.glob(".step-*.tmp"):  # of a run that was killed while saving
        shutil.rmtree(leftover, ignore_errors=True)
    for path in sorted(folder.glob("step-*"), reverse=True):
        if checkpoint := whole_checkpoint(path, warn):
            return checkpoint
    return None


def prune_checkpoints(folder: Path, keep: int = 2) -> None:
    """Remove all but the `keep` newest step checkpoints."""
    for path in sorted(folder.glob("step-*"), reverse=True)[keep:]:
        shutil.rmtree(path)
