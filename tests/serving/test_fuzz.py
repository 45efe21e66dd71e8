"""Whatever is sent, nothing is a 5xx, and every 4xx is `{code, message, detail, request_id}`."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from serving_helpers import Running, Start, Toy

from malmoi.serving.limits import Limits
from malmoi.serving.models import Ability, ServedModel, open_models

TEXT = st.text(st.characters(), max_size=40)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
FIELDS = ("text", "pair", "inputs", "stream", "max_new_tokens", "top_k", "temperature", "stop", "turns", "words")
BODY = st.dictionaries(st.sampled_from(FIELDS) | TEXT, VALUE | TEXT, max_size=5) | VALUE
VERBS = ("predict", "fill-mask", "next-sentence", "similarity", "generate", "nothing")


@pytest.fixture(scope="module")
def server(start: Start, tfidf_run: Any) -> Running:
    """A real task, and a toy that claims to do everything."""
    answer = Toy().answer
    ability = Ability(
        lambda fields: {"text": "", **fields}, answer, lambda item: iter([("done", {"text": item["text"]})])
    )
    everything = ServedModel("all", dict.fromkeys(VERBS[:-1], ability), {"task": "toy"})
    return start([*open_models([f"real={tfidf_run}"]), everything], Limits(max_body=50_000))


def check(response: httpx.Response) -> None:
    assert response.status_code < 500, response.text
    if response.status_code >= 400:
        assert set(response.json()) == {"code", "message", "detail", "request_id"}


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.sampled_from(("all", "real", "x")), st.sampled_from(VERBS), BODY)
def test_any_json(server: Running, name: str, verb: str, body: Any) -> None:
    content = json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    check(server.client.post(f"/v1/models/{name}/{verb}", content=content, headers=headers))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.sampled_from(("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD")), st.text(min_size=1, max_size=20), st.binary(max_size=60))  # fmt: skip
def test_any_method_address_and_bytes(server: Running, method: str, path: str, body: bytes) -> None:
    address = "/v1/models/" + quote(path, safe="/.%")
    response = server.client.request(method, address, content=body)
    assert response.status_code < 500
    if method != "HEAD" and response.status_code >= 400:
        check(response)
