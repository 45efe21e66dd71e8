"""`malmoi data preview`: counts, rows before and after, what is marked on a terminal."""

from __future__ import annotations

import json

import pytest

from malmoi.cli.data_preview import WINDOW, _before_and_after
from malmoi.text.cleaning import STEPS, Cleaner, parse_steps


@pytest.fixture
def reviews(tmp_path):
    path = tmp_path / "리뷰.csv"
    path.write_text("내용,감정\n<b>대박</b>ㅋㅋㅋㅋ,긍정\n그냥 그래요,중립\nㅋㅋㅋㅋ,긍정\n", encoding="utf-8")
    return path


def test_a_file(run_cli, reviews, tmp_path):
    result = run_cli(
        "data", "preview", reviews, "--text", "내용", "--clean", "html,repeats=2", "--json", tmp_path / "j.json"
    )
    assert result.code == 0, result.err
    for part in ("html", "repeats=2", "바뀐 행 2개 (66.7 %)", "<b>대박</b>ㅋㅋㅋㅋ", "대박ㅋㅋ"):
        assert part in result.out
    values = json.loads((tmp_path / "j.json").read_text(encoding="utf-8"))
    assert values["data"] == str(reviews)
    assert values["steps"] == [{"step": "html", "rows": 1}, {"step": "repeats=2", "rows": 2}]
    assert values["examples"][0] == {"row": 2, "before": ["<b>대박</b>ㅋㅋㅋㅋ"], "after": ["대박ㅋㅋ"]}


def test_a_text(run_cli):
    result = run_cli(
        "data", "preview", "--text", "손흥민(33)은 [b]대박[/b]", "--clean", "brackets,repeats", "--json", "-"
    )
    assert json.loads(result.out)["examples"] == [
        {"row": 1, "before": ["손흥민(33)은 [b]대박[/b]"], "after": ["손흥민은 대박"]}
    ]
    assert "손흥민(33)은 [b]대박[/b]" in result.err


def test_a_corpus_and_fewer_rows(run_cli):
    result = run_cli("data", "preview", "demo", "--clean", "repeats=1", "--rows", 1)
    assert result.code == 0 and "640행" in result.out
    assert result.out.rstrip().count("\n") < 16


def test_emptied_texts_are_warned_of(run_cli, reviews):
    assert (
        "1개의 글이 비게" in run_cli("data", "preview", reviews, "--text", "내용", "--clean", "stopwords=ㅋㅋㅋㅋ").out
    )


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("--text", "글"), "--clean"),
        (("--clean", "html"), '--text "글"'),
        (("--text", "글", "--clean", "htlm"), "'html'"),
        (("없는.csv", "--clean", "html"), "없는.csv"),
    ],
)
def test_wrong_input(run_cli, arguments, part):
    result = run_cli("data", "preview", *arguments)
    assert result.code == 2 and part in result.err


@pytest.mark.parametrize("language", ["ko", "en"])
def test_help_lists_every_step(run_cli, language):
    out = run_cli("data", "preview", "--help", "--lang", language).out
    assert all(kind.name in out for kind in STEPS)
    assert "\x1f" not in out


def marked(text):
    return [text.plain[span.start : span.end] for span in text.spans]


def test_what_goes_and_what_comes_is_marked():
    before, after = _before_and_after(Cleaner(parse_steps("hanja=reading,repeats"))("韓國 최고ㅋㅋㅋ"))
    assert ("".join(marked(before)), "".join(marked(after))) == ("韓國ㅋ", "한국")
    assert {str(span.style) for span in before.spans} == {"red strike"}
    assert {str(span.style) for span in after.spans} == {"green"}


def test_a_long_text_is_shown_around_its_first_change():
    before, after = _before_and_after(Cleaner(parse_steps("html"))("가나\n" * 200 + "<b>여기</b>" + "다라 " * 200))
    assert "<b>여기</b>" in before.plain and before.plain[0] == before.plain[-1] == "…" and "\n" not in before.plain
    assert len(before.plain) == WINDOW + 2 and len(after.plain) <= WINDOW + 2


def test_only_the_first_rows(run_cli, reviews):
    result = run_cli("data", "preview", reviews, "--text", "내용", "--clean", "html", "--limit", "2")
    assert result.code == 0 and "3행 가운데 앞의 2행" in result.out and "--limit" in result.out
    assert "가운데" not in run_cli("data", "preview", reviews, "--text", "내용", "--clean", "html").out


def test_no_step_at_all(run_cli, reviews):
    assert run_cli("data", "preview", reviews, "--clean", ",,").code == 2
