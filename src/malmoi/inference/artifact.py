"""A trained thing in one folder, self-sufficient and checked: weights, tokenizer, task, recipe, scores, card.

    config.json  model.safetensors  tokenizer.json  tokenizer_config.json  task.json  recipe.json  scores.json
    README.md  manifest.json

A tf-idf model has `ngrams.json` in place of the two tokenizer files, an exported one `model.onnx` in place of
`model.safetensors`. `manifest.json` holds the sha256 of every file that answering needs and is written last: a folder without it is not finished.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from malmoi.config import from_dict, to_dict
from malmoi.data.columns import Columns
from malmoi.errors import ArtifactError
from malmoi.io import MANIFEST, atomic_path, damage, read_json, write_json, write_manifest, write_tensors, write_text
from malmoi.messages import say
from malmoi.models.tfidf import TFIDF, TfidfModel
from malmoi.shipped import known_names, located
from malmoi.tasks import Task, find_task
from malmoi.tokenization.ngrams import NGRAMS_FILE, NgramTokenizer
from malmoi.tokenization.tokenizer import Tokenizer

if TYPE_CHECKING:
    from malmoi.models.task_model import TaskModel

FORMAT_VERSION = 1
CARD = "README.md"  # for people, free to edit: not in the manifest
REPORT_FILE = "report.html"
WEIGHTS = "model.safetensors"
FILES = (
    "config.json", WEIGHTS, "tokenizer.json", "tokenizer_config.json",
    "task.json", "recipe.json", "scores.json",
)  # fmt: skip
ONNX = "model.onnx"
ONNX_FILES = tuple(ONNX if name == WEIGHTS else name for name in FILES)
TFIDF_FILES = ("config.json", WEIGHTS, NGRAMS_FILE, "task.json", "recipe.json", "scores.json")
ALL_FILES = (*FILES, NGRAMS_FILE, ONNX)


@dataclass(frozen=True)
class Artifact:
    """An opened run folder: the task with its tokenizer, the JSON of model, recipe and scores; weights stay on disk."""

    path: Path
    task: Task
    config: dict[str, Any]
    recipe: dict[str, Any]
    scores: dict[str, Any]
    columns: Columns = Columns()  # that it was trained on, by name

    @property
    def is_onnx(self) -> bool:
        """Whether `malmoi export` made it."""
        return (self.path / ONNX).is_file()


def save_artifact(
    folder: Path,
    model: Any,
    task: Task,
    recipe: dict[str, Any],
    scores: dict[str, Any],
    card: str,
    columns: Columns = Columns(),  # noqa: B008 (frozen)
) -> None:
    """Write a finished model (a `TaskModel` in fp32 or a `TfidfModel`) as an artifact; the manifest comes last.

    `columns` are those that it was trained on, which other files are read by.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).unlink(missing_ok=True)
    is_tfidf = isinstance(model, TfidfModel)
    (_save_tfidf if is_tfidf else _save_task_model)(folder, model, task)
    named = {"text": columns.text, "pair": columns.pair, "label": columns.label}
    stored = {"format_version": FORMAT_VERSION, "task": task.name, "config": to_dict(task.config), "columns": named}
    write_json(folder / "task.json", stored)
    write_json(folder / "recipe.json", recipe)
    write_json(folder / "scores.json", scores)
    write_text(folder / CARD, card)
    write_manifest(folder, TFIDF_FILES if is_tfidf else FILES)


def _save_task_model(folder: Path, model: TaskModel, task: Task) -> None:
    with atomic_path(folder / WEIGHTS) as temporary:
        weights = {name: tensor.detach().float().contiguous().cpu() for name, tensor in model.named_weights().items()}
        write_tensors(temporary, weights, metadata={"format": "pt"})
    write_json(folder / "config.json", model_config(model, task))
    config: Any = model.backbone.config
    task.tokenizer.save(folder, token_types=getattr(config, "type_vocab_size", 0) > 1)


