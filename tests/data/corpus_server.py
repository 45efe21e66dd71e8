"""A web server on the loopback for the tests of fetching: it can break off, ignore ranges, and lie."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Behaviour:
    """What the server does: the content of each path, and how it fails."""

    files: dict[str, bytes] = field(default_factory=dict)
    knows_ranges: bool = True
    tells_length: bool = True
    breaks_after: list[int] = field(default_factory=list)  # bytes given to the first, second … connection
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    address: str = ""


@contextmanager
def corpus_server() -> Iterator[Behaviour]:
    """Serve until the block ends."""
    behaviour = Behaviour()

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            answer(self, behaviour)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    behaviour.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield behaviour
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)


def closed_port() -> int:
    """Return a port of the loopback where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answer(handler: BaseHTTPRequestHandler, behaviour: Behaviour) -> None:
    """Answer one request as the behaviour says."""
    wish = handler.headers["Range"]
    behaviour.requests.append((handler.path, wish))
    content = behaviour.files.get(handler.path.lstrip("/"))
    if content is None:
        handler.send_error(404)
        return
    start = int(re.fullmatch(r"bytes=(\d+)-", wish)[1]) if wish and behaviour.knows_ranges else 0
    if start and start >= len(content):
        handler.send_error(416)
        return
    handler.send_response(206 if start else 200)
    if behaviour.tells_length:
        handler.send_header("Content-Length", str(len(content) - start))
    handler.end_headers()
    rest = content[start:]
    handler.wfile.write(rest[: behaviour.breaks_after.pop(0)] if behaviour.breaks_after else rest)
