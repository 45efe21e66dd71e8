"""What every training ends with: tuned on dev, judged once more beside its baselines, written as an artifact with report and card."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import malmoi
from malmoi.evaluation.comparison import beside_baseline
from malmoi.evaluation.evaluate import Evaluation, judge, scores_to_dict
from malmoi.evaluation.learning_curve import DevPoint, TrainPoint
from malmoi.evaluation.names import scores_table
from malmoi.evaluation.report import Report, write_report
from malmoi.inference.artifact import REPORT_FILE, save_artifact
from malmoi.inference.predictor import load
from malmoi.messages import say
from malmoi.models.tfidf import TFIDF
from malmoi.tasks import Task, Window
from malmoi.text.cleaning import asks_kiwi, show_steps
from malmoi.training.answers import write_answers
from malmoi.training.datasets import TrainingData, fingerprint_of
from malmoi.training.describe import describe_answers
from malmoi.training.recipe import MULTI_TASK, Recipe, recipe_to_dict
from malmoi.training.reporters import duration
from malmoi.training.result import FitResult
from malmoi.training.run_folder import RunFolder

Answer = Callable[[Task], list[list[Window]]]  # dev windows with the outputs of the model as it is


@dataclass(frozen=True)
class TrainedRun:
    """A trained model with what its artifact says of it.

    `answer` runs dev; `head` is what the task tunes. `facts` go into `scores.json` as they are, `chosen` is what dev chose
    besides the task's own settings (Korean and English name, and value), `opens` how others open the folder.
    """

    recipe: Recipe
    folder: RunFolder
    data: TrainingData
    task: Task
    model: Any
    head: Any
    answer: Answer
    device: str
    seconds: float
    chosen: tuple[str, str, str]
    opens: str
    facts: Mapping[str, Any]
    made_with: Mapping[str, str]
    train: Sequence[TrainPoint] = ()
    dev: Sequence[DevPoint] = ()


@dataclass(frozen=True)
class Tuned:
    """A task after `tune`, and the dev predictions before and after it."""

    task: Task
    before: list[Any]
    predictions: list[Any]


def tune(task: Task, examples: Sequence[Any], head: Any, answer: Answer, calibrate: bool) -> Tuned:
    """Fold what belongs to the model into the head; then let the task choose on dev, if it is to be calibrated."""
    task = task.fold(head)
    windows = answer(task)
    before = [task.decode(e, w) for e, w in zip(examples, windows, strict=True)]
    if not calibrate:
        return Tuned(task, before, before)
    task = task.calibrate(examples, windows, head)
    windows = answer(task)  # with the folded head, whose rounding may move what lay at a threshold
    task = task.tune(examples, windows)
    return Tuned(task, before, [task.decode(e, w) for e, w in zip(examples, windows, strict=True)])


def save_run(run: TrainedRun) -> FitResult:
    """Write the artifact and `report.html`; return them with the dev evaluation."""
    examples = run.data.dev.examples
    tuned = tune(run.task, examples, run.head, run.answer, run.recipe.train.calibrate)
    evaluation = judged(tuned.task, tuned.predictions, examples, run.folder)
    found = evaluation.to_dict()
    scores: dict[str, Any] = {
        "dev": scores_to_dict(evaluation.scores),
        "dev_source": run.data.dev.source,
        **{name: found[name] for name in ("baselines", "differences") if name in found},
        **run.facts,
        "made_with": {"malmoi": malmoi.__version__, **run.made_with, **_data_versions(run)},
    }
    write_answers(run.folder.path, tuned.predictions)
    write_report(run.folder.path / REPORT_FILE, build_report(run, tuned, evaluation))
    text = card(run, tuned.task, evaluation)
    columns = run.data.train.columns
    save_artifact(run.folder.path, run.model, tuned.task, recipe_to_dict(run.recipe), scores, text, columns)
    shutil.rmtree(run.folder.checkpoints, ignore_errors=True)
    return FitResult(run.folder.path, scores, evaluation)


def judged(task: Task, predictions: list[Any], examples: Sequence[Any], folder: RunFolder) -> Evaluation:
    """Return the evaluation of a run's answers on dev, beside its tf-idf baseline if there is one."""
    evaluation = judge(task, predictions, examples)
    return beside_baseline(evaluation, task, load(str(folder.baseline.path))) if folder.has_baseline else evaluation


def _data_versions(run: TrainedRun) -> dict[str, str]:
    """Return what identifies the data, and Kiwi where it cleaned them."""
    kiwi = {"kiwipiepy": version("kiwipiepy")} if asks_kiwi(run.task.config.clean) else {}
    return {"train_sha256": fingerprint_of(run.data.train), "dev_sha256": fingerprint_of(run.data.dev), **kiwi}


