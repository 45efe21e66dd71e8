"""A whole run through files: what it leaves, and that no kill, signal, full disk or changed file hurts it."""

from __future__ import annotations

import errno
import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from tiny_models import (
    Quiet,
    fit_and_wait,
    fit_killed_at,
    fit_with_signals,
    fit_with_small_disk,
    same_weights,
    save_backbone,
    tiny_recipe,
)

import malmoi.io
from malmoi.data.examples import TextExample
from malmoi.errors import ArtifactError, ConfigError, DataError, DiskError, ModelNotFound, NonFiniteLoss
from malmoi.evaluation.evaluate import scores_to_dict
from malmoi.inference.predictor import load
from malmoi.io import MANIFEST, damage, read_json
from malmoi.messages import set_language
from malmoi.metrics.scores import Score
from malmoi.models.heads import ClassificationHead
from malmoi.training.checkpoint import newest_checkpoint
from malmoi.training.fit import fit
from malmoi.training.recipe import Recipe, TaskRecipe, recipe_from_dict
from malmoi.training.run_folder import REPORT_FILE

ARTIFACT = {
    "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "task.json", "recipe.json",
    "scores.json", "README.md", MANIFEST,
}  # fmt: skip


@pytest.fixture(autouse=True)
def english() -> None:
    set_language("en")


@pytest.fixture(scope="module")
def recipe(tiny_model: Path, reviews_file: Path) -> Recipe:
    """Twelve steps of four reviews, judged and saved after every third."""
    return tiny_recipe(tiny_model, reviews_file)


