"""One JSON line for each request and event on standard error; no text that anybody sent, and no key, ever stands in it."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, TextIO


class JsonLog:
    """Writes events to a stream."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    def write(self, event: str, **facts: Any) -> None:
        """Write one line."""
        values = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, **facts}
        stream = self._stream or sys.stderr
        stream.write(json.dumps(values, ensure_ascii=False) + "\n")
        stream.flush()

    def failure(self, request_id: str, error: BaseException) -> None:
        """Write where an error came from; not its message, which may quote a text."""
        frames = traceback.extract_tb(error.__traceback__)
        places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-8:]]
        self.write("failure", request_id=request_id, error=type(error).__name__, places=places)


class ServerMessages(logging.Handler):
    """Turns what uvicorn says of itself into events."""

    def __init__(self, log: JsonLog) -> None:
        super().__init__(logging.INFO)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1] is not None:
            self._log.failure("-", record.exc_info[1])
        elif record.levelno >= logging.WARNING or record.name == "uvicorn.error":
            self._log.write("server", level=record.levelname.lower(), message=record.getMessage())
