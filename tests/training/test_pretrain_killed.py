"""kill -9 at any time of pretraining, while tokenising, training or saving: the same command ends with the same weights."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.torch import load_file
from tests.conftest import story_settings
from tiny_models import Quiet, pretrain_killed_at

from malmoi.io import damage
from malmoi.recipes.pretrain import resolve_pretraining
from malmoi.training.pretrain import pretrain
from malmoi.training.pretrain_recipe import PretrainRecipe

MUON = ("optim.name=muon", "train.ema=0.7")
LEFT = {
    "README.md", "checkpoints", "config.json", "manifest.json", "model.safetensors", "recipe.json", "run.json", "scores.json",
    "tokenizer.json", "tokenizer_config.json", ".lock",
}  # fmt: skip


def recipe_of(family: str, file: Path, tokenizers: dict[str, Path], settings: tuple[str, ...]) -> PretrainRecipe:
    """Three steps, each saved."""
    assignments = [*story_settings(), "train.checkpoint_minutes=0", *settings]
    flags = {"tokenizer": str(tokenizers[family]), "size": "1x64", "steps": 3, "length": 32, "batch_size": 8}
    return resolve_pretraining(family, [str(file)], assignments, **flags)


def assert_like(folder: Path, reference: Path) -> None:
    assert damage(folder) is None
    ours, theirs = load_file(folder / "model.safetensors"), load_file(reference / "model.safetensors")
    assert ours.keys() == theirs.keys()
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours)
    scores = [json.loads((path / "scores.json").read_text(encoding="utf-8")) for path in (folder, reference)]
    assert scores[0]["dev"] == scores[1]["dev"] and scores[0]["best_step"] == scores[1]["best_step"]


def phase(out: Path, cache: Path) -> str:
    """What a run was doing when it was killed, as its files tell."""
    if (out / "model.safetensors").exists():
        return "saving"
    if list((out / "checkpoints").glob("step-*")):
        return "training"
    return "tokenising" if list(cache.glob("stores/*/progress.json")) else "beginning"


@pytest.mark.parametrize(
    ("family", "settings", "first"),
    [
        ("bert", (), 5),
        *(pytest.param(f, s, first, marks=pytest.mark.slow) for first in (14, 29) for f, s in (("bert", ()), ("roberta", MUON), ("gpt", MUON))),
    ],
)  # fmt: skip
def test_killed_at_file_boundaries(
    family: str, settings: tuple[str, ...], first: int, story_file: Path, story_tokenizers: dict[str, Path],
    tmp_path: Path, in_process: Any, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Every 41st change of a file or folder from the `first` on."""
    recipe = recipe_of(family, story_file, story_tokenizers, settings)
    monkeypatch.setenv("MALMOI_CACHE", str(tmp_path / "cache"))
    reference = pretrain(recipe, tmp_path / "reference", reporter=Quiet()).path
    phases, survived = set(), False
    for operation in range(first, 2000, 41):
        out, cache = tmp_path / f"run-{operation}", tmp_path / f"cache-{operation}"
        code = in_process(pretrain_killed_at, recipe, out, cache, operation)
        if code == 0:
            survived = True
            assert_like(out, reference)
            break
        assert code == -signal.SIGKILL
        phases.add(phase(out, cache))
        monkeypatch.setenv("MALMOI_CACHE", str(cache))
        pretrain(recipe, out, reporter=Quiet())
        assert_like(out, reference)
        assert {path.name for path in out.iterdir()} <= LEFT
        assert not list(cache.glob("stores/*/progress.json")), "the store is not finished"
    assert survived and {"tokenising", "training"} <= phases


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_the_command_killed_at_random_moments(seed: int, story_file: Path, story_tokenizers: dict[str, Path], tmp_path: Path) -> None:  # fmt: skip
    """Again and again after some seconds, until one is left alone."""
    settings = [
        word for setting in [*story_settings(), "train.checkpoint_minutes=0", *MUON] for word in ("--set", setting)
    ]
    command = [sys.executable, "-m", "malmoi", "pretrain", "gpt", str(story_file), "--tokenizer", str(story_tokenizers["gpt"]), "--size", "1x64", "--steps", "300", "--length", "32", "--batch-size", "8", *settings]  # fmt: skip
    draw = random.Random(seed)

    def run(name: str, patience: float | None) -> int:
        environment = os.environ | {"MALMOI_CACHE": str(tmp_path / f"cache-{name}")}
        process = subprocess.Popen(
            [*command, "--out", str(tmp_path / name)], env=environment, stderr=subprocess.DEVNULL
        )
        try:
            return process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    assert run("whole", None) == 0
    codes = [run("cut", draw.uniform(2, 9)) for _ in range(6)]
    assert -signal.SIGKILL in codes
    assert run("cut", None) == 0
    assert_like(tmp_path / "cut", tmp_path / "whole")
