"""Ways to train on one corpus, beside each other: the same data and seeds, other settings or another base model.

    python bench/ways.py base adapted:model=runs/e5-reviews r-drop:train.r_drop=1 --limit 20000 --seeds 3 --out runs/ways
    python bench/ways.py "teacher:epochs=2" "six:layers=6,distil_from=runs/nsmc" "three:layers=3,distil_from=runs/nsmc" --judge nsmc:final
    python bench/ways.py --quick

A way is NAME, or NAME:KEY=VALUE,KEY=VALUE with flags of `malmoi train` (model, epochs, lr …) and recipe fields (train.ema=0.999).
Every run is a process of its own and kept in `OUT/cells` (see `cells.py`): a stopped bench goes on where it was. `OUT/ways.json`
and `OUT/ways.md` are written anew after every run: the main score on dev as mean ± sd over seeds, the difference to the first way
seed by seed, parameters, megabytes of weights and minutes a run. `--judge` scores every finished run on other data too, never
chosen on: give it once, at the end, for the ways that dev has chosen. A base model is known by the hash of its weights.
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

QUICK_WAYS, QUICK_LIMIT, QUICK_SEEDS = ["base", "mean:task.pooling=mean"], 64, 1


@dataclass(frozen=True)
class Settings:
    """What a run depends on besides its way and its seed."""

    task: str = "classification"
    data: str = "nsmc"
    limit: int | None = None
    judge: str | None = None


@dataclass(frozen=True)
class Cell:
    """One run to make: a way as it was written, with a seed."""

    way: str
    seed: int

    @property
    def label(self) -> str:
        """What the way is called."""
        return self.way.partition(":")[0]

    @property
    def name(self) -> str:
        """The cell's file name, without suffix."""
        return f"{self.label}-{self.seed}"


def resolved(settings: Settings, cell: Cell) -> Any:
    """Return the recipe of a cell."""
    from malmoi.recipes.resolve import FLAGS, resolve_recipe

    words = [word for word in cell.way.partition(":")[2].split(",") if word]
    pairs = [(word.partition("=")[0], word) for word in words]
    flags = {key: json_or_text(word.partition("=")[2]) for key, word in pairs if key in FLAGS}
    assignments = [word for key, word in pairs if key not in FLAGS]
    flags = {"seed": cell.seed, "limit": settings.limit} | flags
    return resolve_recipe(settings.task, settings.data, assignments=assignments, **flags)


def json_or_text(word: str) -> Any:
    """Return a number as a number."""
    try:
        return json.loads(word)
    except json.JSONDecodeError:
        return word


def made_from(settings: Settings, cell: Cell) -> dict[str, Any]:
    """Return what the result of a cell depends on, the weights of a base and of a teacher among it."""
    from malmoi.config import to_dict
    from malmoi.io import sha256
    from malmoi.models.backbone import find_model

    recipe = resolved(settings, cell)
    folders = [find_model(recipe.model.name), *([Path(recipe.distil.teacher)] if recipe.distil.teacher else [])]
    weights = {"weights": [sha256(Path(folder) / "model.safetensors") for folder in folders]}
    return basis(asdict(settings) | weights, to_dict(recipe), [settings.data.partition(":")[0]])


def child(task: dict[str, Any]) -> dict[str, Any]:
    """Make one run (resuming it if it was stopped); return its main score on dev, and on `judge`, its size and the seconds."""
    import malmoi
    from malmoi.evaluation.evaluate import scores_to_dict
    from malmoi.inference.predictor import load
    from malmoi.training.fit import fit
    from malmoi.training.reporters import Reporter

    cell, settings = Cell(**task["cell"]), Settings(**task["settings"])
    with attempt(Path(task["out"]), cell.name) as own:
        with own.timed():
            result = fit(resolved(settings, cell), own.folder, reporter=Reporter(quiet=True))
        main_score = load(str(own.folder)).task.main_score
        found = {"score": main_score, **result.scores["dev"][main_score], "scores": result.scores["dev"]}
        if settings.judge:
            found["judged"] = scores_to_dict(malmoi.evaluate(str(own.folder), settings.judge).scores)
        return {**asdict(cell), **found, **size_of(own.folder), "seconds": own.seconds}


