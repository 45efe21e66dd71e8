"""A dry run says what a run would do and writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tiny_models import Quiet, tiny_recipe

from malmoi.data.examples import TextExample
from malmoi.errors import DataError
from malmoi.messages import set_language
from malmoi.models.tfidf import TFIDF
from malmoi.training.fit import fit
from malmoi.training.recipe import ModelRecipe, Recipe, TaskRecipe
from malmoi.training.rehearse import rehearse


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    set_language("en")
    yield
    set_language(None)


def test_steps_are_those_of_the_run_and_nothing_is_written(
    tiny_model: Path, reviews_file: Path, tmp_path: Path
) -> None:
    recipe, reporter = tiny_recipe(tiny_model, reviews_file), Quiet()
    found = rehearse(recipe, tmp_path / "run", reporter=reporter)
    assert [number for number, _ in reporter.stages] == [1, 2, 3, 4, 5, 6, 7]
    assert list(tmp_path.iterdir()) == []
    assert found.seconds is not None and found.seconds > 0
    real = Quiet()
    fit(recipe, tmp_path / "run", reporter=real)
    assert found.num_steps == len(real.reports) and found.num_train == 12


def test_warnings_of_the_data_are_said(tiny_model: Path, tmp_path: Path) -> None:
    data = tmp_path / "자료.tsv"
    rows = ["text\tlabel", *(f"글 {i}\t{'긍정' if i % 2 else '부정'}" for i in range(20)), "글 1\t부정"]
    data.write_text("\n".join(rows) + "\n", encoding="utf-8")
    reporter = Quiet()
    recipe = tiny_recipe(tiny_model, data)
    found = rehearse(recipe, tmp_path / "run", reporter=reporter)
    assert found.warnings and said_in_step_2(reporter) == list(found.warnings)


def said_in_step_2(reporter: Quiet) -> list[str]:
    lines = dict(reporter.stages)[2]
    return [line.removeprefix("warning: ") for line in lines if line.startswith("warning: ")]


def test_a_real_run_says_the_warnings_of_its_rehearsal(tmp_path: Path) -> None:
    train = [TextExample(f"좋은 글 {i}", label="가나다"[i % 3]) for i in range(30)]
    dev = [TextExample(f"나쁜 글 {i}", label="가나"[i % 2]) for i in range(10)] + train[:1]
    recipe = Recipe(tasks=(TaskRecipe("classification"),), model=ModelRecipe(TFIDF))
    planned, real = Quiet(), Quiet()
    found = rehearse(recipe, tmp_path / "run", train_data=train, dev_data=dev, reporter=planned)
    fit(recipe, tmp_path / "run", train_data=train, dev_data=dev, reporter=real)
    assert said_in_step_2(real) == said_in_step_2(planned) == list(found.warnings)
    assert found.warnings[0].startswith("1 dev texts also stand in the training data")
    assert found.warnings[1] == "labels of the training data that dev lacks: '다'. The dev scores say nothing of them."


def test_labels_that_only_dev_has_are_named(tmp_path: Path) -> None:
    train, dev = (
        [TextExample(f"{side} {i}", label=labels[i % 2]) for i in range(20)]
        for side, labels in (("글", "가나"), ("말", "가다"))
    )
    recipe = Recipe(tasks=(TaskRecipe("classification", {"labels": ["가", "나", "다"]}),), model=ModelRecipe(TFIDF))
    reporter = Quiet()
    warnings = rehearse(recipe, tmp_path / "run", train_data=train, dev_data=dev, reporter=reporter).warnings
    assert [number for number, _ in reporter.stages] == [1, 2, 3, 4, 5, 6, 7] and not list(tmp_path.iterdir())
    assert any(line.startswith("labels of dev that the training data lacks: '다'.") for line in warnings)


def test_what_cannot_be_trained_is_an_error_of_the_rehearsal(tiny_model: Path, tmp_path: Path) -> None:
    data = tmp_path / "자료.tsv"
    data.write_text("text\tlabel\n재밌어요\t긍정\n좋아요\t긍정\n", encoding="utf-8")
    recipe = tiny_recipe(tiny_model, data)
    with pytest.raises(DataError, match="긍정"):
        rehearse(replace(recipe, data=replace(recipe.data, dev=str(data))), tmp_path / "run", reporter=Quiet())
    assert not (tmp_path / "run").exists()
