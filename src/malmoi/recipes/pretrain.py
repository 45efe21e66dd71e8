"""From the words of a command line to a pretraining recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from malmoi.config import from_dict, parse_assignment, replace_at
from malmoi.errors import ConfigError
from malmoi.messages import say
from malmoi.recipes.recipe_file import read_recipe_file, recipe_path
from malmoi.training.pretrain_recipe import ObjectiveRecipe, PretrainRecipe, pretrain_recipe_from_dict

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
    recipe: str | None = None,
    **flags: Any,
) -> PretrainRecipe:
    """Return the recipe of a family ("bert", "roberta", "gpt") on corpora: a `recipe` file or run, `--set` assignments, dotted fields, flags.

    Corpora stand in for those of the recipe; without any, its own are read.

    Raises `ConfigError` for unknown names, values out of range, and flags that contradict each other.

    >>> resolve_pretraining("gpt", ["글.txt"], ["optim.warmup=0.1"], steps=100).budget.steps
    100
    """
    given = {name: value for name, value in flags.items() if value is not None}
    resolved = _of_file(recipe, family) if recipe else _plain(family, goes_on="model" in given)
    if corpora:
        resolved = replace(resolved, corpus=replace(resolved.corpus, files=tuple(corpora)))
    if not resolved.corpus.files:
        raise ConfigError(
            say("CORPUS: 글 파일이나 말뭉치 이름을 주세요.", "CORPUS: give text files or the names of corpora.")
        )
    if ("model" in given or resolved.network.base) and "size" in given:
        raise ConfigError(
            say(
                "--model 을 이어서 학습할 때 크기는 이미 정해져 있습니다. --size 를 빼세요.",
                "a --model to go on from has its size. Drop --size.",
            )
        )
    if family != "bert" and "next_sentence" in given:
        raise ConfigError(say("--no-next-sentence 는 bert 에만 쓰입니다.", "--no-next-sentence is for bert only."))
    if ("hours" in given) != ("steps" in given):  # either takes the place of the recipe's own
        resolved = replace(resolved, budget=replace(resolved.budget, hours=None, steps=None))
    flagged = [(FLAGS[name], value) for name, value in given.items()]
    return replace_at(resolved, [*map(parse_assignment, assignments), *fields.items(), *flagged])


def _plain(family: str, *, goes_on: bool) -> PretrainRecipe:
    """Return the recipe of a family before anything is set; a model that `goes_on` is changed gently."""
    recipe = PretrainRecipe(objective=from_dict(ObjectiveRecipe, {"family": family}, "objective."))
    return replace(recipe, optim=replace(recipe.optim, lr=_GENTLE)) if goes_on else recipe


def _of_file(wish: str, family: str) -> PretrainRecipe:
    """Return the recipe of a JSON file or a run folder; raise `ConfigError` for one that is no pretraining or of another family."""
    path = recipe_path(wish)
    values = read_recipe_file(path)
    try:
        recipe = pretrain_recipe_from_dict(values)
    except ConfigError as error:
        raise ConfigError(f"--recipe {path}: {error}") from error
    if recipe.objective.family != family:
        own = recipe.objective.family
        raise ConfigError(
            say(
                f"--recipe {path}: 이 레시피는 {own} 학습인데 {family} 를 시켰습니다. malmoi pretrain {own} --recipe {wish} …",
                f"--recipe {path}: the recipe is for {own}, not {family}. malmoi pretrain {own} --recipe {wish} …",
            )
        )
    return recipe
