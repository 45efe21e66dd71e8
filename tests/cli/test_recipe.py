"""A recipe is shown as the assignments that make it."""

from __future__ import annotations

import pytest

from malmoi.cli.output import Output
from malmoi.cli.recipe import MOST_CHARS, show_recipe
from malmoi.config import parse_assignment
from malmoi.recipes.resolve import assign, resolve_recipe, resolve_several

pytestmark = pytest.mark.usefixtures("_wide")


@pytest.fixture
def _wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "1000")


def shown(recipe, capsys) -> dict[str, list[str]]:
    """The printed fields of each section."""
    show_recipe(Output(), recipe)
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    return {row[0]: row[1:] for row in rows}


def test_what_differs_from_the_defaults_has_a_star(capsys):
    rows = shown(resolve_recipe("regression", "korsts", lr=2e-5), capsys)
    assert "lr=2e-05*" in rows["optim."] and "warmup=0.1" in rows["optim."]
    assert "train=korsts*" in rows["data."] and "epochs=5.0*" in rows["train."]
    assert "max_length=256" in rows["task."]
    assert "distil." not in rows, "no teacher, nothing to say of one"


def test_the_fields_are_assignments(capsys):
    recipe = resolve_recipe("classification", "hate-speech")
    rows = shown(recipe, capsys)
    fields = [f"{section}{field.removesuffix('*')}" for section, own in rows.items() for field in own]
    assert len(fields) > 30 and assign(recipe, [parse_assignment(field) for field in fields]) == recipe


def test_several_tasks_have_a_row_each_and_long_values_are_cut(capsys):
    rows = shown(resolve_several("pairs", ["tasks.0.weight=0.5"]), capsys)
    assert (
        "weight=0.5*" in rows["tasks.0."]
        and "train=korsts*" in rows["tasks.1.data."]
        and "name=regression*" in rows["tasks.1."]
    )
    long = resolve_recipe("classification", None, text="글" * 200)
    assert f"text={'글' * MOST_CHARS}…*" in shown(long, capsys)["data."]