def build_report(run: TrainedRun, tuned: Tuned, evaluation: Evaluation) -> Report:
    """Return the report of a run."""
    facts = [
        (say("과제", "task"), tuned.task.name),
        (say("모델", "model"), run.recipe.model.name),
        (say("학습 데이터", "training data"), f"{run.data.train.source} ({len(run.data.train):,})"),
        (say("평가 데이터", "judged on"), f"{run.data.dev.source} ({len(run.data.dev):,})"),
        (say("장치", "device"), run.device),
        (say("학습 시간", "training time"), duration(run.seconds)),
    ]
    return Report(
        title=say(f"{tuned.task.name} 학습 보고서", f"{tuned.task.name} training report"),
        scores=evaluation.scores,
        main_score=evaluation.main_score,
        facts=facts,
        notes=[dev_note(tuned.task, run.recipe)],
        analysis=evaluation.analysis,
        train=run.train,
        dev=run.dev,
        reliability_before=tuned.task.analyse(tuned.before, evaluation.examples).reliability,
        recipe=recipe_to_dict(run.recipe),
    )


def dev_note(task: Task, recipe: Recipe) -> str:
    """Say what a dev score is worth."""
    own = (
        ("규제 세기 C", "the strength of regularisation C")
        if recipe.model.name == TFIDF
        else ("체크포인트", "checkpoint")
    )
    names = [own, *((ko, en) for ko, en, _ in task.tuned() if recipe.train.calibrate)]
    chosen_ko, chosen_en = (", ".join(column) for column in zip(*names, strict=True))
    return say(
        f"이 점수는 dev 점수입니다. dev 로 고른 것: {chosen_ko}. 발표할 숫자는 따로 둔 데이터로 재세요 (malmoi evaluate).",
        f"These are dev scores. Chosen on dev: {chosen_en}. Measure what you publish on data kept aside (malmoi evaluate).",
    )


def cleaning_note(run: TrainedRun, task: Task) -> str:
    """Return the cleaning steps of a task in Markdown, and what plain Hugging Face code has to do about them."""
    steps = show_steps(task.config.clean).replace("|", "\\|")
    if run.recipe.model.name == TFIDF:
        return f"`{steps}`"
    return (
        f"`{steps}`. malmoi 는 스스로 합니다. tokenizer.json 에는 없으므로 Hugging Face 로 열면 task.json 의 `clean` 을 먼저 해야 합니다 "
        "(`malmoi.clean_text(text, clean)`) / done by malmoi, not part of tokenizer.json: plain Hugging Face code must do it first"
    )


def card(run: TrainedRun, task: Task, evaluation: Evaluation) -> str:
    """Return the model card in Markdown, Korean and English side by side."""
    tuned = (
        "".join(f"\n| {ko} / {en} | {value} |" for ko, en, value in task.tuned()) if run.recipe.train.calibrate else ""
    )
    cleaning = f"\n| 전처리 / cleaning | {cleaning_note(run, task)} |" if task.config.clean else ""
    if wish := run.recipe.distil.teacher:
        asked = run.facts["num_unlabelled"]
        tuned += f"\n| 스승 / teacher | {wish}" + (f", {run.recipe.distil.texts} ({asked:,})" if asked else "") + " |"
    base = "" if run.recipe.model.name == TFIDF else f"base_model: {run.recipe.model.name}\n"
    word = task.name if len(run.recipe.tasks) == 1 else MULTI_TASK
    question = json.dumps(task.sample if len(task.sample) > 1 else task.sample["text"], ensure_ascii=False)
    chosen_ko, chosen_en, chosen = run.chosen
    return f"""---
library_name: malmoi
language: ko
{base}---
# {describe_answers(task)}

| | |
|---|---|
| 기반 모델 / base model | {run.recipe.model.name} |
| 학습 데이터 / training data | {run.data.train.source}, {len(run.data.train):,} |
| dev | {run.data.dev.source}, {len(run.data.dev):,} |
| {chosen_ko} / {chosen_en} | {chosen} |
| 형식 / opens with | {run.opens} |{tuned}{cleaning}

## dev

{scores_table(evaluation.scores)}

{dev_note(task, run.recipe)}

```python
import malmoi
malmoi.load("{run.folder.path}")({question})
```

`recipe.json` 은 이 학습을 그대로 되풀이합니다 / repeats this run: `malmoi train {word} --recipe recipe.json --out DIR`
"""