def _save_tfidf(folder: Path, model: TfidfModel, task: Task) -> None:
    with atomic_path(folder / WEIGHTS) as temporary:
        write_tensors(temporary, model.named_weights())
    write_json(folder / "config.json", model.to_config())
    task.tokenizer.save(folder)


def model_config(model: Any, task: Task) -> dict[str, Any]:
    """Return the Hugging Face configuration: the architecture and label names, so that plain `AutoModel…` loads it."""
    config = model.backbone.config.to_dict()
    head = model.heads[task.name]
    config["architectures"] = [head.architecture or type(model.backbone).__name__]
    config["dtype"] = "float32"
    config.pop("_name_or_path", None)
    if labels := task.label_names:
        config["id2label"] = {str(i): label for i, label in enumerate(labels)}
        config["label2id"] = {label: i for i, label in enumerate(labels)}
    return config | dict(head.hf_config)


def open_artifact(folder: str | Path) -> Artifact:
    """Verify a run folder by its manifest and read everything but the weights; raise `ArtifactError` with the cause."""
    path = located(folder)
    if path.is_file():
        raise ArtifactError(
            say(
                f"'{folder}': 파일입니다. 학습 결과는 폴더로 주세요. 파일의 글에 답하기: malmoi predict RUN --input {folder}, 모델을 평가하기: malmoi evaluate RUN --data {folder}",
                f"'{folder}' is a file, but a run is a folder. To answer for a file: malmoi predict RUN --input {folder}; to judge a model on it: malmoi evaluate RUN --data {folder}",
            )
        )
    if not path.is_dir():
        raise ArtifactError(
            say(
                f"'{folder}' 폴더가 없습니다. 먼저 학습하세요: malmoi train … --out {folder}",
                f"no folder '{folder}'. Train first: malmoi train … --out {folder}",
            )
            + known_names(folder)
        )
    inside = [] if (path / "task.json").is_file() else sorted(file.parent for file in path.glob("*/task.json"))
    if inside:  # tasks that were trained together, seeds, or whatever runs somebody keeps there
        listed = ", ".join(map(str, inside))
        raise ArtifactError(
            say(
                f"{path} 폴더 자체는 학습 결과가 아니고 그 안에 있습니다. 하나를 고르세요: {listed}",
                f"{path} is no run itself, but holds some. Name one: {listed}",
            )
        )
    if not (path / MANIFEST).is_file():
        raise ArtifactError(
            say(
                f"{path} 폴더는 끝난 학습 결과가 아닙니다 ({MANIFEST} 없음). 같은 학습 명령을 다시 실행하면 이어서 합니다.",
                f"{path} is not a finished run (no {MANIFEST}). Repeat the same training command to resume it.",
            )
        )
    if not (path / "task.json").is_file() and (family := _pretrained_family(path)):
        verb = "generate" if family == "gpt" else "fill-mask"
        raise ArtifactError(
            say(
                f"{path} 폴더는 과제의 답이 아니라 언어 모델입니다. 이렇게 쓰세요: malmoi {verb} {path} …, 과제를 학습하려면 malmoi train … --model {path}",
                f"{path} is a language model and answers no task. Use malmoi {verb} {path} …, or train a task on it: malmoi train … --model {path}",
            )
        )
    _check_version(path)
    if broken := damage(path, required=_required(path)):
        raise ArtifactError(_broken(path / broken))
    stored, config = read_json(path / "task.json"), read_json(path / "config.json")
    task_class = find_task(stored["task"])
    tokenizer: Any = (NgramTokenizer if config.get("model_type") == TFIDF else Tokenizer).load(path)
    task = task_class(from_dict(task_class.config_class, stored["config"]), tokenizer)
    recipe = read_json(path / "recipe.json")
    named = stored.get("columns") or recipe.get("data", {})  # a run of an older malmoi knows what its user named
    columns = Columns(named.get("text"), named.get("pair"), named.get("label"))
    return Artifact(path, task, config, recipe, read_json(path / "scores.json"), columns)


