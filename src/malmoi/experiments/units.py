"""What should a token be? One small classifier trained from scratch with every unit, on the same texts with the same seeds.

The lectures' core experiment. For each unit a tokenizer is trained on the training texts alone; for each seed a fresh small
BERT (`malmoi.models.sizes`) learns from the same examples in as many updates. What differs is the tokenizer, and with it how
many tokens a text takes. Every cell (unit × seed) is a run folder of its own: what is finished is not repeated.

    OUT/wordpiece/tokenizer  OUT/wordpiece/base-42  OUT/wordpiece/seed-42 …  OUT/units.json  OUT/units.svg
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from malmoi.config import from_dict, to_dict
from malmoi.data.checks.tokens import check_tokens
from malmoi.data.examples import Dataset
from malmoi.errors import ConfigError, ModelNotFound
from malmoi.evaluation.units_chart import ChartRow, units_chart
from malmoi.experiments.seeds import Spread
from malmoi.inference.artifact import open_artifact
from malmoi.io import check_writable, read_json, remove_tree, write_json, write_text
from malmoi.messages import say
from malmoi.models.local import local_tokenizer
from malmoi.models.sizes import find_size, save_fresh_model
from malmoi.recipes.resolve import task_config
from malmoi.tasks import find_task
from malmoi.tokenization.tokenizer import Tokenizer
from malmoi.tokenization.trainers import TrainerConfig, train_tokenizer
from malmoi.tokenization.units import UNITS, find_unit
from malmoi.training.datasets import TrainingData, fingerprint_of, load_training_data
from malmoi.training.fit import fit
from malmoi.training.recipe import Recipe, recipe_to_dict
from malmoi.training.reporters import Reporter, duration
from malmoi.training.run_folder import first_difference

DEFAULT_UNITS = ("eojeol", "morpheme", "syllable", "jamo", "wordpiece", "morpheme-wordpiece")
# Over what the corpus implies: a model that knows nothing yet learns faster, and from the mean of all tokens.
SETTINGS = ("task.pooling=mean", "task.max_length=512", "model.dropout=0.1", "optim.lr=1e-3", "train.epochs=3", "train.calibrate=false")  # fmt: skip
PUBLISHED = {
    "nsmc": {"eojeol": 0.778, "morpheme": 0.852, "syllable": 0.840, "jamo": 0.802}
}  # unit × LSTM, all of the training file
RESULT_FILE, CHART_FILE, _EXPERIMENT_FILE, _STATS_FILE = "units.json", "units.svg", "experiment.json", "stats.json"
_SPEED_TEXTS = 2000
_KNOWN = {unit.name for unit in UNITS}


@dataclass(frozen=True)
class UnitsConfig:
    """What is compared: names of units, or tokenizers by name or folder; the size of every vocabulary and of the model."""

    units: tuple[str, ...] = DEFAULT_UNITS
    vocab_size: int = 16_000
    model: str = "bert-tiny"
    num_seeds: int = 3

    def __post_init__(self) -> None:
        if self.num_seeds < 1 or not self.units:
            raise ConfigError(say("단위와 씨앗이 하나 이상이어야 합니다.", "name at least one unit and one seed."))
        if len({folder_name(unit) for unit in self.units}) < len(self.units):
            raise ConfigError(say("--units 에 같은 것이 두 번 있습니다.", "--units names one thing twice."))
        find_size(self.model.partition("-")[2])


@dataclass(frozen=True)
class UnitStats:
    """What a tokenizer makes of the dev texts: tokens a text (special ones too; 95 % have at most `tokens_p95`) and an eojeol,
    the share of unknown ones, texts cut, speed.

    `chars_per_second` counts processor seconds, whatever else the machine is doing.
    """

    unit: str
    vocab_size: int
    tokens_per_text: float
    tokens_p95: float
    tokens_per_eojeol: float
    unknown_share: float
    num_cut: int
    chars_per_second: float


@dataclass(frozen=True)
class Cell:
    """One unit with one seed: its main score on n dev examples, and the processor seconds of its run."""

    score: float
    n: int
    cpu_seconds: float


@dataclass(frozen=True)
class UnitResult:
    """A unit's statistics, its main score over the seeds, the processor seconds of a run, and the published score if there is one."""

    stats: UnitStats
    score: Spread
    cpu_seconds: float
    published: float | None = None


