"""Pretraining speed: malmoi against transformers' Trainer, same text, tokenizer, first weights, batch size and number of tokens.

    python bench/pretrain.py masked --rounds 5 --json out.json
    python bench/pretrain.py causal --size 6x256
    python bench/pretrain.py masked --quick

Contenders, each run in a process of its own, in A-B-C-C-B-A order:
  default   Trainer as run_mlm / run_clm set it: fp32, dropout 0.1, sdpa (only the blocks and batches are as long as everybody's)
  tuned     Trainer at its best on a CPU: bf16 autocast, no dropout, fused AdamW, the faster attention (--attention)
  malmoi    malmoi's defaults
Timed is training alone, from the first batch to the last update, all first-time costs in it. Every block is full, so all tokens
are real ones. The loss is judged the same way for all, on held-out documents with the same masks, after the same number of
tokens at the same learning rates; "loss_over_malmoi" is what the others have more, round by round (same first weights, other order of the blocks).
Needs MALMOI_DATA (nsmc).
"""

from __future__ import annotations

import argparse
import itertools
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

from finetune import bf16_peak

CONTENDERS = ("default", "tuned", "malmoi")
OBJECTIVES = {"masked": ("roberta", "bpe"), "causal": ("gpt", "byte-bpe")}
VOCABULARY, LENGTH, BATCH, LR, WARMUP, DECAY, BETA2 = 8_000, 128, 64, 1e-3, 0.05, 0.1, 0.98
LINES, QUICK_LINES = 60_000, 3_000


def make_ground(objective: str, lines_wanted: int, folder: Path) -> None:
    """Write the text and its tokenizer, once for all contenders."""
    from malmoi.data.corpora.plain import find_plain_corpus
    from malmoi.tokenization.trainers import TrainerConfig, train_tokenizer

    corpus = find_plain_corpus("nsmc-reviews")
    assert corpus is not None
    with open(corpus.locate(), encoding="utf-8") as file:
        lines = [line for line in itertools.islice(file, lines_wanted) if line.strip()]
    (folder / "text.txt").write_text("".join(lines), encoding="utf-8")
    family, unit = OBJECTIVES[objective]
    (folder / "tokenizer").mkdir()
    train_tokenizer(lines, TrainerConfig(unit, style=family, vocab_size=VOCABULARY, allow_smaller=True)).save(
        folder / "tokenizer"
    )


class Ground:
    """What all contenders share: the network with its first weights, the rows of text, the held-out documents."""

    def __init__(self, objective: str, size: str, steps: int, seed: int, folder: Path) -> None:
        from malmoi.models.device import choose_compute
        from malmoi.recipes.pretrain import resolve_pretraining
        from malmoi.tokenization.trainers import nobody
        from malmoi.training.corpus import open_corpus
        from malmoi.training.corpus_part import held_out_documents
        from malmoi.training.pretrain_parts import make_lane, make_subject

        settings = [f"optim.warmup={WARMUP}", f"optim.weight_decay={DECAY}", f"optim.beta2={BETA2}"]
        self.recipe = resolve_pretraining(
            OBJECTIVES[objective][0], [str(folder / "text.txt")], settings, tokenizer=str(folder / "tokenizer"), size=size,
            steps=steps, length=LENGTH, batch_size=BATCH, lr=LR, seed=seed,
        )  # fmt: skip
        self.compute = choose_compute()
        corpus = open_corpus(self.recipe.corpus)
        self.subject = make_subject(self.recipe)
        store = corpus.store(self.subject.tokenizer, nobody, by_sentence=False)
        self.lane = make_lane(self.recipe, self.subject, store)
        self.dev = held_out_documents(corpus.dev, self.subject.tokenizer, self.subject.objective, "rules")

    def loss(self) -> float:
        """Return the held-out loss of the network as it is, nats a target token, in fp32."""
        from malmoi.training.corpus_part import judge_rows

        model = self.subject.model.float()
        found = judge_rows(model, self.subject.objective, [row.features for row in self.dev], self.compute.device)
        return float(found["nats"].sum() / found["num_targets"].sum())


