"""Cleaning drops what it says, in its order, and says it with rows."""

import json
import unicodedata

import numpy as np
import pytest

from malmoi.data.clean import CleanConfig, clean
from malmoi.data.examples import Dataset, TextExample
from malmoi.errors import ConfigError, DataError

NOTHING = CleanConfig(nfc=False, drop_empty=False, contradictions="keep", drop_duplicates=False)


def rows(*texts):
    return [TextExample(text, label=label, row=i) for i, (text, label) in enumerate(texts, 2)]


def kept(examples, config, **more):
    return [example.row for example in clean(examples, config, **more).examples]


def steps(examples, config, **more):
    return {step.name: step.num_rows for step in clean(examples, config, **more).steps}


def test_without_steps_everything_stays():
    examples = rows(("가", "1"), ("가", "0"), ("", "1"), ("가", "1"))
    cleaned = clean(examples, NOTHING)
    assert cleaned.examples == examples and cleaned.steps == ()


def test_the_default_steps():
    decomposed = unicodedata.normalize("NFD", "굿")
    examples = rows(("굿", "1"), (" ", "1"), (decomposed, "1"), ("별로", "0"), ("굿", "0"))
    assert steps(examples, CleanConfig()) == {"nfc": 1, "empty": 1, "contradictions": 1, "duplicates": 1}
    assert kept(examples, CleanConfig()) == [2, 5]


def test_a_step_names_rows_texts_labels_and_reasons():
    examples = rows(*[("굿", "1")] * 6, ("굿", "0"))
    contradictions, duplicates = clean(examples, CleanConfig()).steps[-2:]
    (row,) = contradictions.rows
    assert (row.row, row.text, row.label, row.reason) == (8, "굿", "0", "1 ×6, 0 ×1")
    assert duplicates.num_rows == 5 and [row.row for row in duplicates.rows] == [3, 4, 5]
    assert duplicates.rows[0].reason == "repeats line 2"


@pytest.mark.parametrize(("how", "expected"), [("majority", [2, 3, 7]), ("drop", [7]), ("keep", [2, 3, 4, 5, 6, 7])])
def test_contradictions(how, expected):
    examples = rows(("굿", "1"), ("굿", "1"), ("굿", "0"), ("흠", "1"), ("흠", "0"), ("네", "1"))  # 흠 has no majority
    assert kept(examples, CleanConfig(contradictions=how, drop_duplicates=False)) == expected


def test_kept_contradictions_are_no_duplicates():
    examples = rows(("굿", "1"), ("굿", "0"), ("굿", "1"))
    assert kept(examples, CleanConfig(contradictions="keep")) == [2, 3]


def test_near_copies_only_when_asked():
    examples = rows(("재밌어요", "1"), ("재밌어요!!", "1"), ("재밌 어요~", "0"))
    assert kept(examples, CleanConfig()) == [2, 3, 4]
    assert kept(examples, CleanConfig(near=True)) == [2]


def test_lengths_count_both_texts():
    examples = [TextExample("가", row=2), TextExample("가나", "다라", row=3), TextExample("가" * 9, row=4)]
    assert kept(examples, CleanConfig(min_chars=2, max_chars=8)) == [3]
    assert clean(examples, CleanConfig(min_chars=2)).steps[2].rows[0].reason == "1 characters"


def test_texts_of_other_data_go():
    other = Dataset(rows(("나", "0"), (unicodedata.normalize("NFD", "다"), "1")), "시험.csv")
    examples = rows(("가", "1"), ("나", "1"), ("다", "1"), ("나!", "1"))
    cleaned = clean(examples, CleanConfig(), [other, Dataset(rows(("가", "1")), "더.csv")])
    assert [example.row for example in cleaned.examples] == [5]
    assert [step.num_rows for step in cleaned.steps if step.name == "against"] == [2, 1]
    assert cleaned.steps[2].rows[0].reason == "stands in 시험.csv, line 2"
    assert kept(examples, CleanConfig(near=True), against=[other]) == [2]


def test_cleaning_of_texts_comes_before_what_it_makes_empty_or_equal():
    examples = rows(("<b>굿</b>ㅋㅋㅋㅋ", "1"), ("굿ㅋㅋ", "1"), ("<br>", "0"), ("별로", "0"))
    config = CleanConfig(steps=("html", "repeats=2"))
    cleaned = clean(examples, config)
    assert [example.text for example in cleaned.examples] == ["굿ㅋㅋ", "별로"]
    assert steps(examples, config) == {
        "nfc": 0, "html": 2, "repeats=2": 1, "empty": 1, "contradictions": 0, "duplicates": 1,
    }  # fmt: skip


def test_other_data_is_compared_as_if_cleaned():
    other = Dataset(rows(("<b>굿</b>ㅋㅋㅋㅋㅋㅋ", "1")), "시험.csv")
    examples = rows(("굿ㅋㅋㅋ", "1"), ("별로", "0"))
    assert kept(examples, CleanConfig(steps=("html", "repeats=2")), against=[other]) == [3]
    assert kept(examples, CleanConfig(), against=[other]) == [2, 3]


def test_pairs_and_labels_survive():
    example = TextExample(
        unicodedata.normalize("NFD", "가"), unicodedata.normalize("NFD", "나"), labels=("욕설",), row=4
    )
    (found,) = clean([example], CleanConfig()).examples
    assert (found.text, found.pair, found.labels, found.row) == ("가", "나", ("욕설",), 4)


def test_suspects_are_dropped_when_asked():
    rng = np.random.default_rng(0)
    examples = []
    for i in range(300):
        label = "긍정" if i % 2 == 0 else "부정"
        word = rng.choice(["재밌어요", "최고예요"] if label == "긍정" else ["지루해요", "최악이에요"])
        given = label if i not in (50, 51) else {"긍정": "부정", "부정": "긍정"}[label]
        examples.append(TextExample(f"{word} {i}", label=given, row=i + 2))
    heard = []
    cleaned = clean(examples, CleanConfig(drop_suspects=True), advance=heard.append)
    gone = {example.row for example in examples} - {example.row for example in cleaned.examples}
    assert gone and gone <= {52, 53} and len(heard) == 10
    assert "→" in cleaned.steps[-1].rows[0].reason
    assert len(clean(examples, CleanConfig()).examples) == 300


def test_suspects_of_a_model_that_knows_nothing_are_refused():
    rng = np.random.default_rng(3)
    examples = [TextExample(f"{rng.integers(1 << 40)}", label=str(rng.integers(2))) for _ in range(200)]
    with pytest.raises(DataError, match="--drop-suspects"):
        clean(examples, CleanConfig(drop_suspects=True))


def test_nothing_left():
    with pytest.raises(DataError, match=r"length 1.*empty 1|empty 1.*length 1"):
        clean(rows(("가", "1"), (" ", "1")), CleanConfig(min_chars=5))


@pytest.mark.parametrize(
    "values", [{"contradictions": "drpo"}, {"min_chars": -1}, {"max_chars": 0}, {"min_chars": 9, "max_chars": 5}]
)
def test_values_that_mean_nothing(values):
    with pytest.raises(ConfigError):
        CleanConfig(**values)


def test_json_values():
    values = json.loads(json.dumps(clean(rows(("가", "1"), ("가", "1")), CleanConfig()).to_dict()))
    assert values["rows_after"] == 1
    assert values["steps"][-1]["name"] == "duplicates" and values["steps"][-1]["rows"][0]["row"] == 3
