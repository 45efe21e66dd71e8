"""What `/v1/models/NAME/card` says of a run: facts, dev scores with intervals as people read them, and whether it has a report."""

from __future__ import annotations

from typing import Any

from malmoi.evaluation.evaluate import scores_from_dict
from malmoi.evaluation.names import format_interval, format_value, score_name
from malmoi.inference.artifact import Artifact


def card_of(artifact: Artifact, engine: str, report: str | None) -> dict[str, Any]:
    """Return the card of a run in the user's language; `report` is the address of its training report, None without one."""
    recipe, scores = artifact.recipe, artifact.scores
    rows = [
        ("과제", "task", artifact.task.name),
        ("기반 모델", "base model", recipe["model"]["name"]),
        ("학습 데이터", "training data", recipe["data"]["train"]),
        ("답", "answers", artifact.task.answers),
        ("계산", "computed on", engine),
        *artifact.task.tuned(),
    ]
    dev = scores_from_dict(scores.get("dev", {}))
    return {
        "facts": [row for row in rows if row[2]],
        "judged_on": scores.get("dev_source", ""),
        "scores": [
            {"name": score_name(name), "value": format_value(name, score.value), "interval": format_interval(name, score), "n": score.n}
            for name, score in dev.items()
        ],
        "report": report,
    }  # fmt: skip
