"""What TensorBoard shows of a run: every number once, with the step it belongs to, however often the run was stopped."""

from __future__ import annotations

import signal
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from tiny_models import Quiet, fit_with_signals, tiny_recipe

from malmoi.errors import DiskError, MissingExtra
from malmoi.io import read_json
from malmoi.messages import set_language
from malmoi.training.fit import fit
from malmoi.training.recipe import Recipe
from malmoi.training.run_folder import RunFolder
from malmoi.training.scalars import open_scalars, writes_scalars

needs_tensorboard = pytest.mark.skipif(find_spec("tensorboard") is None, reason="needs tensorboard")


@pytest.fixture(autouse=True)
def english() -> None:
    set_language("en")


@pytest.fixture(scope="module")
def recipe(tiny_model: Path, reviews_file: Path) -> Recipe:
    """Twelve steps, judged and saved after every third."""
    return tiny_recipe(tiny_model, reviews_file, train={"tensorboard": True})


def events_of(run: Path) -> dict[str, list[tuple[int, float]]]:
    """(step, value) of every scalar as TensorBoard reads them; nothing that it would have to throw away."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    assert len(list((run / "tensorboard").iterdir())) == 1
    found = EventAccumulator(str(run / "tensorboard"), purge_orphaned_data=False).Reload()
    return {tag: [(e.step, e.value) for e in found.Scalars(tag)] for tag in found.Tags()["scalars"]}


@needs_tensorboard
def test_every_step_and_every_evaluation(recipe: Recipe, tmp_path: Path) -> None:
    reporter = Quiet()
    result = fit(recipe, tmp_path / "run", reporter=reporter)
    events = events_of(result.path)
    wanted = {"loss": "loss", "learning_rate": "lr", "grad_norm": "grad_norm"}
    for name, field in wanted.items():
        expected = [(report.step, pytest.approx(getattr(report, field), rel=1e-6)) for report in reporter.reports]
        assert len(expected) == 12 and events[f"train/{name}"] == expected
    assert [step for step, _ in events["dev/accuracy"]] == [3, 6, 9, 12]
    best = dict(events["dev/accuracy"])[result.scores["best_step"]]
    assert best == pytest.approx(result.scores["dev"]["accuracy"]["value"])
    assert {tag for tag in events if tag.startswith("dev/")} == {f"dev/{name}" for name in result.scores["dev"]}
    assert f"tensorboard --logdir {result.path}" in " ".join(reporter.stages[0][1])


@needs_tensorboard
@pytest.mark.parametrize(("step", "number"), [(8, signal.SIGKILL), (5, signal.SIGTERM), (12, signal.SIGKILL)], ids=str)
def test_a_resumed_run_shows_what_an_undisturbed_one_shows(
    step: int, number: int, recipe: Recipe, tmp_path: Path, in_process: Any
) -> None:
    whole = fit(recipe, tmp_path / "whole", reporter=Quiet()).path
    in_process(fit_with_signals, recipe, tmp_path / "cut", step, (number,))
    before = events_of(tmp_path / "cut")["train/loss"]
    assert [at for at, _ in before][:3] == [1, 2, 3]  # it could be watched
    fit(recipe, tmp_path / "cut", reporter=Quiet())
    assert events_of(tmp_path / "cut") == events_of(whole)


@needs_tensorboard
def test_starting_over_removes_them_and_nothing_else(recipe: Recipe, tmp_path: Path) -> None:
    short = replace(recipe, train=replace(recipe.train, epochs=0.5))
    out = fit(short, tmp_path / "run", reporter=Quiet()).path
    without = replace(short, train=replace(short.train, tensorboard=False))
    reporter = Quiet()
    fit(without, out, fresh=True, reporter=reporter)
    assert not (out / "tensorboard").exists()
    assert "tensorboard" not in " ".join(reporter.stages[0][1])
    fit(short, out, fresh=True, reporter=Quiet())
    (out / "tensorboard" / "메모.txt").write_text("내 것", encoding="utf-8")
    RunFolder(out).clear()
    assert [file.name for file in (out / "tensorboard").iterdir()] == ["메모.txt"]


@needs_tensorboard
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(DiskError, match="file/run"), open_scalars(tmp_path / "file" / "run", [], []):
        raise AssertionError


def test_written_when_installed_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("malmoi.training.scalars.find_spec", lambda name: object())
    assert writes_scalars(None) and writes_scalars(True) and not writes_scalars(False)
    monkeypatch.setattr("malmoi.training.scalars.find_spec", lambda name: None)
    assert not writes_scalars(None) and not writes_scalars(False)
    with pytest.raises(MissingExtra, match=r"malmoi\[tensorboard\]"):
        writes_scalars(True)


def test_wished_without_the_package_stops_before_any_work(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("malmoi.training.scalars.find_spec", lambda name: None)
    with pytest.raises(MissingExtra):
        fit(recipe, tmp_path / "run", reporter=Quiet())
    assert not (tmp_path / "run").exists()
    quiet = replace(recipe, train=replace(recipe.train, tensorboard=None, epochs=0.3))
    out = fit(quiet, tmp_path / "run", reporter=Quiet()).path
    assert not (out / "tensorboard").exists() and read_json(out / "recipe.json")["train"]["tensorboard"] is None
