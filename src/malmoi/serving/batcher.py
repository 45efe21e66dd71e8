"""One model's waiting room and worker: what waits is answered together, texts of like length first, and no more than fits.

Work runs in a thread of its own, so that the event loop stays free. Nobody waits for company: an idle worker takes what is there at
once, and while it works the next batch gathers by itself. The room is bounded in texts; what a client no longer waits for is skipped.
"""

from __future__ import annotations

import asyncio
import contextvars
import math
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from malmoi.serving.errors import too_many, unavailable
from malmoi.serving.limits import BatchLimits, Limits

Answer = Callable[[list[Any]], list[Any]]
OnBatch = Callable[[int, float], None]  # (texts, seconds)
_OVERHEAD = 8  # characters that a text costs besides its own
_FIRST_RATE = 4000.0  # characters a second, until it is known


@dataclass(eq=False)
class Job:
    """A text that waits, or (with `pieces`) a stream that runs alone; `context` is its request's language."""

    item: Any
    size: int
    loop: asyncio.AbstractEventLoop
    deadline: float
    done: asyncio.Future[Any]
    pieces: Callable[[], Iterator[Any]] | None = None
    emit: Callable[[Any], object] = lambda piece: None
    is_gone: bool = False
    context: contextvars.Context = field(default_factory=contextvars.copy_context)

    def finish(self, value: Any = None, error: BaseException | None = None) -> None:
        """Hand the result to the event loop; from any thread."""

        def settle() -> None:
            if not self.done.done():
                self.done.set_exception(error) if error is not None else self.done.set_result(value)

        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(settle)


