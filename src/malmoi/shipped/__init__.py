"""Models that come along with malmoi, found by name wherever a model or a run is asked for: each a folder beside this file."""

from __future__ import annotations

import difflib
from pathlib import Path

from malmoi.messages import say

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


def known_names(name: str | Path) -> str:
    """Return what an error about an unknown name adds, with a space before it: the models that came along, and the nearest; "" without any."""
    names = shipped_models()
    if not names:
        return ""
    near = difflib.get_close_matches(str(name), names, n=1)
    listed = ", ".join(names)
    ko, en = (f" 혹시 '{near[0]}' 인가요?", f" Did you mean '{near[0]}'?") if near else ("", "")
    return say(f" (함께 온 모델: {listed}){ko}", f" (models that came along: {listed}){en}")
