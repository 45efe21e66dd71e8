"""Speed of machine reading: `Predictor` against plain transformers loops on the same questions, and whether they answer alike.

    python bench/extraction.py RUN --data KorQuAD_v1.0_dev.json --rounds 5 --json out.json
    python bench/extraction.py RUN --quick

RUN is a trained artifact of the task extraction. Each contender answers the same questions in a process of its own, A-B-C-C-B-A;
timed is everything from strings to answers, after a warm-up. All read windows of 384 tokens that share 128.
  plain    AutoModelForQuestionAnswering, fp32, batches of 32 windows in the order of the file, padded to their longest
  sorted   the same loop with bf16 weights (sdpa) and windows sorted by length
  malmoi   malmoi.load(RUN), as a user calls it
`same_answers` is the share of answers equal to those of `plain`, but for particles that malmoi cuts off where dev said so; the
official scores of each stand beside it.
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

import extraction_plain

CONTENDERS = ("plain", "sorted", "malmoi")
WARM_UP = 32


def questions(data: str, limit: int | None) -> list[Any]:
    """Return the first questions of a file."""
    from malmoi.data.columns import Columns
    from malmoi.training.datasets import load_dataset

    return load_dataset(data, Columns(), split="dev", kind="answers").examples[:limit]


def malmoi_answers(run: str) -> Callable[[list[Any]], list[str]]:
    """Return what answers as a user does it: pairs of strings in, answers out."""
    import malmoi

    predictor = malmoi.load(run)
    return lambda examples: [said.answer for said in predictor([(e.text, e.context) for e in examples])]


def plain_answers(run: str, *, sort: bool) -> Callable[[list[Any]], list[str]]:
    """Return the plain loop."""
    import torch
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    tokenizer = AutoTokenizer.from_pretrained(run)
    kwargs: dict[str, Any] = (
        {"dtype": torch.bfloat16, "attn_implementation": "sdpa"} if sort else {"dtype": torch.float32}
    )
    model = AutoModelForQuestionAnswering.from_pretrained(run, **kwargs).eval()
    return lambda examples: extraction_plain.predict(model, tokenizer, examples, sort=sort)


def child(contender: str, run: str, data: str, limit: int | None) -> dict[str, Any]:
    """Answer all questions once and return the rate, the answers, the scores and the memory."""
    examples = questions(data, limit)
    answers = malmoi_answers(run) if contender == "malmoi" else plain_answers(run, sort=contender == "sorted")
    answers(examples[:WARM_UP])
    began = time.perf_counter()
    said = answers(examples)
    seconds = time.perf_counter() - began
    scores = extraction_plain.judge(said, examples)["scores"]
    return {
        "rate": len(examples) / seconds,
        "n": len(examples),
        "answers": said,
        "scores": {name: scores[name]["value"] for name in ("korquad_em", "korquad_f1")},
        "rss_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }


def in_own_process(contender: str, run: str, data: str, limit: int | None) -> dict[str, Any]:
    """Run a contender in a process of its own."""
    command = [sys.executable, __file__, run, "--data", data, "--child", contender]
    done = subprocess.run(
        command + (["--limit", str(limit)] if limit else []), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SystemExit(f"{contender} failed:\n{done.stderr[-3000:]}")
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    print(
        f"  {contender:8s} {result['rate']:6.2f} questions/s  RSS {result['rss_gb']:.2f} GB",
        file=sys.stderr,
        flush=True,
    )
    return result


def measure(run: str, data: str, rounds: int, limit: int | None) -> dict[str, Any]:
    """Return rates, their ratios, agreement, scores and memory; the first round is discarded."""
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in CONTENDERS}
    for number in range(rounds + 1):
        print(f"round {number}" + (" (discarded)" if number == 0 else ""), file=sys.stderr)
        for name in CONTENDERS if number % 2 == 0 else CONTENDERS[::-1]:
            result = in_own_process(name, run, data, limit)
            if number > 0:
                results[name].append(result)
    rates = {name: statistics.median(r["rate"] for r in results[name]) for name in CONTENDERS}
    reference = results["plain"][0]["answers"]
    return {
        "n": results["plain"][0]["n"],
        "rates": rates,
        "spread": {n: [min(r["rate"] for r in results[n]), max(r["rate"] for r in results[n])] for n in CONTENDERS},
        "ratio_to_plain": rates["malmoi"] / rates["plain"],
        "ratio_to_sorted": rates["malmoi"] / rates["sorted"],
        "same_answers": {
            n: statistics.mean(same(a, b) for a, b in zip(results[n][0]["answers"], reference, strict=True))
            for n in CONTENDERS
        },
        "scores": {n: results[n][0]["scores"] for n in CONTENDERS},
        "rss_gb": {n: max(r["rss_gb"] for r in results[n]) for n in CONTENDERS},
    }


def same(said: str, reference: str) -> bool:
    """Whether two answers are the same but for spaces at the ends and a particle."""
    from malmoi.text.eojeol import josa_splits

    said, reference = said.strip(), reference.strip()
    return said == reference or said in (split.stem for split in josa_splits(reference))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", help="a trained artifact of the task extraction")
    parser.add_argument("--data", help="a file of questions with answers, or a corpus")
    parser.add_argument("--rounds", type=int, default=3, help="measured rounds after one that is discarded")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json")
    parser.add_argument("--child", choices=CONTENDERS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(child(options.child, options.run, options.data, options.limit)))
        return
    if not options.data and not options.quick:
        parser.error("name --data, or use --quick")
    with tempfile.TemporaryDirectory() as folder:
        data = options.data or extraction_plain.quick_file(folder)
        limit = options.limit or (64 if options.quick else None)
        result = measure(options.run, data, 1 if options.quick else options.rounds, limit)
    print(json.dumps(result, ensure_ascii=False, indent=2))
    if options.json:
        Path(options.json).write_text(json.dumps(result, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
