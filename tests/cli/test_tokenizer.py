"""`malmoi tokenizer`: train, show, errors before any work."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest

from malmoi.tokenization.tokenizer import Tokenizer


@pytest.fixture
def text_file(tmp_path: Path) -> Path:
    path = tmp_path / "글.txt"
    path.write_text(
        "배우들 연기가 훌륭하고 정말 재미있게 봤어요\n돈이 아까운 영화\n음악이 정말 좋은 영화\n" * 5, encoding="utf-8"
    )
    return path


def test_train_and_show(run_cli, text_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "토크나이저"
    result = run_cli("tokenizer", "train", text_file, "--unit", "wordpiece", "--style", "roberta", "--add", "[URL]", "--special", "[턴]", "--out", out, "--json", "-")  # fmt: skip
    assert result.code == 0, result.err
    values = json.loads(result.out)
    tokenizer = Tokenizer.load(out)
    assert (
        values["vocab_size"] == tokenizer.vocab_size
        and values["style"] == "roberta"
        and values["added_tokens"] == ["[URL]"]
    )
    raw = unicodedata.normalize("NFD", "영화") + " [URL] 봤어요 뷁"
    result = run_cli("tokenizer", "show", out, raw, "--json", "-")
    (shown,) = json.loads(result.out)
    words = shown["words"]
    assert [word["raw"] for word in words] == ["", *raw.split(), ""]
    assert words[1]["normalised"] == "영화" and words[1]["morphemes"] == ["영화/NNG"]
    assert [piece["piece"] for piece in words[2]["pieces"]] == ["[URL]"]
    assert (
        words[4]["pieces"][0]["is_unknown"]
        and raw[slice(*(words[4]["pieces"][0][end] for end in ("start", "end")))] == "뷁"
    )
    assert "정규화" in run_cli("tokenizer", "show", out, raw).out


def test_pieces_of_bytes_are_readable(run_cli, text_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "bytes"
    result = run_cli("tokenizer", "train", text_file, "--unit", "morpheme-byte-bpe", "--style", "gpt", "--out", out)
    assert result.code == 0 and "Hugging Face" in result.out
    (shown,) = json.loads(run_cli("tokenizer", "show", out, "배우들 봤어요", "--json", "-").out)
    assert [piece["shown"] for word in shown["words"] for piece in word["pieces"]] == ["배우", "들", "␠봤", "어요"]


def test_cleaning_before_the_tokenizer(run_cli, text_file: Path, tmp_path: Path) -> None:
    run_cli("tokenizer", "train", text_file, "--unit", "syllable", "--out", tmp_path / "t")
    (shown,) = json.loads(
        run_cli("tokenizer", "show", tmp_path / "t", "영화ㅋㅋㅋㅋㅋ", "--clean", "repeats=1", "--json", "-").out
    )
    assert shown["words"][1]["normalised"] == "영화ㅋ"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--unit", "wordpeice"), "wordpiece"),
        (("--style", "gtp"), "gpt"),
        (("--vocab-size", "30000"), "30,000"),
        (("--vocab-size", "12"), "limit_alphabet"),
        (("--unit", "unigram", "--min-frequency", "3"), "min_frequency"),
    ],
)
def test_what_cannot_be_trained(run_cli, text_file: Path, tmp_path: Path, arguments, named: str) -> None:
    result = run_cli("tokenizer", "train", text_file, *arguments, "--out", tmp_path / "t")
    assert result.code == 2 and named in result.err
    assert not (tmp_path / "t").exists()


def test_files_that_are_no_text(run_cli, tmp_path: Path) -> None:
    (tmp_path / "빈.txt").write_bytes(b"")
    (tmp_path / "그림.txt").write_bytes(b"\x89PNG\r\n\x1a\n")
    for name in ("빈.txt", "그림.txt", "없음.txt"):
        result = run_cli("tokenizer", "train", tmp_path / name, "--out", tmp_path / "t")
        assert result.code == 2 and name in result.err


def test_what_is_there_is_kept(run_cli, text_file: Path, tiny_model: Path, tmp_path: Path) -> None:
    assert run_cli("tokenizer", "train", text_file, "--unit", "jamo", "--out", tmp_path / "t").code == 0
    again = run_cli("tokenizer", "train", text_file, "--unit", "eojeol", "--out", tmp_path / "t")
    assert again.code == 2 and "--force" in again.err
    assert run_cli("tokenizer", "train", text_file, "--unit", "eojeol", "--out", tmp_path / "t", "--force").code == 0
    assert Tokenizer.load(tmp_path / "t").own_settings["unit"] == "eojeol"
    model = run_cli("tokenizer", "train", text_file, "--out", tiny_model, "--force")
    assert model.code == 2 and "config.json" in model.err


def test_no_such_tokenizer(run_cli) -> None:
    result = run_cli("tokenizer", "show", "없음", "글")
    assert result.code == 2 and "없음" in result.err


def test_add_to_a_model_and_to_a_tokenizer(run_cli, text_file: Path, tiny_model: Path, tmp_path: Path) -> None:
    from malmoi.models.backbone import load_backbone

    result = run_cli(
        "tokenizer", "add", tiny_model, "--add", "ㅇㅈ", "--special", "[턴]", "--out", tmp_path / "m", "--json", "-"
    )
    assert result.code == 0, result.err
    values = json.loads(result.out)
    assert (
        values["vocab_size"]
        == values["vocab_size_before"] + 2
        == load_backbone(str(tmp_path / "m")).tokenizer.vocab_size
    )
    run_cli("tokenizer", "train", text_file, "--unit", "jamo", "--out", tmp_path / "t")
    assert run_cli("tokenizer", "add", tmp_path / "t", "--add", "영화", "--out", tmp_path / "t2").code == 0
    assert "영화" in Tokenizer.load(tmp_path / "t2").decode(Tokenizer.load(tmp_path / "t2").encode_plain(["영화"])[0])
    assert run_cli("tokenizer", "add", tiny_model, "--out", tmp_path / "x").code == 2
