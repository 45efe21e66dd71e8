"""Speed of the cleaning steps: characters a second, one thread, without and with the map to raw characters.

    python bench/cleaning.py [--rounds 5] [--quick]

Texts are NSMC reviews (20,000, for steps that ask Kiwi 2,000), the demo sample where NSMC is missing. Printed are the median and
the range over the rounds, in processor time. Needs the extra `kiwi`.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence

from malmoi.data.corpora import find_corpus
from malmoi.errors import DataError
from malmoi.text.cleaning import Cleaner, asks_kiwi, parse_steps

SPELLINGS = (
    "html", "url", "email", "emoji=drop", "emoji=name", "repeats=2", "special=symbols", "special=punctuation", "special=hangul",
    "brackets", "hanja=drop", "hanja=reading", "fullwidth", "stopwords=그리고 정말 너무", "whitespace",
    "html,url,email,repeats=2,special,whitespace", "spacing", "particles", "morphemes",
)  # fmt: skip


def main() -> None:
    """Print one line for each step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    rounds = 1 if arguments.quick else arguments.rounds
    texts = reviews(2000 if arguments.quick else 20_000)
    print(
        f"{len(texts):,} texts, {sum(map(len, texts)):,} characters, {rounds} rounds; million characters/s: text | with map"
    )
    for spelling in SPELLINGS:
        cleaner = Cleaner(parse_steps(spelling))
        some = texts[: len(texts) // 10] if asks_kiwi(spelling) else texts
        print(f"{spelling:45} {speed(cleaner.clean, some, rounds)} | {speed(cleaner, some, rounds)}", flush=True)


def reviews(limit: int) -> list[str]:
    """Return the texts."""
    try:
        dataset = find_corpus("nsmc").load("train")
    except DataError:
        dataset = find_corpus("demo").load("train")
    return [example.text for example in dataset.examples[:limit]]


def speed(clean: Callable[[str], object], texts: Sequence[str], rounds: int) -> str:
    """Return the median and range of the rounds after one text to warm up."""
    clean(texts[0])
    found = []
    for _ in range(rounds):
        began = time.process_time()
        for text in texts:
            clean(text)
        found.append(sum(map(len, texts)) / (time.process_time() - began) / 1e6)
    return f"{statistics.median(found):7.3f} ({min(found):.3f}–{max(found):.3f})"


if __name__ == "__main__":
    main()
