"""Memory: the peak of training on NSMC, and whether predicting a file or pretraining on a corpus takes the same for any size.

    python bench/memory.py predict RUN          RSS at 10,000 and at 100,000 rows, through `malmoi predict --input`
    python bench/memory.py train                peak RSS of 300 steps of NSMC training (all data loaded)
    python bench/memory.py pretrain             peak RSS of pretraining under a limit that the kernel enforces (RLIMIT_DATA), on a
                                                generated corpus as large as the limit and on one of five times that (`--quick`: a
                                                twentieth of both)

Needs MALMOI_DATA (predict, train), or disk for six times the limit (pretrain). Prints JSON; `--json FILE` writes it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

TRAIN_STEPS = 300
PRETRAIN_STEPS = 30
WORDS, WORDS_A_DOCUMENT = 3_000, 200
QUICK = 20  # times smaller


def peak_rss(command: list[str], limit: int | None = None, cache: Path | None = None) -> float:
    """Run a command and return its peak resident memory in GB; `limit` is how many bytes of memory it may have (RLIMIT_DATA)."""
    code = (
        "import resource, subprocess, sys; limit = int(sys.argv[1]);"
        "limit and resource.setrlimit(resource.RLIMIT_DATA, (limit, limit));"
        "r = subprocess.run(sys.argv[2:], stdout=subprocess.DEVNULL).returncode;"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(r)"
    )
    environment = os.environ | ({"MALMOI_CACHE": str(cache)} if cache else {})
    words = [sys.executable, "-c", code, str(limit or 0), *command]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        raise SystemExit(done.stderr[-3000:])
    return int(done.stdout) / 1e6


def measure_predict(run: str) -> dict[str, Any]:
    from malmoi.data.corpora import find_corpus

    texts = [" ".join(example.text.split()) for example in find_corpus("nsmc").load("train").examples]
    peaks = {}
    with tempfile.TemporaryDirectory() as folder:
        for rows in (10_000, 100_000):
            source = Path(folder) / f"{rows}.txt"
            source.write_text("\n".join(texts[:rows]) + "\n", encoding="utf-8")
            command = ["predict", run, "--input", str(source), "--output", str(source.with_suffix(".jsonl"))]
            peaks[str(rows)] = peak_rss([sys.executable, "-m", "malmoi", *command])
            print(rows, peaks[str(rows)], file=sys.stderr, flush=True)
    return {"peak_rss_gb": peaks, "growth": peaks["100000"] / peaks["10000"] - 1}


def measure_train() -> dict[str, Any]:
    epochs = TRAIN_STEPS / 4207
    with tempfile.TemporaryDirectory() as folder:
        command = [
            "train",
            "classification",
            "--data",
            "nsmc",
            "--out",
            str(Path(folder) / "run"),
            "--set",
            f"train.epochs={epochs:.4f}",
        ]
        return {"steps": TRAIN_STEPS, "peak_rss_gb": peak_rss([sys.executable, "-m", "malmoi", *command])}


def write_corpus(file: Path, num_bytes: int, seed: int) -> list[str]:
    """Write documents of made-up eojeols, no two alike, until the file has `num_bytes`; return the first hundred."""
    import numpy as np

    rng = np.random.default_rng(seed)
    syllables = [chr(code) for code in rng.integers(0xAC00, 0xD7A4, 300)]
    words = np.array(["".join(rng.choice(syllables, rng.integers(4, 16))) for _ in range(WORDS)])
    head: list[str] = []
    written = 0
    with open(file, "w", encoding="utf-8") as out:
        while written < num_bytes:
            rows = [" ".join(row) for row in words[rng.integers(WORDS, size=(500, WORDS_A_DOCUMENT))]]
            head = head or rows[:100]
            text = "\n".join(rows) + "\n"
            written += len(text.encode())
            out.write(text)
    return head


def check_limit(limit: int) -> None:
    """Exit unless the kernel refuses a process that asks for more than `limit` bytes."""
    code = f"import resource; resource.setrlimit(resource.RLIMIT_DATA, ({limit}, {limit})); b'x' * {limit}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if "MemoryError" not in done.stderr:
        raise SystemExit("this kernel does not enforce RLIMIT_DATA: nothing would be shown")


def measure_pretrain(limit_mb: int, quick: bool) -> dict[str, Any]:
    """Pretrain on two corpora under the same limit; each is tokenised and trained on from nothing."""
    from malmoi.tokenization.trainers import TrainerConfig, train_tokenizer

    limit = limit_mb * 1_000_000
    check_limit(limit)
    peaks, sizes = {}, [limit, 5 * limit]
    for size in [size // QUICK for size in sizes] if quick else sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            head = write_corpus(folder / "corpus.txt", size, seed=0)
            (folder / "tokenizer").mkdir()
            unit = TrainerConfig("eojeol", style="gpt", vocab_size=WORDS + 100, allow_smaller=True)
            train_tokenizer(head, unit).save(folder / "tokenizer")
            command = [
                sys.executable, "-m", "malmoi", "pretrain", "gpt", str(folder / "corpus.txt"), "--tokenizer",
                str(folder / "tokenizer"), "--size", "2x128", "--steps", str(PRETRAIN_STEPS), "--set", "corpus.dev_share=0.0005",
                "--set", "corpus.dev_documents=50", "--set", "budget.evaluations=2", "--out", str(folder / "run"),
            ]  # fmt: skip
            peaks[f"{size / 1e6:.0f} MB"] = peak_rss(command, limit, folder / "cache")
            print(f"corpus of {size / 1e6:,.0f} MB: peak RSS {list(peaks.values())[-1]:.3f} GB", file=sys.stderr, flush=True)  # fmt: skip
    first, last = peaks.values()
    return {"limit_gb": limit / 1e9, "peak_rss_gb": peaks, "growth": last / first - 1}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("predict", "train", "pretrain"))
    parser.add_argument("run", nargs="?", help="a trained NSMC artifact, for `predict`")
    parser.add_argument("--limit", type=int, default=800, metavar="MB", help="memory that pretraining may have")
    parser.add_argument("--quick", action="store_true", help="a twentieth of the corpora (pretrain)")
    parser.add_argument("--json")
    options = parser.parse_args()
    if options.what == "predict" and not options.run:
        parser.error("predict needs RUN")
    if options.what == "pretrain":
        result = measure_pretrain(options.limit, options.quick)
    else:
        result = measure_predict(options.run) if options.what == "predict" else measure_train()
    print(json.dumps(result, indent=2))
    if options.json:
        Path(options.json).write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
