"""Files: atomic writes, checksums, the cache folder.

A file is written beside its target, flushed to disk and renamed, so a reader sees the old content or the new, never a half.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from malmoi.errors import DiskError
from malmoi.messages import say

MANIFEST = "manifest.json"
_DISK_ERRNOS = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EIO,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EISDIR,
}


@contextmanager
def disk_errors(path: Path, choice: str = "--out") -> Iterator[None]:
    """Turn "no space", "read-only", "no permission" and the like into `DiskError` naming `path`.

    `choice` is what the user sets to write somewhere else.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _DISK_ERRNOS:
            raise
        reason = os.strerror(error.errno or 0)
        raise DiskError(
            say(
                f"{path} 에 쓸 수 없습니다: {reason}. 공간과 권한을 확인하거나 다른 폴더를 지정하세요 ({choice}).",
                f"cannot write {path}: {reason}. Check space and permissions, or choose another folder with {choice}.",
            )
        ) from error


def check_writable(path: Path, choice: str) -> None:
    """Raise `DiskError` when no file can be made at `path`; nothing is left behind, not even its missing folders."""
    folder = next(folder for folder in path.absolute().parents if folder.exists())
    with disk_errors(path, choice), tempfile.TemporaryFile(dir=folder):
        pass


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it is synced and renamed to `path`, else removed."""
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield temporary
            sync(temporary)
            os.replace(temporary, path)
            sync(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Flush a file or directory to disk; Windows cannot open directories and has no need to."""
    if os.name == "nt" and Path(path).is_dir():
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:  # directories cannot be synced on some file systems
        if error.errno not in (errno.EINVAL, errno.EBADF):
            raise
    finally:
        os.close(descriptor)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, value: Any) -> None:
    """Write readable JSON atomically: Korean stays Korean, NaN is refused."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def write_tensors(path: Path, tensors: Mapping[str, Any], metadata: dict[str, str] | None = None) -> None:
    """Write tensors (of torch) or arrays (of numpy) as a safetensors file, readable for whom other new files are.

    A disk that fails is an `OSError` here, not the library's own exception.
    """
    from safetensors import SafetensorError

    path = Path(path)
    path.touch()
    mode = stat.S_IMODE(path.stat().st_mode)  # the library makes its files for their owner only
    of_torch = any(hasattr(value, "contiguous") for value in tensors.values())
    try:
        if of_torch:
            from safetensors.torch import save_file

            save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path, metadata=metadata)
        else:
            from safetensors.numpy import save_file as save_arrays

            save_arrays(dict(tensors), path, metadata=metadata)
        path.chmod(mode)
    except SafetensorError as error:
        if found := re.search(r"\(os error (\d+)\)", str(error)):
            raise OSError(int(found[1]), os.strerror(int(found[1])), str(path)) from error
        raise


def read_json(path: Path) -> Any:
    """Read a UTF-8 JSON file; `json.JSONDecodeError` when it is not JSON."""
    return json.loads(Path(path).read_text(encoding="utf-8-sig"))


def sha256(path: Path) -> str:
    """Return the hex sha256 of a file, read in blocks."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def git_blob_id(path: Path) -> str:
    """Return the id git gives the file's content, the integrity check of the corpus catalog."""
    digest = hashlib.sha1(f"blob {Path(path).stat().st_size}\0".encode(), usedforsecurity=False)
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def write_manifest(folder: Path, names: Sequence[str] | None = None) -> None:
    """Write `manifest.json` with size and sha256 of the named files, by default every other file of the folder."""
    if names is None:
        names = sorted(file.name for file in folder.iterdir() if file.is_file() and file.name != MANIFEST)
    files = [folder / name for name in names]
    write_json(folder / MANIFEST, {file.name: {"bytes": file.stat().st_size, "sha256": sha256(file)} for file in files})


def damage(folder: Path, required: Sequence[str] = ()) -> str | None:
    """Return the name of the first file that is not as the folder's manifest says, None when all are whole.

    `required` files must be in the manifest.
    """
    try:
        manifest = read_json(folder / MANIFEST)
        facts = {str(name): (int(fact["bytes"]), str(fact["sha256"])) for name, fact in manifest.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return MANIFEST
    for name in required:
        if name not in facts:
            return name
    for name, (size, digest) in facts.items():
        file = folder / name
        if not file.is_file() or file.stat().st_size != size or sha256(file) != digest:
            return name
    return None


def cache_dir() -> Path:
    """Return `MALMOI_CACHE`, or the user's cache folder (`~/.cache/malmoi`, platform equivalents elsewhere)."""
    if wished := os.environ.get("MALMOI_CACHE"):
        return Path(wished).expanduser()
    if os.name == "nt":
        base = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "malmoi"


def data_dir() -> Path:
    """Return the folder of the corpora: `MALMOI_DATA`, or `corpora` in the cache."""
    if wished := os.environ.get("MALMOI_DATA"):
        return Path(wished).expanduser()
    return cache_dir() / "corpora"


def folder_size(path: Path) -> int:
    """Return the bytes of all files below `path`, 0 when there is none."""
    return sum(file.stat().st_size for file in Path(path).rglob("*") if file.is_file())


def remove_tree(path: Path) -> None:
    """Remove a folder that malmoi made; a missing one is fine."""
    shutil.rmtree(path, ignore_errors=False) if Path(path).exists() else None
