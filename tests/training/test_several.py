"""Several tasks on one backbone: each learns, each artifact is of the usual kind, a killed run goes on as if nothing was."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file
from tiny_models import Quiet, tiny_recipe

from malmoi.data.features import Features
from malmoi.errors import ArtifactError, ConfigError, Interrupted
from malmoi.inference.predictor import load
from malmoi.recipes.resolve import resolve_recipe, resolve_several
from malmoi.training.loop import Course, Lane, Plan
from malmoi.training.recipe import DataRecipe, Recipe, TaskRecipe, TrainRecipe
from malmoi.training.rehearse import rehearse
from malmoi.training.run_folder import RunFolder
from malmoi.training.several import fit_several, single_recipe

PAIRS = [
    ("비가 온다", "비가 내린다", 5.0),
    ("아이가 공을 찬다", "아이가 공을 던진다", 3.2),
    ("남자가 기타를 친다", "여자가 기타를 친다", 2.4),
    ("영화가 재미있었다", "음식이 맛있었다", 0.8),
    ("고양이가 잔다", "버스가 늦게 왔다", 0.0),
    ("문을 닫아 주세요", "문 좀 닫아 줄래요", 4.2),
]


@pytest.fixture(scope="module")
def pairs_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("several") / "쌍.tsv"
    lines = ["text\tpair\tscore", *(f"{a}\t{b}\t{score}" for a, b, score in PAIRS)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def recipe(tiny_model: Path, reviews_file: Path, pairs_file: Path) -> Recipe:
    tasks = (
        TaskRecipe("classification", head="감정", data=DataRecipe(str(reviews_file), dev=str(reviews_file))),
        TaskRecipe("regression", head="sts", data=DataRecipe(str(pairs_file), dev=str(pairs_file)), weight=2.0),
    )
    return dataclasses.replace(tiny_recipe(tiny_model, "", train={"epochs": 12}), tasks=tasks, data=DataRecipe())


def weights(folder: Path) -> dict[str, np.ndarray]:
    return {name: tensor.numpy() for name, tensor in load_file(folder / "model.safetensors").items()}


def test_each_task_learns_and_leaves_an_artifact(recipe: Recipe, tmp_path: Path) -> None:
    results = fit_several(recipe, tmp_path / "run", reporter=Quiet())
    assert [result.name for result in results] == ["감정", "sts"]
    moods = load(str(tmp_path / "run" / "감정"), precision="fp32", threads=1)
    scores = load(str(tmp_path / "run" / "sts"), precision="fp32", threads=1)
    assert results[0].scores["dev"]["accuracy"]["value"] >= 0.9
    assert results[1].scores["dev"]["spearman"]["value"] >= 0.8
    assert moods("음식이 맛있고 직원도 친절합니다").label == "긍정"
    assert scores(("비가 온다", "비가 내린다")).score > scores(("고양이가 잔다", "버스가 늦게 왔다")).score
    stored = json.loads((tmp_path / "run" / "scores.json").read_text(encoding="utf-8"))
    assert stored == {result.name: result.scores for result in results}
    assert not (tmp_path / "run" / "checkpoints").exists()


def test_parts_share_the_backbone_under_hugging_face_names(recipe: Recipe, tmp_path: Path) -> None:
    fit_several(recipe, tmp_path / "run", reporter=Quiet())
    one, other = (weights(tmp_path / "run" / name) for name in ("감정", "sts"))
    backbone = [name for name in one if name.startswith("bert.") and "pooler" not in name]
    assert len(backbone) > 20 and all(np.array_equal(one[name], other[name]) for name in backbone)
    assert not np.array_equal(one["bert.pooler.dense.weight"], other["bert.pooler.dense.weight"])
    assert one["classifier.weight"].shape == (2, 32) and other["classifier.weight"].shape == (1, 32)
    from transformers import AutoModelForSequenceClassification

    model = AutoModelForSequenceClassification.from_pretrained(tmp_path / "run" / "sts")
    assert np.array_equal(model.classifier.weight.detach().numpy(), other["classifier.weight"])


def test_stopped_and_resumed_equals_uninterrupted(recipe: Recipe, tmp_path: Path) -> None:
    import os
    import signal

    fit_several(recipe, tmp_path / "whole", reporter=Quiet())
    stop = Quiet({23: lambda report: os.kill(os.getpid(), signal.SIGTERM)})
    with pytest.raises(Interrupted):
        fit_several(recipe, tmp_path / "cut", reporter=stop)
    with pytest.raises(ArtifactError):
        load(str(tmp_path / "cut" / "sts"))
    again = Quiet()
    fit_several(recipe, tmp_path / "cut", reporter=again)
    assert again.resumed_at == 23
    for name in ("감정", "sts"):
        whole, cut = weights(tmp_path / "whole" / name), weights(tmp_path / "cut" / name)
        assert all(np.array_equal(whole[key], cut[key]) for key in whole)


def test_finished_is_not_repeated_and_fresh_is(recipe: Recipe, tmp_path: Path) -> None:
    first = fit_several(recipe, tmp_path, reporter=Quiet())
    quiet = Quiet()
    again = fit_several(recipe, tmp_path, reporter=quiet)
    assert not quiet.reports and [r.scores for r in again] == [r.scores for r in first]
    assert [r.evaluation and r.evaluation.to_dict() for r in again] == [
        r.evaluation and r.evaluation.to_dict() for r in first
    ]
    assert all(r.evaluation for r in again)
    renamed = dataclasses.replace(recipe, tasks=(dataclasses.replace(recipe.tasks[0], head="mood"), recipe.tasks[1]))
    with pytest.raises(ConfigError, match="--fresh"):
        fit_several(renamed, tmp_path, reporter=Quiet())
    fit_several(renamed, tmp_path, fresh=True, reporter=Quiet())
    assert not (tmp_path / "감정").exists() and (tmp_path / "mood" / "manifest.json").is_file()


def test_a_run_of_several_tasks_asks_which(recipe: Recipe, tmp_path: Path) -> None:
    fit_several(recipe, tmp_path / "run", reporter=Quiet())
    with pytest.raises(ArtifactError, match=r"run/sts"):
        load(str(tmp_path / "run"))


def lane(length: int, epochs: float) -> Lane:
    plan = Plan(np.full(length, 8), TrainRecipe(epochs=epochs, batch_size=4))
    return Lane(None, None, [Features(np.zeros(8), np.zeros(8))] * length, plan)  # type: ignore[arg-type]


def test_a_course_mixes_lanes_and_every_update_occurs_once() -> None:
    lanes = (lane(40, 2), lane(12, 3))
    course = Course(lanes, TrainRecipe(epochs=2, batch_size=4))
    assert course.num_steps == 20 + 9
    steps = list(course.from_step(0))
    assert [step for step, *_ in steps] == list(range(29))
    for own in lanes:
        given = [update for _, _, found, update in steps if found is own]
        expected = [update for _, _, update in own.plan.from_step(0)]
        assert len(given) == len(expected)
        assert all(
            np.array_equal(a, b) for x, y in zip(given, expected, strict=True) for a, b in zip(x, y, strict=True)
        )
    turns = course.order.tolist()
    assert 0 < turns[:15].count(1) < 9  # mixed, not one after the other
    for cut in (1, 13, 28):
        rest = list(course.from_step(cut))
        assert [step for step, *_ in rest] == list(range(cut, 29))
        assert all(a[2] is b[2] for a, b in zip(rest, steps[cut:], strict=True))


@pytest.mark.parametrize(
    ("tasks", "message"),
    [
        ([], "tasks is empty"),
        ([{"name": "classification"}, {"name": "regression", "data": {"train": "korsts"}}], "tasks.0 .*data.train"),
        ([{"name": "classification", "data": {"train": "nsmc"}}] * 2, "share a name"),
        ([{"name": "classification", "head": "../x", "data": {"train": "nsmc"}}], "tasks.0.head"),
        ([{"name": "classification", "head": "baseline", "data": {"train": "nsmc"}}], "tasks.0.head"),
        ([{"name": "classification", "weight": 0}], "tasks.0.weight"),
        ([{"name": "regression", "data": {"train": "nsmc"}}], "for classification"),
        ([{"name": "classification", "data": {"train": "nsmc"}, "config": {"pool": 1}}], "task.pool"),
    ],
)
def test_bad_recipes_are_named(tasks: list, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALMOI_LANG", "en")
    file = tmp_path / "recipe.json"
    file.write_text(json.dumps({"tasks": tasks}), encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        resolve_several(str(file))


def test_named_recipe_flags_and_what_corpora_imply() -> None:
    recipe = resolve_several("pairs", ["tasks.1.weight=0.5", "optim.warmup=0.2"], epochs=2.0)
    assert [task.head for task in recipe.tasks] == ["nli", "sts"]
    assert recipe.tasks[1].weight == 0.5 and recipe.optim.warmup == 0.2 and recipe.train.epochs == 2.0
    with pytest.raises(ConfigError, match=r"tasks\.0\.data\.text"):
        resolve_several("pairs", text="본문")
    alone = single_recipe(recipe, 1)
    assert alone.data.train == "korsts" and alone.train.epochs == 1.0 and alone.tasks[0].name == "regression"


def test_a_card_names_the_command_that_repeats_the_run(recipe: Recipe, tmp_path: Path) -> None:
    fit_several(recipe, tmp_path / "run", reporter=Quiet())
    for name in ("감정", "sts"):
        assert "`malmoi train multi-task --recipe recipe.json" in (tmp_path / "run" / name / "README.md").read_text(
            "utf-8"
        )
        resolved = resolve_several(str(tmp_path / "run" / name / "recipe.json"))
        assert [task.head for task in resolved.tasks] == ["감정", "sts"]


def test_one_task_refuses_a_recipe_of_several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALMOI_LANG", "en")
    for task in ("classification", "regression"):
        with pytest.raises(ConfigError, match="malmoi train multi-task"):
            resolve_recipe(task, None, "pairs")


def test_a_recipe_of_one_task_is_sent_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALMOI_LANG", "en")
    with pytest.raises(ConfigError, match="malmoi train classification --recipe nsmc"):
        resolve_several("nsmc")


def test_a_rehearsal_names_the_steps_of_the_run(recipe: Recipe, tmp_path: Path) -> None:
    reporter = Quiet()
    found = rehearse(recipe, tmp_path / "run", reporter=reporter)
    assert [number for number, _ in reporter.stages] == [1, 2, 3, 4, 5, 6, 7]
    assert (found.num_train, found.num_dev) == (12 + len(PAIRS), 12 + len(PAIRS))
    assert found.warnings and all(warning.startswith(("감정: ", "sts: ")) for warning in found.warnings)
    assert list(tmp_path.iterdir()) == []
    real = Quiet()
    fit_several(recipe, tmp_path / "run", reporter=real)
    assert found.num_steps == len(real.reports)
    again = Quiet()
    rehearse(recipe, tmp_path / "run", reporter=again)
    with pytest.raises(ConfigError, match="--fresh"):
        rehearse(dataclasses.replace(recipe, tasks=recipe.tasks[::-1]), tmp_path / "run", reporter=again)


def test_baselines_stand_in_the_folder_of_each_task(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MALMOI_LANG", "en")
    short = dataclasses.replace(recipe, train=dataclasses.replace(recipe.train, epochs=1))
    reporter = Quiet()
    results = fit_several(short, tmp_path / "run", baseline=True, reporter=reporter)
    assert [any(f"tf-idf ({name})" in note for note in reporter.notes) for name in ("감정", "sts")] == [True, True]
    for result in results:
        assert load(str(result.path / "baseline")).task.name == load(str(result.path)).task.name
        assert all(score["n"] > 0 for score in result.scores["baselines"]["tfidf"].values())
    fit_several(short, tmp_path / "later", reporter=Quiet())
    before = (tmp_path / "later" / "sts" / "scores.json").read_bytes()
    fit_several(short, tmp_path / "later", baseline=True, reporter=Quiet())
    assert RunFolder(tmp_path / "later" / "sts").has_baseline
    assert (tmp_path / "later" / "sts" / "scores.json").read_bytes() == before
    fit_several(short, tmp_path / "later", fresh=True, reporter=Quiet())
    assert not (tmp_path / "later" / "sts" / "baseline").exists()


def test_a_task_without_tfidf_has_no_baseline(recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALMOI_LANG", "en")
    tags = TaskRecipe("tagging", data=DataRecipe("없는 파일.tsv"))
    with pytest.raises(ConfigError, match="no tf-idf for the task tagging"):
        fit_several(
            dataclasses.replace(recipe, tasks=(*recipe.tasks, tags)), tmp_path / "run", baseline=True, reporter=Quiet()
        )
    assert not (tmp_path / "run").exists()


def test_command_line(recipe: Recipe, tmp_path: Path, run_cli) -> None:
    from malmoi.training.recipe import recipe_to_dict

    file = tmp_path / "함께.json"
    file.write_text(json.dumps(recipe_to_dict(recipe)), encoding="utf-8")
    out = tmp_path / "run"
    result = run_cli("train", "multi-task", "--recipe", file, "--epochs", "2", "--out", out, "--json", "-")
    assert result.code == 0, result.err
    assert set(json.loads(result.out)["tasks"]) == {"감정", "sts"}
    assert run_cli("predict", out / "감정", "정말 재미있어요").code == 0
    dry = run_cli("train", "multi-task", "--recipe", file, "--dry-run", "--out", tmp_path / "dry", "--json", "-")
    assert dry.code == 0 and '"dry_run": true' in dry.out and not (tmp_path / "dry").exists()
    seeds = run_cli(
        "train",
        "multi-task",
        "--recipe",
        file,
        "--epochs",
        "1",
        "--seeds",
        2,
        "--out",
        tmp_path / "seeds",
        "--json",
        "-",
    )
    assert seeds.code == 0, seeds.err
    values = json.loads(seeds.out)["tasks"]
    assert [values[name]["seeds"] for name in ("감정", "sts")] == [[42, 43], [42, 43]]
    for flags in (
        ["--data", "nsmc"],
        ["--dry-run", "--seeds", "2"],
        ["--skip-bad"],
        ["--text", "본문"],
        ["--model", "tfidf"],
        [],
    ):
        bad = run_cli("train", "multi-task", *(["--recipe", file] if flags else []), *flags, "--out", tmp_path / "x")
        assert bad.code == 2 and not (tmp_path / "x").exists()
