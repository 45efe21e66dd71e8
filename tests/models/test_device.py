"""The choice of device, number format and threads, and the sentence about it."""

from __future__ import annotations

import os

import pytest
import torch

from malmoi.errors import ConfigError
from malmoi.messages import set_language
from malmoi.models.device import choose_compute


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    set_language("en")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)


@pytest.mark.parametrize(("precision", "dtype"), [("fp32", torch.float32), ("bf16", torch.bfloat16)])
def test_as_asked(precision: str, dtype: torch.dtype) -> None:
    compute = choose_compute("cpu", precision, 1)
    assert (compute.device.type, compute.dtype, compute.threads) == ("cpu", dtype, 1)
    assert compute.reason == f"cpu, {precision} (as asked), 1 threads"
    assert torch.get_num_threads() == 1


@pytest.mark.parametrize(
    ("found", "dtype", "why"),
    [
        ({"amx_bf16": True, "avx512_bf16": True}, torch.bfloat16, "AMX found"),
        ({"avx512_bf16": True}, torch.bfloat16, "AVX-512 bf16 found"),
        ({"bf16": True}, torch.bfloat16, "Arm bf16 found"),
        ({"avx512_bf16": False, "avx2": True}, torch.float32, "no bf16 instructions"),
        ({}, torch.float32, "no bf16 instructions"),
    ],
)
def test_bf16_where_the_processor_multiplies_it(
    found: dict[str, bool], dtype: torch.dtype, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: found)
    compute = choose_compute("cpu", "auto", 1)
    assert compute.dtype is dtype and why in compute.reason


def test_threads_follow_the_environment_then_the_allowed_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert choose_compute("cpu", "fp32").threads == allowed
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert choose_compute("cpu", "fp32").threads == 1
    assert choose_compute("cpu", "fp32", 2).threads == 2
    for useless in ("", "0", "2,1", "viele"):
        monkeypatch.setenv("OMP_NUM_THREADS", useless)
        assert choose_compute("cpu", "fp32").threads == allowed
    assert choose_compute("cpu", "fp32", -1).threads == allowed


@pytest.mark.parametrize("device", ["gpu", "tpu:0", "cuda:99", ""])
def test_unusable_device_is_named(device: str) -> None:
    with pytest.raises(ConfigError, match=f"'{device}'"):
        choose_compute(device, "fp32", 1)


def test_unknown_precision_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"precision=bf61.*bf16"):
        choose_compute("cpu", "bf61", 1)
