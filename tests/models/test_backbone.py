"""Finding a model by name or folder: what is refused, and in which words."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_models import backbone_config, save_backbone
from transformers import AutoModel, AutoTokenizer, BertTokenizerFast

from malmoi.errors import ModelNotFound
from malmoi.messages import set_language
from malmoi.models.backbone import (
    build_backbone,
    hidden_states,
    load_backbone,
    load_tokenizer,
    usable_positions,
)
from malmoi.models.networks import Use, load_network


@pytest.fixture(autouse=True)
def english() -> None:
    set_language("en")


@pytest.fixture
def copy(tiny_model: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "모델 폴더"
    shutil.copytree(tiny_model, folder)
    return folder


def refusal(name: object) -> str:
    with pytest.raises(ModelNotFound) as caught:
        load_backbone(str(name))
    assert caught.value.exit_code == 2
    return str(caught.value)


def change_config(folder: Path, **changes: Any) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | changes), encoding="utf-8")


def test_folder(copy: Path) -> None:
    pretrained = load_backbone(str(copy))
    assert pretrained.folder == copy and pretrained.tokenizer.vocab_size == pretrained.backbone.config.vocab_size
    assert {p.dtype for p in pretrained.backbone.parameters()} == {torch.float32}
    assert not any("pooler" in name for name in pretrained.backbone.state_dict())


def test_loaded_weights_are_those_of_hugging_face(copy: Path) -> None:
    theirs, ours = AutoModel.from_pretrained(copy).state_dict(), build_backbone(copy).state_dict()
    assert all(torch.equal(theirs[name], tensor) for name, tensor in ours.items())
    empty = build_backbone(copy, weights=False)
    assert empty.state_dict().keys() == ours.keys()
    assert not torch.equal(
        empty.state_dict()["encoder.layer.0.output.dense.weight"], ours["encoder.layer.0.output.dense.weight"]
    )


@pytest.mark.parametrize("name", ["./없음", "/no/such/folder", "~/no-such-folder", "klue", "a/b/c"])
def test_missing_folder(name: str) -> None:
    message = refusal(name)
    assert f"'{name}'" in message and "e5-small-ko" in message


def test_hub_name_while_offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    message = refusal("malmoi-test/no-such-model")
    assert "'malmoi-test/no-such-model'" in message
    assert "neither in the cache nor to be had from the hub" in message and "e5-small-ko" in message
    set_language("ko")
    refused = refusal("malmoi-test/no-such-model")
    assert "오프라인" in refused and "Error" not in refused and "--model" not in refused


def test_a_missing_folder_beside_others_is_not_asked_of_the_hub(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import httpx

    monkeypatch.setattr(httpx.Client, "send", lambda *_, **__: pytest.fail("asked the hub"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    message = refusal("runs/gpt")
    assert message.startswith("no model 'runs/gpt': the folder runs holds no such folder. Use a folder")


def test_a_file_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "리뷰.csv").write_text("글\n좋아요\n", encoding="utf-8")
    assert "is a file, not a folder" in refusal(tmp_path / "리뷰.csv")


@pytest.mark.parametrize(("use", "family"), [("masked", "bert"), ("pairs", "bert"), ("causal", "gpt")])
def test_each_use_says_what_makes_a_model_for_it(use: Use, family: str) -> None:
    with pytest.raises(ModelNotFound, match=rf"'\./없음'\. .*malmoi pretrain {family} ") as caught:
        load_network("./없음", use)
    assert "e5-small-ko" not in str(caught.value) and "--model" not in str(caught.value)


@pytest.mark.parametrize("missing", ["config.json", "model.safetensors"])
def test_incomplete_folder(missing: str, copy: Path) -> None:
    (copy / missing).unlink()
    assert "must hold config.json and model.safetensors" in refusal(copy)


def test_pickle_is_never_opened(copy: Path, tmp_path: Path) -> None:
    canary = tmp_path / "canary"

    class Trap:
        def __reduce__(self) -> Any:
            return canary.write_text, ("opened",)

    torch.save({"x": Trap()}, copy / "pytorch_model.bin")
    (copy / "model.safetensors").unlink()
    assert "pickle is never read" in refusal(copy)
    assert not canary.exists()


def test_code_of_its_own_is_refused(copy: Path, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    (copy / "evil.py").write_text(f"open({str(canary)!r}, 'w')\nclass Config: ...\n", encoding="utf-8")
    change_config(copy, auto_map={"AutoConfig": "evil.Config"}, model_type="evil")
    assert "auto_map" in refusal(copy)
    with pytest.raises(ModelNotFound, match="auto_map"):
        build_backbone(copy, weights=False)
    assert not canary.exists()


@pytest.mark.parametrize("content", ["", "{", "[1, 2]", "null"])
def test_unreadable_config(content: str, copy: Path) -> None:
    (copy / "config.json").write_text(content, encoding="utf-8")
    assert "config.json is not a JSON configuration" in refusal(copy)


def test_unknown_architecture(copy: Path) -> None:
    change_config(copy, model_type="perceptron-9000")
    assert "unknown kind of model" in refusal(copy)


def test_no_tokenizer(copy: Path) -> None:
    for file in copy.glob("tokenizer*"):
        file.unlink()
    assert "tokenizer" in refusal(copy)


def test_damaged_tokenizer(copy: Path) -> None:
    (copy / "tokenizer.json").write_text('{"version": "1.0"}', encoding="utf-8")
    assert "cannot read the tokenizer" in refusal(copy)


def test_vocabulary_file_without_tokenizer_json(copy: Path, tmp_path: Path) -> None:
    """The older format of many Korean BERTs: vocab.txt only."""
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "영화", "가", "##가", "재밌", "##다", "[", "]", "CLS"]
    for file in copy.glob("tokenizer*"):
        file.unlink()
    (copy / "vocab.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    (copy / "tokenizer_config.json").write_text(
        '{"do_lower_case": false, "tokenizer_class": "BertTokenizer"}', encoding="utf-8"
    )
    tokenizer = load_tokenizer(copy)
    assert tokenizer.encode(["영화가 재밌다 [CLS]"])[0].tokens == [
        "[CLS]", "영화", "##가", "재밌", "##다", "[", "CLS", "]", "[SEP]"
    ]  # fmt: skip
    assert (tokenizer.pad_id, tokenizer.unk_id) == (0, 1)
    theirs = BertTokenizerFast.from_pretrained(copy)("영화가 재밌다")["input_ids"]
    assert tokenizer.encode_ids(["영화가 재밌다"])[0][0].tolist() == theirs
    saved = tmp_path / "saved"
    saved.mkdir()
    tokenizer.save(saved)
    assert AutoTokenizer.from_pretrained(saved)("영화가 재밌다 [CLS]")["input_ids"] == [2, 5, 7, 8, 9, 10, 12, 11, 3]


def test_dropout_is_set(copy: Path) -> None:
    config = load_backbone(str(copy), dropout=0.2).backbone.config
    assert (config.hidden_dropout_prob, config.attention_probs_dropout_prob) == (0.2, 0.0)
    config = load_backbone(str(copy)).backbone.config
    assert (config.hidden_dropout_prob, config.attention_probs_dropout_prob) == (0.0, 0.0)


@pytest.mark.parametrize("kind", ["roberta", "electra", "distilbert"])
def test_other_architectures(kind: str, tiny_model: Path, tmp_path: Path) -> None:
    changes = {"dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 64} if kind == "distilbert" else {}
    backbone = load_backbone(str(save_backbone(kind, tmp_path / kind, tiny_model, **changes))).backbone.eval()
    ids = torch.tensor([[2, 9, 11, 3], [2, 8, 3, 0]])
    with torch.inference_mode():
        states = hidden_states(backbone, ids, (torch.arange(4) > 1).long().expand(2, 4), (ids != 0).long())
    assert states.shape == (2, 4, 32) and bool(states.isfinite().all())


def test_usable_positions() -> None:
    assert usable_positions(backbone_config("bert", 9, max_position_embeddings=512)) == 512
    assert usable_positions(backbone_config("xlm-roberta", 9, max_position_embeddings=514, pad_token_id=1)) == 512
    assert usable_positions(backbone_config("electra", 9)) == 514
