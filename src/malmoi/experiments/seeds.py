"""One recipe with several seeds: what a score is worth is its mean and how much it moves, over seeds and over examples.

The intervals of a mean are the means of the runs' intervals: all are judged on the same examples, and a mean of runs moves no more
with them than the runs do.

run_seeds(recipe, "runs/nli", num_seeds=3).scores["accuracy"].mean
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from malmoi.errors import ConfigError
from malmoi.evaluation.evaluate import baselines_to_dict, scores_from_dict, scores_to_dict
from malmoi.inference.artifact import open_artifact
from malmoi.io import write_json
from malmoi.messages import say
from malmoi.metrics.analysis import Baseline
from malmoi.metrics.scores import Score, Scores
from malmoi.training.fit import fit
from malmoi.training.recipe import Recipe
from malmoi.training.reporters import Reporter
from malmoi.training.result import FitResult
from malmoi.training.run_folder import RUN_FILE
from malmoi.training.several import fit_several

SUMMARY_FILE = "seeds.json"


@dataclass(frozen=True)
class Spread:
    """A dev score over seeds: mean, sample standard deviation (0.0 for one), and the values in the order of the seeds.

    >>> spread = Spread.of([0.88, 0.90, 0.89])
    >>> round(spread.mean, 3), round(spread.sd, 3)
    (0.89, 0.01)
    """

    mean: float
    sd: float
    values: tuple[float, ...]

    @classmethod
    def of(cls, values: list[float]) -> Spread:
        sd = statistics.stdev(values) if len(values) > 1 else 0.0
        return cls(statistics.fmean(values), sd, tuple(values))


@dataclass(frozen=True)
class SeedsResult:
    """The runs, one for each seed, their dev scores by name, and what is said of their mean.

    `means` are the mean scores with their intervals, `baselines` those of the runs with mean scores and differences; there are none
    where a run was finished before and its evaluation is lost.
    """

    seeds: tuple[int, ...]
    runs: tuple[FitResult, ...]
    scores: dict[str, Spread]
    means: Scores
    baselines: tuple[Baseline, ...]
    main_score: str

    def to_dict(self) -> dict[str, Any]:
        """Return what `seeds.json` holds; the standard deviation of one seed is None."""
        means = scores_to_dict(self.means)
        scores = {
            name: {
                "mean": s.mean,
                "sd": s.sd if len(s.values) > 1 else None,
                "low": means[name]["low"],
                "high": means[name]["high"],
                "values": list(s.values),
            }
            for name, s in self.scores.items()
        }
        beside = baselines_to_dict(self.baselines, self.main_score)
        return {"seeds": list(self.seeds), "n": next(iter(self.means.values())).n, "dev": scores, **beside}


def run_seeds(
    recipe: Recipe, out: str | Path, num_seeds: int, *, reporter: Reporter | None = None, **options: Any
) -> SeedsResult:
    """Train with `num_seeds` seeds from the recipe's own on, in `out/seed-N`, and write `out/seeds.json`.

    What is finished is not repeated. `options` are those of `fit`. The examples held out for dev are the same for all seeds.
    """
    seeds = _seeds(recipe, out, num_seeds)
    runs = [fit(own, path, reporter=reporter, **options) for own, path in _each(recipe, out, seeds, reporter)]
    result = _over_seeds(seeds, runs)
    write_json(Path(out) / SUMMARY_FILE, result.to_dict())
    return result


def run_seeds_several(
    recipe: Recipe, out: str | Path, num_seeds: int, *, reporter: Reporter | None = None, **options: Any
) -> dict[str, SeedsResult]:
    """Do the same for a recipe of several tasks; return the result of each task by its name. `options` are those of `fit_several`."""
    seeds = _seeds(recipe, out, num_seeds)
    runs = [fit_several(own, path, reporter=reporter, **options) for own, path in _each(recipe, out, seeds, reporter)]
    results = {parts[0].name: _over_seeds(seeds, parts) for parts in zip(*runs, strict=True)}
    values = {name: result.to_dict() for name, result in results.items()}
    write_json(Path(out) / SUMMARY_FILE, {"seeds": list(seeds), "tasks": values})
    return results


def _seeds(recipe: Recipe, out: str | Path, num_seeds: int) -> tuple[int, ...]:
    if num_seeds < 1:
        raise ConfigError(say(f"--seeds {num_seeds}: 1 이상이어야 합니다.", f"--seeds {num_seeds}: must be 1 or more."))
    if (Path(out) / RUN_FILE).is_file():
        raise ConfigError(
            say(
                f"{out} 폴더에는 이미 한 학습의 결과가 있습니다. --seeds 에는 다른 --out 을 쓰세요.",
                f"{out} is the folder of a single run already. Use another --out with --seeds.",
            )
        )
    return tuple(range(recipe.train.seed, recipe.train.seed + num_seeds))


def _each(
    recipe: Recipe, out: str | Path, seeds: Sequence[int], reporter: Reporter | None
) -> Iterator[tuple[Recipe, Path]]:
    """Yield the recipe and the folder of one seed after another."""
    for number, seed in enumerate(seeds, 1):
        if reporter is not None:
            reporter.note(say(f"씨앗 {seed} ({number}/{len(seeds)})", f"seed {seed} ({number}/{len(seeds)})"))
        yield replace(recipe, train=replace(recipe.train, seed=seed)), Path(out) / f"seed-{seed}"


def _over_seeds(seeds: tuple[int, ...], runs: Sequence[FitResult]) -> SeedsResult:
    each = [scores_from_dict(run.scores["dev"]) for run in runs]
    scores = {name: Spread.of([own[name].value for own in each]) for name in each[0]}
    main_score = open_artifact(runs[0].path).task.main_score
    return SeedsResult(seeds, tuple(runs), scores, _mean_scores(each), _mean_baselines(runs), main_score)


def _mean_baselines(runs: Sequence[FitResult]) -> tuple[Baseline, ...]:
    """Return the baselines that every run has, with the means of their scores and of what the runs have more."""
    each = [{b.key: b for b in run.evaluation.analysis.baselines} if run.evaluation else {} for run in runs]
    found = []
    for key, first in each[0].items():
        own = [baselines[key] for baselines in each if key in baselines]
        if len(own) == len(runs):
            differences = [b.difference for b in own if b.difference is not None]
            difference = _mean_score(differences) if len(differences) == len(runs) else None
            found.append(replace(first, scores=_mean_scores([b.scores for b in own]), difference=difference))
    return tuple(found)


def _mean_scores(each: Sequence[Scores]) -> Scores:
    return {name: _mean_score([scores[name] for scores in each]) for name in each[0]}


def _mean_score(scores: Sequence[Score]) -> Score:
    """Return the mean of the values, and of both ends of the intervals."""
    value, low, high = (statistics.fmean(getattr(s, end) for s in scores) for end in ("value", "low", "high"))
    return Score(value, low, high, scores[0].n)
