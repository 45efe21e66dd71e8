"""Task defaults < corpus recipe < --recipe < --set < flags; unknown names are errors with the nearest."""

from __future__ import annotations

import json

import pytest

from malmoi.errors import ConfigError, DataError
from malmoi.recipes import RECIPES, find_recipe
from malmoi.recipes.resolve import FLAGS, assign, resolve_recipe, resolve_several
from malmoi.training.recipe import Recipe, recipe_from_dict, recipe_to_dict

TASK = "classification"


def test_a_file_gets_the_task_defaults():
    recipe = resolve_recipe(TASK, "리뷰.csv")
    assert recipe.data.train == "리뷰.csv"
    assert recipe.optim == Recipe().optim


def test_a_corpus_implies_its_recipe():
    assert resolve_recipe(TASK, "nsmc") == find_recipe("nsmc")
    assert resolve_recipe(TASK, "nsmc:dev").train == find_recipe("nsmc").train
    assert resolve_recipe(TASK, "nsmc:dev").data.train == "nsmc:dev"


def test_a_task_may_have_settings_of_its_own():
    recipe = resolve_recipe("parsing", "나무.conllu", lr=2e-4)
    assert (recipe.data.train, recipe.optim.lr, recipe.optim.head_lr) == ("나무.conllu", 2e-4, 10.0)
    assert resolve_recipe("parsing", "klue-dp").optim.head_lr == 10.0
    assert resolve_recipe("parsing", "ud-gsd-tree").train.epochs == 10.0


def test_a_corpus_of_another_task_is_an_error(monkeypatch):
    from dataclasses import replace

    from malmoi.data import corpora
    from malmoi.data.corpora import NSMC

    assert NSMC in corpora.CORPORA
    monkeypatch.setattr(corpora, "CORPORA", (replace(NSMC, task="regression"),))
    with pytest.raises(ConfigError, match="malmoi train regression --data nsmc"):
        resolve_recipe(TASK, "nsmc")


def test_precedence(tmp_path):
    file = tmp_path / "recipe.json"
    file.write_text(json.dumps({"optim": {"lr": 2e-4, "warmup": 0.3}, "train": {"epochs": 7}}), encoding="utf-8")
    sets = ["optim.lr=3e-4", "train.seed=5"]
    recipe = resolve_recipe(TASK, "nsmc", str(file), sets, seed=9, model=None)
    assert recipe.optim.warmup == 0.3
    assert recipe.train.epochs == 7
    assert recipe.optim.lr == 3e-4
    assert recipe.train.seed == 9
    assert recipe.model == Recipe().model


def test_a_recipe_of_a_run_repeats_it(tmp_path):
    first = resolve_recipe(TASK, "demo", assignments=["task.max_length=32"])
    (tmp_path / "recipe.json").write_text(json.dumps(recipe_to_dict(first)), encoding="utf-8")
    assert resolve_recipe(TASK, None, str(tmp_path)) == first
    assert resolve_recipe(TASK, None, str(tmp_path / "recipe.json")) == first


@pytest.mark.parametrize("path", ["task.max_length", "tasks.0.config.max_length"])
def test_task_fields_by_either_name(path):
    recipe = resolve_recipe(TASK, "a.csv", assignments=[f"{path}=64"])
    assert recipe.tasks[0].config == {"max_length": 64}


def test_a_task_field_set_to_its_default_is_not_written():
    assert "max_length" not in resolve_recipe(TASK, "demo", assignments=["task.max_length=256"]).tasks[0].config


@pytest.mark.parametrize(
    ("assignment", "hint"),
    [
        ("lr=1e-4", "optim.lr"),
        ("optim.lrr=1", "optim.lr"),
        ("task.maxlength=64", "task.max_length"),
        ("task.pooling=meen", "mean"),
        ("task.max_length=1", "4"),
        ("train.epochs=many", "float"),
        ("model.embeddings=frosen", "frozen"),
        ("tasks.1.name=x", "tasks"),
        ("data.train.x=1", "data.train"),
        ("epochs", "key=value"),
    ],
)
def test_wrong_assignments_name_the_fix(assignment, hint):
    with pytest.raises(ConfigError, match=hint.replace(".", r"\.")):
        resolve_recipe(TASK, "a.csv", assignments=[assignment])


def test_settings_that_need_each_other_go_together_in_any_order():
    shorter = ["task.max_length=192", "task.stride=64", "task.max_question=32"]
    recipes = [resolve_recipe("extraction", "a.json", assignments=order) for order in (shorter, shorter[::-1])]
    assert recipes[0] == recipes[1]
    assert recipes[0].tasks[0].config == {"max_length": 192, "stride": 64, "max_question": 32}
    assert resolve_recipe("extraction", "a.json", assignments=shorter[1:], max_length=192) == recipes[0]
    with pytest.raises(ConfigError, match="max_length 192"):
        resolve_recipe("extraction", "a.json", assignments=shorter[:1])


