"""Speed of tagging: `Predictor` against plain loops around AutoModelForTokenClassification, from strings to spans.

    malmoi train tagging --data klue-ner --out runs/ner                               characters, the default
    malmoi train tagging --data klue-ner --set task.level=token --out runs/ner-token  pieces: the weights plain code can open
    python bench/tagging.py --char runs/ner --token runs/ner-token --data klue-ner:dev --rounds 5 --json out.json
    python bench/tagging.py --data klue-ner-v1.1_dev.80.tsv --quick

Each contender tags the same texts in a process of its own, A-B-C-D-D-C-B-A; timed is everything after one warm-up pass over 256.
  plain-fp32    batches of 32 in the order of the texts, padded to their longest, fp32
  plain-bf16    tokenise once, sort by length, batches of 64, padded, bf16 weights, sdpa
  token         malmoi.load of the same weights: equal answers are counted
  char          malmoi.load of the run on characters, with answers of its own
Every contender's entity (or token) F1 stands beside its speed. `--quick` trains two runs on 256 texts first, one epoch each.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tagging_plain import MAX_LENGTH, decode

CONTENDERS = ("plain-fp32", "plain-bf16", "token", "char")
WARM_UP = 256
Predict = Callable[[list[str]], list[Any]]


def examples_of(data: str, limit: int) -> list[Any]:
    from malmoi.data.columns import Columns
    from malmoi.training.datasets import load_dataset

    return load_dataset(data, Columns(), split="dev", kind="spans").examples[:limit]


def plain_predict(run: str, *, bf16: bool) -> Predict:
    """Return the loop that people write: tokenise, batch, argmax, offsets."""
    import torch
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    tokenizer = AutoTokenizer.from_pretrained(run)
    dtype = torch.bfloat16 if bf16 else torch.float32
    model = AutoModelForTokenClassification.from_pretrained(run, dtype=dtype, attn_implementation="sdpa").eval()
    names = [model.config.id2label[i] for i in range(model.config.num_labels)]
    size = 64 if bf16 else 32

    def predict(texts: list[str]) -> list[Any]:
        encoded = tokenizer(texts, truncation=True, max_length=MAX_LENGTH, return_offsets_mapping=True)
        ids, offsets = encoded["input_ids"], encoded["offset_mapping"]
        order = sorted(range(len(ids)), key=lambda i: len(ids[i])) if bf16 else list(range(len(ids)))
        found: list[Any] = [None] * len(ids)
        with torch.inference_mode():
            for start in range(0, len(order), size):
                rows = order[start : start + size]
                batch = tokenizer.pad({"input_ids": [ids[i] for i in rows]}, return_tensors="pt")
                for i, tags in zip(rows, model(**batch).logits.argmax(-1).tolist(), strict=True):
                    found[i] = decode(texts[i], offsets[i], [names[tag] for tag in tags[: len(ids[i])]])
        return found

    return predict


def child(contender: str, run: str, data: str, limit: int) -> dict[str, Any]:
    import malmoi
    from malmoi.inference.artifact import open_artifact

    examples = examples_of(data, limit)
    texts = [example.text for example in examples]
    predict: Predict = (
        plain_predict(run, bf16=contender.endswith("bf16")) if contender.startswith("plain") else malmoi.load(run)
    )
    predict(texts[:WARM_UP])
    began = time.perf_counter()
    found = predict(texts)
    seconds = time.perf_counter() - began
    return {
        "rate": len(texts) / seconds,
        "f1": f1(open_artifact(run).task, found, examples),
        "answers": [[[span.start, span.end, span.label] for span in p.spans] for p in found],
        "rss_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }


def f1(task: Any, predictions: list[Any], examples: list[Any]) -> float:
    from malmoi.metrics.spans import entity_table
    from malmoi.tasks.tagging.analysis import plain_spans

    return entity_table([e.spans for e in examples], [plain_spans(p) for p in predictions]).values()["entity_f1"]


def in_own_process(contender: str, options: argparse.Namespace) -> dict[str, Any]:
    run = options.char if contender == "char" else options.token
    command = [sys.executable, __file__, "--child", contender, "--token", run, "--data", options.data, "--limit", str(options.limit)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{contender} failed:\n{done.stderr[-3000:]}")
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    print(f"  {contender:12s} {result['rate']:7.1f} texts/s  F1 {100 * result['f1']:.2f}  RSS {result['rss_gb']:.2f} GB", file=sys.stderr, flush=True)  # fmt: skip
    return result


def measure(options: argparse.Namespace) -> dict[str, Any]:
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in CONTENDERS}
    for number in range(options.rounds + 1):
        print(f"round {number}" + (" (discarded)" if number == 0 else ""), file=sys.stderr)
        for name in CONTENDERS if number % 2 == 0 else CONTENDERS[::-1]:
            result = in_own_process(name, options)
            if number > 0:
                results[name].append(result)
    rates = {name: statistics.median(r["rate"] for r in results[name]) for name in CONTENDERS}
    same = [results[name][0]["answers"] for name in ("token", "plain-fp32")]
    return {
        "n": len(same[0]),
        "rates": rates,
        "spread": {n: [min(r["rate"] for r in results[n]), max(r["rate"] for r in results[n])] for n in CONTENDERS},
        "f1": {name: results[name][0]["f1"] for name in CONTENDERS},
        "ratio_to_plain_fp32": {n: rates[n] / rates["plain-fp32"] for n in ("token", "char")},
        "ratio_to_plain_bf16": {n: rates[n] / rates["plain-bf16"] for n in ("token", "char")},
        "texts_tagged_like_plain_fp32": statistics.mean(a == b for a, b in zip(*same, strict=True)),
        "rss_gb": {n: max(r["rss_gb"] for r in results[n]) for n in CONTENDERS},
    }


def train_both(options: argparse.Namespace, folder: Path) -> None:
    """Train a small run of each level, where none was given."""
    import malmoi

    for level in ("char", "token"):
        if getattr(options, level) is None:
            settings = {"task.level": level, "limit": 256, "epochs": 1}
            result = malmoi.train("tagging", options.data, out=folder / level, quiet=True, **settings)
            setattr(options, level, str(result.path))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--char", help="a run of tagging, level char")
    parser.add_argument("--token", help="a run of tagging, level token, no CRF")
    parser.add_argument("--data", required=True, help="a corpus or a file of tagged texts")
    parser.add_argument("--rounds", type=int, default=5, help="measured rounds after one that is discarded")
    parser.add_argument("--limit", type=int, default=4_000)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json")
    parser.add_argument("--child", choices=CONTENDERS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(child(options.child, options.token, options.data, options.limit)))
        return
    if not options.quick and not (options.char and options.token):
        parser.error("give two runs with --char and --token, or use --quick")
    with tempfile.TemporaryDirectory() as scratch:
        if options.quick:
            options.rounds, options.limit = 1, min(options.limit, 500)
            train_both(options, Path(scratch))
        result = measure(options)
    print(json.dumps(result, indent=2))
    if options.json:
        Path(options.json).write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
