"""A run that was finished before, called again: the same result, from what its folder keeps."""

from __future__ import annotations

from malmoi.evaluation.evaluate import Evaluation
from malmoi.inference.artifact import open_artifact
from malmoi.tasks import Task
from malmoi.training.answers import read_answers
from malmoi.training.jobs import Job
from malmoi.training.result import FitResult
from malmoi.training.save_run import judged


def stored_result(job: Job) -> FitResult:
    """Return the result of a run that was finished before, with its dev evaluation from the answers it gave."""
    artifact = open_artifact(job.folder.path)
    return FitResult(job.folder.path, artifact.scores, stored_evaluation(job, artifact.task))


def stored_evaluation(job: Job, task: Task) -> Evaluation | None:
    """Return the dev evaluation of a finished run; None where its answers are not kept, or dev is no longer what they answer."""
    stored, predictions = job.folder.stored(), read_answers(job.folder.path)
    if stored is None or stored["fingerprints"].get("dev") != job.fingerprints["dev"]:
        return None
    examples = job.data.dev.examples
    if predictions is None or len(predictions) != len(examples):
        return None
    return judged(task, predictions, examples, job.folder)
