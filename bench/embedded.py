"""KorSTS without training: all 250,002 pieces of multilingual-e5-small against the kept ones of e5-small-ko.

Mean pooling over tokens, cosine, "query: " before each sentence; Spearman with the annotated scores.

    MALMOI_DATA=FOLDER python bench/embedded.py [--splits dev train] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

from malmoi.io import data_dir, folder_size, write_json
from malmoi.models import embedded
from malmoi.models.e5_format import read_e5
from malmoi.models.e5_prune import Pruned, prune_e5_file
from malmoi.models.e5_tokenizer import build_tokenizer

BATCH = 64


def main() -> None:
    """Measure building, loading and KorSTS, print a table, and write JSON when asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--splits", nargs="+", default=["dev"], choices=["dev", "train"])
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    torch.set_grad_enabled(False)
    file = embedded.wheel_file()
    if file is None:
        raise SystemExit(f"needs {embedded.WHEEL}")
    source = read_e5(file)
    result: dict[str, Any] = {"build": measure_build()}
    for name, keep in (("full", frozenset(source.pieces)), ("pruned", embedded.kept_pieces())):
        result[name] = measure_model(prune_e5_file(source, keep), arguments.splits)
        print(name, json.dumps(result[name]), flush=True)
    print("build", json.dumps(result["build"]))
    result["spearman_ratio"] = {
        s: result["pruned"][s]["spearman"] / result["full"][s]["spearman"] for s in arguments.splits
    }
    print("pruned / full", json.dumps(result["spearman_ratio"]))
    if arguments.json:
        write_json(arguments.json, result)


def measure_build() -> dict[str, float]:
    """Return seconds to build in an empty cache, to ask again, to load the model; bytes on disk."""
    before = os.environ.get("MALMOI_CACHE")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MALMOI_CACHE"] = folder
        build, path = timed(embedded.embedded_path)
        again, _ = timed(embedded.embedded_path)
        load, _ = timed(lambda: BertModel.from_pretrained(path, add_pooling_layer=False))
        tokenizer, _ = timed(lambda: Tokenizer.from_file(str(path / "tokenizer.json")))
        size = folder_size(path)
    os.environ.pop("MALMOI_CACHE") if before is None else os.environ.update(MALMOI_CACHE=before)
    return {"build_s": build, "again_s": again, "load_model_s": load, "load_tokenizer_s": tokenizer, "bytes": size}


def timed(action: Any) -> tuple[float, Any]:
    """Return the seconds an action took, and its result."""
    start = time.perf_counter()
    value = action()
    return round(time.perf_counter() - start, 4), value


def measure_model(pruned: Pruned, splits: list[str]) -> dict[str, Any]:
    """Return pieces, parameters and the KorSTS scores of one vocabulary."""
    tokenizer = build_tokenizer(pruned.pieces, pruned.scores, pruned.normalizer)
    tokenizer.enable_padding(pad_id=1, pad_token="<pad>")
    tokenizer.enable_truncation(512)
    model = BertModel(BertConfig(**pruned.config), add_pooling_layer=False).eval()
    state = {name: torch.from_numpy(tensor.copy()) for name, tensor in pruned.tensors.items()}
    model.load_state_dict(state, strict=True)
    result: dict[str, Any] = {"pieces": len(pruned.pieces), "parameters": sum(p.numel() for p in model.parameters())}
    for split in splits:
        first, second, gold = read_sts(data_dir() / "korsts" / f"sts-{split}.tsv")
        seconds, cosine = timed(
            lambda a=first, b=second: (embed(model, tokenizer, a) * embed(model, tokenizer, b)).sum(1)
        )
        result[split] = {"pairs": len(gold), "spearman": spearman(cosine, gold), "seconds": seconds}
    return result


def read_sts(path: Path) -> tuple[list[str], list[str], np.ndarray]:
    """Return first sentences, second sentences and scores 0–5 of a KorSTS file (7 columns, tab, no quoting)."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    return [row[5] for row in rows], [row[6] for row in rows], np.array([float(row[4]) for row in rows])


def embed(model: BertModel, tokenizer: Tokenizer, sentences: list[str]) -> np.ndarray:
    """Return unit vectors [sentences, hidden]; batches are of similar length."""
    order = sorted(range(len(sentences)), key=lambda place: len(sentences[place]))
    vectors = np.empty((len(sentences), model.config.hidden_size), np.float32)
    for start in range(0, len(order), BATCH):
        places = order[start : start + BATCH]
        encodings = tokenizer.encode_batch(["query: " + sentences[place] for place in places])
        ids = torch.tensor([encoding.ids for encoding in encodings])
        mask = torch.tensor([encoding.attention_mask for encoding in encodings])
        hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
        mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        vectors[places] = torch.nn.functional.normalize(mean, dim=1).numpy()
    return vectors


def spearman(first: np.ndarray, second: np.ndarray) -> float:
    """Return Spearman's rank correlation; ties share their mean rank."""
    return float(np.corrcoef(ranks(first), ranks(second))[0, 1])


def ranks(values: np.ndarray) -> np.ndarray:
    """Return the ranks [n] of values, mean rank for ties."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]


if __name__ == "__main__":
    main()
