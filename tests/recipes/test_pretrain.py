"""Pretraining from a recipe: the file beside the weights repeats the run, and what is set lies above it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from malmoi.errors import ConfigError
from malmoi.io import write_json
from malmoi.messages import set_language
from malmoi.recipes.pretrain import resolve_pretraining
from malmoi.training.pretrain_recipe import PretrainRecipe, pretrain_recipe_to_dict


@pytest.fixture(autouse=True)
def english() -> None:
    set_language("en")


@pytest.fixture
def original() -> PretrainRecipe:
    return resolve_pretraining(
        "roberta", ["글.txt"], ["objective.mask_rate=0.3"], tokenizer="tok", hours=2.0, lr=3e-4, whole_words=True
    )


@pytest.fixture
def run(original: PretrainRecipe, tmp_path: Path) -> Path:
    write_json(tmp_path / "recipe.json", pretrain_recipe_to_dict(original))
    return tmp_path


def test_a_run_or_its_file_gives_the_same_recipe(run: Path, original: PretrainRecipe) -> None:
    assert resolve_pretraining("roberta", (), recipe=str(run)) == original
    assert resolve_pretraining("roberta", (), recipe=str(run / "recipe.json")) == original


def test_what_is_set_lies_above_the_recipe(run: Path) -> None:
    again = resolve_pretraining("roberta", ["다른글.txt"], ["optim.lr=1e-4"], recipe=str(run), steps=50)
    assert again.corpus.files == ("다른글.txt",) and again.optim.lr == 1e-4
    assert (again.budget.hours, again.budget.steps) == (None, 50)
    assert again.objective.mask_rate == 0.3 and again.network.tokenizer == "tok"


def test_the_learning_rate_of_the_recipe_stays_when_a_model_goes_on(run: Path) -> None:
    assert resolve_pretraining("roberta", (), recipe=str(run), model="e5-small-ko").optim.lr == 3e-4
    with pytest.raises(ConfigError, match="--size"):
        resolve_pretraining("roberta", (), recipe=str(run), model="e5-small-ko", size="1x64")


def test_what_is_no_recipe_of_this_training_is_named(run: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="for roberta, not gpt"):
        resolve_pretraining("gpt", (), recipe=str(run))
    with pytest.raises(ConfigError, match="no such file"):
        resolve_pretraining("gpt", (), recipe=str(tmp_path / "없음.json"))
    (tmp_path / "다른.json").write_text(json.dumps({"tasks": []}), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"다른\.json: .*tasks"):
        resolve_pretraining("gpt", (), recipe=str(tmp_path / "다른.json"))
    with pytest.raises(ConfigError, match="CORPUS"):
        resolve_pretraining("gpt", ())
