"""One table over many corpora: the constant answer, tf-idf, plain Hugging Face fine-tuning and malmoi, on dev.

    python bench/breadth.py --out runs/breadth
    python bench/breadth.py --only korsts tfidf malmoi --seeds 5
    python bench/breadth.py --quick

Every cell (corpus, contender, seed) runs in a process of its own and is kept in `OUT/cells`; a stopped bench goes on where it was
(malmoi inside its run), and cells made with other settings, another recipe or other data are made again. `OUT/breadth.json` and `OUT/breadth.md` are written
anew after every cell: the main score as mean ± sd over seeds, n, minutes a run. A corpus whose training file is missing is
replaced by its smaller stand-in. All figures are dev figures, and malmoi and tf-idf choose on dev (checkpoint, strength of
regularisation, temperature, thresholds), plain does not. Needs MALMOI_DATA.
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

CORPORA = ("korsts", "question-pair", "paws", "hate-speech", "3i4k", "kocasm", "chatbot", "kmhas", "nli-small")
CONTENDERS = ("tfidf", "plain", "malmoi")
COLUMNS = ("majority", *CONTENDERS)  # the constant answer is judged along with tf-idf
PLAIN = Path(__file__).with_name("plain.py")
QUICK_CORPORA, QUICK_LIMIT, QUICK_EPOCHS = ("demo", "korsts"), 64, 1.0


@dataclass(frozen=True)
class Settings:
    """What a cell depends on besides its corpus, contender and seed."""

    model: str = "e5-small-ko"
    limit: int | None = None
    epochs: float | None = None


@dataclass(frozen=True)
class Cell:
    """One run to make."""

    corpus: str
    contender: str
    seed: int

    @property
    def name(self) -> str:
        """The cell's file name, without suffix."""
        return f"{self.corpus}-{self.contender}-{self.seed}"


def cells(corpora: list[str], contenders: list[str], seeds: int) -> list[Cell]:
    """Return the cells in the order they are run: the cheap contenders of all corpora first, then seed by seed."""
    found = []
    for contender in contenders:
        for seed in range(seeds if contender == "malmoi" else 1):
            found += [Cell(corpus, contender, seed) for corpus in corpora]
    return found


def here(name: str) -> str:
    """Return a corpus whose training file is on this machine: the one of this name, or its stand-in."""
    from malmoi.data.corpora import find_corpus

    corpus = find_corpus(name)
    return corpus.stand_in if corpus.state_of("train") == "missing" and corpus.stand_in else name


def made_from(cell: Cell, settings: Settings) -> dict[str, Any]:
    """Return what the result of a cell depends on; of the recipe, plain Hugging Face fine-tuning has only the data and the epochs."""
    from malmoi.config import to_dict
    from malmoi.data.corpora import find_corpus
    from malmoi.recipes.resolve import resolve_recipe

    recipe = to_dict(resolve_recipe(find_corpus(cell.corpus).task, cell.corpus, **wishes(cell, settings)))
    if cell.contender == "plain":
        recipe = {"data": recipe["data"], "train": {"epochs": recipe["train"]["epochs"]}}
    return basis(asdict(settings), recipe, [cell.corpus])


def wishes(cell: Cell, settings: Settings) -> dict[str, Any]:
    """Return the settings of a malmoi run that are not the corpus's recipe."""
    model = "tfidf" if cell.contender == "tfidf" else settings.model
    return {"model": model, "seed": cell.seed, "limit": settings.limit, "epochs": settings.epochs}


def command(out: Path, cell: Cell, settings: Settings) -> list[str]:
    """Return the command that runs a cell."""
    if cell.contender != "plain":
        return child_command(__file__, out, asdict(cell), asdict(settings))
    options = {"--seed": cell.seed, "--epochs": settings.epochs, "--limit": settings.limit, "--model": settings.model}
    given = [str(word) for name, value in options.items() if value is not None for word in (name, value)]
    return [sys.executable, str(PLAIN), cell.corpus, *given]


def child(task: dict[str, Any]) -> dict[str, Any]:
    """Train one malmoi run (resuming it if it was stopped) and return its main score on dev, its baselines, n and seconds."""
    import malmoi
    from malmoi.data.corpora import find_corpus
    from malmoi.inference.predictor import load

    cell, settings = Cell(**task["cell"]), Settings(**task["settings"])
    with attempt(Path(task["out"]), cell.name) as own:
        with own.timed():
            name = find_corpus(cell.corpus).task
            result = malmoi.train(name, cell.corpus, out=own.folder, quiet=True, **wishes(cell, settings))
        main_score = load(str(own.folder)).task.main_score
        return {
            "corpus": cell.corpus, "contender": cell.contender, "seed": cell.seed, "score": main_score,
            **result.scores["dev"][main_score], "scores": result.scores["dev"], "baselines": result.scores.get("baselines", {}),
            "seconds": own.seconds,
        }  # fmt: skip