def test_of_one_field_the_last_setting_counts_and_all_are_checked():
    assert resolve_recipe(TASK, "a.csv", assignments=["train.seed=1", "train.seed=2"]).train.seed == 2
    assert resolve_recipe(TASK, "a.csv", assignments=['optim={"lr": 0.1}', "optim.warmup=0.3"]).optim.lr == 0.1
    with pytest.raises(ConfigError, match="train.seed"):
        resolve_recipe(TASK, "a.csv", assignments=["train.seed=many", "train.seed=2"])


@pytest.mark.parametrize(
    ("content", "part"),
    [("{", "JSON"), ("[]", "JSON"), ('{"optm": {}}', "optim"), ('{"train": {"epochs": 0}}', "epochs")],
)
def test_wrong_recipe_files(content, part, tmp_path):
    file = tmp_path / "recipe.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=part):
        resolve_recipe(TASK, "a.csv", str(file))


def test_unknown_recipe_task_and_flag():
    with pytest.raises(ConfigError, match="nsmc"):
        resolve_recipe(TASK, "a.csv", "nsnc")
    with pytest.raises(ConfigError, match="classification"):
        resolve_recipe("clasification", "a.csv")
    with pytest.raises(ConfigError, match="batch_size"):
        resolve_recipe(TASK, "a.csv", batchsize=3)
    with pytest.raises(ConfigError, match="no such file|파일이 없습니다"):
        resolve_recipe(TASK, "a.csv", "없는/recipe.json")


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_survive_json_and_name_real_data(name):
    tasks = find_recipe(name).tasks
    recipe = resolve_recipe(tasks[0].name, None, name) if len(tasks) == 1 else resolve_several(name)
    assert recipe_from_dict(json.loads(json.dumps(recipe_to_dict(recipe)))) == recipe


@pytest.mark.parametrize("flag", FLAGS)
def test_every_flag_has_a_field(flag):
    value = {"skip_bad": True, "epochs": 2.0, "lr": 1e-3, "clean": "html"}.get(
        flag, 8 if flag in ("batch_size", "layers", "limit", "max_length", "seed") else "x"
    )
    assert assign(Recipe(), [(FLAGS[flag], value)]) != Recipe()


def test_the_demo_sample_is_disjoint_and_balanced():
    from malmoi.data.corpora import find_corpus

    corpus = find_corpus("demo")
    train, final = corpus.load("train"), corpus.load("final")
    assert (len(train), len(final)) == (640, 120)
    assert not {e.text for e in train} & {e.text for e in final}
    assert {e.label for e in train} == {e.label for e in final} == {"긍정", "부정", "중립"}
    with pytest.raises(DataError, match="final"):
        corpus.load("finale")


# --- the recipes of the corpora ---------------------------------------------------------------------------------


def test_every_recipe_of_a_corpus_is_for_its_task_and_says_what_is_not_default():
    from malmoi.data.corpora import CORPORA

    tasks = {corpus.name: corpus.task for corpus in CORPORA}
    for name in RECIPES:
        recipe = find_recipe(name)
        if len(recipe.tasks) > 1:  # of several corpora, named like none
            assert name not in tasks
            continue
        assert recipe.data.train == name and recipe.tasks[0].name == tasks[name]
        resolved = resolve_recipe(tasks[name], name)
        assert resolved == recipe, name
        assert resolved != resolve_recipe(tasks[name], None, **{"data.train": name}), name


def test_every_corpus_can_be_named():
    from malmoi.data.corpora import CORPORA

    for corpus in CORPORA:
        assert resolve_recipe(corpus.task, corpus.name).data.train == corpus.name


# --- several labels ---------------------------------------------------------------------------------------------


def test_a_separator_is_for_several_labels_only():
    assert resolve_recipe("multi-label", "댓글.csv", separator="|").data.separator == "|"
    for task in ("classification", "regression"):
        with pytest.raises(ConfigError, match=r"separator '\|'.*malmoi train multi-label"):
            resolve_recipe(task, "댓글.csv", separator="|")


def test_thresholds_range_and_weights_can_be_set_or_say_why_not():
    recipe = resolve_recipe("regression", "a.csv", assignments=["task.low=0", "task.high=5"])
    assert recipe.tasks[0].config == {"low": 0.0, "high": 5.0}
    recipe = resolve_recipe("classification", "a.csv", assignments=['task.class_weights={"긍정": 2}'])
    assert recipe.tasks[0].config == {"class_weights": {"긍정": 2.0}}
    assert resolve_recipe("classification", "a.csv", assignments=["task.class_weights=balanced"])
    with pytest.raises(ConfigError, match="balanced"):
        resolve_recipe("classification", "a.csv", assignments=["task.class_weights=balance"])


def test_an_unknown_task_is_told_every_word_that_train_takes():
    with pytest.raises(ConfigError, match="'multi-task'.*: classification, .*dialogue, multi-task"):
        resolve_recipe("multitask", "리뷰.csv")


def test_ranges_are_told_as_people_write_them():
    with pytest.raises(ConfigError, match="^optim.lr=0: 0 초과 10 이하인 수여야 합니다.$"):
        resolve_recipe(TASK, "리뷰.csv", None, ["optim.lr=0"])
    with pytest.raises(ConfigError, match="^train.batch_size=0: 1 이상인 수여야 합니다.$"):
        resolve_recipe(TASK, "리뷰.csv", None, ["train.batch_size=0"])
