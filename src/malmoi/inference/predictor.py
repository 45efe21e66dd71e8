"""Text in, predictions out: the one way from a trained model to an answer (evaluation, command line, HTTP).

predictor = malmoi.load("runs/nsmc")
predictor("배우 연기는 좋은데 이야기가 지루해요").label      # "부정"
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, overload

from malmoi.data.examples import TextExample
from malmoi.errors import ConfigError, extras_named
from malmoi.inference.artifact import Artifact, open_artifact
from malmoi.inference.engines import Engine, open_engine
from malmoi.messages import say
from malmoi.tasks import Task

Text = str | tuple[str, str] | TextExample
CHUNK = 2048


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
        """Return one prediction for a text (or a pair given as a tuple), a list for a list."""
        if isinstance(texts, (str, tuple, TextExample, bytes, dict)) or not isinstance(texts, Iterable):
            return self.predict([as_example(texts)])[0]
        return self.predict([as_example(text) for text in texts])

    def predict(self, examples: Sequence[TextExample]) -> list[Any]:
        """Return the predictions of examples in order."""
        return list(self.stream(examples))

    def stream(self, texts: Iterable[Text], on_batch: Callable[[int], None] | None = None) -> Iterator[Any]:
        """Yield predictions in order, in constant memory: texts are read, sorted and answered a few thousand at a time.

        `on_batch(num_windows)` is called after each batch, for progress.
        """
        iterator = map(as_example, texts)
        while chunk := list(itertools.islice(iterator, CHUNK)):
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


def as_example(text: Any) -> TextExample:
    """Return an example for a text, a `(text, pair)` tuple or an example; raise `ConfigError` for anything else."""
    if isinstance(text, TextExample):
        return text
    if isinstance(text, str):
        return TextExample(text)
    if isinstance(text, tuple) and len(text) == 2 and all(isinstance(part, str) for part in text):
        return TextExample(text[0], pair=text[1])
    raise ConfigError(
        say(
            f"문자열이나 (문장, 문장) 이어야 합니다: {text!r:.80}",
            f"expected a string or a (text, pair) tuple: {text!r:.80}",
        )
    )
