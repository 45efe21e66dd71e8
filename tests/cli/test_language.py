"""The command line of language models: text file → `pretrain` → `fill-mask` and `generate`, badges, JSON, exit codes."""

from __future__ import annotations

import json

import pytest
from tests.conftest import story_settings


@pytest.mark.parametrize("family", ["bert", "gpt"])
def test_from_a_text_file_to_an_answer(family, run_cli, story_file, story_tokenizers, tmp_path, monkeypatch):
    monkeypatch.setenv("MALMOI_CACHE", str(tmp_path / "cache"))
    settings = [word for setting in story_settings() for word in ("--set", setting)]
    out = tmp_path / "run"
    trained = run_cli(
        "pretrain", family, story_file, "--tokenizer", story_tokenizers[family], "--size", "1x64", "--steps", 3, "--length", 32,
        "--batch-size", 8, "--out", out, *settings,
    )  # fmt: skip
    assert trained.code == 0, trained.err
    assert "dev 글자당 비트" in trained.err
    verb, text = ("generate", "나는") if family == "gpt" else ("fill-mask", "나는 [MASK]")
    assert verb in trained.out, "the next command"
    answered = run_cli(verb, out, text, "--json", "-", *(("--max-new-tokens", 5) if family == "gpt" else ()))
    assert answered.code == 0, answered.err
    (answer,) = json.loads(answered.out)
    assert answer["text"] == text
    again = run_cli("pretrain", family, story_file, "--tokenizer", story_tokenizers[family], "--size", "1x64", "--steps", 3, "--length", 32, "--batch-size", 8, "--out", out, *settings)  # fmt: skip
    assert again.code == 0
    assert "이미 끝났습니다" in again.err
    repeated = run_cli("pretrain", family, "--recipe", out, "--out", tmp_path / "repeated")
    assert repeated.code == 0, repeated.err
    for name, part in (("recipe.json", None), ("scores.json", "dev")):
        first, second = (json.loads((folder / name).read_text(encoding="utf-8")) for folder in (out, tmp_path / "repeated"))  # fmt: skip
        assert first == second if part is None else first[part] == second[part]


def test_what_is_written_is_marked(run_cli, pretrained):
    shown = run_cli("generate", pretrained("gpt"), "나는", "--top-p", 0.9, "--seed", 1, "--max-new-tokens", 8)
    assert shown.code == 0
    assert "AI 생성 / AI-generated" in shown.out
    (answer,) = json.loads(run_cli("generate", pretrained("gpt"), "나는", "--beams", 2, "--max-new-tokens", 4, "--json", "-").out)  # fmt: skip
    assert answer["ai_generated"] is True
    assert answer["ended_by"] in ("end", "length")


def test_the_other_verbs(run_cli, pretrained):
    model = pretrained("bert")
    pair = json.loads(run_cli("next-sentence", model, "나는 영화를 봤다.", "집에 돌아왔다.", "--json", "-").out)[0]
    assert 0 < pair["probability"] < 1 and 0 < pair["reversed_probability"] < 1
    alike = json.loads(run_cli("similarity", model, "나는 영화를 봤다", "나는 영화를 봤다", "--json", "-").out)[0]
    assert alike["score"] == pytest.approx(1, abs=1e-5)
    bits = json.loads(run_cli("bits", model, "나는 영화를 봤다", "--json", "-").out)[0]
    assert bits["bits_per_char"] > 0 and bits["is_exact"] is False


@pytest.mark.parametrize(
    ("arguments", "named"),
    [(["fill-mask", "BERT", "가린 곳 없음"], "[MASK]"), (["generate", "BERT", "나는"], "pretrain gpt"), (["generate", "GPT", "나는", "--length-penalty", "2"], "length_penalty"), (["next-sentence", "GPT", "가", "나"], "pretrain bert"), (["pretrain", "bart", "글.txt", "--out", "x"], "bart"), (["pretrain", "bert", "글.txt", "--hours", "1", "--steps", "5", "--out", "x"], "--hours"), (["pretrain", "gpt", "글.txt", "--no-next-sentence", "--out", "x"], "--no-next-sentence"), (["pretrain", "gpt", "글.txt", "--whole-words", "--out", "x"], "whole_words"), (["predict", "BERT", "나는"], "fill-mask"), (["evaluate", "GPT", "--data", "글.tsv"], "generate")],
)  # fmt: skip
def test_bad_input_is_one_message(arguments, named, run_cli, pretrained):
    models = {"BERT": str(pretrained("bert")), "GPT": str(pretrained("gpt"))}
    result = run_cli(*[models.get(word, word) for word in arguments])
    assert result.code == 2
    assert named in result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize(
    ("verb", "named"), [("fill-mask", "pretrain bert"), ("bits", "pretrain bert"), ("generate", "pretrain gpt")]
)
def test_a_model_without_the_head_is_no_damaged_one(verb, named, run_cli, tiny_model, tmp_path):
    """The manifest of the shipped model lists its files in another way; what it lacks is the head."""
    import hashlib
    import shutil

    folder = shutil.copytree(tiny_model, tmp_path / "e5")
    files = {
        file.name: {"bytes": file.stat().st_size, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
        for file in folder.iterdir()
    }
    manifest = {"format_version": 1, "model": "e5-small-ko", "version": "1", "source": "test", "files": files}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    result = run_cli(verb, folder, "나는 [MASK]")
    assert result.code == 2
    assert named in result.err and str(folder) in result.err
    assert "manifest" not in result.err


def test_a_token_that_is_missing_is_named_with_the_model_and_a_way_out(run_cli, pretrained, tmp_path):
    import shutil

    folder = shutil.copytree(pretrained("roberta"), tmp_path / "모델")
    (folder / "manifest.json").unlink()
    settings = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    del settings["mask_token"]
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    for verb in ("fill-mask", "bits"):
        result = run_cli(verb, folder, "나는 [MASK]")
        assert result.code == 2
        assert all(part in result.err for part in (str(folder), "mask_token", "--style bert|roberta"))
