"""Dialogue states: what is read of a dialogue, where values are found, which of them is answered, scores, messages."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_models import CPU, FP32, Training, demo_model

from malmoi.data.examples import DialogueExample, Turn
from malmoi.data.labels import LabelName
from malmoi.data.ontology import slots_of
from malmoi.errors import ConfigError, DataError
from malmoi.inference.engines import run_model
from malmoi.messages import set_language
from malmoi.models.state_head import standardised
from malmoi.models.task_model import batch_to_tensors
from malmoi.tasks import Window
from malmoi.tasks.dialogue import Dialogue, DialogueConfig
from malmoi.tasks.dialogue.context import context_of
from malmoi.tasks.dialogue.reading import read_value
from malmoi.tasks.dialogue.values import Mention, ValueFinder
from malmoi.training.recipe import OptimRecipe, TrainRecipe

ONTOLOGY = {
    "식당-지역": ("서울 중앙", "서울 북쪽"),
    "식당-주차 가능": ("yes", "no"),
    "식당-이름": ("명동집", "명동", "회오리 라멘"),
    "식당-예약 시간": ("18:00", "9:30"),
    "택시-도착지": ("명동집", "시청역"),
}
OPEN = ("식당-이름", "택시-도착지")


def dialogue(*turns: Any, **more: Any) -> DialogueExample:
    """A dialogue of (user, system, state) turns."""
    return DialogueExample(tuple(Turn(*turn) if isinstance(turn, tuple) else Turn(turn) for turn in turns), **more)


def task_on(folder: Path, **config: Any) -> tuple[Any, Any]:
    return demo_model(Dialogue, folder, **({"ontology": ONTOLOGY, "open_slots": OPEN} | config))


def finder() -> ValueFinder:
    return ValueFinder(slots_of(ONTOLOGY, 20, OPEN))


# --- what is read


def test_the_whole_dialogue_is_read_in_order() -> None:
    context = context_of([Turn("식당이요", "어서 오세요"), Turn("", "어디요?"), Turn("중앙")])
    assert context.text == "< 어서 오세요 > 식당이요 < 어디요? >  > 중앙"
    assert [words for _, words in context.said()] == ["어서 오세요", "식당이요", "어디요?", "", "중앙"]


def test_long_dialogues_are_cut_from_the_left(tiny_model: Path) -> None:
    task, _ = task_on(tiny_model, max_length=32)
    example = dialogue(*["또 " * 20 + "싸고 좋은"] * 5, ("서울 중앙이요", "지역은?", ("식당-지역-서울 중앙",)))
    ((window,),) = task.encode([example])
    tokens = [task.tokenizer.backend.id_to_token(int(i)).removeprefix("##") for i in window.input_ids]
    assert len(window) == 32 == len(window.offsets)
    assert tokens[0] == "[CLS]" and tokens[-1] == "[SEP]" and "".join(tokens[-8:-1]).endswith(">서울중앙이요")
    assert window.offsets[0].tolist() == window.offsets[-1].tolist() == [0, 0]
    text = context_of(example.turns).text
    assert text[window.offsets[1][0] : window.offsets[-2][1]].endswith("서울 중앙이요")


# --- where values are found


def test_values_are_found_without_regard_to_spaces_case_and_decomposition() -> None:
    found = finder().mentions("회오리라멘이나 회오리  라멘, 그리고 명동집")
    said = "회오리라멘이나 회오리  라멘, 그리고 명동집"
    places = [(said[m.start : m.end], m.value) for m in sorted(found["식당-이름"], key=lambda m: (m.start, m.end))]
    assert places == [
        ("회오리라멘", "회오리 라멘"),
        ("회오리  라멘", "회오리 라멘"),
        ("명동", "명동"),
        ("명동집", "명동집"),
    ]
    assert [(said[m.start : m.end], m.value) for m in found["택시-도착지"]] == [("명동집", "명동집")]
    decomposed = unicodedata.normalize("NFD", "시청역까지")
    (mention,) = finder().mentions(decomposed)["택시-도착지"]
    assert unicodedata.normalize("NFC", decomposed[mention.start : mention.end]) == "시청역"
    latin = ValueFinder(slots_of({"식당-이름": ("Bob's 치킨",)}, 20, ["식당-이름"]))
    assert latin.mentions("BOB'S치킨이요")["식당-이름"] == [Mention(0, 7, "Bob's 치킨")]


def test_times_are_spelt_as_the_ontology_spells_them() -> None:
    found = finder().mentions("아침 아홉 시 반이나 저녁 6시, 7시 5분")["식당-예약 시간"]
    assert [mention.value for mention in found] == ["9:30", "18:00", "07:05"]


def test_a_value_beyond_the_ontology_is_found_for_training() -> None:
    name, time = (slot for slot in slots_of(ONTOLOGY, 20, OPEN) if slot.name in ("식당-이름", "식당-예약 시간"))
    assert finder().places_of(name, "새로 난 집", "새로난 집에 갈래요") == [(0, 5)]
    assert finder().places_of(time, "19:40", "저녁 7시 40분이요, 19:40") == [(0, 9), (13, 18)]
    assert finder().places_of(name, "없는 집", "새로난 집에 갈래요") == []


def test_targets_point_at_every_place_of_a_value(tiny_model: Path) -> None:
    task, _ = task_on(tiny_model)
    state = ("식당-이름-명동집", "식당-지역-dontcare", "식당-예약 시간-18:00")
    example = dialogue("중앙 식당이요", ("네 명동집이요, 오후 6시에요", "명동집은 어떠세요?", state))
    ((window,),) = task.encode([example])
    context = context_of(example.turns).text
    found = [
        (task.slots[task.open_slots[slot]].name, context[window.offsets[first][0] : window.offsets[last][1]])
        for slot, first, last in window.places
    ]
    assert sorted(found)[0][0] == "식당-예약 시간" and [name for name, _ in sorted(found)[1:]] == ["식당-이름"] * 2
    named = {slot.name: task.classes[i][window.class_ids[i]] for i, slot in enumerate(task.slots)}
    assert named == {"식당-지역": "dontcare", "식당-주차 가능": "none", "식당-이름": "<value>", "식당-예약 시간": "<value>", "택시-도착지": "none"}  # fmt: skip
    batch = task.collate([window], np.random.default_rng(0))
    assert batch.start_places.sum() == batch.end_places.sum() == 3 and batch.start_places.shape[1] == 3


def test_unannotated_turns_have_no_target(tiny_model: Path) -> None:
    task, _ = task_on(tiny_model)
    ((window,),) = task.encode([dialogue("중앙 식당이요")])
    assert set(window.class_ids.tolist()) == {-1} and window.places.shape == (0, 3)


# --- what is answered


def reading(words: str, starts: dict[int, float], ends: dict[int, float], slot: str = "식당-이름") -> Any:
    """Read a slot in an utterance whose tokens are its characters, from the logits of some of them."""
    context = context_of([Turn(words)])
    offsets = np.array([[i, i + 1] for i in range(len(context.text))])
    low = context.utterances[0][0]
    logits = [np.full(len(offsets), -9.0, dtype=np.float32) for _ in range(2)]
    for own, given in zip(logits, (starts, ends), strict=True):
        for place, value in given.items():
            own[low + place] = value
    own_slot = next(own for own in slots_of(ONTOLOGY, 20, OPEN) if own.name == slot)
    return read_value(own_slot, finder(), context, offsets, *logits)


def test_the_pointed_mention_is_answered() -> None:
    assert reading("명동집 말고 회오리라멘", {7: 5.0, 0: 2.0}, {11: 5.0, 2: 2.0}).value == "회오리 라멘"
    assert reading("명동집 말고 회오리라멘", {0: 5.0}, {2: 5.0}).value == "명동집"
    assert reading("명동집 말고 회오리라멘", {0: 5.0}, {1: 5.0}).value == "명동"


def test_mentions_of_one_value_add_up() -> None:
    answer = reading("명동집 명동집 회오리라멘", {0: 3.0, 4: 3.0, 8: 3.3}, {2: 3.0, 6: 3.0, 12: 3.3})
    assert answer.value == "명동집" and 0.5 < answer.share < 0.7


def test_a_name_that_the_ontology_does_not_have_is_read() -> None:
    answer = reading("새로난집 말고 명동집", {0: 6.0}, {3: 6.0})
    assert answer.value == "새로난집" and answer.share > 0.9
    assert reading("새로난집으로요", {0: 6.0}, {3: 6.0}).value == "새로난집"


def test_a_free_value_stays_in_one_utterance_and_forwards() -> None:
    assert reading("새로난집", {3: 6.0}, {0: 6.0}).value == "집"  # no end before its start: the next best one
    context = context_of([Turn("가나"), Turn("다라")])
    offsets = np.array([[i, i + 1] for i in range(len(context.text))])
    start, end = np.full(len(offsets), -9.0), np.full(len(offsets), -9.0)
    start[2], end[-1] = 9.0, 9.0
    slot = next(own for own in slots_of(ONTOLOGY, 20, OPEN) if own.name == "식당-이름")
    assert read_value(slot, finder(), context, offsets, start, end).value in ("가", "가나")  # type: ignore[union-attr]


def test_times_are_never_free() -> None:
    assert reading("여섯 시쯤", {0: 9.0}, {1: 9.0}, "식당-예약 시간").value == "06:00"
    assert reading("점심때요", {0: 9.0}, {2: 9.0}, "식당-예약 시간") is None


def test_a_value_without_anything_to_read_is_left_out(tiny_model: Path) -> None:
    task, _ = task_on(tiny_model)
    example = dialogue("점심때요")
    ((window,),) = task.encode([example])
    classes = np.full((5, 4), -9.0, dtype=np.float32)
    classes[:, 0] = 9.0
    classes[3] = [-9.0, -9.0, 9.0, -9.0]
    ends = np.zeros((3, len(window) + 8), dtype=np.float32)  # padded, as batches are
    assert task.decode(example, [Window(window, {"classes": classes, "start": ends, "end": ends})]).state == ()


def test_slots_answer_in_the_order_of_the_ontology_with_their_probability(tiny_model: Path) -> None:
    task, _ = task_on(tiny_model)
    example = dialogue("명동집이요, 주차 되죠?")
    ((window,),) = task.encode([example])
    classes = np.full((5, 4), -50.0, dtype=np.float32)
    classes[:, 0] = 0.0
    classes[1, 2] = classes[2, 2] = 2.0
    ends = np.zeros((3, len(window)), dtype=np.float32)
    said = task.decode(example, [Window(window, {"classes": classes, "start": ends, "end": ends})])
    assert said.labels[0] == "식당-주차 가능-yes" and said.state[1].slot == "이름"
    assert said.state[0].score == pytest.approx(1 / (1 + np.exp(-2.0)), abs=1e-4)
    assert said.state[1].score < said.state[0].score
    assert said.to_dict()["state"][0] == {
        "domain": "식당",
        "slot": "주차 가능",
        "value": "yes",
        "score": said.state[0].score,
    }


# --- the head


def test_classes_that_a_slot_does_not_have_are_never_chosen(tiny_model: Path) -> None:
    task, model = task_on(tiny_model)
    ((window,),) = task.encode([dialogue("중앙 식당이요")])
    ((answer,),) = run_model(model, task, [[window]], CPU)
    assert answer.outputs["classes"].shape == (5, 4) and answer.outputs["start"].shape[0] == 3
    assert (answer.outputs["classes"][2, 3:] < -1000).all() and (answer.outputs["classes"][0] > -100).all()
    assert (answer.outputs["start"][:, len(window) :] < -1000).all()


def test_loss_counts_every_place_of_a_value(tiny_model: Path) -> None:
    task, model = task_on(tiny_model)
    head = model.heads["dialogue"]
    one = dialogue(("명동집이요", "", ("식당-이름-명동집",)))
    ((window,),) = task.encode([one])
    batch = batch_to_tensors(task.collate([window], np.random.default_rng(0)), CPU)
    length = batch["input_ids"].shape[1]
    classes = torch.zeros(1, 5, 4)
    flat = {"classes": classes, "start": torch.zeros(1, 3, length), "end": torch.zeros(1, 3, length)}
    total, count = head.loss(flat, batch)  # type: ignore[operator]
    assert count == 5 and total == pytest.approx(5 * np.log(4) + 2 * np.log(length), rel=1e-5)
    twice = replace(window, places=np.array([[0, 1, 2], [0, 3, 4]], dtype=np.int32))
    batch = batch_to_tensors(task.collate([twice], np.random.default_rng(0)), CPU)
    total, _ = head.loss(flat, batch)  # type: ignore[operator]
    assert total == pytest.approx(5 * np.log(4) + 2 * np.log(length / 2), rel=1e-5)


def test_names_never_seen_are_read_after_training(tiny_model: Path) -> None:
    """A pointer learned on some names finds others, which no classifier could."""
    names = ("명동", "중앙", "북쪽", "주차", "식당", "숙소")
    rows = [dialogue((f"{name} 있나요", "", (f"식당-이름-{name}",))) for name in names]
    rows += [dialogue((f"{name} 상관없어요", "", ())) for name in names]
    config: dict[str, Any] = {"ontology": {"식당-이름": (*names, "예약", "지역")}, "open_slots": ("식당-이름",)}
    task, model = demo_model(Dialogue, tiny_model, rows, **config)
    run = Training(task, model, rows, TrainRecipe(epochs=60, batch_size=12), OptimRecipe(lr=5e-3), FP32)
    for _ in run.steps():
        pass
    model.eval()
    fresh = [dialogue("예약 있나요"), dialogue("지역 상관없어요")]
    windows = run_model(model, task, task.encode(fresh), CPU)
    said = [task.decode(example, own).labels for example, own in zip(fresh, windows, strict=True)]
    assert said == [("식당-이름-예약",), ()]


# --- the ontology of a run, checks and messages


def test_the_ontology_comes_from_the_setting_the_corpus_or_the_states() -> None:
    examples = Dialogue.demo()
    learned = Dialogue.configure(DialogueConfig(), examples)
    assert learned.ontology["식당-예약 시간"] == ("07:30", "18:00") and len(learned.ontology) == 4
    names = {label: LabelName(label, label, label) for label in ("식당-지역-서울 중앙", "식당-이름-명동집")}
    assert Dialogue.configure(DialogueConfig(), examples, names).ontology == {
        "식당-지역": ("서울 중앙",),
        "식당-이름": ("명동집",),
    }
    given = DialogueConfig(ontology=ONTOLOGY)
    assert Dialogue.configure(given, examples, names) is given


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("식당-지혁-서울 중앙", ["'식당-지혁'", "Did you mean '식당-지역'?"]),
        ("식당-지역-서울 중안", ["식당-지역:", "'서울 중안'", "Did you mean '서울 중앙'?", "Add it to the ontology"]),
        ("식당-주차 가능-예", ["식당-주차 가능", "dontcare, yes, no"]),
    ],
)
def test_states_outside_the_ontology_are_named(tiny_model: Path, state: str, expected: list[str]) -> None:
    task, _ = task_on(tiny_model)
    set_language("en")
    good = dialogue(("네", "", ("식당-이름-처음 보는 집", "식당-지역-none")), row=1)
    with pytest.raises(DataError) as caught:
        task.check([good, dialogue(("네", "", (state,)), row=7)], "wos.json")
    assert all(part in str(caught.value) for part in ["wos.json, line 7", *expected]), caught.value


def test_missing_states_are_named(tiny_model: Path) -> None:
    task, _ = task_on(tiny_model)
    set_language("en")
    with pytest.raises(DataError, match="wos.json, item 1: there is no state: '중앙이요'"):
        task.check([dialogue("중앙이요")], "wos.json")
    with pytest.raises(DataError, match="no state has any slot"):
        Dialogue(DialogueConfig(), None).check([dialogue(("네", "", ()))], "wos.json", training=True)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"ontology": ONTOLOGY, "open_slots": ("식당-이릅",)}, "Did you mean '식당-이름'"),
        ({"ontology": {"식당": ("가",)}}, "named 'domain-slot'"),
        ({"max_length": 8}, "max_length 8"),
        ({"max_classes": 1}, "max_classes 1"),
    ],
)
def test_settings_that_mean_nothing(given: dict[str, Any], expected: str) -> None:
    set_language("en")
    with pytest.raises((ConfigError, DataError), match=expected):
        DialogueConfig(**given)


def test_asking_by_lines_by_turns_and_by_official_records(tiny_model: Path) -> None:
    task, _ = task_on(tiny_model)
    expected = dialogue("식당이요", ("중앙이요", "어디요?"))
    assert task.ask("user: 식당이요\nsys: 어디요?\nuser: 중앙이요") == expected
    assert task.ask("", cells={"turns": [{"user": "식당이요"}, {"user": "중앙이요", "system": "어디요?"}]}) == expected
    spoken = [{"role": "user", "text": "식당이요", "state": ["식당-지역-가"]}, {"role": "sys", "text": "어디요?"}]
    assert task.ask("", cells={"dialogue": [*spoken, {"role": "user", "text": "중앙이요"}]}) == expected
    assert task.ask(task.typed(expected)) == expected
    set_language("en")
    with pytest.raises(DataError, match="line 3: 'turns': the user says nothing"):
        task.ask("", cells={"turns": []}, row=3)
    with pytest.raises(DataError, match="reads single texts"):
        task.ask("식당이요", "숙소요")


# --- scores


def test_scores_and_analysis_are_those_of_states(tiny_model: Path) -> None:
    task, _ = task_on(tiny_model)
    gold = [("식당-지역-서울 중앙", "식당-이름-none"), ("식당-지역-서울 중앙", "식당-주차 가능-yes"), ()]
    examples = [dialogue((f"말 {i}", "", state)) for i, state in enumerate(gold)]
    windows = task.encode(examples)
    answers = []
    for i, ((window,), parking) in enumerate(zip(windows, (0, 3, 3), strict=True)):
        classes = np.full((5, 4), -9.0, dtype=np.float32)
        classes[:, 0] = 0.0
        classes[0, 2] = 9.0 if i < 2 else -9.0
        classes[1, parking] = 9.0 if parking else 0.0
        ends = np.zeros((3, len(window)), dtype=np.float32)
        answers.append(task.decode(examples[i], [Window(window, {"classes": classes, "start": ends, "end": ends})]))
    assert [answer.labels for answer in answers] == [
        ("식당-지역-서울 중앙",), ("식당-지역-서울 중앙", "식당-주차 가능-no"), ("식당-주차 가능-no",),
    ]  # fmt: skip
    scores = {name: score.value for name, score in task.score(answers, examples).items()}
    assert scores == pytest.approx(
        {"wos_jga": 1 / 3, "wos_slot_f1": (1 + 0.5 + 0) / 3, "slot_f1_micro": 2 * 2 / (3 + 4)}
    )
    analysis = task.analyse(answers, examples)
    rows = {row.label: (row.precision, row.recall, row.support) for row in analysis.class_rows}
    assert rows == {"식당-지역": (1.0, 1.0, 2), "식당-주차 가능": (0.0, 0.0, 1)}
    assert analysis.baselines[0].scores["wos_jga"].value == pytest.approx(1 / 3)
    many = [dialogue(("말", "", state)) for state in (gold[0], gold[0], ())]
    (constant,) = task.analyse(answers, many).baselines
    assert constant.scores["wos_jga"].value == pytest.approx(2 / 3) and constant.name.endswith(" 식당-지역-서울 중앙")
    worst = analysis.errors[0]
    assert (worst.gold, worst.predicted, worst.text) == ("식당-주차 가능-yes", "식당-주차 가능-no", "user: 말 1")


def test_what_all_tokens_share_is_taken_off_before_the_queries_look() -> None:
    generator = torch.Generator().manual_seed(0)
    hidden = torch.randn(2, 6, 8, generator=generator)
    mask = torch.tensor([[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0]])
    found = standardised(hidden, mask)
    assert torch.allclose(found[1, :4].mean(dim=0), torch.zeros(8), atol=1e-5)
    assert found[1, :4].square().mean() == pytest.approx(1.0, abs=1e-3)
    assert torch.equal(found[1, 4:], torch.zeros(2, 8))
    assert torch.allclose(standardised(3 * hidden + 100 * torch.randn(8, generator=generator), mask), found, atol=1e-3)
    assert torch.allclose(standardised(hidden[1:, :4], mask[1:, :4]), found[1:, :4], atol=1e-6)
    assert standardised(hidden[:, :1], mask[:, :1]).isfinite().all()
