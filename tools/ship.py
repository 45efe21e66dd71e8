"""Pack a finished run or language model as one that comes along with malmoi: `src/malmoi/shipped/NAME`.

    python tools/ship.py runs/bert-mini malmoi-bert-mini --notes limits.md

The weights of networks are stored in half precision; an exported run (ONNX) and tf-idf stay as they are. What answering does not need
is left behind, and paths become names (`/home/me/runs/teacher` → `teacher`). `--notes` is Markdown for the card. Nothing takes the
place of a model before it has answered a few sentences as the original does.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file

from malmoi import shipped
from malmoi.inference.artifact import ALL_FILES, CARD, ONNX, WEIGHTS, open_artifact
from malmoi.inference.engines import open_engine
from malmoi.inference.language_model import open_language_model
from malmoi.inference.predictor import as_example
from malmoi.io import damage, read_json, sha256, write_json, write_manifest, write_tensors, write_text
from malmoi.models.tfidf import TFIDF
from malmoi.tasks import Task
from malmoi.tasks.text_task import TextTask
from malmoi.training.run_folder import RUN_FILE

MOST_BYTES = 12_000_000  # of the weights
TOLERANCE = 0.01  # between outputs, of the largest of them, or of 1
SENTENCES = (
    "배우 연기는 좋은데 이야기가 지루해요",
    "이 영화 정말 재밌어요",
    "돈이 아깝다",
    "상영 시간은 두 시간입니다",
    "ㅋㅋ 최고",
)
_NAME = re.compile(r"[a-z0-9가-힣]+(-[a-z0-9가-힣]+)*")
_PLACE = re.compile(r'(?<![^\s"`(])/[^\s"`)|,]+')  # an absolute path within a text
_OWN = re.compile(
    r'(?<=malmoi\.load\(").+?(?="\))|(?<=malmoi fill-mask ).+?(?= ")|(?<=malmoi generate ).+?(?= ")|(?<=--model ).+?(?= --out)'
)  # the model's folder where its card shows how to use it


def ship(run: Path, name: str, notes: str = "") -> Path:
    """Write the model `name` from a finished folder; return where it lies. `SystemExit` says why not, and changes nothing."""
    if not _NAME.fullmatch(name):
        raise SystemExit(f"{name}: a name has small letters, digits and hyphens")
    if broken := damage(run):
        raise SystemExit(f"{run / broken} is missing or damaged: only what is finished can be shipped")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / name
        folder.mkdir()
        _fill(run, folder)
        size = weights_of(folder).stat().st_size
        if size > MOST_BYTES:
            raise SystemExit(f"{name}: {size / 1e6:.1f} MB of weights, more than {MOST_BYTES / 1e6:g}")
        write_manifest(folder)
        apart = difference(answers(run), answers(folder))
        if not apart <= TOLERANCE:
            raise SystemExit(f"{name} does not answer as {run} does: its outputs are off by {apart:.2g}")
        write_text(folder / CARD, card(run, folder, size, apart, notes))
        target = shipped.FOLDER / name
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(folder, target)
    return target


def _fill(run: Path, folder: Path) -> None:
    """Copy what answering needs, in half precision and without the places of whoever trained it."""
    for name in ALL_FILES:
        if (run / name).is_file():
            shutil.copy(run / name, folder / name)
    if is_halved(run):
        write_tensors(folder / WEIGHTS, halved(load_file(run / WEIGHTS)), metadata={"format": "pt"})
    for name in ("recipe.json", "scores.json"):
        write_json(folder / name, named(read_json(run / name)))
    if (run / "task.json").is_file():  # by what `malmoi evaluate` tells data that the run has seen
        write_json(folder / RUN_FILE, {"recipe": read_json(folder / "recipe.json"), "fingerprints": fingerprints(run)})


def weights_of(folder: Path) -> Path:
    """Return the file with a model's weights."""
    return next(file for file in (folder / WEIGHTS, folder / ONNX) if file.is_file())


def is_halved(run: Path) -> bool:
    """Whether a model is a network on torch."""
    return weights_of(run).name == WEIGHTS and read_json(run / "config.json").get("model_type") != TFIDF


