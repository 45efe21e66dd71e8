"""What is shown of a finished training: its scores on dev, where it lies, and what to do with it."""

from __future__ import annotations

from typing import Any

from malmoi.cli.output import Output
from malmoi.cli.show import show_place, show_scores, show_stored_scores
from malmoi.messages import say


def show_result(output: Output, result: Any) -> dict[str, Any]:
    """Print dev scores and where the artifact lies; return the scores as JSON values."""
    from malmoi.inference.artifact import open_artifact
    from malmoi.training.recipe import recipe_from_dict
    from malmoi.training.save_run import dev_note

    artifact = open_artifact(result.path)
    output.title(say("dev 점수", "dev scores"))
    if result.evaluation is None:
        show_stored_scores(output, artifact.task, result.scores, stored_baselines(result.path))
        kept = {name: result.scores[name] for name in ("baselines", "differences") if name in result.scores}
        values: dict[str, Any] = {"scores": result.scores["dev"], **kept}
    else:
        show_scores(output, result.evaluation)
        values = result.evaluation.to_dict()
    output.print(dev_note(artifact.task, recipe_from_dict(artifact.recipe)))
    output.title(say("결과", "result"))
    show_place(output, result.path)
    return values


def stored_baselines(path: Any) -> list[Any]:
    """Return the dev scores of a finished run's tf-idf baseline, if it has one."""
    from malmoi.evaluation.comparison import BASELINE_NAME
    from malmoi.evaluation.evaluate import scores_from_dict
    from malmoi.inference.artifact import open_artifact
    from malmoi.metrics.analysis import Baseline
    from malmoi.models.tfidf import TFIDF
    from malmoi.training.run_folder import open_run_folder

    folder = open_run_folder(path)
    if not folder.has_baseline:
        return []
    return [Baseline(TFIDF, BASELINE_NAME, scores_from_dict(open_artifact(folder.baseline.path).scores["dev"]))]


def example_words(result: Any) -> list[str]:
    """Return a text to try the model on, or a pair with its flag: one of its own dev texts, or the task's sample."""
    from malmoi.inference.artifact import open_artifact

    task = open_artifact(result.path).task
    examples = result.evaluation.examples if result.evaluation else []
    short = (example for example in examples if 5 <= len(example.text + (example.pair or "")) <= 60)
    if (example := next(short, None)) is not None:
        return [task.typed(example)] if example.pair is None else [example.text, "--pair", example.pair]
    text, pair = task.sample["text"], task.sample.get("pair")
    return [text] if pair is None else [text, "--pair", pair]


def show_seeds(output: Output, result: Any, name: str = "") -> dict[str, Any]:
    """Print the mean scores over seeds beside the baselines, how much each moves, and the verdicts; return them as JSON values."""
    from malmoi.evaluation.names import format_value, score_name
    from malmoi.evaluation.terminal import scores_table, verdicts

    values: dict[str, Any] = result.to_dict()
    num_seeds, n = len(result.seeds), values["n"]
    output.title(
        name
        + say(
            f"dev 점수, 씨앗 {num_seeds}개의 평균 (n = {n:,})", f"dev scores, mean of {num_seeds} seed(s) (n = {n:,})"
        )
    )
    sds = {own: format_value(own, spread.sd) if num_seeds > 1 else "–" for own, spread in result.scores.items()}
    main, each = result.main_score, result.scores[result.main_score].values
    listed = ", ".join(f"{seed}: {format_value(main, value)}" for seed, value in zip(result.seeds, each, strict=True))
    output.print(
        scores_table(result.means, result.baselines, main, {say("± 표준편차", "± sd"): sds}),
        say(f"씨앗마다 {score_name(main)}: {listed}", f"{score_name(main)} of each seed: {listed}"),
        *verdicts(result.means, main, result.baselines),
    )
    if num_seeds == 1:
        output.print(
            say(
                "씨앗 하나로는 표준편차를 알 수 없습니다. --seeds 2 이상을 주세요.",
                "one seed has no standard deviation: give --seeds 2 or more.",
            )
        )
    return values


def judged_on(data: Any) -> str:
    """Return what to evaluate on next: the corpus trained on, if it keeps a split aside that is here, else some file."""
    from malmoi.api import JUDGED_SPLITS
    from malmoi.training.datasets import named_corpus

    found = named_corpus(data)
    split = next((name for name in JUDGED_SPLITS if found and name in found[0].splits), None)
    if found and split not in (None, "train", "dev") and found[0].state_of(str(split)) != "missing":
        return found[0].name
    return say("시험.csv", "test.csv")
