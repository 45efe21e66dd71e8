"""A dry run says what a run would do and writes nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tiny_models import Quiet, tiny_recipe

from malmoi.errors import DataError
from malmoi.training.fit import fit
from malmoi.training.rehearse import rehearse


def test_steps_are_those_of_the_run_and_nothing_is_written(
    tiny_model: Path, reviews_file: Path, tmp_path: Path
) -> None:
    recipe, reporter = tiny_recipe(tiny_model, reviews_file), Quiet()
    found = rehearse(recipe, tmp_path / "run", reporter=reporter)
    assert [number for number, _ in reporter.stages] == [1, 2, 3, 4, 5, 6, 7]
    assert list(tmp_path.iterdir()) == []
    assert found.seconds is not None and found.seconds > 0
    real = Quiet()
    fit(recipe, tmp_path / "run", reporter=real)
    assert found.num_steps == len(real.reports) and found.num_train == 12


def test_warnings_of_the_data_are_said(tiny_model: Path, tmp_path: Path) -> None:
    data = tmp_path / "자료.tsv"
    rows = ["text\tlabel", *(f"글 {i}\t{'긍정' if i % 2 else '부정'}" for i in range(20)), "글 1\t부정"]
    data.write_text("\n".join(rows) + "\n", encoding="utf-8")
    reporter = Quiet()
    recipe = tiny_recipe(tiny_model, data)
    found = rehearse(recipe, tmp_path / "run", reporter=reporter)
    assert found.warnings and set(found.warnings) <= set(reporter.notes)


def test_what_cannot_be_trained_is_an_error_of_the_rehearsal(tiny_model: Path, tmp_path: Path) -> None:
    data = tmp_path / "자료.tsv"
    data.write_text("text\tlabel\n재밌어요\t긍정\n좋아요\t긍정\n", encoding="utf-8")
    recipe = tiny_recipe(tiny_model, data)
    with pytest.raises(DataError, match="긍정"):
        rehearse(replace(recipe, data=replace(recipe.data, dev=str(data))), tmp_path / "run", reporter=Quiet())
    assert not (tmp_path / "run").exists()
