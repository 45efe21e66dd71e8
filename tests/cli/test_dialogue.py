"""Dialogue states from the command line: trained on the official form with an ontology, asked by lines, files and dicts."""

from __future__ import annotations

import json

import pytest

import malmoi
from malmoi.data.shapes.dialogue import turns_of_text
from malmoi.tasks.dialogue import Dialogue

ONTOLOGY = {
    "식당-지역": ["none", "dontcare", "서울 중앙", "서울 북쪽"],
    "식당-예약 시간": ["none", "dontcare", "18:00", "07:30"],
    "숙소-지역": ["none", "dontcare", "서울 중앙", "서울 북쪽"],
    "숙소-주차 가능": ["none", "dontcare", "yes", "no"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The demo's dialogues in the official form, and their ontology."""
    folder = tmp_path_factory.mktemp("wos")
    records = {}
    for example in Dialogue.demo():
        said = []
        for turn in example.turns:
            said += [{"role": "sys", "text": turn.system}] if turn.system else []
            said.append({"role": "user", "text": turn.user, "state": list(turn.state)})
        records[example.dialogue] = {"guid": example.dialogue, "domains": [], "dialogue": said}
    text = json.dumps(list(records.values()), ensure_ascii=False, indent=1)
    (folder / "wos-v1.1_dev.json").write_text(text, encoding="utf-8")
    (folder / "ontology.json").write_text(json.dumps(ONTOLOGY, ensure_ascii=False), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def run(folder, tiny_model):
    settings = {"model": str(tiny_model), "epochs": 10, "lr": 3e-3, "batch_size": 8}
    settings |= {"train.threads": 1, "train.precision": "fp32", "task.ontology": str(folder / "ontology.json")}
    file = folder / "wos-v1.1_dev.json"
    records = json.loads(file.read_text(encoding="utf-8")) * 25
    return malmoi.train("dialogue", records, dev=file, out=folder / "run", quiet=True, **settings).path


def test_the_ontology_lies_in_the_run(run):
    config = json.loads((run / "task.json").read_text(encoding="utf-8"))["config"]
    assert config["ontology"] == {slot: values[2:] for slot, values in ONTOLOGY.items()}


def test_asked_by_lines(run_cli, run):
    text = "user: 식당을 찾고 있어요\nsys: 어느 지역이 좋으세요?\nuser: 서울 중앙이요"
    result = run_cli("predict", run, text, "--json", "-")
    assert result.code == 0
    (answer,) = json.loads(result.out)
    assert [(s["domain"], s["slot"], s["value"]) for s in answer["state"]] == [("식당", "지역", "서울 중앙")]
    shown = run_cli("predict", run, text).out
    assert "식당-지역-서울 중앙" in shown and "지금까지의 조건: 식당 지역 = 서울 중앙" in shown


def test_official_file_in_one_answer_a_dialogue_out(run_cli, run, folder, tmp_path):
    out = tmp_path / "답.jsonl"
    result = run_cli("predict", run, "--input", folder / "wos-v1.1_dev.json", "--output", out)
    assert result.code == 0, result.err
    answers = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    said = [{f"{s['domain']}-{s['slot']}-{s['value']}" for s in answer["malmoi_state"]} for answer in answers]
    assert said == [
        {"식당-지역-서울 중앙", "식당-예약 시간-18:00"},
        {"숙소-주차 가능-yes", "숙소-지역-서울 북쪽"},
        {"식당-지역-서울 북쪽", "식당-예약 시간-07:30"},
    ]
    result = run_cli("evaluate", run, "--data", folder / "wos-v1.1_dev.json", "--json", "-")
    scores = json.loads(result.out)["scores"]
    assert scores["wos_jga"]["value"] == 1.0 and scores["wos_jga"]["n"] == 8


def test_states_outside_the_ontology_stop_before_training(run_cli, folder, tiny_model, tmp_path):
    records = json.loads((folder / "wos-v1.1_dev.json").read_text(encoding="utf-8"))
    records[1]["dialogue"][0]["state"] = ["숙소-주차가능-yes"]
    path = tmp_path / "wos.json"
    path.write_text(json.dumps(records, ensure_ascii=False), encoding="utf-8")
    arguments = ["--data", path, "--set", f"task.ontology={folder / 'ontology.json'}", "--model", tiny_model]
    result = run_cli("train", "dialogue", *arguments, "--out", tmp_path / "run")
    assert result.code == 2 and "'숙소-주차가능'" in result.err and "혹시 '숙소-주차 가능' 인가요?" in result.err
    assert "2번째 줄" in result.err and not (tmp_path / "run").exists()


def test_a_missing_ontology_file_is_named(run_cli, folder, tmp_path):
    result = run_cli("train", "dialogue", "--data", folder / "wos-v1.1_dev.json", "--set", "task.ontology=온톨로지.json", "--out", tmp_path / "run")  # fmt: skip
    assert result.code == 2 and "온톨로지.json" in result.err


def test_python_takes_dicts_turns_and_lines(run):
    predictor = malmoi.load(str(run))
    text = "user: 식당을 찾고 있어요\nsys: 어느 지역이 좋으세요?\nuser: 서울 중앙이요"
    lines = predictor(text)
    assert lines.labels == ("식당-지역-서울 중앙",)
    turns = [{"user": "식당을 찾고 있어요"}, {"user": "서울 중앙이요", "system": "어느 지역이 좋으세요?"}]
    assert predictor({"turns": turns}) == lines
    assert predictor(malmoi.DialogueExample(turns_of_text(text))) == lines
    assert "식당-지역-서울 중앙" in lines._repr_html_()
    with pytest.raises(malmoi.DataError, match="user"):
        predictor({"turns": [{"system": "어서 오세요"}]})
