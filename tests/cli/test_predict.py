"""`malmoi predict`: texts, prompt, pipe and files."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys

import pytest

TEXTS = ["정말 재미있어요", "", "돈이 아까워요 ㅠㅠ"]


def json_lines(text):
    return [json.loads(line) for line in text.splitlines()]


def test_texts_become_bars_and_sentences(run_cli, tiny_run, tmp_path):
    result = run_cli("predict", tiny_run, "정말 재미있어요", "[글] 별로", "--json", tmp_path / "답.json")
    assert result.code == 0, result.err
    assert result.out.count("가능성이") == 2
    assert "█" in result.out and "[글] 별로" in result.out
    answers = json.loads((tmp_path / "답.json").read_text(encoding="utf-8"))
    assert [answer["text"] for answer in answers] == ["정말 재미있어요", "[글] 별로"]


def test_pair(run_cli, pair_run):
    result = run_cli("predict", pair_run, "앞 문장", "--pair", "뒤 문장", "--json", "-")
    assert json.loads(result.out)[0]["pair"] == "뒤 문장"
    assert "앞 문장\n뒤 문장" in result.err


def test_a_pair_too_few_or_too_many_is_named(run_cli, tiny_run, pair_run, tmp_path):
    source, target = tmp_path / "글.csv", tmp_path / "답.csv"
    source.write_text("text\n\n좋아요\n", encoding="utf-8")
    result = run_cli("predict", pair_run, "--input", source, "--output", target)
    assert result.code == 2 and "3번째 줄: 둘째 글이 없습니다" in result.err and "--pair-column" in result.err
    assert not target.exists()
    assert run_cli("predict", pair_run, "좋아요").code == 2
    assert run_cli("predict", pair_run, "--input", source, "--pair", "뒤").code == 0
    result = run_cli("predict", tiny_run, "좋아요", "--pair", "뒤")
    assert result.code == 2 and "둘째 글이 있습니다" in result.err


def test_several_labels(run_cli, labels_run, tmp_path):
    result = run_cli(
        "predict",
        labels_run,
        "배송이 빠르고 포장도 꼼꼼해요",
        "한 번 쓰고 고장 났습니다",
        "--json",
        tmp_path / "a.json",
    )
    assert result.code == 0, result.err
    one, none = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert sorted(one["labels"]) == ["만족", "배송"] and none["labels"] == []
    assert "해당합니다" in result.out and "해당하는 라벨이 없습니다" in result.out and "█" in result.out


def test_a_score(run_cli, score_run, tmp_path):
    result = run_cli("predict", score_run, "좋아요", "--pair", "싫어요", "--json", tmp_path / "a.json")
    assert result.code == 0, result.err
    (answer,) = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert 0 <= answer["score"] <= 5 and answer["pair"] == "싫어요"
    assert "이 문장 쌍의 점수를" in result.out and "█" not in result.out


@pytest.mark.parametrize("name", ["답.jsonl", "답.csv"])
def test_files_of_labels_and_scores(name, run_cli, labels_run, score_run, tmp_path):
    source, target = tmp_path / "글.csv", tmp_path / name
    source.write_text("text,pair\n배송이 빠르고 포장도 꼼꼼해요,좋아요\n,\n", encoding="utf-8")
    assert run_cli("predict", labels_run, "--input", source, "--text", "text", "--output", target).code == 0
    found = read_rows(target)
    labels = found[0]["malmoi_labels"] if name.endswith("jsonl") else json.loads(found[0]["malmoi_labels"])
    assert sorted(labels) == ["만족", "배송"] and not found[1]["malmoi_labels"]
    assert run_cli("predict", score_run, "--input", source, "--output", target, "--force").code == 0
    found = read_rows(target)
    assert 0 <= float(found[0]["malmoi_score"]) <= 5 and found[0]["pair"] == "좋아요" and not found[1]["malmoi_score"]


def read_rows(path):
    text = path.read_bytes().decode("utf-8-sig")
    return json_lines(text) if path.suffix == ".jsonl" else list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("name", ["답.jsonl", "답.csv", "답.tsv"])
def test_a_file_gives_one_line_for_each_line(name, run_cli, tiny_run, tmp_path):
    source, target = tmp_path / "글.txt", tmp_path / name
    source.write_text("\n".join(TEXTS) + "\n", encoding="utf-8")
    result = run_cli("predict", tiny_run, "--input", source, "--output", target, "--json", tmp_path / "j.json")
    assert result.code == 0, result.err
    text = target.read_bytes().decode("utf-8-sig")
    if name.endswith("jsonl"):
        rows = json_lines(text)
        assert rows[1] == {"text": "", "label": None, "score": None, "scores": None, "sentence": None}
    else:
        rows = list(csv.DictReader(io.StringIO(text), delimiter="," if name.endswith("csv") else "\t"))
        assert rows[1]["label"] == ""
    assert [row["text"] for row in rows] == TEXTS
    assert rows[0]["label"] in ("긍정", "부정")
    assert json.loads((tmp_path / "j.json").read_text(encoding="utf-8"))["blank"] == 1


def test_columns_and_pairs_of_a_file(run_cli, pair_run, tmp_path):
    source = tmp_path / "쌍.csv"
    source.write_text("앞,뒤\n하나,둘\n셋,넷\n", encoding="utf-8")
    asked = ("predict", pair_run, "--input", source, "--text", "앞", "--pair-column", "뒤")
    result = run_cli(*asked)
    assert [(row["앞"], row["뒤"]) for row in json_lines(result.out)] == [("하나", "둘"), ("셋", "넷")]
    assert "text" not in json_lines(result.out)[0] and "pair" not in json_lines(result.out)[0]
    result = run_cli(*asked, "--only-answers")
    assert [(row["text"], row["pair"]) for row in json_lines(result.out)] == [("하나", "둘"), ("셋", "넷")]
    assert "앞" not in json_lines(result.out)[0]


ROWS = [  # what other columns may hold: numbers, formulas, quotes, nothing
    {"번호": "007", "글": "정말 재미있어요", "label": "긍정", "메모": "=1+1"},
    {"번호": "-1.5", "글": '따옴표 "와" 쉼표, 줄', "label": "", "메모": "+82 10"},
    {"번호": "@3", "글": "돈이 아까워요 ㅠㅠ", "label": "부정", "메모": "끝"},
]


def write_rows(path, rows=ROWS):
    if path.suffix == ".parquet":
        import pyarrow
        import pyarrow.parquet

        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    elif path.suffix in (".csv", ".tsv"):
        with open(path, "w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, list(rows[0]), delimiter="," if path.suffix == ".csv" else "\t")
            table.writeheader()
            table.writerows(rows)
    elif path.suffix == ".json":
        path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    else:
        path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n", encoding="utf-8")


@pytest.mark.parametrize("source", ["글.csv", "글.tsv", "글.jsonl", "글.json", "글.parquet"])
def test_the_input_keeps_its_columns(source, run_cli, tiny_run, tmp_path):
    write_rows(tmp_path / source)
    asked = ("predict", tiny_run, "--input", tmp_path / source, "--text", "글", "--output")
    result = run_cli(*asked, tmp_path / "답.jsonl")
    assert result.code == 0, result.err
    found = read_rows(tmp_path / "답.jsonl")
    assert [{name: row[name] for name in ROWS[0]} for row in found] == ROWS
    assert list(found[0]) == [
        "번호",
        "글",
        "label",
        "메모",
        "malmoi_label",
        "malmoi_score",
        "malmoi_scores",
        "malmoi_sentence",
    ]
    assert "malmoi_label, malmoi_score" in result.out

    assert run_cli(*asked, tmp_path / "답.csv", "--json", tmp_path / "j.json").code == 0
    table = read_rows(tmp_path / "답.csv")
    safe = [{name: "'" + cell if cell[:1] in ("=", "+", "@") else cell for name, cell in row.items()} for row in ROWS]
    assert [{name: row[name] for name in ROWS[0]} for row in table] == safe
    parts = ("label", "score", "score_긍정", "score_부정", "sentence")
    assert list(table[0])[4:] == [f"malmoi_{part}" for part in parts]
    for row, answer in zip(table, found, strict=True):
        assert row["malmoi_label"] == answer["malmoi_label"]
        assert {name: float(row[f"malmoi_score_{name}"]) for name in answer["malmoi_scores"]} == answer["malmoi_scores"]
    names = json.loads((tmp_path / "j.json").read_text(encoding="utf-8"))["answer_columns"]
    assert names == {part: f"malmoi_{part}" for part in parts}


def test_answers_to_answers(run_cli, tiny_run, tmp_path):
    """The output of a prediction may be predicted on again: nothing is overwritten."""
    write_rows(tmp_path / "1.csv")
    for before, after in (("1.csv", "2.csv"), ("2.csv", "3.csv")):
        assert (
            run_cli(
                "predict", tiny_run, "--input", tmp_path / before, "--text", "글", "--output", tmp_path / after
            ).code
            == 0
        )
    once, twice = read_rows(tmp_path / "2.csv"), read_rows(tmp_path / "3.csv")
    assert [{name: row[name] for name in once[0]} for row in twice] == once
    assert list(twice[0])[len(once[0]) :] == [
        f"malmoi_{part}_2" for part in ("label", "score", "score_긍정", "score_부정", "sentence")
    ]
    assert [row["malmoi_label_2"] for row in twice] == [row["malmoi_label"] for row in once]


@pytest.mark.parametrize(("name", "label"), [("답.csv", "등급"), ("답.jsonl", "label")])
def test_answers_are_no_gold_when_they_are_read_again(name, label, run_cli, tfidf_run, tmp_path):
    """Gold that contradicts most answers stays gold, by a known name or, beside the text, by content."""
    rows = [{"내용": text, label: gold} for text, gold in [("정말 재미있어요", "부정"), ("돈이 아까워요", "긍정")] * 3]
    write_rows(tmp_path / "글.csv", rows)
    source = tmp_path / name
    assert run_cli("predict", tfidf_run, "--input", tmp_path / "글.csv", "--output", source).code == 0
    result = run_cli("evaluate", tfidf_run, "--data", source, "--json", tmp_path / "점수.json")
    assert result.code == 0, result.err
    answers = [row["malmoi_label"] for row in read_rows(source)]
    right = sum(answer == row[label] for answer, row in zip(answers, rows, strict=True)) / len(rows)
    assert json.loads((tmp_path / "점수.json").read_text(encoding="utf-8"))["scores"]["accuracy"]["value"] == right < 1
    assert "'malmoi_label' …" in result.out
    named = run_cli("evaluate", tfidf_run, "--data", source, "--label", "malmoi_label", "--json", "-")
    assert json.loads(named.out)["scores"]["accuracy"]["value"] == 1


def test_records_with_other_keys_than_the_first(run_cli, tiny_run, tmp_path):
    rows = [{"글": "좋아요"}, {"글": "싫어요", "label": "부정", "태그": ["a", "b"]}]
    write_rows(tmp_path / "글.jsonl", rows)
    asked = ("predict", tiny_run, "--input", tmp_path / "글.jsonl", "--text", "글", "--output")
    assert run_cli(*asked, tmp_path / "답.jsonl").code == 0
    one, two = read_rows(tmp_path / "답.jsonl")
    assert one["malmoi_label"] and "label" not in one and "태그" not in one  # one name in all rows
    assert two["label"] == "부정" and two["malmoi_label"] and two["태그"] == ["a", "b"]
    assert run_cli(*asked, tmp_path / "답.csv").code == 0
    one, two = read_rows(tmp_path / "답.csv")
    assert (one["label"], one["태그"]) == ("", "") and json.loads(two["태그"]) == ["a", "b"]


def test_columns_without_or_with_the_same_name(run_cli, tiny_run, tmp_path):
    source, target = tmp_path / "글.csv", tmp_path / "답.csv"
    source.write_text(",글,글,글_3\n1,좋아요,ㄱ,ㄴ\n2,싫어요,ㄷ,ㄹ\n", encoding="utf-8")
    assert run_cli("predict", tiny_run, "--input", source, "--text", "글", "--output", target).code == 0
    found = read_rows(target)
    assert list(found[0])[:4] == ["", "글", "글_4", "글_3"]
    assert [list(row.values())[:4] for row in found] == [["1", "좋아요", "ㄱ", "ㄴ"], ["2", "싫어요", "ㄷ", "ㄹ"]]
    source.write_text("1,좋아요\n2,싫어요\n", encoding="utf-8")
    assert run_cli("predict", tiny_run, "--input", source, "--output", target, "--force").code == 0
    assert list(read_rows(target)[0])[:2] == ["column1", "text"]


def test_only_answers_is_for_files(run_cli, tiny_run):
    result = run_cli("predict", tiny_run, "좋아요", "--only-answers")
    assert result.code == 2 and "--only-answers" in result.err


def test_a_first_blank_row_does_not_hide_columns(run_cli, tiny_run, tmp_path):
    source, target = tmp_path / "a.csv", tmp_path / "b.csv"
    source.write_text("id,text\n1,\n2,좋아요\n", encoding="utf-8")
    assert run_cli("predict", tiny_run, "--input", source, "--output", target).code == 0
    rows = list(csv.DictReader(io.StringIO(target.read_text(encoding="utf-8-sig"))))
    assert rows[0]["malmoi_label"] == "" and rows[1]["malmoi_label"]


def test_bad_rows_stop_or_are_named(run_cli, tiny_run, tmp_path):
    source, target = tmp_path / "a.csv", tmp_path / "b.jsonl"
    source.write_text("id,text\n1,좋아요\n2,좋아요,더,많이\n3,싫어요\n", encoding="utf-8")
    result = run_cli("predict", tiny_run, "--input", source, "--output", target)
    assert result.code == 2 and "3번째 줄" in result.err
    assert not target.exists() and not list(tmp_path.glob(".*"))
    result = run_cli("predict", tiny_run, "--input", source, "--output", target, "--skip-bad")
    assert (
        result.code == 0
        and "쓸 수 없는 행 1개에는 답이 없습니다.\n  3번째 줄" in result.out
        and "빈 줄 0" in result.out
    )
    rows = json_lines(target.read_text(encoding="utf-8"))
    assert (
        len(rows) == 3
        and rows[1]["malmoi_label"] is None
        and rows[1]["malmoi_problem"]
        and rows[0]["malmoi_problem"] is None
    )


def test_an_empty_text_is_refused(run_cli, tiny_run):
    result = run_cli("predict", tiny_run, "좋아요", " ")
    assert result.code == 2 and "TEXT 2번째가 비어 있습니다" in result.err and not result.out


def test_many_rows_keep_their_order(run_cli, tiny_run, tmp_path):
    source = tmp_path / "많음.txt"
    texts = [f"{i}번 글 " + "좋아요 " * (i % 7) if i % 5 else "" for i in range(2500)]
    source.write_text("\n".join(texts) + "\n", encoding="utf-8")
    rows = json_lines(run_cli("predict", tiny_run, "--input", source).out)
    assert [row["text"] for row in rows] == texts
    assert all((row["label"] is None) == (not row["text"]) for row in rows)


def test_a_pipe_is_answered_line_by_line(tiny_run):
    command = [sys.executable, "-m", "malmoi", "predict", str(tiny_run)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    for text in TEXTS:  # each answer comes while the pipe stays open
        process.stdin.write(f"{text}\n".encode())
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["text"] == text
    process.stdin.close()
    assert process.stdout.read() == b"" and process.wait() == 0
    process.stdout.close()


def test_a_pipe_that_is_not_utf8(tiny_run):
    command = [sys.executable, "-m", "malmoi", "predict", str(tiny_run)]
    result = subprocess.run(command, input="좋아요\n".encode() + "싫어요\n".encode("cp949"), capture_output=True)
    assert result.returncode == 2
    assert "2번째 줄" in result.stderr.decode() and "cp949" in result.stderr.decode()


@pytest.mark.parametrize("arguments", [(), pytest.param(("--input", "-"), marks=pytest.mark.slow)])
def test_a_pipe_to_a_model_of_pairs_needs_the_second_text(arguments, pair_run):
    command = [sys.executable, "-m", "malmoi", "predict", str(pair_run), *arguments]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdin.write("비가 와요\n".encode())
    process.stdin.flush()  # and the pipe stays open
    assert process.wait() == 2
    error = process.stderr.read().decode()
    assert "--pair" in error and "Fatal" not in error
    for stream in (process.stdin, process.stdout, process.stderr):
        stream.close()


def test_an_error_while_a_pipe_is_open_ends_cleanly(tiny_run):
    command = [sys.executable, "-m", "malmoi", "predict", str(tiny_run), "--pair", "뒤"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdin.write("비가 와요\n".encode())
    process.stdin.flush()
    assert process.wait() == 2 and "Fatal" not in process.stderr.read().decode()
    for stream in (process.stdin, process.stdout, process.stderr):
        stream.close()


def test_lines_from_a_descriptor_are_those_of_a_file(tmp_path):
    from malmoi.cli.rows import _raw_lines

    source = tmp_path / "글.txt"
    for data in (b"", b"\n", b"a", b"a\n\nb\r\n", b"x" * 200_000 + b"\ny\n" * 50_000 + b"z"):
        source.write_bytes(data)
        with open(source, "rb") as file:
            assert list(_raw_lines(file.fileno())) == data.splitlines(keepends=True)


def test_answers_replace_no_file_unasked(run_cli, tiny_run, tmp_path):
    source, target = tmp_path / "글.csv", tmp_path / "답.csv"
    source.write_text("text\n좋아요\n", encoding="utf-8")
    for force in ((), ("--force",)):
        result = run_cli("predict", tiny_run, "--input", source, "--output", source, *force)
        assert result.code == 2 and "--input 과 같은 파일" in result.err
    assert source.read_text(encoding="utf-8") == "text\n좋아요\n"
    target.write_text("지난 답", encoding="utf-8")
    for asked in (("--input", source), ("좋아요",)):
        result = run_cli("predict", tiny_run, *asked, "--output", target)
        assert result.code == 2 and "--force" in result.err
        assert target.read_text(encoding="utf-8") == "지난 답"
    assert run_cli("predict", tiny_run, "--input", source, "--output", target, "--force").code == 0
    assert len(read_rows(target)) == 1


def test_texts_to_a_file_say_where_they_went(run_cli, tiny_run, tmp_path):
    result = run_cli("predict", tiny_run, "좋아요", "싫어요", "--output", tmp_path / "답.jsonl")
    assert result.code == 0 and f"2줄을 {tmp_path / '답.jsonl'} 에 썼습니다" in result.out
    assert len(read_rows(tmp_path / "답.jsonl")) == 2
    result = run_cli("predict", tiny_run, "좋아요", "--output", tmp_path / "없음" / "답.jsonl")
    assert result.code == 2 and f"{tmp_path / '없음'} 폴더가 없습니다" in result.err
    assert not (tmp_path / "없음").exists()


def test_conversation(run_cli, tiny_run, monkeypatch):
    lines = iter(["재미있어요", "  ", "별로예요"])

    def ask(prompt):
        try:
            return next(lines)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr("builtins.input", ask)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    result = run_cli("predict", tiny_run)
    assert result.code == 0 and result.out.count("가능성이") == 2


def test_a_conversation_about_pairs_asks_for_the_second_text_and_keeps_it(run_cli, pair_run, monkeypatch, tmp_path):
    typed = iter(["비가 내린다.", "비가 온다.", "눈이 온다.", "", "해가 떴다.", "날이 맑다."])
    prompts = []

    def ask(prompt):
        prompts.append(prompt)
        if (line := next(typed, None)) is None:
            raise EOFError
        return line

    monkeypatch.setattr("builtins.input", ask)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setenv("MALMOI_LANG", "ko")
    result = run_cli("predict", pair_run, "--json", tmp_path / "답.json")
    assert result.code == 0, result.err
    answers = json.loads((tmp_path / "답.json").read_text(encoding="utf-8"))
    asked = [(answer["text"], answer["pair"]) for answer in answers]
    assert asked == [("비가 온다.", "비가 내린다."), ("눈이 온다.", "비가 내린다."), ("날이 맑다.", "해가 떴다.")]
    assert prompts == ["둘째 글> ", "> ", "> ", "> ", "둘째 글> ", "> ", "> "]


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("좋아요", "--input", "a.csv"), "--input"),
        (("--input", "{source}", "--output", "답.xlsx"), ".jsonl"),
        (("--input", "{source}", "--json", "-"), "--output"),
        (("--input", "{source}", "--text", "없는열"), "없는열"),
    ],
)
def test_contradictory_arguments(arguments, part, run_cli, tiny_run, tmp_path):
    source = tmp_path / "a.csv"
    source.write_text("id,text\n1,좋아요\n", encoding="utf-8")
    result = run_cli("predict", tiny_run, *(str(argument).format(source=source) for argument in arguments))
    assert result.code == 2 and part in result.err