def _pretrained_family(path: Path) -> str | None:
    """Return the objective of the pretraining run that a folder is, None for any other folder."""
    try:
        return str(read_json(path / "recipe.json")["objective"]["family"])
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _broken(file: Path) -> str:
    """Return the message for a file that is missing or not as the manifest says."""
    what_ko, what_en = "파일이 손상되었습니다 (크기나 sha256 이 manifest.json 과 다름)", "is damaged (size or sha256 differs from manifest.json)"  # fmt: skip
    if not file.is_file():
        what_ko, what_en = "파일이 없습니다", "is missing"
    elif file.name == MANIFEST:
        what_ko, what_en = "파일이 손상되었습니다 (읽을 수 없음)", "is damaged (it cannot be read)"
    return say(
        f"{file} {what_ko}. 백업에서 되돌리거나, 학습 명령에 --fresh 를 붙여 다시 학습하세요.",
        f"{file} {what_en}. Restore it, or train again: the same command with --fresh.",
    )


def _required(path: Path) -> tuple[str, ...]:
    """Return the files that the artifact must have: a tf-idf model's or an exported one's, if its manifest names such a file."""
    try:
        named = read_json(path / MANIFEST)
        return TFIDF_FILES if NGRAMS_FILE in named else ONNX_FILES if ONNX in named else FILES
    except (OSError, ValueError, TypeError):
        return FILES  # a manifest that cannot be read is told as damage


def _check_version(path: Path) -> None:
    """Raise `ArtifactError` for a format newer than ours; whatever cannot be read is left to the damage check."""
    try:
        version = int(read_json(path / "task.json")["format_version"])
    except (OSError, ValueError, TypeError, KeyError):
        return
    if version > FORMAT_VERSION:
        raise ArtifactError(
            say(
                f"{path} 폴더는 더 새로운 malmoi 가 만들었습니다 (형식 {version}). pip install -U malmoi 로 올리세요.",
                f"{path} was written by a newer malmoi (format {version}). Upgrade: pip install -U malmoi",
            )
        )


def load_tfidf(artifact: Artifact) -> TfidfModel:
    """Return the artifact's `TfidfModel`; raise `ArtifactError` when its arrays do not fit its n-grams."""
    from safetensors.numpy import load_file

    weights = load_file(artifact.path / WEIGHTS)
    try:
        model = TfidfModel.from_config(artifact.config, weights)
        fits = len(model.idf) == model.starts[-1] == artifact.task.tokenizer.vocab_size
    except (KeyError, TypeError, IndexError):
        fits = False
    if not fits:
        raise ArtifactError(
            say(
                f"{artifact.path}: {WEIGHTS} 의 배열이 config.json, {NGRAMS_FILE} 파일과 맞지 않습니다. 다시 학습하세요.",
                f"{artifact.path}: the arrays of {WEIGHTS} do not fit config.json and {NGRAMS_FILE}. Train again.",
            )
        )
    return model


def load_model(artifact: Artifact) -> Any:
    """Return the artifact's `TaskModel` in fp32."""
    from safetensors.torch import load_file

    from malmoi.models.backbone import build_backbone
    from malmoi.models.task_model import TaskModel

    backbone = build_backbone(artifact.path, weights=False)
    model = TaskModel(backbone, {artifact.task.name: artifact.task.build_head(backbone.config)})
    weights = load_file(artifact.path / WEIGHTS)
    missing = sorted(set(model.named_weights()) - set(weights))
    if missing:
        raise ArtifactError(
            say(
                f"{artifact.path}: 가중치가 없습니다 ({missing[0]}).",
                f"{artifact.path}: weight {missing[0]} is missing.",
            )
        )
    model.load_weights(weights)
    return model.eval()
