"""R-Drop as a field of the recipe: a run learns with it, and it is refused where it means nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

import malmoi
from malmoi.errors import ConfigError
from malmoi.models.consistent import ConsistentModel
from malmoi.training import prepare

SETTINGS = {"train.threads": 1, "train.precision": "fp32", "train.tensorboard": False, "quiet": True}


def test_a_run_learns_with_it(tiny_model: Path, reviews_file: Path, tmp_path: Path, monkeypatch, capsys) -> None:
    built = []
    build = prepare.build_model
    monkeypatch.setattr(prepare, "build_model", lambda *given: built.append(build(*given)) or built[-1])
    settings = SETTINGS | {"model": str(tiny_model), "epochs": 25, "lr": 3e-3, "batch_size": 4, "quiet": False}
    settings |= {"model.dropout": 0.1, "train.r_drop": 1.0}
    run = malmoi.train(data=reviews_file, dev=reviews_file, out=tmp_path / "run", **settings)
    assert isinstance(built[0], ConsistentModel)
    assert run.scores["dev"]["accuracy"]["value"] == 1.0
    assert "R-Drop" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"train.r_drop": 1.0}, "model.dropout=0.1"),
        ({"train.r_drop": -1.0}, "0 이상 100 이하"),
        ({"train.r_drop": 1.0, "model.dropout": 0.1, "distil_from": "RUN"}, "distil.teacher"),
    ],
)
def test_what_it_does_not_go_with(settings, said, tiny_model: Path, tiny_run: Path, reviews_file: Path, tmp_path: Path):
    settings = {name: str(tiny_run) if value == "RUN" else value for name, value in settings.items()}
    with pytest.raises(ConfigError, match=said):
        malmoi.train(data=reviews_file, model=str(tiny_model), out=tmp_path / "run", **SETTINGS, **settings)
    assert not (tmp_path / "run").exists()


def test_a_task_without_one_vector_a_text(tiny_model: Path, tmp_path: Path) -> None:
    file = tmp_path / "개체.jsonl"
    file.write_text('{"text": "손흥민은 뛴다", "spans": [[0, 3, "PS"]]}\n' * 4, encoding="utf-8")
    with pytest.raises(ConfigError, match="과제 tagging"):
        malmoi.train(
            "tagging", file, dev=file, model=str(tiny_model), out=tmp_path / "run",
            **SETTINGS, **{"train.r_drop": 1.0, "model.dropout": 0.1},
        )  # fmt: skip
