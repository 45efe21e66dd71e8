"""A task is a few pure verbs: no files, no device, no optimizer, no torch outside `build_head`.

example --encode--> [Features] --collate--> Batch --(model)--> outputs --decode--> prediction --score--> scores
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from malmoi.data.examples import Example, ExampleKind, TextExample
from malmoi.data.features import Batch, Features
from malmoi.data.labels import LabelName
from malmoi.metrics.analysis import Analysis
from malmoi.metrics.scores import Scores, Statistic
from malmoi.tasks.settings import check_range
from malmoi.text.cleaning import stored_steps

if TYPE_CHECKING:
    from malmoi.models.heads import Head
    from malmoi.tokenization.tokenizer import Tokenizer


@dataclass(frozen=True, slots=True)
class Window:
    """A window's features and the head's outputs for it, each a float32 array without the batch axis."""

    features: Features
    outputs: dict[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class TokenTypes:
    """How many token types a backbone must have for a task, the setting that asks for them, and the one that does without."""

    number: int
    setting: str
    instead: str


@dataclass(frozen=True)
class TaskConfig:
    """What the config of every task has.

    `max_length` counts the tokens that are read at once, special ones included: `min_length` to 8192. `clean` are the cleaning
    steps before the tokenizer, in order (`malmoi.text.cleaning`), kept in their full spelling. Raises `ConfigError` for an
    unknown step or a length out of range, `MissingExtra` for a step that needs Kiwi.
    """

    min_length: ClassVar[int] = 8
    max_length: int = field(default=256, kw_only=True)
    clean: tuple[str, ...] = field(default=(), kw_only=True)

    def __post_init__(self) -> None:
        check_range("max_length", self.max_length, self.min_length, 8192)
        object.__setattr__(self, "clean", stored_steps(self.clean))


class Task(ABC):
    """What the problem is. A subclass is one file or package, and one entry of `malmoi.tasks.TASKS`.

    `config_class` is a frozen `TaskConfig` that holds everything the task needs to answer later (labels, lengths);
    it is stored as `task.json`. Examples, features and predictions are the task's own dataclasses.
    """

    name: ClassVar[str]
    config_class: ClassVar[type[TaskConfig]]
    main_score: str  # the score that chooses the checkpoint and stands first
    higher_is_better: bool = True
    example_kind: ClassVar[ExampleKind] = "label"  # what its data hold: a kind of label column, or a shape of their own
    needs_text: ClassVar[bool] = True  # every question is a text, whatever else it has
    reads_blocks: ClassVar[bool] = False  # of plain lines a blank one ends a text; else each line is one
    cuts_long_texts: ClassVar[bool] = True  # one window each; False where long texts are read in several

    def __init__(self, config: Any, tokenizer: Tokenizer) -> None:
        self.config = config
        self.tokenizer = tokenizer.cleaned_by(config.clean) if tokenizer is not None and config.clean else tokenizer

    def with_config(self, **changes: Any) -> Self:
        """Return the task with some fields of its config replaced."""
        return type(self)(replace(self.config, **changes), self.tokenizer)

    @classmethod
    @abstractmethod
    def configure(
        cls, config: Any, examples: Sequence[Any], label_names: Mapping[str, LabelName] = MappingProxyType({})
    ) -> Any:
        """Return `config` completed from the training examples (the set of labels …) and the corpus's readable names."""

    @abstractmethod
    def check(self, examples: Sequence[Any], source: str, *, training: bool = False) -> None:
        """Raise `DataError` if examples cannot be scored (no label, unseen label) or trained on, naming the row."""

    def ask(
        self, text: str, pair: str | None = None, cells: Mapping[str, Any] = MappingProxyType({}), row: int = 0
    ) -> Example:
        """Return the example of a text (and pair) that somebody asks about; `cells` are all columns of its row, if it has any.

        Raises `DataError` when the task needs what is not there.
        """
        return TextExample(text, pair=pair, row=row)

    def typed(self, example: Any) -> str:
        """Return an example's text as one would type it to ask about it; `ask` reads it back."""
        return str(example.text)

    @property
    def sample(self) -> dict[str, Any]:
        """What one might ask: `text`, `pair` if the task reads pairs, and other columns it needs."""
        if self.reads_pairs:
            return {"text": "비가 온다.", "pair": "비가 내린다."}
        return {"text": "이 영화 정말 재밌어요"}

    @abstractmethod
    def encode(self, examples: Sequence[Any]) -> list[list[Features]]:
        """Return the windows of each example; unlabelled examples get no target."""

    def to_train(self, windows: Sequence[Features]) -> Sequence[Features]:
        """Return those of an example's windows that are trained on, all by default; the same ones every time."""
        return windows

    def at(self, progress: float) -> Task:
        """Return the task after a share `progress` of the training; by default it never changes."""
        return self

    @abstractmethod
    def collate(self, features: Sequence[Features], rng: np.random.Generator) -> Batch:
        """Return one padded batch; `rng` seeds whatever is drawn (masking, sampling)."""

    def linear_targets(self, examples: Sequence[Any]) -> np.ndarray | None:
        """Return what a linear model is to answer for labelled examples, float32 [n, outputs]; by default None: no tf-idf.

        1 for the labels of the text and 0 for the others, or the scaled score.
        """
        return None

    def linear_judge(self) -> Task:
        """Return the task whose main score chooses among linear models, by default this one."""
        return self

    def taught_by(self, teacher: Task, logits: np.ndarray) -> np.ndarray | None:
        """Return the `logits` [n, outputs] of another task as this task's own would be; by default None: it cannot be taught.

        Raises `ConfigError` when the two do not answer the same.
        """
        return None

    def class_weights(self) -> list[float] | None:
        """Return the weight of each label by its id; None, the default, when all weigh the same."""
        return None

    @abstractmethod
    def build_head(self, backbone_config: Any) -> Head:
        """Return a fresh head for a backbone of this configuration."""

    @property
    def token_types(self) -> TokenTypes | None:
        """The token types of its own that the inputs have; None, the default, takes the backbone as it is."""
        return None

    @abstractmethod
    def decode(self, example: Any, windows: Sequence[Window]) -> Any:
        """Return the prediction for one example from all its windows."""

    def fold(self, head: Head) -> Task:
        """Return the task after moving what belongs to the model (the scale of its outputs) into the trained head; by default nothing."""
        return self

    def calibrate(self, examples: Sequence[Any], windows: Sequence[Sequence[Window]], head: Head) -> Task:
        """Return the task after making the head's probabilities true on dev (`tasks.calibrated`); by default they stay.

        `windows` are the dev examples' windows with the trained model's outputs.
        """
        return self

    def tune(self, examples: Sequence[Any], windows: Sequence[Sequence[Window]]) -> Task:
        """Return the task with the settings (thresholds …) that are best for these outputs on dev; by default none are chosen.

        The model stays as it is. Dev is judged so during training too: a checkpoint is chosen for what it can do once tuned.
        """
        return self

    @abstractmethod
    def score(self, predictions: Sequence[Any], examples: Sequence[Any]) -> Scores:
        """Compare predictions with labelled examples."""

    @abstractmethod
    def main_statistic(self, predictions: Sequence[Any], examples: Sequence[Any]) -> Statistic:
        """Return the main score as a function of which examples are drawn, to compare two models on the same draws."""

    def analyse(self, predictions: Sequence[Any], examples: Sequence[Any]) -> Analysis:
        """Return what can be shown besides the scores (confusions, errors …); by default nothing."""
        return Analysis()

    @property
    def label_names(self) -> tuple[str, ...]:
        """What answers call the labels, by label id; none by default."""
        return ()

    @property
    def readable_names(self) -> tuple[str, ...]:
        """The labels as people read them in their language, by label id."""
        return self.label_names

    @property
    def answers(self) -> str:
        """What the task can answer, for people: by default its labels."""
        return ", ".join(self.readable_names)

    @property
    def reads_pairs(self) -> bool:
        """Whether the task's examples are pairs of texts."""
        return False

    def tuned(self) -> list[tuple[str, str, str]]:
        """Return Korean name, English name and value of whatever `calibrate` and `tune` chose, for the model card."""
        return []

    @classmethod
    @abstractmethod
    def demo(cls) -> list[Any]:
        """Return 4 to 8 tiny labelled examples that a model can learn by heart."""
