"""The Python door: data in memory for train and dev, and what evaluation says of data it has seen."""

from __future__ import annotations

from pathlib import Path

import pytest

import malmoi
from malmoi.io import read_json
from malmoi.messages import set_language

ROWS = [("정말 재밌어요", "긍정"), ("배우가 훌륭해요", "긍정"), ("지루해요", "부정"), ("돈이 아까워요", "부정")]


@pytest.fixture(autouse=True)
def english():
    set_language("en")
    yield
    set_language(None)


@pytest.fixture(scope="module")
def run(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("api") / "run"
    settings = {"model": str(tiny_model), "epochs": 1, "train.precision": "fp32", "train.threads": 1}
    malmoi.train(data=ROWS, dev=ROWS[:2] + ROWS[3:], out=out, quiet=True, **settings)
    return out


def test_recipe_of_data_in_memory_does_not_invent_a_dev_part(run: Path, tmp_path: Path):
    data = read_json(run / "recipe.json")["data"]
    assert (data["train"], data["dev"]) == ("memory", "memory")
    with pytest.raises(malmoi.DataError, match="in memory and cannot be read again. Name a file or corpus with --data"):
        malmoi.train(recipe=str(run / "recipe.json"), out=tmp_path / "again", quiet=True)
    with pytest.raises(malmoi.DataError, match="with --dev"):
        malmoi.train(data=ROWS, recipe=str(run / "recipe.json"), out=tmp_path / "again", quiet=True)


def test_evaluation_on_training_rows_warns(run: Path):
    with pytest.warns(UserWarning, match="has used this data \\(train\\)"):
        malmoi.evaluate(run, ROWS)


def test_evaluation_on_other_rows_does_not(run: Path, recwarn: pytest.WarningsRecorder):
    malmoi.evaluate(run, [("음악이 좋아요", "긍정")])
    assert not [w for w in recwarn if "has used" in str(w.message)]