def run_malmoi(ground: Ground) -> float:
    """Train with malmoi's loop; return the seconds, with the fp32 weights in the network."""
    import torch

    from malmoi.training.loop import Course, train_steps
    from malmoi.training.optim import build_optimizer, schedule

    model, lane, optim = ground.subject.model, ground.lane, ground.recipe.optim
    began = time.perf_counter()
    optimizer = build_optimizer(model, optim, ground.compute.dtype, "all")
    course = Course((lane,), lane.plan.recipe)
    for _ in train_steps(course, optimizer, schedule(optim, course.num_steps), ground.compute.device):
        pass
    seconds = time.perf_counter() - began
    weights = optimizer.master_of(model)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.grad, parameter.data = None, weights[name]
    return seconds


def run_trainer(ground: Ground, objective: str, steps: int, seed: int, tuned: bool, attention: str) -> float:
    """Train with the Trainer; return the seconds."""
    import torch
    from transformers import AutoTokenizer, DataCollatorForLanguageModeling, Trainer, TrainingArguments

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    network = ground.subject.model.network
    network.set_attn_implementation(attention if tuned else "sdpa")  # what from_pretrained chooses
    if not tuned:
        for module in network.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.1
    if hasattr(network, "accepts_loss_kwargs"):
        network.accepts_loss_kwargs = False
    rows: Any = ground.lane.features
    blocks = [{"input_ids": rows[i].input_ids.tolist()} for i in range(len(rows))]
    tokenizer = AutoTokenizer.from_pretrained(ground.recipe.network.tokenizer)
    collator = DataCollatorForLanguageModeling(tokenizer, mlm=objective == "masked", mlm_probability=0.15)
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder, max_steps=steps, per_device_train_batch_size=BATCH, learning_rate=LR, weight_decay=DECAY,
            adam_beta2=BETA2, seed=seed, use_cpu=True, bf16=tuned,
            optim="adamw_torch_fused" if tuned else "adamw_torch", save_strategy="no", report_to="none", disable_tqdm=True,
            dataloader_pin_memory=False, logging_strategy="no",
        )  # fmt: skip
        kind = same_rates(Trainer, ground, steps)
        trainer = kind(model=network, args=arguments, train_dataset=blocks, data_collator=collator)
        began = time.perf_counter()
        trainer.train()
        return time.perf_counter() - began


def same_rates(trainer: Any, ground: Ground, steps: int) -> Any:
    """Return the Trainer with the learning rates that malmoi has (its own warm-up begins with a step of 0, one step late)."""
    from torch.optim.lr_scheduler import LambdaLR

    from malmoi.training.optim import schedule

    rate = schedule(ground.recipe.optim, steps)

    class SameRates(trainer):
        def create_scheduler(self, num_training_steps: int, optimizer: Any = None) -> Any:
            self.lr_scheduler = LambdaLR(optimizer or self.optimizer, lambda step: rate(step) / LR)
            return self.lr_scheduler

    return SameRates


def flop_per_token(ground: Ground) -> float:
    """Return the useful arithmetic of a token, forward and backward (3 × forward, 2 for each multiplication).

    The matrices of the body; attention, of which a causal model needs half; the head and the vocabulary for target tokens alone.
    """
    import torch

    network = ground.subject.model.network
    tables = {id(module.weight) for module in network.modules() if isinstance(module, torch.nn.Embedding)}
    sizes = {id(p): p.numel() for p in network.parameters() if p.ndim > 1}
    body = sum(sizes[id(p)] for p in network.base_model.parameters() if p.ndim > 1 and id(p) not in tables)
    head = sum(sizes.values()) - sum(sizes[id(p)] for p in network.base_model.parameters() if p.ndim > 1)
    words = network.get_input_embeddings().weight.numel()  # the head's largest matrix is the embeddings themselves
    config = network.config
    attention = 2 * config.num_hidden_layers * LENGTH * config.hidden_size
    share, used = target_share(ground)
    return 6 * (body + used * attention + share * (head + words))


def target_share(ground: Ground) -> tuple[float, float]:
    """Return which share of the tokens the model has to find, and which share of a block a token looks at."""
    import numpy as np

    objective, rows = ground.subject.objective, ground.lane.features
    batch: Any = objective.collate([rows[i] for i in range(BATCH)], np.random.default_rng(0))
    if hasattr(batch, "positions"):
        return len(batch.positions) / batch.input_ids.size, 1.0
    return 1 - 1 / LENGTH, 0.5


