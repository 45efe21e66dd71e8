"""How a causal model chooses its next tokens; no torch."""

from __future__ import annotations

import math
from dataclasses import dataclass

from malmoi.errors import ConfigError
from malmoi.messages import say


@dataclass(frozen=True)
class Decoding:
    """Greedy by default; `sample` draws (with `temperature`, `top_k`, `top_p`, `seed`), `num_beams` above 1 searches.

    `top_k` 0 and `no_repeat_ngram` 0 mean no limit. `stop` are strings that end a text and are not part of it. Raises
    `ConfigError` for values out of range, and for a setting that the chosen way of decoding would not use.
    """

    max_new_tokens: int = 64
    sample: bool = False
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    seed: int = 0
    num_beams: int = 1
    length_penalty: float = 1.0
    repetition_penalty: float = 1.0
    no_repeat_ngram: int = 0
    stop: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, low, high in _BOUNDS:
            value = getattr(self, name)
            if not (math.isfinite(value) and low <= value <= high):
                raise ConfigError(
                    say(
                        f"{name}={value}: {low:g} 에서 {high:g} 사이여야 합니다.",
                        f"{name}={value} must be between {low:g} and {high:g}.",
                    )
                )
        if "" in self.stop:
            raise ConfigError(say("stop 에 빈 문자열이 있습니다.", "stop holds an empty string."))
        self._check_used("sample=True", ("temperature", "top_k", "top_p", "seed"), self.sample)
        self._check_used("num_beams > 1", ("length_penalty",), self.num_beams > 1)
        if self.sample and self.num_beams > 1:
            raise ConfigError(say("sample 과 num_beams 는 함께 쓸 수 없습니다.", "give sample or num_beams, not both."))

    def _check_used(self, condition: str, names: tuple[str, ...], is_met: bool) -> None:
        for name in names:
            if not is_met and getattr(self, name) != getattr(Decoding, name):
                raise ConfigError(
                    say(
                        f"{name} 설정은 {condition} 일 때만 쓰입니다.",
                        f"{name} is only used with {condition}.",
                    )
                )


_BOUNDS: tuple[tuple[str, float, float], ...] = (
    ("max_new_tokens", 1, 1 << 20), ("temperature", 1e-3, 100), ("top_k", 0, 1 << 30), ("top_p", 1e-6, 1), ("seed", 0, 1 << 53),
    ("num_beams", 1, 1024), ("length_penalty", -10, 10), ("repetition_penalty", 1e-3, 100), ("no_repeat_ngram", 0, 1 << 20),
)  # fmt: skip
