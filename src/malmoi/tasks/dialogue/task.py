"""Dialogue state tracking: what the user has asked for so far, slot by slot (WoS, KLUE-DST).

One real instance: turns `식당 찾아요` / `어느 지역이요?` / `중앙이요` → ids of `> 식당 찾아요 < 어느 지역이요? > 중앙이요` → for each of the 45
slots the logits of its classes, for each open one those of first and last token → `식당-지역-서울 중앙`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, ClassVar, Literal

import numpy as np

from malmoi.config import unknown_name
from malmoi.data.examples import DialogueExample, Turn
from malmoi.data.features import Batch, Features, pad
from malmoi.data.labels import LabelName, check_alone, row_name
from malmoi.data.ontology import DONTCARE, NONE, Slot, checked_ontology, learned_ontology, slot_and_value, slots_of
from malmoi.data.predictions import DialoguePrediction, SlotValue
from malmoi.data.shapes.dialogue import read_turns
from malmoi.data.values import BadCell
from malmoi.errors import ConfigError, DataError
from malmoi.messages import say
from malmoi.metrics.analysis import Analysis, Baseline
from malmoi.metrics.calibration import softmax
from malmoi.metrics.classification import ClassRow, count_rows
from malmoi.metrics.counts import paired_difference
from malmoi.metrics.dialogue import state_table
from malmoi.metrics.scores import Scores, Statistic
from malmoi.metrics.slices import WrongAnswer, largest
from malmoi.tasks.base import Task, TaskConfig, Window
from malmoi.tasks.dialogue.context import Context, context_of, last_tokens, tokens_at
from malmoi.tasks.dialogue.reading import read_value
from malmoi.tasks.dialogue.values import ValueFinder
from malmoi.tasks.settings import check_range, check_share

GIVEN = "<value>"  # the class of an open slot whose value is read in the dialogue


@dataclass(frozen=True)
class DialogueConfig(TaskConfig):
    """The slots, and how much of a dialogue is read.

    `ontology` names the slots and their values: of the corpus, else of the training states (`task.ontology=FILE` on the command
    line reads a file like WoS's). Slots with more than `max_classes` values, those of times, and `open_slots` are *open*: their
    values are read in the dialogue. The others choose among their values. Of more than `max_length` tokens the oldest are cut.
    """

    min_length: ClassVar[int] = 16
    ontology: dict[str, tuple[str, ...]] = field(default_factory=dict)
    open_slots: tuple[str, ...] = ()
    max_classes: int = 20
    max_length: int = field(default=512, kw_only=True)
    dropout: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_share("dropout", self.dropout)
        check_range("max_classes", self.max_classes, 2, 1000)
        if self.ontology:
            object.__setattr__(self, "ontology", checked_ontology(self.ontology, "task.ontology"))
        for name in self.open_slots if self.ontology else ():
            if name not in self.ontology:
                raise ConfigError(unknown_name(f"open_slots: {name}", name, list(self.ontology)))


@dataclass(frozen=True, slots=True)
class DialogueFeatures(Features):
    """A window; raw places of its tokens in the context, int32 [length, 2]; the class of each slot, int16 [slots], -1 when not
    known; and the values of open slots that stand in the window: number of the open slot, first and last token, int32 [n, 3]."""

    offsets: np.ndarray
    class_ids: np.ndarray
    places: np.ndarray


@dataclass(frozen=True, slots=True)
class DialogueBatch(Batch):
    """A batch with `class_ids` int64 [batch, slots] and, 1 where a value starts or ends, float32 [batch, open slots, length]."""

    class_ids: np.ndarray
    start_places: np.ndarray
    end_places: np.ndarray


class Dialogue(Task):
    """The state after the last turn of each dialogue."""

    name = "dialogue"
    config_class = DialogueConfig
    main_score = "wos_jga"
    example_kind: ClassVar[Literal["dialogue"]] = "dialogue"
    reads_blocks = True
    needs_text = False

    def __init__(self, config: DialogueConfig, tokenizer: Any) -> None:
        super().__init__(config, tokenizer)
        self.slots = slots_of(config.ontology, config.max_classes, config.open_slots)
        self.classes = tuple(
            (NONE, DONTCARE, GIVEN) if slot.is_open else (NONE, DONTCARE, *slot.values) for slot in self.slots
        )
        self.open_slots = tuple(i for i, slot in enumerate(self.slots) if slot.is_open)
        self._numbers = {slot.name: i for i, slot in enumerate(self.slots)}
        self._class_ids = [{name: i for i, name in enumerate(own)} for own in self.classes]

    @cached_property
    def finder(self) -> ValueFinder:
        """What finds the values of open slots."""
        return ValueFinder(self.slots)

    @classmethod
    def configure(
        cls,
        config: DialogueConfig,
        examples: Sequence[DialogueExample],
        label_names: Mapping[str, LabelName] = MappingProxyType({}),
    ) -> DialogueConfig:
        """Return `config` with the ontology of the corpus (`label_names` are its "domain-slot-value" strings) or of the states."""
        if config.ontology:
            return config
        states = label_names or sorted({value for example in examples for value in example.state or ()})
        return replace(config, ontology=learned_ontology(states))

    def check(self, examples: Sequence[DialogueExample], source: str, *, training: bool = False) -> None:
        """Raise `DataError` for missing states, slots that the ontology does not have, and values that a closed slot does not have."""
        for i, example in enumerate(examples, 1):
            where = f"{source}, {row_name(i, example)}"
            if example.state is None:
                raise DataError(
                    say(
                        f"{where}: 상태(state)가 없습니다: {example.turns[-1].user!r:.60}",
                        f"{where}: there is no state: {example.turns[-1].user!r:.60}",
                    )
                )
            for value in example.state:
                self._check_value(value, where)
        if training and not self.slots:
            raise DataError(say(f"{source}: 상태에 슬롯이 하나도 없습니다.", f"{source}: no state has any slot."))

    def _check_value(self, state: str, where: str) -> None:
        slot, value = slot_and_value(state)
        number = self._numbers.get(slot)
        if number is None:
            raise DataError(f"{where}: " + unknown_name(slot, slot, [own.name for own in self.slots]))
        if not self.slots[number].is_open and value != NONE and value not in self._class_ids[number]:
            listed = list(self._class_ids[number])[1:]
            raise DataError(
                f"{where}: {slot}: {unknown_name(value, value, listed)} "
                + say("ontology 에 더하거나 상태를 고치세요.", "Add it to the ontology, or correct the state.")
            )

    def ask(
        self, text: str, pair: str | None = None, cells: Mapping[str, Any] = MappingProxyType({}), row: int = 0
    ) -> DialogueExample:
        """Return the example of a dialogue: lines that begin with `user:` or `sys:`, or `dialogue` or `turns` as in the data.

        Raises `DataError` for a dialogue in which the user says nothing.
        """
        check_alone(text, pair, row)
        try:
            turns = read_turns({**cells, "text": text})
        except BadCell as error:
            where = say(f"{row}번째 줄: ", f"line {row}: ") if row else ""
            raise DataError(f"{where}'{error.column}': {error}" if error.column else f"{where}{error}") from error
        return DialogueExample(tuple(replace(turn, state=None) for turn in turns), row=row)

    def typed(self, example: DialogueExample) -> str:
        """Return the dialogue with a line for each utterance, as `ask` reads it."""
        lines = [(name, words) for turn in example.turns for name, words in (("sys", turn.system), ("user", turn.user))]
        return "\n".join(f"{name}: {words}" for name, words in lines if words or name == "user")

    @property
    def sample(self) -> dict[str, Any]:
        """What one might ask."""
        return {"text": "user: 식당 찾아요\nsys: 어느 지역이 좋으세요?\nuser: 서울 중앙이요"}

    def encode(self, examples: Sequence[DialogueExample]) -> list[list[Features]]:
        """Return one window for each example, the end of the dialogue."""
        contexts = [context_of(example.turns) for example in examples]
        encodings = self.tokenizer.encode([context.text for context in contexts], max_length=1 << 20)
        windows: list[list[Features]] = []
        for example, context, encoding in zip(examples, contexts, encodings, strict=True):
            w = last_tokens(encoding, self.config.max_length)
            class_ids, places = self._targets(example.state, context, w.offsets)
            windows.append([DialogueFeatures(w.input_ids, w.type_ids, w.offsets, class_ids, places)])
        return windows

    def _targets(
        self, state: Sequence[str] | None, context: Context, offsets: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the class of each slot, and where the values of open slots stand."""
        class_ids = np.full(len(self.slots), -1 if state is None else 0, dtype=np.int16)
        places: list[tuple[int, int, int]] = []
        for slot, value in map(slot_and_value, state or ()):
            number = self._numbers.get(slot, -1)
            if number < 0:
                continue
            own = self._class_ids[number]
            class_ids[number] = own.get(value, own.get(GIVEN, -1))
            if class_ids[number] == own.get(GIVEN):
                open_slot = self.open_slots.index(number)
                places += [(open_slot, *found) for found in self._found(self.slots[number], value, context, offsets)]
        return class_ids, np.array(places, dtype=np.int32).reshape(-1, 3)

    def _found(self, slot: Slot, value: str, context: Context, offsets: np.ndarray) -> list[tuple[int, int]]:
        """Return first and last token of every place where a value stands."""
        found = []
        for base, utterance in context.said():
            for start, end in self.finder.places_of(slot, value, utterance):
                if tokens := tokens_at(offsets, base + start, base + end):
                    found.append(tokens)
        return found

    def collate(self, features: Sequence[Features], rng: np.random.Generator) -> Batch:
        """Return a padded batch with the classes, and the places of values."""
        batch = pad(features, self.tokenizer.pad_id, self.config.max_length)
        shape = (len(features), len(self.open_slots), batch.input_ids.shape[1])
        starts, ends = np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.float32)
        for i, row in enumerate(features):
            slots, first, last = row.places.T  # type: ignore[attr-defined]
            starts[i, slots, first] = ends[i, slots, last] = 1.0
        class_ids = np.stack([row.class_ids for row in features]).astype(np.int64)  # type: ignore[attr-defined]
        return DialogueBatch(batch.input_ids, batch.type_ids, batch.attention_mask, class_ids, starts, ends)

    def build_head(self, backbone_config: Any) -> Any:
        """Return the head that looks over the dialogue once for each slot."""
        from malmoi.models.state_head import SlotTable, StateHead

        def numbered(names: Sequence[str]) -> list[int]:
            known = list(dict.fromkeys(names))
            return [known.index(name) for name in names]

        vectors = {name: i for i, name in enumerate(dict.fromkeys(name for own in self.classes for name in own))}
        table = SlotTable(
            domains=numbered([slot.domain for slot in self.slots]),
            names=numbered([slot.own_name for slot in self.slots]),
            classes=[[vectors[name] for name in own] for own in self.classes],
            open_slots=self.open_slots,
        )
        return StateHead(backbone_config, table, dropout=self.config.dropout)

    def decode(self, example: DialogueExample, windows: Sequence[Window]) -> DialoguePrediction:
        """Return the slots that have a value, in the order of the ontology."""
        features, outputs = windows[0].features, windows[0].outputs
        context = context_of(example.turns)
        state = []
        for number, slot in enumerate(self.slots):
            shares = softmax(outputs["classes"][number, : len(self.classes[number])])
            best = int(shares.argmax())
            value, score = self.classes[number][best], float(shares[best])
            if value == GIVEN:
                ends = [outputs[name][self.open_slots.index(number), : len(features)] for name in ("start", "end")]
                found = read_value(slot, self.finder, context, features.offsets, *ends)  # type: ignore[attr-defined]
                if found is None:
                    continue
                value, score = found.value, score * found.share
            if value != NONE:
                state.append(SlotValue(slot.domain, slot.own_name, value, round(score, 6)))
        return DialoguePrediction(example.text, None, tuple(state))

    def score(self, predictions: Sequence[DialoguePrediction], examples: Sequence[DialogueExample]) -> Scores:
        """Return KLUE's joint goal accuracy and slot F1, and the micro F1 of all slots, with intervals over turns."""
        return state_table(_gold(examples), [p.labels for p in predictions]).scores()

    def main_statistic(
        self, predictions: Sequence[DialoguePrediction], examples: Sequence[DialogueExample]
    ) -> Statistic:
        """Return the joint goal accuracy of drawn examples."""
        return state_table(_gold(examples), [p.labels for p in predictions]).statistic("wos_jga")

    def analyse(self, predictions: Sequence[DialoguePrediction], examples: Sequence[DialogueExample]) -> Analysis:
        """Return the scores of each slot, those of always saying the commonest state, and the turns with most wrong slots."""
        gold = _gold(examples)
        return Analysis(
            baselines=[_constant(gold, [p.labels for p in predictions])],
            class_rows=_slot_rows(gold, [p.labels for p in predictions], [slot.name for slot in self.slots]),
            errors=self._errors(predictions, examples, gold),
        )

    def _errors(
        self,
        predictions: Sequence[DialoguePrediction],
        examples: Sequence[DialogueExample],
        gold: Sequence[Sequence[str]],
    ) -> list[WrongAnswer]:
        """Return the turns with most wrong slots: what is missing, and what was said instead."""
        wrong = []
        for prediction, example, state in zip(predictions, examples, gold, strict=True):
            said = prediction.labels
            missing, extra = ([v for v in one if v not in other] for one, other in ((state, said), (said, state)))
            if missing or extra:
                names = ", ".join(missing) or "-", ", ".join(extra) or "-"
                wrong.append(
                    (float(len(missing) + len(extra)), WrongAnswer(example.row, self.typed(example), None, *names))
                )
        return largest(wrong)

    @property
    def answers(self) -> str:
        """The slots."""
        return ", ".join(slot.name for slot in self.slots)

    @classmethod
    def demo(cls) -> list[DialogueExample]:
        """Eight turns of three dialogues: closed slots, times to read, "don't care", a change of mind."""
        rows = [
            [
                (Turn("식당을 찾고 있어요", ""), []),
                (Turn("서울 중앙이요", "어느 지역이 좋으세요?"), ["식당-지역-서울 중앙"]),
                (Turn("오후 6시로 예약해 주세요", "예약할까요?"), ["식당-지역-서울 중앙", "식당-예약 시간-18:00"]),
            ],
            [
                (Turn("주차 되는 숙소 있나요"), ["숙소-주차 가능-yes"]),
                (Turn("지역은 상관없어요", "어느 지역이 좋으세요?"), ["숙소-주차 가능-yes", "숙소-지역-dontcare"]),
                (
                    Turn("아니요 서울 북쪽으로 할게요", "더 필요하신가요?"),
                    ["숙소-주차 가능-yes", "숙소-지역-서울 북쪽"],
                ),
            ],
            [
                (Turn("서울 북쪽 식당이요"), ["식당-지역-서울 북쪽"]),
                (Turn("7시 30분이요", "몇 시에 예약할까요?"), ["식당-지역-서울 북쪽", "식당-예약 시간-07:30"]),
            ],
        ]
        found = []
        for number, dialogue in enumerate(rows):
            turns = [replace(turn, state=tuple(state)) for turn, state in dialogue]
            found += [DialogueExample(tuple(turns[: i + 1]), f"demo-{number}") for i in range(len(turns))]
        return found


