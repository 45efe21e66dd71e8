"""What a run shows is written as everywhere: names and numbers as people read them."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from malmoi.messages import set_language
from malmoi.metrics.scores import Score
from malmoi.training.reporters import Reporter


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("accuracy", "dev 정확도 53.85 % [23.08 ~ 77.12 %] (n = 13)"),
        ("문장 mae", "dev 문장 평균 오차(MAE) 0.5385 [0.2308 ~ 0.7712]"),
    ],
)
def test_dev_scores_are_written_as_on_other_screens(name: str, shown: str) -> None:
    set_language("ko")
    written = io.StringIO()
    reporter = Reporter(console=Console(file=written, highlight=False, soft_wrap=True))
    reporter.evaluated(0.5, name, Score(0.5385, 0.2308, 0.7712, 13), is_best=True)
    set_language(None)
    assert f"0.50 에폭: {shown}" in written.getvalue() and "지금까지 최고" in written.getvalue()
