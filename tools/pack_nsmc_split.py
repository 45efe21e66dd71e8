"""Pack the ids of the NSMC splits into the package: sorted, as differences, gzip-compressed JSON.

    python tools/pack_nsmc_split.py FOLDER_WITH_dev_ids.txt_AND_final_ids.txt

The same ids give the same bytes.
"""

from __future__ import annotations

import argparse
import gzip
import json
from pathlib import Path

TARGET = Path(__file__).parent.parent / "src/malmoi/data/corpora/nsmc_split.json.gz"


def pack(folder: Path) -> bytes:
    """Return the packed ids of `dev_ids.txt` and `final_ids.txt`, one integer a line."""
    deltas = {name: differences(read_ids(folder / f"{name}_ids.txt")) for name in ("dev", "final")}
    return gzip.compress(json.dumps(deltas, separators=(",", ":")).encode("ascii"), compresslevel=9, mtime=0)


def read_ids(path: Path) -> list[int]:
    """Return the sorted ids of a file; they must be unique."""
    ids = sorted(int(line) for line in path.read_text(encoding="ascii").split())
    assert len(set(ids)) == len(ids), f"{path}: an id stands twice"
    return ids


def differences(numbers: list[int]) -> list[int]:
    """Return the first number and the differences of neighbours."""
    return [b - a for a, b in zip([0, *numbers], numbers, strict=False)]


def main() -> None:
    """Write the packed file and say its size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    TARGET.write_bytes(pack(folder))
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
