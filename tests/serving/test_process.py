"""`malmoi serve` as a process: starts without torch, drains on SIGTERM, says what is wrong with its address."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

CODE = """
import sys, time

class Wall:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "transformers"):
            raise ImportError(f"{name} is not to be imported")

sys.meta_path.insert(0, Wall())
from malmoi.inference.predictor import Predictor
predict = Predictor.predict

def slowly(self, examples):
    if any("천천히" in example.text for example in examples):
        print("working", file=sys.stderr, flush=True)
        time.sleep(1.0)
    return predict(self, examples)

Predictor.predict = slowly
from malmoi.cli import main
sys.exit(main(sys.argv[1:]))
"""


class Process:
    """A server of a tf-idf run; `lines` is its standard error."""

    def __init__(self, run: Path, *options: str) -> None:
        command = [sys.executable, "-u", "-W", "ignore", "-c", CODE, "serve", f"demo={run}", "--port", "0", *options]
        environment = {name: value for name, value in os.environ.items() if name != "MALMOI_API_KEY"}
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, encoding="utf-8", env=environment | {"MALMOI_LANG": "ko"})  # fmt: skip
        self.lines: list[str] = []
        self.address = self.wait_for(r"(http://[\w.:]+) \(API")
        if "startup complete" not in "".join(self.lines):
            self.wait_for("(startup complete)")

    def wait_for(self, pattern: str) -> str:
        """Return the group of the first line that matches from now on."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)
            if found := re.search(pattern, line):
                return found[1]
        raise AssertionError("".join(self.lines))

    def rest(self) -> str:
        """Read on to the end; return everything that was written."""
        assert self.process.stderr is not None
        self.lines += self.process.stderr.readlines()
        return "".join(self.lines)


@pytest.fixture
def serve(tfidf_run: Path) -> Iterator[Any]:
    running: list[Process] = []

    def run(*options: str) -> Process:
        running.append(Process(tfidf_run, *options))
        return running[-1]

    yield run
    for one in running:
        one.process.kill()
        one.process.wait()


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_sigterm_finishes_what_was_begun(serve: Any) -> None:
    server = serve()
    answers: list[httpx.Response] = []

    def ask() -> None:
        answers.append(httpx.post(f"{server.address}/v1/models/demo/predict", json={"text": "천천히 배송"}, timeout=60))

    thread = threading.Thread(target=ask)
    thread.start()
    server.wait_for("(working)")
    server.process.send_signal(signal.SIGTERM)
    thread.join(60)
    assert answers[0].status_code == 200 and answers[0].json()["label"] in ("긍정", "부정")
    everything = server.rest()
    assert server.process.wait(60) == 143
    assert "천천히" not in everything and "Traceback" not in everything
    events = [json.loads(line) for line in everything.splitlines() if line.startswith("{")]
    assert any(event.get("status") == 200 and event["model"] == "demo" for event in events)


def test_a_public_host_shows_a_key_once(serve: Any) -> None:
    server = serve("--host", "0.0.0.0")
    key = re.search(r"API 키 \(다시 보여 주지 않습니다\): (\S+)", "".join(server.lines))[1]  # type: ignore[index]
    address = server.address.replace("0.0.0.0", "127.0.0.1")
    assert httpx.get(f"{address}/info").status_code == 401
    assert httpx.get(f"{address}/info", headers={"Authorization": f"Bearer {key}"}).status_code == 200
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(60) == 130
    assert server.rest().count(key) == 1


def test_wrong_addresses_and_keys(tfidf_run: Path, run_cli: Any) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run_cli("serve", tfidf_run, "--port", taken.getsockname()[1])
    assert done.code == 2 and "열 수 없습니다" in done.err
    short = run_cli("serve", tfidf_run, "--api-key", "짧다")
    assert short.code == 2 and "16자" in short.err and "짧다" not in short.err
    assert run_cli("serve", "no/such/run").code == 2
