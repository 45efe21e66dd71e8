"""Splits of malmoi's own: nothing is lost, what belongs together stays together, and order does not matter."""

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from malmoi.data.corpora.splits import OWN_SPLITS, carve
from malmoi.data.examples import TextExample

texts = st.sampled_from([f"글 {i}" for i in range(40)])
examples_of_pairs = st.lists(
    st.builds(TextExample, text=texts, pair=st.one_of(st.none(), texts), label=st.just("0")), max_size=60
)


def squeezed(text):
    return "".join(text.split())


@given(examples_of_pairs, st.randoms())
def test_a_text_stands_on_one_side(examples, shuffle):
    sides = carve(examples)
    assert tuple(sides) == OWN_SPLITS
    assert Counter(example for side in sides.values() for example in side) == Counter(examples)
    seen = [{text for e in side for text in (e.text, e.pair) if text is not None} for side in sides.values()]
    assert not (seen[0] & seen[1] or seen[0] & seen[2] or seen[1] & seen[2])
    other = list(examples)
    shuffle.shuffle(other)
    assert {name: Counter(side) for name, side in carve(other).items()} == {
        name: Counter(side) for name, side in sides.items()
    }


def test_spaces_and_composition_make_no_other_text():
    same = ["가고 싶다", "가고싶다 ", " 가고\t싶다", "\u1100\u1161고 싶다"]
    for text in ("가고 싶다", *(f"{number}번 글" for number in range(30))):
        copies = [TextExample(text.replace("가고 싶다", other)) for other in same]
        assert sorted(map(len, carve(copies).values())) == [0, 0, len(same)]


def test_about_a_tenth_each():
    sides = carve([TextExample(f"리뷰 {i}") for i in range(10_000)])
    assert 900 < len(sides["dev"]) < 1100 and 900 < len(sides["final"]) < 1100


def test_added_rows_hardly_move_the_others():
    examples = [TextExample(f"리뷰 {i}") for i in range(1000)]
    assert set(carve(examples)["dev"]) <= set(carve([*examples, *(TextExample(f"평 {i}") for i in range(500))])["dev"])


def test_links_hold_together_what_shares_no_text():
    examples = [TextExample(f"말 {i}") for i in range(200)]
    random.Random(3).shuffle(examples)
    sides = carve(examples, lambda rows: [(row.text, rows[i - i % 10].text) for i, row in enumerate(rows)])
    for start in range(0, 200, 10):
        block = set(examples[start : start + 10])
        assert [bool(block & set(side)) for side in sides.values()].count(True) == 1
