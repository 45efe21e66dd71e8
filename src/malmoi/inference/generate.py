"""Text goes on: prompts in, what a causal language model writes behind them out, always marked as AI-generated.

writer = Generator("runs/gpt")
writer("이 영화는", Decoding(sample=True, top_p=0.9, seed=1)).generated
"""

from __future__ import annotations

from collections.abc import Generator as Yields
from collections.abc import Sequence
from typing import Literal, overload

from malmoi.data.predictions.language import GeneratedText
from malmoi.errors import ConfigError, extras_named
from malmoi.inference.language_model import OpenedModel, open_language_model
from malmoi.messages import say
from malmoi.models.decoding import Decoding

_BATCH = 16
_GREEDY = Decoding()


class Generator:
    """A causal language model that writes."""

    @extras_named()
    def __init__(self, model: str, *, precision: str = "auto", threads: int = 0) -> None:
        self.opened: OpenedModel = open_language_model(model, "causal", precision, threads)
        self.eos_id = self.opened.tokenizer.token_id("eos_token")

    @overload
    def __call__(self, texts: str, decoding: Decoding = ...) -> GeneratedText: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(self, texts: Sequence[str], decoding: Decoding = ...) -> list[GeneratedText]: ...
    def __call__(self, texts: str | Sequence[str], decoding: Decoding = _GREEDY) -> GeneratedText | list[GeneratedText]:
        """Return what is written behind a prompt, a list for a list; an empty prompt starts a new text.

        Raises `ConfigError` when prompt and new tokens are more than the model has positions for.
        """
        if isinstance(texts, str):
            return self._write([texts], decoding)[0]
        batches = [texts[i : i + _BATCH] for i in range(0, len(texts), _BATCH)]
        return [written for batch in batches for written in self._write(batch, decoding)]

    def stream(self, text: str, decoding: Decoding = _GREEDY) -> Yields[str, None, GeneratedText]:
        """Yield the text as it grows, piece by piece; together the pieces are what a call returns as `generated`.

        The generator returns (`yield from`, `StopIteration.value`) what a call would.

        A character is held back until all its bytes are there, and so is what may become a stop string. No beams.
        """
        from malmoi.models.generate import stream_tokens

        if decoding.num_beams > 1:
            raise ConfigError(say("num_beams 는 끝까지 찾아야 하므로 흘려 쓸 수 없습니다.", "beams cannot be streamed: the best is known at the end."))  # fmt: skip
        prompt = self._prompt(text, decoding)
        ids: list[int] = []
        shown = 0
        steps = stream_tokens(
            self.opened.network, [prompt], decoding, self.eos_id, lambda row, ids: self._has_stopped(ids, decoding)
        )
        for (token,) in steps:
            if token is not None and token != self.eos_id:
                ids.append(token)
            whole, ended = self._text(ids, decoding)
            safe = len(whole) if ended else _settled(whole, decoding.stop)
            if safe > shown:
                yield whole[shown:safe]
                shown = safe
        if (whole := self._text(ids, decoding)[0])[shown:]:
            yield whole[shown:]
        return self._written(text, ids, decoding)

    def _write(self, texts: Sequence[str], decoding: Decoding) -> list[GeneratedText]:
        from malmoi.models.generate import generate_tokens

        prompts = [self._prompt(text, decoding) for text in texts]
        rows = generate_tokens(
            self.opened.network, prompts, decoding, self.eos_id, lambda row, ids: self._has_stopped(ids, decoding)
        )
        return [self._written(text, ids, decoding) for text, ids in zip(texts, rows, strict=True)]

    def _written(self, text: str, ids: Sequence[int], decoding: Decoding) -> GeneratedText:
        generated, stopped = self._text(ids, decoding)
        reason: Literal["end", "stop", "length"] = "stop" if stopped else "length" if len(ids) >= decoding.max_new_tokens else "end"  # fmt: skip
        return GeneratedText(text, None, generated, reason, len(ids))

    def _prompt(self, text: str, decoding: Decoding) -> list[int]:
        tokenizer = self.opened.tokenizer
        ids = tokenizer.encode_plain([text])[0].tolist()
        if self._is_ours or not ids:
            start = self.eos_id if self.eos_id is not None else tokenizer.needed_id("bos_token", self.opened.name)
            ids = [start, *ids]  # what stands before every document that the model has read
        room = self.opened.max_length - len(ids)
        if decoding.max_new_tokens > room:
            raise ConfigError(
                say(
                    f"max_new_tokens {decoding.max_new_tokens}: 글 {len(ids)} 토큰 뒤에 모델이 쓸 수 있는 자리는 {max(0, room)} 토큰입니다.",
                    f"max_new_tokens {decoding.max_new_tokens}: behind {len(ids)} tokens the model has room for {max(0, room)}.",
                )
            )
        return ids

    @property
    def _is_ours(self) -> bool:
        """Whether `malmoi tokenizer train` made the tokenizer, and so our own packing the training text."""
        return "unit" in self.opened.tokenizer.own_settings

    def _text(self, ids: Sequence[int], decoding: Decoding) -> tuple[str, bool]:
        """Return the text of new tokens up to a stop string, and whether there is one."""
        whole = self.opened.tokenizer.decode(list(ids))
        ends = [place for stop in decoding.stop if (place := whole.find(stop)) >= 0]
        return (whole[: min(ends)], True) if ends else (whole, False)

    def _has_stopped(self, ids: list[int], decoding: Decoding) -> bool:
        return bool(decoding.stop) and self._text(ids, decoding)[1]


def _settled(text: str, stops: Sequence[str]) -> int:
    """Return how much of a growing text cannot change any more: no broken character, no beginning of a stop string.

    >>> _settled("좋아요\ufffd", ()), _settled("좋아요. 끝", ("끝나다",))
    (3, 5)
    """
    end = len(text.rstrip("\ufffd"))
    for stop in stops:
        for size in range(min(len(stop) - 1, end), 0, -1):
            if text[:end].endswith(stop[:size]):
                end -= size
                break
    return end
