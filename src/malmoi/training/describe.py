"""What the seven steps say: one or two lines each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from malmoi.data.batching import padded_tokens
from malmoi.messages import say
from malmoi.models.backbone import Pretrained
from malmoi.models.task_model import TaskModel
from malmoi.tasks import Task
from malmoi.text.cleaning import describe_steps
from malmoi.text.josa import attach
from malmoi.training.datasets import TrainingData
from malmoi.training.loop import Plan
from malmoi.training.recipe import OptimRecipe, TrainRecipe

_MAX_NAMES = 10  # labels in a line


def describe_data(data: TrainingData, warnings: Sequence[str]) -> list[str]:
    """Sentences on the data: sizes, what may hurt the run, and what the reader noticed."""
    size = say(
        f"{data.train.source}: 학습 {len(data.train):,} · dev {len(data.dev):,}",
        f"{data.train.source}: train {len(data.train):,} · dev {len(data.dev):,}",
    )
    return [
        size,
        *(say(f"주의: {warning}", f"warning: {warning}") for warning in warnings),
        *data.train.notes,
        *(note for note in data.dev.notes if note not in data.train.notes),
    ]


def describe_model(pretrained: Pretrained) -> str:
    """One line on the backbone."""
    config, millions = pretrained.backbone.config, sum(p.numel() for p in pretrained.backbone.parameters()) / 1e6
    return say(
        f"{pretrained.name}: {config.model_type}, {config.num_hidden_layers}층 × {config.hidden_size}, 매개변수 {millions:.1f}M",
        f"{pretrained.name}: {config.model_type}, {config.num_hidden_layers} layers × {config.hidden_size}, {millions:.1f}M parameters",
    )


def describe_tokenizer(task: Task) -> list[str]:
    """One line on the tokenizer, and one on the cleaning in front of it."""
    size, most = task.tokenizer.vocab_size, task.config.max_length
    return [
        say(f"{size:,}개 조각, 최대 {most} 토큰", f"{size:,} pieces, at most {most} tokens"),
        *describe_steps(task.config.clean),
    ]


def describe_plan(plan: Plan, task: Task) -> list[str]:
    """One line on the batches: how many, and how much of them is real text."""
    real = plan.lengths.sum() / max(1, padded_tokens(plan.epoch(0), plan.padded))
    full = int((plan.lengths >= plan.max_length).sum())
    lines = [
        say(
            f"에폭당 {plan.steps_per_epoch:,}단계 × {plan.recipe.batch_size}개 · 평균 {plan.lengths.mean():.1f} 토큰 · 채움이 아닌 것 {100 * real:.0f} %",
            f"{plan.steps_per_epoch:,} steps an epoch × {plan.recipe.batch_size} · {plan.lengths.mean():.1f} tokens on average · {100 * real:.0f} % of them real",
        )
    ]
    if full and task.cuts_long_texts:
        lines.append(
            say(
                f"최대 길이 {plan.max_length} 토큰을 채운 글 {full:,}개 (더 길면 뒤가 잘림)",
                f"{full:,} texts fill the maximum of {plan.max_length} tokens (what is longer is cut)",
            )
        )
    return lines


def describe_task(task: Task, model: TaskModel) -> str:
    """One line on the task, its answers and its head."""
    head: Any = model.heads[task.name]
    return f"{describe_answers(task)} · {head.architecture or type(head).__name__}"


def describe_answers(task: Task) -> str:
    """The task and what it can answer; of many labels the first."""
    names, answers = task.readable_names, task.answers
    if len(names) > _MAX_NAMES:
        answers = ", ".join(names[:_MAX_NAMES]) + say(f" … (모두 {len(names):,}개)", f" … ({len(names):,} in all)")
    return f"{task.name}: {answers}" if answers else task.name


def describe_optimizer(optim: OptimRecipe, train: TrainRecipe) -> list[str]:
    """Lines on what differs from plain AdamW."""
    lines = []
    if optim.name == "muon":
        lines.append(say("Muon (본체의 행렬) + AdamW (나머지)", "Muon (matrices of the body) + AdamW (the rest)"))
    if train.ema:
        lines.append(
            say(
                f"가중치의 이동 평균 {attach(f'{train.ema:g}', '을/를')} 평가하고 저장합니다",
                f"the moving average of the weights ({train.ema:g}) is judged and saved",
            )
        )
    if train.r_drop:
        weight = f"{train.r_drop:g}"
        lines.append(
            say(
                f"R-Drop: 글마다 두 번 묻고 두 답을 맞춥니다 (무게 {weight})",
                f"R-Drop: every text is asked twice and the answers shall agree (weight {weight})",
            )
        )
    return lines
