"""Intermediate-task training: a finished run is the base of the next one (Phang et al. 2018, STILTs)."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tiny_models import Quiet, tiny_recipe

from malmoi.errors import ModelNotFound
from malmoi.io import sha256
from malmoi.models.backbone import load_backbone
from malmoi.training.fit import fit
from malmoi.training.recipe import TaskRecipe


def test_a_run_is_the_base_of_another_task(tiny_run: Path, reviews_file: Path, tmp_path: Path) -> None:
    scores = tmp_path / "점수.tsv"
    lines = reviews_file.read_text(encoding="utf-8").splitlines()
    rows = [line.replace("긍정", "4.5").replace("부정", "0.5") for line in lines]
    scores.write_text("\n".join(rows).replace("label", "score") + "\n", encoding="utf-8")
    recipe = tiny_recipe(tiny_run, scores, train={"epochs": 2})
    result = fit(type(recipe)(tasks=(TaskRecipe("regression"),), data=recipe.data, model=recipe.model, optim=recipe.optim, train=recipe.train), tmp_path / "out", reporter=Quiet())  # fmt: skip
    assert result.scores["made_with"]["base_model_sha256"] == sha256(tiny_run / "model.safetensors")
    assert result.scores["dev"]["spearman"]["value"] > 0.5  # two epochs: the encoder knows the difference already
    trained, stored = load_backbone(str(tiny_run)).backbone.state_dict(), load_file(tiny_run / "model.safetensors")
    assert all(torch.equal(value, stored[f"bert.{name}"]) for name, value in trained.items())


def test_a_tfidf_run_is_no_base(tfidf_run: Path, reviews_file: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound):
        fit(tiny_recipe(tfidf_run, reviews_file), tmp_path / "out", reporter=Quiet())
