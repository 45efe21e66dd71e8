"""Is an exported model as good? It answers the run's own dev data beside the torch model, or it is not written.

export_run(predictor, dev_of(predictor), "runs/nsmc-int8", int8=True).sentence
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from malmoi.data.examples import Dataset
from malmoi.errors import ArtifactError, ConfigError, DataError
from malmoi.evaluation.names import score_name
from malmoi.inference.artifact import ONNX, WEIGHTS, open_artifact
from malmoi.inference.engines import OnnxEngine
from malmoi.inference.export import convert, finish
from malmoi.inference.predictor import Predictor
from malmoi.io import MANIFEST, disk_errors
from malmoi.messages import say
from malmoi.training.datasets import MEMORY, limited, load_training_data
from malmoi.training.recipe import recipe_from_dict, with_defaults
from malmoi.training.seen import SEEN_FILE

MAX_DROP = 0.01  # of the main score: one point
_OTHER = (
    "sentence",
    "scores",
    "candidates",
    "text",
    "pair",
)  # not part of what is answered, or of the same numbers again


@dataclass(frozen=True)
class Parity:
    """An exported model beside the torch model it came from, on `n` examples of `source`.

    `same` is the share of equal answers, `largest` the largest difference of a score where the answers are equal. `rates` are
    examples a second with as many threads for both (torch in fp32).
    """

    weights: str
    source: str
    n: int
    main_score: str
    torch_value: float
    onnx_value: float
    same: float
    largest: float
    torch_rate: float
    onnx_rate: float
    torch_bytes: int
    onnx_bytes: int

    def to_dict(self) -> dict[str, Any]:
        """Return what `--json` writes."""
        return asdict(self)

    @property
    def sentence(self) -> str:
        """What came out, in the user's language."""
        name, before, after = score_name(self.main_score), 100 * self.torch_value, 100 * self.onnx_value
        return say(
            f"{self.source} {self.n:,}개: {name} {before:.2f} → {after:.2f}, 같은 답 {self.same:.1%}, 같은 답의 점수 차이는 최대 {self.largest:.2g}.",
            f"{self.n:,} of {self.source}: {name} {before:.2f} → {after:.2f}, {self.same:.1%} equal answers, whose scores differ by {self.largest:.2g} at most.",
        )

    @property
    def card(self) -> str:
        """The section of the model card."""
        return f"""## ONNX ({self.weights})

`malmoi export` 가 torch 없이 돌도록 바꾼 것 / converted to run without torch: `pip install "malmoi[onnx]"`

| dev {self.source}, n = {self.n:,} | torch fp32 | ONNX {self.weights} |
|---|---|---|
| {self.main_score} | {self.torch_value:.4f} | {self.onnx_value:.4f} |
| 같은 답 / equal answers | | {self.same:.1%} |
| MB | {self.torch_bytes / 1e6:.1f} | {self.onnx_bytes / 1e6:.1f} |
"""


def dev_of(predictor: Predictor) -> Dataset:
    """Return the dev data of a run, as its recipe names them; raise `DataError` when they were in memory or are gone."""
    recipe = recipe_from_dict(with_defaults(predictor.artifact.recipe))
    if MEMORY in (recipe.data.train, recipe.data.dev):
        raise DataError(
            say(
                "이 모델의 dev 자료는 메모리에 있던 것이라 다시 읽을 수 없습니다. 견줄 파일이나 말뭉치를 --data 로 주세요.",
                "this run's dev data was in memory and cannot be read again. Name a file or corpus to compare on with --data.",
            )
        )
    return load_training_data(recipe.data, kind=predictor.task.example_kind).dev