def size_of(folder: Path) -> dict[str, float]:
    """Return the number of parameters of a run, and the megabytes of its weights."""
    from safetensors import safe_open

    file = folder / "model.safetensors"
    with safe_open(file, "np") as weights:
        parameters = sum(_product(weights.get_slice(name).get_shape()) for name in weights.keys())  # noqa: SIM118
    return {"parameters": parameters, "megabytes": round(file.stat().st_size / 1e6, 1)}


def _product(shape: list[int]) -> int:
    total = 1
    for length in shape:
        total *= length
    return total


def table(results: dict[Cell, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one row a way: the main score, its difference to the first way by seed, what was judged, size and minutes."""
    labels = list(dict.fromkeys(cell.label for cell in results))
    own = {label: {cell.seed: result for cell, result in results.items() if cell.label == label} for label in labels}
    first, rows = own[labels[0]], []
    for label in labels:
        runs = own[label]
        seconds = [run["seconds"] for run in runs.values()]
        known = next(iter(runs.values()))
        gains = [runs[seed]["value"] - first[seed]["value"] for seed in sorted(runs.keys() & first.keys())]
        judged = [run["judged"][run["score"]]["value"] for run in runs.values() if "judged" in run]
        rows.append(
            {
                "way": known["way"],
                "score": known["score"],
                "n": known["n"],
                "dev": summary([run["value"] for run in runs.values()], seconds),
                "difference": summary(gains, seconds) if label != labels[0] else None,
                "judged": summary(judged, seconds),
                "parameters": known["parameters"],
                "megabytes": known["megabytes"],
            }
        )
    return rows


def markdown(rows: list[dict[str, Any]], settings: Settings) -> str:
    """Return the table as Markdown: scores times 100."""
    first = rows[0]
    lines = [
        f"| way | dev {first['score']} (n = {first['n']:,}) | − {first['way'].partition(':')[0]} | {settings.judge or 'judged'} | M parameters | MB | min |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        shown = " | ".join((show(row["dev"]), show(row["difference"], "+"), show(row["judged"])))
        lines.append(
            f"| {row['way']} | {shown} | {row['parameters'] / 1e6:.1f} | {row['megabytes']:g} | {row['dev']['minutes']:.1f} |"
        )
    return "\n".join(lines) + "\n"


def bench(out: Path, ways: list[str], seeds: int, settings: Settings) -> str:
    """Make the runs that are missing, seed by seed, and return the table."""
    results: dict[Cell, dict[str, Any]] = {}
    text = ""
    for cell in [Cell(way, seed) for seed in range(seeds) for way in ways]:
        own = made_from(settings, cell)
        kept = stored(out, cell.name, own)
        command = child_command(__file__, out, asdict(cell), asdict(settings))
        results[cell] = found = kept or make(out, cell.name, own, command)
        print(
            f"  {cell.name:24s} {found['score']} {100 * found['value']:.2f}  {found['seconds']:.0f} s{' (kept)' if kept else ''}",
            file=sys.stderr,
            flush=True,
        )
        rows = table(results)
        text = markdown(rows, settings)
        write_tables(out, "ways", {"settings": asdict(settings), "rows": rows}, text)
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "ways",
        nargs="*",
        metavar="WAY",
        help="NAME or NAME:KEY=VALUE,…; the first is what the others are compared with",
    )
    parser.add_argument("--task", default="classification")
    parser.add_argument("--data", default="nsmc", metavar="CORPUS")
    parser.add_argument("--limit", type=int, help="train on this many examples only")
    parser.add_argument("--judge", metavar="DATA", help="score the finished runs on this, too")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", type=Path, help="default: runs/ways, runs/ways-quick with --quick")
    parser.add_argument("--quick", action="store_true", help="the demo's sentences, two ways, one seed")
    parser.add_argument("--json", type=Path, help="write ways.json here too")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(child(json.loads(options.child))))
        return
    if options.quick:
        options.ways, options.data, options.limit, options.seeds = QUICK_WAYS, "demo", QUICK_LIMIT, QUICK_SEEDS
    if not options.ways:
        parser.error("name a way to train, or use --quick")
    settings = Settings(options.task, options.data, options.limit, options.judge)
    out = options.out or Path("runs/ways-quick" if options.quick else "runs/ways")
    print(bench(out, options.ways, options.seeds, settings))
    if options.json:
        shutil.copyfile(out / "ways.json", options.json)


if __name__ == "__main__":
    main()
