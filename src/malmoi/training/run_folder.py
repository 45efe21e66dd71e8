"""The output folder of a run: whose it is, and what may be removed from it."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from malmoi.errors import ArtifactError, ConfigError
from malmoi.inference.artifact import ALL_FILES, CARD, REPORT_FILE
from malmoi.io import MANIFEST, disk_errors, read_json, write_json
from malmoi.messages import say
from malmoi.training.answers import ANSWERS_FILE
from malmoi.training.lock import LOCK_FILE
from malmoi.training.recipe import Recipe, with_defaults
from malmoi.training.scalars import PACKAGE, remove_scalars
from malmoi.training.seen import SEEN_FILE, Seen, write_seen

RUN_FILE = "run.json"
_LEFTOVER = re.compile(
    rf"\.({'|'.join(map(re.escape, (*ALL_FILES, CARD, MANIFEST, RUN_FILE, REPORT_FILE, SEEN_FILE, ANSWERS_FILE)))})\.\d+\.tmp"
)


@dataclass(frozen=True)
class RunFolder:
    """A folder claimed for one recipe."""

    path: Path

    @property
    def checkpoints(self) -> Path:
        """Where step checkpoints and the best weights lie while training."""
        return self.path / "checkpoints"

    @property
    def best(self) -> Path:
        """The weights with the best dev score so far."""
        return self.checkpoints / "best"

    @property
    def scalars(self) -> Path:
        """Where TensorBoard looks."""
        return self.path / PACKAGE

    @property
    def baseline(self) -> RunFolder:
        """The folder of the tf-idf model trained on the same data."""
        return RunFolder(self.path / "baseline")

    @property
    def has_baseline(self) -> bool:
        """Whether there is a finished baseline."""
        return self.baseline.is_finished

    @property
    def is_finished(self) -> bool:
        """Whether the artifact is complete."""
        return (self.path / MANIFEST).is_file()

    def stored(self) -> dict[str, Any] | None:
        """Return what `claim` wrote, None in a new folder; raise `ArtifactError` when it cannot be read."""
        file = self.path / RUN_FILE
        if not file.is_file():
            return None
        try:
            stored = read_json(file)
            return {name: stored[name] for name in ("recipe", "fingerprints")}
        except (ValueError, TypeError, KeyError):
            raise ArtifactError(
                say(
                    f"{file} 파일이 손상되었습니다. --fresh 로 처음부터 하세요.",
                    f"{file} is damaged. Start over with --fresh.",
                )
            ) from None

    def clear(self) -> None:
        """Remove what malmoi wrote here, and nothing else; `run.json`, which makes the folder ours, comes last."""
        if (self.baseline.path / RUN_FILE).is_file():
            self.baseline.clear()
            (self.baseline.path / LOCK_FILE).unlink(missing_ok=True)
            if not any(self.baseline.path.iterdir()):
                self.baseline.path.rmdir()
        shutil.rmtree(self.checkpoints, ignore_errors=True)
        remove_scalars(self.scalars)
        for name in (MANIFEST, *ALL_FILES, CARD, REPORT_FILE, SEEN_FILE, ANSWERS_FILE, RUN_FILE):
            (self.path / name).unlink(missing_ok=True)

    def inspect(
        self,
        recipe: dict[str, Any],
        fingerprints: dict[str, str],
        *,
        fresh: bool,
        kind: type[Any] = Recipe,
    ) -> list[str]:
        """Return sentences about what is resumed; write nothing.

        `kind` is the class of the recipe, which knows the fields that one stored by an older malmoi lacks.
        Raises `ConfigError` when the folder belongs to another recipe (unless `fresh`) or holds foreign files.
        """
        notes: list[str] = []
        if fresh and (self.path / RUN_FILE).is_file():
            return notes
        stored = self.stored()
        if stored is None:
            self._refuse_foreign()
        elif changed := first_difference(_trained(stored["recipe"], kind), _trained(recipe, kind)):
            raise ConfigError(
                say(
                    f"{self.path} 에는 다른 설정의 학습이 있습니다 ({changed}). 다른 --out 을 쓰거나 --fresh 로 처음부터 하세요.",
                    f"{self.path} holds a run with another recipe ({changed}). Use another --out, or --fresh to start over.",
                )
            )
        elif stored["fingerprints"] != fingerprints:
            if not self.is_finished:
                raise ConfigError(
                    say(
                        f"{self.path} 의 학습이 끝나기 전에 데이터가 바뀌어 이어서 할 수 없습니다. --fresh 로 처음부터 하거나 다른 --out 을 쓰세요.",
                        f"the data has changed since the unfinished run in {self.path}: it cannot be resumed. Use --fresh or another --out.",
                    )
                )
            notes.append(say("주의: 이 학습 뒤에 데이터가 바뀌었습니다.", "note: the data has changed since this run."))
        return notes

    def claim(
        self, recipe: dict[str, Any], fingerprints: dict[str, str], *, fresh: bool, seen: Seen | None = None
    ) -> None:
        """Make the folder this recipe's, after `inspect` found it free; `fresh` removes an earlier run.

        `seen` are the texts that the run will have used.
        """
        with disk_errors(self.path):
            if fresh:
                self.clear()
            write_json(self.path / RUN_FILE, {"recipe": recipe, "fingerprints": fingerprints})
            if seen is not None:
                write_seen(self.path, seen)
            self.checkpoints.mkdir(exist_ok=True)
            for file in self._leftovers():
                file.unlink(missing_ok=True)

    def _leftovers(self) -> list[Path]:
        """Temporary files of a process that was killed while writing."""
        return [file for file in self.path.glob(".*.tmp") if _LEFTOVER.fullmatch(file.name)]

    def _refuse_foreign(self) -> None:
        own = {self.path / LOCK_FILE, *self._leftovers()}
        foreign = sorted(file.name for file in self.path.iterdir() if file not in own) if self.path.is_dir() else []
        if foreign:
            raise ConfigError(
                say(
                    f"{self.path} 에 이미 다른 파일이 있습니다 ({foreign[0]}). 빈 폴더나 새 폴더를 --out 으로 주세요.",
                    f"{self.path} already holds other files ({foreign[0]}). Give an empty or new folder to --out.",
                )
            )


def open_run_folder(path: Path) -> RunFolder:
    """Return the run folder of a path; raise `ConfigError` if a file is in the way."""
    path = Path(path).expanduser()
    if path.exists() and not path.is_dir():
        raise ConfigError(say(f"--out {path}: 폴더가 아니라 파일입니다.", f"--out {path} is a file, not a folder."))
    return RunFolder(path)


def _trained(recipe: dict[str, Any], kind: type[Any]) -> dict[str, Any]:
    """Return what tells one run from another in a recipe: everything but `train.tensorboard`, which only watches."""
    whole = with_defaults(recipe, kind)
    train = whole.get("train")
    if not isinstance(train, dict):
        return whole
    return whole | {"train": {name: value for name, value in train.items() if name != "tensorboard"}}


def first_difference(old: Any, new: Any, where: str = "") -> str | None:
    """Return the first field in which two JSON trees differ, as `a.b: old → new`; None when they are equal."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            if found := first_difference(old.get(key), new.get(key), f"{where}.{key}" if where else str(key)):
                return found
        return None
    return None if old == new else f"{where}: {old!r} → {new!r}"
