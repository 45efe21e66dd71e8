"""From what a user wrote to one recipe: task defaults < corpus recipe < --recipe < --set < flags.

resolve_recipe("classification", "nsmc", assignments=["task.max_length=64"], lr=5e-5)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from malmoi.config import Settings, from_dict, parse_assignment, replace_at, to_dict, unknown_name
from malmoi.data.ontology import read_ontology
from malmoi.errors import ConfigError
from malmoi.messages import say
from malmoi.recipes import RECIPES, TASK_RECIPES, find_recipe
from malmoi.recipes.recipe_file import read_recipe_file, recipe_path
from malmoi.tasks import TASKS, find_task
from malmoi.text.cleaning import spell_steps
from malmoi.text.josa import attach
from malmoi.training.datasets import named_corpus
from malmoi.training.recipe import MULTI_TASK, Recipe, TaskRecipe, recipe_from_dict, recipe_to_dict

FLAGS = {
    "batch_size": "train.batch_size",
    "clean": "task.clean",
    "dev": "data.dev",
    "distil_from": "distil.teacher",
    "epochs": "train.epochs",
    "label": "data.label",
    "layers": "model.layers",
    "limit": "data.limit",
    "lr": "optim.lr",
    "max_length": "task.max_length",
    "model": "model.name",
    "pair": "data.pair",
    "seed": "train.seed",
    "separator": "data.separator",
    "skip_bad": "data.skip_bad",
    "text": "data.text",
    "unlabelled": "distil.texts",
}

TRAINABLE = (*(task.name for task in TASKS), MULTI_TASK)  # what `malmoi train` takes


def resolve_recipe(
    task: str, data: str | None, recipe: str | None = None, assignments: Sequence[str] = (), **flags: Any
) -> Recipe:
    """Return the recipe of a run; `flags` are names of `FLAGS` or dotted paths, None means not given.

    Raises `ConfigError` for unknown names (with the nearest), wrong values, and a corpus or recipe of another task.
    """
    if task not in TRAINABLE:
        raise ConfigError(unknown_name(task, task, list(TRAINABLE)))
    resolved = _corpus_recipe(task, data)
    if recipe is not None:
        resolved = _named_recipe(recipe, resolved)
    if data is not None:
        resolved = replace_at(resolved, [("data.train", data)])
    _check_task(task, resolved)
    if flags.get("distil_from") and not flags.get("model"):
        flags["model"] = flags["distil_from"]  # a student without a model of its own starts as its teacher
    given = {name: value for name, value in flags.items() if value is not None}
    for name in given:
        if name not in FLAGS and "." not in name:
            raise ConfigError(unknown_name(name, name, sorted(FLAGS)))
    resolved = assign(resolved, [*map(parse_assignment, assignments), *_paths(given)])
    _check_task(task, resolved)
    _check_separator(resolved)
    return _with_task_config(resolved, task_config(resolved))


MULTI_TASK_FLAGS = ("batch_size", "epochs", "lr", "model", "seed")


def resolve_several(recipe: str | None, assignments: Sequence[str] = (), **flags: Any) -> Recipe:
    """Return the recipe of a run of several tasks, by name or file; each task's config is laid over what its corpus implies.

    Raises `ConfigError` as `resolve_recipe` does, and for flags that belong to one task or its data.
    """
    if recipe is None:
        raise ConfigError(
            say(
                f"{MULTI_TASK} 는 과제들을 적은 레시피가 필요합니다: --recipe 이름|파일.json",
                f"{MULTI_TASK} needs a recipe that lists the tasks: --recipe NAME|FILE.json",
            )
        )
    resolved = _named_recipe(recipe, Recipe())
    if not resolved.is_joint:
        name = resolved.tasks[0].name
        raise ConfigError(
            say(
                f"이 레시피에는 과제가 하나 있고 data 가 tasks 안에 없습니다. 혼자 학습하세요: malmoi train {name} --recipe {recipe}",
                f"the recipe has one task without data of its own. Train it alone: malmoi train {name} --recipe {recipe}",
            )
        )
    given = {name: value for name, value in flags.items() if value is not None}
    for name in given:
        if name not in MULTI_TASK_FLAGS and "." not in name:
            raise ConfigError(
                say(
                    f"{name}: {MULTI_TASK} 에서는 레시피의 과제마다 적습니다 (tasks.0.data.{name}, tasks.0.config.{name} …).",
                    f"{name}: with {MULTI_TASK} it stands in the recipe, for each task (tasks.0.data.{name}, tasks.0.config.{name} …).",
                )
            )
    resolved = replace_at(resolved, [*map(parse_assignment, assignments), *_paths(given)])
    return replace(resolved, tasks=tuple(_over_corpus(task) for task in resolved.tasks))


def _over_corpus(task: TaskRecipe) -> TaskRecipe:
    """Return a task of several with its config laid over the one that its corpus implies, checked."""
    find_task(task.name)
    implied = _corpus_recipe(task.name, task.data.train if task.data else None)
    own = replace(implied, tasks=(TaskRecipe(task.name, implied.tasks[0].config | task.config),))
    return replace(task, config=_with_task_config(own, task_config(own)).tasks[0].config)


def _paths(flags: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(FLAGS.get(name, name), value) for name, value in flags.items()]


def assign(recipe: Recipe, settings: Settings) -> Recipe:
    """Return the recipe with fields replaced together; `task.x` is field x of the task's own config, checked as strictly."""
    of_recipe, of_task = [], []
    for path, value in settings:
        prefix = next((prefix for prefix in ("task.", "tasks.0.config.") if path.startswith(prefix)), None)
        if prefix is None:
            of_recipe.append((path, value))
        else:
            field = path.removeprefix(prefix)
            of_task.append((field, _read_value(field, value)))
    recipe = replace_at(recipe, of_recipe)
    return _with_task_config(recipe, replace_at(task_config(recipe), of_task, "task.")) if of_task else recipe


