"""What README and results show works: every command parses, Python blocks compile and name what there is, links and benches exist."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import pytest

import malmoi
from malmoi.cli.app import build_command

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = [README, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
INLINE = [
    command
    for page in (README, ROOT / "docs" / "results.md")
    for command in re.findall(r"`(malmoi [^`]+)`", page.read_text(encoding="utf-8"))
]
SHELL = [line for kind, block in BLOCKS if kind == "bash" for line in block.splitlines() if line.strip()]
PYTHON = [block for kind, block in BLOCKS if kind == "python"]


def malmoi_commands(line: str) -> list[list[str]]:
    """Return the arguments of every `malmoi` in a line of shell, without pipes and redirections."""
    commands: list[list[str]] = [[]]
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|>")
    lexer.whitespace_split = True
    words = iter(lexer)
    for word in words:
        if word == "|":
            commands.append([])
        elif word == ">":
            next(words)
        else:
            commands[-1].append(word)
    return [words[1:] for words in commands if words and words[0].rpartition("/")[2] == "malmoi"]


COMMANDS = [arguments for line in [*SHELL, *INLINE] for arguments in malmoi_commands(line)]


def test_the_readme_shows_every_verb():
    shown = {tuple(word for word in arguments[:2] if re.fullmatch("[a-z][a-z-]*", word)) for arguments in COMMANDS}
    for verb in build_command().commands:
        assert any(words and words[0] == verb for words in shown), verb


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_commands_parse(arguments):
    command, rest = build_command(), [word for word in arguments if word not in ("--lang", "en", "ko|en")]
    while children := getattr(command, "commands", None):
        command, rest = children[rest[0]], rest[1:]
    command.make_context("malmoi", rest)


@pytest.mark.parametrize("line", SHELL)
def test_make_targets_exist(line):
    makefile = (README.parent / "Makefile").read_text(encoding="utf-8")
    if line.startswith("make "):
        assert f"\n{line.split()[1]}:" in makefile


@pytest.mark.parametrize("block", PYTHON)
def test_python_blocks_name_what_there_is(block):
    tree = ast.parse(block)
    names = [
        n.attr
        for n in ast.walk(tree)
        if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id == "malmoi"
    ]
    assert names or "/v1/models/" in block  # Python, or HTTP
    for name in names:
        assert hasattr(malmoi, name)


def test_the_first_python_block_runs(tiny_model, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    settings = {"model": str(tiny_model), "train.precision": "fp32"}
    train = malmoi.train
    monkeypatch.setitem(vars(malmoi), "train", lambda **given: train(**given, **settings))
    exec(compile(PYTHON[0], "README.md", "exec"), {})
    assert "가능성이" in capsys.readouterr().out


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_benches_exist_and_no_figure_is_left_open(page):
    text = page.read_text(encoding="utf-8")
    for name in re.findall(r"bench/(\w+\.py)", text):
        assert (ROOT / "bench" / name).is_file(), name
    assert not re.findall(r"@[A-Z][A-Z0-9_]*@?|\?\?\?", text)