def export_run(
    predictor: Predictor,
    dev: Dataset,
    out: str | Path,
    *,
    int8: bool = False,
    limit: int = 2000,
    force: bool = False,
    threads: int = 0,
    on_stage: Callable[[str], None] = lambda text: None,
) -> Parity:
    """Write the run of a `Predictor` on torch (in fp32) for onnxruntime into `out`, if it answers as well.

    At most `limit` seeded examples of `dev` are asked. Raises `ArtifactError` when the main score drops by more than `MAX_DROP`
    (nothing is written then), `ConfigError` when `out` holds other files, or an export and not `force`.
    """
    out = Path(out).expanduser()
    _check_target(out, force)
    dev = limited(dev, limit, 0)
    predictor.task.check(dev.examples, dev.source)
    temporary = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    with disk_errors(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        try:
            on_stage(say("ONNX 로 바꾸는 중", "converting to ONNX"))
            convert(predictor.artifact, temporary, int8=int8)
            exported = OnnxEngine(temporary / ONNX, threads)
            on_stage(say(f"{dev.source} {len(dev):,}개로 torch 와 견주는 중", f"comparing with torch on {len(dev):,} of {dev.source}"))  # fmt: skip
            parity = compare(
                predictor, Predictor(predictor.artifact, exported), dev, "int8" if int8 else "fp32", temporary
            )
            _refuse_worse(parity, predictor)
            if (predictor.artifact.path / SEEN_FILE).is_file():
                shutil.copy(predictor.artifact.path / SEEN_FILE, temporary / SEEN_FILE)
            finish(predictor.artifact, temporary, parity.card)
            if out.exists():
                shutil.rmtree(out)
            os.replace(temporary, out)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    open_artifact(out)
    return parity


def compare(predictor: Predictor, exported: Predictor, dev: Dataset, weights: str, folder: Path) -> Parity:
    """Return both models side by side on the examples of `dev`."""
    task = predictor.task
    (one, seconds), (other, own_seconds) = _timed(predictor, dev.examples), _timed(exported, dev.examples)
    values = [task.score(answers, dev.examples)[task.main_score].value for answers in (one, other)]
    pairs = [(before.to_dict(), after.to_dict()) for before, after in zip(one, other, strict=True)]
    equal = [pair for pair in pairs if _answer(pair[0]) == _answer(pair[1])]
    largest = max((_difference(*pair) for pair in equal), default=0.0)
    return Parity(
        weights=weights,
        source=dev.source,
        n=len(dev),
        main_score=task.main_score,
        torch_value=values[0],
        onnx_value=values[1],
        same=len(equal) / len(pairs),
        largest=largest,
        torch_rate=len(dev) / seconds,
        onnx_rate=len(dev) / own_seconds,
        torch_bytes=(predictor.artifact.path / WEIGHTS).stat().st_size,
        onnx_bytes=(folder / ONNX).stat().st_size,
    )


def _timed(predictor: Predictor, examples: Sequence[Any]) -> tuple[list[Any], float]:
    began = time.perf_counter()
    return predictor.predict(examples), max(time.perf_counter() - began, 1e-9)


def _refuse_worse(parity: Parity, predictor: Predictor) -> None:
    """Raise `ArtifactError` when the main score is worse by more than `MAX_DROP`."""
    drop = parity.torch_value - parity.onnx_value
    drop = drop if predictor.task.higher_is_better else -drop
    if not drop <= MAX_DROP:  # NaN too
        other_ko, other_en = ("--int8 없이 내보내세요", "export without --int8") if parity.weights == "int8" else ("문제를 알려 주세요", "please report this")  # fmt: skip
        raise ArtifactError(
            say(
                f"내보낸 모델이 {100 * MAX_DROP:g}점 넘게 나빠져 쓰지 않았습니다. {parity.sentence} {other_ko}.",
                f"the exported model is worse by more than {100 * MAX_DROP:g} point and was not written. {parity.sentence} Fix: {other_en}.",
            )
        )


def _check_target(out: Path, force: bool) -> None:
    """Raise `ConfigError` when a folder holds anything, but for an earlier export that may be replaced."""
    if not out.exists():
        return
    is_export = (out / ONNX).is_file() and (out / MANIFEST).is_file()
    if not out.is_dir() or (any(out.iterdir()) and not (is_export and force)):
        fix = ("--force 로 덮어쓰거나 ", "Replace it with --force, or ") if is_export else ("", "")
        raise ConfigError(
            say(
                f"--out {out}: 이미 무언가 있습니다. {fix[0]}새 폴더를 주세요.",
                f"--out {out}: there is something already. {fix[1]}give a new folder.",
            )
        )


def _answer(value: Any) -> Any:
    """Return what a prediction's JSON answers: everything but fractions, which are probabilities and scores.

    >>> _answer({"text": "좋아요", "label": "긍정", "score": 0.9, "spans": [{"start": 3, "score": 0.5}]})
    {'label': '긍정', 'spans': [{'start': 3}]}
    """
    if isinstance(value, Mapping):
        return {k: _answer(v) for k, v in value.items() if k not in _OTHER and not isinstance(v, float)}
    return [_answer(part) for part in value] if isinstance(value, (list, tuple)) else value


def _difference(one: Any, other: Any) -> float:
    """Return the largest difference of the fractions that stand in the same places of both; candidates may change places."""
    if isinstance(one, Mapping):
        return max((_difference(v, other[k]) for k, v in one.items() if k in other and k != "candidates"), default=0.0)
    if isinstance(one, (list, tuple)):
        return max((_difference(*pair) for pair in zip(one, other, strict=False)), default=0.0)
    return abs(one - other) if isinstance(one, float) and isinstance(other, float) else 0.0
