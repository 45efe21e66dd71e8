"""HTTP under rising load: `malmoi serve RUN` beside a plain FastAPI server around transformers' pipeline.

    python bench/serve.py RUN --json out.json            RUN: a trained classification run (torch)
    python bench/serve.py RUN --exported RUN-int8        malmoi serves its export, the plain server the torch run
    python bench/serve.py RUN --quick

Each server is a process of its own, alone on the machine at its time; they take turns, `--rounds` times. The clients are in this
process: 1, 2, 4 … 64 of them, each asking again as soon as it is answered (NSMC dev, one review a request), over kept connections.
Then malmoi alone: L1 50 requests/s, L3 ten times what it can do, L4 what a single request takes right after. Needs MALMOI_DATA.
  rate            answers (200) a second            p50, p99    milliseconds from sending to the whole answer
  at_equal_p99    the highest rate of malmoi with a p99 no higher than the plain server's at its highest rate, over that rate
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

LEVELS = (1, 2, 4, 8, 16, 32, 64)
CONSTANT = 50  # requests a second of L1


@dataclass
class Outcome:
    """What came back: milliseconds by status, in order of arrival."""

    seconds: float = 0.0
    taken: dict[int, list[float]] = field(default_factory=dict)

    def add(self, status: int, milliseconds: float) -> None:
        self.taken.setdefault(status, []).append(milliseconds)

    def summary(self) -> dict[str, Any]:
        good = self.taken.get(200, [])
        facts = {f"p{q}": round(float(np.percentile(good, q)), 2) for q in (50, 95, 99)} if good else {}
        counts = {str(status): len(found) for status, found in sorted(self.taken.items())}
        return {"rate": round(len(good) / self.seconds, 1), **facts, "statuses": counts}


class Client:
    """One kept connection that speaks as much HTTP as is needed."""

    def __init__(self, port: int, path: str) -> None:
        self.port, self.path = port, path
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, text: str) -> int:
        """Return the status of the answer to a text, 0 when there is none."""
        body = json.dumps({"text": text}).encode()
        head = f"POST {self.path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        return await self._exchange(head.encode() + body)

    async def look(self, path: str) -> int:
        """Return the status of a GET."""
        return await self._exchange(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())

    async def _exchange(self, request: bytes) -> int:
        try:
            if self.streams is None:
                self.streams = await asyncio.open_connection("127.0.0.1", self.port)
            reader, writer = self.streams
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head, re.I)
            await reader.readexactly(int(length[1]) if length else 0)
            return int(head.split(b" ", 2)[1])
        except (OSError, asyncio.IncompleteReadError):
            self.close()
            return 0

    def close(self) -> None:
        if self.streams:
            self.streams[1].close()
        self.streams = None


async def timed(outcome: Outcome, work: Awaitable[int]) -> None:
    began = time.perf_counter()
    status = await work
    outcome.add(status, 1000 * (time.perf_counter() - began))


async def closed_loop(port: int, path: str, texts: list[str], clients: int, seconds: float) -> Outcome:
    """Clients that ask again as soon as they are answered."""
    outcome, stop = Outcome(seconds), time.perf_counter() + seconds
    order = iter(range(1 << 60))

    async def one() -> None:
        client = Client(port, path)
        while time.perf_counter() < stop:
            text = texts[next(order) % len(texts)]
            await timed(outcome, client.ask(text))
        client.close()

    await asyncio.gather(*(one() for _ in range(clients)))
    return outcome


async def open_loop(port: int, path: str, texts: list[str], rate: float, seconds: float) -> tuple[Outcome, Outcome]:
    """Requests that come at a rate whatever happens; also how `/healthz` does meanwhile."""
    outcome, health, free, running = Outcome(seconds), Outcome(seconds), [], set()

    async def one(text: str) -> None:
        client = free.pop() if free else Client(port, path)
        await timed(outcome, client.ask(text))
        free.append(client)

    began, watcher = time.perf_counter(), Client(port, path)
    for i in range(int(rate * seconds)):
        if (ahead := began + i / rate - time.perf_counter()) > 0:
            await asyncio.sleep(ahead)
        task = asyncio.ensure_future(one(texts[i % len(texts)]))
        running.add(task)
        task.add_done_callback(running.discard)
        if i % max(1, int(rate / 4)) == 0:
            await timed(health, watcher.look("/healthz"))
    await asyncio.gather(*running)
    outcome.seconds = health.seconds = time.perf_counter() - began
    for client in (*free, watcher):
        client.close()
    return outcome, health


@contextmanager
def serving(command: list[str]) -> Iterator[int]:
    """Run a server; yield its port when it says so on standard error."""
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | {"MALMOI_LANG": "en"})
    try:
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line)
            if found := re.search(r"http://[\w.]+:(\d+)", line):
                break
        else:
            raise SystemExit("".join(said[-20:]))
        drain = subprocess.Popen(["cat"], stdin=process.stderr, stdout=subprocess.DEVNULL)  # a full pipe stops a server
        yield int(found[1])
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
        drain.wait(10)


def plain_server(run: str) -> None:
    """What a tutorial writes: one pipeline, one endpoint."""
    import socket

    import torch
    import uvicorn
    from fastapi import FastAPI
    from transformers import pipeline

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    classify = pipeline("text-classification", model=run, tokenizer=run, device="cpu", top_k=None)
    app = FastAPI()

    @app.post("/predict")
    def predict(body: dict[str, str]) -> Any:
        return classify(body["text"], truncation=True)

    sock = socket.create_server(("127.0.0.1", 0), backlog=1024)
    print(f"http://localhost:{sock.getsockname()[1]}", file=sys.stderr, flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[sock])


def reviews(limit: int) -> list[str]:
    from malmoi.data.corpora import find_corpus

    return [example.text for example in find_corpus("nsmc").load("dev").examples[:limit]]


def rising(port: int, path: str, texts: list[str], levels: tuple[int, ...], seconds: float) -> dict[int, Any]:
    warm = asyncio.run(closed_loop(port, path, texts, 2, min(3.0, seconds)))
    if 200 not in warm.taken:
        raise SystemExit(f"no answers from {path}: {warm.summary()['statuses']}")
    found = {}
    for clients in levels:
        found[clients] = asyncio.run(closed_loop(port, path, texts, clients, seconds)).summary()
        print(f"    {clients:3d} clients {found[clients]}", file=sys.stderr, flush=True)
    return found


def reliability(port: int, path: str, texts: list[str], best: float, seconds: float) -> dict[str, Any]:
    steady, health = asyncio.run(open_loop(port, path, texts, CONSTANT, seconds))
    found: dict[str, Any] = {"L1": steady.summary() | {"healthz": health.summary()}}
    flood, health = asyncio.run(open_loop(port, path, texts, 10 * best, min(10.0, seconds)))
    refused = flood.taken.get(429, [0.0])
    facts = {"refused_p99": round(float(np.percentile(refused, 99)), 2), "healthz": health.summary()}
    found["L3"] = flood.summary() | facts
    found["L4"] = asyncio.run(closed_loop(port, path, texts, 1, min(5.0, seconds))).summary()
    return found


def median_levels(rounds: list[dict[int, Any]]) -> dict[int, dict[str, Any]]:
    """The round with the median rate at each number of clients."""
    return {n: sorted((found[n] for found in rounds), key=lambda one: one["rate"])[len(rounds) // 2] for n in rounds[0]}


def at_equal_p99(ours: dict[int, Any], plain: dict[int, Any]) -> float | None:
    top = max(plain.values(), key=lambda one: one["rate"])
    rates = [one["rate"] for one in ours.values() if "p99" in one and one["p99"] <= top["p99"]]
    return round(max(rates) / top["rate"], 2) if rates else None


def measure(options: argparse.Namespace) -> dict[str, Any]:
    levels = (1, 4, 16) if options.quick else LEVELS
    seconds = 2.0 if options.quick else options.seconds
    texts = reviews(500 if options.quick else 5000)
    commands = {
        "plain": ([sys.executable, __file__, options.run, "--child"], "/predict"),
        "malmoi": (
            [sys.executable, "-m", "malmoi", "serve", f"model={options.exported or options.run}", "--port", "0"],
            "/v1/models/model/predict",
        ),
    }
    rounds: dict[str, list[dict[int, Any]]] = {name: [] for name in commands}
    load: dict[str, Any] = {}
    for number in range(1 if options.quick else options.rounds):
        for name in list(commands) if number % 2 == 0 else list(commands)[::-1]:
            print(f"round {number + 1}: {name}", file=sys.stderr, flush=True)
            command, path = commands[name]
            with serving(command) as port:
                rounds[name].append(rising(port, path, texts, levels, seconds))
                if name == "malmoi" and number == 0:
                    best = max(one["rate"] for one in rounds[name][0].values())
                    load = reliability(port, path, texts, best, 3.0 if options.quick else 30.0)
    found = {name: median_levels(runs) for name, runs in rounds.items()}
    statuses = Counter(status for one in found["malmoi"].values() for status in one["statuses"])
    return {
        **found,
        "at_equal_p99": at_equal_p99(found["malmoi"], found["plain"]),
        "highest_rate_ratio": round(max(o["rate"] for o in found["malmoi"].values()) / max(o["rate"] for o in found["plain"].values()), 2),
        "batching": round(max(o["rate"] for o in found["malmoi"].values()) / found["malmoi"][1]["rate"], 2),
        "only_200_and_429": set(statuses) <= {"200", "429"},
        **load,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", help="a trained NSMC run")
    parser.add_argument("--exported", help="what malmoi serves in its place")
    parser.add_argument("--seconds", type=float, default=10.0, help="at each number of clients")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        plain_server(options.run)
        return
    result = measure(options)
    print(json.dumps(result, indent=2))
    if options.json:
        Path(options.json).write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
