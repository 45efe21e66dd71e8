"""The HTTP API: one FastAPI application over models that are open.

curl localhost:8000/v1/models/nsmc/predict -H 'Content-Type: application/json' -d '{"text": "이 영화 정말 재밌어요"}'
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, Response, StreamingResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

import malmoi
from malmoi.errors import InputError
from malmoi.messages import say
from malmoi.serving.batcher import Batcher
from malmoi.serving.docs import add_docs
from malmoi.serving.errors import ApiError, cannot, internal, too_large, unavailable, unknown_model, unusable
from malmoi.serving.gate import Access, App, Gate
from malmoi.serving.limits import Limits
from malmoi.serving.log import JsonLog
from malmoi.serving.metrics import Metrics
from malmoi.serving.models import Ability, ServedModel
from malmoi.serving.schemas import ErrorBody, MaskedText, OneText, Predictions, Prompt, Questions, TextPair

PAGE = Path(__file__).parent / "page"
_STATUSES = (400, 401, 404, 408, 413, 422, 429, 500, 503)
_MAX_DEPTH = 16
ERRORS: dict[int | str, dict[str, Any]] = {status: {"model": ErrorBody} for status in _STATUSES}


class Server:
    """The models, each with its waiting room, and what all routes need."""

    def __init__(self, models: Sequence[ServedModel], limits: Limits, log: JsonLog) -> None:
        self.models = {model.name: model for model in models}
        self.limits, self.log, self.metrics = limits, log, Metrics()
        self.batchers: dict[tuple[str, str], Batcher] = {}
        for model in models:
            for verb, ability in model.abilities.items():
                label = model.name if verb == "predict" else f"{model.name}/{verb}"
                batcher = Batcher(ability.answer, limits, on_batch=self.metrics.on_batch(label))  # fmt: skip
                self.metrics.watch(label, lambda batcher=batcher: batcher.num_waiting)  # type: ignore[misc]
                self.batchers[model.name, verb] = batcher

    def model(self, request: Request, name: str) -> ServedModel:
        """Return a model; raise `ApiError` 404 for a name that none has."""
        if name not in self.models:
            raise unknown_model(list(self.models))
        request.state.model = name
        return self.models[name]

    def ability(self, request: Request, name: str, verb: str) -> Ability:
        """Return what was asked for; raise `ApiError` 404 for another model or verb."""
        abilities = self.model(request, name).abilities
        if verb not in abilities:
            raise cannot(name, verb, list(abilities))
        return abilities[verb]

    async def answer(self, request: Request, name: str, verb: str, asked: Sequence[Mapping[str, Any]]) -> list[Any]:
        """Return the JSON of the answers to requests' fields; raises `ApiError`, `InputError`, or 499 when the client has left."""
        ability = self.ability(request, name, verb)
        request.state.texts = len(asked)
        sizes = self.sizes(asked)
        items = [ability.ask(fields) for fields in asked]
        work = asyncio.ensure_future(self.batchers[name, verb].submit(items, sizes))
        gone = asyncio.ensure_future(_left(request))
        try:
            await asyncio.wait({work, gone}, timeout=self.limits.seconds, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                raise ClientLeft if gone.done() else unavailable("timeout")
            return [prediction.to_dict() for prediction in work.result()]
        finally:
            work.cancel()
            gone.cancel()

    def sizes(self, asked: Sequence[Mapping[str, Any]]) -> list[int]:
        """Return the characters of each question; raise `ApiError` 413 beyond the limits."""
        if len(asked) > self.limits.max_texts:
            raise too_large("texts", len(asked), self.limits.max_texts)
        sizes = [num_chars(list(fields.values())) for fields in asked]
        if (longest := max(sizes)) > self.limits.max_chars:
            raise too_large("chars", longest, self.limits.max_chars)
        return sizes

    def info(self) -> dict[str, Any]:
        """Return what is served, and within which limits."""
        models = [
            {"name": model.name, "offers": list(model.abilities), **model.facts} for model in self.models.values()
        ]
        return {"malmoi": malmoi.__version__, "models": models, "limits": vars(self.limits)}

    def close(self) -> None:
        """Finish what is being computed, refuse the rest."""
        for batcher in self.batchers.values():
            batcher.close()


class Page(StaticFiles):
    """The files of the page; an address of the API that was asked with another method is still told so."""

    def __init__(self, app: FastAPI, folder: Path) -> None:
        super().__init__(directory=folder, html=True)
        self._routes = [route for route in app.routes if isinstance(route, Route)]

    async def get_response(self, path: str, scope: Any) -> Response:
        if any(route.matches(scope)[0] is Match.PARTIAL for route in self._routes):
            raise HTTPException(405)
        return await super().get_response(path, scope)


class ClientLeft(Exception):
    """Nobody waits for the answer any more."""


def build_app(
    models: Sequence[ServedModel],
    limits: Limits = Limits(),  # noqa: B008 (frozen)
    access: Access = Access(),  # noqa: B008 (frozen)
    log: JsonLog | None = None,
) -> App:
    """Return the ASGI application for models that are open."""
    server = Server(models, limits, log or JsonLog())

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        await asyncio.to_thread(server.close)

    app = FastAPI(title="malmoi (말모이)", version=malmoi.__version__, docs_url=None, redoc_url=None, lifespan=lifespan)
    app.state.server = server
    _add_facts(app, server)
    _add_tasks(app, server)
    _add_language(app, server)
    _add_errors(app, server)
    add_docs(app)
    if PAGE.is_dir():
        app.mount("/", Page(app, PAGE))
    return Gate(app, limits, access, server.log, server.metrics)  # type: ignore[arg-type]


def _add_facts(app: FastAPI, server: Server) -> None:
    @app.get("/healthz", tags=["server"])
    async def healthz() -> dict[str, str]:
        """Whether the server lives; needs no key."""
        return {"status": "ok"}

    @app.get("/info", tags=["server"], responses=ERRORS)
    async def info() -> dict[str, Any]:
        """The models with their labels and scores, and the limits."""
        return server.info()

    @app.get("/metrics", tags=["server"], response_class=Response, responses=ERRORS)
    async def metrics() -> Response:
        """Counts and times for Prometheus."""
        return Response(server.metrics.text(), media_type="text/plain; version=0.0.4")


def _add_tasks(app: FastAPI, server: Server) -> None:
    @app.post("/v1/models/{name}/predict", tags=["models"], responses=ERRORS)
    async def predict(request: Request, name: str, body: Questions) -> dict[str, Any] | Predictions:
        """Answer a text, as `malmoi predict` does, or several (`inputs`)."""
        if body.inputs is None:
            return (await server.answer(request, name, "predict", [body.fields()]))[0]
        if body.fields():
            raise unusable(say("글 하나 또는 inputs 가운데 하나만 보내세요.", "send one text, or inputs, not both."))
        asked = [{"text": one} if isinstance(one, str) else one.fields() for one in body.inputs]
        return Predictions(predictions=await server.answer(request, name, "predict", asked))

    @app.post("/v1/models/{name}/tokens", tags=["models"], responses=ERRORS)
    async def tokens(request: Request, name: str, body: OneText) -> dict[str, Any]:
        """How the model's tokenizer cuts a text: raw → normalised → morphemes → pieces → ids."""
        return (await server.answer(request, name, "tokens", [body.model_dump()]))[0]

    @app.get("/v1/models/{name}/card", tags=["models"], responses=ERRORS)
    async def card(request: Request, name: str) -> dict[str, Any]:
        """What a run is, learned from, and scores on its dev data."""
        model = server.model(request, name)
        if model.card is None:
            raise cannot(name, "card", list(model.abilities))
        return model.card(f"/v1/models/{name}/report" if model.report else None)

    @app.get("/v1/models/{name}/report", tags=["models"], response_class=FileResponse, responses=ERRORS)
    async def report(request: Request, name: str) -> FileResponse:
        """The training report: curves, confusion matrix, calibration, the most confident errors."""
        model = server.model(request, name)
        if model.report is None:
            raise cannot(name, "report", list(model.abilities))
        return FileResponse(model.report, media_type="text/html")


def _add_language(app: FastAPI, server: Server) -> None:
    @app.post("/v1/models/{name}/fill-mask", tags=["language models"], responses=ERRORS)
    async def fill_mask(request: Request, name: str, body: MaskedText) -> dict[str, Any]:
        """Fill every `[MASK]`."""
        return (await server.answer(request, name, "fill-mask", [body.model_dump()]))[0]

    @app.post("/v1/models/{name}/next-sentence", tags=["language models"], responses=ERRORS)
    async def next_sentence(request: Request, name: str, body: TextPair) -> dict[str, Any]:
        """Does the second sentence follow the first?"""
        return (await server.answer(request, name, "next-sentence", [body.model_dump()]))[0]

    @app.post("/v1/models/{name}/similarity", tags=["language models"], responses=ERRORS)
    async def similarity(request: Request, name: str, body: TextPair) -> dict[str, Any]:
        """How alike are two texts?"""
        return (await server.answer(request, name, "similarity", [body.model_dump()]))[0]

    @app.post("/v1/models/{name}/generate", tags=["language models"], response_model=None, responses=ERRORS | _EVENTS)
    async def generate(request: Request, name: str, body: Prompt) -> dict[str, Any] | StreamingResponse:
        """Write on; with `stream` as events: `piece` for each piece of text, then `done` with the whole answer, or `error`."""
        ability = server.ability(request, name, "generate")
        if body.max_new_tokens > server.limits.max_new_tokens:
            most = server.limits.max_new_tokens
            raise unusable(say(f"max_new_tokens 는 {most} 까지입니다.", f"max_new_tokens is {most} at most."))
        if not body.stream:
            return (await server.answer(request, name, "generate", [body.model_dump()]))[0]
        (size,) = server.sizes([{"text": body.text}])
        request.state.texts = 1
        assert ability.events is not None
        stream = server.batchers[name, "generate"].stream(partial(ability.events, ability.ask(body.model_dump())), size)
        first = await anext(stream)  # what can be refused is refused before the answer begins
        return StreamingResponse(_events(server, request, first, stream), media_type="text/event-stream")


_EVENTS: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {}, "text/event-stream": {}}}}


