"""Every kind of bad input: exit code 2, one message that says what, where and the fix, nothing half-written."""

from __future__ import annotations

import subprocess
import sys

import pytest

from malmoi.models import backbone

GOOD = "text,label\n재미있어요,긍정\n좋아요,긍정\n지루해요,부정\n싫어요,부정\n"
FILES = {
    "빈라벨.csv": (GOOD + "그냥 그래요,\n", ["6번째 줄", "'label'", "--skip-bad"]),
    "한종류.csv": ("text,label\n재미있어요,긍정\n좋아요,긍정\n", ["'긍정'", "--label"]),
    "들쭉날쭉.csv": (GOOD + "쉼표, 많은, 글,부정\n", ["6번째 줄", "--skip-bad"]),
    "깨진.csv": (GOOD.encode() + b"\xed\xff\xfe,\xea\n", ["6번째 줄", "UTF-8"]),
    "그림.csv": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", ["PNG", "CSV"]),
    "엑셀.xlsx": (b"PK\x03\x04....[Content_Types].xml", ["CSV UTF-8"]),
    "빈파일.csv": ("", ["빈 파일"]),
    "머리글뿐.csv": ("text,label\n", ["자료 행"]),
    "라벨없음.csv": ("text\n재미있어요\n지루해요\n", ["열", "'text'"]),
}


@pytest.fixture
def train(run_cli, tiny_model, tmp_path):
    out = tmp_path / "결과" / "run"

    def run(*arguments):
        result = run_cli("train", "classification", "--model", tiny_model, "--out", out, *arguments)
        assert result.code == 2, result.err
        assert not result.out and "Traceback" not in result.err
        message = result.err[result.err.index("malmoi: ") :]
        assert message.count("malmoi: ") == 1
        assert not out.exists()
        return message

    return run


@pytest.mark.parametrize("name", FILES)
def test_unusable_files(name, train, tmp_path):
    content, parts = FILES[name]
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    message = train("--data", path)
    assert name in message
    for part in parts:
        assert part in message


def test_missing_file_names_the_nearest(train, tmp_path):
    (tmp_path / "reviews.csv").write_text(GOOD, encoding="utf-8")
    message = train("--data", tmp_path / "review.csv")
    assert "review.csv" in message and "'reviews.csv'" in message


