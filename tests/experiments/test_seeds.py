"""One recipe with several seeds: own folders, one dev split, mean and standard deviation, nothing done twice."""

from __future__ import annotations

import statistics
from dataclasses import replace
from pathlib import Path

import pytest

from malmoi.errors import ConfigError
from malmoi.experiments.seeds import run_seeds, run_seeds_several
from malmoi.io import read_json
from malmoi.training.recipe import DataRecipe, ModelRecipe, OptimRecipe, Recipe, TaskRecipe, TrainRecipe
from malmoi.training.reporters import Reporter


@pytest.fixture
def recipe(tiny_model: Path, reviews_file: Path) -> Recipe:
    return Recipe(
        data=DataRecipe(train=str(reviews_file), dev_share=0.4),
        model=ModelRecipe(name=str(tiny_model)),
        optim=OptimRecipe(lr=5e-3),
        train=TrainRecipe(epochs=4, batch_size=4, threads=1, precision="fp32", seed=7, calibrate=False),
    )


def test_mean_and_sd_are_those_of_the_runs(recipe: Recipe, tmp_path: Path) -> None:
    result = run_seeds(recipe, tmp_path, 3, reporter=Reporter(quiet=True))
    assert result.seeds == (7, 8, 9)
    stored = [read_json(tmp_path / f"seed-{seed}" / "scores.json") for seed in result.seeds]
    values = [scores["dev"]["brier"]["value"] for scores in stored]
    assert len(set(values)) == 3, "the seeds make no difference"
    brier = result.scores["brier"]
    assert brier.values == tuple(values)
    assert (brier.mean, brier.sd) == (pytest.approx(statistics.mean(values)), pytest.approx(statistics.stdev(values)))
    assert len({scores["made_with"]["dev_sha256"] for scores in stored}) == 1
    assert read_json(tmp_path / "seeds.json") == result.to_dict()


def test_the_mean_has_interval_and_baselines(recipe: Recipe, tmp_path: Path) -> None:
    result = run_seeds(recipe, tmp_path, 2, reporter=Reporter(quiet=True))
    runs = [read_json(tmp_path / f"seed-{seed}" / "scores.json") for seed in (7, 8)]
    values = read_json(tmp_path / "seeds.json")
    for name, spread in values["dev"].items():
        assert spread["low"] <= spread["mean"] <= spread["high"]
        assert spread["low"] == pytest.approx(statistics.mean(run["dev"][name]["low"] for run in runs), abs=1e-6)
    assert values["baselines"] == runs[0]["baselines"], "a constant is the same for all seeds"
    shares = [run["differences"]["majority"]["value"] for run in runs if "differences" in run]
    difference = result.baselines[0].difference
    if len(shares) == 2:
        assert difference is not None and difference.value == pytest.approx(statistics.mean(shares), abs=1e-6)
    else:
        assert difference is None
    again = run_seeds(recipe, tmp_path, 2, reporter=Reporter(quiet=True))
    assert again.to_dict() == result.to_dict() == values


def test_one_seed_has_no_standard_deviation(recipe: Recipe, tmp_path: Path) -> None:
    run_seeds(recipe, tmp_path, 1, reporter=Reporter(quiet=True))
    assert {spread["sd"] for spread in read_json(tmp_path / "seeds.json")["dev"].values()} == {None}


def test_finished_seeds_are_not_repeated(recipe: Recipe, tmp_path: Path) -> None:
    first = run_seeds(recipe, tmp_path, 1, reporter=Reporter(quiet=True))
    weights = tmp_path / "seed-7" / "model.safetensors"
    before = weights.stat().st_mtime_ns
    second = run_seeds(recipe, tmp_path, 2, reporter=Reporter(quiet=True))
    assert weights.stat().st_mtime_ns == before
    assert second.scores["accuracy"].values[0] == first.scores["accuracy"].values[0]


def test_the_folder_of_a_single_run_is_refused(recipe: Recipe, tiny_run: Path) -> None:
    with pytest.raises(ConfigError, match="--seeds"):
        run_seeds(recipe, tiny_run, 2)
    assert not list(tiny_run.glob("seed-*"))


def test_no_seed_is_an_error(recipe: Recipe, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--seeds 0"):
        run_seeds(recipe, tmp_path, 0)


def test_each_task_of_several_has_its_spread(recipe: Recipe, reviews_file: Path, tmp_path: Path) -> None:
    data = DataRecipe(train=str(reviews_file), dev=str(reviews_file))
    tasks = (TaskRecipe("classification", head="하나", data=data), TaskRecipe("classification", head="둘", data=data))
    short = replace(recipe, tasks=tasks, data=DataRecipe(), train=replace(recipe.train, epochs=1))
    results = run_seeds_several(short, tmp_path, 2, reporter=Reporter(quiet=True))
    assert list(results) == ["하나", "둘"]
    for name, result in results.items():
        stored = [read_json(tmp_path / f"seed-{seed}" / name / "scores.json") for seed in (7, 8)]
        assert result.scores["brier"].values == tuple(scores["dev"]["brier"]["value"] for scores in stored)
    written = read_json(tmp_path / "seeds.json")
    assert written == {"seeds": [7, 8], "tasks": {name: result.to_dict() for name, result in results.items()}}