def table(corpora: list[str], results: dict[Cell, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one row a corpus: main score, n and a summary of each column."""
    rows = []
    for corpus in corpora:
        own = {
            name: [r for cell, r in results.items() if cell.corpus == corpus and cell.contender == name]
            for name in CONTENDERS
        }
        known = next((group[0] for group in own.values() if group), None)
        if known is None:
            continue
        row = {"corpus": corpus, "score": known["score"], "n": known["n"]}
        row["majority"] = constant(own["tfidf"])
        row |= {
            name: summary([r["value"] for r in group], [r["seconds"] for r in group]) for name, group in own.items()
        }
        rows.append(row)
    return rows


def constant(group: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the strongest constant answer for the main score, which every task judges beside tf-idf."""
    from malmoi.evaluation.names import LOWER_IS_BETTER

    if not group:
        return None
    name = group[0]["score"]
    found = [baseline[name]["value"] for baseline in group[0]["baselines"].values() if name in baseline]
    strongest = min if name in LOWER_IS_BETTER else max
    return {"mean": strongest(found), "sd": None, "runs": 1, "minutes": 0.0} if found else None


def markdown(rows: list[dict[str, Any]]) -> str:
    """Return the table as Markdown: scores times 100."""
    lines = [
        f"| corpus | score | n | {' | '.join(COLUMNS)} | minutes ({', '.join(CONTENDERS)}) |",
        f"|---|---|---|{'---|' * len(COLUMNS)}---|",
    ]
    for row in rows:
        minutes = ", ".join(f"{row[name]['minutes']:.1f}" if row[name] else "–" for name in CONTENDERS)
        shown = " | ".join(show(row[name]) for name in COLUMNS)
        lines.append(f"| {row['corpus']} | {row['score']} | {row['n']:,} | {shown} | {minutes} |")
    return "\n".join(lines) + "\n"


def write(out: Path, corpora: list[str], results: dict[Cell, dict[str, Any]], settings: Settings) -> str:
    """Write both tables; return the Markdown."""
    rows = table(corpora, results)
    text = markdown(rows)
    write_tables(out, "breadth", {"settings": asdict(settings), "rows": rows}, text)
    return text


def bench(out: Path, corpora: list[str], contenders: list[str], seeds: int, settings: Settings) -> str:
    """Make the cells that are missing and return the table."""
    results: dict[Cell, dict[str, Any]] = {}
    for cell in cells(corpora, contenders, seeds):
        own = made_from(cell, settings)
        kept = stored(out, cell.name, own)
        results[cell] = kept or make(out, cell.name, own, command(out, cell, settings))
        r = results[cell]
        print(f"  {cell.name:32s} {r['score']} {100 * r['value']:.2f}  n {r['n']:,}  {r['seconds']:.0f} s{' (kept)' if kept else ''}",
              file=sys.stderr, flush=True)  # fmt: skip
        write(out, corpora, results, settings)
    return write(out, corpora, results, settings)


def chosen(only: list[str], corpora: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Return the corpora and contenders that `--only` names; all of a kind of which it names none."""
    contenders = [name for name in CONTENDERS if name in only] or list(CONTENDERS)
    named = [name for name in only if name not in CONTENDERS]
    return [here(name) for name in named or corpora], contenders


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="default: runs/breadth, runs/breadth-quick with --quick")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these corpora, or contenders, or both")
    parser.add_argument("--seeds", type=int, default=3, help="runs of malmoi; the others run once")
    parser.add_argument("--model", default="e5-small-ko")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path, help="write breadth.json here too")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(child(json.loads(options.child))))
        return
    quick = options.quick
    settings = Settings(options.model, QUICK_LIMIT if quick else None, QUICK_EPOCHS if quick else None)
    corpora, contenders = chosen(options.only, QUICK_CORPORA if quick else CORPORA)
    out = options.out or Path("runs/breadth-quick" if quick else "runs/breadth")
    print(bench(out, corpora, contenders, min(options.seeds, 2) if quick else options.seeds, settings))
    if options.json:
        shutil.copyfile(out / "breadth.json", options.json)


if __name__ == "__main__":
    main()
