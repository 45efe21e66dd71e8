"""The end of fine-tuning: the best weights, judged in the precision that answers, handed on to be saved."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import torch
import transformers

from malmoi.evaluation.evaluate import scores_from_dict
from malmoi.evaluation.learning_curve import DevPoint, TrainPoint
from malmoi.inference.engines import run_model
from malmoi.messages import say
from malmoi.tasks import Task, Window
from malmoi.training.checkpoint import whole_checkpoint
from malmoi.training.estimate import describe_time
from malmoi.training.lesson import ask_teacher
from malmoi.training.result import FitResult
from malmoi.training.save_run import TrainedRun, save_run
from malmoi.training.session import Session, TaskPart, resume, scores_of_part, train


def train_and_finish(session: Session) -> list[FitResult]:
    """Step 7 of a claimed run: take up its newest checkpoint, train what is left, judge each part and write its artifact."""
    resume(session)  # after the claim: `fresh` has removed the checkpoints of the run before
    for part in session.task_parts:
        if part.lesson:
            ask_teacher(part.lesson, part.task, session.folder, session.recipe.train, session.reporter)
    session.reporter.stage(7, [describe_time(session)])
    train(session)
    restore_best(session)
    return [save_run(trained_run(session, part)) for part in session.task_parts]


def trained_run(session: Session, part: TaskPart) -> TrainedRun:
    """Return a part with the run's best weights and what its artifact says of it."""
    s, p = session, session.progress
    head: Any = part.model.heads[part.task.name]
    opens = (
        f"`AutoModel` + `{head.architecture}`" if head.architecture else "`AutoModel` only (the head is malmoi's own)"
    )
    return TrainedRun(
        recipe=s.recipe,
        folder=part.folder,
        data=part.data,
        task=part.task,
        model=part.model,
        head=head,
        answer=lambda task: judged_windows(s, part, task),
        device=s.compute.reason,
        seconds=p.seconds,
        chosen=("고른 단계", "chosen step", f"{p.best_step:,} / {s.course.num_steps:,}"),
        opens=opens,
        facts={"best_step": p.best_step} | ({"num_unlabelled": len(part.lesson.texts)} if part.lesson else {}),
        made_with=provenance(s),
        train=[TrainPoint(int(t["step"]), t["epoch"], t["loss"], t["learning_rate"]) for t in p.train],
        dev=[DevPoint(d["step"], scores_from_dict(scores_of_part(s, part, d["scores"]))) for d in p.dev],
    )


def judged_windows(session: Session, part: TaskPart, task: Task) -> list[list[Window]]:
    """Run dev in the precision that `Predictor` answers in, while the weights to be saved stay in fp32."""
    copy = deepcopy(part.model).to(session.compute.dtype)
    return run_model(copy, task, part.dev_windows, session.compute.device)


def provenance(session: Session) -> dict[str, str]:
    """Return what a repetition needs besides the recipe and the data: versions, precision, hash of the base weights."""
    s = session
    return {
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "device": s.compute.device.type,
        "dtype": str(s.compute.dtype).removeprefix("torch."),
        "base_model_sha256": s.base_sha256,
    }


def restore_best(session: Session) -> None:
    """Put the best weights into the model, in fp32 and outside the optimizer's buffers; the last ones, said so, if they are lost."""
    best = whole_checkpoint(session.folder.best, session.warn_of_damage)
    with session.optimizer.averaged():
        weights = best.tensors if best else session.optimizer.master_of(session.model)
    if best is None:
        chosen, last = session.progress.best_step, session.optimizer.num_steps
        session.progress.best_step = last
        session.reporter.note(
            say(
                f"주의: {session.folder.best} 에 {chosen:,}단계의 가장 좋은 가중치가 없어 마지막({last:,}단계) 가중치를 평가하고 저장합니다.",
                f"warning: the best weights (step {chosen:,}) are lost from {session.folder.best}: the last ones (step {last:,}) are judged and saved.",
            )
        )
    with torch.no_grad():
        for name, parameter in session.model.named_parameters():
            parameter.grad = None
            parameter.data = weights[name].to(session.compute.device)
    session.optimizer.groups.clear()
