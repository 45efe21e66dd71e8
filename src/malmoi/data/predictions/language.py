"""What language models answer: fillings for hidden words, whether a sentence follows, text that goes on, likeness."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from malmoi.data.predictions.base import Bar, Mark, Prediction, percent
from malmoi.messages import say

BADGE = ("AI 생성", "AI-generated")


@dataclass(frozen=True, slots=True)
class Filling:
    """A piece that may stand for a mask, as it is in the vocabulary and as it reads, and its probability."""

    token: str
    word: str
    probability: float


@dataclass(frozen=True, slots=True)
class MaskAnswer:
    """A mask at characters `start` to `end` of the text, and its fillings, most probable first."""

    start: int
    end: int
    fillings: tuple[Filling, ...]


@dataclass(frozen=True, slots=True)
class FillMaskPrediction(Prediction):
    """Fillings for every mask of a text; each is the model's belief with all other masks still hidden."""

    masks: tuple[MaskAnswer, ...]
    filled: str

    @property
    def sentence(self) -> str:
        best = ", ".join(f"{mask.fillings[0].word} ({percent(mask.fillings[0].probability)})" for mask in self.masks)
        return f"{self.filled}  ← {best}"

    @property
    def marks(self) -> list[Mark]:
        """The masks, by number."""
        return [Mark(mask.start, mask.end, str(number)) for number, mask in enumerate(self.masks, 1)]

    @property
    def bars(self) -> list[Bar]:
        """The fillings of all masks."""
        several = len(self.masks) > 1
        return [
            Bar(
                f"{number}. {filling.word}" if several else filling.word,
                filling.probability,
                filling is mask.fillings[0],
            )
            for number, mask in enumerate(self.masks, 1)
            for filling in mask.fillings
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form: text, masks with their fillings, filled, sentence."""
        masks = [asdict(mask) | {"fillings": [asdict(f) for f in mask.fillings]} for mask in self.masks]
        return {"text": self.text, "masks": masks, "filled": self.filled, "sentence": self.sentence}


@dataclass(frozen=True, slots=True)
class NextSentencePrediction(Prediction):
    """The probability that the pair follows the text, and that the text follows the pair."""

    probability: float
    reversed_probability: float

    @property
    def sentence(self) -> str:
        first, second = percent(self.probability), percent(self.reversed_probability)
        return say(
            f"둘째 문장이 첫째 문장에 이어질 확률은 {first}, 거꾸로는 {second}입니다.",
            f"The second follows the first with a probability of {first}, the other way round {second}.",
        )

    @property
    def bars(self) -> list[Bar]:
        """Both orders."""
        is_first = self.probability >= self.reversed_probability
        names = say("1 → 2", "1 → 2"), say("2 → 1", "2 → 1")
        return [Bar(names[0], self.probability, is_first), Bar(names[1], self.reversed_probability, not is_first)]


@dataclass(frozen=True, slots=True)
class GeneratedText(Prediction):
    """What a model wrote behind a prompt; `ended_by` its end token, a stop string, or the length allowed."""

    generated: str
    ended_by: Literal["end", "stop", "length"]
    num_tokens: int
    ai_generated: bool = True

    @property
    def sentence(self) -> str:
        return f"[{say(*BADGE)}] {self.generated}"


@dataclass(frozen=True, slots=True)
class SimilarityPrediction(Prediction):
    """The cosine of two texts' vectors, from -1 to 1."""

    score: float

    @property
    def sentence(self) -> str:
        return say(f"두 글의 코사인 유사도는 {self.score:.3f}입니다.", f"The cosine similarity is {self.score:.3f}.")


@dataclass(frozen=True, slots=True)
class TextBits(Prediction):
    """How many bits a language model needs for a text: the fewer for a character, the less it is surprised.

    `is_exact`: of a causal model, the text's log-probability; of a masked model the pseudo log-likelihood (Salazar et al. 2020).
    """

    bits: float
    num_chars: int
    num_tokens: int
    is_exact: bool

    @property
    def bits_per_char(self) -> float:
        """Bits for each character of the text."""
        return self.bits / max(1, self.num_chars)

    @property
    def sentence(self) -> str:
        return say(f"글자당 {self.bits_per_char:.3f} 비트", f"{self.bits_per_char:.3f} bits a character")

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form, bits_per_char among the fields."""
        return Prediction.to_dict(self) | {"bits_per_char": self.bits_per_char}
