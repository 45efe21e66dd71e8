"""Who works in a folder now: one process at a time, by a lock of the operating system, which ends with the process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from malmoi.errors import ConfigError
from malmoi.io import disk_errors
from malmoi.messages import say

LOCK_FILE = ".lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder for this process; raise `ConfigError` with the other's pid if somebody works in it."""
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        file = open(folder / LOCK_FILE, "a+")  # noqa: SIM115 (closed below)
    try:
        if not _try_lock(file):
            file.seek(0)
            pid = file.read().strip() or "?"
            raise ConfigError(
                say(
                    f"{folder} 에서 다른 학습(pid {pid})이 돌고 있습니다. 끝나기를 기다리거나 다른 --out 을 쓰세요.",
                    f"another run (pid {pid}) is working in {folder}. Wait for it or use another --out.",
                )
            )
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield
    finally:
        file.close()


def _try_lock(file: IO[str]) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            file.seek(1 << 20)  # beyond the pid, which others must be able to read
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
