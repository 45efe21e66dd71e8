"""Units compared: own tokenizers, one set of data and seeds, nothing done twice, table and chart of what was measured."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from malmoi.errors import ConfigError, DataError
from malmoi.evaluation.units_chart import ChartRow, units_chart
from malmoi.experiments import units
from malmoi.experiments.units import UnitsConfig, compare_units
from malmoi.io import read_json
from malmoi.tokenization.tokenizer import Tokenizer
from malmoi.training.recipe import DataRecipe, OptimRecipe, Recipe, TaskRecipe, TrainRecipe
from malmoi.training.reporters import Reporter

CONFIG = UnitsConfig(("syllable", "morpheme-wordpiece"), vocab_size=400, model="bert-1x64", num_seeds=2)


@pytest.fixture(scope="module")
def recipe(reviews_file: Path) -> Recipe:
    train = TrainRecipe(epochs=2, batch_size=4, threads=1, precision="fp32", seed=7, calibrate=False, tensorboard=False)
    data = DataRecipe(train=str(reviews_file), dev=str(reviews_file))
    task = TaskRecipe("classification", {"max_length": 48, "pooling": "mean", "main_score": "macro_f1"})
    return Recipe((task,), data, optim=OptimRecipe(lr=5e-3), train=train)


@pytest.fixture(scope="module")
def compared(recipe: Recipe, tmp_path_factory: pytest.TempPathFactory):
    out = tmp_path_factory.mktemp("units")
    return out, compare_units(recipe, CONFIG, out, reporter=Reporter(quiet=True))


def test_scores_are_those_of_the_runs(compared) -> None:
    out, result = compared
    assert result.seeds == (7, 8) and (result.main_score, result.n) == ("macro_f1", 12)
    for row in result.rows:
        stored = [
            read_json(out / row.stats.unit / f"seed-{seed}" / "scores.json")["dev"]["macro_f1"]["value"]
            for seed in (7, 8)
        ]
        assert row.score.values == tuple(stored)
    assert read_json(out / "units.json")["rows"][0]["stats"]["unit"] == "syllable"


def test_every_unit_has_its_own_tokenizer_and_model(compared) -> None:
    out, result = compared
    for row in result.rows:
        tokenizer = Tokenizer.load(out / row.stats.unit / "tokenizer")
        assert tokenizer.own_settings["unit"] == row.stats.unit and tokenizer.vocab_size == row.stats.vocab_size <= 400
        config = read_json(out / row.stats.unit / "seed-7" / "config.json")
        assert (config["vocab_size"], config["hidden_size"], config["max_position_embeddings"]) == (
            tokenizer.vocab_size,
            64,
            48,
        )
    syllable, wordpiece = (row.stats for row in result.rows)
    assert syllable.tokens_per_text > wordpiece.tokens_per_text and syllable.num_cut == 0


def test_the_seed_decides_the_weights_too(compared) -> None:
    out, _ = compared
    first, second = (read_json(out / "syllable" / f"seed-{seed}" / "scores.json")["made_with"] for seed in (7, 8))
    assert first["base_model_sha256"] != second["base_model_sha256"]
    assert first["train_sha256"] == second["train_sha256"]


def test_what_is_done_is_not_repeated_and_more_may_join(compared, recipe: Recipe, monkeypatch) -> None:
    out, before = compared
    trained: list[str] = []
    original = units.fit
    monkeypatch.setattr(
        units, "fit", lambda own, run, **options: trained.append(run.parent.name) or original(own, run, **options)
    )
    more = replace(CONFIG, units=(*CONFIG.units, "eojeol"), num_seeds=1)
    after = compare_units(recipe, more, out, reporter=Reporter(quiet=True))
    assert trained == ["eojeol"]
    assert [row.score.values[0] for row in after.rows[:2]] == [row.score.values[0] for row in before.rows]


def test_another_comparison_in_the_folder_is_refused(compared, recipe: Recipe) -> None:
    out, _ = compared
    for config, own in (
        (replace(CONFIG, vocab_size=300), recipe),
        (CONFIG, replace(recipe, optim=OptimRecipe(lr=1e-3))),
    ):
        with pytest.raises(ConfigError, match="--fresh"):
            compare_units(own, config, out, reporter=Reporter(quiet=True))


def test_a_given_tokenizer_joins(recipe: Recipe, tiny_model: Path, tmp_path: Path) -> None:
    config = UnitsConfig((str(tiny_model),), model="bert-1x64", num_seeds=1)
    result = compare_units(recipe, config, tmp_path / "out", reporter=Reporter(quiet=True))
    assert result.rows[0].stats.vocab_size == Tokenizer.load(tiny_model).vocab_size
    assert (tmp_path / "out" / tiny_model.name / "seed-7" / "manifest.json").is_file()


@pytest.mark.parametrize(
    "wrong",
    [{"units": ("sylable",)}, {"units": ("jamo", "jamo")}, {"units": ()}, {"model": "bert-huge"}, {"num_seeds": 0}, {"vocab_size": 30, "units": ("jamo",)}],
)  # fmt: skip
def test_what_cannot_be_compared_is_told_before_any_training(
    wrong: dict, recipe: Recipe, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(units, "fit", lambda *_, **__: pytest.fail("training began"))
    with pytest.raises((ConfigError, DataError)):
        compare_units(
            recipe, UnitsConfig(**({"units": CONFIG.units} | wrong)), tmp_path / "out", reporter=Reporter(quiet=True)
        )


def test_the_chart_says_every_number() -> None:
    rows = [ChartRow("syllable", (0.80, 0.82), 0.81, 0.014, 36.2, 0.84), ChartRow("내 것<&>", (0.7,), 0.7, 0.0, 12.0)]
    root = ET.fromstring(units_chart(rows, "accuracy", 5158))
    texts = ["".join(node.itertext()) for node in root.iter() if node.tag.endswith(("text", "title"))]
    assert {"syllable", "내 것<&>", "36.2", "12.0"} <= set(texts)
    assert any("5,158" in text for text in texts) and any("81.00" in text for text in texts)
    names = [node.get("class") for node in root.iter()]
    assert names.count("mean") == 3 and names.count("seed") == 3 and names.count("other") == 2, (
        "two rows and the legend"
    )
    left, right = (
        float(node.get("cx")) for node in root.iter() if node.get("class") == "seed" and node.get("cy") == "84"
    )
    assert left < right


def test_the_command(run_cli, reviews_file: Path, tmp_path: Path) -> None:
    arguments = [
        "--data",
        reviews_file,
        "--dev",
        reviews_file,
        "--units",
        "jamo,eojeol",
        "--size",
        "bert-1x64",
        "--epochs",
        1,
    ]
    arguments += [
        "--set",
        "train.precision=fp32",
        "--set",
        "task.max_length=128",
        "--seeds",
        1,
        "--out",
        tmp_path / "u",
    ]
    result = run_cli("tokenizer", "compare", *arguments, "--json", tmp_path / "j.json")
    assert result.code == 0, result.err
    assert "jamo" in result.out and "eojeol" in result.out and "units.svg" in result.out
    values = json.loads((tmp_path / "j.json").read_text(encoding="utf-8"))
    assert values == read_json(tmp_path / "u" / "units.json")
    assert ET.parse(tmp_path / "u" / "units.svg").getroot().tag.endswith("svg")
