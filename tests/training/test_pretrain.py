"""Pretraining end to end on a tiny story: it learns, opens as plain Hugging Face, resumes to the same weights, refuses early."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file
from tests.conftest import story_settings

import malmoi
from malmoi.errors import ConfigError, DataError, Interrupted, ModelNotFound
from malmoi.recipes.pretrain import resolve_pretraining
from malmoi.training.pretrain import pretrain
from malmoi.training.reporters import Reporter

QUIET = Reporter(quiet=True)
CLASSES = {"bert": "BertForPreTraining", "roberta": "AutoModelForMaskedLM", "gpt": "AutoModelForCausalLM"}
OPEN = """
import sys, numpy as np, torch, transformers
model, info = getattr(transformers, sys.argv[2]).from_pretrained(sys.argv[1], output_loading_info=True)
assert not info["missing_keys"] and not info["unexpected_keys"], info
tokenizer = transformers.AutoTokenizer.from_pretrained(sys.argv[1])
ids = torch.tensor([tokenizer("나는 영화를 봤다.")["input_ids"]])
print(ids.tolist()[0])
with torch.no_grad():
    out = model(ids)
np.save(sys.argv[3], (out.prediction_logits if hasattr(out, "prediction_logits") else out.logits).numpy())
"""


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MALMOI_CACHE", str(tmp_path / "cache"))


def recipe_of(family: str, files, tokenizers, settings=(), **flags):
    flags = {"tokenizer": str(tokenizers[family]), "size": "1x64", "steps": 6, "length": 32, "batch_size": 8} | flags
    flags = {name: value for name, value in flags.items() if value != ""}
    return resolve_pretraining(family, [str(file) for file in files], [*story_settings(), *settings], **flags)


@pytest.mark.parametrize("family", CLASSES)
def test_learns_and_opens_as_plain_hugging_face(family, pretrained, tmp_path):
    import torch

    from malmoi.models.networks import load_network

    folder = pretrained(family)
    scores = json.loads((folder / "scores.json").read_text())["dev"]
    accuracy = scores["next_token_accuracy" if family == "gpt" else "masked_accuracy"]["value"]
    assert accuracy > 0.1, "chance is one in the size of the vocabulary"
    assert ("next_sentence_accuracy" in scores) == (family == "bert")
    command = [sys.executable, "-c", OPEN, str(folder), CLASSES[family], str(tmp_path / "logits.npy")]
    opened = subprocess.run(command, capture_output=True, text=True)
    assert opened.returncode == 0, opened.stderr
    network, tokenizer, _ = load_network(str(folder), "causal" if family == "gpt" else "masked")
    ((ids, _),) = tokenizer.encode_ids(["나는 영화를 봤다."])
    assert json.loads(opened.stdout) == ids.tolist()
    with torch.no_grad():
        logits = network(torch.tensor(ids[None].astype(np.int64))).logits.numpy()
    np.testing.assert_allclose(np.load(tmp_path / "logits.npy"), logits, atol=1e-5)


MUON = ("optim.name=muon", "train.ema=0.6")


@pytest.mark.parametrize(("family", "settings"), [("bert", ()), ("gpt", ()), ("roberta", MUON)])
def test_a_run_that_was_stopped_ends_with_the_same_weights(family, settings, story_file, story_tokenizers, tmp_path):
    recipe = recipe_of(family, [story_file], story_tokenizers, ["optim.warmup=0.3", *settings])
    whole = pretrain(recipe, tmp_path / "whole", reporter=QUIET).path

    class Impatient(Reporter):
        def step(self, report):
            if report.step == 4:
                import os
                import signal

                os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(Interrupted):
        pretrain(recipe, tmp_path / "cut", reporter=Impatient(quiet=True))
    assert list((tmp_path / "cut" / "checkpoints").glob("step-*"))
    cut = pretrain(recipe, tmp_path / "cut", reporter=QUIET).path
    ours, theirs = load_file(cut / "model.safetensors"), load_file(whole / "model.safetensors")
    assert ours.keys() == theirs.keys()
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours)


@pytest.mark.parametrize("settings", [(), MUON], ids=["adamw", "muon with average"])
def test_batches_of_8_equal_two_of_4_accumulated(settings, story_file, story_tokenizers, tmp_path):
    found = []
    for rows in (8, 4):
        recipe = recipe_of("gpt", [story_file], story_tokenizers, [f"train.max_tokens={rows * 32}", *settings], steps=4)
        reports = Reports(quiet=True)
        folder = pretrain(recipe, tmp_path / str(rows), reporter=reports).path
        found.append((load_file(folder / "model.safetensors"), reports.losses))
    (whole, losses), (cut, cut_losses) = found
    assert len(losses) == 4 and cut_losses == pytest.approx(losses, rel=1e-5)
    for name in whole:
        np.testing.assert_allclose(cut[name], whole[name], atol=2e-4, err_msg=name)


class Reports(Reporter):
    """Remembers the loss of every step."""

    def __init__(self, quiet):
        super().__init__(quiet=quiet)
        self.losses = []

    def step(self, report):
        self.losses.append(report.loss)


def test_a_run_of_an_older_recipe_goes_on(story_file, story_tokenizers, tmp_path):
    """A field that is new has its default in a recipe that was stored before."""
    recipe = recipe_of("gpt", [story_file], story_tokenizers)
    folder = pretrain(recipe, tmp_path / "run", reporter=QUIET).path
    stored = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    del stored["recipe"]["optim"]["name"], stored["recipe"]["train"]["ema"]
    (folder / "run.json").write_text(json.dumps(stored), encoding="utf-8")
    assert pretrain(recipe, folder, reporter=QUIET).path == folder
    with pytest.raises(ConfigError, match="muon"):
        pretrain(recipe_of("gpt", [story_file], story_tokenizers, MUON), folder, reporter=QUIET)


def test_python_repeats_a_run_by_its_recipe(pretrained, tmp_path):
    first = pretrained("gpt")
    again = malmoi.pretrain("gpt", recipe=str(first), out=tmp_path / "again", steps=2, quiet=True)
    own, repeated = (json.loads((folder / "recipe.json").read_text(encoding="utf-8")) for folder in (first, again.path))
    assert repeated.pop("budget")["steps"] == 2 and own.pop("budget")["steps"] == 60
    assert repeated == own


def test_hours_become_steps_once(story_file, story_tokenizers, tmp_path, monkeypatch):
    recipe = recipe_of("gpt", [story_file], story_tokenizers, steps=None, hours=0.001)
    monkeypatch.setattr("malmoi.training.budget.seconds_per_step", lambda session: 0.5)
    result = pretrain(recipe, tmp_path / "run", reporter=QUIET)
    assert 1 <= result.scores["steps"] <= 7, "3.6 seconds less those for judging, half a second each"
    assert pretrain(recipe, tmp_path / "run", reporter=QUIET).scores == result.scores


def test_trial_steps_leave_no_trace(story_file, story_tokenizers, tmp_path, monkeypatch):
    import malmoi.training.budget as budget

    recipe = recipe_of("bert", [story_file], story_tokenizers)
    measured = pretrain(recipe, tmp_path / "measured", reporter=QUIET).path
    monkeypatch.setattr(budget, "seconds_per_step", lambda session: 1.0)
    plain = pretrain(recipe, tmp_path / "plain", reporter=QUIET).path
    one, other = load_file(measured / "model.safetensors"), load_file(plain / "model.safetensors")
    assert all(np.array_equal(one[name], other[name]) for name in one)


def test_goes_on_from_a_model_and_from_one_with_another_vocabulary(pretrained, story_file, story_tokenizers, tmp_path):
    from malmoi.tokenization.trainers import TrainerConfig, train_tokenizer

    base = str(pretrained("bert"))
    more = recipe_of("bert", [story_file], story_tokenizers, model=base, tokenizer="", size="")
    before = json.loads((pretrained("bert") / "scores.json").read_text())["dev"]["bits_per_char"]["value"]
    after = pretrain(more, tmp_path / "more", reporter=QUIET).scores["dev"]["bits_per_char"]["value"]
    assert after < 1.3 * before
    other = tmp_path / "tok"
    other.mkdir()
    lines = story_file.read_text(encoding="utf-8").splitlines()
    new = train_tokenizer(lines, TrainerConfig("syllable", vocab_size=200, allow_smaller=True))
    new.save(other)
    swapped = recipe_of("bert", [story_file], story_tokenizers, model=base, tokenizer=str(other), size="")
    folder = pretrain(swapped, tmp_path / "swapped", reporter=QUIET).path
    assert load_file(folder / "model.safetensors")["bert.embeddings.word_embeddings.weight"].shape == (
        new.vocab_size,
        64,
    )


def test_masking_rate_and_whole_words_and_paragraphs(story_file, story_tokenizers, tmp_path):
    paragraphs = tmp_path / "문단.txt"
    lines = story_file.read_text(encoding="utf-8").splitlines()
    paragraphs.write_text("\n\n".join(line.replace(". ", ".\n") for line in lines), encoding="utf-8")
    settings = ["objective.mask_rate=0.3", "objective.last_mask_rate=0.15", "objective.whole_words=true"]
    result = pretrain(recipe_of("bert", [paragraphs], story_tokenizers, settings), tmp_path / "run", reporter=QUIET)
    by_line = pretrain(recipe_of("bert", [story_file], story_tokenizers), tmp_path / "lines", reporter=QUIET)
    assert abs(result.scores["documents"] - by_line.scores["documents"]) <= 25
    assert "next_sentence_accuracy" in result.scores["dev"]


BINARY = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8


@pytest.mark.parametrize(
    ("case", "error", "named"),
    [("empty", DataError, "글.txt"), ("binary", DataError, "글.txt"), ("missing", DataError, "글.txt"), ("tokenizer", ConfigError, "cls_token"), ("no tokenizer", ConfigError, "tokenizer"), ("length", ConfigError, "--length"), ("single", DataError, "next-sentence"), ("no model", ModelNotFound, "nowhere"), ("rate", ConfigError, "mask_rate"), ("decay", ConfigError, "train.ema"), ("patience", ConfigError, "budget.evaluations")],
)  # fmt: skip
def test_what_cannot_be_is_refused_before_any_work(case, error, named, pretrained, story_file, story_tokenizers, tmp_path):  # fmt: skip
    file = tmp_path / "글.txt"
    content = {
        "empty": b"",
        "binary": BINARY,
        "single": "한 문장이다\n둘째 글\n셋째 글\n넷째 글\n다섯째 글\n".encode() * 3,
    }
    if case in content:
        file.write_bytes(content[case])
    files = [file] if case in (*content, "missing") else [story_file]
    flags = {
        "tokenizer": {"tokenizer": str(story_tokenizers["gpt"])},
        "no tokenizer": {"tokenizer": None},
        "length": {"model": str(pretrained("bert")), "tokenizer": "", "size": "", "length": 64},
        "no model": {"model": "nowhere", "tokenizer": "", "size": ""},
    }.get(case, {})
    with pytest.raises(error, match=named):
        settings = {
            "rate": ["objective.mask_rate=2"],
            "single": ["corpus.dev_share=0.5"],
            "decay": ["train.ema=1"],
            "patience": ["train.patience=3"],
        }.get(case, [])
        pretrain(recipe_of("bert", files, story_tokenizers, settings, **flags), tmp_path / "out", reporter=QUIET)
    assert not (tmp_path / "out").exists()


def test_a_finished_run_is_the_base_of_a_task(pretrained, reviews_file, tmp_path):
    import malmoi

    settings = {"train.threads": 1, "train.precision": "fp32", "train.tensorboard": False, "task.max_length": 32}
    run = malmoi.train(data=reviews_file, dev=reviews_file, out=tmp_path / "task", model=str(pretrained("bert")), epochs=1, quiet=True, **settings)  # fmt: skip
    assert (Path(run.path) / "model.safetensors").is_file()
