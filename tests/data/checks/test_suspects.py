"""Candidates for wrong labels: planted errors are found, and what cannot be known is not said."""

import json
import sys

import numpy as np
import pytest

from malmoi.data.checks.keys import near_text
from malmoi.data.checks.out_of_fold import FoldConfig, assign_folds, out_of_fold
from malmoi.data.checks.suspects import disagreements, find_suspects, num_fits
from malmoi.data.examples import TextExample
from malmoi.errors import DataError, MissingExtra

GOOD = ["재밌어요", "최고예요", "감동이에요", "훌륭해요", "추천해요"]
BAD = ["지루해요", "최악이에요", "실망이에요", "별로예요", "아까워요"]
THINGS = ["배우", "연기", "음악", "화면", "이야기", "결말", "대사", "감독"]


def reviews(number=320, flipped=(), seed=0):
    """Reviews whose last word tells the label; those at `flipped` carry the other one."""
    rng = np.random.default_rng(seed)
    examples = []
    for i in range(number):
        is_good = i % 2 == 0
        words = [*rng.choice(THINGS, 3), rng.choice(GOOD if is_good else BAD), str(i)]
        label = "긍정" if is_good != (i in flipped) else "부정"
        examples.append(TextExample(" ".join(words), label=label, row=i + 2))
    return examples


def test_planted_errors_come_first():
    flipped = {5, 40, 111, 200, 301}
    report = find_suspects(reviews(flipped=flipped))
    assert {suspect.position for suspect in report.suspects[:5]} == flipped
    assert len(report.suspects) <= 7
    first = report.suspects[0]
    assert first.row == first.position + 2 and {first.given, first.suggested} == {"긍정", "부정"}
    assert first.suggested_probability > 0.8 and first.margin > 0.6
    assert report.accuracy > 0.95 and report.majority < 0.52 and report.is_trustworthy


def test_the_seed_decides():
    examples = reviews(80, flipped={7})
    assert find_suspects(examples, FoldConfig(seed=1)) == find_suspects(examples, FoldConfig(seed=1))
    one, other = (assign_folds(examples, np.ones((80, 1), bool), FoldConfig(seed=seed)) for seed in (1, 2))
    assert (one != other).any()


def test_copies_stay_in_one_fold_and_labels_are_spread():
    examples = [TextExample(f"글 {i // 2}{'!' * (i % 2)}", label=str(i % 4 // 2)) for i in range(200)]
    gold = np.array([[example.label == "0", example.label == "1"] for example in examples])
    folds = assign_folds(examples, gold, FoldConfig())
    by_text = {}
    for example, fold in zip(examples, folds, strict=True):
        by_text.setdefault(near_text(example.text), set()).add(fold)
    assert all(len(found) == 1 for found in by_text.values())
    assert [int(gold[folds == fold, 0].sum()) for fold in range(5)] == [20] * 5


def test_a_model_that_knows_nothing_is_not_trusted():
    rng = np.random.default_rng(3)
    examples = [TextExample(f"{rng.integers(1 << 40)}", label=str(rng.integers(2))) for _ in range(200)]
    assert not find_suspects(examples).is_trustworthy


def test_nothing_is_said_of_a_label_that_is_never_found():
    rare = [TextExample(f"{thing} 궁금해요", label="질문", row=900 + i) for i, thing in enumerate(THINGS[:2])]
    report = find_suspects(reviews(120) + rare)
    assert not [suspect for suspect in report.suspects if suspect.given == "질문"]


def test_several_labels_are_questions_by_themselves():
    unmarked, mismarked = {12, 30, 66, 102, 150, 198}, {41, 83, 125, 209}
    examples = []
    for i, review in enumerate(reviews(240)):
        is_question = i % 3 == 0
        is_marked = is_question if i not in unmarked | mismarked else not is_question
        labels = (review.label, *(("물음",) if is_marked else ()))
        examples.append(TextExample(review.text + (" 맞나요?" if is_question else ""), labels=labels, row=i + 2))
    report = find_suspects(examples)
    found = {suspect.position for suspect in report.suspects[:6]}
    assert report.has_several and found <= unmarked | mismarked and found & unmarked and found & mismarked
    for suspect in report.suspects[:6]:
        added = set(suspect.suggested.split("|")) ^ set(suspect.given.split("|"))
        assert added == {"물음"} and (len(suspect.suggested) > len(suspect.given)) == (suspect.position in unmarked)


def test_pairs_are_compared():
    rng = np.random.default_rng(0)
    examples = []
    for i in range(300):
        text, other = (f"{' '.join(rng.choice(THINGS, 3))} {rng.choice(GOOD + BAD)} {j}" for j in (i, i + 500))
        same = i % 2 == 0
        examples.append(TextExample(text, f"{text} 정말" if same else other, label="같음" if same else "다름"))
    report = find_suspects(examples)
    assert report.accuracy > 0.95 and len(report.suspects) < 10


def test_progress_hears_every_fit():
    heard = []
    examples = reviews(40)
    find_suspects(examples, advance=heard.append)
    assert len(heard) == num_fits(examples) == 10


def test_confident_learning_takes_the_thresholds_of_each_label():
    # label 1 is rarely sure of itself (mean 0.45), so 0.5 counts as confident; label 0 is (mean 0.9), so 0.8 does not
    probabilities = np.array([[0.95, 0.05], [0.85, 0.15], [0.45, 0.55], [0.2, 0.8], [0.8, 0.2]])
    given = np.array([0, 0, 0, 1, 1])
    thresholds = [probabilities[given == j, j].mean() for j in (0, 1)]
    assert thresholds == pytest.approx([0.75, 0.5])
    assert disagreements(probabilities, given) == [(2, 1), (4, 0)]


def test_fewer_examples_than_folds():
    report = find_suspects(reviews(4))
    assert report.num_rows == 4
    assert out_of_fold(reviews(2), np.array([[True, False], [False, True]])).shape == (2, 2)


def test_json_values():
    values = json.loads(json.dumps(find_suspects(reviews(flipped={5, 40, 111, 200, 301})).to_dict(1)))
    assert values["num_suspects"] >= 2 and len(values["suspects"]) == 1 and values["suspects"][0]["margin"] > 0


@pytest.mark.parametrize(
    "examples",
    [[TextExample("가")], [TextExample("가", label="1")] * 9, [TextExample("가", score=i) for i in range(9)]],
)
def test_nothing_to_confuse(examples):
    with pytest.raises(DataError, match="two labels"):
        find_suspects(examples)


def test_without_scikit_learn(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.linear_model", None)
    with pytest.raises(MissingExtra, match=r'pip install "malmoi\[train\]"'):
        find_suspects(reviews(20))
