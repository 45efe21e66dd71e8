"""The Python door: `malmoi.train` and `malmoi.evaluate`, the same functions that the command line calls.

malmoi.train(data="리뷰.csv", out="runs/reviews", epochs=2)
malmoi.evaluate("runs/reviews", "시험.csv").scores["accuracy"]
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from malmoi.data.columns import Columns
from malmoi.data.examples import Dataset
from malmoi.errors import ConfigError, extras_named
from malmoi.messages import say
from malmoi.recipes.resolve import resolve_recipe
from malmoi.training.datasets import MEMORY, fingerprint_of, load_dataset, named_corpus

if TYPE_CHECKING:
    from malmoi.evaluation.evaluate import Evaluation
    from malmoi.experiments.export_parity import Parity
    from malmoi.inference.predictor import Predictor
    from malmoi.training.pretrain import PretrainResult
    from malmoi.training.result import FitResult, PartResult

JUDGED_SPLITS = ("final", "test", "dev")  # of a corpus whose split is not named, the first there is


@extras_named()
def train(
    task: str = "classification",
    data: Any = None,
    *,
    out: str | os.PathLike[str],
    dev: Any = None,
    recipe: str | None = None,
    fresh: bool = False,
    baseline: bool = False,
    quiet: bool = False,
    **settings: Any,
) -> FitResult:
    """Train and leave an artifact in `out`; the same call resumes what was interrupted.

    `data` and `dev` are a path, a corpus name, a list of examples, tuples or dicts, or a data frame. `settings` are the
    command line's flags (`model`, `epochs`, `lr`, `text`, `label` …) or dotted recipe fields: `**{"optim.warmup": 0.2}`.
    `baseline` trains tf-idf on the same data first, to stand beside the model.
    Raises `InputError` before any work is spent, `TrainingError` when training cannot go on.
    """
    from malmoi.recipes.resolve import MULTI_TASK
    from malmoi.training.fit import fit
    from malmoi.training.reporters import Reporter

    if task == MULTI_TASK:
        raise ConfigError(
            say(
                "과제가 여럿이면 malmoi.train_several(recipe, out=…) 을 쓰세요.",
                "for several tasks use malmoi.train_several(recipe, out=…).",
            )
        )
    named_dev = MEMORY if _is_memory(dev) else _name_of(dev)
    resolved = resolve_recipe(task, MEMORY if _is_memory(data) else _name_of(data), recipe, dev=named_dev, **settings)
    return fit(
        resolved,
        os.fspath(out),
        train_data=data if _is_memory(data) else None,
        dev_data=dev if _is_memory(dev) else None,
        fresh=fresh,
        baseline=baseline,
        reporter=Reporter(quiet=quiet),
    )


@extras_named()
def train_several(
    recipe: str,
    *,
    out: str | os.PathLike[str],
    fresh: bool = False,
    baseline: bool = False,
    quiet: bool = False,
    **settings: Any,
) -> list[PartResult]:
    """Train the tasks that a recipe (a name or a JSON file) lists together on one backbone; an artifact of each in `out/NAME`.

    `settings` are `model`, `epochs`, `lr`, `batch_size`, `seed` or dotted recipe fields; `baseline` trains tf-idf beside each task.
    Raises as `train` does.
    """
    from malmoi.recipes.resolve import resolve_several
    from malmoi.training.reporters import Reporter
    from malmoi.training.several import fit_several

    resolved = resolve_several(recipe, **settings)
    return fit_several(resolved, os.fspath(out), fresh=fresh, baseline=baseline, reporter=Reporter(quiet=quiet))


@extras_named()
def pretrain(
    family: str,
    data: str | os.PathLike[str] | Sequence[str] = (),
    *,
    out: str | os.PathLike[str],
    recipe: str | None = None,
    fresh: bool = False,
    quiet: bool = False,
    **settings: Any,
) -> PretrainResult:
    """Train a language model ("bert", "roberta", "gpt") on text files or corpora; the same call resumes what was interrupted.

    `recipe` is a recipe.json or a run that holds one: its training is repeated, on its own texts where `data` is empty.
    `settings` are the command line's flags (`tokenizer`, `size`, `model`, `hours`, `steps` …) or dotted recipe fields:
    `**{"objective.mask_rate": 0.3}`. Raises `InputError` before any work is spent, `TrainingError` when training cannot go on.
    """
    from malmoi.recipes.pretrain import FLAGS, resolve_pretraining
    from malmoi.training.pretrain import pretrain as run
    from malmoi.training.reporters import Reporter

    files = [os.fspath(data)] if isinstance(data, (str, os.PathLike)) else [os.fspath(file) for file in data]
    flags = {name: os.fspath(value) if isinstance(value, os.PathLike) else value for name, value in settings.items() if name in FLAGS}  # fmt: skip
    fields = {name: value for name, value in settings.items() if name not in FLAGS}
    resolved = resolve_pretraining(family, files, fields=fields, recipe=recipe, **flags)
    return run(resolved, os.fspath(out), fresh=fresh, reporter=Reporter(quiet=quiet))


@extras_named()
def evaluate(
    run: str | os.PathLike[str] | Predictor,
    data: Any,
    *,
    text: str | None = None,
    pair: str | None = None,
    label: str | None = None,
    separator: str | None = None,
    skip_bad: bool = False,
    baseline: bool | None = None,
) -> Evaluation:
    """Judge a run (a folder or a `Predictor`) on labelled data; of a corpus, on its `final` or `test` split.

    The tf-idf baseline stands beside it where the run has one, unless `baseline` is False. Raises `ArtifactError` for a folder
    that is no finished run and `DataError` for data that cannot be scored.
    """
    from malmoi.inference.predictor import Predictor, load

    predictor = run if isinstance(run, Predictor) else load(os.fspath(run))
    dataset = judged_data(data, predictor, Columns(text, pair, label), separator=separator, skip_bad=skip_bad)
    for note in seen_before(predictor, dataset):
        warnings.warn(note, stacklevel=3)  # the caller, beyond the decorator
    beside = own_baseline(predictor, baseline)
    return compared(judge(predictor, dataset), predictor, beside)


@extras_named()
def export(
    run: str | os.PathLike[str],
    *,
    out: str | os.PathLike[str],
    int8: bool = False,
    data: Any = None,
    limit: int = 2000,
    threads: int = 0,
    force: bool = False,
    on_stage: Callable[[str], None] = lambda text: None,
) -> Parity:
    """Write a run as ONNX, which `malmoi.load` reads without torch, after comparing it with the torch model.

    Compared are at most `limit` examples of the run's own dev data, or of `data`. Raises `ArtifactError` when the main score
    drops by more than a point, `DataError` when the dev data are gone, `ConfigError` when `out` is not free.
    """
    from malmoi.experiments.export_parity import dev_of, export_run
    from malmoi.inference.export import refuse_unconvertible
    from malmoi.inference.predictor import load

    refuse_unconvertible(os.fspath(run))
    predictor = load(os.fspath(run), precision="fp32", threads=threads)
    dev = dev_of(predictor) if data is None else judged_data(data, predictor, Columns())
    return export_run(predictor, dev, os.fspath(out), int8=int8, limit=limit, force=force, threads=threads, on_stage=on_stage)  # fmt: skip


def judge(predictor: Predictor, dataset: Dataset, on_batch: Callable[[int], None] | None = None) -> Evaluation:
    """Return the evaluation of a loaded model on a dataset."""
    from malmoi.evaluation import evaluate as evaluation

    return evaluation.evaluate(predictor, dataset.examples, dataset.source, on_batch)


def own_baseline(predictor: Predictor, wished: bool | None = None) -> Predictor | None:
    """Return the tf-idf baseline trained beside a run; `wished` None takes one if there is one, False none.

    Raises `ConfigError` when one is wished and there is none.
    """
    from malmoi.inference.predictor import load
    from malmoi.training.run_folder import open_run_folder

    folder = open_run_folder(predictor.artifact.path)
    if wished and not folder.has_baseline:
        raise ConfigError(
            say(
                f"{folder.path} 에는 기준선이 없습니다. 학습 명령에 --baseline 을 붙여 다시 실행하면 더해집니다.",
                f"{folder.path} has no baseline. Repeat its training command with --baseline to add one.",
            )
        )
    return None if wished is False or not folder.has_baseline else load(str(folder.baseline.path))


def compared(evaluation: Evaluation, predictor: Predictor, baseline: Predictor | None) -> Evaluation:
    """Return the evaluation with a baseline judged on the same examples beside it, as it is without one."""
    from malmoi.evaluation.comparison import beside_baseline

    return evaluation if baseline is None else beside_baseline(evaluation, predictor.task, baseline)


def seen_before(predictor: Predictor, dataset: Dataset) -> list[str]:
    """Say how many of these texts the run was trained on, or chosen on as dev, if there are any.

    Of a run of an older malmoi, which kept no texts' hashes, it is only known whether these very data were used.
    """
    from malmoi.training.run_folder import open_run_folder
    from malmoi.training.seen import read_seen

    folder = open_run_folder(predictor.artifact.path)
    num = len(dataset)
    if seen := read_seen(folder.path):
        trained, chosen = seen.count(dataset.examples)
    else:
        prints = (folder.stored() or {}).get("fingerprints", {})
        used = [name for name, value in prints.items() if value == fingerprint_of(dataset)]
        trained, chosen = num * ("train" in used), num * (used == ["dev"])
    counts = [
        (trained, "학습에", "trained on"),
        (chosen, "고르는 데 (dev)", "chosen on (dev)"),
    ]
    ko = ", ".join(f"{count:,}개({count / num:.1%})가 {how}" for count, how, _ in counts if count)
    en = ", ".join(f"{count:,} ({count / num:.1%}) were {how}" for count, _, how in counts if count)
    if not ko:
        return []
    return [
        say(
            f"주의: 글 {num:,}개 가운데 {ko} 쓰였습니다. 그만큼 점수가 실제보다 높게 나올 수 있습니다.",
            f"warning: of the {num:,} texts, {en} by this run. The scores may be too high.",
        )
    ]


def judged_data(
    data: Any, predictor: Predictor, columns: Columns, *, separator: str | None = None, skip_bad: bool = False
) -> Dataset:
    """Return labelled data of a model's kind to judge it on: a file, data in memory, or a corpus split.

    What `columns` leaves open is read from the columns that the model was trained on, where the data have them; several labels
    in one cell are separated as in the training data, unless `separator` says otherwise.
    """
    found = named_corpus(data)
    split = next((name for name in JUDGED_SPLITS if found and name in found[0].splits), "train")
    if separator is None and not found:
        separator = predictor.artifact.recipe["data"].get("separator")
    kind, columns = predictor.task.example_kind, replace(columns, trained=predictor.artifact.columns)
    return load_dataset(data, columns, split=split, skip_bad=skip_bad, kind=kind, separator=separator)


def _is_memory(data: Any) -> bool:
    return data is not None and not isinstance(data, (str, os.PathLike))


def _name_of(data: Any) -> str | None:
    """Return the path or corpus name that data is, None for data in memory."""
    return None if data is None or _is_memory(data) else os.fspath(data)
