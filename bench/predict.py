"""Prediction speed: `Predictor` against transformers' pipeline and against plain length-sorted torch in bf16.

    python bench/predict.py RUN --rounds 5 --json out.json
    python bench/predict.py RUN --quick

RUN is a trained NSMC artifact. Each contender labels the same reviews (NSMC dev) in a process of its own, A-B-C-D-D-C-B-A;
timed is everything from strings to labels, after one warm-up pass over 256 reviews. Needs MALMOI_DATA.
  pipeline-1, pipeline-32   transformers.pipeline("text-classification"), fp32, batch size 1 and 32
  sorted                    tokenise once, sort by length, batches of 64, padded, bf16 weights, sdpa
  malmoi                    malmoi.load(RUN), as a user calls it
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

CONTENDERS = ("pipeline-1", "pipeline-32", "sorted", "malmoi")
WARM_UP = 256


def reviews(limit: int) -> list[str]:
    from malmoi.data.corpora import find_corpus

    return [example.text for example in find_corpus("nsmc").load("dev").examples[:limit]]


def malmoi_predict(run: str) -> Callable[[list[str]], list[str]]:
    import malmoi

    predictor = malmoi.load(run)
    return lambda texts: [prediction.label for prediction in predictor(texts)]


def pipeline_predict(run: str, batch_size: int) -> Callable[[list[str]], list[str]]:
    import torch
    from transformers import pipeline

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    classify = pipeline("text-classification", model=run, tokenizer=run, device="cpu")
    return lambda texts: [answer["label"] for answer in classify(texts, batch_size=batch_size, truncation=True)]


def sorted_predict(run: str) -> Callable[[list[str]], list[str]]:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    tokenizer = AutoTokenizer.from_pretrained(run)
    model = AutoModelForSequenceClassification.from_pretrained(
        run, dtype=torch.bfloat16, attn_implementation="sdpa"
    ).eval()
    names = model.config.id2label

    def predict(texts: list[str]) -> list[str]:
        ids = tokenizer(texts, truncation=True, max_length=512)["input_ids"]
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        labels = [""] * len(ids)
        with torch.inference_mode():
            for start in range(0, len(order), 64):
                rows = order[start : start + 64]
                batch = tokenizer.pad({"input_ids": [ids[i] for i in rows]}, return_tensors="pt")
                for i, label in zip(rows, model(**batch).logits.argmax(1).tolist(), strict=True):
                    labels[i] = names[label]
        return labels

    return predict


def child(contender: str, run: str, limit: int) -> dict[str, Any]:
    texts = reviews(limit)
    if contender == "malmoi":
        predict = malmoi_predict(run)
    elif contender == "sorted":
        predict = sorted_predict(run)
    else:
        predict = pipeline_predict(run, int(contender.rpartition("-")[2]))
    predict(texts[:WARM_UP])
    began = time.perf_counter()
    labels = predict(texts)
    seconds = time.perf_counter() - began
    return {
        "rate": limit / seconds,
        "labels": labels,
        "rss_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }


def in_own_process(contender: str, run: str, limit: int) -> dict[str, Any]:
    command = [sys.executable, __file__, run, "--child", contender, "--limit", str(limit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{contender} failed:\n{done.stderr[-3000:]}")
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    print(
        f"  {contender:12s} {result['rate']:7.1f} reviews/s  RSS {result['rss_gb']:.2f} GB", file=sys.stderr, flush=True
    )
    return result


def measure(run: str, rounds: int, limit: int, contenders: tuple[str, ...] = CONTENDERS) -> dict[str, Any]:
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        print(f"round {number}" + (" (discarded)" if number == 0 else ""), file=sys.stderr)
        for name in contenders if number % 2 == 0 else contenders[::-1]:
            result = in_own_process(name, run, limit)
            if number > 0:
                results[name].append(result)
    rates = {name: statistics.median(r["rate"] for r in results[name]) for name in contenders}
    pipelines = [name for name in contenders if name.startswith("pipeline")]
    reference = results[pipelines[0]][0]["labels"]
    agree = {
        n: statistics.mean(a == b for a, b in zip(results[n][0]["labels"], reference, strict=True)) for n in contenders
    }
    return {
        "n": limit,
        "rates": rates,
        "spread": {n: [min(r["rate"] for r in results[n]), max(r["rate"] for r in results[n])] for n in contenders},
        "ratio_to_pipeline": rates["malmoi"] / max(rates[name] for name in pipelines),
        "ratio_to_sorted": rates["malmoi"] / rates["sorted"],
        "labels_equal_to_fp32_pipeline": agree,
        "rss_gb": {n: max(r["rss_gb"] for r in results[n]) for n in contenders},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", help="a trained NSMC artifact")
    parser.add_argument("--rounds", type=int, default=5, help="measured rounds after one that is discarded")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json")
    parser.add_argument("--child", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument(
        "--without", choices=CONTENDERS[:1], nargs="*", default=[], help="leave out the slower pipeline"
    )
    options = parser.parse_args()
    limit = options.limit or (300 if options.quick else 5_000)
    if options.child:
        print(json.dumps(child(options.child, options.run, limit)))
        return
    contenders = tuple(name for name in CONTENDERS if name not in options.without)
    result = measure(options.run, 1 if options.quick else options.rounds, limit, contenders)
    print(json.dumps(result, indent=2))
    if options.json:
        Path(options.json).write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
