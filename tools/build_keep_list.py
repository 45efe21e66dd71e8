"""Write `e5-small-ko.pieces.txt.gz`, the vocabulary pieces that e5-small-ko keeps.

A piece of XLM-R's 250,002 is kept when
1. it consists of Hangul syllables or jamo (a leading ▁ does not count), or
2. it is one ASCII character, with or without ▁, or
3. it occurs at least once when every line of the corpora under `MALMOI_DATA` is tokenised with the full vocabulary, or
4. it is ASCII and among the first `ENGLISH` such pieces, which are ordered by frequency: basic English and numbers.
The list has the order of the vocabulary, one piece a line, and holds no text of a corpus. The same folder gives the same bytes.

    MALMOI_DATA=FOLDER python tools/build_keep_list.py [--e5 e5-small-q4.bin] [--out FILE]
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np

from malmoi.io import atomic_path, data_dir
from malmoi.models.e5_format import read_e5
from malmoi.models.e5_tokenizer import MASK, SPECIALS, build_tokenizer, precompiled_normalizer
from malmoi.models.embedded import KEEP_LIST, wheel_file

ENGLISH = 2000
SUFFIXES = (".txt", ".tsv", ".csv", ".json", ".conllu")
BATCH = 20_000
MAX_CHARS = 100_000


def main() -> None:
    """Count, choose, write, and print one line per rule."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--e5", type=Path, default=wheel_file())
    parser.add_argument("--out", type=Path, default=KEEP_LIST)
    arguments = parser.parse_args()
    source = read_e5(arguments.e5)
    counts = count_pieces(source, data_dir())
    kept = choose_pieces(source.pieces, counts)
    with atomic_path(arguments.out) as temporary:
        temporary.write_bytes(gzip.compress("\n".join(kept).encode() + b"\n", 9, mtime=0))
    print(f"{len(kept):,} pieces, {arguments.out.stat().st_size:,} bytes -> {arguments.out}")


def count_pieces(source: Any, folder: Path) -> np.ndarray:
    """Return how often each piece [pieces] occurs in the corpora of `folder`."""
    tokenizer = build_tokenizer(source.pieces, source.scores, precompiled_normalizer(source.char_map))
    counts = np.zeros(len(source.pieces), np.int64)
    for path in sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES and path.parent != folder):
        before = counts.sum()
        lines = read_lines(path)
        while batch := list(islice(lines, BATCH)):
            encodings = tokenizer.encode_batch_fast(batch, add_special_tokens=False)
            ids = np.fromiter(chain.from_iterable(encoding.ids for encoding in encodings), np.int64)
            counts += np.bincount(ids, minlength=len(counts))
        print(f"{counts.sum() - before:>12,} tokens  {path.relative_to(folder)}", flush=True)
    print(f"{counts.sum():>12,} tokens in all, {np.count_nonzero(counts):,} different pieces")
    return counts


def read_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a corpus file; of JSON, every string in it."""
    if path.suffix == ".json":
        yield from json_strings(json.loads(path.read_text(encoding="utf-8-sig")))
        return
    with open(path, encoding="utf-8-sig", errors="replace") as file:
        for line in file:
            yield line[:MAX_CHARS]


def json_strings(value: Any) -> Iterator[str]:
    """Yield every string inside a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from json_strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from json_strings(item)


def choose_pieces(pieces: tuple[str, ...], counts: np.ndarray) -> list[str]:
    """Return the kept pieces in the order of the vocabulary, the specials among them."""
    bare = [piece.removeprefix("▁") for piece in pieces]
    ascii_order = [
        place for place, piece in enumerate(bare) if piece.isascii() and pieces[place] not in (*SPECIALS, MASK)
    ]
    rules = {
        "special": [place for place, piece in enumerate(pieces) if piece in (*SPECIALS, MASK)],
        "Hangul": [place for place, piece in enumerate(bare) if is_hangul(piece)],
        "ASCII character": [place for place, piece in enumerate(bare) if piece.isascii() and len(piece) <= 1],
        "seen in the corpora": np.flatnonzero(counts).tolist(),
        "common ASCII": ascii_order[:ENGLISH],
    }
    kept: set[int] = set()
    for name, places in rules.items():
        print(f"{len(set(places)):>8,} {name}, {len(set(places) - kept):,} of them new")
        kept |= set(places)
    return [pieces[place] for place in sorted(kept)]


def is_hangul(piece: str) -> bool:
    """Say whether a piece consists of Hangul syllables and jamo.

    >>> is_hangul("영화"), is_hangul("ᄏᄏ"), is_hangul("A가"), is_hangul("")
    (True, True, False, False)
    """
    return bool(piece) and all(_is_hangul_char(ord(char)) for char in piece)


def _is_hangul_char(code: int) -> bool:
    blocks = ((0xAC00, 0xD7A3), (0x1100, 0x11FF), (0x3131, 0x318E), (0xA960, 0xA97C), (0xD7B0, 0xD7FB))
    return any(first <= code <= last for first, last in blocks)


if __name__ == "__main__":
    main()
