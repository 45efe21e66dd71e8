"""Relations from the command line: trained on the official form, asked by marks, files and pipes; what is wrong is said."""

from __future__ import annotations

import json

import pytest

import malmoi
from malmoi.tasks.relations import Relations

ROWS = [(e.text, e.text[slice(*e.subject.place)], e.text[slice(*e.object.place)], e.relation) for e in Relations.demo()]


def entity(text, word):
    start = text.index(word)
    return {"word": word, "start_idx": start, "end_idx": start + len(word) - 1, "type": "PER"}


@pytest.fixture(scope="module")
def official(tmp_path_factory):
    records = [
        {"guid": f"klue-re-v1_dev_{i:05}", "sentence": text, "subject_entity": entity(text, first), "object_entity": entity(text, second), "label": label, "source": "wikitree"}
        for i, (text, first, second, label) in enumerate(ROWS)
    ]  # fmt: skip
    path = tmp_path_factory.mktemp("re") / "klue-re-v1.1_dev.json"
    path.write_text(json.dumps(records, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def run(official, tiny_model):
    settings = {"model": str(tiny_model), "epochs": 10, "lr": 3e-3, "batch_size": 8}
    settings |= {"train.threads": 1, "train.precision": "fp32"}
    records = json.loads(official.read_text(encoding="utf-8")) * 25
    return malmoi.train("relations", records, dev=official, out=official.parent / "run", quiet=True, **settings).path


def test_asked_by_marks(run_cli, run):
    result = run_cli("predict", run, "[[한지우|PER]]의 아버지는 ((한도윤|PER))이다", "--json", "-")
    assert result.code == 0
    (answer,) = json.loads(result.out)
    assert answer["relation"] == "per:parents" and answer["text"] == "한지우의 아버지는 한도윤이다"
    assert answer["subject"] == {"text": "한지우", "label": "PER", "start": 0, "end": 3}
    assert len(answer["scores"]) == 30 and answer["sentence"].startswith("'한지우'와 '한도윤'의 관계는 '부모'")
    shown = run_cli("predict", run, "[[한지우|PER]]의 아버지는 ((한도윤|PER))이다").out
    assert "[한지우 주어 PER]의 아버지는 [한도윤 대상 PER]이다" in shown


def test_asked_without_marks(run_cli, run):
    result = run_cli("predict", run, "한지우의 아버지는 한도윤이다")
    assert result.code == 2 and "[[이순신|PER]]은 ((조선|LOC))의 장군이다" in result.err


def test_official_file_in_answers_out(run_cli, run, official, tmp_path):
    out = tmp_path / "답.jsonl"
    assert run_cli("predict", run, "--input", official, "--output", out).code == 0
    answers = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [answer["malmoi_relation"] for answer in answers] == [label for *_, label in ROWS]
    result = run_cli("evaluate", run, "--data", official, "--json", "-")
    assert json.loads(result.out)["scores"]["klue_re_f1"]["value"] == 1.0


def test_bad_rows_of_a_file_are_named_or_left_out(run_cli, run, tmp_path):
    path = tmp_path / "물음.jsonl"
    texts = ["[[한지우]]의 아버지는 ((한도윤))이다", "표시가 없는 글", "[[박서연]]의 아버지는 ((박준호))이다"]
    path.write_text("\n".join(json.dumps({"text": text}, ensure_ascii=False) for text in texts), encoding="utf-8")
    result = run_cli("predict", run, "--input", path, "--output", tmp_path / "a.jsonl")
    assert result.code == 2 and "2번째 줄" in result.err and "[[이순신|PER]]" in result.err
    assert run_cli("predict", run, "--input", path, "--output", tmp_path / "b.jsonl", "--skip-bad").code == 0
    rows = [json.loads(line) for line in (tmp_path / "b.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [bool(row["malmoi_problem"]) for row in rows] == [False, True, False]
    assert rows[1]["malmoi_relation"] is None


def test_a_spoilt_file_is_refused_before_training(run_cli, official, tiny_model, tmp_path):
    records = json.loads(official.read_text(encoding="utf-8"))
    records[3]["object_entity"]["start_idx"] += 1
    path = tmp_path / "re.json"
    path.write_text(json.dumps(records, ensure_ascii=False), encoding="utf-8")
    result = run_cli("train", "relations", "--data", path, "--model", tiny_model, "--out", tmp_path / "run")
    assert (
        result.code == 2 and "4번째 레코드, 'object_entity' 열" in result.err and "start_idx 0, end_idx 2" in result.err
    )
    assert not (tmp_path / "run").exists()


def test_an_unknown_relation_is_told_with_its_record(run_cli, run, official, tmp_path):
    records = json.loads(official.read_text(encoding="utf-8"))
    records[1]["label"] = "per:parent"
    path = tmp_path / "re.json"
    path.write_text(json.dumps(records, ensure_ascii=False), encoding="utf-8")
    result = run_cli("evaluate", run, "--data", path)
    assert result.code == 2 and "'per:parent' (혹시 'per:parents'?)" in result.err and "2번째 줄" in result.err


def test_python_takes_dicts_examples_and_marked_texts(run):
    predictor = malmoi.load(str(run))
    marked = predictor("[[한지우|PER]]의 아버지는 ((한도윤|PER))이다")
    text = "한지우의 아버지는 한도윤이다"
    places = {"subject": {"start": 0, "end": 3, "label": "PER"}, "object": {"start": 10, "end": 13, "label": "PER"}}
    assert predictor({"text": text, **places}) == marked
    example = malmoi.RelationExample(text, malmoi.Span(0, 3, "PER"), malmoi.Span(10, 13, "PER"))
    assert predictor([example, example]) == [marked, marked]
    html = marked._repr_html_()
    assert "<mark" in html and "한지우" in html and "per:parents" in html
