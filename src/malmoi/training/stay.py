"""How a run lives in its output folder, from the first line to the claim: the same for every kind of training.

folder = announce(out, recipe.train, compute, reporter)         step 1 is said
…                                                               step 2: the data, whose hashes are compared below
with staying(folder, recipe, fingerprints, reporter, fresh=fresh) as stay:
    if stay.is_over: …                                          finished before: nothing to do
    …                                                           steps 3 to 6; an error leaves no trace of the run
    stay.claim()                                                from here on the folder is this recipe's
    …                                                           step 7, which resumes, saves and ends with the artifact
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from malmoi.messages import say
from malmoi.models.device import Compute
from malmoi.training.lock import LOCK_FILE, locked
from malmoi.training.recipe import Recipe, TrainRecipe
from malmoi.training.reporters import Reporter
from malmoi.training.run_folder import RunFolder, open_run_folder
from malmoi.training.scalars import describe_scalars, writes_scalars
from malmoi.training.seen import Seen


def announce(out: str | Path, train: TrainRecipe, compute: Compute | None, reporter: Reporter) -> RunFolder:
    """Return the output folder of a run; say step 1: what it is computed on (None: scikit-learn), and what is written where."""
    folder = open_run_folder(Path(out))
    lines = [
        compute.reason if compute else "cpu, scikit-learn",
        say(f"결과 폴더 {folder.path}", f"output {folder.path}"),
    ]
    if compute and writes_scalars(train.tensorboard):
        lines.append(describe_scalars(folder.path))
    reporter.stage(1, lines)
    return folder


@dataclass
class Stay:
    """A run's time in its folder; `fingerprints` say which data it is of, `fresh` that an earlier run goes."""

    folder: RunFolder
    recipe: dict[str, Any]
    fingerprints: dict[str, str]
    fresh: bool
    is_claimed: bool = False

    @property
    def is_over(self) -> bool:
        """Whether the run had finished before it was asked for again."""
        return self.folder.is_finished and not self.fresh and not self.is_claimed

    def claim(self, seen: Seen | None = None) -> None:
        """Make the folder this run's, right before the first step; `seen` are the texts that it will have used."""
        self.is_claimed = True
        self.folder.claim(self.recipe, self.fingerprints, fresh=self.fresh, seen=seen)


@contextmanager
def staying(
    folder: RunFolder,
    recipe: dict[str, Any],
    fingerprints: dict[str, str],
    reporter: Reporter,
    *,
    fresh: bool,
    kind: type[Any] = Recipe,
) -> Iterator[Stay]:
    """Hold the folder for this process; say what is resumed, or that there is nothing left to do.

    `kind` is the class of the recipe, which knows the fields that one stored by an older malmoi lacks.
    What fails before `Stay.claim` leaves neither a folder nor a lock behind that was not there. Raises `ConfigError` when somebody
    else works in the folder, or when it belongs to another recipe or other data (unless `fresh`) or holds foreign files.
    """
    new_paths = [path for path in (folder.path / LOCK_FILE, folder.path, *folder.path.parents) if not path.exists()]
    with locked(folder.path):
        stay = Stay(folder, recipe, fingerprints, fresh)
        try:
            for note in folder.inspect(recipe, fingerprints, fresh=fresh, kind=kind):
                reporter.note(note)
            if stay.is_over:
                shutil.rmtree(folder.checkpoints, ignore_errors=True)  # of a run killed right after its end
                reporter.note(_finished_note(folder))
            yield stay
        except BaseException:
            if not stay.is_claimed:
                _remove_empty(new_paths)
            raise


def _remove_empty(paths: Sequence[Path]) -> None:
    """Remove a lock and folders, from the innermost out, as long as they are empty."""
    for path in paths:
        if path.is_file():
            with suppress(PermissionError):  # Windows removes no file that is open: the lock stays
                path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def _finished_note(folder: RunFolder) -> str:
    return say(
        f"{folder.path} 의 학습은 이미 끝났습니다. 처음부터 다시 하려면 --fresh 를 쓰세요.",
        f"the run in {folder.path} is already finished. Use --fresh to start over.",
    )