@pytest.fixture(scope="module")
def reference(recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run that nobody disturbed."""
    torch.set_num_threads(1)
    return fit(recipe, tmp_path_factory.mktemp("reference") / "run", reporter=Quiet()).path


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "model.safetensors")


def assert_like(folder: Path, reference: Path) -> None:
    """Both runs hold the same weights to the last bit, the same scores and the same learning curve."""
    assert damage(folder) is None
    assert same_weights(weights(folder), weights(reference))
    for name in ("scores.json", "task.json", "config.json", "tokenizer.json"):
        assert (folder / name).read_bytes() == (reference / name).read_bytes(), name


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.name != ".lock"}


def test_leaves_an_artifact_and_nothing_else(reference: Path) -> None:
    assert {p.name for p in reference.iterdir()} == ARTIFACT | {
        "answers.jsonl.gz",
        "run.json",
        "seen.bin",
        REPORT_FILE,
        ".lock",
    }
    scores = read_json(reference / "scores.json")
    assert scores["dev"]["accuracy"]["n"] == 12
    assert 3 <= scores["best_step"] <= 12
    assert load(str(reference), precision="fp32")("배송이 빠르고 좋아요").label in ("긍정", "부정")


def test_stages_come_in_order(recipe: Recipe, tmp_path: Path) -> None:
    reporter = Quiet()
    result = fit(recipe, tmp_path / "run", reporter=reporter)
    assert [number for number, _ in reporter.stages] == [1, 2, 3, 4, 5, 6, 7]
    assert [report.step for report in reporter.reports] == list(range(1, 13))
    assert result.evaluation is not None and result.evaluation.to_dict()["scores"] == result.scores["dev"]


def test_stored_recipe_repeats_the_run(reference: Path, tmp_path: Path) -> None:
    again = recipe_from_dict(read_json(reference / "recipe.json"))
    assert_like(fit(again, tmp_path / "again", reporter=Quiet()).path, reference)


def test_training_learns(tiny_model: Path, reviews_file: Path, tmp_path: Path) -> None:
    recipe = tiny_recipe(tiny_model, reviews_file, model={"dropout": 0.0}, train={"epochs": 20, "calibrate": True})
    result = fit(recipe, tmp_path / "run", reporter=Quiet())
    assert result.scores["dev"]["accuracy"]["value"] == 1.0
    assert read_json(result.path / "task.json")["config"]["temperature"] != 1.0


def test_finished_run_says_so_and_is_left_alone(recipe: Recipe, reference: Path) -> None:
    before, reporter = snapshot(reference), Quiet()
    result = fit(recipe, reference, reporter=reporter)
    assert "already finished" in reporter.notes[-1]
    assert reporter.reports == [] and result.scores == read_json(reference / "scores.json")
    assert result.evaluation is not None and len(result.evaluation.predictions) == len(result.evaluation.examples)
    assert scores_to_dict(result.evaluation.scores) == result.scores["dev"]
    assert snapshot(reference) == before


def test_other_recipe_is_refused_by_field(recipe: Recipe, reference: Path) -> None:
    before = snapshot(reference)
    other = replace(recipe, optim=replace(recipe.optim, lr=1e-5))
    with pytest.raises(ConfigError, match=r"optim\.lr: 0\.003 → 1e-05"):
        fit(other, reference, reporter=Quiet())
    assert snapshot(reference) == before


def test_fresh_starts_over(recipe: Recipe, reference: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    shutil.copytree(reference, out)
    other = replace(recipe, train=replace(recipe.train, epochs=1.0, seed=7))
    reporter = Quiet()
    fit(other, out, fresh=True, reporter=reporter)
    assert len(reporter.reports) == 3
    assert read_json(out / "recipe.json")["train"]["seed"] == 7
    assert not same_weights(weights(out), weights(reference))


def test_lost_best_weights_are_told(recipe: Recipe, tmp_path: Path) -> None:
    class Losing(Quiet):
        def evaluated(self, epoch: float, name: str, score: Score, is_best: bool) -> None:
            if epoch == 4:
                shutil.rmtree(tmp_path / "run" / "checkpoints" / "best")

    reporter = Losing()
    result = fit(recipe, tmp_path / "run", reporter=reporter)
    assert any("best weights" in note and "(step 12) are judged and saved" in note for note in reporter.notes)
    assert result.scores["best_step"] == 12


@pytest.mark.parametrize(("precision", "ema"), [("fp32", 0.0), ("bf16", 0.0), ("fp32", 0.9), ("bf16", 0.9)])
def test_artifact_holds_the_fp32_weights_of_the_best_step(
    precision: Any, ema: float, recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The weights are those that dev was judged with: the average, where one is kept."""
    values = iter([0.5, 0.9, 0.7, 0.9])  # after 3, 6, 9 and 12 steps; an equal score is not a better one
    then: list[dict[str, torch.Tensor]] = []

    def dev_scores(session: Any, part: Any, on_batch: Any) -> dict[str, Score]:
        average = session.optimizer.average
        assert (average is None) is (ema == 0.0)
        if average is not None:  # it stands in the place of the masters, they in its own
            assert not torch.equal(average.weights[0], session.optimizer.groups[0].master)
        then.append(session.optimizer.master_of(session.model))
        value = next(values)
        return {"accuracy": Score(value, value, value, 12)}

    monkeypatch.setattr("malmoi.training.session.dev_scores", dev_scores)
    own = replace(recipe, train=replace(recipe.train, precision=precision, ema=ema))
    out = fit(own, tmp_path / "run", reporter=Quiet()).path
    assert read_json(out / "scores.json")["best_step"] == 6
    stored = weights(out)
    for name, tensor in then[1].items():
        if name.startswith("backbone."):
            found = stored[name.replace("backbone.", "bert.", 1)]
            assert torch.equal(found, tensor), name
            assert not torch.equal(found, found.to(torch.bfloat16).float()), f"{name} is rounded"
            assert not torch.equal(found, then[3][name]) or "position" in name or "token_type" in name


def test_fresh_does_not_take_up_the_checkpoints_of_the_run_before(
    recipe: Recipe, reference: Path, tmp_path: Path, in_process: Any
) -> None:
    out = tmp_path / "run"
    other = replace(recipe, optim=replace(recipe.optim, lr=1e-5))
    assert in_process(fit_with_signals, other, out, 8, (signal.SIGTERM,)) == 143
    reporter = Quiet()
    fit(recipe, out, fresh=True, reporter=reporter)
    assert reporter.resumed_at == 0 and len(reporter.reports) == 12
    assert_like(out, reference)


class Stop(Exception):
    """Ends a run between two steps, like a kill."""


@pytest.mark.parametrize(("scores", "best"), [((0.5, 0.9, 0.7, 0.8), 6), ((0.9, 0.5, 0.6, 0.55), 9)], ids=str)
def test_lost_best_weights_are_found_or_chosen_again(
    scores: tuple[float, ...], best: int, recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Best after 6 of 12 steps: the checkpoint of step 6 holds them still. Best after 3: the best of what comes."""
    out = tmp_path / "run"
    masters: dict[int, dict[str, torch.Tensor]] = {}

    def dev_scores(session: Any, part: Any, on_batch: Any) -> dict[str, Score]:
        step = session.optimizer.num_steps
        masters[step] = session.optimizer.master_of(session.model)
        value = scores[step // 3 - 1]
        return {"accuracy": Score(value, value, value, 12)}

    def stop(report: Any) -> None:
        raise Stop

    monkeypatch.setattr("malmoi.training.session.dev_scores", dev_scores)
    with pytest.raises(Stop):
        fit(recipe, out, reporter=Quiet({8: stop}))
    (out / "checkpoints" / "best" / "state.safetensors").unlink()
    reporter = Quiet()
    fit(recipe, out, reporter=reporter)
    assert any("damaged" in note for note in reporter.notes)
    assert read_json(out / "scores.json")["best_step"] == best
    name = "encoder.layer.0.output.dense.weight"
    assert torch.equal(weights(out)[f"bert.{name}"], masters[best][f"backbone.{name}"])


# --- resuming -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [1, 3, 5, 8, 12])
def test_kill_9_and_resume_gives_the_same_weights(
    step: int, recipe: Recipe, reference: Path, tmp_path: Path, in_process: Any
) -> None:
    assert in_process(fit_with_signals, recipe, tmp_path / "run", step, (signal.SIGKILL,)) == -signal.SIGKILL
    reporter = Quiet()
    fit(recipe, tmp_path / "run", reporter=reporter)
    assert reporter.resumed_at == (step - 1) // 3 * 3  # the newest evaluation before the kill
    assert_like(tmp_path / "run", reference)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)], ids=["SIGTERM", "SIGINT"])
def test_signal_saves_and_exits(
    number: int, code: int, recipe: Recipe, reference: Path, tmp_path: Path, in_process: Any
) -> None:
    assert in_process(fit_with_signals, recipe, tmp_path / "run", 5, (number,)) == code
    assert not (tmp_path / "run" / MANIFEST).exists()
    reporter = Quiet()
    fit(recipe, tmp_path / "run", reporter=reporter)
    assert reporter.resumed_at == 5
    assert "resuming from step 5" in reporter.notes[0]
    assert_like(tmp_path / "run", reference)


def test_signal_during_an_evaluation_cuts_it_short(
    recipe: Recipe, reference: Path, tmp_path: Path, in_process: Any
) -> None:
    """The evaluation after step 6 is not waited for: it is done when the run goes on, and nothing else changes."""
    assert in_process(fit_with_signals, recipe, tmp_path / "run", 6, (signal.SIGTERM,)) == 143
    (checkpoint,) = (tmp_path / "run" / "checkpoints").glob("step-00000006")
    assert [entry["step"] for entry in read_json(checkpoint / "progress.json")["dev"]] == [3]
    reporter = Quiet()
    result = fit(recipe, tmp_path / "run", reporter=reporter)
    assert reporter.resumed_at == 6
    assert result.scores["best_step"] == read_json(reference / "scores.json")["best_step"]
    assert_like(tmp_path / "run", reference)


def test_signal_at_the_last_step(recipe: Recipe, reference: Path, tmp_path: Path, in_process: Any) -> None:
    assert in_process(fit_with_signals, recipe, tmp_path / "run", 12, (signal.SIGTERM,)) == 143
    reporter = Quiet()
    fit(recipe, tmp_path / "run", reporter=reporter)
    assert reporter.resumed_at == 12 and reporter.reports == []
    assert_like(tmp_path / "run", reference)


def test_second_signal_acts_at_once(recipe: Recipe, reference: Path, tmp_path: Path, in_process: Any) -> None:
    twice = (signal.SIGTERM, signal.SIGTERM)
    assert in_process(fit_with_signals, recipe, tmp_path / "run", 5, twice) == -signal.SIGTERM
    fit(recipe, tmp_path / "run", reporter=Quiet())
    assert_like(tmp_path / "run", reference)


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.slow) for part in (1, 2, 3))])
def test_killed_at_file_boundaries_of_a_whole_run(
    part: int, recipe: Recipe, reference: Path, tmp_path: Path, in_process: Any
) -> None:
    """From the first lock to the last manifest: every 13th change, each part beginning elsewhere."""
    survived = False
    for operation in range(1 + 3 * part, 1000, 13):
        out = tmp_path / str(operation)
        code = in_process(fit_killed_at, recipe, out, operation)
        if code == 0:
            survived = True
            break
        assert code == -signal.SIGKILL
        fit(recipe, out, reporter=Quiet())
        assert_like(out, reference)
        assert {p.name for p in out.iterdir()} == ARTIFACT | {
            "answers.jsonl.gz",
            "run.json",
            "seen.bin",
            REPORT_FILE,
            ".lock",
        }
    assert survived


@pytest.mark.parametrize("which", ["newest", "best", "all"])
def test_damaged_checkpoints_are_named_and_do_not_change_the_result(
    which: str, recipe: Recipe, reference: Path, tmp_path: Path, in_process: Any
) -> None:
    out = tmp_path / "run"
    assert in_process(fit_with_signals, recipe, out, 8, (signal.SIGKILL,)) == -signal.SIGKILL
    steps = sorted((out / "checkpoints").glob("step-*"))
    assert [p.name for p in steps] == ["step-00000003", "step-00000006"]
    best = out / "checkpoints" / "best"
    for folder in {"newest": steps[-1:], "best": [best], "all": [*steps, best]}[which]:
        file = next(folder.glob("*.safetensors"))
        content = bytearray(file.read_bytes())
        content[-5] ^= 1
        file.write_bytes(content)
    reporter = Quiet()
    fit(recipe, out, reporter=reporter)
    assert reporter.resumed_at == {"newest": 3, "best": 6, "all": 0}[which]
    assert sum("damaged" in note for note in reporter.notes) == {"newest": 1, "best": 1, "all": 3}[which]
    assert damage(out) is None
    if which != "best" or read_json(reference / "scores.json")["best_step"] >= 6:
        assert_like(out, reference)


def test_lost_best_weights_at_the_end_give_the_last(recipe: Recipe, tmp_path: Path) -> None:
    out = tmp_path / "run"

    def damage_best(report: Any) -> None:
        file = out / "checkpoints" / "best" / "state.safetensors"
        file.write_bytes(file.read_bytes()[:-1])

    patient = replace(recipe, train=replace(recipe.train, epochs=5 / 3, evals_per_epoch=1))
    reporter = Quiet({5: damage_best})
    fit(patient, out, reporter=reporter)
    assert damage(out) is None
    assert any("damaged" in note for note in reporter.notes) or read_json(out / "scores.json")["best_step"] == 5


# --- refusals -------------------------------------------------------------------------------------------------


def test_second_process_is_refused_with_the_pid(recipe: Recipe, tmp_path: Path, processes: Any) -> None:
    import multiprocessing

    context = multiprocessing.get_context("forkserver")
    ready, go_on = context.Event(), context.Event()
    other = processes(fit_and_wait, recipe, tmp_path / "run", ready, go_on)
    try:
        assert ready.wait(60)
        before = snapshot(tmp_path / "run")
        with pytest.raises(ConfigError, match=f"pid {other.pid}"):
            fit(recipe, tmp_path / "run", reporter=Quiet())
        with pytest.raises(ConfigError, match=f"pid {other.pid}"):
            fit(recipe, tmp_path / "run", fresh=True, reporter=Quiet())
        assert snapshot(tmp_path / "run") == before
    finally:
        go_on.set()
        other.join(60)
    assert other.exitcode == 0
    assert damage(tmp_path / "run") is None


def test_changed_data_is_refused_or_said(recipe: Recipe, reviews_file: Path, tmp_path: Path, in_process: Any) -> None:
    data = tmp_path / "data.tsv"
    shutil.copy(reviews_file, data)
    own = replace(recipe, data=replace(recipe.data, train=str(data)))
    assert in_process(fit_with_signals, own, tmp_path / "run", 5, (signal.SIGTERM,)) == 143
    data.write_text(data.read_text(encoding="utf-8").replace("만족합니다", "만족해요"), encoding="utf-8")
    with pytest.raises(ConfigError, match="data has changed"):
        fit(own, tmp_path / "run", reporter=Quiet())
    assert fit(own, tmp_path / "run", reporter=Quiet(), fresh=True).evaluation is not None
    data.write_text(data.read_text(encoding="utf-8").replace("만족해요", "만족합니다"), encoding="utf-8")
    reporter = Quiet()
    fit(own, tmp_path / "run", reporter=reporter)
    assert "data has changed" in reporter.notes[0]


def test_changed_examples_in_memory_are_said(recipe: Recipe, tmp_path: Path) -> None:
    examples = [TextExample(f"영화 {i}", label="긍정" if i % 2 else "부정") for i in range(8)]
    memory = replace(recipe, train=replace(recipe.train, epochs=0.5))
    fit(memory, tmp_path / "run", train_data=examples, dev_data=examples, reporter=Quiet())
    for changed in (False, True):
        train = [replace(examples[0], text="다른 글"), *examples[1:]] if changed else examples
        reporter = Quiet()
        fit(memory, tmp_path / "run", train_data=train, dev_data=examples, reporter=reporter)
        assert any("data has changed" in note for note in reporter.notes) is changed


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("name", ["메모.txt", "config.json", "README.md", "report.html", "checkpoints/step-00000001/x"])
def test_foreign_files_are_refused_and_untouched(name: str, fresh: bool, recipe: Recipe, tmp_path: Path) -> None:
    file = tmp_path / "mine" / name
    file.parent.mkdir(parents=True)
    file.write_text("소중한 것", encoding="utf-8")
    with pytest.raises(ConfigError, match=name.partition("/")[0]):
        fit(recipe, tmp_path / "mine", fresh=fresh, reporter=Quiet())
    assert snapshot(tmp_path) == {f"mine/{name}": "소중한 것".encode()}
    assert not (tmp_path / "mine" / ".lock").exists()


def test_fresh_keeps_foreign_files_beside_a_run(recipe: Recipe, reference: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    shutil.copytree(reference, out)
    (out / "메모.txt").write_text("내 메모", encoding="utf-8")
    fit(replace(recipe, train=replace(recipe.train, epochs=0.3)), out, fresh=True, reporter=Quiet())
    assert (out / "메모.txt").read_text(encoding="utf-8") == "내 메모"


@pytest.mark.parametrize("below", [False, True])
def test_file_in_the_way(below: bool, recipe: Recipe, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    out = tmp_path / "file" / "run" if below else tmp_path / "file"
    reporter = Quiet()
    with pytest.raises((ConfigError, DiskError), match="file"):
        fit(recipe, out, reporter=reporter)
    assert reporter.reports == []


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
def test_read_only_folder_is_an_error_before_the_model_is_loaded(
    number: int, recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = os.mkdir

    def refuse(path: Any, *args: Any, **kwargs: Any) -> None:
        if str(path).startswith(str(tmp_path / "run")):
            raise OSError(number, os.strerror(number))
        make(path, *args, **kwargs)

    monkeypatch.setattr(os, "mkdir", refuse)
    reporter = Quiet()
    with pytest.raises(DiskError, match=os.strerror(number)) as caught:
        fit(recipe, tmp_path / "run", reporter=reporter)
    assert caught.value.exit_code == 4
    assert [number for number, _ in reporter.stages] == [1, 2]


BAD_ROWS = {
    "no rows": "text\tlabel\n",
    "one class": "text\tlabel\n좋아요\t긍정\n멋져요\t긍정\n",
    "empty label": "text\tlabel\n좋아요\t긍정\n싫어요\t\n",
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_bad_data_leaves_nothing_behind(name: str, recipe: Recipe, tmp_path: Path) -> None:
    data = tmp_path / "bad.tsv"
    data.write_text(BAD_ROWS[name], encoding="utf-8")
    bad = replace(recipe, data=replace(recipe.data, train=str(data)))
    with pytest.raises(DataError):
        fit(bad, tmp_path / "runs" / "deep" / "run", reporter=Quiet())
    assert [p.name for p in tmp_path.iterdir()] == ["bad.tsv"]


def test_unseen_dev_label_leaves_nothing_behind(recipe: Recipe, tmp_path: Path) -> None:
    data = tmp_path / "dev.tsv"
    data.write_text("text\tlabel\n좋아요\t긍정\n글쎄요\t중립\n", encoding="utf-8")
    with pytest.raises(DataError, match="중립"):
        fit(replace(recipe, data=replace(recipe.data, dev=str(data))), tmp_path / "run", reporter=Quiet())
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("changes", "error", "match"),
    [
        ({"model": {"name": "no/such-model"}}, ModelNotFound, "no/such-model"),
        ({"model": {"name": "./nowhere"}}, ModelNotFound, "nowhere"),
        ({"model": {"frozen_layers": 3}}, ConfigError, "2 layers"),
        ({"tasks": {"max_length": 600}}, ConfigError, "512"),
        ({"tasks": {"max_lenght": 60}}, ConfigError, "max_length"),
        ({"train": {"device": "nothing"}}, ConfigError, "nothing"),
    ],
    ids=str,
)
def test_wrong_settings_cost_nothing_and_leave_nothing(
    changes: dict[str, Any], error: type[Exception], match: str, recipe: Recipe, reference: Path, tmp_path: Path
) -> None:
    if "tasks" in changes:
        wrong = replace(recipe, tasks=(TaskRecipe("classification", changes["tasks"]),))
    else:
        (field, values), *_ = changes.items()
        wrong = replace(recipe, **{field: replace(getattr(recipe, field), **values)})
    with pytest.raises(error, match=match):
        fit(wrong, tmp_path / "run", reporter=Quiet())
    assert list(tmp_path.iterdir()) == []
    shutil.copytree(reference, tmp_path / "run")
    with pytest.raises(error, match=match):
        fit(wrong, tmp_path / "run", fresh=True, reporter=Quiet())
    assert snapshot(tmp_path / "run") == snapshot(reference)  # --fresh with a mistake removes nothing


def test_corrected_settings_run_in_the_same_folder(recipe: Recipe, reference: Path, tmp_path: Path) -> None:
    wrong = replace(recipe, model=replace(recipe.model, name="./nowhere"))
    with pytest.raises(ModelNotFound):
        fit(wrong, tmp_path / "run", reporter=Quiet())
    assert_like(fit(recipe, tmp_path / "run", reporter=Quiet()).path, reference)


def test_roberta_positions_begin_after_the_padding(tiny_model: Path, recipe: Recipe, tmp_path: Path) -> None:
    """514 positions with padding id 1 are 512 tokens."""
    folder = save_backbone("roberta", tmp_path / "roberta", tiny_model, max_position_embeddings=22, pad_token_id=1)
    long = [TextExample("재미있게 봤어요 " * 20, label=label) for label in ("긍정", "부정")]
    own = replace(recipe, model=replace(recipe.model, name=str(folder)), train=replace(recipe.train, epochs=1.0))
    for length in (21, 20):
        own = replace(own, tasks=(TaskRecipe("classification", {"max_length": length}),))
        if length == 21:
            with pytest.raises(ConfigError, match="20"):
                fit(own, tmp_path / "run", train_data=long, dev_data=long, reporter=Quiet())
        else:
            fit(own, tmp_path / "run", train_data=long, dev_data=long, reporter=Quiet())


def test_damaged_run_file_says_fresh(recipe: Recipe, reference: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    shutil.copytree(reference, out)
    (out / "run.json").write_text("{", encoding="utf-8")
    with pytest.raises(ArtifactError, match="--fresh"):
        fit(recipe, out, reporter=Quiet())
    fit(replace(recipe, train=replace(recipe.train, epochs=0.3)), out, fresh=True, reporter=Quiet())
    assert damage(out) is None


# --- failures on the way --------------------------------------------------------------------------------------


def test_not_a_number_stops_with_the_last_checkpoint_finite(
    recipe: Recipe, reference: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, loss = tmp_path / "run", ClassificationHead.loss
    poisoned = []

    def poison(report: Any) -> None:
        poisoned.append(report.step)

    def maybe_nan(self: Any, logits: Any, batch: Any) -> Any:
        total, count = loss(self, logits, batch)
        return (total * float("nan") if poisoned else total), count

    monkeypatch.setattr(ClassificationHead, "loss", maybe_nan)
    reporter = Quiet({7: poison})
    with pytest.raises(NonFiniteLoss, match="step 8 .*training windows") as caught:
        fit(recipe, out, reporter=reporter)
    assert caught.value.exit_code == 3
    assert reporter.reports[-1].step == 7
    kept = newest_checkpoint(out / "checkpoints", lambda path, file: pytest.fail(file))
    assert kept is not None and kept.progress["num_steps"] == 6
    assert all(bool(tensor.isfinite().all()) for tensor in kept.tensors.values())
    monkeypatch.undo()
    fit(recipe, out, reporter=Quiet())
    assert_like(out, reference)


def test_full_disk_stops_with_the_last_checkpoint_whole(
    recipe: Recipe, reference: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, write = tmp_path / "run", malmoi.io.write_tensors

    def full(path: Path, *args: Any, **kwargs: Any) -> None:
        if "step-00000006" in str(path):
            Path(path).write_bytes(b"half")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(path, *args, **kwargs)

    monkeypatch.setattr("malmoi.training.checkpoint.write_tensors", full)
    with pytest.raises(DiskError, match="No space left") as caught:
        fit(recipe, out, reporter=Quiet())
    assert caught.value.exit_code == 4
    assert not [p for p in out.rglob("*") if p.name.endswith((".tmp", ".old"))]
    kept = newest_checkpoint(out / "checkpoints", lambda path, file: pytest.fail(file))
    assert kept is not None and kept.progress["num_steps"] == 3
    monkeypatch.undo()
    fit(recipe, out, reporter=Quiet())
    assert_like(out, reference)


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_kernel_refuses_to_write(
    share: float, recipe: Recipe, reference: Path, tmp_path: Path, in_process: Any
) -> None:
    """A real refusal, in the optimizer's state (three times the weights) or in the best weights before it."""
    out, message = tmp_path / "run", tmp_path / "message.txt"
    num_bytes = int((reference / "model.safetensors").stat().st_size * (2 if share > 0.5 else share))
    assert in_process(fit_with_small_disk, recipe, out, num_bytes, message) == 4
    assert "run" in message.read_text(encoding="utf-8")
    assert not [p for p in out.rglob("*") if p.name.endswith((".tmp", ".old"))]
    fit(recipe, out, reporter=Quiet())
    assert_like(out, reference)


def test_early_stopping(recipe: Recipe, tmp_path: Path) -> None:
    slow = replace(recipe, optim=replace(recipe.optim, lr=1e-12), train=replace(recipe.train, patience=2))
    reporter = Quiet()
    fit(slow, tmp_path / "run", reporter=reporter)
    assert reporter.reports[-1].step == 9  # best after 3, no better after 6 and 9
    assert read_json(tmp_path / "run" / "scores.json")["best_step"] == 3
