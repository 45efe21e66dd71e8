"""Text in, predictions out: the one way from a trained model to an answer (evaluation, command line, HTTP).

predictor = malmoi.load("runs/nsmc")
predictor("배우 연기는 좋은데 이야기가 지루해요").label      # "부정"
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from malmoi.data.batching import sorted_batches
from malmoi.data.examples import TextExample
from malmoi.data.features import Features, padded_length
from malmoi.errors import ConfigError
from malmoi.inference.artifact import Artifact, load_model, open_artifact
from malmoi.messages import say
from malmoi.tasks import Task, Window

if TYPE_CHECKING:
    from malmoi.models.device import Compute

Text = str | tuple[str, str] | TextExample
MAX_TOKENS = 1536
MAX_ROWS = 64
CHUNK = 2048


class Predictor:
    """A task and its model, ready to answer; `compute` says on what."""

    def __init__(self, artifact: Artifact, model: Any, compute: Compute) -> None:
        from malmoi.models.packed import pack

        self.artifact = artifact
        self.task: Task = artifact.task
        self.compute = compute
        self.model = model.to(compute.device, compute.dtype).eval()
        pack(self.model.backbone)

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
            windows = self.task.encode(chunk)
            outputs = run_model(self.model, self.task, windows, self.compute.device, on_batch)
            for example, answer in zip(chunk, outputs, strict=True):
                yield self.task.decode(example, answer)

    def __repr__(self) -> str:
        return f"Predictor({str(self.artifact.path)!r}, task={self.task.name!r}, {self.compute.reason})"


def load(run: str, *, device: str = "auto", precision: str = "auto", threads: int = 0) -> Predictor:
    """Open a run folder as a `Predictor`; raise `ArtifactError` when it is missing, unfinished or damaged."""
    from malmoi.models.device import choose_compute

    artifact = open_artifact(run)
    return Predictor(artifact, load_model(artifact), choose_compute(device, precision, threads))


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


def run_model(
    model: Any,
    task: Task,
    windows: Sequence[Sequence[Features]],
    device: Any,
    on_batch: Callable[[int], None] | None = None,
) -> list[list[Window]]:
    """Run a model over the windows of many examples, sorted by length; return each example's windows with outputs.

    `on_batch(num_windows)` is called after each batch, for progress.
    """
    import torch

    from malmoi.models.task_model import batch_to_tensors

    flat = [feature for example in windows for feature in example]
    lengths = padded_length(np.array([len(feature) for feature in flat]), task.config.max_length)
    outputs: list[dict[str, np.ndarray]] = [{}] * len(flat)
    model.eval()
    with torch.inference_mode():
        for rows in sorted_batches(lengths, MAX_TOKENS, MAX_ROWS):
            batch = task.collate([flat[i] for i in rows], np.random.default_rng(0))
            result = model(task.name, batch_to_tensors(batch, device))
            arrays = {name: value.float().cpu().numpy() for name, value in result.items()}
            for place, i in enumerate(rows):
                outputs[i] = {name: value[place] for name, value in arrays.items()}
            if on_batch:
                on_batch(len(rows))
    filled = iter(zip(flat, outputs, strict=True))
    return [[Window(*next(filled)) for _ in example] for example in windows]
