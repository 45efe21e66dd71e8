"""Entities and parts of speech: what the data say of themselves, decoding, long texts, scores, and bad input."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_models import CPU, Training, demo_model

from malmoi.config import from_dict, to_dict
from malmoi.data.examples import Span, SpanExample
from malmoi.data.predictions import TaggedSpan, TaggingPrediction
from malmoi.errors import ConfigError, DataError
from malmoi.inference.engines import run_model
from malmoi.messages import set_language
from malmoi.tasks import Window
from malmoi.tasks.tagging import Tagging, TaggingConfig
from malmoi.training.recipe import OptimRecipe, TrainRecipe

WORDS = [
    ("비가 온다.", ["비가/NOUN", "온다/VERB", "./PUNCT"]),
    ("눈이 왔다!", ["눈이/NOUN", "왔다/VERB", "!/PUNCT"]),
    ("바람이 분다", ["바람이/NOUN", "분다/VERB"]),
    ("비와 눈", ["비와/NOUN", "눈/NOUN"]),
]


@pytest.fixture(autouse=True)
def english() -> None:
    set_language("en")


def tagged(text: str, *marked: str) -> SpanExample:
    """`tagged("비가 온다", "비가/NOUN")`: spans found from left to right."""
    spans, position = [], 0
    for word, label in (item.rsplit("/", 1) for item in marked):
        position = text.index(word, position)
        spans.append(Span(position, position + len(word), label))
        position += len(word)
    return SpanExample(text, tuple(spans), None)


def words() -> list[SpanExample]:
    return [tagged(text, *marked) for text, marked in WORDS]


def perfect(task: Any, features: Any) -> Window:
    """Outputs that are sure of every annotated unit, of characters or of pieces."""
    scores = np.zeros((len(features.units), len(task.tags)), dtype=np.float32)
    known = np.flatnonzero(features.tag_ids >= 0)
    scores[known, features.tag_ids[known]] = 10.0
    if task.config.level == "char":
        return Window(features, {"logits": scores})
    logits = np.zeros((len(features), len(task.tags)), dtype=np.float32)
    logits[features.units.tokens] = scores
    return Window(features, {"logits": logits})


def answers(task: Any, examples: list[SpanExample]) -> list[TaggingPrediction]:
    windows = [[perfect(task, features) for features in row] for row in task.encode(examples)]
    return [task.decode(example, row) for example, row in zip(examples, windows, strict=True)]


def task_for(examples: list[SpanExample], folder: Path, **config: Any) -> Any:
    return demo_model(Tagging, folder, examples, **config)[0]


def test_entities_and_parts_of_speech_are_told_apart(tiny_model: Path) -> None:
    entities = Tagging.configure(TaggingConfig(), Tagging.demo())
    assert not entities.part_of_speech and entities.splits_words and entities.labels == ("DT", "LC", "PS")
    pos = Tagging.configure(TaggingConfig(), words())
    assert pos.part_of_speech and pos.splits_words and Tagging(pos, None).main_score == "token_f1"  # type: ignore[arg-type]
    whole = Tagging.configure(TaggingConfig(), [tagged("손흥민은 런던에 산다", "손흥민은/PS", "런던에/LC")])
    assert not whole.part_of_speech and not whole.splits_words
    assert Tagging(entities, None).tags.names[0] == "O" and "O" not in Tagging(pos, None).tags.names  # type: ignore[arg-type]


def test_perfect_outputs_give_words_and_tags_back(tiny_model: Path) -> None:
    examples = words()
    task = task_for(examples, tiny_model)
    scores = task.score(answers(task, examples), examples)
    assert {name: score.value for name, score in scores.items()} == {
        "token_f1": 1.0, "boundary_f1": 1.0, "upos_accuracy": 1.0,
    }  # fmt: skip
    xpos = [tagged("비가 온다", "비가/NNG+JKS", "온다/VV+EF"), tagged("눈", "눈/NNG")]
    assert "xpos_accuracy" in task_for(xpos, tiny_model).score(answers(task_for(xpos, tiny_model), xpos), xpos)


def test_gold_tokens_get_one_label_each_whatever_the_boundaries_found(tiny_model: Path) -> None:
    task = task_for(words(), tiny_model)
    (row,) = task.encode([SpanExample("비가 온다.", None, ((0, 2), (3, 5), (5, 6)))])
    scores = np.zeros((5, len(task.tags)), dtype=np.float32)
    noun, punct, verb = (task.tags.begin(i) for i in range(3))
    scores[0, noun], scores[1, noun], scores[2, verb], scores[3, verb], scores[4, verb + 1] = 5, 5, 5, 5, 5
    scores[4, punct] = 4
    example = SpanExample("비가 온다.", None, ((0, 2), (3, 5), (5, 6)))
    found = task.decode(example, [Window(row[0].__class__(row[0].input_ids, row[0].type_ids, row[0].units, row[0].tag_ids), {"logits": scores})])  # fmt: skip
    assert [span.text for span in found.spans] == ["비", "가", "온", "다."]
    assert found.token_labels == ("NOUN", "VERB", "PUNCT")
    assert found.to_dict()["token_labels"] == ["NOUN", "VERB", "PUNCT"]
    assert "token_labels" not in task.decode(SpanExample("비가 온다."), [Window(row[0], {"logits": scores})]).to_dict()


def test_where_spans_are_whole_words_none_ends_inside_one(tiny_model: Path) -> None:
    examples = [tagged("손흥민은 런던에 산다", "손흥민은/PS", "런던에/LC")]
    task = task_for(examples, tiny_model)
    (row,) = task.encode([SpanExample("손흥민은 산다")])
    scores = np.zeros((6, len(task.tags)), dtype=np.float32)
    begin = task.tags.begin(task.config.labels.index("PS"))
    scores[0, begin] = scores[1, begin + 1] = scores[2, begin + 1] = 4.0  # 손흥민, but 은 looks outside
    scores[3:, 0] = 4.0
    found = task.decode(SpanExample("손흥민은 산다"), [Window(row[0], {"logits": scores})])
    assert [span.text for span in found.spans] == ["손흥민은"]
    free = Tagging(replace(task.config, splits_words=True), task.tokenizer)
    found = free.decode(SpanExample("손흥민은 산다"), [Window(row[0], {"logits": scores})])
    assert [span.text for span in found.spans] == ["손흥민"]


@pytest.mark.parametrize("level", ["char", "token"])
def test_long_texts_are_read_in_windows_without_a_seam(level: str, tiny_model: Path) -> None:
    example = Tagging.demo()[0]
    text = " ".join([example.text] * 40)
    step = len(example.text) + 1
    spans = tuple(Span(s.start + step * i, s.end + step * i, s.label) for i in range(40) for s in example.spans or ())
    long = SpanExample(text, spans)
    task = task_for([long], tiny_model, max_length=32, overlap=8, level=level)
    (row,) = task.encode([long])
    assert len(row) > 10 and max(map(len, row)) == 32
    assert sum(len(features.units) for features in row) == sum(char != " " for char in text)
    (found,) = answers(task, [long])
    assert [(s.start, s.end, s.label) for s in found.spans] == [(s.start, s.end, s.label) for s in spans]
    control = [int(row[0].input_ids[0]), int(row[0].input_ids[-1])]
    assert all([features.input_ids[0], features.input_ids[-1]] == control for features in row)


def test_decomposed_text_gives_spans_of_the_raw_text(tiny_model: Path) -> None:
    example = Tagging.demo()[0]
    text = unicodedata.normalize("NFD", example.text)
    ends = [len(unicodedata.normalize("NFD", example.text[:i])) for i in range(len(example.text) + 1)]
    raw = SpanExample(text, tuple(Span(ends[s.start], ends[s.end], s.label) for s in example.spans or ()))
    task = task_for(Tagging.demo(), tiny_model)
    (found,) = answers(task, [raw])
    assert [unicodedata.normalize("NFC", span.text) for span in found.spans] == ["손흥민", "런던"]
    assert all(text[span.start : span.end] == span.text for span in found.spans)


@pytest.mark.parametrize("config", [{"level": "token"}, {"crf": True}, {"level": "token", "crf": True}], ids=str)
def test_every_kind_of_head_learns_the_demo(config: dict[str, Any], tiny_model: Path) -> None:
    examples = Tagging.demo()
    task, model = demo_model(Tagging, tiny_model, examples, **config)
    run = Training(task, model, examples, TrainRecipe(epochs=80, batch_size=8), OptimRecipe(lr=5e-3))
    losses = [report.loss for report in run.steps()]
    windows = run_model(model, task, task.encode(examples), CPU)
    found = [task.decode(e, w) for e, w in zip(examples, windows, strict=True)]
    assert task.score(found, examples)["entity_f1"].value == 1.0 and losses[-1] < 0.2 * losses[0]
    assert all(0 <= span.score <= 1 for prediction in found for span in prediction.spans)
    tuned = task.calibrate(examples, windows, model.heads[task.name])  # type: ignore[arg-type]
    assert (tuned is task) == bool(config.get("crf"))


def test_the_temperature_changes_probabilities_and_no_decision(tiny_model: Path) -> None:
    examples = Tagging.demo()
    task, model = demo_model(Tagging, tiny_model, examples)
    for _ in Training(task, model, examples, TrainRecipe(epochs=40, batch_size=8), OptimRecipe(lr=5e-3)).steps():
        pass
    windows = run_model(model, task, task.encode(examples), CPU)
    before = [task.decode(e, w) for e, w in zip(examples, windows, strict=True)]
    tuned: Any = task.calibrate(examples, windows, model.heads[task.name])  # type: ignore[arg-type]
    after = [
        tuned.decode(e, w) for e, w in zip(examples, run_model(model, tuned, tuned.encode(examples), CPU), strict=True)
    ]
    assert tuned.config.temperature != 1.0
    spans = [[replace(span, score=0.0) for span in prediction.spans] for prediction in (*before, *after)]
    assert spans[: len(before)] == spans[len(before) :]
    assert before != after


def test_rare_labels_are_left_out_of_training_and_not_called_outside(tiny_model: Path) -> None:
    examples = [*words(), tagged("아이고 비", "아이고/INTJ", "비/NOUN")]
    task = task_for(examples, tiny_model, min_count=2)
    assert task.config.labels == ("NOUN", "PUNCT", "VERB")
    (features,) = task.encode(examples)[-1]
    assert features.tag_ids.tolist() == [-100, -100, -100, task.tags.begin(0)]
    task.check(examples, "자료", training=True)
    analysis = task.analyse(answers(task, examples), examples)
    assert any("1 of 12 tokens (8.3%) have labels that training did not show" in note for note in analysis.notes)


def test_analysis_of_entities(tiny_model: Path) -> None:
    examples = [replace(example, row=i) for i, example in enumerate(Tagging.demo(), 2)]
    task = task_for(examples, tiny_model)
    right = answers(task, examples)
    wrong = [replace(right[0], spans=(TaggedSpan("손흥민은", "PS", 0.9, 0, 4), *right[0].spans[1:])), *right[1:]]
    analysis = task.analyse(wrong, examples)
    assert [(row.label, row.support) for row in analysis.class_rows] == [("DT", 2), ("LC", 3), ("PS", 4)]
    (error,) = analysis.errors
    assert (error.row, error.gold, error.predicted, error.probability) == (2, "손흥민 PS", "손흥민은 PS", 0.9)
    assert sum(b.count for b in analysis.reliability) == 9
    assert task.analyse(right, examples).errors == []


def test_kiwi_stands_beside_sejong_tags_and_says_why_not_elsewhere(tiny_model: Path) -> None:
    pytest.importorskip("kiwipiepy")
    xpos = [
        tagged("비가 온다.", "비가/NNG+JKS", "온다/VV+EF", "./SF"),
        tagged("눈이 온다", "눈이/NNG+JKS", "온다/VV+EC"),
    ]
    task = task_for(xpos, tiny_model)
    (kiwi,) = task.analyse(answers(task, xpos), xpos).baselines
    assert (kiwi.key, kiwi.judged_by) == ("kiwi", "xpos_accuracy")
    assert kiwi.difference is None or kiwi.difference.value == pytest.approx(1 - kiwi.scores["xpos_accuracy"].value)
    assert kiwi.scores["xpos_accuracy"].value == pytest.approx(4 / 5)
    upos = task_for(words(), tiny_model)
    analysis = upos.analyse(answers(upos, words()), words())
    assert not analysis.baselines and "not its Sejong tags" in analysis.notes[0]
    assert analysis.labels == ["NOUN", "PUNCT", "VERB"]
    assert analysis.confusion is not None and analysis.confusion.trace() == sum(len(m) for _, m in WORDS)


def test_meanings_of_labels_are_for_readers_only(tiny_model: Path) -> None:
    from malmoi.data.labels import LabelName

    names = {"PS": LabelName("PS", "인물", "person"), "OG": LabelName("OG", "기관", "organisation")}
    config = Tagging.configure(TaggingConfig(), Tagging.demo(), names)
    assert config.meanings == (names["PS"],)
    assert from_dict(TaggingConfig, to_dict(config)) == config
    task = Tagging(config, task_for(Tagging.demo(), tiny_model).tokenizer)
    (found,) = answers(task, Tagging.demo()[:1])
    assert found.sentence == "Found 2: 손흥민(PS person), 런던(LC)." and found.marks[0].caption == "PS person"
    set_language("ko")
    assert "손흥민(PS 인물)" in found.sentence
    assert found.to_dict()["spans"][0]["label"] == "PS" and "meanings" not in found.to_dict()


def test_predictions_are_read_back_as_examples(tiny_model: Path) -> None:
    from malmoi.data.columns import Columns
    from malmoi.data.shapes import SHAPES, shape_from_memory

    examples = Tagging.demo()
    found = answers(task_for(examples, tiny_model), examples)
    records = [prediction.to_dict() for prediction in found]
    assert list(records[0]["spans"][0]) == ["text", "label", "score", "start", "end"]
    again = shape_from_memory(records, SHAPES["spans"], Columns())
    assert [example.spans for example in again] == [example.spans for example in examples]


@pytest.mark.parametrize(
    ("example", "problem"),
    [
        (SpanExample("비가 온다", None, row=7), "line 7: there is no annotation"),
        (SpanExample("비가", (Span(0, 9, "PS"),)), "item 2: (0, 9, 'PS') is outside the text of 2 characters"),
        (SpanExample("비가", (Span(0, 2, "PS"), Span(1, 2, "LC"))), "overlap"),
        (SpanExample("비가", (Span(0, 1, "PSS"),)), "'PS'"),
    ],
    ids=["none", "outside", "overlap", "label"],
)
def test_bad_examples_are_named(example: SpanExample, problem: str, tiny_model: Path) -> None:
    task = task_for(Tagging.demo(), tiny_model)
    with pytest.raises(DataError) as caught:
        task.check([Tagging.demo()[0], example], "자료.jsonl")
    assert str(caught.value).startswith("자료.jsonl") and problem in str(caught.value)


def test_another_tag_set_is_an_error_for_parts_of_speech_too(tiny_model: Path) -> None:
    task = task_for(words(), tiny_model)
    with pytest.raises(DataError, match="'NNG'"):
        task.check([tagged("비가", "비/NNG", "가/JKS")], "자료")


def test_nothing_to_learn_from(tiny_model: Path) -> None:
    empty = [SpanExample("비가 온다", ())]
    config = Tagging.configure(TaggingConfig(), empty)
    with pytest.raises(DataError, match="not one span"):
        Tagging(config, None).check(empty, "자료", training=True)  # type: ignore[arg-type]


def test_pairs_are_refused(tiny_model: Path) -> None:
    with pytest.raises(DataError, match="reads single texts"):
        task_for(Tagging.demo(), tiny_model).ask("비가 온다", "둘째 글")


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"level": "chars"}, "'char'"),
        ({"overlap": 130}, "below half of max_length 256"),
        ({"max_length": 4}, "max_length 4"),
        ({"dropout": 1.5}, "dropout"),
    ],
    ids=str,
)
def test_bad_settings(values: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        from_dict(TaggingConfig, values, "task.")


def test_settings_that_do_not_fit_the_data() -> None:
    many = [tagged(" ".join("가나" for _ in range(70)), *(f"가나/L{i}" for i in range(70)))]
    with pytest.raises(ConfigError, match="up to 64 labels"):
        Tagging.configure(TaggingConfig(crf=True), many)
    with pytest.raises(ConfigError, match="not for this data, which annotates entities"):
        Tagging.configure(TaggingConfig(main_score="token_f1"), Tagging.demo())
    with pytest.raises(ConfigError, match="which annotates parts of speech"):
        Tagging.configure(TaggingConfig(main_score="entity_f1"), words())
    with pytest.raises(ConfigError, match="temperature"):
        Tagging.configure(TaggingConfig(temperature=2.0), words())


def test_whole_eojeols_are_scored_as_naver_scores_them() -> None:
    gold = [tagged("손흥민은 런던에 산다", "손흥민은/PS", "런던에/LC")]
    task = Tagging(Tagging.configure(TaggingConfig(), gold), None)  # type: ignore[arg-type]
    found = TaggingPrediction(gold[0].text, None, (TaggedSpan("손흥민", "PS", 0.9, 0, 3),))
    scores = task.score([found], gold)
    assert scores["entity_f1"].value == 0.0  # the character 은 is missing
    assert scores["naver_ner_f1"].value == pytest.approx(2 / 3)  # one of two eojeols
    split = Tagging(Tagging.configure(TaggingConfig(), Tagging.demo()), None)  # type: ignore[arg-type]
    assert "naver_ner_f1" not in split.score([found], [tagged("손흥민은 런던에 산다", "손흥민/PS")])