def test_missing_column_lists_the_columns(train, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(GOOD, encoding="utf-8")
    message = train("--data", path, "--label", "lable")
    assert "'lable'" in message and "'label'" in message and "'text'" in message


def test_unseen_label_in_dev(train, tmp_path):
    data, dev = tmp_path / "a.csv", tmp_path / "dev.csv"
    data.write_text(GOOD, encoding="utf-8")
    dev.write_text("text,label\n그래요,긍정\n글쎄요,중립\n", encoding="utf-8")
    message = train("--data", data, "--dev", dev)
    for part in ("dev.csv", "3번째 줄", "'중립'", "'긍정'", "'부정'"):
        assert part in message


def test_unseen_label_in_evaluation(run_cli, tiny_run, tmp_path):
    path = tmp_path / "시험.csv"
    path.write_text("text,label\n그래요,긍정\n글쎄요,중립\n", encoding="utf-8")
    result = run_cli("evaluate", tiny_run, "--data", path, "--json", tmp_path / "j.json")
    assert result.code == 2 and "3번째 줄" in result.err and "'중립'" in result.err
    assert not (tmp_path / "j.json").exists()


def test_the_folder_of_another_run(run_cli, tiny_run, reviews_file):
    before = {path.name: path.stat().st_mtime_ns for path in tiny_run.iterdir() if path.name != ".lock"}
    result = run_cli("train", "classification", "--data", reviews_file, "--epochs", 9, "--out", tiny_run)
    assert result.code == 2
    assert str(tiny_run) in result.err and "--fresh" in result.err and "→" in result.err
    assert before == {path.name: path.stat().st_mtime_ns for path in tiny_run.iterdir() if path.name != ".lock"}


def test_a_folder_with_other_files(run_cli, tiny_model, reviews_file, tmp_path):
    (tmp_path / "논문.txt").write_text("초고", encoding="utf-8")
    result = run_cli("train", "classification", "--data", reviews_file, "--model", tiny_model, "--out", tmp_path)
    assert result.code == 2 and "논문.txt" in result.err
    assert (tmp_path / "논문.txt").read_text(encoding="utf-8") == "초고"


@pytest.mark.parametrize("name", ["없는-모델", "./없는/폴더", "nobody-here/no-such-model"])
def test_a_model_that_is_not_there(name, run_cli, reviews_file, tmp_path, monkeypatch):
    def offline(*args, **kwargs):
        raise OSError("offline")

    monkeypatch.setattr("huggingface_hub.snapshot_download", offline)
    out = tmp_path / "run"
    result = run_cli("train", "classification", "--data", reviews_file, "--model", name, "--out", out)
    assert result.code == 2
    assert name in result.err and backbone.EMBEDDED in result.err
    assert not out.exists()


def test_a_hub_model_while_offline_in_a_fresh_process(reviews_file, tmp_path):
    command = [
        sys.executable,
        "-m",
        "malmoi",
        "train",
        "classification",
        "--data",
        reviews_file,
        "--out",
        tmp_path / "run",
    ]
    environment = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hf"), "PATH": "", "MALMOI_LANG": "en"}
    result = subprocess.run(
        [*map(str, command), "--model", "nobody/none"], capture_output=True, text=True, env=environment
    )
    assert result.returncode == 2
    assert "nobody/none" in result.stderr and "e5-small-ko" in result.stderr and "Traceback" not in result.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("verb", [("predict", "좋아요"), ("evaluate", "--data", "demo")])
def test_a_run_that_is_not_there_or_not_finished(verb, run_cli, tmp_path):
    name, *rest = verb
    missing = run_cli(name, tmp_path / "없음", *rest)
    assert missing.code == 2 and "malmoi train" in missing.err
    (tmp_path / "반").mkdir()
    unfinished = run_cli(name, tmp_path / "반", *rest)
    assert unfinished.code == 2 and "manifest.json" in unfinished.err


def test_no_data_at_all(train):
    assert "--data" in train()


def test_json_into_a_folder(run_cli, tmp_path):
    result = run_cli("data", "list", "--json", tmp_path)
    assert result.code == 2 and str(tmp_path) in result.err


@pytest.mark.parametrize("option", ["--json", "--report"])
def test_a_place_that_cannot_be_written_is_told_before_the_work(option, run_cli, tmp_path):
    (tmp_path / "파일").write_text("", encoding="utf-8")
    result = run_cli("evaluate", tmp_path / "없음", "--data", "demo", option, tmp_path / "파일" / "a.html")
    assert result.code == 4 and option in result.err and "a.html" in result.err
    result = run_cli("evaluate", tmp_path / "없음", "--data", "demo", option, tmp_path)
    assert result.code == 2 and str(tmp_path) in result.err
    assert run_cli("data", "list", "--json", tmp_path / "새" / "폴더" / "a.json").code == 0


@pytest.mark.parametrize(("wish", "near"), [("nsmcc", "nsmc"), ("kocasn", "kocasm"), ("nsmcc:dev", "nsmc:dev")])
def test_a_misspelt_corpus(wish, near, train):
    message = train("--data", wish)
    assert f"'{near}'" in message and "malmoi data list" in message


def test_a_hint_of_a_file_compares_stems(train, tmp_path):
    (tmp_path / "zzz.csv").write_text(GOOD, encoding="utf-8")
    assert "zzz" not in train("--data", tmp_path / "a.csv")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("--limit", "0"), "--limit 0:"), (("--epochs", "-1"), "--epochs -1"), (("--clean", ",,"), "--clean ',,'")],
)
def test_a_wrong_value_is_named_by_its_option(arguments, said, train):
    assert f"malmoi: {said}" in train("--data", "demo", *arguments)


def test_labels_that_are_all_different_numbers(train, tmp_path):
    path = tmp_path / "점수.csv"
    path.write_text("text,label\n" + "".join(f"글 {i} 입니다,{i}.5\n" for i in range(60)), encoding="utf-8")
    assert "regression" in train("--data", path)