def halved(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return weights in half precision; `SystemExit` names one that does not fit."""
    found = {name: value.half() if value.is_floating_point() else value for name, value in weights.items()}
    for name, value in found.items():
        if value.is_floating_point() and not value.isfinite().all():
            raise SystemExit(f"{name} has a value of {weights[name].abs().max():g}, too large for half precision")
    return found


def fingerprints(run: Path) -> dict[str, str]:
    """Return the sha256 of the data by role: what the run wrote down, or its scores, where it was exported from another folder."""
    if (run / RUN_FILE).is_file():
        return {named(role): value for role, value in read_json(run / RUN_FILE)["fingerprints"].items()}
    made = read_json(run / "scores.json")["made_with"]
    return {role: made[f"{role}_sha256"] for role in ("train", "dev")}


def unplaced(text: str) -> str:
    """Return a text with the last part of every absolute path in place of the path.

    >>> unplaced("스승 / teacher | /home/me/runs/a, nsmc")
    '스승 / teacher | a, nsmc'
    """
    return _PLACE.sub(lambda found: Path(found[0]).name, text)


def named(value: Any) -> Any:
    """Return a JSON tree with the last part of every absolute path in place of the path.

    >>> named({"train": "/home/me/내 자료/리뷰.tsv", "dev_source": "/home/me/리뷰.tsv 10 %"})
    {'train': '리뷰.tsv', 'dev_source': '리뷰.tsv 10 %'}
    """
    if isinstance(value, dict):
        return {name: named(own) for name, own in value.items()}
    if isinstance(value, list):
        return [named(own) for own in value]
    if not isinstance(value, str):
        return value
    return Path(value).name if value.startswith("/") else unplaced(value)


def answers(folder: Path) -> list[np.ndarray]:
    """Return what a model makes of a few sentences, in fp32: the outputs of a task's head, or scores over the vocabulary."""
    if (folder / "task.json").is_file():
        artifact = open_artifact(folder)
        engine = open_engine(artifact, precision="auto" if artifact.is_onnx else "fp32")
        found = engine.run(
            artifact.task, artifact.task.encode([as_example(artifact.task, q) for q in questions(artifact.task)])
        )
        return [value for own in found for window in own for value in window.outputs.values()]
    architecture = read_json(folder / "config.json")["architectures"][0]
    use: Any = {"BertForPreTraining": "pairs", "GPT2LMHeadModel": "causal"}.get(architecture, "masked")
    opened = open_language_model(str(folder), use)
    rows = [opened.tokenizer.encode([text], max_length=opened.max_length)[0].input_ids for text in SENTENCES]
    with torch.inference_mode():
        outputs = [opened.network(input_ids=opened.tensors([row])["input_ids"]).to_tuple() for row in rows]
    return [value.numpy() for own in outputs for value in own if isinstance(value, torch.Tensor)]


def questions(task: Task) -> list[dict[str, Any]]:
    """Return what one might ask: the sentences where a task takes any text, and its own sample."""
    return [*([task.sample | {"text": text} for text in SENTENCES] if isinstance(task, TextTask) else []), task.sample]


def difference(before: list[np.ndarray], after: list[np.ndarray]) -> float:
    """Return the largest difference between the outputs of two models, as a share of the largest or of 1; -1e3 and below is padding."""
    apart = [
        np.abs(a - b).max() / max(1.0, np.abs(a[a > -1e3]).max(initial=0)) for a, b in zip(before, after, strict=True)
    ]
    return float(max(apart))


def card(run: Path, folder: Path, size: int, apart: float, notes: str) -> str:
    """Return the model's card: the run's own under its new name, notes, where it comes from, and its recipe."""
    own = unplaced(_OWN.sub(folder.name, (run / CARD).read_text(encoding="utf-8"))).rstrip()
    hashes = "".join(f"\n| {role} sha256 | {value} |" for role, value in sorted(fingerprints(run).items()))
    weights = weights_of(folder)
    kept = "fp16" if is_halved(run) else weights.name
    recipe = json.dumps(read_json(folder / "recipe.json"), ensure_ascii=False, indent=1)
    beginning = "\n\n".join(part for part in (own, notes.strip()) if part)
    return f"""{beginning}

## 함께 온 모델 / came along

| | |
|---|---|
| 이름 / name | {folder.name} |
| 가중치 / weights | {kept}, {size / 1e6:.1f} MB, sha256 {sha256(weights)} |
| 원래 모델과 답의 차이 / off the original by | {apart:.2g} |{hashes}

```json
{recipe}
```
"""


def main() -> None:
    """Ship a model and say where it lies and how large it is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("name")
    parser.add_argument("--notes", type=Path, help="Markdown for the card: what the model is not for")
    given = parser.parse_args()
    folder = ship(given.run, given.name, given.notes.read_text(encoding="utf-8") if given.notes else "")
    print(f"{folder}: {sum(file.stat().st_size for file in folder.iterdir()) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
