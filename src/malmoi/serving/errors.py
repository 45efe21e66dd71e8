"""What a client is told when something is wrong: `{code, message, detail, request_id}`, the message in its language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from malmoi.messages import say
from malmoi.text.josa import attach


class ApiError(Exception):
    """An HTTP status with a code for programs, a message for people and details; `headers` go with the answer."""

    def __init__(
        self, status: int, code: str, message: str, detail: Any = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.detail = status, code, message, detail
        self.headers = dict(headers or {})

    def body(self, request_id: str) -> dict[str, Any]:
        """Return the JSON of the answer."""
        return {"code": self.code, "message": self.message, "detail": self.detail, "request_id": request_id}


def too_large(what: str, given: int, limit: int) -> ApiError:
    """413: bytes, texts or characters beyond their limit."""
    names = {"bytes": ("요청", "바이트"), "texts": ("글", "개"), "chars": ("글 하나", "글자")}
    name, unit = names[what]
    return ApiError(
        413,
        "too_large",
        say(
            f"{name}: {given:,}{unit}입니다. 한 번에 {limit:,}{unit}까지 보낼 수 있습니다. 나누거나 줄여 보내세요.",
            f"{given:,} {what} are more than the {limit:,} that one request may have. Send less, or in several requests.",
        ),
        {"what": what, "given": given, "limit": limit},
    )


def too_many(seconds: int) -> ApiError:
    """429: no room to wait in."""
    return ApiError(
        429,
        "too_many_requests",
        say(
            f"기다리는 요청이 너무 많습니다. {seconds}초 뒤에 다시 보내세요.",
            f"too many requests are waiting. Try again in {seconds} s.",
        ),
        {"retry_after": seconds},
        {"Retry-After": str(seconds)},
    )


def unavailable(code: str) -> ApiError:
    """503: "timeout", "out_of_memory" or "draining"."""
    reasons = {
        "timeout": ("제때 답하지 못했습니다. 글을 줄이거나 잠시 뒤에 다시 보내세요.", "there was no answer in time. Shorten the text, or try again later."),
        "out_of_memory": ("메모리가 모자라 답하지 못했습니다. 더 짧은 글로 다시 보내세요.", "not enough memory for this request. Send shorter texts."),
        "draining": ("서버를 끄는 중입니다. 잠시 뒤에 다시 보내세요.", "the server is shutting down. Try again later."),
    }  # fmt: skip
    return ApiError(503, code, say(*reasons[code]), None, {"Retry-After": "5"})


def internal() -> ApiError:
    """500: a bug of ours; what it was is in the log, under the request id."""
    return ApiError(
        500,
        "internal",
        say(
            "서버에 문제가 생겼습니다. request_id 를 알려 주시면 찾을 수 있습니다.",
            "something went wrong in the server. Its log says more under this request_id.",
        ),
    )


def unknown_model(names: list[str]) -> ApiError:
    """404: no model of that name."""
    return ApiError(
        404,
        "unknown_model",
        say(f"그런 모델이 없습니다. 있는 것: {', '.join(names)}", f"no such model. There is: {', '.join(names)}"),
        {"models": names},
    )


def cannot(name: str, verb: str, abilities: list[str]) -> ApiError:
    """404: a model that does not do what was asked of it."""
    return ApiError(
        404,
        "not_offered",
        say(
            f"모델 {attach(repr(name), '은/는')} {attach(verb, '을/를')} 하지 않습니다. 할 수 있는 것: {', '.join(abilities)}",
            f"model '{name}' does not offer {verb}. It offers: {', '.join(abilities)}",
        ),
        {"offers": abilities},
    )


def unusable(message: str, detail: Any = None) -> ApiError:
    """422: readable, but not what the model can be asked."""
    return ApiError(422, "invalid", message, detail)
