"""tf-idf runs: every task learns its demo, the folder is a normal artifact, strengths are chosen on dev, baselines stand beside."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_models import Quiet

from malmoi.data.examples import TextExample
from malmoi.errors import ConfigError, DataError
from malmoi.evaluation.evaluate import evaluate
from malmoi.inference.artifact import TFIDF_FILES
from malmoi.inference.predictor import load
from malmoi.io import MANIFEST, read_json
from malmoi.messages import set_language
from malmoi.models.tfidf import TFIDF
from malmoi.tasks import TASKS, Tagging, Task
from malmoi.training import save_run, tfidf
from malmoi.training.answers import ANSWERS_FILE
from malmoi.training.baseline import baseline_recipe
from malmoi.training.fit import fit
from malmoi.training.lock import LOCK_FILE
from malmoi.training.recipe import DataRecipe, DistilRecipe, ModelRecipe, OptimRecipe, Recipe, TaskRecipe, TrainRecipe
from malmoi.training.result import FitResult
from malmoi.training.run_folder import REPORT_FILE, RUN_FILE, RunFolder
from malmoi.training.seen import SEEN_FILE

LINEAR = [task for task in TASKS if task.linear_targets is not Task.linear_targets]
every_task = pytest.mark.parametrize("task_class", LINEAR, ids=[task.name for task in LINEAR])
LITTLE = [TextExample("가나", label="갑"), TextExample("다라", label="을")]  # no n-gram occurs twice
FOLDER = {*TFIDF_FILES, "README.md", MANIFEST, REPORT_FILE, RUN_FILE, LOCK_FILE, SEEN_FILE, ANSWERS_FILE}


@pytest.fixture(autouse=True)
def english() -> None:
    set_language("en")


def recipe_for(name: str, config: dict[str, Any] | None = None, **train: Any) -> Recipe:
    """A tf-idf recipe on data from memory."""
    return Recipe(
        tasks=(TaskRecipe(name, config or {}),),
        data=DataRecipe(train="memory", dev="memory"),
        model=ModelRecipe(TFIDF),
        train=TrainRecipe(**train),
    )


def fit_tfidf(examples: list[Any], out: Path, recipe: Recipe, dev: list[Any] | None = None, **wishes: Any) -> FitResult:
    wishes = {"reporter": Quiet()} | wishes
    return fit(recipe, out, train_data=examples, dev_data=dev or examples, **wishes)


def reviews(num: int = 40) -> list[TextExample]:
    """Reviews that are easy to tell apart, and one in ten that is labelled wrong."""
    rng = np.random.default_rng(0)
    rows = []
    for i in range(num):
        label = ("긍정", "부정")[i % 2]
        word = {"긍정": "재미있어요 최고", "부정": "지루해요 최악"}[label]
        wrong = i % 10 == 9
        rows.append(
            TextExample(f"{word} {rng.integers(99)}", label={"긍정": "부정", "부정": "긍정"}[label] if wrong else label)
        )
    return rows


@every_task
def test_every_task_learns_its_demo(task_class: type[Task], tmp_path: Path) -> None:
    examples = task_class.demo() * 3
    result = fit_tfidf(examples, tmp_path / "run", recipe_for(task_class.name))
    assert result.evaluation is not None
    assert result.evaluation.scores[task_class.main_score].value > 0.9
    assert {path.name for path in result.path.iterdir()} == FOLDER
    predictor = load(str(result.path))
    assert predictor.predict(examples) == result.evaluation.predictions
    again = evaluate(predictor, examples)
    assert again.scores == result.evaluation.scores
    assert read_json(result.path / "scores.json")["C"] in tfidf.STRENGTHS


@every_task
def test_hostile_texts_are_answered(task_class: type[Task], tmp_path: Path) -> None:
    examples = task_class.demo() * 2
    predictor = load(str(fit_tfidf(examples, tmp_path / "run", recipe_for(task_class.name)).path))
    for text in ("", " ", "\ud83d", "🙂" * 50, "가" * 5000):
        asked = dataclasses.replace(examples[0], text=text)
        together = predictor.predict([*examples, asked])[-1]
        assert predictor.predict([asked]) == [together]
        assert all(np.isfinite(value) for value in together.to_dict().values() if isinstance(value, float))


def test_trained_twice_is_the_same_and_a_finished_run_stays(tmp_path: Path) -> None:
    recipe, reporter = recipe_for("classification"), Quiet()
    first = fit_tfidf(reviews(), tmp_path / "a", recipe)
    second = fit_tfidf(reviews(), tmp_path / "b", recipe)
    weights = [(run.path / "model.safetensors").read_bytes() for run in (first, second)]
    assert weights[0] == weights[1]
    again = fit_tfidf(reviews(), tmp_path / "a", recipe, reporter=reporter)
    assert any("already finished" in note for note in reporter.notes)
    assert again.scores == first.scores and again.evaluation is not None and first.evaluation is not None
    assert again.evaluation.predictions == first.evaluation.predictions
    assert again.evaluation.to_dict() == first.evaluation.to_dict()
    changed = fit_tfidf(reviews(), tmp_path / "a", recipe, reviews()[:30])
    assert changed.evaluation is None and changed.scores == first.scores, "answers to other texts are no evaluation"
    with pytest.raises(ConfigError, match=r"model\.name"):
        fit_tfidf(reviews(), tmp_path / "a", dataclasses.replace(recipe, model=ModelRecipe("klue/bert-base")))


def test_interrupted_run_starts_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = recipe_for("classification")

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(save_run, "save_artifact", stop)
    with pytest.raises(KeyboardInterrupt):
        fit_tfidf(reviews(), tmp_path / "run", recipe)
    monkeypatch.undo()
    assert not RunFolder(tmp_path / "run").is_finished
    assert fit_tfidf(reviews(), tmp_path / "run", recipe).evaluation is not None


def test_the_strength_is_the_best_on_dev(tmp_path: Path) -> None:
    reporter = Quiet()
    result = fit_tfidf(reviews(), tmp_path / "run", recipe_for("classification"), reporter=reporter)
    tried = [note for note in reporter.notes if note.startswith("C=")]
    assert len(tried) == len(tfidf.STRENGTHS)
    best = [note for note in tried if "best so far" in note][-1]
    assert best.startswith(f"C={result.scores['C']:g}:")


def rare_complaints(num: int = 400) -> list[TextExample]:
    """Reviews of which one in ten is a complaint, told by one word among five that mean nothing."""
    rng = np.random.default_rng(0)
    words = ["".join(chr(0xAC00 + code) for code in rng.integers(11172, size=3)) for _ in range(40)]
    return [
        TextExample(
            " ".join(["환불" if i % 10 == 0 else "추천", *rng.choice(words, 5)]),
            label="불만" if i % 10 == 0 else "보통",
        )
        for i in range(num)
    ]


def test_a_plateau_of_weak_strengths_does_not_end_the_search(tmp_path: Path) -> None:
    rows, reporter = rare_complaints(), Quiet()
    result = fit_tfidf(rows[:300], tmp_path / "run", recipe_for("classification"), rows[300:], reporter=reporter)
    weak = [note for note in reporter.notes if note.startswith(("C=0.015625:", "C=0.0625:", "C=0.25:"))]
    assert len(weak) == 3 and all("90.00" in note for note in weak)  # the majority, three times
    assert result.scores["dev"]["macro_f1"]["value"] > 0.9


def moods(num: int, seed: int, noise: float) -> list[TextExample]:
    """Texts of eight words, more or fewer of them good, and one that means nothing, scored by how many are good."""
    rng, vocabulary = np.random.default_rng(seed), np.random.default_rng(9)
    fillers = ["".join(chr(0xAC00 + code) for code in vocabulary.integers(11172, size=3)) for _ in range(30)]
    rows = []
    for i in range(num):
        good = i % 9
        text = " ".join(["좋"] * good + ["싫"] * (8 - good) + [fillers[rng.choice(30, 1)[0]]])
        rows.append(TextExample(text, score=round(good + noise * rng.random(), 2)))
    return rows


def test_strength_of_regression_is_chosen_by_squared_error(tmp_path: Path) -> None:
    """The order of the answers is best where they hardly move (Spearman 0.985 with an MAE of 1.8, 0.979 with one of 0.5)."""
    train, dev = moods(27, 0, 0.9), moods(45, 1, 0.0)
    scores = fit_tfidf(train, tmp_path / "run", recipe_for("regression"), dev).scores["dev"]
    assert scores["spearman"]["value"] > 0.97 and scores["mae"]["value"] < 0.6


def test_among_equal_scores_the_likelihood_decides_then_the_strength() -> None:
    def found(strength: float, score: float, misfit: float) -> tfidf.Candidate:
        return tfidf.Candidate(strength, score, misfit, np.zeros(1), np.zeros(1))

    weak, sure, same = found(1.0, 0.9, 0.5), found(4.0, 0.9, 0.3), found(16.0, 0.9, 0.3)
    good = found(0.25, 0.95, 0.9)
    for higher_is_better, order in ((True, [weak, sure, same, good]), (False, [good, weak, sure, same])):
        assert all(a.rank(higher_is_better) < b.rank(higher_is_better) for a, b in itertools.pairwise(order))


def test_misfit_is_log_loss_or_squared_error() -> None:
    outputs, targets = np.array([[0.0, np.log(3)]], np.float32), np.array([[0.0, 1.0]], np.float32)
    assert tfidf.misfit("label", outputs, targets) == pytest.approx(-np.log(0.75))
    assert tfidf.misfit("labels", outputs, targets) == pytest.approx((np.log(2) - np.log(0.75)) / 2)
    assert tfidf.misfit("score", outputs, targets) == pytest.approx((np.log(3) - 1) ** 2 / 2)


def test_too_little_text(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no n-gram occurs 2 times in the 2 training text"):
        fit_tfidf(LITTLE, tmp_path / "run", recipe_for("classification"))
    assert not (tmp_path / "run").exists()


def test_a_task_without_targets_has_no_tfidf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TASKS[0], "linear_targets", Task.linear_targets)
    with pytest.raises(ConfigError, match=f"no tf-idf for the task {TASKS[0].name}"):
        fit_tfidf(TASKS[0].demo(), tmp_path / "run", recipe_for(TASKS[0].name))


def test_labels_without_a_training_example(tmp_path: Path) -> None:
    for task, rows in (
        ("classification", reviews()),
        ("multi-label", [TextExample(e.text, labels=(e.label or "",)) for e in reviews()]),
    ):
        config = {"labels": ["긍정", "부정", "중립"]}
        predictor = load(str(fit_tfidf(rows, tmp_path / task, recipe_for(task, config)).path))
        assert predictor("재미있어요 최고").scores["중립"] < 0.1


def test_class_weights_move_the_decision(tmp_path: Path) -> None:
    rows = [TextExample("글", label=label) for label in ("가", "나") for _ in range(2)]
    answers = []
    for label in ("가", "나"):
        config = {"class_weights": {label: 50.0}}
        answers.append(
            load(str(fit_tfidf(rows, tmp_path / label, recipe_for("classification", config, calibrate=False)).path))(
                "글"
            ).label
        )
    assert answers == ["가", "나"]


def test_settings_without_a_meaning_are_named() -> None:
    recipe = dataclasses.replace(
        recipe_for("classification", {"max_length": 64}, epochs=9.0, seed=7), optim=OptimRecipe(lr=1e-3)
    )
    (said,) = tfidf.unused_settings(recipe)
    assert said.endswith("task.max_length, optim.lr, train.epochs")
    assert tfidf.unused_settings(recipe_for("classification", seed=7)) == []


@pytest.fixture(scope="module")
def run_with_baseline(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[FitResult, Quiet]:
    """A network that learns nothing, beside a tf-idf model that does."""
    set_language("en")
    recipe = dataclasses.replace(
        recipe_for("classification", epochs=1.0, precision="fp32", threads=1),
        model=ModelRecipe(str(tiny_model)),
        optim=OptimRecipe(lr=1e-9),
    )
    reporter = Quiet()
    out = tmp_path_factory.mktemp("runs") / "beside"
    return fit(recipe, out, train_data=reviews(), dev_data=reviews(), baseline=True, reporter=reporter), reporter


def test_baseline_is_trained_and_judged_beside_the_model(run_with_baseline: tuple[FitResult, Quiet]) -> None:
    result, reporter = run_with_baseline
    assert any(note.startswith("baseline tf-idf: dev accuracy") for note in reporter.notes)
    assert result.evaluation is not None
    majority, found = result.evaluation.analysis.baselines
    assert (majority.key, found.key) == ("majority", TFIDF)
    assert found.difference is not None and found.difference.high < 0 and found.difference.n == 40
    own = load(str(result.path / "baseline"))
    assert found.scores == evaluate(own, reviews()).scores
    stored = read_json(result.path / "scores.json")
    assert stored["baselines"][TFIDF]["accuracy"]["value"] == round(found.scores["accuracy"].value, 6)
    assert stored["differences"]["score"] == "accuracy" and stored["differences"][TFIDF]["n"] == 40
    report = (result.path / REPORT_FILE).read_text(encoding="utf-8")
    assert "Beside the baselines" in report and "Clearly worse than the baseline (tf-idf)" in report


def network_recipe(model: Path, **train: Any) -> Recipe:
    """One epoch of the tiny network."""
    recipe = recipe_for("classification", epochs=1.0, precision="fp32", threads=1, **train)
    return dataclasses.replace(recipe, model=ModelRecipe(str(model)))


def test_too_little_text_for_a_baseline_does_not_end_the_run(tiny_model: Path, tmp_path: Path) -> None:
    reporter = Quiet()
    result = fit_tfidf(LITTLE, tmp_path / "run", network_recipe(tiny_model), baseline=True, reporter=reporter)
    assert result.evaluation is not None and not RunFolder(result.path).has_baseline
    assert any(note.startswith("going on without a baseline: no n-gram") for note in reporter.notes)
    assert not (result.path / "baseline").exists()


def test_a_finished_run_gets_a_baseline_of_its_own_data_only(tiny_model: Path, tmp_path: Path) -> None:
    recipe, reporter = network_recipe(tiny_model), Quiet()
    fit_tfidf(reviews(), tmp_path / "run", recipe)
    for train, dev in ((reviews(30), reviews()), (reviews(), reviews(30))):
        with pytest.raises(ConfigError, match="the data has changed since the run") as caught:
            fit_tfidf(train, tmp_path / "run", recipe, dev, baseline=True)
        assert "--fresh" in str(caught.value) and not (tmp_path / "run" / "baseline").exists()
    before = (tmp_path / "run" / "scores.json").read_bytes()
    fit_tfidf(reviews(), tmp_path / "run", recipe, baseline=True, reporter=reporter)
    assert RunFolder(tmp_path / "run").has_baseline and (tmp_path / "run" / "scores.json").read_bytes() == before
    assert any("malmoi evaluate" in note for note in reporter.notes)


def test_baseline_is_kept_when_the_command_is_repeated(run_with_baseline: tuple[FitResult, Quiet]) -> None:
    result, _ = run_with_baseline
    weights = result.path / "baseline" / "model.safetensors"
    before = weights.stat().st_mtime_ns
    stored = RunFolder(result.path).stored()
    assert stored is not None
    from malmoi.training.recipe import recipe_from_dict

    again = fit(
        recipe_from_dict(stored["recipe"]),
        result.path,
        train_data=reviews(),
        dev_data=reviews(),
        baseline=True,
        reporter=Quiet(),
    )
    assert again.evaluation is not None and result.evaluation is not None and weights.stat().st_mtime_ns == before
    assert again.evaluation.to_dict() == result.evaluation.to_dict()


def test_clearing_a_run_removes_its_baseline_and_nothing_else(
    tmp_path: Path, run_with_baseline: tuple[FitResult, Quiet]
) -> None:
    import shutil

    folder = RunFolder(tmp_path / "run")
    shutil.copytree(run_with_baseline[0].path, folder.path)
    (folder.baseline.path / "메모.txt").write_text("내 메모", encoding="utf-8")
    folder.clear()
    assert sorted(path.name for path in folder.path.rglob("*")) == [LOCK_FILE, "baseline", "메모.txt"]


def test_the_baseline_of_a_student_learns_from_the_data_alone(tiny_model: Path) -> None:
    recipe = dataclasses.replace(network_recipe(tiny_model, seed=7), distil=DistilRecipe(teacher="runs/큰"))
    assert baseline_recipe(recipe) == recipe_for("classification", seed=7)


def test_a_task_without_tfidf_is_refused_before_the_folder_is_there(tiny_model: Path, tmp_path: Path) -> None:
    recipe = dataclasses.replace(network_recipe(tiny_model), tasks=(TaskRecipe("tagging"),))
    for own, baseline in ((recipe, True), (dataclasses.replace(recipe, model=ModelRecipe(TFIDF)), False)):
        with pytest.raises(ConfigError, match="no tf-idf for the task tagging"):
            fit(
                own,
                tmp_path / "run",
                train_data=Tagging.demo(),
                dev_data=Tagging.demo(),
                baseline=baseline,
                reporter=Quiet(),
            )
    assert not (tmp_path / "run").exists()


def test_a_baseline_beside_itself_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is the baseline itself"):
        fit_tfidf(reviews(), tmp_path / "run", recipe_for("classification"), baseline=True)
    assert not (tmp_path / "run").exists()
