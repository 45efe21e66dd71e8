"""Servers that are stopped when a module's tests are done, and a toy model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from serving_helpers import Running, Start, Toy, start_server


@pytest.fixture(scope="module")
def start() -> Iterator[Start]:
    """`start(models, limits, access)` starts a server."""
    running: list[Running] = []

    def run(*arguments: Any) -> Running:
        running.append(start_server(*arguments))
        return running[-1]

    yield run
    for one in running:
        one.stop()


@pytest.fixture
def toy() -> Iterator[Toy]:
    """A toy model whose gate is open at the end, whatever happened."""
    model = Toy()
    yield model
    model.open.set()
