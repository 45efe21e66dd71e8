"""The scores of a report: the main one large, each with its interval and n, and the baselines beside them."""

from __future__ import annotations

from collections.abc import Sequence

from malmoi.evaluation.comparison import verdict_sentence
from malmoi.evaluation.markup import Html, element, join, table
from malmoi.evaluation.names import format_interval, format_value, is_share, score_hint, score_name
from malmoi.evaluation.svg import Scale, plot
from malmoi.messages import say
from malmoi.metrics.analysis import Baseline
from malmoi.metrics.scores import Score, Scores


def scores_section(scores: Scores, main_score: str, baselines: Sequence[Baseline] = ()) -> Html:
    """Return the scores as cards, the verdicts and the comparison with the baselines."""
    main = scores[main_score]
    others = [name for name in scores if name != main_score]
    cards = [
        element(
            "div",
            element("p", score_name(main_score), class_="name"),
            element("p", format_value(main_score, main.value), class_="value"),
            _interval_line(main_score, main),
            class_="card main",
        ),
        *(_card(name, scores[name]) for name in others),
    ]
    parts = [element("div", *cards, class_="cards")]
    said = [verdict_sentence(scores, main_score, baseline) for baseline in baselines]
    parts += [element("p", sentence, class_="verdict") for sentence in said if sentence]
    if baselines:
        parts.append(_comparison(scores, main_score, baselines))
    return join(parts)


def _card(name: str, score: Score) -> Html:
    return element(
        "div",
        element("p", score_name(name), class_="name"),
        element("p", format_value(name, score.value), class_="value"),
        _interval_line(name, score),
        element("p", score_hint(name), class_="note") if score_hint(name) else "",
        class_="card",
    )


def _interval_line(name: str, score: Score) -> Html:
    text = say(f"95 % 구간 {format_interval(name, score)}", f"95 % interval {format_interval(name, score)}")
    return element("p", element("span", text), " ", element("span", f"n = {score.n:,}"), class_="interval")


def _comparison(scores: Scores, name: str, baselines: Sequence[Baseline]) -> Html:
    """Return one row per answerer: the main score with its interval drawn on one scale."""
    answerers = [(say("이 모델", "this model"), scores), *((b.name, b.scores) for b in baselines)]
    scored = [(who, found) for who, found in answerers if name in found]
    ends = [(found[name].low, found[name].high) for _, found in scored]
    scale = Scale(min(0.0, *(low for low, _ in ends)), 1.0 if is_share(name) else max(high for _, high in ends))
    others = [other for other in scores if other != name and any(other in b.scores for b in baselines)]
    rows = [
        [
            who,
            format_value(name, found[name].value),
            format_interval(name, found[name]),
            interval_bar(found[name], scale, "first" if i == 0 else "second"),
            *(format_value(other, found[other].value) if other in found else "–" for other in others),
        ]
        for i, (who, found) in enumerate(scored)
    ]
    header = [
        say("대상", "answerer"),
        score_name(name),
        say("95 % 구간", "95 % interval"),
        axis_name(scale, is_share(name)),
        *(score_name(other) for other in others),
    ]
    numbers = (1, 2, *range(4, 4 + len(others)))
    return table(header, rows, say("기준선과 견주기", "Beside the baselines"), numbers=numbers)


def axis_name(scale: Scale, share: bool) -> Html:
    """Return the two ends of `scale` as the header of a column of interval bars."""
    ends = [f"{100 * end:.0f} %" if share else f"{end:.2g}" for end in (scale.low, scale.high)]
    return element("span", *(element("span", end) for end in ends), class_="ends")


def interval_bar(score: Score, scale: Scale, class_: str) -> Html:
    """Return a dot with its interval on a line from one end of `scale` to the other."""
    height = 20
    y = height / 2
    return plot(
        height,
        f"{score.value:.3f}",
        element("line", x1="0", x2="100%", y1=y, y2=y, class_="grid"),
        element("line", x1=scale.x(score.low), x2=scale.x(score.high), y1=y, y2=y, class_="whisker wide " + class_),
        element("circle", cx=scale.x(score.value), cy=y, r=5.0, class_="dot " + class_),
        below=0,
    )
