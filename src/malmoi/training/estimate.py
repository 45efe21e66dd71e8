"""How long what is left of a run will take, from a few trial passes before its first step."""

from __future__ import annotations

import time

import numpy as np

from malmoi.messages import say
from malmoi.training.loop import accumulate
from malmoi.training.reporters import duration
from malmoi.training.session import Session, TaskPart

_WITH_UPDATE = 1.2  # a whole step over its passes: the optimizer's part at 800 tokens a step (docs/log.md)
_FORWARD_SHARE = 0.35  # a prediction pass over a training step


def describe_time(session: Session) -> str:
    """One line on how long what is left of a run will take."""
    steps, seconds = session.course.num_steps, expected_seconds(session)
    return say(f"{steps:,}단계, 예상 {duration(seconds)}", f"{steps:,} steps, about {duration(seconds)}")


def expected_seconds(session: Session) -> float:
    """Estimate what is left of a run before its first step, from a few trial passes that change nothing."""
    evaluations = max(1, round(session.recipe.train.evals_per_epoch * session.recipe.train.epochs))
    whole = 0.0
    for part in session.task_parts:
        step, plan = seconds_per_step(session, part), part.plan
        dev = step * len(part.dev_windows) / plan.recipe.batch_size * _FORWARD_SHARE * (evaluations + 2)
        whole += step * plan.num_steps + dev
    return whole * (1 - session.optimizer.num_steps / session.course.num_steps)


def seconds_per_step(session: Session, part: TaskPart, trials: int = 3) -> float:
    """Return the expected seconds of a part's step, from `trials` updates of its first epoch (after one to warm up)."""
    lane, plan = part.lane, part.plan
    updates = plan.epoch(0)
    sizes = [plan.tokens(update) for update in updates]
    middle = np.argsort(sizes)[np.linspace(0, len(sizes) - 1, trials + 2).astype(int)[1:-1]]
    lane.model.train()
    seconds = []
    for i in (middle[0], *middle):
        began = time.perf_counter()
        accumulate(lane, updates[i], session.compute.device, (0, 0))
        seconds.append((time.perf_counter() - began) / max(1, sizes[i]))
        session.optimizer.clear()
    return float(np.mean(seconds[1:]) * np.mean(sizes)) * _WITH_UPDATE
