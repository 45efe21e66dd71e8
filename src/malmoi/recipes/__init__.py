"""Recipes by name: functions that return a whole run's settings, in one visible table.

A corpus of the same name implies its recipe: `malmoi train classification --data nsmc`. Other data, and corpora without one, are
trained with the settings of their task.
"""

from __future__ import annotations

from collections.abc import Callable

from malmoi.config import unknown_name
from malmoi.errors import ConfigError
from malmoi.recipes.demo import demo
from malmoi.recipes.dialogue import generated_wos, klue_wos
from malmoi.recipes.machine_reading import klue_mrc, korquad_1
from malmoi.recipes.multi_task import pairs
from malmoi.recipes.nsmc import nsmc
from malmoi.recipes.parsing import TREE_RECIPES, parsing
from malmoi.recipes.relations import generated_re, klue_re
from malmoi.recipes.tagging import TAG_RECIPES, tagging
from malmoi.recipes.text_corpora import TEXT_RECIPES
from malmoi.training.recipe import Recipe

RECIPES: dict[str, Callable[[], Recipe]] = (
    {
        "demo": demo,
        "nsmc": nsmc,
        "pairs": pairs,
        "klue-re": klue_re,
        "generated-re": generated_re,
        "korquad-1": korquad_1,
        "klue-mrc": klue_mrc,
        "klue-wos": klue_wos,
        "generated-wos": generated_wos,
    }
    | TEXT_RECIPES
    | TREE_RECIPES
    | TAG_RECIPES
)
TASK_RECIPES: dict[str, Callable[[], Recipe]] = {
    "parsing": parsing,
    "tagging": tagging,
}  # of tasks whose settings are not the defaults


def find_recipe(name: str) -> Recipe:
    """Return the recipe of a name; raise `ConfigError` with the nearest name.

    >>> find_recipe("nsmc").data.train
    'nsmc'
    """
    if name not in RECIPES:
        raise ConfigError(unknown_name(name, name, list(RECIPES)))
    return RECIPES[name]()


__all__ = ["RECIPES", "TASK_RECIPES", "find_recipe"]
