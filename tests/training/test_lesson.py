"""A student learns what its teacher says, of texts with labels and without, through files, kills and wrong wishes."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from tiny_models import Quiet, fit_killed_at, same_weights, tiny_recipe

from malmoi.errors import ArtifactError, ConfigError, DataError
from malmoi.inference.predictor import load
from malmoi.io import read_json
from malmoi.messages import set_language
from malmoi.training.fit import fit
from malmoi.training.recipe import Recipe, TaskRecipe

UNLABELLED = [
    "화면이 예쁘고 배우도 좋아요",
    "음악이 지루해요",
    "배송이 빠르고 좋아요",
    "직원이 불친절해요 ㅠㅠ",
    "화면이 예쁘고 배우도 좋아요",
]


@pytest.fixture(autouse=True)
def english() -> None:
    set_language("en")
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def teacher(tiny_model: Path, reviews_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that knows the reviews."""
    recipe = tiny_recipe(tiny_model, reviews_file, model={"dropout": 0.0}, train={"epochs": 20, "calibrate": True})
    return fit(recipe, tmp_path_factory.mktemp("teacher") / "run", reporter=Quiet()).path


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    file = tmp_path / "글.txt"
    file.write_text("\n".join(UNLABELLED) + "\n", encoding="utf-8")
    return file


def student(tiny_model: Path, reviews_file: Path, teacher: Path, **changes: Any) -> Recipe:
    recipe = tiny_recipe(
        tiny_model, reviews_file, model={"layers": 1, "dropout": 0.0}, distil={"teacher": str(teacher)}
    )
    for field, values in changes.items():
        recipe = replace(recipe, **{field: replace(getattr(recipe, field), **values)})
    return recipe


def test_says_what_the_teacher_says(
    tiny_model: Path, reviews_file: Path, teacher: Path, texts: Path, tmp_path: Path
) -> None:
    distil = {"texts": str(texts), "weight": 1.0, "temperature": 1.0}
    recipe = student(tiny_model, reviews_file, teacher, distil=distil, train={"epochs": 60})
    reporter = Quiet()
    out = fit(recipe, tmp_path / "run", reporter=reporter).path
    assert [line for line in reporter.stages[1][1] if "without labels" in line] == [f"texts without labels, {texts}: 4"]
    losses = [report.loss for report in reporter.reports]  # divergences, 0 where both say the same
    assert np.mean(losses[-8:]) < 0.05 * np.mean(losses[:8])
    assert sum(report.examples for report in reporter.reports) == 60 * (12 + 4)
    assert read_json(out / "scores.json")["num_unlabelled"] == 4
    assert read_json(out / "config.json")["num_hidden_layers"] == 1
    card = (out / "README.md").read_text(encoding="utf-8")
    assert f"| 스승 / teacher | {teacher}, {texts} (4) |" in card
    assert not (out / "checkpoints").exists()


def test_texts_that_train_or_dev_have_are_left_out_and_limited(
    tiny_model: Path, reviews_file: Path, teacher: Path, tmp_path: Path
) -> None:
    own = next(cell for cell in reviews_file.read_text(encoding="utf-8").splitlines()[1].split("\t") if len(cell) > 5)
    file = tmp_path / "글.txt"
    file.write_text("\n".join([own, *UNLABELLED]), encoding="utf-8")
    distil = {"texts": str(file), "limit": 2}
    reporter = Quiet()
    out = fit(student(tiny_model, reviews_file, teacher, distil=distil), tmp_path / "run", reporter=reporter).path
    assert f"texts without labels, {file}: 2" in reporter.stages[1][1]
    assert read_json(out / "scores.json")["num_unlabelled"] == 2
    file.write_text(own, encoding="utf-8")
    with pytest.raises(DataError, match="no text that is not in training data"):
        fit(student(tiny_model, reviews_file, teacher, distil={"texts": str(file)}), tmp_path / "b", reporter=Quiet())


def test_the_order_of_labels_is_the_students(
    tiny_model: Path, reviews_file: Path, teacher: Path, tmp_path: Path
) -> None:
    turned = tuple(reversed(read_json(teacher / "task.json")["config"]["labels"]))
    recipe = student(tiny_model, reviews_file, teacher, distil={"weight": 1.0}, train={"epochs": 40})
    recipe = replace(recipe, tasks=(TaskRecipe("classification", {"labels": list(turned)}),))
    out = fit(recipe, tmp_path / "run", reporter=Quiet()).path
    assert tuple(read_json(out / "task.json")["config"]["labels"]) == turned
    text = "음식이 맛있고 직원도 친절합니다"
    assert load(str(out))(text).label == load(str(teacher))(text).label


def test_a_run_that_was_killed_goes_on_to_the_same_weights(
    tiny_model: Path, reviews_file: Path, teacher: Path, texts: Path, tmp_path: Path, in_process: Any
) -> None:
    recipe = student(tiny_model, reviews_file, teacher, distil={"texts": str(texts)})
    whole = fit(recipe, tmp_path / "whole", reporter=Quiet()).path
    for operation in (8, 14, 20, 30):
        out = tmp_path / f"killed-{operation}"
        assert in_process(fit_killed_at, recipe, out, operation) == -9
        fit(recipe, out, reporter=Quiet())
        assert same_weights(load_file(out / "model.safetensors"), load_file(whole / "model.safetensors"))