def _gold(examples: Sequence[DialogueExample]) -> list[tuple[str, ...]]:
    """Return the gold states without slots that are said to be "none"."""
    return [tuple(v for v in example.state or () if slot_and_value(v)[1] != NONE) for example in examples]


def _constant(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> Baseline:
    """Return the answerer that always says the commonest state, which no other constant beats in joint goal accuracy."""
    counts = Counter(tuple(sorted(state)) for state in gold)
    state = min(counts, key=lambda own: (-counts[own], len(own), own))
    table = state_table(gold, [state] * len(gold))
    difference = paired_difference(state_table(gold, predicted), table, "wos_jga")
    name = (
        say(f"항상 {', '.join(state)}", f"always {', '.join(state)}") if state else say("항상 빈 상태", "always empty")
    )
    return Baseline("constant", name, table.scores(), difference)


def _slot_rows(
    gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]], slots: Sequence[str]
) -> list[ClassRow]:
    """Return the scores of each slot that was asked for or answered; right is the right value."""
    numbers = {slot: i for i, slot in enumerate(slots)}
    counts = np.zeros((3, len(slots)))
    for state, answer in zip(gold, predicted, strict=True):
        for row, values in zip(counts, (set(state) & set(answer), state, answer), strict=True):
            for value in values:
                row[numbers[slot_and_value(value)[0]]] += 1
    return [row for row in count_rows(slots, *counts) if row.support or row.predicted]
