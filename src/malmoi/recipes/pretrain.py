"""From the words of a command line to a pretraining recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from malmoi.config import from_dict, parse_assignment, replace_at
from malmoi.errors import ConfigError
from malmoi.messages import say
from malmoi.training.pretrain_recipe import CorpusRecipe, ObjectiveRecipe, PretrainRecipe

FLAGS = {
    "tokenizer": "network.tokenizer",
    "size": "network.size",
    "model": "network.base",
    "hours": "budget.hours",
    "steps": "budget.steps",
    "epochs": "train.epochs",
    "length": "objective.length",
    "batch_size": "train.batch_size",
    "lr": "optim.lr",
    "seed": "train.seed",
    "dev": "corpus.dev",
    "text": "corpus.text",
    "whole_words": "objective.whole_words",
    "next_sentence": "objective.next_sentence",
}
_GENTLE = 2e-4  # the learning rate of a model that is trained already


def resolve_pretraining(
    family: str,
    corpora: Sequence[str],
    assignments: Sequence[str] = (),
    fields: Mapping[str, Any] = MappingProxyType({}),
    **flags: Any,
) -> PretrainRecipe:
    """Return the recipe of a family ("bert", "roberta", "gpt") on corpora: `--set` assignments, dotted fields, then flags.

    Raises `ConfigError` for unknown names, values out of range, and flags that contradict each other.

    >>> resolve_pretraining("gpt", ["글.txt"], ["optim.warmup=0.1"], steps=100).budget.steps
    100
    """
    given = {name: value for name, value in flags.items() if value is not None}
    if "model" in given and "size" in given:
        raise ConfigError(
            say(
                "--model 을 이어서 학습할 때 크기는 이미 정해져 있습니다. --size 를 빼세요.",
                "a --model to go on from has its size. Drop --size.",
            )
        )
    if family != "bert" and "next_sentence" in given:
        raise ConfigError(say("--no-next-sentence 는 bert 에만 쓰입니다.", "--no-next-sentence is for bert only."))
    objective = from_dict(ObjectiveRecipe, {"family": family}, "objective.")
    recipe = PretrainRecipe(corpus=CorpusRecipe(files=tuple(corpora)), objective=objective)
    if "model" in given:
        recipe = replace(recipe, optim=replace(recipe.optim, lr=_GENTLE))
    for path, value in (*map(parse_assignment, assignments), *fields.items()):
        recipe = replace_at(recipe, path, value)
    for name, value in given.items():
        recipe = replace_at(recipe, FLAGS[name], value)
    return recipe
