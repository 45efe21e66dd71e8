"""The tokenizer of e5-small-ko: XLM-R's Unigram pieces and normaliser in one `tokenizer.json`.

>>> pieces = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁영화", "가", "ㅋ", "<mask>"]
>>> tokenizer = build_tokenizer(pieces, [0, 0, 0, 0, -3, -8, -5, -9, 0], precompiled_normalizer({0xFF0A: "*"}))
>>> tokenizer.encode("영화가 ㅋ").tokens
['<s>', '▁영화', '가', '▁', 'ㅋ', '</s>']
"""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Sequence
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

SPECIALS = ("<s>", "<pad>", "</s>", "<unk>")  # ids 0–3
MASK = "<mask>"  # the last id

_LOOK_BACK = 256  # places of the double array searched again for gaps: 0.1 s instead of 8 s
# Control pieces are ordinary entries of a Unigram table, so typed text "<s>" would match one: cut it after "<".
_TYPED_SPECIAL = Regex(r"<(?=/?s>|pad>|unk>|mask>)")


def build_tokenizer(pieces: Sequence[str], scores: Sequence[float], normalizer: normalizers.Normalizer) -> Tokenizer:
    """Return a Unigram tokenizer: `<s> A </s>`, pairs `<s> A </s></s> B </s>`, token types all 0.

    `pieces` begin with `<s> <pad> </s> <unk>` and end with `<mask>`; `scores` are log probabilities in the same order.
    `normalizer` runs after NFC. Offsets are raw characters without the space before a word; in decomposed text a span
    ends at the first jamo of its last syllable (a limit of the library), so compose it with `text.nfc` before.
    The result has `encode_special_tokens` on: "</s>" in a text stays text. The property is not part of
    `tokenizer.json`: set it again after `Tokenizer.from_file` (`AutoTokenizer` finds `split_special_tokens`).
    """
    assert tuple(pieces[:4]) == SPECIALS and pieces[-1] == MASK, "special pieces are not where they belong"
    vocabulary = [(piece, float(score)) for piece, score in zip(pieces, scores, strict=True)]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=SPECIALS.index("<unk>")))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizer])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Metaspace(),
            pre_tokenizers.Split(_TYPED_SPECIAL, "merged_with_previous"),
        ]
    )
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B:0 </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    tokenizer.add_special_tokens(
        [*(AddedToken(token, normalized=False) for token in SPECIALS), AddedToken(MASK, lstrip=True, normalized=False)]
    )
    tokenizer.encode_special_tokens = True
    return tokenizer


def precompiled_normalizer(char_map: dict[int, str]) -> normalizers.Normalizer:
    """Return a normaliser that replaces every code point of `char_map`, in SentencePiece's own compiled form.

    The form is u32 size of a double array (darts-clone units over UTF-8 bytes), the array, then the replacements,
    each ending in a zero byte; a unit's value is the place of its replacement. Source: sentencepiece `normalizer.cc`.

    >>> precompiled_normalizer({0x314B: "ᄏ", 0x200B: " "}).normalize_str("ㅋ\\u200b가")
    'ᄏ 가'
    """
    values: dict[bytes, int] = {}
    replacements = bytearray()
    for code, replacement in sorted(char_map.items()):
        values[chr(code).encode()] = len(replacements)
        replacements += replacement.encode() + b"\0"
    units = _double_array(values)
    array = struct.pack(f"<{len(units)}I", *units)
    return normalizers.Precompiled(struct.pack("<I", len(array)) + array + bytes(replacements))


def source_normalizer(description: dict[str, Any] | None) -> normalizers.Normalizer:
    """Return the character map in the `normalizer` entry of a `tokenizer.json`, or all of the entry when it has none.

    What other steps do there (runs of spaces, the end of the text) is done by the pre-tokenizer of `build_tokenizer`.

    >>> source_normalizer({"type": "Sequence", "normalizers": [{"type": "NFKC"}]}).normalize_str("（가）")
    '(가)'
    """
    if description is None:
        return normalizers.Sequence([])
    for step in (description, *description.get("normalizers", ())):
        if step["type"] == "Precompiled":
            return normalizers.Precompiled(base64.b64decode(step["precompiled_charsmap"]))
    model = {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0]]}
    return Tokenizer.from_str(json.dumps({"version": "1.0", "model": model, "normalizer": description})).normalizer


def _double_array(values: dict[bytes, int]) -> list[int]:
    """Return darts-clone units of a trie: bits 0–7 label, 8 "has a value", 10–30 offset; a value has bit 31."""
    root: dict[int, Any] = {}
    for key, value in values.items():
        node = root
        for byte in key:
            node = node.setdefault(byte, {})
        node[0] = value  # label 0 is the value: no key holds a zero byte
    units = {0: 0}
    bases: set[int] = set()
    highest = 0
    queue = [(0, root)]
    for at, node in queue:  # grows while it runs
        base = _free_base(max(1, highest - _LOOK_BACK), sorted(node), units, bases)
        bases.add(base)
        highest = max(highest, *(base ^ label for label in node))
        units[at] |= (at ^ base) << 10 | (0 in node) << 8
        for label, child in node.items():
            if label == 0:
                units[base] = child | 1 << 31
            else:
                units[base ^ label] = label
                queue.append((base ^ label, child))
    size = (max(highest, *bases) | 0xFF) + 1
    return [units.get(place, 0) for place in range(size)]


def _free_base(place: int, labels: list[int], units: dict[int, int], bases: set[int]) -> int:
    """Return a base of its own whose places `base ^ label` are all free, looking from `place` on."""
    while True:
        base = place ^ labels[0]
        if base and base not in bases and not any(base ^ label in units for label in labels):
            return base
        place += 1
