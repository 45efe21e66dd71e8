"""Models that come along are found by name wherever a model or a run is asked for."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

import malmoi
from malmoi import shipped
from malmoi.errors import ArtifactError, ModelNotFound
from malmoi.models.backbone import load_backbone
from malmoi.models.local import local_tokenizer
from malmoi.serving.models import open_model


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_run: Path, tiny_model: Path) -> Path:
    """A place of shipped models with a run, `기분`, and an encoder in half precision, `mini`."""
    monkeypatch.setattr(shipped, "FOLDER", tmp_path / "shipped")
    monkeypatch.chdir(tmp_path)
    shutil.copytree(tiny_run, tmp_path / "shipped" / "기분")
    shutil.copytree(tiny_model, tmp_path / "shipped" / "mini")
    weights = tmp_path / "shipped" / "mini" / "model.safetensors"
    save_file({name: value.half() for name, value in load_file(weights).items()}, weights, metadata={"format": "pt"})
    config = weights.with_name("config.json")
    config.write_text(json.dumps(json.loads(config.read_text()) | {"dtype": "float16"}))
    return tmp_path / "shipped"


def test_a_run_by_name(folder: Path, tiny_run: Path, run_cli) -> None:
    assert shipped.shipped_models() == ["mini", "기분"]
    assert malmoi.load("기분")("재밌어요") == malmoi.load(str(tiny_run))("재밌어요")
    result = run_cli("predict", "기분", "재밌어요")
    assert result.code == 0 and "가능성이" in result.out
    assert "predict" in open_model("기분", "기분", 1).abilities


def test_a_model_in_half_precision_by_name(folder: Path, tiny_model: Path, run_cli) -> None:
    import torch

    half, full = load_backbone("mini").backbone, load_backbone(str(tiny_model)).backbone
    for own, other in zip(half.parameters(), full.parameters(), strict=True):
        assert own.dtype == torch.float32 and torch.allclose(own, other, atol=1e-3)
    assert local_tokenizer("mini").vocab_size == local_tokenizer(str(tiny_model)).vocab_size
    assert run_cli("similarity", "mini", "비가 온다", "비가 내린다").code == 0
    listed = run_cli("models", "list", "--json", "-")
    assert json.loads(listed.out)["shipped"] == ["mini", "기분"]
    assert str(folder / "mini") in run_cli("models", "info", "mini").out


def test_a_folder_of_ones_own_wins(folder: Path, tiny_run: Path) -> None:
    shutil.copytree(tiny_run, "기분")
    assert malmoi.load("기분").artifact.path == Path("기분")


def test_what_did_not_come_along_is_no_name(folder: Path) -> None:
    with pytest.raises(ArtifactError, match=r"함께 온 모델: mini, 기분\)$"):
        malmoi.load("다른것")
    for open_it in (load_backbone, local_tokenizer):
        with pytest.raises(ModelNotFound, match=r"함께 온 모델: mini, 기분\) 혹시 'mini' 인가요\?"):
            open_it("mimi")
    shutil.rmtree(folder)
    assert shipped.shipped_models() == []
    with pytest.raises(ArtifactError, match="먼저 학습하세요") as found:
        malmoi.load("기분")
    assert "함께" not in str(found.value)


def test_a_run_of_another_kind_than_bert_in_half_precision(folder: Path) -> None:
    """transformers builds what it is told to build by the configuration: half precision, were it not asked for full."""
    import torch
    from transformers import ElectraConfig, ElectraModel

    from malmoi.models.backbone import build_backbone

    shape = {"vocab_size": 9, "embedding_size": 8, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
    ElectraModel(ElectraConfig(**shape)).half().save_pretrained(folder / "electra")
    for weights in (True, False):
        backbone = build_backbone(folder / "electra", weights=weights)
        assert {value.dtype for value in backbone.parameters()} == {torch.float32}