async def _events(server: Server, request: Request, first: Any, stream: AsyncIterator[Any]) -> AsyncIterator[str]:
    try:
        yield _event(*first)
        async for event, data in stream:
            yield _event(event, data)
    except Exception as error:
        found = as_api_error(error)
        if found.status == 500:
            server.log.failure(request.state.request_id, error)
        yield _event("error", found.body(request.state.request_id))


def _event(name: str, data: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def _add_errors(app: FastAPI, server: Server) -> None:
    def respond(request: Request, error: ApiError) -> JSONResponse:
        return JSONResponse(error.body(request.state.request_id), error.status, error.headers)

    async def failed(request: Request, error: Exception) -> Response:
        if isinstance(error, ClientLeft):
            return Response(status_code=499)
        found = as_api_error(error)
        if found.status == 500:
            server.log.failure(request.state.request_id, error)
        return respond(request, found)

    for kind in (ApiError, InputError, RequestValidationError, HTTPException, ClientLeft, Exception):
        app.add_exception_handler(kind, failed)


def as_api_error(error: Exception) -> ApiError:
    """Return what a client is told of an error."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, InputError):
        return unusable(str(error))
    if isinstance(error, RequestValidationError):
        return _invalid(error)
    if isinstance(error, HTTPException):
        return _plain(error)
    return internal()


def _invalid(error: RequestValidationError) -> ApiError:
    """422 that says where and what, without repeating what was sent."""
    found = error.errors()
    detail = [{"where": [str(part)[:40] for part in one["loc"]][:8], "problem": one["type"], "message": one["msg"]} for one in found[:8]]  # fmt: skip
    return unusable(
        say("요청의 꼴이 다릅니다. detail 을 보세요.", "the request is not as expected: see detail."), detail
    )


def _plain(error: HTTPException) -> ApiError:
    messages = {
        400: ("bad_request", "읽을 수 없는 요청입니다. JSON 인지 확인하세요.", "the request cannot be read. Is it JSON?"),
        404: ("not_found", "그런 주소가 없습니다. /docs 를 보세요.", "there is no such address: see /docs."),
        405: ("method_not_allowed", "이 주소에는 쓸 수 없는 메서드입니다.", "this address does not take that method."),
    }  # fmt: skip
    code, ko, en = messages.get(error.status_code, ("http", str(error.detail), str(error.detail)))
    return ApiError(error.status_code, code, say(ko, en), None, error.headers)


async def _left(request: Request) -> None:
    """Return when the client has closed its connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def num_chars(value: Any, depth: int = 0) -> int:
    """Return the characters of all strings in a JSON value; raise `ApiError` 422 for half a surrogate pair, and for deep nesting.

    >>> num_chars(["좋아요", {"words": ["한", "번"]}, 3])
    10
    """
    if depth > _MAX_DEPTH:
        raise unusable(say(f"{_MAX_DEPTH}겹보다 깊은 JSON 입니다.", f"the JSON is nested more than {_MAX_DEPTH} deep."))
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise unusable(
                say("글에 짝이 없는 서로게이트가 있습니다.", "a text holds half a surrogate pair.")
            ) from None
        return len(value)
    if isinstance(value, Mapping):
        return sum(num_chars(part, depth + 1) for pair in value.items() for part in pair)
    return sum(num_chars(part, depth + 1) for part in value) if isinstance(value, (list, tuple)) else 0
