"""What `--recipe` names on the disk: a JSON file, or a run folder with the `recipe.json` inside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from malmoi.errors import ConfigError
from malmoi.io import read_json
from malmoi.messages import say


def recipe_path(wish: str) -> Path:
    """Return the file that a wish means; it need not be there."""
    path = Path(wish).expanduser()
    return path / "recipe.json" if path.is_dir() else path


def read_recipe_file(path: Path) -> dict[str, Any]:
    """Return the fields of a recipe file; raise `ConfigError` for a missing file, and one that is no JSON object."""
    if not path.is_file():
        raise ConfigError(say(f"--recipe {path}: 파일이 없습니다.", f"--recipe {path}: no such file."))
    try:
        values = read_json(path)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            say(f"--recipe {path}: JSON 이 아닙니다: {error}", f"--recipe {path}: not JSON: {error}")
        ) from error
    if not isinstance(values, dict):
        raise ConfigError(say(f"--recipe {path}: JSON 객체여야 합니다.", f"--recipe {path}: must be a JSON object."))
    return values
