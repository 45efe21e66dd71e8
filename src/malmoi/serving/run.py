"""From folders to a listening server, until it is told to stop."""

from __future__ import annotations

import ipaddress
import logging
import secrets
import socket
from collections.abc import Sequence
from dataclasses import dataclass

import uvicorn

from malmoi.errors import ConfigError
from malmoi.messages import say
from malmoi.serving.app import build_app
from malmoi.serving.gate import LOCAL, Access
from malmoi.serving.limits import Limits
from malmoi.serving.log import JsonLog, ServerMessages
from malmoi.serving.models import ServedModel


@dataclass(frozen=True)
class Address:
    """Where to listen, and with which key; without one on a public host a key is made up."""

    host: str = "127.0.0.1"
    port: int = 8000
    key: str | None = None

    @property
    def is_local(self) -> bool:
        """Whether only this machine can connect."""
        if self.host in LOCAL:
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def access(self) -> Access:
        """Return who may ask; raise `ConfigError` for a key that is too short to keep anybody out."""
        if self.key is not None and (len(self.key) < 16 or not self.key.isascii()):
            raise ConfigError(say("API 키는 영문과 숫자로 16자 이상이어야 합니다.", "an API key must be 16 ASCII characters or more."))  # fmt: skip
        key = secrets.token_urlsafe(24) if self.key is None and not self.is_local else self.key
        return Access(key, local_only=self.is_local)


def listen(address: Address) -> socket.socket:
    """Return a socket that listens; raise `ConfigError` for an address that cannot be had."""
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(found[4][:2], family=found[0], backlog=1024)
    except OSError as error:
        raise ConfigError(
            say(
                f"{address.host}:{address.port} 에서 열 수 없습니다: {error.strerror}. 다른 --port 나 --host 를 쓰세요.",
                f"cannot listen on {address.host}:{address.port}: {error.strerror}. Use another --port or --host.",
            )
        ) from error


def serve(models: Sequence[ServedModel], sock: socket.socket, access: Access, limits: Limits = Limits()) -> None:  # noqa: B008
    """Serve until SIGTERM or Ctrl-C; requests that are being answered are finished first, for `drain_seconds` at most."""
    uvicorn.Server(server_config(models, access, limits, JsonLog())).run(sockets=[sock])


def server_config(models: Sequence[ServedModel], access: Access, limits: Limits, log: JsonLog) -> uvicorn.Config:
    """Return how uvicorn runs our application: quiet but for our log, and draining for a while."""
    for name in ("uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = ([ServerMessages(log)], False) if name == "uvicorn" else ([], True)
        logger.setLevel(logging.INFO)
    logging.getLogger("uvicorn.access").disabled = True  # it would write paths, which may hold texts
    return uvicorn.Config(
        build_app(models, limits, access, log),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=int(limits.drain_seconds),
        lifespan="on",
    )
