import pytest
from hypothesis import given
from hypothesis import strategies as st

from malmoi.evaluation.markup import Html, element, escape
from malmoi.evaluation.names import percent
from malmoi.evaluation.svg import Scale, shorten, text_width, ticks


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_ticks_are_few_even_and_inside(low, width):
    high = low + width
    values = ticks(low, high)
    assert len(values) <= 7
    if high - low > 1e-9 * max(abs(low), 1):
        assert all(low - 1e-6 * width <= value <= high + 1e-6 * width for value in values)


def test_scale_of_one_value_does_not_divide_by_zero():
    assert Scale(3.0, 3.0).share(3.0) == pytest.approx(0.5)
    assert Scale(0.0, 0.0).share(0.0) == pytest.approx(0.5)
    assert Scale(0, 10).x(20) == "100.00%"
    assert Scale(0, 10).y(10, 50) == 0


@given(st.text(max_size=40), st.floats(20, 200))
def test_shortened_labels_fit(text, width):
    assert text_width(shorten(text, width, 13), 13) <= width or len(text) == 0


def test_markup_is_escaped_once():
    assert escape(Html("<b>")) == "<b>"
    assert element("p", element("b", "<"), "&") == "<p><b>&lt;</b>&amp;</p>"
    assert element("p", title='"') == '<p title="&quot;"></p>'


@pytest.mark.parametrize(
    "share, text", [(0.0, "0 %"), (1e-6, "<0.1 %"), (0.5, "50.0 %"), (0.99999, ">99.9 %"), (1.0, "100 %")]
)
def test_percent_never_rounds_to_all_or_nothing(share, text):
    assert percent(share) == text
