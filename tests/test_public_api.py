"""The public names: sorted, all there, loaded when used; training and judging from Python."""

from __future__ import annotations

import subprocess
import sys

import pytest

import malmoi
from malmoi.data.examples import TextExample

ROWS = [
    ("정말 재미있어요", "긍정"),
    ("음식이 맛있고 좋아요", "긍정"),
    ("배우가 훌륭해요", "긍정"),
    ("또 보고 싶다", "긍정"),
]
ROWS += [
    ("돈이 아까워요", "부정"),
    ("지루하고 비싸요", "부정"),
    ("배송이 늦었어요", "부정"),
    ("다시는 안 가요", "부정"),
]


class Frame:
    """What malmoi knows of a pandas frame."""

    columns = ("review", "label")

    def to_dict(self, orient):
        return [{"review": text, "label": label} for text, label in ROWS]


FORMS = {
    "tuples": (ROWS, {}),
    "dicts": ([{"review": text, "mood": label} for text, label in ROWS], {"text": "review", "label": "mood"}),
    "examples": ([TextExample(text, label=label) for text, label in ROWS], {}),
    "frame": (Frame(), {}),
}


def test_all_is_sorted_and_every_name_is_there():
    assert malmoi.__all__ == sorted(malmoi.__all__)
    assert len(set(malmoi.__all__)) == len(malmoi.__all__)
    assert set(malmoi.__all__) == set(malmoi._HOME_OF)
    for name in malmoi.__all__:
        assert getattr(malmoi, name) is not None
    assert set(malmoi.__all__) <= set(dir(malmoi))


def test_unknown_name():
    with pytest.raises(AttributeError, match="lod"):
        malmoi.lod  # noqa: B018


def test_import_is_light():
    code = "import sys, malmoi; sys.exit(any(name in sys.modules for name in ('torch', 'numpy', 'transformers')))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.parametrize("form", FORMS)
def test_train_on_data_in_memory(form, tiny_model, tmp_path):
    data, columns = FORMS[form]
    settings = {"model": str(tiny_model), "epochs": 1, "train.precision": "fp32", **columns}
    result = malmoi.train(data=data, dev=data, out=tmp_path / "run", quiet=True, **settings)
    assert isinstance(result, malmoi.FitResult)
    evaluation = malmoi.evaluate(result.path, data, **columns)
    assert evaluation.scores["accuracy"].n == len(ROWS)
    assert malmoi.load(str(result.path))("재미있어요").label in ("긍정", "부정")


def test_train_and_evaluate_on_paths(tiny_model, reviews_file, tmp_path, capsys):
    result = malmoi.train(
        data=reviews_file, dev=reviews_file, out=tmp_path, model=str(tiny_model), epochs=1, quiet=True
    )
    assert not capsys.readouterr().err
    predictor = malmoi.load(str(result.path))
    assert malmoi.evaluate(predictor, str(reviews_file)).scores.keys() >= {"accuracy", "macro_f1"}


def test_other_data_in_memory_in_the_same_folder_is_said(tiny_model, tmp_path, capsys):
    settings = {"model": str(tiny_model), "epochs": 1, "dev": ROWS}
    malmoi.train(data=ROWS, out=tmp_path / "run", quiet=True, **settings)
    malmoi.train(data=ROWS[1:], out=tmp_path / "run", **settings)
    assert "데이터가 바뀌었습니다" in capsys.readouterr().err


def test_unknown_setting(tmp_path):
    with pytest.raises(malmoi.ConfigError, match="epochs"):
        malmoi.train(data=ROWS, out=tmp_path, epoch=2)
