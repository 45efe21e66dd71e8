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
    with pytest.warns(UserWarning, match=r"of the \d+ texts, .* were trained on"):
        malmoi.evaluate(run, ROWS)


def test_evaluation_on_other_rows_does_not(run: Path, recwarn: pytest.WarningsRecorder):
    malmoi.evaluate(run, [("음악이 좋아요", "긍정")])
    assert not [w for w in recwarn if "trained on" in str(w.message)]


def warned_of(run: Path, data: object) -> str:
    with pytest.warns(UserWarning, match="texts") as caught:
        malmoi.evaluate(run, data)
    return next(str(w.message) for w in caught if "texts" in str(w.message))


def test_the_warning_counts_texts_whatever_file_they_are_in(run: Path, tmp_path: Path):
    file = tmp_path / "시험.tsv"
    file.write_text("text\tlabel\n\n정말  재밌어요\t긍정\n음악이 좋아요\t긍정\n", encoding="utf-8")
    assert "of the 2 texts, 1 (50.0%) were trained on by this run" in warned_of(run, str(file))


def test_a_run_without_dev_knows_the_rows_it_held_out(tiny_model: Path, tmp_path: Path):
    rows = [(f"{text} {i}", label) for i in range(5) for text, label in ROWS]
    malmoi.train(data=rows, out=tmp_path / "run", quiet=True, model="tfidf")
    message = warned_of(tmp_path / "run", rows)
    dev = read_json(tmp_path / "run" / "scores.json")["dev"]["accuracy"]["n"]
    assert f"{20 - dev} ({(20 - dev) / 20:.1%}) were trained on, {dev} ({dev / 20:.1%}) were chosen on (dev)" in message


def test_a_run_without_hashes_still_knows_its_very_data(tmp_path: Path):
    rows = [(f"{text} {i}", label) for i in range(5) for text, label in ROWS]
    malmoi.train(data=rows, dev=rows[::2], out=tmp_path / "run", quiet=True, model="tfidf")
    (tmp_path / "run" / "seen.bin").unlink()
    assert "20 (100.0%) were trained on" in warned_of(tmp_path / "run", rows)
    assert "10 (100.0%) were chosen on" in warned_of(tmp_path / "run", rows[::2])


def test_data_from_memory_are_identified_in_the_artifact(run: Path):
    made_with = read_json(run / "scores.json")["made_with"]
    assert len(made_with["train_sha256"]) == len(made_with["dev_sha256"]) == 64
    assert made_with["train_sha256"] != made_with["dev_sha256"]
