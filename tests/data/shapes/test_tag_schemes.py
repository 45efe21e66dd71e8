"""Every scheme gives the same spans, and a tag that does not fit is named."""

import pytest

from malmoi.data.examples import Span
from malmoi.data.shapes.tag_schemes import BadTag, Scheme, find_scheme, tags_to_spans

PLACES = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6)]
GOLD = [Span(0, 2, "PS"), Span(2, 3, "PS"), Span(4, 6, "LC")]
SAME = {
    "IOB2": ["B-PS", "I-PS", "B-PS", "O", "B-LC", "I-LC"],
    "IOB1": ["I-PS", "I-PS", "B-PS", "O", "I-LC", "I-LC"],
    "BIOES": ["B-PS", "E-PS", "S-PS", "O", "B-LC", "E-LC"],
}
SPELT = {
    "naver": (["PS_B", "PS_I", "PS_B", "-", "LC_B", "LC_I"], Scheme("IOB2", True)),
    "behind": (["PS-B", "PS-I", "PS-B", "O", "LC-B", "LC-I"], Scheme("IOB2", True)),
    "BILOU": (["B-PS", "L-PS", "U-PS", "O", "B-LC", "L-LC"], Scheme("BIOES")),
    "BMEW": (["B_PS", "E_PS", "W_PS", "O", "B_LC", "E_LC"], Scheme("BIOES")),
}


@pytest.mark.parametrize("name", SAME)
def test_the_scheme_is_found_and_gives_the_same_spans(name):
    scheme = find_scheme([["O"], SAME[name]])
    assert scheme == Scheme(name)
    assert tags_to_spans(SAME[name], PLACES, scheme) == GOLD


@pytest.mark.parametrize("name", SPELT)
def test_other_spellings(name):
    tags, scheme = SPELT[name]
    assert find_scheme([tags]) == scheme
    assert tags_to_spans(tags, PLACES, scheme) == GOLD


def test_three_tokens_in_bmew():
    tags = ["B-PS", "M-PS", "E-PS"]
    assert tags_to_spans(tags, PLACES[:3], find_scheme([tags])) == [Span(0, 3, "PS")]


def test_small_letters_are_no_labels_of_their_own():
    tags = ["b-per", "i-per", "o", "b-loc"]
    scheme = find_scheme([tags])
    assert scheme == Scheme("IOB2")
    assert tags_to_spans(tags, PLACES[:4], scheme) == [Span(0, 2, "per"), Span(3, 4, "loc")]
    assert find_scheme([["e-mail", "noun", "verb", "josa"]]) == Scheme("plain"), "one label that looks so is a label"


def test_labels_with_hyphens_keep_them():
    tags = ["B-per-son", "I-per-son", "O"]
    assert tags_to_spans(tags, PLACES[:3], find_scheme([tags])) == [Span(0, 2, "per-son")]


def test_io_joins_neighbours_and_plain_does_not():
    assert find_scheme([["PS", "PS"], ["O"]]) == Scheme("IO")
    assert tags_to_spans(["PS", "PS", "LC", "O", "PS"], PLACES[:5], Scheme("IO")) == [
        Span(0, 2, "PS"), Span(2, 3, "LC"), Span(4, 5, "PS"),
    ]  # fmt: skip
    assert find_scheme([["NNG", "JX", "_", "NNG"]]) == Scheme("plain")
    assert tags_to_spans(["NNG", "NNG", "_"], PLACES[:3], Scheme("plain")) == [Span(0, 1, "NNG"), Span(1, 2, "NNG")]


def test_one_stray_i_does_not_make_iob1_of_a_file():
    assert find_scheme([["B-PS", "I-PS"], ["O", "I-PS"]]) == Scheme("IOB2")
    assert find_scheme([["O", "O"]]) == Scheme("IO")


@pytest.mark.parametrize(
    ("tags", "scheme", "index", "problem"),
    [
        (["O", "I-PS"], Scheme("IOB2"), 1, "write 'B-PS'"),
        (["B-PS", "I-LC"], Scheme("IOB2"), 1, "follows no beginning of 'LC'"),
        (["PS_I"], Scheme("IOB2", True), 0, "write 'PS_B'"),
        (["B-PS", "O"], Scheme("BIOES"), 1, "its last token is 'e-ps'"),
        (["O", "B-PS"], Scheme("BIOES"), 1, "'PS' is not closed"),
        (["B-PS", "E-LC"], Scheme("BIOES"), 1, "'PS' is not closed"),
        (["O", "E-PS"], Scheme("BIOES"), 1, "follows no beginning of 'PS'"),
        (["B-PS", "PS"], Scheme("IOB2"), 1, "unlike the others"),
        (["PS_B", "B-PS"], Scheme("IOB2", True), 1, "LABEL_B"),
    ],
    ids=str,
)
def test_a_tag_that_does_not_fit(tags, scheme, index, problem):
    with pytest.raises(BadTag) as caught:
        tags_to_spans(tags, PLACES[: len(tags)], scheme)
    assert caught.value.index == index and problem.casefold() in str(caught.value).casefold()


@pytest.mark.parametrize(
    ("tag", "scheme", "begin"),
    [("L-PS", "BIOES", "'B-PS'"), ("M-TIME", "BIOES", "'B-TIME'"), ("I-LC", "IOB2", "'B-LC'")],
)
def test_the_advice_is_a_beginning(tag, scheme, begin):
    with pytest.raises(BadTag) as caught:
        tags_to_spans(["O", tag], PLACES[:2], Scheme(scheme))
    assert begin in str(caught.value)
