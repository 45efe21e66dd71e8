"""Fine-tuning speed and quality: malmoi against transformers' Trainer, same base, data, epochs and batch size.

    python bench/finetune.py --rounds 5 --json out.json      speed: 2,000 reviews, 1 epoch, batch 32
    python bench/finetune.py --parity --json out.json        quality: 20,000 reviews, 1 epoch, 3 seeds, dev accuracy
    python bench/finetune.py --quick

Contenders, each run in a process of its own, in A-B-C-C-B-A order:
  default   Trainer as run_glue sets it: padded to 128 tokens, fp32, dropout 0.1
  tuned     Trainer at its best on a CPU: bf16 autocast, group_by_length, dynamic padding, fused AdamW, dropout 0.1
  malmoi    malmoi's defaults
Timed is training alone, from the first batch to the last update, all first-time costs in it. Needs MALMOI_DATA (NSMC).
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
from pathlib import Path
from typing import Any

CONTENDERS = ("default", "tuned", "malmoi")
LR, BATCH, WARMUP, MAX_LENGTH = 1e-4, 32, 0.1, 128
PEAK_SIZES = (512, 1024, 2048, 4096)
BODY_FLOP = 6 * 12 * (4 * 384 * 384 + 2 * 384 * 1536)  # forward and backward, for each real token, linear layers only


def load(limit: int, seed: int, num_dev: int) -> tuple[list[Any], list[Any]]:
    import numpy as np

    from malmoi.data.corpora import find_corpus

    nsmc = find_corpus("nsmc")
    train, dev = nsmc.load("train").examples, nsmc.load("dev").examples
    rows = np.random.default_rng(seed).permutation(len(train))[:limit]
    return [train[i] for i in rows], dev[:num_dev]


def run_malmoi(train: list[Any], dev: list[Any], seed: int) -> dict[str, float]:
    import numpy as np

    from malmoi.inference.engines import run_model
    from malmoi.models.backbone import load_backbone
    from malmoi.models.device import choose_compute
    from malmoi.tasks.classification import Classification, ClassificationConfig
    from malmoi.training.loop import Course, Lane, Plan, train_steps
    from malmoi.training.optim import build_optimizer, schedule
    from malmoi.training.prepare import build_model
    from malmoi.training.recipe import OptimRecipe, Recipe, TrainRecipe

    recipe = Recipe(
        optim=OptimRecipe(lr=LR, warmup=WARMUP),
        train=TrainRecipe(epochs=1, batch_size=BATCH, seed=seed, tensorboard=False),
    )
    compute = choose_compute()
    pretrained = load_backbone("e5-small-ko")
    config = Classification.configure(ClassificationConfig(max_length=MAX_LENGTH), train)
    task = Classification(config, pretrained.tokenizer)
    features = [windows[0] for windows in task.encode(train)]
    plan = Plan(np.array([len(feature) for feature in features]), recipe.train)
    model = build_model(pretrained, {task.name: task}, recipe)
    began = time.perf_counter()
    optimizer = build_optimizer(model, recipe.optim, compute.dtype, recipe.model.embeddings)
    rate = schedule(recipe.optim, plan.num_steps)
    course = Course((Lane(model, task, features, plan),), recipe.train)
    losses = [r.loss for r in train_steps(course, optimizer, rate, compute.device)]
    seconds = time.perf_counter() - began
    windows = run_model(model, task, task.encode(dev), compute.device)
    predictions = [task.decode(e, w) for e, w in zip(dev, windows, strict=True)]
    accuracy = task.score(predictions, dev)["accuracy"].value
    return {
        "seconds": seconds,
        "accuracy": accuracy,
        "loss": statistics.mean(losses[-20:]),
        "tokens": float(plan.lengths.sum()),
    }


def run_trainer(train: list[Any], dev: list[Any], seed: int, tuned: bool) -> dict[str, float]:
    import torch
    from transformers import (
        AutoModelForSequenceClassification,
        AutoTokenizer,
        DataCollatorWithPadding,
        Trainer,
        TrainingArguments,
    )

    from malmoi.models.embedded import embedded_path

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    torch.manual_seed(seed)
    tokenizer = AutoTokenizer.from_pretrained(embedded_path())
    model = AutoModelForSequenceClassification.from_pretrained(embedded_path(), num_labels=2)
    model.accepts_loss_kwargs = False

    def rows(examples: list[Any]) -> list[dict[str, Any]]:
        padding = False if tuned else "max_length"
        encoded = tokenizer([e.text for e in examples], truncation=True, max_length=MAX_LENGTH, padding=padding)
        names = ("input_ids", "token_type_ids", "attention_mask")
        return [{k: encoded[k][i] for k in names} | {"labels": int(e.label)} for i, e in enumerate(examples)]

    train_rows, dev_rows = rows(train), rows(dev)
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder, num_train_epochs=1, per_device_train_batch_size=BATCH, per_device_eval_batch_size=64,
            learning_rate=LR, warmup_steps=WARMUP, seed=seed, use_cpu=True, bf16=tuned,
            train_sampling_strategy="group_by_length" if tuned else "random", optim="adamw_torch_fused",
            save_strategy="no", logging_steps=20, report_to="none", disable_tqdm=True, dataloader_pin_memory=False,
        )  # fmt: skip
        trainer = Trainer(
            model=model, args=arguments, train_dataset=train_rows, data_collator=DataCollatorWithPadding(tokenizer)
        )
        began = time.perf_counter()
        trainer.train()
        seconds = time.perf_counter() - began
        losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
        found = trainer.predict(dev_rows)  # in an order of its own: group_by_length holds for prediction too
    tokens = sum(sum(row["attention_mask"]) for row in train_rows)
    return {
        "seconds": seconds,
        "accuracy": float((found.predictions.argmax(1) == found.label_ids).mean()),
        "loss": losses[-1] if losses else 0.0,
        "tokens": float(tokens),
    }


def child(contender: str, limit: int, seed: int, num_dev: int) -> dict[str, float]:
    train, dev = load(limit, seed, num_dev)
    if contender == "malmoi":
        result = run_malmoi(train, dev, seed)
    else:
        result = run_trainer(train, dev, seed, tuned=contender == "tuned")
    result["rate"] = limit / result["seconds"]
    result["rss_gb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return result


def in_own_process(contender: str, limit: int, seed: int, num_dev: int) -> dict[str, float]:
    command = [
        sys.executable,
        __file__,
        "--child",
        contender,
        "--limit",
        str(limit),
        "--seed",
        str(seed),
        "--dev",
        str(num_dev),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{contender} failed:\n{done.stderr[-3000:]}")
    result: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    print(f"  {contender:8s} seed {seed}: {result['rate']:7.1f} reviews/s  dev {100 * result['accuracy']:.2f} %  "
          f"loss {result['loss']:.3f}  RSS {result['rss_gb']:.2f} GB", file=sys.stderr, flush=True)  # fmt: skip
    return result


def bf16_peak() -> dict[str, float]:
    """GFLOP/s of a square bf16 product for each size, best of the passes in a quarter second."""
    import torch

    torch.set_num_threads(2)
    rates = {}
    for size in PEAK_SIZES:
        a, b = torch.randn(size, size).bfloat16(), torch.randn(size, size).bfloat16()
        torch.mm(a, b)
        best, stop = float("inf"), time.perf_counter() + 0.5
        while time.perf_counter() < stop:
            began = time.perf_counter()
            torch.mm(a, b)
            best = min(best, time.perf_counter() - began)
        rates[str(size)] = 2 * size**3 / best / 1e9
    return rates


def measure_speed(rounds: int, limit: int, num_dev: int) -> dict[str, Any]:
    results: dict[str, list[dict[str, float]]] = {name: [] for name in CONTENDERS}
    for number in range(rounds + 1):
        order = CONTENDERS if number % 2 == 0 else CONTENDERS[::-1]
        print(f"round {number}" + (" (discarded)" if number == 0 else ""), file=sys.stderr)
        for name in order:
            result = in_own_process(name, limit, seed=number, num_dev=num_dev)
            if number > 0:
                results[name].append(result)
    rates = {name: statistics.median(r["rate"] for r in results[name]) for name in CONTENDERS}
    tokens = statistics.mean(r["tokens"] for r in results["malmoi"]) / limit
    peak = bf16_peak()
    useful = rates["malmoi"] * tokens * BODY_FLOP / 1e9
    return {
        "rates": rates,
        "spread": {n: [min(r["rate"] for r in results[n]), max(r["rate"] for r in results[n])] for n in CONTENDERS},
        "accuracy": {n: statistics.mean(r["accuracy"] for r in results[n]) for n in CONTENDERS},
        "rss_gb": {n: max(r["rss_gb"] for r in results[n]) for n in CONTENDERS},
        "ratio_to_default": rates["malmoi"] / rates["default"],
        "ratio_to_tuned": rates["malmoi"] / rates["tuned"],
        "tokens_per_review": tokens,
        "bf16_peak_gflops": peak,
        "useful_gflops": useful,
        "useful_share": useful / max(peak.values()),
        "runs": results,
    }


def measure_parity(seeds: int, limit: int, num_dev: int) -> dict[str, Any]:
    found: dict[str, list[float]] = {"tuned": [], "malmoi": []}
    for seed in range(seeds):
        for name in found:
            found[name].append(100 * in_own_process(name, limit, seed, num_dev)["accuracy"])
    means = {name: statistics.mean(values) for name, values in found.items()}
    sd = {name: statistics.stdev(values) if seeds > 1 else 0.0 for name, values in found.items()}
    return {
        "accuracy": found,
        "mean": means,
        "sd": sd,
        "difference": means["malmoi"] - means["tuned"],
        "n_dev": num_dev,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="measured rounds after one that is discarded")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--dev", type=int, help="dev reviews scored beside the speed")
    parser.add_argument("--parity", action="store_true")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json")
    parser.add_argument("--child", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(child(options.child, options.limit, options.seed, options.dev)))
        return
    if options.parity:
        limit = options.limit or (1_000 if options.quick else 20_000)
        result = measure_parity(1 if options.quick else options.seeds, limit, options.dev or 5_158)
    else:
        limit = options.limit or (320 if options.quick else 2_000)
        result = measure_speed(1 if options.quick else options.rounds, limit, options.dev or 500)
    text = json.dumps(result, indent=2)
    print(json.dumps({k: v for k, v in result.items() if k != "runs"}, indent=2))
    if options.json:
        Path(options.json).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
