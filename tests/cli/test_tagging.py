"""Tagging from the command line: files in their official formats, answers as JSON, tables and text, and bad input."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from malmoi.tasks.tagging import Tagging

NAVER = "1\t손흥민은\tPER_B\n2\t런던에\tLOC_B\n3\t산다\t-\n\n1\t점심은\t-\n2\t먹었어요\t-\n\n"
CONLLU = (
    "# text = 비가 온다.\n1\t비가\t비+가\tNOUN\tNNG+JKS\t_\t2\tnsubj\t_\t_\n"
    "2\t온다\t오+ㄴ다\tVERB\tVV+EF\t_\t0\troot\t_\tSpaceAfter=No\n3\t.\t.\tPUNCT\tSF\t_\t2\tpunct\t_\t_\n\n"
)
COPIES = 20
FAST = (
    "--epochs",
    "5",
    "--batch-size",
    "4",
    "--lr",
    "5e-3",
    "--set",
    "train.threads=1",
    "--set",
    "train.precision=fp32",
)


@pytest.fixture(scope="module")
def entities_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's sentences with their entities, JSON line by line."""
    path = tmp_path_factory.mktemp("entities") / "개체.jsonl"
    rows = [
        {"text": e.text, "spans": [{"start": s.start, "end": s.end, "label": s.label} for s in e.spans or ()]}
        for e in Tagging.demo()
    ]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows * COPIES), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def run(tiny_model: Path, entities_file: Path) -> Path:
    """A finished run on the demo's sentences."""
    import malmoi

    settings: dict[str, Any] = {"model": str(tiny_model), "epochs": 5, "lr": 5e-3, "batch_size": 8}
    settings |= {"train.threads": 1, "train.precision": "fp32"}
    out = entities_file.parent / "run"
    return malmoi.train("tagging", entities_file, dev=entities_file, out=out, quiet=True, **settings).path


def test_train_on_naver_ner_and_evaluate(tiny_model: Path, tmp_path: Path, run_cli: Callable[..., Any]) -> None:
    file, out = tmp_path / "네이버.txt", tmp_path / "run"
    file.write_text(NAVER * COPIES, encoding="utf-8")
    result = run_cli("--lang", "en", "train", "tagging", "--data", file, "--dev", file, "--model", tiny_model, *FAST, "--out", out)  # fmt: skip
    assert result.code == 0, result.err
    assert "read as CoNLL" in result.out + result.err and "tagging: LOC, PER" in result.out + result.err
    assert "entity F1" in result.out and "KLUE entity F1" in result.out
    result = run_cli("evaluate", out, "--data", file, "--json", "-")
    found = json.loads(result.out)
    assert result.code == 0 and found["scores"]["entity_f1"]["value"] == 1.0
    assert [row["label"] for row in found["classes"]] == ["LOC", "PER"]
    assert "report.html" in {path.name for path in out.iterdir()}
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "PER" in page and "런던에" not in page  # no error to show


def test_answers_of_every_kind(run: Path, tmp_path: Path, run_cli: Callable[..., Any]) -> None:
    text = Tagging.demo()[0].text
    result = run_cli("predict", run, text)
    assert (
        result.code == 0
        and "[손흥민 PS]은 [런던 LC]에" in result.out
        and "2개를 찾았습니다: 손흥민(PS), 런던(LC)." in result.out
    )
    (answer,) = json.loads(run_cli("predict", run, text, "--json", "-").out)
    assert [(s["text"], s["label"], s["start"], s["end"]) for s in answer["spans"]] == [
        ("손흥민", "PS", 0, 3), ("런던", "LC", 5, 7),
    ]  # fmt: skip
    assert all(0 < span["score"] <= 1 for span in answer["spans"])
    source, table = tmp_path / "글.txt", tmp_path / "답.csv"
    source.write_text(f"{text}\n\n점심은 먹었어요\n", encoding="utf-8")
    assert run_cli("predict", run, "--input", source, "--output", table).code == 0
    with open(table, encoding="utf-8-sig", newline="") as opened:
        first, blank, none = csv.DictReader(opened)
    assert [span["label"] for span in json.loads(first["spans"])] == ["PS", "LC"]
    assert blank["spans"] == "" and none["spans"] == "[]"


def test_predictions_can_be_evaluated_on(run: Path, tmp_path: Path, run_cli: Callable[..., Any]) -> None:
    source, answers = tmp_path / "글.txt", tmp_path / "답.jsonl"
    source.write_text("".join(example.text + "\n" for example in Tagging.demo()), encoding="utf-8")
    assert run_cli("predict", run, "--input", source, "--output", answers).code == 0
    result = run_cli("evaluate", run, "--data", answers, "--json", "-")
    assert json.loads(result.out)["scores"]["entity_f1"]["value"] == 1.0


def test_the_fine_tags_of_a_treebank(tiny_model: Path, tmp_path: Path, run_cli: Callable[..., Any]) -> None:
    file, out = tmp_path / "나무.conllu", tmp_path / "run"
    file.write_text(CONLLU * COPIES * 2, encoding="utf-8")
    result = run_cli("train", "tagging", "--data", file, "--dev", file, "--label", "xpos", "--model", tiny_model, *FAST, "--out", out)  # fmt: skip
    assert result.code == 0, result.err
    found = json.loads(run_cli("evaluate", out, "--data", file, "--json", "-").out)  # xpos, as in training
    assert found["scores"].keys() == {"token_f1", "boundary_f1", "xpos_accuracy"}
    assert found["scores"]["xpos_accuracy"]["value"] == 1.0
    result = run_cli("evaluate", out, "--data", file, "--label", "upos")
    assert result.code == 2 and "NOUN" in result.err
    (answer,) = json.loads(run_cli("predict", out, "비가 온다.", "--json", "-").out)
    assert answer["sentence"] == "비가/NNG+JKS 온다/VV+EF ./SF"


def test_a_notebook_marks_the_text(run: Path) -> None:
    import malmoi

    page = malmoi.load(str(run), precision="fp32", threads=1)(Tagging.demo()[0].text)._repr_html_()
    assert "손흥민<sub>PS</sub></mark>" in page


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ('{"text": "비가", "spans": [{"start": 0, "end": 9, "label": "PS"}]}\n', "1번째 줄, 'spans' 열: (0, 9, 'PS')"),
        (NAVER.replace("PER_B", "PER_I"), "1번째 줄: 태그 'PER_I'"),
        ('{"text": "비가"}\n', "주석(spans)이 없습니다"),
    ],
    ids=["outside", "scheme", "unannotated"],
)
def test_bad_files_are_named(content: str, part: str, run: Path, tmp_path: Path, run_cli: Callable[..., Any]) -> None:
    file = tmp_path / "자료.jsonl"
    file.write_text(content, encoding="utf-8")
    for command in (("train", "tagging", "--data", file, "--dev", file, "--out", tmp_path / "run"), ("evaluate", run, "--data", file)):  # fmt: skip
        result = run_cli(*command)
        assert result.code == 2 and str(file) in result.err and part in result.err
    assert not (tmp_path / "run").exists()
