"""The cells of a bench: runs in processes of their own, kept in `OUT/cells`, so that a stopped bench goes on where it was.

    OUT/cells/NAME.json       the result of a finished cell, with its "settings", "recipe" and "data" (others make it again), "machine" and "commit"
    OUT/cells/NAME.seconds    how long the attempts at an unfinished one have taken
    OUT/runs/NAME             the run of an unfinished one, which malmoi resumes

Not a bench itself: `breadth.py` and `several.py` are made of it.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any


def basis(settings: Mapping[str, Any], recipe: Any, names: Sequence[str]) -> dict[str, Any]:
    """Return what the result of a cell depends on: settings of the bench, recipe, and the git blob ids of the corpora's files."""
    from malmoi.data.corpora import find_corpus

    files = [file for name in names for file in find_corpus(name).files]
    return {"settings": settings, "recipe": recipe, "data": {file.path: file.blob_id for file in files}}


def stored(out: Path, name: str, made_from: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the result of a cell that was made from the same (see `basis`)."""
    file = out / "cells" / f"{name}.json"
    if not file.is_file():
        return None
    result: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return result if all(still(result.get(key), value) for key, value in made_from.items()) else None


def still(kept: Any, now: Any) -> bool:
    """Whether everything that was kept holds; fields that a recipe has got since then are let pass, their defaults change nothing."""
    if isinstance(kept, dict) and isinstance(now, Mapping):
        return all(key in now and still(value, now[key]) for key, value in kept.items())
    return bool(kept == now)


def make(out: Path, name: str, made_from: Mapping[str, Any], command: Sequence[str]) -> dict[str, Any]:
    """Run a command that prints the result of a cell as JSON, and keep it."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{name} failed ({done.returncode}):\n{done.stderr[-3000:]}")
    result: dict[str, Any] = json.loads(done.stdout) | {**made_from, "machine": machine(), "commit": commit()}
    write_json(out / "cells" / f"{name}.json", result)
    return result


def machine() -> str:
    """Return what the seconds of a result were taken on: processor, cores and threads, torch."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    threads = os.environ.get("OMP_NUM_THREADS", "all")
    return f"{next(names, platform.machine())}, {os.cpu_count()} cores, {threads} thread(s), torch {version('torch')}"


def commit() -> str | None:
    """Return the commit of the code, with "-dirty" when files were changed since; None outside a clone."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=12"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or None


def child_command(script: str, out: Path, cell: Mapping[str, Any], settings: Mapping[str, Any]) -> list[str]:
    """Return the command with which a bench runs one of its own cells."""
    task = {"out": str(out), "cell": cell, "settings": settings}
    return [sys.executable, script, "--child", json.dumps(task)]


@dataclass(frozen=True)
class Attempt:
    """The run of a cell: its folder and the file with the seconds it has taken."""

    folder: Path
    clock: Path

    @property
    def seconds(self) -> float:
        """The seconds of all attempts."""
        return round(float(self.clock.read_text()), 1)

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Add the seconds of the block to those before, also when it is stopped."""
        before = float(self.clock.read_text()) if self.clock.is_file() else 0.0
        began = time.perf_counter()
        self.clock.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield
        finally:
            self.clock.write_text(str(before + time.perf_counter() - began))


@contextmanager
def attempt(out: Path, name: str) -> Iterator[Attempt]:
    """Yield the place of a cell's run, which goes away when the block ends well and is resumed when it does not."""
    own = Attempt(out / "runs" / name, out / "cells" / f"{name}.seconds")
    yield own
    shutil.rmtree(own.folder)
    own.clock.unlink()


def summary(values: Sequence[float], seconds: Sequence[float]) -> dict[str, Any] | None:
    """Return mean, standard deviation over seeds (None for one), number of runs and minutes of a run; None for no run."""
    if not values:
        return None
    return {
        "mean": statistics.mean(values),
        "sd": statistics.stdev(values) if len(values) > 1 else None,
        "runs": len(values),
        "minutes": statistics.mean(seconds) / 60,
    }


def show(found: Mapping[str, Any] | None, sign: str = "") -> str:
    """Return a summary as people read it, times 100: mean ± sd (number of runs); `sign` "+" for differences."""
    if found is None:
        return "–"
    mean = format(100 * found["mean"], f"{sign}.1f")
    return mean if found["sd"] is None else f"{mean} ± {100 * found['sd']:.1f} ({found['runs']})"


def write_tables(out: Path, name: str, values: Mapping[str, Any], markdown: str) -> None:
    """Write `OUT/NAME.json` and `OUT/NAME.md`."""
    write_json(out / f"{name}.json", values)
    (out / f"{name}.md").write_text(markdown, encoding="utf-8")


def write_json(file: Path, values: Mapping[str, Any]) -> None:
    """Write a JSON file that people can read too."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(values, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
