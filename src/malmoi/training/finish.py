"""The end of a run: the best weights, tuned on dev, judged once more and written as an artifact with report and card."""

from __future__ import annotations

import shutil
from copy import deepcopy
from typing import Any

import torch
import transformers

import malmoi
from malmoi.evaluation.evaluate import Evaluation, judge, scores_to_dict
from malmoi.evaluation.learning_curve import DevPoint, TrainPoint
from malmoi.evaluation.names import format_interval, score_name
from malmoi.evaluation.report import Report, write_report
from malmoi.inference.artifact import save_artifact
from malmoi.inference.predictor import run_model
from malmoi.messages import say
from malmoi.metrics.scores import Score
from malmoi.tasks import Task, Window
from malmoi.training.checkpoint import whole_checkpoint
from malmoi.training.recipe import recipe_to_dict
from malmoi.training.reporters import duration
from malmoi.training.run_folder import REPORT_FILE
from malmoi.training.session import Session


def finish(session: Session) -> tuple[Evaluation, dict[str, Any]]:
    """Write the artifact and `report.html`; return the dev evaluation and what `scores.json` holds."""
    s = session
    restore_best(s)
    examples = s.data.dev.examples
    windows = judged_windows(s)
    before = [s.task.decode(e, w) for e, w in zip(examples, windows, strict=True)]
    if s.recipe.train.calibrate:
        s.task = s.task.tune(examples, windows, s.model.heads[s.task.name])  # type: ignore[arg-type]
        windows = judged_windows(s)
    predictions = [s.task.decode(e, w) for e, w in zip(examples, windows, strict=True)]
    evaluation = judge(s.task, predictions, examples)
    scores = {
        "dev": scores_to_dict(evaluation.scores),
        "dev_source": s.data.dev.source,
        "best_step": s.progress.best_step,
        "made_with": provenance(s),
    }
    write_report(s.folder.path / REPORT_FILE, build_report(s, evaluation, before))
    save_artifact(s.folder.path, s.model, s.task, recipe_to_dict(s.recipe), scores, card(s, evaluation))
    shutil.rmtree(s.folder.checkpoints)
    return evaluation, scores


def judged_windows(session: Session) -> list[list[Window]]:
    """Run dev in the precision that `Predictor` answers in, while the weights to be saved stay in fp32."""
    s = session
    copy = deepcopy(s.model).to(s.compute.dtype)
    return run_model(copy, s.task, s.dev_windows, s.compute.device)


def provenance(session: Session) -> dict[str, str]:
    """Return what a repetition needs besides the recipe: versions, precision, hashes of data and base weights."""
    s = session
    return {
        "malmoi": malmoi.__version__,
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "device": s.compute.device.type,
        "dtype": str(s.compute.dtype).removeprefix("torch."),
        "base_model_sha256": s.base_sha256,
        "train_sha256": s.data.train.fingerprint,
        "dev_sha256": s.data.dev.fingerprint,
    }


def restore_best(session: Session) -> None:
    """Put the best weights into the model, in fp32 and outside the optimizer's buffers; the last ones if they are lost."""
    best = whole_checkpoint(session.folder.best, session.warn_of_damage)
    weights = best.tensors if best else session.optimizer.master_of(session.model)
    if best is None:
        session.progress.best_step = session.optimizer.num_steps
    with torch.no_grad():
        for name, parameter in session.model.named_parameters():
            parameter.grad = None
            parameter.data = weights[name].to(session.compute.device)
    session.optimizer.groups.clear()


def build_report(session: Session, evaluation: Evaluation, before: list[Any]) -> Report:
    """Return the report of a run; `before` are the dev predictions as they were without tuning."""
    s, p = session, session.progress
    facts = [
        (say("과제", "task"), s.task.name),
        (say("모델", "model"), s.recipe.model.name),
        (say("학습 데이터", "training data"), f"{s.data.train.source} ({len(s.data.train):,})"),
        (say("평가 데이터", "judged on"), f"{s.data.dev.source} ({len(s.data.dev):,})"),
        (say("장치", "device"), s.compute.reason),
        (say("학습 시간", "training time"), duration(p.seconds)),
    ]
    return Report(
        title=say(f"{s.task.name} 학습 보고서", f"{s.task.name} training report"),
        scores=evaluation.scores,
        main_score=evaluation.main_score,
        facts=facts,
        notes=[dev_note(s.task, s.recipe.train.calibrate)],
        analysis=evaluation.analysis,
        train=[TrainPoint(int(t["step"]), t["epoch"], t["loss"], t["learning_rate"]) for t in p.train],
        dev=[DevPoint(d["step"], {name: Score(**score) for name, score in d["scores"].items()}) for d in p.dev],
        reliability_before=s.task.analyse(before, evaluation.examples).reliability,
        recipe=recipe_to_dict(s.recipe),
    )


def dev_note(task: Task, tuned: bool) -> str:
    """Say what a dev score is worth."""
    names = [("체크포인트", "checkpoint"), *((ko, en) for ko, en, _ in task.tuned() if tuned)]
    chosen_ko, chosen_en = (", ".join(column) for column in zip(*names, strict=True))
    return say(
        f"이 점수는 dev 점수입니다. dev 로 고른 것: {chosen_ko}. 발표할 숫자는 따로 둔 데이터로 재세요 (malmoi evaluate).",
        f"These are dev scores. Chosen on dev: {chosen_en}. Measure what you publish on data kept aside (malmoi evaluate).",
    )


def card(session: Session, evaluation: Evaluation) -> str:
    """Return the model card in Markdown, Korean and English side by side."""
    s = session
    head: Any = s.model.heads[s.task.name]
    opens = (
        f"`AutoModel` + `{head.architecture}`" if head.architecture else "`AutoModel` only (the head is malmoi's own)"
    )
    tuned = (
        "".join(f"\n| {ko} / {en} | {value} |" for ko, en, value in s.task.tuned()) if s.recipe.train.calibrate else ""
    )
    rows = "\n".join(
        f"| {name} ({score_name(name)}) | {format_interval(name, score)} | {score.n:,} |"
        for name, score in evaluation.scores.items()
    )
    return f"""---
library_name: malmoi
language: ko
base_model: {s.recipe.model.name}
---
# {s.task.name}: {", ".join(s.task.label_names)}

| | |
|---|---|
| 기반 모델 / base model | {s.recipe.model.name} |
| 학습 데이터 / training data | {s.data.train.source}, {len(s.data.train):,} |
| dev | {s.data.dev.source}, {len(s.data.dev):,} |
| 고른 단계 / chosen step | {s.progress.best_step:,} / {s.plan.num_steps:,} |
| 형식 / opens with | {opens} |{tuned}

## dev

| 점수 / score | 값 / value [95 %] | n |
|---|---|---|
{rows}

{dev_note(s.task, s.recipe.train.calibrate)}

```python
import malmoi
malmoi.load("{s.folder.path}")("이 영화 정말 재밌어요")
```

`recipe.json` 은 이 학습을 그대로 되풀이합니다 / repeats this run: `malmoi train {s.task.name} --recipe recipe.json --out DIR`
"""
