"""Do tasks that share a backbone help each other? A recipe of several tasks beside each of its tasks alone, on dev.

    python bench/several.py --out runs/several
    python bench/several.py --recipe my.json --seeds 5
    python bench/several.py --quick

Alone means `single_recipe`: the same backbone, settings, data and number of passes over them, without the others. Every run is a
process of its own and kept in `OUT/cells` (see `cells.py`): a stopped bench goes on where it was. `OUT/several.json` and
`OUT/several.md` are written anew after every run: the main score on dev as mean ± sd over seeds, the difference seed by seed,
and minutes a run. The checkpoint is chosen on dev in both, together by the mean over the tasks. Needs MALMOI_DATA.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cells import attempt, basis, child_command, make, show, stored, summary, write_tables

TOGETHER = "together"
QUICK_LIMIT, QUICK_EPOCHS, QUICK_SEEDS = 64, 1.0, 1


@dataclass(frozen=True)
class Settings:
    """What a run depends on besides its seed and whether the tasks are together."""

    recipe: str = "pairs"
    model: str | None = None
    limit: int | None = None
    epochs: float | None = None


@dataclass(frozen=True)
class Cell:
    """One run to make: all tasks together, or the one of this name alone."""

    which: str
    seed: int

    @property
    def name(self) -> str:
        """The cell's file name, without suffix."""
        return f"{self.which}-{self.seed}" if self.which == TOGETHER else f"{self.which}-alone-{self.seed}"


def resolved(settings: Settings, seed: int = 0) -> Any:
    """Return the recipe of all tasks together."""
    from dataclasses import replace

    from malmoi.recipes.resolve import resolve_several

    recipe = resolve_several(settings.recipe, model=settings.model, epochs=settings.epochs, seed=seed)
    tasks = [replace(task, data=replace(task.data, limit=settings.limit or task.data.limit)) for task in recipe.tasks]
    return replace(recipe, tasks=tuple(tasks))


def names_of(recipe: Any) -> list[str]:
    """Return what the recipe calls its tasks."""
    return [task.head or task.name for task in recipe.tasks]


def child(task: dict[str, Any]) -> dict[str, Any]:
    """Make one run (resuming it if it was stopped); return the main score of each of its tasks on dev, and the seconds."""
    from malmoi.inference.predictor import load
    from malmoi.training.fit import fit
    from malmoi.training.reporters import Reporter
    from malmoi.training.several import fit_several, single_recipe

    cell, quiet = Cell(**task["cell"]), Reporter(quiet=True)
    recipe = resolved(Settings(**task["settings"]), cell.seed)
    with attempt(Path(task["out"]), cell.name) as own:
        with own.timed():
            if cell.which == TOGETHER:
                results = {part.name: part for part in fit_several(recipe, own.folder, reporter=quiet)}  # type: ignore[misc]
            else:
                alone = single_recipe(recipe, names_of(recipe).index(cell.which))
                results = {cell.which: fit(alone, own.folder, reporter=quiet)}
        scores = {name: load(str(result.path)).task.main_score for name, result in results.items()}
        found = {name: {"score": score, **results[name].scores["dev"][score]} for name, score in scores.items()}
        return {**asdict(cell), "tasks": found, "seconds": own.seconds}


def table(names: list[str], results: dict[Cell, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one row a task that was trained in both ways: main score, n, both summaries and that of the difference by seed."""
    rows = []
    together = {cell.seed: result for cell, result in results.items() if cell.which == TOGETHER}
    for name in names:
        alone = {cell.seed: result for cell, result in results.items() if cell.which == name}
        both = sorted(alone.keys() & together.keys())
        if not both:
            continue
        ways = {"alone": [alone[seed] for seed in both], "together": [together[seed] for seed in both]}
        values = {way: [result["tasks"][name]["value"] for result in found] for way, found in ways.items()}
        seconds = {way: [result["seconds"] for result in found] for way, found in ways.items()}
        gains = [new - old for old, new in zip(values["alone"], values["together"], strict=True)]
        known = alone[both[0]]["tasks"][name]
        row = {"task": name, "score": known["score"], "n": known["n"]}
        row |= {way: summary(values[way], seconds[way]) for way in ways}
        rows.append(row | {"difference": summary(gains, seconds["together"])})
    return rows


def markdown(rows: list[dict[str, Any]]) -> str:
    """Return the table as Markdown: scores times 100; the run together takes its minutes once, for all tasks."""
    lines = [
        "| task | score | n | alone | together | together − alone | minutes alone | minutes together |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        shown = [show(row["alone"]), show(row["together"]), show(row["difference"], "+")]
        lines.append(
            f"| {row['task']} | {row['score']} | {row['n']:,} | {' | '.join(shown)} | {row['alone']['minutes']:.1f} | |"
        )
    if rows:
        alone, together = sum(row["alone"]["minutes"] for row in rows), rows[0]["together"]["minutes"]
        lines.append(f"| all | | | | | | {alone:.1f} | {together:.1f} |")
    return "\n".join(lines) + "\n"


def bench(out: Path, seeds: int, settings: Settings) -> str:
    """Make the runs that are missing and return the table."""
    from malmoi.config import to_dict

    names = names_of(resolved(settings))
    results: dict[Cell, dict[str, Any]] = {}
    text = ""
    for cell in [Cell(which, seed) for seed in range(seeds) for which in (TOGETHER, *names)]:
        recipe = resolved(settings, cell.seed)
        own = basis(asdict(settings), to_dict(recipe), [task.data.train for task in recipe.tasks])
        kept = stored(out, cell.name, own)
        command = child_command(__file__, out, asdict(cell), asdict(settings))
        results[cell] = found = kept or make(out, cell.name, own, command)
        scores = ", ".join(f"{name} {own['score']} {100 * own['value']:.2f}" for name, own in found["tasks"].items())
        print(f"  {cell.name:24s} {scores}  {found['seconds']:.0f} s{' (kept)' if kept else ''}", file=sys.stderr)
        rows = table(names, results)
        text = markdown(rows)
        write_tables(out, "several", {"settings": asdict(settings), "rows": rows}, text)
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="default: runs/several, runs/several-quick with --quick")
    parser.add_argument("--recipe", default="pairs", metavar="NAME|FILE")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--model", help="default: that of the recipe")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_LIMIT} examples, one epoch, {QUICK_SEEDS} seed")
    parser.add_argument("--json", type=Path, help="write several.json here too")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(child(json.loads(options.child))))
        return
    settings = Settings(options.recipe, options.model)
    if options.quick:
        settings = Settings(options.recipe, options.model, QUICK_LIMIT, QUICK_EPOCHS)
    out = options.out or Path("runs/several-quick" if options.quick else "runs/several")
    print(bench(out, min(options.seeds, QUICK_SEEDS) if options.quick else options.seeds, settings))
    if options.json:
        shutil.copyfile(out / "several.json", options.json)


if __name__ == "__main__":
    main()
