"""The command line as a whole: languages, help, exit codes, and what happens when things go wrong."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys

import pytest

from malmoi.cli import app as cli_app
from malmoi.cli import data_list as data_verbs
from malmoi.errors import DiskError, Interrupted, TrainingError

VERBS = (
    ("demo",), ("train",), ("evaluate",), ("predict",), ("data", "list"), ("data", "check"), ("models", "list"),
    ("models", "info"), ("doctor",), ("tokenizer", "train"), ("tokenizer", "show"), ("tokenizer", "compare"), ("tokenizer", "add"),
)  # fmt: skip


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_every_verb_has_help_with_an_example_in_both_languages(verb, run_cli):
    korean, english = run_cli(*verb, "--help"), run_cli("--lang", "en", *verb, "--help")
    assert korean.code == english.code == 0
    assert "예:" in korean.out and "Example" in english.out
    assert f"malmoi {' '.join(verb)}" in korean.out.split("예:")[1]
    assert "--json" in korean.out
    assert not any("가" <= character <= "힣" for character in english.out.partition("Example")[0])


@pytest.mark.parametrize("arguments", [("--lang", "en", "--help"), ("--help", "--lang=en"), ("--lang", "en")])
def test_language_anywhere(arguments, run_cli):
    assert "Korean NLP from raw text" in run_cli(*arguments).out


def test_no_arguments_show_help(run_cli):
    result = run_cli()
    assert result.code == 0 and "malmoi demo" in result.out


def test_version(run_cli):
    assert run_cli("--version").out.startswith("malmoi ")


@pytest.mark.parametrize(
    ("arguments", "korean", "english"),
    [
        (("trian",), "'train'", "'train'"),
        (("train", "classification"), "--out", "--out is missing"),
        (("train", "--dta", "x"), "--data", "unknown option --dta"),
        (("train", "classification", "--out"), "값이 필요합니다", "needs a value"),
        (("train", "classification", "--out", "x", "--epochs", "둘"), "수가 아닙니다", "not a number"),
        (("train", "classification", "--limit"), "malmoi train --help", "malmoi train --help"),
        (("data", "preview", "demo", "--rows", "-1"), "0 이상", "at least 0"),
        (("doctor", "남는것"), "남는 인자", "unexpected argument"),
        (("data",), "명령을 적어", "name a command"),
        (("--lang", "fr", "demo"), "ko", "ko or en"),
    ],
)
def test_usage_errors(arguments, korean, english, run_cli, monkeypatch):
    result = run_cli(*arguments)
    assert result.code == 2 and not result.out
    assert korean in result.err
    monkeypatch.setenv("MALMOI_LANG", "en")
    result = run_cli(*arguments)
    assert result.code == 2 and english in result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TrainingError("손실이 NaN 입니다"), 3),
        (DiskError("공간이 없습니다"), 4),
        (OSError(errno.ENOSPC, "No space left on device", "x.json"), 4),
        (Interrupted("멈췄습니다", signal.SIGTERM), 143),
        (KeyboardInterrupt(), 130),
        (ValueError("우리 잘못"), 1),
        (BrokenPipeError(), 141),
    ],
)
def test_exit_codes(error, code, run_cli, monkeypatch):
    def fail(*args):
        raise error

    monkeypatch.setattr(data_verbs, "_entry", fail)
    stdout = os.dup(1)
    try:
        result = run_cli("data", "list")
    finally:
        os.dup2(stdout, 1)
        os.close(stdout)
    assert result.code == code
    assert "Traceback" not in result.err
    if code == 1:
        assert "MALMOI_DEBUG=1" in result.err


def test_a_reader_that_leaves_is_no_error():
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stdout:
        command = [sys.executable, "-m", "malmoi", "data", "list"]
        result = subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, text=True)
    assert (result.returncode, result.stderr) == (141, "")


def test_no_far_fetched_suggestion(run_cli):
    assert "혹시" not in run_cli("train", "--bogus").err


def test_debug_shows_the_traceback(run_cli, monkeypatch):
    monkeypatch.setenv("MALMOI_DEBUG", "1")
    assert "Traceback" in run_cli("data", "check", "없는파일.csv").err


def test_sigterm_is_an_exception_here(run_cli, monkeypatch):
    monkeypatch.setattr(data_verbs, "_entry", lambda corpus: os.kill(os.getpid(), signal.SIGTERM))
    before = signal.getsignal(signal.SIGTERM)
    assert run_cli("data", "list").code == 143
    assert signal.getsignal(signal.SIGTERM) is before


def test_help_names_are_all_localised():
    def texts(command):
        for holder in (command, *command.params):
            yield from (getattr(holder, field, None) or "" for field in ("help", "short_help", "epilog"))
        for child in getattr(command, "commands", {}).values():
            yield from texts(child)

    assert not [text for text in texts(cli_app.build_command()) if "\x1f" in text]


def test_as_a_module_and_with_a_closed_pipe():
    command = [sys.executable, "-m", "malmoi", "data", "list", "--lang", "en"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stdout.close()
    process.wait()
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()


@pytest.mark.parametrize("verb", [["train"], ["data", "clean"], ["predict"]])
def test_switches_show_no_type(verb, run_cli):
    shown = run_cli(*verb, "--help").out
    assert "--help" in shown and "<bool>" not in shown


def test_help_lists_every_task():
    from malmoi.cli.train import TASK_NAMES
    from malmoi.recipes.resolve import TRAINABLE
    from malmoi.tasks import TASKS

    assert tuple(TASK_NAMES.split(", ")) == TRAINABLE == (*(task.name for task in TASKS), "multi-task")
