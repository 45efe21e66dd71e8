"""Text in, predictions out: the one way from a trained model to an answer (evaluation, command line, HTTP).

predictor = malmoi.load("runs/nsmc")
predictor("배우 연기는 좋은데 이야기가 지루해요").label      # "부정"
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, overload

from malmoi.data.examples import Example
from malmoi.errors import ConfigError, DataError, extras_named
from malmoi.inference.artifact import Artifact, open_artifact
from malmoi.inference.engines import Engine, open_engine
from malmoi.messages import say
from malmoi.tasks import Task

Text = str | tuple[str, str] | dict[str, Any] | Example
CHUNK = 2048
CHUNK_CHARS = 4_000_000


class Predictor:
    """A task and the engine that runs its model, ready to answer."""

    def __init__(self, artifact: Artifact, engine: Engine) -> None:
        self.artifact = artifact
        self.task: Task = artifact.task
        self.engine = engine

    @overload
    def __call__(self, texts: Text) -> Any: ...
    @overload
    def __call__(self, texts: Sequence[Text]) -> list[Any]: ...
    def __call__(self, texts: Any) -> Any:
        """Return one prediction for a text (a pair as a tuple, a row with further columns as a dict), a list for a list."""
        if isinstance(texts, (str, tuple, Example, bytes, dict)) or not isinstance(texts, Iterable):
            return self.predict([as_example(self.task, texts)])[0]
        return self.predict([as_example(self.task, text) for text in texts])

    def predict(self, examples: Sequence[Example]) -> list[Any]:
        """Return the predictions of examples in order."""
        return list(self.stream(examples))

    def stream(self, texts: Iterable[Text], on_batch: Callable[[int], None] | None = None) -> Iterator[Any]:
        """Yield predictions in order, in constant memory: texts are read, sorted and answered a few thousand at a time.

        `on_batch(num_windows)` is called after each batch, for progress.
        """
        for chunk in _chunks(as_example(self.task, text) for text in texts):
            windows = self.engine.run(self.task, self.task.encode(chunk), on_batch)
            for example, answer in zip(chunk, windows, strict=True):
                yield self.task.decode(example, answer)

    def __repr__(self) -> str:
        return f"Predictor({str(self.artifact.path)!r}, task={self.task.name!r}, {self.engine.description})"


@extras_named()
def load(run: str, *, device: str = "auto", precision: str = "auto", threads: int = 0) -> Predictor:
    """Open a run folder as a `Predictor`; raise `ArtifactError` when it is missing, unfinished or damaged.

    `device`, `precision` and `threads` are for networks; a tf-idf model needs no torch.
    """
    artifact = open_artifact(run)
    return Predictor(artifact, open_engine(artifact, device, precision, threads))


def _chunks(examples: Iterable[Example]) -> Iterator[list[Example]]:
    """Yield examples by `CHUNK`, fewer where they are so long that a chunk holds `CHUNK_CHARS` characters."""
    chunk: list[Example] = []
    size = 0
    for example in examples:
        chunk.append(example)
        size += len(example.text) + len(example.pair or "")
        if len(chunk) == CHUNK or size >= CHUNK_CHARS:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def as_example(task: Task, text: Any) -> Example:
    """Return what a task is asked by a text, a `(text, pair)` tuple, a dict of columns or an example of its own.

    Raises `ConfigError` for anything else, `DataError` for a dict without `text` where the task needs one.
    """
    if isinstance(text, Example):
        return text
    if isinstance(text, str):
        return task.ask(text)
    if isinstance(text, tuple) and len(text) == 2 and all(isinstance(part, str) for part in text):
        return task.ask(*text)
    if isinstance(text, dict):
        if not task.needs_text and "text" not in text:
            return task.ask("", None, text)
        if not isinstance(text.get("text"), str) or not isinstance(text.get("pair", ""), str):
            raise DataError(
                say(
                    f"글이 'text' 에 (둘째 글은 'pair' 에) 문자열로 있어야 합니다: {text!r:.80}",
                    f"the text must stand under 'text' (a second one under 'pair') as a string: {text!r:.80}",
                )
            )
        return task.ask(text["text"], text.get("pair"), text)
    raise ConfigError(
        say(
            f"문자열이나 (문장, 문장) 이나 dict 이어야 합니다: {text!r:.80}",
            f"expected a string, a (text, pair) tuple or a dict: {text!r:.80}",
        )
    )