def test_answers_are_asked_for_once(
    tiny_model: Path, reviews_file: Path, teacher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import malmoi.training.lesson as lesson

    monkeypatch.setattr(lesson, "_CHUNK", 5)
    chunks: list[int] = []
    opened = lesson.open_engine

    def engine(*args: Any) -> Any:
        own = opened(*args)
        run = own.run

        def counted(task: Any, windows: Any, on_batch: Any) -> Any:
            chunks.append(len(windows))
            if len(chunks) == 3:
                raise KeyboardInterrupt
            return run(task, windows, on_batch)

        monkeypatch.setattr(own, "run", counted)
        return own

    monkeypatch.setattr(lesson, "open_engine", engine)
    recipe = student(tiny_model, reviews_file, teacher)
    with pytest.raises(KeyboardInterrupt):
        fit(recipe, tmp_path / "run", reporter=Quiet())
    kept = np.load(tmp_path / "run" / "checkpoints" / "teacher.npy", allow_pickle=False)
    assert kept.shape == (10, 2) and np.isfinite(kept).all()
    reporter = Quiet()
    fit(recipe, tmp_path / "run", reporter=reporter)
    assert chunks == [5, 5, 2, 2] and any("has answered 2 texts" in note for note in reporter.notes)


def test_another_teacher_is_another_run(tiny_model: Path, reviews_file: Path, teacher: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "teacher"
    shutil.copytree(teacher, copy)
    recipe = student(tiny_model, reviews_file, copy)
    stop = Quiet({3: lambda report: (_ for _ in ()).throw(KeyboardInterrupt)})
    with pytest.raises(KeyboardInterrupt):
        fit(recipe, tmp_path / "run", reporter=stop)
    shutil.rmtree(copy)
    other = replace(recipe, model=replace(recipe.model, layers=0), distil=replace(recipe.distil, teacher=""))
    trained = fit(replace(other, train=replace(other.train, seed=5)), copy, reporter=Quiet()).path
    assert trained == copy
    with pytest.raises(ConfigError, match="the data has changed"):
        fit(recipe, tmp_path / "run", reporter=Quiet())


def test_wrong_wishes_name_the_fix(
    tiny_model: Path, reviews_file: Path, teacher: Path, texts: Path, tmp_path: Path, score_run: Path, pair_run: Path
) -> None:
    def refused(recipe: Recipe, error: type[Exception], match: str) -> None:
        with pytest.raises(error, match=match):
            fit(recipe, tmp_path / "run", reporter=Quiet())
        assert not (tmp_path / "run").exists()

    base = student(tiny_model, reviews_file, teacher)
    refused(replace(base, distil=replace(base.distil, teacher="", texts=str(texts))), ConfigError, "--distil-from")
    refused(replace(base, distil=replace(base.distil, teacher=str(tmp_path / "없음"))), ArtifactError, "없음")
    refused(replace(base, distil=replace(base.distil, teacher=str(score_run))), ConfigError, "is for regression")
    refused(replace(base, model=replace(base.model, layers=9)), ConfigError, r"model\.layers=9")
    with pytest.raises(ConfigError, match="tfidf is no network"):
        replace(base, model=replace(base.model, name="tfidf"))
    labels = tmp_path / "다른.csv"
    labels.write_text("text,label\n좋아요,좋음\n싫어요,나쁨\n" * 5, encoding="utf-8")
    refused(replace(base, data=replace(base.data, train=str(labels), dev=str(labels))), ConfigError, "different labels")


def test_tasks_that_cannot_be_taught_say_which_can(tiny_model: Path, teacher: Path, tmp_path: Path) -> None:
    from malmoi.tasks import Tagging
    from malmoi.training.lesson import _outputs

    class Taught:
        path, task = tmp_path, Tagging(Tagging.configure(Tagging.config_class(), Tagging.demo()), None)

    with pytest.raises(ConfigError, match="classification, multi-label, regression"):
        _outputs(Taught.task, Taught)  # type: ignore[arg-type]


def test_command(
    run_cli: Any, tiny_model: Path, reviews_file: Path, teacher: Path, texts: Path, tmp_path: Path
) -> None:
    os.environ["MALMOI_LANG"] = "en"
    words = ["--data", str(reviews_file), "--dev", str(reviews_file), "--epochs", "1", "--set", "train.precision=fp32"]
    given = [
        "--distil-from",
        str(teacher),
        "--layers",
        "1",
        "--unlabelled",
        str(texts),
        "--out",
        str(tmp_path / "small"),
    ]
    result = run_cli("train", "classification", *words, *given)
    assert result.code == 0, result.err
    stored = read_json(tmp_path / "small" / "recipe.json")
    assert stored["model"]["name"] == stored["distil"]["teacher"] == str(teacher) and stored["model"]["layers"] == 1
    assert "texts without labels" in result.err
