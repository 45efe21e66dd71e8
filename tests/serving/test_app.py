"""The HTTP API over loopback: answers, errors, limits, keys, headers, logs, load."""

from __future__ import annotations

import concurrent.futures
import re
import socket
import threading
import time
from typing import Any

import httpx
import pytest
from serving_helpers import Running, Start, Toy, until

from malmoi.serving.app import num_chars
from malmoi.serving.errors import ApiError
from malmoi.serving.gate import Access, wished_language
from malmoi.serving.limits import Limits

SECRET = "아무도 보면 안 되는 글"
SMALL = Limits(
    max_body=20_000, max_texts=4, max_chars=1000, max_waiting=8, max_wait=60.0, seconds=20.0, body_seconds=2.0
)
ERROR_KEYS = {"code", "message", "detail", "request_id"}


@pytest.fixture(scope="module")
def shared() -> Any:
    model = Toy()
    yield model
    model.open.set()


@pytest.fixture(scope="module")
def server(start: Start, shared: Toy) -> Running:
    return start([shared.served(), shared.served("영화.평-2")], SMALL)


@pytest.fixture(autouse=True)
def open_gate(shared: Toy) -> Any:
    shared.batches.clear()
    yield
    shared.open.set()


def check_error(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    body = response.json()
    assert (response.status_code, body["code"]) == (status, code), body
    assert set(body) == ERROR_KEYS and body["message"]
    assert body["request_id"] == response.headers["x-request-id"]
    return body


def test_one_text_and_several(server: Running) -> None:
    one = server.ask("toy/predict", {"text": "좋아요"})
    assert one.status_code == 200
    assert one.json() == {"text": "좋아요", "label": "긍정", "score": 1.0, "scores": {"긍정": 1.0}, "sentence": "이 문장은 긍정일 가능성이 100 %입니다."}  # fmt: skip
    several = server.ask("영화.평-2/predict", {"inputs": ["하나", {"text": "둘"}]}).json()
    assert [answer["text"] for answer in several["predictions"]] == ["하나", "둘"]


def test_answers_and_errors_speak_the_language_of_the_request(server: Running) -> None:
    english = {"Accept-Language": "en-US,en;q=0.9,ko;q=0.5"}
    assert server.ask("toy/predict", {"text": "좋아요"}, headers=english).json()["sentence"].startswith("This text is")
    assert "no such model" in server.ask("none/predict", {"text": "가"}, headers=english).json()["message"]
    assert "그런 모델" in server.ask("none/predict", {"text": "가"}).json()["message"]
    assert wished_language("fr") == "ko"


BAD: dict[str, tuple[Any, int, str]] = {
    "no json": (b"{", 422, "invalid"),
    "not utf-8": (b'{"text": "\xff"}', 400, "bad_request"),
    "array": (b"[]", 422, "invalid"),
    "no text type": (b'{"text": 3}', 422, "invalid"),
    "null bytes": (b"\x00" * 10, 400, "bad_request"),
    "empty inputs": (b'{"inputs": []}', 422, "invalid"),
    "both": ('{"text": "가", "inputs": ["나"]}'.encode(), 422, "invalid"),
    "surrogate": (b'{"text": "\\ud83d"}', 422, "invalid"),
    "surrogate in another field": (b'{"text": "a", "words": ["\\ud83d"]}', 422, "invalid"),
    "deep": (b'{"text": "a", "x": ' + b"[" * 100 + b"]" * 100 + b"}", 422, "invalid"),
    "very deep": (b'{"text": "a", "x": ' + b"[" * 9000 + b"]" * 9000 + b"}", 400, "bad_request"),
    "huge number": (b'{"text": "a", "x": ' + b"9" * 9000 + b"}", 400, "bad_request"),
    "too many texts": (b'{"inputs": ["a", "a", "a", "a", "a"]}', 413, "too_large"),
    "too long a text": (b'{"text": "' + b"a" * 1001 + b'"}', 413, "too_large"),
    "too long in another field": (b'{"text": "a", "context": "' + b"a" * 1001 + b'"}', 413, "too_large"),
    "too large": (b'{"text": "' + b"a" * 20_000 + b'"}', 413, "too_large"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_bodies(name: str, server: Running, shared: Toy) -> None:
    body, status, code = BAD[name]
    response = server.client.post("/v1/models/toy/predict", content=body, headers={"Content-Type": "application/json"})
    assert set(response.json()) == ERROR_KEYS
    assert response.status_code == status and response.json()["code"] == code
    assert not shared.batches
    assert server.client.get("/healthz").json() == {"status": "ok"}


def test_a_large_body_without_its_length_is_refused(server: Running) -> None:
    def endless() -> Any:
        for _ in range(100):
            yield b" " * 10_000

    check_error(server.client.post("/v1/models/toy/predict", content=endless()), 413, "too_large")
    assert server.log[-1]["status"] == 413


@pytest.mark.parametrize(
    "path", ["%2e%2e%2f%2e%2e%2fetc%2fpasswd", "..", "toy%00", "a/b", "<script>", "모델", "x" * 3000]
)
def test_names_lead_nowhere_else(path: str, server: Running) -> None:
    response = server.client.post(f"/v1/models/{path}/predict", json={"text": "가"})
    assert response.status_code in (404, 405) and set(response.json()) == ERROR_KEYS
    assert "<script>" not in response.text


def test_other_errors(server: Running) -> None:
    check_error(server.client.get("/nowhere"), 404, "not_found")
    check_error(server.client.get("/v1/models/toy/predict"), 405, "method_not_allowed")
    body = check_error(server.ask("toy/generate", {"text": "가"}), 404, "not_offered")
    assert body["detail"] == {"offers": ["predict"]}
    check_error(server.ask("toy/fill-mask", {"text": "가", "topk": 3}), 422, "invalid")
    check_error(server.client.get("/healthz", headers={"Host": "evil.example"}), 400, "wrong_host")


def test_a_bug_is_500_without_its_words_and_spares_the_others(server: Running, shared: Toy) -> None:
    shared.open.clear()
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        first = pool.submit(server.ask, "toy/predict", {"text": "먼저"})
        until(lambda: shared.batches)
        bad, good = (pool.submit(server.ask, "toy/predict", {"text": text}) for text in ("터져라", "괜찮아"))
        until(lambda: 'malmoi_waiting_texts{model="toy"} 2.0' in server.client.get("/metrics").text)
        shared.open.set()
        assert first.result().status_code == good.result().status_code == 200
        body = check_error(bad.result(), 500, "internal")
    assert "비밀" not in server.stream.getvalue() and "비밀" not in bad.result().text
    failure = next(
        line for line in server.log if line["event"] == "failure" and line["request_id"] == body["request_id"]
    )
    assert failure["error"] == "RuntimeError" and "answer" in failure["places"][-1]


def test_out_of_memory_is_503_and_the_server_lives(server: Running, shared: Toy) -> None:
    shared.error = MemoryError()
    check_error(server.ask("toy/predict", {"text": "터져라"}), 503, "out_of_memory")
    shared.error = None
    assert server.ask("toy/predict", {"text": "좋아요"}).status_code == 200


def test_a_full_room_is_429_at_once_and_health_stays_quick(server: Running, shared: Toy) -> None:
    shared.open.clear()
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        first = pool.submit(server.ask, "toy/predict", {"text": "먼저"})
        until(lambda: shared.batches)
        waiting = [pool.submit(server.ask, "toy/predict", {"inputs": ["가", "나", "다", "라"]}) for _ in range(2)]
        until(lambda: 'malmoi_waiting_texts{model="toy"} 8.0' in server.client.get("/metrics").text)
        refused = server.ask("toy/predict", {"text": "더"})
        check_error(refused, 429, "too_many_requests")
        assert int(refused.headers["retry-after"]) >= 1
        assert server.client.get("/healthz").status_code == 200
        shared.open.set()
        assert {one.result().status_code for one in (first, *waiting)} == {200}


def test_who_leaves_is_not_computed(server: Running, shared: Toy) -> None:
    shared.open.clear()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        first = pool.submit(server.ask, "toy/predict", {"text": "먼저"})
        until(lambda: shared.batches)
        with socket.create_connection(server.address) as sock:
            body = '{"text": "떠난다"}'.encode()
            head = f"POST /v1/models/toy/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            sock.sendall(head.encode() + body)
            until(lambda: 'malmoi_waiting_texts{model="toy"} 1.0' in server.client.get("/metrics").text)
        until(lambda: 'malmoi_waiting_texts{model="toy"} 0.0' in server.client.get("/metrics").text)
        shared.open.set()
        assert first.result().status_code == 200
    until(lambda: any(line.get("status") == 499 for line in server.log))
    assert ["떠난다"] not in shared.batches


def test_slow_sockets_do_not_hurt_others(server: Running) -> None:
    slow = [socket.create_connection(server.address) for _ in range(100)]
    try:
        for sock in slow:
            sock.sendall(b"POST /v1/models/toy/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{")
        assert server.ask("toy/predict", {"text": "좋아요"}).status_code == 200
        slow[0].settimeout(30)
        assert b" 408 " in slow[0].recv(4000)
    finally:
        for sock in slow:
            sock.close()


def test_texts_under_load_are_all_answered_and_batched(server: Running, shared: Toy) -> None:
    def client(number: int) -> list[tuple[int, bool]]:
        found = []
        for i in range(10):
            response = server.ask("toy/predict", {"text": f"{number} {i}"})
            found.append(
                (response.status_code, response.status_code == 429 or response.json()["text"] == f"{number} {i}")
            )
        return found

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = [answer for found in pool.map(client, range(16)) for answer in found]
    assert {status for status, _ in answers} <= {200, 429} and all(right for _, right in answers)
    assert max(map(len, shared.batches)) > 1


def test_no_text_and_no_typed_path_in_the_log(server: Running) -> None:
    server.ask("toy/predict", {"text": SECRET})
    server.client.get(f"/{SECRET}", params={"q": SECRET})
    server.ask(f"{SECRET}/predict", {"text": SECRET})
    server.client.post("/v1/models/toy/predict", content=f'{{"text": ["{SECRET}"]}}', headers={"Content-Type": "application/json"})  # fmt: skip
    assert SECRET not in server.stream.getvalue()
    line = next(line for line in server.log if line.get("model") == "toy")
    assert line.keys() >= {"time", "request_id", "method", "route", "status", "ms", "texts"}
    assert line["route"] == "/v1/models/{name}/predict"


def test_what_was_sent_is_not_repeated_in_errors(server: Running) -> None:
    response = server.client.post("/v1/models/toy/predict", json={"text": [SECRET]})
    assert SECRET not in response.text


def test_info_metrics_headers(server: Running) -> None:
    info = server.client.get("/info").json()
    assert [model["name"] for model in info["models"]] == ["toy", "영화.평-2"] and info["limits"]["max_texts"] == 4
    assert info["models"][0]["offers"] == ["predict"]
    response = server.client.get("/healthz")
    assert response.headers["content-security-policy"].startswith("default-src 'self'")
    assert response.headers["x-content-type-options"] == "nosniff" and "server" not in response.headers
    metrics = server.client.get("/metrics").text
    assert re.search(r'malmoi_requests_total\{route="/v1/models/\{name\}/predict",status="200"\} \d', metrics)
    assert "malmoi_batch_texts_bucket" in metrics and SECRET not in metrics


def test_documentation_needs_no_other_host(server: Running) -> None:
    page = server.client.get("/docs").text
    assert "//" not in page.replace("<!doctype", "") and "<script>" not in page
    for path in re.findall(r'(?:src|href)="([^"]+)"', page):
        assert server.client.get(path).status_code == 200, path
    schema = server.client.get("/openapi.json").json()
    assert set(schema["paths"]["/v1/models/{name}/predict"]["post"]["responses"]) >= {
        "200",
        "401",
        "413",
        "422",
        "429",
        "503",
    }
    assert "말모이" in server.client.get("/").text


def test_key(start: Start, toy: Toy) -> None:
    key = "k" * 20
    server = start([toy.served()], SMALL, Access(key, local_only=False))
    for headers in (
        {},
        {"Authorization": "Bearer " + "k" * 19},
        {"X-API-Key": "키"},
        {"Authorization": f"Basic {key}"},
    ):
        raw = [(name, value.encode()) for name, value in headers.items()]
        response = server.client.post("/v1/models/toy/predict", json={"text": "가"}, headers=raw)
        check_error(response, 401, "unauthorized")
    for headers in ({"Authorization": f"Bearer {key}"}, {"X-API-Key": key}):
        assert server.ask("toy/predict", {"text": "가"}, headers=headers).status_code == 200
    for path in ("/info", "/metrics", "/openapi.json"):
        assert server.client.get(path).status_code == 401
        assert server.client.get(path, headers={"X-API-Key": key, "Host": "example.com"}).status_code == 200
    for path in ("/healthz", "/", "/docs"):
        assert server.client.get(path).status_code == 200
    assert key not in server.stream.getvalue()


def test_memory_and_threads_stay(server: Running) -> None:
    import psutil

    process = psutil.Process()
    for _ in range(50):
        server.ask("toy/predict", {"text": "데우기"})
    before = process.num_threads(), process.num_fds(), process.memory_info().rss
    for i in range(300):
        server.ask(("toy", "none")[i % 2] + "/predict", {"text": "가" * (i % 900)})
    after = process.num_threads(), process.num_fds(), process.memory_info().rss
    assert after[0] <= before[0] + 1 and after[1] <= before[1] + 2 and after[2] < 1.1 * before[2]


def test_sizes() -> None:
    assert num_chars({"가": ["나다", 3, None]}) == 3
    with pytest.raises(ApiError):
        num_chars(["\udc00"])


def test_the_event_loop_is_free_while_a_model_works(server: Running, shared: Toy) -> None:
    shared.open.clear()
    thread = threading.Thread(target=server.ask, args=("toy/predict", {"text": "오래"}))
    thread.start()
    until(lambda: shared.batches)
    began = time.monotonic()
    for _ in range(5):
        assert server.client.get("/healthz").status_code == 200
    assert time.monotonic() - began < 10 and thread.is_alive()
    shared.open.set()
    thread.join()
