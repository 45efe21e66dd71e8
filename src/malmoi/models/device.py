"""Which device and number format this machine is best used with, and why: chosen once, said to the user."""

from __future__ import annotations

import contextlib
import ctypes
import os
from dataclasses import dataclass

import torch

from malmoi.config import unknown_name
from malmoi.errors import ConfigError
from malmoi.messages import say
from malmoi.text.josa import attach


@dataclass(frozen=True)
class Compute:
    """The device, the dtype of weights and activations, the number of threads, and a sentence that says why."""

    device: torch.device
    dtype: torch.dtype
    threads: int
    reason: str


def choose_compute(device: str = "auto", precision: str = "auto", threads: int = 0) -> Compute:
    """Return the fastest sound choice: bf16 where the processor multiplies it in hardware, else fp32.

    Sets torch's thread count to `threads`, or to the cores this process may use.
    """
    threads = threads if threads > 0 else _usable_threads()
    torch.set_num_threads(threads)
    name = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
    try:
        chosen = torch.device(name)
        torch.empty(0, device=chosen)
    except (RuntimeError, AssertionError) as error:
        raise ConfigError(
            say(
                f"장치 {attach(repr(name), '을/를')} 쓸 수 없습니다: {error}",
                f"device '{name}' cannot be used: {error}",
            )
        ) from error
    dtype, why = _dtype(chosen, precision)
    return Compute(chosen, dtype, threads, f"{chosen.type}, {_short(dtype)} ({why}), {threads} threads")


def release_unused_memory() -> None:
    """Give freed memory back to the system. A step's tensors leave holes in the C library's heap that fill up only in part.

    For glibc; does nothing elsewhere. Takes about 20 ms.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def _usable_threads() -> int:
    """Return `OMP_NUM_THREADS`, or the number of cores this process may use."""
    wished = os.environ.get("OMP_NUM_THREADS", "")
    if wished.isdecimal() and int(wished):
        return int(wished)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _dtype(device: torch.device, precision: str) -> tuple[torch.dtype, str]:
    known = {"bf16": torch.bfloat16, "fp32": torch.float32}
    if precision in known:
        return known[precision], say("지정함", "as asked")
    if precision != "auto":
        raise ConfigError(unknown_name(f"precision={precision}", precision, ["auto", *known]))
    if device.type == "cuda":
        fast = torch.cuda.is_bf16_supported(including_emulation=False)
        return (torch.bfloat16, "GPU bf16") if fast else (torch.float32, "GPU without bf16")
    features = torch.cpu.get_capabilities()
    for name, label in (("amx_bf16", "AMX"), ("avx512_bf16", "AVX-512 bf16"), ("bf16", "Arm bf16")):
        if features.get(name):
            return torch.bfloat16, say(f"{label} 사용", f"{label} found")
    return torch.float32, say("bf16 명령이 없음", "no bf16 instructions")


def _short(dtype: torch.dtype) -> str:
    return "bf16" if dtype is torch.bfloat16 else "fp32"
