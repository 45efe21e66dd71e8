"""Special tokens by family of models: what pads, masks, and stands around a text or a pair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import tokenizers

from malmoi.config import unknown_name
from malmoi.errors import ConfigError

Role = Literal["pad_token", "unk_token", "cls_token", "sep_token", "mask_token", "bos_token", "eos_token"]


@dataclass(frozen=True)
class Style:
    """The special tokens of a family in the order of their ids, the role of each, and the templates around texts.

    `single` and `pair` are None where texts stand by themselves: a causal model puts its tokens where it packs or asks.
    """

    name: str
    tokens: tuple[str, ...]
    roles: tuple[tuple[Role, str], ...]
    single: str | None = None
    pair: str | None = None

    def token(self, role: Role) -> str | None:
        """Return the token of a role, None where the family has none.

        >>> find_style("bert").token("mask_token"), find_style("gpt").token("mask_token")
        ('[MASK]', None)
        """
        return dict(self.roles).get(role)

    def post_processor(self) -> tokenizers.processors.TemplateProcessing | None:
        """Return what puts the special tokens around the pieces of a text."""
        if self.single is None:
            return None
        ids = [(token, i) for i, token in enumerate(self.tokens)]
        return tokenizers.processors.TemplateProcessing(single=self.single, pair=self.pair, special_tokens=ids)


STYLES: tuple[Style, ...] = (
    Style(
        "bert", ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"),
        (("pad_token", "[PAD]"), ("unk_token", "[UNK]"), ("cls_token", "[CLS]"), ("sep_token", "[SEP]"), ("mask_token", "[MASK]")),
        "[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1",
    ),
    Style(
        "roberta", ("<s>", "<pad>", "</s>", "<unk>", "<mask>"),
        (("bos_token", "<s>"), ("eos_token", "</s>"), ("cls_token", "<s>"), ("sep_token", "</s>"), ("pad_token", "<pad>"), ("unk_token", "<unk>"), ("mask_token", "<mask>")),
        "<s> $A </s>", "<s> $A </s> </s> $B:0 </s>",
    ),
    Style(
        "gpt", ("<s>", "</s>", "<pad>", "<unk>"),
        (("bos_token", "<s>"), ("eos_token", "</s>"), ("pad_token", "<pad>"), ("unk_token", "<unk>")),
    ),
)  # fmt: skip


def find_style(name: str) -> Style:
    """Return the style of this name; `ConfigError` naming the nearest when there is none.

    >>> find_style("roberta").tokens
    ('<s>', '<pad>', '</s>', '<unk>', '<mask>')
    """
    for style in STYLES:
        if style.name == name:
            return style
    raise ConfigError(unknown_name(f"style={name}", name, [style.name for style in STYLES]))