def _read_value(field: str, value: Any) -> Any:
    """Return a field of a task's config as it is stored; files are read here and nowhere else."""
    if field == "clean" and (isinstance(value, str) or _are_strings(value)):
        return spell_steps(value)  # "html,url" as well as ["html", "url"]
    return read_ontology(value) if field == "ontology" and isinstance(value, str) else value


def _are_strings(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value)


def task_config(recipe: Recipe) -> Any:
    """Return the config of the recipe's task; raise `ConfigError` for a field it does not have."""
    task = recipe.tasks[0]
    return from_dict(find_task(task.name).config_class, task.config, "task.")


def _with_task_config(recipe: Recipe, config: Any) -> Recipe:
    """Return the recipe with those fields of a task config that differ from its defaults."""
    defaults = to_dict(type(config)())
    values = {name: value for name, value in to_dict(config).items() if value != defaults[name]}
    return replace(recipe, tasks=(TaskRecipe(recipe.tasks[0].name, values),))


def _corpus_recipe(task: str, data: str | None) -> Recipe:
    plain = TASK_RECIPES[task]() if task in TASK_RECIPES else Recipe(tasks=(TaskRecipe(task),))
    found = named_corpus(data) if data else None
    if found is None:
        return plain
    corpus = found[0]
    if corpus.task != task:
        raise ConfigError(
            say(
                f"말뭉치 {attach(repr(corpus.name), '은/는')} {corpus.task} 과제용인데 TASK 가 {task} 입니다. malmoi train {corpus.task} --data {corpus.name}",
                f"the corpus '{corpus.name}' is for {corpus.task}, but TASK is {task}. malmoi train {corpus.task} --data {corpus.name}",
            )
        )
    return find_recipe(corpus.name) if corpus.name in RECIPES else plain


def _named_recipe(wish: str, below: Recipe) -> Recipe:
    """Return a recipe by name, or a file's fields laid over `below`; a run folder means the recipe inside it."""
    path = recipe_path(wish)
    if not path.is_file() and path.suffix != ".json" and len(path.parts) == 1:
        return find_recipe(wish)
    values = read_recipe_file(path)
    try:
        return recipe_from_dict(_merged(recipe_to_dict(below), values))
    except ConfigError as error:
        raise ConfigError(f"--recipe {path}: {error}") from error


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Lay one JSON tree over another: objects field by field, everything else whole."""
    both = below | above
    for name, value in above.items():
        if isinstance(value, dict) and isinstance(below.get(name), dict):
            both[name] = _merged(below[name], value)
    return both


def _check_task(task: str, recipe: Recipe) -> None:
    if len(recipe.tasks) > 1:
        listed = ", ".join(own.head or own.name for own in recipe.tasks)
        raise ConfigError(
            say(
                f"이 레시피에는 과제가 여럿 있습니다 ({listed}). malmoi train {MULTI_TASK} --recipe … 로 함께 학습하세요.",
                f"the recipe lists several tasks ({listed}). Train them together: malmoi train {MULTI_TASK} --recipe …",
            )
        )
    if recipe.tasks[0].name != task:
        raise ConfigError(
            say(
                f"레시피의 과제는 {recipe.tasks[0].name} 인데 TASK 가 {task} 입니다.",
                f"the recipe is for {recipe.tasks[0].name}, but TASK is {task}.",
            )
        )


def _check_separator(recipe: Recipe) -> None:
    task = recipe.tasks[0].name
    if recipe.data.separator is None or find_task(task).example_kind == "labels":
        return
    several = next(other.name for other in TASKS if other.example_kind == "labels")
    raise ConfigError(
        say(
            f"separator '{recipe.data.separator}': 글마다 라벨이 여럿일 때만 씁니다. malmoi train {several} --separator …",
            f"the separator '{recipe.data.separator}' is only for texts with several labels: malmoi train {several} --separator …",
        )
    )
