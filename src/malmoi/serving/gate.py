"""What every request passes before and after its route: an id, a language, host and key, a bounded body, headers, log, counts."""

from __future__ import annotations

import asyncio
import hmac
import json
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from malmoi.messages import Language, current_language, say, speaking
from malmoi.serving.errors import ApiError, internal, too_large
from malmoi.serving.limits import Limits
from malmoi.serving.log import JsonLog
from malmoi.serving.metrics import Metrics

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]

_DISCARDED = 32_000_000  # bytes beyond the limit that are read and thrown away before 413 is said
LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})
PROTECTED = ("/v1/", "/info", "/metrics", "/openapi.json")
HEADERS = (
    (b"content-security-policy", b"default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
# The documentation page of Swagger sets styles from its script and draws images from data.
DOCS_POLICY = b"default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"

# A training report is one file with its styles inside and no script.
REPORT_POLICY = b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"


@dataclass(frozen=True)
class Access:
    """Who may ask: with a key, everybody who knows it; `local_only` answers to this machine's names alone (DNS rebinding)."""

    key: str | None = None
    local_only: bool = True

    def check(self, path: str, headers: dict[bytes, bytes]) -> None:
        """Raise `ApiError` 400 for another machine's name, 401 without the key; keys are compared in constant time."""
        if self.local_only and _host(headers) not in LOCAL:
            raise ApiError(400, "wrong_host", say("이 서버는 이 컴퓨터의 이름(localhost)으로만 답합니다.", "this server answers to localhost only."))  # fmt: skip
        if self.key is None or not path.startswith(PROTECTED):
            return
        given = headers.get(b"x-api-key", b"") or headers.get(b"authorization", b"").removeprefix(b"Bearer ")
        if not hmac.compare_digest(given, self.key.encode()):
            message = say(
                "API 키가 없거나 다릅니다. 'Authorization: Bearer 키' 를 보내세요.",
                "the API key is missing or wrong. Send 'Authorization: Bearer KEY'.",
            )
            raise ApiError(401, "unauthorized", message, None, {"WWW-Authenticate": "Bearer"})


class Gate:
    """The outermost ASGI application."""

    def __init__(self, app: App, limits: Limits, access: Access, log: JsonLog, metrics: Metrics) -> None:
        self.app, self.limits, self.access, self.log, self.metrics = app, limits, access, log, metrics

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.monotonic()
        request_id, headers = uuid.uuid4().hex, dict(scope["headers"])
        scope.setdefault("state", {})["request_id"] = request_id
        answer = _Answer(send, request_id, scope["path"])
        with speaking(wished_language(headers.get(b"accept-language", b"").decode("latin-1"))):
            try:
                self.access.check(scope["path"], headers)
                body = await self._body(headers, receive)
                await self.app(scope, _replayed(body, receive), answer)
            except ApiError as error:
                await answer.error(error)
            except Exception as error:  # Starlette answers with 500 through our handler, and raises it again
                if answer.status is None:
                    self.log.failure(request_id, error)
                    await answer.error(internal())
            finally:
                self._note(scope, answer, request_id, time.monotonic() - began)

    async def _body(self, headers: dict[bytes, bytes], receive: Receive) -> bytes:
        """Return the whole body; raise `ApiError` 413 when it is too large, 408 when it does not arrive."""
        announced = headers.get(b"content-length", b"")
        size = int(announced) if announced.isdigit() and len(announced) < 20 else 0
        if size > self.limits.max_body + _DISCARDED:
            raise too_large("bytes", size, self.limits.max_body)
        try:
            async with asyncio.timeout(self.limits.body_seconds):
                return await self._read(receive)
        except TimeoutError:
            raise ApiError(408, "too_slow", say("요청이 제때 도착하지 않았습니다.", "the request did not arrive in time.")) from None  # fmt: skip

    async def _read(self, receive: Receive) -> bytes:
        """Return the whole body; what is too large is read too, but not kept: a client that is still sending reads no answer."""
        body, size, is_more = bytearray(), 0, True
        while is_more and size <= self.limits.max_body + _DISCARDED:
            message = await receive()
            size += len(message.get("body", b""))
            if size <= self.limits.max_body:
                body += message.get("body", b"")
            is_more = message["type"] != "http.disconnect" and bool(message.get("more_body"))
        if size > self.limits.max_body:
            raise too_large("bytes", size, self.limits.max_body)
        return bytes(body)

    def _note(self, scope: dict[str, Any], answer: _Answer, request_id: str, seconds: float) -> None:
        """Log and count a request by its route, never by the path that was typed."""
        route = getattr(scope.get("route"), "path", None) or "other"
        status, state = answer.status or 499, scope["state"]
        self.metrics.request(route, status, seconds)
        facts = {name: state[name] for name in ("model", "texts") if name in state}
        self.log.write("request", request_id=request_id, method=scope["method"][:16], route=route, status=status, ms=round(1000 * seconds, 1), **facts)  # fmt: skip


class _Answer:
    """Sends an answer with the headers that all have; knows its status."""

    def __init__(self, send: Send, request_id: str, path: str) -> None:
        self.send, self.request_id, self.path = send, request_id, path
        self.status: int | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = dict(HEADERS) | {b"x-request-id": self.request_id.encode()}
            if self.path.startswith("/docs"):
                own[b"content-security-policy"] = DOCS_POLICY
            if self.path.startswith("/v1/") and self.path.endswith("/report"):
                own[b"content-security-policy"] = REPORT_POLICY
            if self.path.startswith(PROTECTED):
                own[b"cache-control"] = b"no-store"
            message = message | {"headers": [*message.get("headers", []), *own.items()]}
        await self.send(message)

    async def error(self, error: ApiError) -> None:
        """Send an error; the connection is closed, since its body may not have been read."""
        body = json.dumps(error.body(self.request_id), ensure_ascii=False).encode()
        extra = {"content-type": "application/json", "content-length": str(len(body)), "connection": "close"}
        headers = [(name.lower().encode(), value.encode()) for name, value in (extra | error.headers).items()]
        await self({"type": "http.response.start", "status": error.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})


def wished_language(header: str) -> Language:
    """Return the language of an Accept-Language header, the server's own where it names neither.

    >>> wished_language("en-US,en;q=0.9,ko;q=0.8"), wished_language("ko-KR")
    ('en', 'ko')
    """
    for part in header.lower().split(","):
        if (name := part.strip()[:2]) in ("ko", "en"):
            return "ko" if name == "ko" else "en"
    return current_language()


def _host(headers: dict[bytes, bytes]) -> str:
    """Return the name in the Host header, without its port."""
    host = headers.get(b"host", b"").decode("latin-1").lower()
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives a body that was read already, and then whatever comes (that the client left)."""
    is_given = False

    async def replay() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