@dataclass(frozen=True)
class UnitsResult:
    """The units in the order they were named, with their main score on n dev examples for each seed."""

    main_score: str
    n: int
    seeds: tuple[int, ...]
    rows: tuple[UnitResult, ...]


def compare_units(
    recipe: Recipe, config: UnitsConfig, out: str | Path, *, fresh: bool = False, reporter: Reporter | None = None
) -> UnitsResult:
    """Train every unit with every seed from the recipe's on, and write table and chart; the same call goes on where it stopped.

    `fresh` starts over. Raises `ConfigError` when `out` holds another comparison, and for what cannot be trained, before
    anything is trained; `Interrupted` when asked to stop.
    """
    reporter, out = reporter or Reporter(), Path(out).expanduser()
    check_writable(out / RESULT_FILE, "--out")
    _check_units(config.units)
    data = load_training_data(recipe.data, kind=find_task(recipe.tasks[0].name).example_kind)
    _claim(out, recipe, config, data, fresh)
    stats = [_prepare(unit, config, data, out, recipe, reporter) for unit in config.units]
    seeds = tuple(range(recipe.train.seed, recipe.train.seed + config.num_seeds))
    cells: list[list[Cell]] = [[] for _ in stats]
    clock = _Clock([row.tokens_per_text for row in stats] * len(seeds))
    for seed in seeds:
        for number, row in enumerate(stats):
            cells[number].append(_cell(row.unit, seed, recipe, config, out))
            _tell(reporter, row.unit, seed, cells[number][-1], clock.next())
    result = _result(recipe, stats, seeds, cells)
    write_json(out / RESULT_FILE, to_dict(result))
    write_text(out / CHART_FILE, units_chart(_chart_rows(result), result.main_score, result.n))
    return result


def folder_name(unit: str) -> str:
    """Return the name of a unit's folder: the last part of a path or of a hub name.

    >>> folder_name("wordpiece"), folder_name("tokenizers/내것/")
    ('wordpiece', '내것')
    """
    return Path(unit).name


def _check_units(units: Sequence[str]) -> None:
    """Raise `ConfigError` for what is neither a unit nor a tokenizer on this machine, and `MissingExtra` for units without Kiwi."""
    for unit in units:
        if unit in _KNOWN:
            TrainerConfig(unit)
            continue
        try:
            local_tokenizer(unit)
        except ModelNotFound:
            find_unit(unit)  # names the nearest unit


def _claim(out: Path, recipe: Recipe, config: UnitsConfig, data: TrainingData, fresh: bool) -> None:
    """Make the folder this comparison's; more units and more seeds may join, anything else must be as it was."""
    wanted = {
        "recipe": recipe_to_dict(recipe), "vocab_size": config.vocab_size, "model": config.model,
        "train": fingerprint_of(data.train), "dev": fingerprint_of(data.dev),
    }  # fmt: skip
    file = out / _EXPERIMENT_FILE
    if fresh and file.is_file():
        for unit in config.units:
            remove_tree(out / folder_name(unit))
    elif file.is_file() and (changed := first_difference(read_json(file), wanted)):
        raise ConfigError(
            say(
                f"{out} 에는 다른 설정의 비교가 있습니다 ({changed}). 다른 --out 을 쓰거나 --fresh 로 처음부터 하세요.",
                f"{out} holds another comparison ({changed}). Use another --out, or --fresh to start over.",
            )
        )
    write_json(file, wanted)


def _prepare(
    unit: str, config: UnitsConfig, data: TrainingData, out: Path, recipe: Recipe, reporter: Reporter
) -> UnitStats:
    """Return what a unit's tokenizer makes of dev, after training it if that is not done."""
    folder = out / folder_name(unit)
    if (folder / _STATS_FILE).is_file():
        return from_dict(UnitStats, read_json(folder / _STATS_FILE))
    reporter.note(say(f"토크나이저: {unit}", f"tokenizer: {unit}"))
    clean = tuple(recipe.tasks[0].config.get("clean", ()))
    if unit in _KNOWN:
        trainer = TrainerConfig(unit, vocab_size=config.vocab_size, allow_smaller=True, clean=clean)
        tokenizer = train_tokenizer(_texts(data.train), trainer)
    else:
        tokenizer = local_tokenizer(unit)
    tokenizer.save(folder / "tokenizer")
    stats = _measure(unit, tokenizer.cleaned_by(clean), data.dev, recipe)
    write_json(folder / _STATS_FILE, to_dict(stats))
    return stats


