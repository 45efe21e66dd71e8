"""A recipe as people read it: the assignments that `--set` takes, a row for each section."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from rich.table import Table
from rich.text import Text

from malmoi.cli.output import Output
from malmoi.config import leaves
from malmoi.messages import say

MOST_CHARS = 60  # of a value: an ontology is longer


def show_recipe(output: Output, recipe: Any) -> None:
    """Print the fields of a recipe; those that differ from the defaults stand out and have a star."""
    from malmoi.models.tfidf import TFIDF
    from malmoi.recipes.resolve import task_config
    from malmoi.training.tfidf import is_used

    output.title(
        say("레시피 (* 기본값과 다름, --set 으로 바꿉니다)", "recipe (* not the default; change it with --set)")
    )
    if recipe.is_joint:
        sections: dict[str, Any] = {}
        for i, task in enumerate(recipe.tasks):
            sections |= {f"tasks.{i}": replace(task, data=None), f"tasks.{i}.data": task.data}
    else:
        sections = {"task": task_config(recipe), "data": recipe.data}
    names = ("model", "optim", "train", *(["distil"] if recipe.distil.teacher else []))
    sections |= {name: getattr(recipe, name) for name in names}
    used = is_used if recipe.model.name == TFIDF else lambda path: True
    table = Table.grid(padding=(0, 2))
    for name, section in sections.items():
        if fields := [text for path, text in _fields(section) if used(f"{name}.{path}")]:
            table.add_row(f"  {name}.", Text("  ").join(fields))
    output.print(table)


def _fields(section: Any) -> list[tuple[str, Text]]:
    """Return the path and `path=value` of what a section of a recipe says, without what is empty as ever."""
    usual, fields = leaves(type(section)()), []
    for path, value in leaves(section).items():
        is_usual = value == usual[path]
        if is_usual and (value is None or value in ("", (), {})):
            continue
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        short = text if len(text) <= MOST_CHARS else f"{text[:MOST_CHARS]}…"
        fields.append((path, Text(f"{path}={short}") if is_usual else Text(f"{path}={short}*", style="bold")))
    return fields