def child(options: argparse.Namespace) -> dict[str, float]:
    """Run one contender and return what it reached."""
    ground = Ground(options.objective, options.size, options.steps, options.seed, Path(options.ground))
    if options.child == "malmoi":
        seconds = run_malmoi(ground)
    else:
        seconds = run_trainer(
            ground,
            options.objective,
            options.steps,
            options.seed,
            tuned=options.child == "tuned",
            attention=options.attention,
        )
    tokens = options.steps * BATCH * LENGTH
    return {
        "rate": tokens / seconds,
        "seconds": seconds,
        "loss": ground.loss(),
        "flop_per_token": flop_per_token(ground),
        "rss_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }


def in_own_process(name: str, options: argparse.Namespace, seed: int, ground: str) -> dict[str, float]:
    """Run a contender in a process of its own."""
    command = [
        sys.executable, __file__, options.objective, "--child", name, "--size", options.size, "--steps", str(options.steps),
        "--seed", str(seed), "--ground", ground, "--attention", options.attention,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{name} failed:\n{done.stderr[-3000:]}")
    result: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    print(f"  {name:8s} seed {seed}: {result['rate']:8.0f} tokens/s  held-out loss {result['loss']:.4f}  "
          f"RSS {result['rss_gb']:.2f} GB", file=sys.stderr, flush=True)  # fmt: skip
    return result


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Run all contenders in turn, the first round discarded; return medians, spreads and ratios."""
    results: dict[str, list[dict[str, float]]] = {name: [] for name in CONTENDERS}
    with tempfile.TemporaryDirectory() as ground:
        make_ground(options.objective, QUICK_LINES if options.quick else LINES, Path(ground))
        for number in range(options.rounds + 1):
            print(f"round {number}" + (" (discarded)" if number == 0 else ""), file=sys.stderr)
            for name in CONTENDERS if number % 2 == 0 else CONTENDERS[::-1]:
                result = in_own_process(name, options, number, ground)
                if number > 0:
                    results[name].append(result)
    rates = {name: statistics.median(r["rate"] for r in results[name]) for name in CONTENDERS}
    peak = bf16_peak()
    useful = rates["malmoi"] * results["malmoi"][0]["flop_per_token"] / 1e9
    losses = {name: [result["loss"] for result in results[name]] for name in CONTENDERS}
    return {
        "tokens": options.steps * BATCH * LENGTH,
        "rates": rates,
        "spread": {n: [min(r["rate"] for r in results[n]), max(r["rate"] for r in results[n])] for n in CONTENDERS},
        "loss": {name: statistics.mean(values) for name, values in losses.items()},
        "loss_over_malmoi": {name: difference(losses[name], losses["malmoi"]) for name in CONTENDERS[:-1]},
        "rss_gb": {n: max(r["rss_gb"] for r in results[n]) for n in CONTENDERS},
        "ratio_to_default": rates["malmoi"] / rates["default"],
        "ratio_to_tuned": rates["malmoi"] / rates["tuned"],
        "flop_per_token": results["malmoi"][0]["flop_per_token"],
        "bf16_peak_gflops": peak,
        "useful_gflops": useful,
        "useful_share": useful / max(peak.values()),
        "runs": results,
    }


def difference(losses: list[float], ours: list[float]) -> dict[str, float]:
    """Return how much higher losses are than ours, round by round: mean, lowest, highest."""
    found = [loss - own for loss, own in zip(losses, ours, strict=True)]
    return {"mean": statistics.mean(found), "low": min(found), "high": max(found)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("objective", choices=OBJECTIVES)
    parser.add_argument("--rounds", type=int, default=5, help="measured rounds after one that is discarded")
    parser.add_argument("--size", default="6x256", help="a named size, or layers x width")
    parser.add_argument("--steps", type=int, help="updates of 64 blocks of 128 tokens")
    parser.add_argument("--attention", choices=("sdpa", "eager"), default="sdpa", help="of the tuned Trainer")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json")
    parser.add_argument("--child", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--ground", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.steps = options.steps or (2 if options.quick else 60)
    if options.child:
        print(json.dumps(child(options)))
        return
    options.rounds = 1 if options.quick else options.rounds
    result = measure(options)
    print(json.dumps({key: value for key, value in result.items() if key != "runs"}, indent=2))
    if options.json:
        Path(options.json).write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