class Batcher:
    """Answers what is submitted, a batch at a time; what waits is bounded by `room`."""

    def __init__(
        self,
        answer: Answer,
        room: Limits,
        limits: BatchLimits = BatchLimits(),  # noqa: B008 (frozen)
        on_batch: OnBatch = lambda texts, seconds: None,
    ) -> None:
        self.answer, self.room, self.limits, self.on_batch = answer, room, limits, on_batch
        self._jobs: list[Job] = []
        self._changed = threading.Condition()
        self._is_closed = False
        self._rate = _FIRST_RATE
        self._thread = threading.Thread(target=self._work, name="malmoi-model", daemon=True)
        self._thread.start()

    @property
    def num_waiting(self) -> int:
        """How many texts wait."""
        return len(self._jobs)

    async def submit(self, items: Sequence[Any], sizes: Sequence[int]) -> list[Any]:
        """Return the answers for items of these characters.

        Raises `ApiError` 429 when there is no room for all of them, 503 when time or memory runs out, and whatever the model raises.
        """
        loop = asyncio.get_running_loop()
        deadline = time.monotonic() + self.room.seconds
        jobs = [
            Job(item, size + _OVERHEAD, loop, deadline, loop.create_future())
            for item, size in zip(items, sizes, strict=True)
        ]
        self._put(jobs)
        try:
            return list(await asyncio.gather(*(job.done for job in jobs)))
        finally:
            self._leave(jobs)

    async def stream(self, pieces: Callable[[], Iterator[Any]], size: int) -> AsyncIterator[Any]:
        """Yield what an iterator made in the worker yields; it stops when the client leaves. Raises as `submit` does."""
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[Any] = asyncio.Queue()
        job = Job(None, size + _OVERHEAD, loop, time.monotonic() + self.room.seconds, loop.create_future(), pieces)
        job.emit = lambda piece: loop.call_soon_threadsafe(queue.put_nowait, piece)
        job.done.add_done_callback(lambda done: queue.put_nowait(_END))
        self._put([job])
        try:
            while (piece := await queue.get()) is not _END:
                yield piece
            job.done.result()
        finally:
            self._leave([job])

    def close(self) -> None:
        """Answer nothing more: what waits gets 503, the batch that is being computed is finished."""
        with self._changed:
            self._is_closed = True
            left, self._jobs = self._jobs, []
            self._changed.notify_all()
        for job in left:
            job.finish(error=job.context.run(unavailable, "draining"))
        self._thread.join(timeout=self.room.seconds)

    def expected_wait(self) -> float:
        """Return about how many seconds what waits will take."""
        return sum(job.size for job in self._jobs) / self._rate

    def _put(self, jobs: list[Job]) -> None:
        with self._changed:
            if self._is_closed:
                raise unavailable("draining")
            wait = self.expected_wait()
            if len(self._jobs) + len(jobs) > self.room.max_waiting or wait > self.room.max_wait:
                raise too_many(max(1, math.ceil(wait)))
            self._jobs += jobs
            self._changed.notify()

    def _leave(self, jobs: list[Job]) -> None:
        """Take jobs that are still waiting out of the room: nobody reads their answers."""
        with self._changed:
            for job in jobs:
                job.is_gone = True
                job.done.cancel()
            self._jobs = [job for job in self._jobs if not job.is_gone]

    def _work(self) -> None:
        while (batch := self._next()) is not None:
            now = time.monotonic()
            late = [job for job in batch if job.deadline < now]
            for job in late:
                job.finish(error=job.context.run(unavailable, "timeout"))
            if batch := [job for job in batch if job not in late and not job.is_gone]:
                self._run(batch)
                seconds = time.monotonic() - now
                self._learn(batch, seconds)
                self.on_batch(len(batch), seconds)

    def _next(self) -> list[Job] | None:
        """Wait for the next batch and take it; None when closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._jobs or self._is_closed)
            if self._is_closed:
                return None
            budget = min(self.limits.max_chars, max(1.0, self._rate * self.limits.seconds))
            batch = choose(self._jobs, self.limits.max_texts, budget)
            taken = set(map(id, batch))
            self._jobs = [job for job in self._jobs if id(job) not in taken]
            return batch

    def _run(self, batch: list[Job]) -> None:
        """Answer a batch; when that fails, each text for itself, so that only its own request is told."""
        if batch[0].pieces is not None:
            batch[0].context.run(_run_stream, batch[0])
            return
        try:
            for job, value in zip(batch, self.answer([job.item for job in batch]), strict=True):
                job.finish(value)
        except Exception:
            for job in batch:
                job.context.run(self._run_alone, job)

    def _run_alone(self, job: Job) -> None:
        try:
            job.finish(self.answer([job.item])[0])
        except Exception as error:
            job.finish(error=unavailable("out_of_memory") if is_out_of_memory(error) else error)

    def _learn(self, batch: list[Job], seconds: float) -> None:
        """Update the rate by which batches are sized: a running mean of what was measured."""
        if batch[0].pieces is None:
            measured = sum(job.size for job in batch) / max(seconds, 1e-6)
            self._rate += 0.2 * (measured - self._rate)


_END = object()


def choose(jobs: Sequence[Job], max_texts: int, budget: float) -> list[Job]:
    """Return the jobs to compute next: the oldest, and those nearest to its length that fit the budget of padded characters."""
    oldest = jobs[0]
    if oldest.pieces is not None:
        return [oldest]
    others = [job for job in jobs[1:] if job.pieces is None]
    others.sort(key=lambda job: abs(job.size - oldest.size))  # stable: the older of two alike comes first
    chosen, longest = [oldest], oldest.size
    for job in others:
        widest = max(longest, job.size)
        if len(chosen) == max_texts or widest * (len(chosen) + 1) > budget:
            break
        chosen.append(job)
        longest = widest
    return chosen


def _run_stream(job: Job) -> None:
    assert job.pieces is not None
    try:
        for piece in job.pieces():
            if job.is_gone:
                return
            if time.monotonic() > job.deadline + _GRACE:
                raise unavailable("timeout")
            job.emit(piece)
        job.finish()
    except Exception as error:
        job.finish(error=unavailable("out_of_memory") if is_out_of_memory(error) else error)


_GRACE = 30.0  # seconds that a stream may take after the last moment to begin it


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error of Python, torch or onnxruntime says that there was not enough memory."""
    text = str(error).lower()
    known = ("can't allocate memory", "out of memory", "bad_alloc", "failed to allocate", "not enough memory")
    return isinstance(error, MemoryError) or any(words in text for words in known)
