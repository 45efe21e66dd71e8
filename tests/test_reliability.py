"""What must hold wherever malmoi runs: odd locales, time zones and paths (F15), no network (F16), no foreign code (S9)."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

MALMOI = [sys.executable, "-X", "faulthandler", "-m", "malmoi"]
HOSTILE_PATHS = ["한글 폴더/영화 리뷰 🎬", "공백  두 칸", "따옴표'와\"괄호(1)"]
LOCALES = {
    "C": {
        "LANG": "C",
        "LC_ALL": "",
        "LC_CTYPE": "",
    },  # LC_ALL=C: Python 3.11 itself cannot start from a folder with Hangul
    "cp949 terminal": {"PYTHONIOENCODING": "cp949:strict", "PYTHONUTF8": "0"},
    "ascii terminal": {"PYTHONIOENCODING": "ascii", "TZ": "Pacific/Kiritimati"},
}
WATCH = """
import socket, sys
LOG = {log!r}
def refuse(*arguments, **named):
    with open(LOG, "a") as file:
        file.write(repr(arguments[-2:]) + "\\n")
    raise OSError("network is watched")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = socket.gethostbyname = refuse
socket.create_connection = refuse
"""


def slow_unless(is_representative: bool, value: str) -> Any:
    """A parameter of a test, marked slow unless it stands for the others."""
    return value if is_representative else pytest.param(value, marks=pytest.mark.slow)


def malmoi(
    *words: str | Path, env: dict[str, str] | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[bytes]:
    environment = {k: v for k, v in os.environ.items() if k not in ("MALMOI_LANG", "HF_HUB_OFFLINE")} | (env or {})
    command = [*MALMOI, *map(str, words)]
    return subprocess.run(command, env=environment, input=stdin.encode(), capture_output=True, timeout=240, check=False)


def train(data: Path, out: Path, model: Path, env: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
    settings = ["--epochs", "1", "--set", "train.precision=fp32", "--set", "train.threads=1"]
    return malmoi("train", "classification", "--data", data, "--model", model, "--out", out, *settings, env=env)


@pytest.mark.parametrize("name", [slow_unless(name == "cp949 terminal", name) for name in LOCALES])
def test_odd_locales(name: str, reviews_file: Path, tiny_model: Path, tmp_path: Path) -> None:
    """F15: train, judge and predict under this locale; what is written is UTF-8 all the same."""
    env = LOCALES[name]
    out = tmp_path / "run"
    done = train(reviews_file, out, tiny_model, env)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    assert "긍정" in (out / "report.html").read_text(encoding="utf-8")
    assert "긍정" in (out / "task.json").read_text(encoding="utf-8")
    answers = tmp_path / "답.jsonl"
    done = malmoi("predict", out, "--input", reviews_file, "--output", answers, env=env)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    assert json.loads(answers.read_text(encoding="utf-8").splitlines()[0])["malmoi_label"] in ("긍정", "부정")
    done = malmoi("predict", out, "정말 재밌어요 🎬", env=env)
    assert done.returncode == 0, done.stderr.decode(errors="replace")


@pytest.mark.parametrize("folder", [slow_unless(folder == HOSTILE_PATHS[0], folder) for folder in HOSTILE_PATHS])
def test_odd_paths(folder: str, reviews_file: Path, tiny_model: Path, tmp_path: Path) -> None:
    """F15: data, model and result in folders with Hangul, spaces, an emoji, quotes."""
    place = tmp_path / folder
    place.mkdir(parents=True)
    data = Path(shutil.copy(reviews_file, place / "내 리뷰.tsv"))
    model = Path(shutil.copytree(tiny_model, place / "모델"))
    done = train(data, place / "결과", model, {})
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    assert (place / "결과" / "manifest.json").is_file()
    done = malmoi("evaluate", place / "결과", "--data", data, "--json", place / "점수.json")
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    assert json.loads((place / "점수.json").read_text(encoding="utf-8"))["n"] == 12


def test_not_one_outbound_attempt(reviews_file: Path, tiny_model: Path, tmp_path: Path) -> None:
    """F16: training, evaluation, prediction and the inspecting commands never touch a socket."""
    log = tmp_path / "attempts.txt"
    (tmp_path / "watch").mkdir()
    (tmp_path / "watch" / "sitecustomize.py").write_text(WATCH.format(log=str(log)), encoding="utf-8")
    env = {"PYTHONPATH": os.pathsep.join([str(tmp_path / "watch"), os.environ.get("PYTHONPATH", "")])}
    probe = "import socket; socket.create_connection(('127.0.0.1', 9))"
    watched = subprocess.run([sys.executable, "-c", probe], env=os.environ | env, capture_output=True, check=False)
    assert watched.returncode != 0 and log.read_text(), "the watch does not see a connection"
    log.unlink()
    out = tmp_path / "run"
    assert train(reviews_file, out, tiny_model, env).returncode == 0
    commands = [
        ("evaluate", out, "--data", reviews_file), ("predict", out, "재밌어요"), ("data", "check", reviews_file),
        ("data", "list"), ("models", "list"), ("models", "info", "e5-small-ko"), ("doctor",),
    ]  # fmt: skip
    for words in commands:
        done = malmoi(*words, env=env)
        assert done.returncode == 0, (words, done.stderr.decode())
    assert not log.exists(), log.read_text()


class Canary:
    """Creates a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.safetensors", "task.json"])
def test_pickle_is_refused_wherever_it_lies(name: str, tiny_run: Path, tmp_path: Path) -> None:
    """S9: a pickle in the place of any file of a run is refused, its payload never runs."""
    run = Path(shutil.copytree(tiny_run, tmp_path / "run"))
    canary = tmp_path / "canary"
    (run / name).write_bytes(pickle.dumps(Canary(canary)))
    if name == "pytorch_model.bin":
        (run / "model.safetensors").unlink()
    done = malmoi("predict", run, "재밌어요", env={"MALMOI_LANG": "en"})
    assert done.returncode == 2 and name.replace("pytorch_model.bin", "model.safetensors") in done.stderr.decode()
    assert not canary.exists()
    pickle.loads(pickle.dumps(Canary(canary)))
    assert canary.exists(), "the canary would not have sung"
