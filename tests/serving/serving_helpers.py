"""A server on loopback in a thread of this process, and a toy model."""

from __future__ import annotations

import io
import json
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn

from malmoi.data.predictions import ClassificationPrediction
from malmoi.serving.gate import Access
from malmoi.serving.limits import Limits
from malmoi.serving.log import JsonLog
from malmoi.serving.models import Ability, ServedModel
from malmoi.serving.run import server_config


@dataclass
class Running:
    """A server that listens, a client of it, and what it has logged."""

    client: httpx.Client
    address: tuple[str, int]
    stream: io.StringIO
    uvicorn: uvicorn.Server
    thread: threading.Thread

    def ask(self, path: str, body: Any, **options: Any) -> httpx.Response:
        """POST JSON below `/v1/models/`."""
        return self.client.post(f"/v1/models/{path}", json=body, **options)

    def stop(self) -> None:
        """Let it finish what it is doing."""
        self.client.close()
        self.uvicorn.should_exit = True
        self.thread.join(30)

    @property
    def log(self) -> list[dict[str, Any]]:
        """The lines of the log."""
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


Start = Callable[..., Running]


def start_server(models: list[ServedModel], limits: Limits = Limits(), access: Access = Access()) -> Running:  # noqa: B008
    """Start a server on a free port; wait until it listens."""
    stream = io.StringIO()
    sock = socket.create_server(("127.0.0.1", 0), backlog=1024)
    server = uvicorn.Server(server_config(models, access, limits, JsonLog(stream)))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
    thread.start()
    host, port = sock.getsockname()
    client = httpx.Client(base_url=f"http://{host}:{port}", timeout=60, headers={"Accept-Language": "ko"})
    until(lambda: server.started)
    return Running(client, (host, port), stream, server, thread)


def until(condition: Callable[[], Any], seconds: float = 60) -> None:
    """Wait until a condition holds; fail when it does not."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


class Toy:
    """A model that says which texts it was asked together; it works only while its gate is open."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.open.set()
        self.batches: list[list[str]] = []
        self.error: BaseException | None = None

    def answer(self, items: list[Any]) -> list[Any]:
        """Answer when the gate is open; raise for a text that says so."""
        self.batches.append([str(item["text"]) for item in items])
        assert self.open.wait(60)
        if any("터져라" in item["text"] for item in items):
            raise self.error or RuntimeError("안 된다: 비밀스러운 글")
        return [ClassificationPrediction(item["text"], None, "긍정", 1.0, {"긍정": 1.0}) for item in items]

    def served(self, name: str = "toy") -> ServedModel:
        """The model under a name."""
        return ServedModel(name, {"predict": Ability(dict, self.answer)}, {"task": "classification"})
