"""Cut multilingual-e5-small down to a set of pieces and write it as a plain Hugging Face folder.

A piece is a row of the word table; every other weight stays as it is. Two sources give the same `Pruned`: the 4-bit file
(`prune_e5_file`) and a folder with the original model at full precision (`prune_folder`).
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import normalizers

from malmoi.errors import ArtifactError, MissingExtra
from malmoi.io import read_json, write_json
from malmoi.messages import say
from malmoi.models.e5_format import E5File
from malmoi.models.e5_tokenizer import MASK, SPECIALS, build_tokenizer, precompiled_normalizer, source_normalizer

SOURCE_FILES = ("config.json", "model.safetensors", "tokenizer.json")
_POSITIONS = "embeddings.position_ids"  # a buffer that old checkpoints hold
_WORDS = "embeddings.word_embeddings.weight"
_SIZES = (
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "intermediate_size",
    "max_position_embeddings",
    "type_vocab_size",
    "layer_norm_eps",
)
_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


@dataclass(frozen=True)
class Pruned:
    """A model cut down to the kept pieces, ready to be written."""

    config: dict[str, Any]
    pieces: list[str]
    scores: list[float]  # log probabilities, one per piece
    normalizer: normalizers.Normalizer
    tensors: dict[str, np.ndarray]  # float32, names of BertModel


def prune_e5_file(source: E5File, keep: Set[str]) -> Pruned:
    """Dequantise a 4-bit file and keep the pieces in `keep`; linear weights are [out, in], the word table [pieces, hidden].

    Raises `ArtifactError` when a tensor or a special piece is missing.
    """
    sizes, hidden = source.settings, source.settings.hidden
    rows = kept_rows(source.pieces, keep, source.path)
    tensors = {
        _WORDS: source.tensor("emb.word", hidden, rows),
        "embeddings.position_embeddings.weight": source.tensor("emb.pos", hidden),
        "embeddings.token_type_embeddings.weight": source.tensor("emb.type", hidden),
        "embeddings.LayerNorm.weight": source.tensor("emb.ln.w"),
        "embeddings.LayerNorm.bias": source.tensor("emb.ln.b"),
    }
    for layer in range(sizes.layers):
        for short, name in _LAYER_NAMES.items():
            width = 1 if short.endswith("ln") else sizes.ffn if short == "fo" else hidden
            tensors[f"encoder.layer.{layer}.{name}.weight"] = source.tensor(f"l{layer}.{short}.w", width)
            tensors[f"encoder.layer.{layer}.{name}.bias"] = source.tensor(f"l{layer}.{short}.b")
    values = (hidden, sizes.layers, sizes.heads, sizes.ffn, sizes.positions, sizes.types, round(sizes.eps, 18))
    config = _bert_config(dict(zip(_SIZES, values, strict=True)), len(rows))
    pieces, scores = [source.pieces[row] for row in rows], source.scores[rows].tolist()
    return Pruned(config, pieces, scores, precompiled_normalizer(source.char_map), tensors)


def prune_folder(folder: Path, keep: Set[str]) -> Pruned:
    """Read the original Hugging Face folder (`SOURCE_FILES`) and keep the pieces in `keep`.

    Raises `ArtifactError` when it is not a BERT encoder with a Unigram tokenizer.
    """
    try:
        config, tokenizer = read_json(folder / "config.json"), read_json(folder / "tokenizer.json")
        if config["model_type"] != "bert" or tokenizer["model"]["type"] != "Unigram":
            raise ValueError(f"{config['model_type']} + {tokenizer['model']['type']}")
        sizes = {name: config[name] for name in _SIZES}
        vocabulary = [(str(piece), float(score)) for piece, score in tokenizer["model"]["vocab"]]
        normalizer = source_normalizer(tokenizer["normalizer"])
    except (LookupError, TypeError, ValueError) as error:
        raise _foreign(folder, f"BERT + Unigram; {error!r}") from error
    rows = kept_rows([piece for piece, _ in vocabulary], keep, folder)
    return Pruned(
        config=_bert_config(sizes, len(rows)),
        pieces=[vocabulary[row][0] for row in rows],
        scores=[vocabulary[row][1] for row in rows],
        normalizer=normalizer,
        tensors=_read_tensors(folder / "model.safetensors", rows),
    )


def kept_rows(pieces: Sequence[str], keep: Set[str], where: Path) -> np.ndarray:
    """Return the ascending row numbers [kept] of the pieces to keep; the specials always are.

    >>> kept_rows(["<s>", "<pad>", "</s>", "<unk>", "▁la", "▁영화", "<mask>"], {"▁영화"}, Path("e5")).tolist()
    [0, 1, 2, 3, 5, 6]
    """
    if tuple(pieces[: len(SPECIALS)]) != SPECIALS or pieces[-1] != MASK:
        raise _foreign(where, " ".join((*SPECIALS, "…", MASK)))
    wanted = {*keep, *SPECIALS, MASK}
    return np.array([row for row, piece in enumerate(pieces) if piece in wanted])


def write_folder(pruned: Pruned, folder: Path) -> None:
    """Write config, weights and tokenizer so that `AutoModel` and `AutoTokenizer` load the folder.

    Raises `MissingExtra` when safetensors is not installed.
    """
    try:
        from safetensors.numpy import save
    except ImportError as error:
        raise MissingExtra("safetensors", "train") from error
    write_json(folder / "config.json", pruned.config)
    (folder / "model.safetensors").write_bytes(save(pruned.tensors, metadata={"format": "pt"}))  # save_file: mode 0600
    tokenizer = build_tokenizer(pruned.pieces, pruned.scores, pruned.normalizer)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    specials = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}
    specials |= {"cls_token": "<s>", "sep_token": "</s>", "mask_token": MASK}
    write_json(folder / "special_tokens_map.json", specials)
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": pruned.config["max_position_embeddings"],
        "model_input_names": ["input_ids", "token_type_ids", "attention_mask"],
        "split_special_tokens": True,  # "</s>" in a text stays text
        "clean_up_tokenization_spaces": False,
        "padding_side": "right",
    }
    write_json(folder / "tokenizer_config.json", settings | specials)


def _read_tensors(path: Path, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Return the encoder's weights as float32, the word table cut to `rows`; the pooler is left out."""
    from safetensors import SafetensorError, safe_open

    tensors = {}
    try:
        with safe_open(path, framework="numpy") as file:
            for stored in file.keys():  # noqa: SIM118 - not a dict
                name = stored.removeprefix("bert.")
                if name.startswith(("embeddings.", "encoder.")) and name != _POSITIONS:
                    values = file.get_tensor(stored)
                    tensors[name] = np.ascontiguousarray(values[rows] if name == _WORDS else values, np.float32)
    except (SafetensorError, IndexError) as error:
        raise _foreign(path, f"safetensors; {error}") from error
    if _WORDS not in tensors:
        raise _foreign(path, _WORDS)
    return tensors


def _bert_config(sizes: dict[str, Any], vocabulary: int) -> dict[str, Any]:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "vocab_size": vocabulary,
        **sizes,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1,
        "initializer_range": 0.02,
        "bos_token_id": SPECIALS.index("<s>"),
        "pad_token_id": SPECIALS.index("<pad>"),
        "eos_token_id": SPECIALS.index("</s>"),
        "dtype": "float32",
    }


def _foreign(path: Path, expected: str) -> ArtifactError:
    return ArtifactError(
        say(
            f"{path}: multilingual-e5-small 이 아닙니다 (필요한 것: {expected}).",
            f"{path}: not multilingual-e5-small (expected {expected}).",
        )
    )
