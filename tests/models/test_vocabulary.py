"""A tokenizer that does not fit is refused before the weights are read; new tokens take their rows along."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from malmoi.errors import ConfigError, ModelNotFound
from malmoi.io import read_json, write_json
from malmoi.models.backbone import load_backbone
from malmoi.models.networks import load_network
from malmoi.models.vocabulary import extend_model, replace_vocabulary
from malmoi.tokenization.tokenizer import Tokenizer

WORDS = "embeddings.word_embeddings.weight"


def test_a_tokenizer_with_more_pieces_than_the_model_has_rows(tiny_model: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    Tokenizer.load(tiny_model).extended(["ㅇㅈ"]).save(folder)
    (folder / "model.safetensors").write_bytes(b"never read")
    with pytest.raises(ModelNotFound, match="tokenizer add"):
        load_backbone(str(folder))


def test_new_rows_are_means_and_the_old_ones_stay(tiny_model: Path, tmp_path: Path) -> None:
    old = Tokenizer.load(tiny_model)
    new = extend_model(tiny_model, old, ["배우들", "영화"], ["[턴]"], tmp_path / "model")
    loaded = load_backbone(str(tmp_path / "model"))
    before, after = load_file(tiny_model / "model.safetensors"), loaded.backbone.state_dict()
    assert torch.equal(after[WORDS][: old.vocab_size], before[WORDS])
    for token in ("배우들", "영화"):
        number = new.backend.token_to_id(token)
        pieces = old.encode_plain([token])[0].tolist()
        torch.testing.assert_close(after[WORDS][number], before[WORDS][pieces].mean(0))
        assert number in loaded.tokenizer.encode_plain([f"{token}이 좋다"])[0]
    assert all(torch.equal(after[key], before[key]) for key in before if key != WORDS)
    assert after[WORDS].shape[0] == loaded.backbone.config.vocab_size == new.vocab_size


def test_rows_that_wait_are_used_and_heads_grow_along(tiny_model: Path, tmp_path: Path) -> None:
    folder, old = shutil.copytree(tiny_model, tmp_path / "wide"), Tokenizer.load(tiny_model)
    weights, size = load_file(folder / "model.safetensors"), old.vocab_size + 8
    weights[WORDS] = torch.cat([weights[WORDS], torch.zeros(8, 32)])
    weights["cls.predictions.bias"] = torch.arange(float(size))
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    write_json(folder / "config.json", read_json(folder / "config.json") | {"vocab_size": size})
    extend_model(folder, old, ["ㅇㅈ"], [], tmp_path / "out")
    grown = load_file(tmp_path / "out" / "model.safetensors")
    assert grown[WORDS].shape[0] == size and grown[WORDS][old.vocab_size].abs().sum() > 0
    assert grown["cls.predictions.bias"].tolist()[: old.vocab_size] == list(range(old.vocab_size))
    assert grown["cls.predictions.bias"][old.vocab_size] != old.vocab_size


def test_a_finished_run_and_known_tokens_are_refused(tiny_run: Path, tiny_model: Path, tmp_path: Path) -> None:
    tokenizer = Tokenizer.load(tiny_model)
    with pytest.raises(ConfigError, match="task|학습"):
        extend_model(tiny_run, tokenizer, ["ㅇㅈ"], [], tmp_path / "out")
    with pytest.raises(ConfigError):
        extend_model(tiny_model, tokenizer, ["배"], ["[MASK]"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_another_vocabulary_finds_its_pieces_however_they_are_marked(
    pretrained, story_tokenizers, tmp_path: Path
) -> None:
    """From WordPiece ("책", "##을") to Unigram ("▁책", "을"): the same text at the same place in a word is the same row."""
    network, old, _ = load_network(str(pretrained("bert")), "masked")
    new = Tokenizer.load(story_tokenizers["roberta"])
    before = network.get_input_embeddings().weight.detach().clone()
    bias = network.cls.predictions.bias.detach().clone()
    replace_vocabulary(network, old, new)
    table = network.get_input_embeddings()
    rows, biases = table.weight.detach(), network.cls.predictions.bias.detach()
    assert rows.shape == (new.vocab_size, 64) and biases.shape == (new.vocab_size,)
    assert network.get_output_embeddings().weight is table.weight
    assert table.padding_idx == new.pad_id == network.config.pad_token_id
    compared = 0
    for token, i in new.backend.get_vocab().items():
        text = token.removeprefix("▁")
        if not text or token in ("<s>", "</s>", "<pad>", "<unk>", "<mask>"):
            continue
        same = old.backend.token_to_id(text if token.startswith("▁") else f"##{text}")
        if same is not None:
            assert torch.equal(rows[i], before[same]) and biases[i] == bias[same], token
            compared += 1
    assert compared >= 20
    for role in ("cls_token", "sep_token", "mask_token", "pad_token"):
        assert torch.equal(rows[new.token_id(role)], before[old.token_id(role)]), role  # type: ignore[index,arg-type]
