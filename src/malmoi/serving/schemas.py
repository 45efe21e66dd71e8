"""The JSON of requests and errors; answers are `Prediction.to_dict()`, as everywhere."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(strict=True)]
MAX_SEED = 1 << 53


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Question(BaseModel):
    """A text (and pair), with further columns where the task reads them, as in a line of a JSONL file."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [{"text": "이 영화 정말 재밌어요"}]})
    text: Text | None = None
    pair: Text | None = None

    def fields(self) -> dict[str, Any]:
        """Return what was given, as it came."""
        return {name: value for name, value in self if value is not None and name != "inputs"}


class Questions(Question):
    """One question, or several as `inputs`."""

    inputs: Annotated[list[Text | Question], Field(min_length=1)] | None = None


class OneText(_Strict):
    """A text."""

    text: Text


class MaskedText(_Strict):
    """A text with `[MASK]` where words are wanted."""

    text: Text
    top_k: Annotated[int, Field(ge=1, le=100)] = 5


class TextPair(_Strict):
    """Two texts."""

    text: Text
    pair: Text


class Prompt(_Strict):
    """A text to write on, and how; with `stream` the answer comes as server-sent events."""

    text: Text
    stream: bool = False
    max_new_tokens: Annotated[int, Field(ge=1)] = 64
    sample: bool = False
    temperature: Annotated[float, Field(ge=1e-3, le=100)] | None = None
    top_k: Annotated[int, Field(ge=0, le=1 << 30)] | None = None
    top_p: Annotated[float, Field(ge=1e-6, le=1)] | None = None
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] | None = None
    repetition_penalty: Annotated[float, Field(ge=1e-3, le=100)] | None = None
    no_repeat_ngram: Annotated[int, Field(ge=0, le=1024)] | None = None
    stop: Annotated[list[Annotated[str, Field(min_length=1, max_length=100)]], Field(max_length=8)] = []


class ErrorBody(BaseModel):
    """What every error is: a code for programs, a message for people (in the language of Accept-Language), details."""

    code: str
    message: str
    detail: Any
    request_id: str


class Predictions(BaseModel):
    """The answers to several questions, in order."""

    predictions: list[dict[str, Any]]
