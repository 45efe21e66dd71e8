"""Parsing speed: where the time of a parsed sentence goes, from strings to trees.

    python bench/parsing.py RUN FILE --rounds 5 --json out.json
    python bench/parsing.py RUN FILE --quick

RUN is a trained parsing artifact, FILE a treebank (KLUE-DP or CoNLL-U) of which only the texts are read. Timed are the parts of
`malmoi.load(RUN)(texts)`, after one warm-up pass: words and pieces (`encode`), the network (`run`), trees (`decode`); the median
of the rounds is printed. No other parser is timed: transformers has none.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

PARTS = ("encode", "run", "decode")
WARM_UP, QUICK = 256, 256
T = TypeVar("T")


def sentences(file: Path) -> list[str]:
    from malmoi.data.columns import Columns
    from malmoi.data.shapes import SHAPES, read_shape

    return [example.text for example in read_shape(file, SHAPES["tree"], Columns())]


def timed(seconds: dict[str, float], part: str, work: Callable[[], T]) -> T:
    """Do some work and note its seconds under the name of the part."""
    began = time.perf_counter()
    result = work()
    seconds[part] = time.perf_counter() - began
    return result


def one_round(predictor: Any, texts: list[str]) -> dict[str, float]:
    """Return the seconds of each part for all texts."""
    task, seconds = predictor.task, dict[str, float]()
    examples = [task.ask(text) for text in texts]
    windows = timed(seconds, "encode", lambda: task.encode(examples))
    answered = timed(seconds, "run", lambda: predictor.engine.run(task, windows))
    timed(seconds, "decode", lambda: [task.decode(e, w) for e, w in zip(examples, answered, strict=True)])
    return seconds


def measure(run: str, texts: list[str], rounds: int, threads: int) -> dict[str, Any]:
    """Return the median seconds of each part and sentences per second."""
    import malmoi

    predictor = malmoi.load(run, threads=threads)
    one_round(predictor, texts[:WARM_UP])
    found = [one_round(predictor, texts) for _ in range(rounds)]
    seconds = {part: statistics.median(own[part] for own in found) for part in PARTS}
    total = sum(seconds.values())
    return {
        "engine": predictor.engine.description,
        "sentences": len(texts),
        "seconds": seconds,
        "shares": {part: seconds[part] / total for part in PARTS},
        "sentences_per_second": len(texts) / total,
        "each_round": [len(texts) / sum(own.values()) for own in found],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run")
    parser.add_argument("file", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} sentences, one round")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    texts = sentences(arguments.file)
    texts, rounds = (texts[:QUICK], 1) if arguments.quick else (texts, arguments.rounds)
    found = measure(arguments.run, texts, rounds, arguments.threads)
    print(
        f"{found['engine']}: {found['sentences_per_second']:,.0f} sentences/s ({len(texts):,} sentences, {rounds} rounds)"
    )
    for part in PARTS:
        print(f"  {part:8}{found['seconds'][part]:8.2f} s {100 * found['shares'][part]:6.1f} %")
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
