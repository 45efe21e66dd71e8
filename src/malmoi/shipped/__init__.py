"""Models that come along with malmoi, found by name wherever a model or a run is asked for: each a folder beside this file."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent


def shipped_models() -> list[str]:
    """Return the names of the models that came along, sorted."""
    return sorted(config.parent.name for config in FOLDER.glob("*/config.json"))


def located(name: str | Path) -> Path:
    """Return the folder that a name or path means: a folder that is there, else a model that came along, else the path as given.

    >>> located("runs/nsmc").as_posix()
    'runs/nsmc'
    """
    path = Path(name).expanduser()
    return FOLDER / str(name) if not path.exists() and str(name) in shipped_models() else path
