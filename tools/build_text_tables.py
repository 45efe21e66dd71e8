"""Write the tables of `malmoi.text`: `hanja.tsv` (readings) and `emoji.tsv` (Korean names).

hanja.tsv has one line for each reading: the reading, a tab, and the unified ideographs read so. Source: the field kHangul of
the Unihan database (Unicode License). Of several readings the one taught at school is taken (金 금, 樂 락), but for the few
characters in `COMMONER`.

emoji.tsv has one line for each emoji: the emoji, a tab, its Korean name. Skin tones are left out. Source: the Korean names
of Unicode CLDR (Unicode License), as the package `emoji` (BSD) carries them.

    pip install emoji
    python tools/build_text_tables.py Unihan_Readings.txt     (also .bz2; part of Debian's unicode-data)
"""

from __future__ import annotations

import argparse
import bz2
import re
from pathlib import Path

from malmoi.io import write_text

FOLDER = Path(__file__).parents[1] / "src" / "malmoi" / "text"
TONES = re.compile("[\U0001f3fb-\U0001f3ff]")
COMMONER = {"車": "차", "更": "경", "咽": "인", "滑": "활"}  # 自動車, 變更, 咽喉, 圓滑: commoner than the first listed


def main() -> None:
    """Write both tables and print their sizes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("unihan", type=Path)
    parser.add_argument("--out", type=Path, default=FOLDER)
    arguments = parser.parse_args()
    readings = main_readings(read_unihan(arguments.unihan))
    by_reading: dict[str, str] = {}
    for char in sorted(readings):
        by_reading[readings[char]] = by_reading.get(readings[char], "") + char
    lines = [f"{reading}\t{by_reading[reading]}" for reading in sorted(by_reading)]
    write_text(arguments.out / "hanja.tsv", "\n".join(lines) + "\n")
    names = emoji_names()
    write_text(arguments.out / "emoji.tsv", "\n".join(f"{key}\t{name}" for key, name in names.items()) + "\n")
    print(f"{len(readings):,} hanja, {len(names):,} emoji -> {arguments.out}")


def read_unihan(path: Path) -> dict[str, list[tuple[str, str]]]:
    """Return (reading, sources) of each character, in the order of the file."""
    content = path.read_bytes()
    lines = (bz2.decompress(content) if path.suffix == ".bz2" else content).decode("utf-8").splitlines()
    found = {}
    for line in lines:
        code, _, rest = line.partition("\tkHangul\t")
        if rest:
            parts = (part.partition(":") for part in rest.split())
            found[chr(int(code.removeprefix("U+"), 16))] = [(reading, source) for reading, _, source in parts]
    return found


def main_readings(found: dict[str, list[tuple[str, str]]]) -> dict[str, str]:
    """Return one reading for each unified ideograph (compatibility ones become unified under NFC)."""
    unified = {
        char: readings
        for char, readings in found.items()
        if not 0xF900 <= ord(char) <= 0xFAFF and not 0x2F800 <= ord(char) <= 0x2FA1F
    }
    return {char: COMMONER.get(char) or best(readings) for char, readings in unified.items()}


def best(readings: list[tuple[str, str]]) -> str:
    """Return the reading taught at school (E), else the first that stands on its own (N, X).

    A bare 0 or 1 is a form of the start of a word, 여 beside 녀, which the library makes by rule.
    """
    ranks = {reading: ("E" not in source, not source.strip("01")) for reading, source in readings}
    return min(ranks, key=ranks.__getitem__)


def emoji_names() -> dict[str, str]:
    """Return the Korean name of every fully qualified emoji without a skin tone."""
    import emoji

    emoji.config.load_language("ko")
    qualified = emoji.STATUS["fully_qualified"]
    return {
        key: values["ko"].strip(":").replace("_", " ")
        for key, values in sorted(emoji.EMOJI_DATA.items())
        if values["status"] == qualified and "ko" in values and not TONES.search(key)
    }


if __name__ == "__main__":
    main()
