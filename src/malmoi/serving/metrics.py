"""What `/metrics` counts, in Prometheus' text format; one registry for each app."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
_TEXTS = (1, 2, 4, 8, 16, 32, 64)


class Metrics:
    """Requests by route and status, how long they took, and each model's waiting room and batches."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter("malmoi_requests", "requests", ["route", "status"], registry=self.registry)
        self._seconds = Histogram("malmoi_request_seconds", "time to answer", ["route"], buckets=_SECONDS, registry=self.registry)  # fmt: skip
        self._waiting = Gauge("malmoi_waiting_texts", "texts that wait", ["model"], registry=self.registry)
        self._batches = Histogram("malmoi_batch_texts", "texts computed together", ["model"], buckets=_TEXTS, registry=self.registry)  # fmt: skip
        self._computing = Counter("malmoi_computing_seconds", "time in the model", ["model"], registry=self.registry)

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def watch(self, model: str, num_waiting: Callable[[], int]) -> None:
        """Ask for a model's waiting texts whenever the metrics are read."""
        self._waiting.labels(model).set_function(num_waiting)

    def on_batch(self, model: str) -> Callable[[int, float], None]:
        """Return what counts a model's batches."""

        def count(texts: int, seconds: float) -> None:
            self._batches.labels(model).observe(texts)
            self._computing.labels(model).inc(seconds)

        return count

    def text(self) -> bytes:
        """Return everything in the text format."""
        return generate_latest(self.registry)
