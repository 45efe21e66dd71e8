"""The waiting room: who is computed with whom, how many may wait, who is skipped."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from malmoi.messages import say, speaking
from malmoi.serving.batcher import Batcher, Job, choose, is_out_of_memory
from malmoi.serving.errors import ApiError
from malmoi.serving.limits import BatchLimits, Limits


def job(size: int, stream: bool = False) -> Job:
    return Job(size, size, None, 0.0, None, (lambda: iter(())) if stream else None)  # type: ignore[arg-type]


def sizes(jobs: list[Job]) -> list[int]:
    return [one.size for one in jobs]


def test_like_lengths_go_together_and_the_oldest_is_never_left_behind() -> None:
    waiting = [job(size) for size in (100, 10, 90, 500, 110)]
    assert sizes(choose(waiting, 64, 350)) == [100, 90, 110]
    assert sizes(choose(waiting, 2, 10_000)) == [100, 90]
    assert sizes(choose(waiting, 64, 1)) == [100]
    assert sizes(choose([job(9000), job(1)], 64, 100)) == [9000]


def test_a_stream_runs_alone() -> None:
    assert sizes(choose([job(5, stream=True), job(5)], 64, 100)) == [5]
    assert sizes(choose([job(5), job(5, stream=True), job(6)], 64, 100)) == [5, 6]


class Room:
    """A batcher whose work waits for `go`, inside a running event loop."""

    def __init__(self, max_waiting: int = 4, seconds: float = 30.0, max_wait: float = 60.0) -> None:
        import threading

        self.go = threading.Event()
        self.seen: list[list[Any]] = []
        self.batcher = Batcher(
            self.answer, Limits(max_waiting=max_waiting, seconds=seconds, max_wait=max_wait), BatchLimits(seconds=10.0)
        )

    def answer(self, items: list[Any]) -> list[Any]:
        self.seen.append(items)
        assert self.go.wait(30)
        if "bad" in items:
            raise ValueError(say("나쁨", "bad"))
        return [item * 2 for item in items]

    async def busy(self) -> asyncio.Task[list[Any]]:
        """Give the worker something to hold on to."""
        task = asyncio.ensure_future(self.batcher.submit(["first"], [5]))
        while not self.seen:
            await asyncio.sleep(0.001)
        return task


def run(test: Any) -> None:
    asyncio.run(asyncio.wait_for(test(), 30))


def test_what_waits_is_answered_together_in_order() -> None:
    async def test() -> None:
        room = Room()
        first = await room.busy()
        others = [asyncio.ensure_future(room.batcher.submit([text], [1])) for text in ("a", "b", "c")]
        await asyncio.sleep(0)
        room.go.set()
        assert await first == ["firstfirst"]
        assert [await other for other in others] == [["aa"], ["bb"], ["cc"]]
        assert room.seen == [["first"], ["a", "b", "c"]]
        room.batcher.close()

    run(test)


def test_a_full_room_refuses_at_once() -> None:
    async def test() -> None:
        room = Room(max_waiting=2)
        first = await room.busy()
        second = asyncio.ensure_future(room.batcher.submit(["a", "b"], [1, 1]))
        await asyncio.sleep(0)
        began = time.monotonic()
        with pytest.raises(ApiError) as refused:
            await room.batcher.submit(["c"], [1])
        assert refused.value.status == 429 and int(refused.value.headers["Retry-After"]) >= 1
        assert time.monotonic() - began < 5 and room.batcher.num_waiting == 2
        room.go.set()
        assert await second == ["aa", "bb"] and await first
        room.batcher.close()

    run(test)


def test_what_would_wait_too_long_is_refused() -> None:
    async def test() -> None:
        room = Room(max_wait=0.5)
        first = await room.busy()
        second = asyncio.ensure_future(room.batcher.submit(["a"], [100_000]))  # long, but nobody is before it
        await asyncio.sleep(0)
        with pytest.raises(ApiError) as refused:
            await room.batcher.submit(["b"], [1])
        assert refused.value.status == 429 and int(refused.value.headers["Retry-After"]) == 26
        room.go.set()
        assert await second == ["aa"] and await first
        room.batcher.close()

    run(test)


def test_who_has_left_is_skipped() -> None:
    async def test() -> None:
        room = Room()
        first = await room.busy()
        leaving = asyncio.ensure_future(room.batcher.submit(["gone"], [1]))
        staying = asyncio.ensure_future(room.batcher.submit(["here"], [1]))
        await asyncio.sleep(0)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        room.go.set()
        assert await staying == ["herehere"] and await first
        assert room.seen == [["first"], ["here"]]
        room.batcher.close()

    run(test)


def test_an_error_reaches_its_own_request_in_its_language() -> None:
    async def test() -> None:
        room = Room()
        first = await room.busy()
        with speaking("en"):
            bad = asyncio.ensure_future(room.batcher.submit(["bad"], [1]))
        good = asyncio.ensure_future(room.batcher.submit(["good"], [1]))
        await asyncio.sleep(0)
        room.go.set()
        with pytest.raises(ValueError, match="^bad$"):
            await bad
        assert await good == ["goodgood"] and await first
        room.batcher.close()

    run(test)


def test_too_late_is_503() -> None:
    async def test() -> None:
        room = Room(seconds=0.05)
        first = await room.busy()
        late = asyncio.ensure_future(room.batcher.submit(["late"], [1]))
        await asyncio.sleep(0.1)
        room.go.set()
        with pytest.raises(ApiError) as refused:
            await late
        assert (refused.value.status, refused.value.code) == (503, "timeout") and await first
        room.batcher.close()

    run(test)


def test_close_finishes_the_batch_and_refuses_the_rest() -> None:
    async def test() -> None:
        room = Room()
        first = await room.busy()
        waiting = asyncio.ensure_future(room.batcher.submit(["a"], [1]))
        await asyncio.sleep(0)
        closing = asyncio.ensure_future(asyncio.to_thread(room.batcher.close))
        with pytest.raises(ApiError) as refused:
            await waiting
        assert refused.value.code == "draining"
        room.go.set()
        assert await first == ["firstfirst"]
        await closing
        with pytest.raises(ApiError):
            await room.batcher.submit(["b"], [1])

    run(test)


def test_streams_come_piece_by_piece_and_stop_when_nobody_reads() -> None:
    async def test() -> None:
        room = Room()
        room.go.set()
        made: list[int] = []

        def numbers() -> Any:
            for i in range(10_000):
                made.append(i)
                yield i
                time.sleep(0.0005)

        stream = room.batcher.stream(numbers, 1)
        assert [await anext(stream) for _ in range(3)] == [0, 1, 2]
        await stream.aclose()  # type: ignore[attr-defined]
        assert await room.batcher.submit(["next"], [1]) == ["nextnext"]
        assert len(made) < 10_000

        def broken() -> Any:
            yield 1
            raise MemoryError

        with pytest.raises(ApiError, match=r".") as refused:
            assert [piece async for piece in room.batcher.stream(broken, 1)] == []
        assert refused.value.code == "out_of_memory"
        room.batcher.close()

    run(test)


def test_out_of_memory_is_known_by_its_words() -> None:
    assert is_out_of_memory(RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"))
    assert is_out_of_memory(MemoryError()) and not is_out_of_memory(RuntimeError("shape"))
