"""Memory: the peak of training on NSMC, and whether predicting a file takes the same for any number of rows.

    python bench/memory.py predict RUN          RSS at 10,000 and at 100,000 rows, through `malmoi predict --input`
    python bench/memory.py train                peak RSS of 300 steps of NSMC training (all data loaded)

Needs MALMOI_DATA. Prints JSON; `--json FILE` writes it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

TRAIN_STEPS = 300


def peak_rss(command: list[str]) -> float:
    """Run a command and return its peak resident memory in GB."""
    code = (
        "import resource, subprocess, sys; r = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode;"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(r)"
    )
    done = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True, check=False)
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("predict", "train"))
    parser.add_argument("run", nargs="?", help="a trained NSMC artifact, for `predict`")
    parser.add_argument("--json")
    options = parser.parse_args()
    if options.what == "predict" and not options.run:
        parser.error("predict needs RUN")
    result = measure_predict(options.run) if options.what == "predict" else measure_train()
    print(json.dumps(result, indent=2))
    if options.json:
        Path(options.json).write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
