"""A run remembers which columns it was trained on: other files are read alike unless a flag says otherwise."""

from __future__ import annotations

import csv
import json

import pytest

import malmoi

ROWS = [
    ("정말 재미있어요 좋아요", "높음"),
    ("돈이 아까워요 별로", "낮음"),
    ("좋아요 최고", "높음"),
    ("별로 지루해요", "낮음"),
]
READ = "텍스트는 '내용' 열, 라벨은 '등급' 열에서 읽었습니다."


def write(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    return path


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("열")
    data = write(folder / "학습.csv", [{"내용": text, "등급": label} for text, label in ROWS * 5])
    return malmoi.train(
        data=data, dev=data, text="내용", label="등급", out=folder / "run", model="tfidf", quiet=True
    ).path


@pytest.fixture
def traps(tmp_path):
    """A file with columns of more telling names than those of the training, of which each would be read by name."""
    wrong = {"높음": "낮음", "낮음": "높음"}
    rows = [{"text": "아무 말", "label": wrong[label], "내용": text, "등급": label} for text, label in ROWS]
    return write(tmp_path / "시험.csv", rows)


def accuracy(run_cli, run, data, *flags):
    return json.loads(run_cli("evaluate", run, "--data", data, *flags, "--json", "-").out)["scores"]["accuracy"][
        "value"
    ]


def test_evaluate_reads_the_columns_of_the_training(run_cli, run, traps):
    result = run_cli("evaluate", run, "--data", traps)
    assert result.code == 0 and READ in result.out
    assert accuracy(run_cli, run, traps) == 1
    assert accuracy(run_cli, run, traps, "--label", "label") == 0  # the user's word wins, the rest is as in training
    assert malmoi.evaluate(run, traps).scores["accuracy"].value == 1


def test_predict_reads_the_columns_of_the_training(run_cli, run, traps, tmp_path):
    target = tmp_path / "답.jsonl"
    result = run_cli("predict", run, "--input", traps, "--output", target)
    assert result.code == 0 and "텍스트는 '내용' 열에서 읽었습니다." in result.out
    answers = [json.loads(line)["malmoi_label"] for line in target.read_text(encoding="utf-8").splitlines()]
    assert answers == [label for _, label in ROWS]
    assert (
        "텍스트는 '내용' 열에서" in run_cli("predict", run, "--input", traps).err
    )  # standard output holds the answers


def test_a_file_without_these_columns_is_guessed_as_ever(run_cli, run, tmp_path):
    data = write(tmp_path / "다른.csv", [{"review": text, "sentiment": label} for text, label in ROWS])
    result = run_cli("evaluate", run, "--data", data)
    assert result.code == 0 and "텍스트는 'review' 열, 라벨은 'sentiment' 열에서" in result.out
    assert accuracy(run_cli, run, data) == 1


def test_a_run_of_an_older_malmoi_reads_what_its_user_named(run, tmp_path):
    from shutil import copytree

    from malmoi.inference.artifact import TFIDF_FILES, open_artifact
    from malmoi.io import read_json, write_json, write_manifest

    old = copytree(run, tmp_path / "old")
    stored = read_json(old / "task.json")
    assert stored.pop("columns") == {"text": "내용", "pair": None, "label": "등급"}
    write_json(old / "task.json", stored)
    write_manifest(old, TFIDF_FILES)
    assert open_artifact(old).columns == open_artifact(run).columns
