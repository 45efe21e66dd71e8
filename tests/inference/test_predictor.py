"""Text in, predictions out: order, laziness, pairs, wrong types, and the same answer in any company."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from malmoi.data.examples import TextExample
from malmoi.data.features import LENGTH_STEP
from malmoi.errors import ConfigError, DataError
from malmoi.inference import engines
from malmoi.inference import predictor as module
from malmoi.inference.engines import run_model
from malmoi.inference.predictor import Predictor, as_example, load
from malmoi.messages import set_language


@pytest.fixture(scope="module")
def predictor(tiny_run: Path) -> Predictor:
    return load(str(tiny_run), precision="fp32", threads=1)


@pytest.fixture(autouse=True)
def english() -> None:
    set_language("en")


TEXTS = [f"{'정말 ' * (i % 7)}재밌어요 {i}" for i in range(40)]


def test_one_text_gives_one_and_a_list_a_list(predictor: Predictor) -> None:
    one = predictor("배송이 빠르고 포장도 꼼꼼해요")
    assert (one.text, one.label) == ("배송이 빠르고 포장도 꼼꼼해요", "긍정")
    assert predictor(["배송이 빠르고 포장도 꼼꼼해요"]) == [one]
    assert predictor(TextExample("배송이 빠르고 포장도 꼼꼼해요", label="무엇이든")) == one
    assert predictor([]) == [] == list(predictor.stream([]))


def test_pairs(pair_run: Path) -> None:
    predictor = load(str(pair_run), precision="fp32", threads=1)
    one = predictor(("음식이 맛있고", "친절합니다"))
    assert (one.text, one.pair) == ("음식이 맛있고", "친절합니다")
    again = predictor([("음식이 맛있고", "친절합니다"), TextExample("너무 비싸요", pair="")])
    assert again[0].scores == pytest.approx(one.scores, abs=1e-5)
    assert again[1].pair == ""


def test_a_single_text_for_pairs_and_a_pair_for_single_texts(predictor: Predictor, pair_run: Path) -> None:
    with pytest.raises(DataError, match="'음식이 맛있고': there is a second text"):
        predictor(("음식이 맛있고", "친절합니다"))
    with pytest.raises(DataError, match="'음식이 맛있고': there is no second text.*--pair"):
        load(str(pair_run), precision="fp32", threads=1)(["음식이 맛있고"])


def test_any_iterable(predictor: Predictor) -> None:
    answers = predictor(TEXTS[:3])
    for texts in (iter(TEXTS[:3]), dict.fromkeys(TEXTS[:3]).keys(), (text for text in TEXTS[:3])):
        assert predictor(texts) == answers  # type: ignore[call-overload]


@pytest.mark.parametrize("wrong", [3, None, b"bytes", ("a",), ("a", "b", "c"), ("a", 1), 1.5], ids=repr)
def test_wrong_types_are_named(wrong: object, predictor: Predictor) -> None:
    with pytest.raises(ConfigError, match="expected a string"):
        predictor(wrong)  # type: ignore[call-overload]
    with pytest.raises(ConfigError, match="expected a string"):
        predictor(["좋아요", wrong])  # type: ignore[list-item]
    with pytest.raises(ConfigError, match="expected a string"):
        as_example(predictor.task, wrong)


def test_a_row_of_columns(predictor: Predictor) -> None:
    assert predictor({"text": TEXTS[0], "번호": 7}) == predictor(TEXTS[0])
    for wrong in ({"글": "좋아요"}, {"text": 3}, {"text": "좋아요", "pair": None}):
        with pytest.raises(DataError, match="'text'"):
            predictor(wrong)


def test_order_is_kept(predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = predictor(TEXTS)
    assert [answer.text for answer in whole] == TEXTS
    monkeypatch.setattr(module, "CHUNK", 7)
    monkeypatch.setattr(engines, "MAX_ROWS", 3)
    for a, b in zip(predictor.stream(TEXTS), whole, strict=True):
        assert a.text == b.text and a.scores == pytest.approx(b.scores, abs=1e-4)


def test_texts_do_not_influence_each_other(predictor: Predictor) -> None:
    alone = predictor("재밌어요")
    for company in (["네"] * 3, ["아주 긴 글입니다 " * 40], ["", "🙂"]):
        together = predictor([*company, "재밌어요"])[-1]
        assert together.label == alone.label and together.scores == pytest.approx(alone.scores, abs=1e-4)


def test_stream_reads_only_what_it_answers(predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 10)
    read = 0

    def texts() -> Iterator[str]:
        nonlocal read
        for read in range(1, 1000):
            yield f"글 {read}"

    answers = predictor.stream(texts())
    assert read == 0
    assert next(answers).text == "글 1" and read == 10
    assert [next(answers).text for _ in range(10)][-1] == "글 11" and read == 20


def test_stream_needs_constant_memory(predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 50)

    def peak(num: int) -> int:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        for _answer in predictor.stream(f"글 {i} " + "가" * 300 for i in range(num)):
            pass
        return tracemalloc.get_traced_memory()[1] - before

    tracemalloc.start()
    try:
        peak(100)
        small, large = peak(100), peak(1000)
    finally:
        tracemalloc.stop()
    assert large < 1.5 * small + 100_000


def test_progress_counts_every_window(predictor: Predictor) -> None:
    seen: list[int] = []
    list(predictor.stream(TEXTS, seen.append))
    assert sum(seen) == len(TEXTS)


def test_passes_stay_within_the_token_limit(predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "MAX_TOKENS", 64)
    shapes = []
    forward = predictor.engine.model.forward

    def record(head: str, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        shapes.append(tensors["input_ids"].shape)
        return forward(head, tensors)

    monkeypatch.setattr(predictor.engine.model, "forward", record)
    windows = predictor.task.encode([as_example(predictor.task, text) for text in TEXTS])
    outputs = run_model(predictor.engine.model, predictor.task, windows, torch.device("cpu"))
    assert sum(rows for rows, _ in shapes) == len(TEXTS)
    assert all(rows == 1 or rows * (length - LENGTH_STEP) < 64 for rows, length in shapes)
    assert len(shapes) >= sum(len(row[0]) for row in windows) // 64
    assert [row[0].features for row in outputs] == [row[0] for row in windows]


def test_bf16_agrees_on_the_label(predictor: Predictor, tiny_run: Path) -> None:
    low = load(str(tiny_run), precision="bf16", threads=1)
    assert {p.dtype for p in low.engine.model.parameters()} == {torch.bfloat16}
    texts = ["배송이 빠르고 포장도 꼼꼼해요", "한 번 쓰고 고장 났습니다"]
    for a, b in zip(low(texts), predictor(texts), strict=True):
        assert a.label == b.label and a.score == pytest.approx(b.score, abs=0.05)


def test_dropout_is_off(predictor: Predictor) -> None:
    assert not predictor.engine.model.training
    assert predictor("좋아요") == predictor("좋아요")
    assert "classification" in repr(predictor)