def _measure(unit: str, tokenizer: Tokenizer, dev: Dataset, recipe: Recipe) -> UnitStats:
    limit = _max_length(recipe)
    report = check_tokens(dev.examples, tokenizer, unit, limits=[limit])
    texts = _texts(dev)[:_SPEED_TEXTS]
    began = time.process_time()
    tokenizer.encode_ids(texts)
    seconds = time.process_time() - began
    return UnitStats(
        unit=unit,
        vocab_size=tokenizer.vocab_size,
        tokens_per_text=round(report.lengths.mean, 2),
        tokens_p95=report.lengths.p95,
        tokens_per_eojeol=report.tokens_per_eojeol,
        unknown_share=round(report.unknown_share, 6),
        num_cut=report.num_over[str(limit)],
        chars_per_second=round(sum(map(len, texts)) / max(seconds, 1e-9)),
    )


def _texts(dataset: Dataset) -> list[str]:
    return [text for example in dataset for text in (example.text, example.pair) if text is not None]


def _max_length(recipe: Recipe) -> int:
    return task_config(recipe).max_length


def _cell(unit: str, seed: int, recipe: Recipe, config: UnitsConfig, out: Path) -> Cell:
    """Train one unit with one seed, unless that is done."""
    folder = out / folder_name(unit)
    file = folder / f"cell-{seed}.json"
    if file.is_file():
        return from_dict(Cell, read_json(file))
    base = folder / f"base-{seed}"
    if not (base / "model.safetensors").is_file():
        tokenizer = Tokenizer.load(folder / "tokenizer")
        save_fresh_model(base, config.model, tokenizer, seed=seed, positions=_max_length(recipe))
    model, train = replace(recipe.model, name=str(base)), replace(recipe.train, seed=seed)
    began = time.process_time()
    run = fit(replace(recipe, model=model, train=train), folder / f"seed-{seed}", reporter=Reporter(quiet=True))
    main = run.scores["dev"][open_artifact(run.path).task.main_score]
    cell = Cell(main["value"], main["n"], round(time.process_time() - began, 1))
    write_json(file, to_dict(cell))
    return cell


class _Clock:
    """The time left, when cells take time by their tokens; cells that were there already take none."""

    def __init__(self, costs: Sequence[float]) -> None:
        self._costs, self._done, self._spent = list(costs), 0, 0.0
        self._began = self._last = time.monotonic()

    def next(self) -> str:
        """Return the place of the cell that just ended and the time left, as a sentence."""
        now = time.monotonic()
        if now - self._last > 1:
            self._spent += self._costs[self._done]
        else:
            self._began = now
        self._last = now
        self._done += 1
        place = f"{self._done}/{len(self._costs)}"
        if not self._spent or self._done == len(self._costs):
            return place
        left = duration((now - self._began) / self._spent * sum(self._costs[self._done :]))
        return f"{place} · " + say(f"남은 시간 {left}", f"{left} left")


def _tell(reporter: Reporter, unit: str, seed: int, cell: Cell, place: str) -> None:
    reporter.note(say(f"{unit} · 씨앗 {seed} · {100 * cell.score:.2f} % · {place}", f"{unit} · seed {seed} · {100 * cell.score:.2f} % · {place}"))  # fmt: skip


def _result(
    recipe: Recipe, stats: Sequence[UnitStats], seeds: tuple[int, ...], cells: Sequence[Sequence[Cell]]
) -> UnitsResult:
    published = PUBLISHED.get(recipe.data.train.partition(":")[0], {})
    rows = tuple(
        UnitResult(
            row,
            Spread.of([cell.score for cell in own]),
            round(sum(cell.cpu_seconds for cell in own) / len(own), 1),
            published.get(row.unit),
        )
        for row, own in zip(stats, cells, strict=True)
    )
    task = find_task(recipe.tasks[0].name)
    return UnitsResult(task(task_config(recipe), None).main_score, cells[0][0].n, seeds, rows)  # type: ignore[arg-type]


def _chart_rows(result: UnitsResult) -> list[ChartRow]:
    return [
        ChartRow(
            row.stats.unit, row.score.values, row.score.mean, row.score.sd, row.stats.tokens_per_text, row.published
        )
        for row in result.rows
    ]
