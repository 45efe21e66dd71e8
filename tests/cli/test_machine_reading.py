"""Machine reading on the command line: KorQuAD's JSON in, answers marked in their contexts out."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

CONTEXTS = {
    "말모이": "말모이는 1911년부터 주시경이 쓴 사전이다.",
    "비": "비가 오면 아이는 집에서 책을 읽는다.",
}
QUESTIONS = [
    ("말모이", "누가 썼나?", "주시경"),
    ("말모이", "언제부터 썼나?", "1911년"),
    ("비", "언제 읽나?", "비가 오면"),
    ("비", "어디에서 읽나?", "집"),
    ("비", "무엇을 읽나?", "책"),
]


def korquad(questions=QUESTIONS):
    """The questions as KorQuAD 1.0 writes them."""
    articles = []
    for title, context in CONTEXTS.items():
        qas = [
            {
                "id": f"{title}-{i}",
                "question": text,
                "answers": [{"text": answer, "answer_start": context.index(answer)}],
            }
            for i, (name, text, answer) in enumerate(questions)
            if name == title
        ]
        articles.append({"title": title, "paragraphs": [{"context": context, "qas": qas}]})
    return {"version": "KorQuAD_v1.0", "data": articles}


def written(path: Path, value) -> Path:
    path.write_text(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def reading_run(tiny_model, tmp_path_factory) -> Path:
    """A finished run that knows the questions by heart; read it, do not change it."""
    import malmoi

    folder = tmp_path_factory.mktemp("reading")
    file = written(folder / "질문.json", korquad())
    settings = {"model": str(tiny_model), "epochs": 150, "lr": 3e-3, "batch_size": 8}
    settings |= {"train.threads": 1, "train.precision": "fp32"}
    return malmoi.train("extraction", file, dev=file, out=folder / "run", quiet=True, **settings).path


def json_lines(text):
    return [json.loads(line) for line in text.splitlines()]


def test_train_says_what_comes_next(run_cli, tiny_model, tmp_path):
    file = written(tmp_path / "질문.json", korquad())
    settings = ("--model", tiny_model, "--epochs", 1, "--set", "train.precision=fp32")
    result = run_cli("train", "extraction", "--data", file, "--dev", file, "--out", tmp_path / "run", *settings)
    assert result.code == 0, result.err
    assert "완전 일치(EM)" in result.out and "--pair" in result.out
    card = (tmp_path / "run" / "README.md").read_text(encoding="utf-8")
    assert "BertForQuestionAnswering" in card and "답 끝 조사" in card and "korquad_f1" in card


def test_evaluate(run_cli, reading_run, tmp_path):
    result = run_cli(
        "evaluate", reading_run, "--data", written(tmp_path / "질문.json", korquad()), "--report", tmp_path / "r.html", "--json", "-"
    )  # fmt: skip
    assert result.code == 0, result.err
    found = json.loads(result.out)
    assert found["scores"]["korquad_em"]["value"] == 1.0 and found["scores"]["korquad_f1"]["n"] == 5
    assert (tmp_path / "r.html").stat().st_size > 1000


def test_a_question_is_answered_in_its_context(run_cli, reading_run, tmp_path):
    asked = ("predict", reading_run, "누가 썼나?", "--pair", CONTEXTS["말모이"], "--json", tmp_path / "답.json")
    result = run_cli(*asked)
    assert result.code == 0, result.err
    assert "말모이는 1911년부터 [주시경 답]이 쓴 사전이다." in result.out and "답은 '주시경'" in result.out
    (answer,) = json.loads((tmp_path / "답.json").read_text(encoding="utf-8"))
    assert answer["pair"][answer["start"] : answer["end"]] == answer["answer"] == "주시경"


def test_a_long_context_is_shown_in_part_and_written_whole(run_cli, reading_run, tmp_path):
    context = "집에서 책을 읽는다. " * 200 + CONTEXTS["말모이"]
    result = run_cli("predict", reading_run, "누가 썼나?", "--pair", context, "--json", tmp_path / "답.json")
    assert result.code == 0 and "…" in result.out and len(result.out) < 2_000
    (answer,) = json.loads((tmp_path / "답.json").read_text(encoding="utf-8"))
    assert answer["pair"] == context and context[answer["start"] : answer["end"]] == answer["answer"]


def test_a_question_without_a_context(run_cli, reading_run, tmp_path):
    result = run_cli("predict", reading_run, "누가 썼나?")
    assert result.code == 2 and "지문이 없습니다" in result.err
    lines = written(tmp_path / "질문.jsonl", '{"question": "누가 썼나?"}\n')
    result = run_cli("predict", reading_run, "--input", lines)
    assert result.code == 2 and "지문이 없습니다" in result.err


FILES = {
    "질문.jsonl": "".join(json.dumps({"question": q, "context": CONTEXTS[c]}, ensure_ascii=False) + "\n" for c, q, _ in QUESTIONS),
    "질문.csv": "질문,지문\n" + "".join(f"{q},{CONTEXTS[c]}\n" for c, q, _ in QUESTIONS),
    "본문.tsv": "본문\t질문\n" + "".join(f"{CONTEXTS[c]}\t{q}\n" for c, q, _ in QUESTIONS),
    "korquad.json": korquad(),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_files_of_questions(name, run_cli, reading_run, tmp_path):
    source, target = written(tmp_path / name, FILES[name]), tmp_path / "답.csv"
    result = run_cli("predict", reading_run, "--input", source, "--output", target)
    assert result.code == 0, result.err
    rows = list(csv.DictReader(io.StringIO(target.read_bytes().decode("utf-8-sig"), newline="")))
    assert [row["malmoi_answer"] for row in rows] == [answer for _, _, answer in QUESTIONS]
    assert all(row["malmoi_start"] and json.loads(row["malmoi_candidates"])[0]["text"] for row in rows)


def test_a_pipe_with_one_context(reading_run):
    questions = "".join(f"{text}\n" for name, text, _ in QUESTIONS if name == "비")
    command = [sys.executable, "-m", "malmoi", "predict", str(reading_run), "--pair", CONTEXTS["비"]]
    done = subprocess.run(command, input=questions.encode(), capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    assert [row["answer"] for row in json_lines(done.stdout.decode())] == ["비가 오면", "집", "책"]


def test_bad_files_are_named(run_cli, tiny_model, tmp_path):
    moved = korquad()
    moved["data"][1]["paragraphs"][0]["qas"][0]["answers"][0]["answer_start"] = 3
    file = written(tmp_path / "질문.json", moved)
    asked = ("train", "extraction", "--data", file, "--model", tiny_model, "--out", tmp_path / "run")
    result = run_cli(*asked)
    assert result.code == 2
    assert "질문.json" in result.err and "2번째 레코드" in result.err and "'비-2'" in result.err
    assert "answer_start 를 0으로 고치세요" in result.err and "--skip-bad" in result.err


def test_there_is_no_tfidf(run_cli, tmp_path):
    file = written(tmp_path / "질문.json", korquad())
    asked = ("train", "extraction", "--data", file, "--dev", file, "--model", "tfidf", "--out", tmp_path / "run")
    result = run_cli(*asked)
    assert result.code == 2 and "tf-idf 가 없습니다" in result.err and not (tmp_path / "run").exists()


def test_python(reading_run):
    import malmoi

    predictor = malmoi.load(str(reading_run))
    said = predictor(("누가 썼나?", CONTEXTS["말모이"]))
    assert isinstance(said, malmoi.ExtractionPrediction) and said.answer == "주시경"
    records = [{"question": text, "context": CONTEXTS[name], "answer": answer} for name, text, answer in QUESTIONS]
    assert malmoi.evaluate(predictor, records).scores["korquad_em"].value == 1.0
    examples = [malmoi.AnswerExample("누가 썼나?", CONTEXTS["말모이"], (malmoi.Span(13, 16),))]
    assert malmoi.evaluate(predictor, examples).scores["korquad_em"].value == 1.0
