"""How many steps a pretraining run has: those of its recipe, or those that fit into its hours on this machine."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from itertools import islice

import numpy as np

from malmoi.io import read_json, write_json
from malmoi.messages import say
from malmoi.training.loop import train_steps
from malmoi.training.pretrain_parts import with_length
from malmoi.training.pretrain_recipe import PretrainRecipe
from malmoi.training.recipe import Recipe, TaskRecipe, TrainRecipe
from malmoi.training.reporters import duration
from malmoi.training.session import Session

_BUDGET_FILE = "budget.json"
_TRIAL_STEPS = 8
_WARM_UP = 3


def budgeted(session: Session, recipe: PretrainRecipe) -> Session:
    """Return the session with the steps that fit into its hours: measured before the first one, then kept for good.

    So a run that is resumed, on a slower machine too, has the same steps and learning rates.
    """
    if recipe.budget.hours is None:
        steps, seconds = session.course.num_steps, seconds_per_step(session)
    else:
        file = session.folder.checkpoints / _BUDGET_FILE
        seconds = 0.0
        if not file.is_file():
            seconds = seconds_per_step(session)
            began = time.monotonic()
            session.parts[0].scores(session)
            judging = (time.monotonic() - began) * (recipe.budget.evaluations + 1)
            steps = max(1, math.floor((3600 * recipe.budget.hours - judging) / seconds))
            write_json(file, {"steps": steps, "seconds_per_step": seconds})
        steps, seconds = (read_json(file)[name] for name in ("steps", "seconds_per_step"))
    part = session.parts[0]
    loop = with_length(recipe, part.lane.plan.steps_per_epoch, steps)
    lane = replace(part.lane, plan=replace(part.lane.plan, recipe=loop))
    session.reporter.stage(7, [say(f"{steps:,}단계, 예상 {duration(steps * seconds)}", f"{steps:,} steps, about {duration(steps * seconds)}")])  # fmt: skip
    return replace(session, recipe=loop_recipe(recipe, loop), parts=(replace(part, lane=lane),))


def seconds_per_step(session: Session) -> float:
    """Return the median time of a few steps, which leave no trace in weights and optimizer."""
    import torch

    optimizer = session.optimizer
    before = {name: tensor.clone() for name, tensor in optimizer.state().items()}
    rng = torch.get_rng_state()
    steps = train_steps(session.course, optimizer, lambda step: 0.0, session.compute.device)
    seconds = [report.seconds for report in islice(steps, _TRIAL_STEPS)]
    optimizer.load_state(before, 0)
    torch.set_rng_state(rng)
    return float(np.median(seconds[_WARM_UP:] or seconds))


def loop_recipe(recipe: PretrainRecipe, loop: TrainRecipe) -> Recipe:
    """Return what the loop and its session read, as they know it."""
    return Recipe(tasks=(TaskRecipe(recipe.objective.family),), optim=recipe.optim, train=loop)
