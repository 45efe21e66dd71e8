"""One thread, and processes of their own for runs that are killed."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Sums in one order, so that equal means equal to the last bit."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait for the disk: a killed process loses nothing that it wrote, only a power cut would."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Start a function in a process of its own, which has everything imported and no thread running."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        pytest.skip("this platform has no forkserver")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["malmoi.training.fit", "transformers.models.bert.modeling_bert"])
    main = sys.modules["__main__"]
    monkeypatch.setattr(main, "__spec__", None)  # or every child would import pytest again
    monkeypatch.delattr(main, "__file__", raising=False)

    def start(function: Callable[..., None], *arguments: Any) -> Any:
        process = context.Process(target=function, args=arguments)
        process.start()
        return process

    return start


@pytest.fixture
def in_process(processes: Callable[..., Any]) -> Callable[..., int]:
    """Run a function in a process of its own and return its exit code (-9: killed by SIGKILL)."""

    def run(function: Callable[..., None], *arguments: Any) -> int:
        process = processes(function, *arguments)
        process.join(120)
        assert process.exitcode is not None, "still running"
        return process.exitcode

    return run
