"""How dev is held out, and what a data argument may be."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from malmoi.data import corpora
from malmoi.data.columns import Columns
from malmoi.data.corpora import Corpus, LabelName
from malmoi.data.examples import Dataset, Span, SpanExample, TextExample
from malmoi.errors import ConfigError, DataError
from malmoi.training.datasets import limited, load_dataset, load_training_data, named_corpus
from malmoi.training.held_out import hold_out
from malmoi.training.recipe import DataRecipe

examples_with_copies = st.lists(
    st.builds(
        TextExample,
        text=st.sampled_from([f"글 {i}" for i in range(30)]),
        pair=st.sampled_from([None, None, "", "둘째"]),
        label=st.sampled_from(["긍정", "부정", "중립"]),
    ),
    max_size=80,
)


def key(example: TextExample) -> tuple[str, str | None]:
    return example.text, example.pair


@given(examples_with_copies, st.floats(0.05, 0.5), st.integers(0, 3), st.randoms())
def test_hold_out(examples: list[TextExample], share: float, seed: int, random: Any) -> None:
    train, dev = hold_out(Dataset(examples), share, seed)
    assert Counter(train.examples + dev.examples) == Counter(examples)
    assert not {key(e) for e in train} & {key(e) for e in dev}, "copies of a text on both sides"
    again = hold_out(Dataset(list(examples)), share, seed)
    assert [again[0].examples, again[1].examples] == [train.examples, dev.examples]
    shuffled = list(examples)
    random.shuffle(shuffled)
    assert Counter(hold_out(Dataset(shuffled), share, seed)[1].examples) == Counter(dev.examples)


def sample(num: int) -> list[TextExample]:
    return [TextExample(f"글 {i}", label="드묾" if i % 10 == 0 else "흔함") for i in range(num)]


def test_hold_out_takes_its_share_where_no_two_annotations_are_alike() -> None:
    rows = [SpanExample(f"글 {i}", (Span(0, 1, "NNG"), Span(2, 3, f"SN{i}"))) for i in range(400)]
    assert len({row.target for row in rows}) == 400
    train, dev = hold_out(Dataset(rows), 0.1, 0)
    assert 25 <= len(dev) <= 55 and len(train) + len(dev) == 400


def test_hold_out_takes_its_share_of_every_label() -> None:
    train, dev = hold_out(Dataset(sample(1000)), 0.1, 0)
    counts = Counter(e.label for e in dev)
    assert 3 <= counts["드묾"] <= 20 and 60 <= counts["흔함"] <= 120  # 10 and 90 on the average
    assert "held out" in train.notes[-1] or "떼어" in train.notes[-1]
    assert dev.source.endswith("(dev)")


def test_a_share_that_is_not_the_asked_one_is_said_with_its_reason() -> None:
    rare = [TextExample(f"글 {i}", label=f"라벨 {i % 20}") for i in range(60)]
    train, dev = hold_out(Dataset(rare), 0.1, 0)
    assert {e.label for e in dev} == {e.label for e in rare} and len(dev) >= 20
    assert f"({100 * len(dev) / 60:.3g} %" in train.notes[-1]
    assert "data.dev_share" in train.notes[-1] and "10 %" in train.notes[-1]
    assert "data.dev_share" not in hold_out(Dataset(sample(1000)), 0.1, 0)[0].notes[-1]


def test_seed_moves_the_choice() -> None:
    texts = [{e.text for e in hold_out(Dataset(sample(200)), 0.1, seed)[1]} for seed in (0, 1)]
    assert texts[0] != texts[1]


def test_added_rows_move_no_other_text() -> None:
    before = {e.text for e in hold_out(Dataset(sample(1000)), 0.1, 0)[1]}
    after = hold_out(Dataset(sample(1500)), 0.1, 0)[1]
    assert before == {e.text for e in after if int(e.text.split()[1]) < 1000}


def linked(num: int) -> list[TextExample]:
    """Three hypotheses to each premise, one of each label; the premise is the second text of one of them."""
    return [
        TextExample(*((f"전제 {i}", f"가설 {i}-{k}") if k else (f"가설 {i}-0", f"전제 {i}")), label=str(k))
        for i in range(num)
        for k in range(3)
    ]


@pytest.mark.parametrize("num", [4, 12, 200])
def test_examples_with_a_text_in_common_stay_together(num: int) -> None:
    train, dev = hold_out(Dataset(linked(num)), 0.1, 0)
    sides = [{text for e in side for text in (e.text, e.pair)} for side in (train, dev)]
    assert not sides[0] & sides[1]
    counts = Counter(e.label for e in dev)
    assert len(set(counts.values())) == 1 and max(1, num // 20) <= counts["0"] <= max(2, num // 6)
    assert len(train.notes) == 1, "nothing to warn of"


def test_spaces_and_composition_make_no_other_text() -> None:
    same = ["가고 싶다", "가고싶다 ", "\u1100\u1161고 싶다"]
    examples = [TextExample(text + str(i), label="가나"[i % 2]) for i in range(100) for text in same]
    _, dev = hold_out(Dataset(examples), 0.1, 0)
    assert dev and set(Counter(e.text.rpartition("다")[2].strip() for e in dev).values()) == {3}


def test_a_group_too_large_for_dev_stays_in_training_and_is_named() -> None:
    large = [TextExample("전제", f"가설 {i}", label="01"[i % 2]) for i in range(60)]
    for seed in range(20):
        train, dev = hold_out(Dataset([*large, *linked(30)]), 0.1, seed)
        assert 3 <= len(dev) <= 40 and not any(e.text == "전제" for e in dev)
        assert "60" in train.notes[-2]


def test_when_everything_is_linked_only_copies_stay_together_and_that_is_said() -> None:
    examples = [TextExample(f"글 {i % 50}", "같은 물음", label="01"[i % 2]) for i in range(100)]
    train, dev = hold_out(Dataset(examples), 0.1, 0)
    assert {e.label for e in dev} == {"0", "1"} and len(dev) <= 30
    assert not {key(e) for e in train} & {key(e) for e in dev}
    assert "--dev" in train.notes[-2]


def test_an_empty_second_text_links_nothing() -> None:
    train, dev = hold_out(Dataset([TextExample(f"글 {i}", "", label="0") for i in range(100)]), 0.1, 0)
    assert dev and len(train.notes) == 1


def test_rare_labels_stay_in_training() -> None:
    rows = [*sample(40), TextExample("하나뿐", label="단 하나")]
    train, dev = hold_out(Dataset(rows), 0.1, 0)
    assert "단 하나" in {e.label for e in train}
    assert Counter(e.label for e in dev)["드묾"] >= 1


def test_lone_surrogates_are_held_out_like_anything_else() -> None:
    train, dev = hold_out(Dataset([TextExample(f"\ud800{i}", label="가") for i in range(4)]), 0.25, 0)
    assert len(train) and len(dev)


def test_sets_of_labels_are_held_out_by_their_share_and_rare_ones_together() -> None:
    common = [TextExample(f"글 {i}", labels=(("욕설",), ("욕설", "비하"), ())[i % 3]) for i in range(300)]
    rare = [TextExample(f"드문 글 {i}", labels=(f"라벨 {i}", "욕설")) for i in range(40)]
    _, dev = hold_out(Dataset([*common, *rare]), 0.1, 0)
    counts = Counter(e.target for e in dev)
    assert all(3 <= counts[target] <= 20 for target in ("욕설", "비하|욕설", "-"))  # 10 on the average
    assert 1 <= sum("드문" in e.text for e in dev) <= 10


@pytest.mark.parametrize("num", [8, 60, 1000])
def test_scores_are_held_out_over_their_whole_range(num: int) -> None:
    whole = Dataset([TextExample(f"글 {i}", f"둘째 {i}", score=5 * i / num) for i in range(num)])
    train, dev = hold_out(whole, 0.1, 0)
    bins = max(1, min(10, num // 10))
    assert bins <= len(dev) <= max(3, num // 4) and len(train) + len(dev) == num
    assert {int(bins * e.score / 5) for e in dev if e.score is not None} == set(range(bins))


def test_copies_with_different_annotations_stay_together() -> None:
    scored = [TextExample(f"글 {i % 50}", score=i / 40) for i in range(200)]
    several = [TextExample(f"글 {i % 50}", labels=("가",) if i % 7 else ()) for i in range(200)]
    for examples in (scored, several):
        train, dev = hold_out(Dataset(examples), 0.2, 0)
        assert len(dev) and not {e.text for e in train} & {e.text for e in dev}


def test_kinds_of_labels_are_read(tmp_path: Path) -> None:
    path = tmp_path / "여럿.tsv"
    path.write_text("text\tlabel\n" + "".join(f"글 {i}\t가/나\n말 {i}\t\n" for i in range(20)), encoding="utf-8")
    data = load_training_data(DataRecipe(train=str(path), separator="/"), kind="labels")
    assert {e.labels for e in data.train} == {("가", "나"), ()} == {e.labels for e in data.dev}
    memory = [("글", 1), ("말", 2.5), ("말뭉치", "3")]
    assert [e.score for e in load_dataset(memory, Columns(), split="train", kind="score")] == [1.0, 2.5, 3.0]


def test_rules_without_a_use_are_refused(corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="skip_bad"):
        load_dataset("작은", Columns(), split="train", skip_bad=True)
    with pytest.raises(ConfigError, match="skip_bad"):
        load_training_data(DataRecipe(train="작은", skip_bad=True))
    for data in (tmp_path / "나무.conllu", [{"text": "비가 온다"}]):
        with pytest.raises(ConfigError, match="separator"):
            load_dataset(data, Columns(), split="train", kind="tree", separator="|")


def test_a_corpus_knows_its_separator(corpus: Corpus) -> None:
    assert load_dataset("작은", Columns(), split="train", kind="labels").source == "작은:train"
    with pytest.raises(ConfigError, match="'작은'.*'\\|'"):
        load_dataset("작은", Columns(), split="train", kind="labels", separator="|")


def test_limited() -> None:
    whole = Dataset(sample(50))
    some = limited(whole, 10, seed=0)
    assert len(some) == 10 and limited(whole, 10, seed=0) == some
    assert limited(whole, 10, seed=1) != some
    assert [e.text for e in some] == sorted((e.text for e in some), key=lambda text: int(text.split()[1]))
    assert limited(whole, None, 0) is whole and limited(whole, 50, 0) is whole


def load_split(split: str) -> Dataset:
    labels = "01" * 8
    return Dataset([TextExample(f"{split} {i}", label=label) for i, label in enumerate(labels)], f"작은:{split}")


SMALL = Corpus(
    name="작은", task="classification", title_ko="작은 말뭉치", title_en="small", licence="CC0", citation="없음", files=(),
    splits=("train", "dev", "test"), reader=load_split,
    labels=(LabelName("0", "부정", "negative"), LabelName("1", "긍정", "positive")),
)  # fmt: skip


@pytest.fixture
def corpus(monkeypatch: pytest.MonkeyPatch) -> Corpus:
    monkeypatch.setattr(corpora, "CORPORA", (SMALL, replace(SMALL, name="둘", splits=("train", "test"))))
    return SMALL


def test_corpus_by_name(corpus: Corpus) -> None:
    data = load_training_data(DataRecipe(train="작은"))
    assert (data.train.source, data.dev.source) == ("작은:train", "작은:dev")
    assert {label: (name.ko, name.en) for label, name in data.label_names.items()} == {
        "0": ("부정", "negative"),
        "1": ("긍정", "positive"),
    }
    assert named_corpus("작은:test") == (corpus, "test")
    assert load_dataset("작은", Columns(), split="test").source == "작은:test"
    assert load_dataset("작은:dev", Columns(), split="test").source == "작은:dev"


def test_corpus_without_dev_and_named_split_hold_out(corpus: Corpus) -> None:
    for name in ("둘", "작은:train"):
        data = load_training_data(DataRecipe(train=name))
        assert len(data.train) + len(data.dev) == 16 and {e.label for e in data.dev} == {"0", "1"}


def test_dev_by_name_or_file_or_memory(corpus: Corpus, reviews_file: Path) -> None:
    assert load_training_data(DataRecipe(train="작은", dev="작은:test")).dev.source == "작은:test"
    assert len(load_training_data(DataRecipe(train="작은", dev=str(reviews_file))).dev) == 12
    own = [("재밌어요", "긍정")]
    assert len(load_training_data(DataRecipe(train="작은"), dev=own).dev) == 1
    data = load_training_data(DataRecipe(train="작은", limit=5), train=sample(20), dev=own)
    assert len(data.train) == 5 and not data.label_names


def test_file_of_the_name_of_a_corpus_comes_first(
    corpus: Corpus, reviews_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "작은").write_bytes(reviews_file.read_bytes())
    assert named_corpus("작은") is None
    assert len(load_dataset("작은", Columns(), split="train")) == 12


def test_nothing_to_train_on_is_said() -> None:
    with pytest.raises(DataError, match="--data"):
        load_training_data(DataRecipe())
