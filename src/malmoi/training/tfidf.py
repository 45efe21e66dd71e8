"""Training tf-idf and a linear model: learn the n-grams, weigh them, solve for a few strengths of regularisation, keep dev's best.

Logistic regression for labels (one against the rest; liblinear's dual coordinate descent, Yu et al. 2011), ridge regression for
scores. What was compared to choose n-grams, weighting and solver is in docs/log.md.
"""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

import numpy as np

from malmoi.data.examples import ExampleKind
from malmoi.data.features import Features
from malmoi.errors import ConfigError, DataError
from malmoi.evaluation.names import format_value, score_name
from malmoi.inference.engines import with_logits
from malmoi.messages import say
from malmoi.metrics.calibration import log_softmax
from malmoi.models.tfidf import TFIDF, Design, TfidfModel, counts, design, inverse_document_frequency
from malmoi.tasks import Task
from malmoi.text.cleaning import describe_steps
from malmoi.tokenization.ngrams import MAX_N, MIN_COUNT, learn_ngrams
from malmoi.training.datasets import TrainingData
from malmoi.training.describe import describe_answers
from malmoi.training.jobs import Job
from malmoi.training.recipe import Recipe
from malmoi.training.reporters import Reporter
from malmoi.training.run_folder import RunFolder
from malmoi.training.save_run import Answer, TrainedRun, tune

STRENGTHS = (
    1 / 64,
    1 / 16,
    1 / 4,
    1.0,
    4.0,
    16.0,
    64.0,
)  # C: weak to strong fit; all are tried, for scores have plateaus
TOLERANCE, MAX_ITERATIONS = 0.1, 100  # of liblinear: closer solutions score the same
RIDGE_TOLERANCE = 1e-3
UNUSED_FIELDS = ("max_length", "pooling", "dropout", "label_smoothing")  # of a task's config
USED_SETTINGS = ("model.name", "train.seed", "train.calibrate")  # of the sections that are about networks


@dataclass(frozen=True)
class Encoded:
    """The windows of training and dev examples, one each, and the training targets float32 [n, outputs]."""

    train: list[Features]
    dev: list[list[Features]]
    targets: np.ndarray
    weights: np.ndarray | None


@dataclass(frozen=True)
class Problem:
    """The linear problem: rows to learn from and to choose on, targets float32 [n, outputs], weights of the rows."""

    train: Any
    dev: Design
    targets: np.ndarray
    weights: np.ndarray | None
    scale: tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Candidate:
    """The solution for one strength of regularisation, the score that chooses on dev and its `misfit` there."""

    strength: float
    score: float
    misfit: float
    weights: np.ndarray
    bias: np.ndarray

    def rank(self, higher_is_better: bool) -> tuple[float, float, float]:
        """Return what is largest for the best: the score; among equals the likelihood, then the strength."""
        return self.score if higher_is_better else -self.score, -self.misfit, self.strength


@dataclass
class LinearSession:
    """A tf-idf run under way."""

    recipe: Recipe
    folder: RunFolder
    data: TrainingData
    task: Task
    encoded: Encoded
    reporter: Reporter
    began: float


def refuse_task(task_class: type[Task]) -> None:
    """Raise `ConfigError` for a task that has nothing for a linear model to answer."""
    if task_class.linear_targets is Task.linear_targets:
        raise ConfigError(
            say(
                f"과제 {task_class.name} 에는 tf-idf 가 없습니다. --model {TFIDF} 나 --baseline 을 빼세요.",
                f"there is no tf-idf for the task {task_class.name}. Drop --model {TFIDF} or --baseline.",
            )
        )


def prepare(recipe: Recipe, job: Job, reporter: Reporter) -> LinearSession:
    """Steps 3 to 6: learn the n-grams and encode; raise `DataError` where there are none, `ConfigError` for a task without tf-idf."""
    task_class, config, data = job.task_class, job.config, job.data
    refuse_task(task_class)
    began = time.monotonic()
    solver = (
        say("릿지 회귀", "ridge regression")
        if task_class.example_kind == "score"
        else say("로지스틱 회귀", "logistic regression")
    )
    reporter.stage(3, [f"tfidf: tf-idf + {solver}", *unused_settings(recipe)])
    examples = data.train.examples
    texts = [text for example in examples for text in (example.text, example.pair) if text is not None]
    tokenizer: Any = learn_ngrams(texts, steps=config.clean)
    if not tokenizer.vocab_size:
        raise DataError(
            say(
                f"학습 글 {len(texts):,}개에 {MIN_COUNT}번 이상 나온 n-gram 이 없어 tf-idf 를 학습할 수 없습니다. 글을 더 모으세요.",
                f"no n-gram occurs {MIN_COUNT} times in the {len(texts):,} training text(s): too little for tf-idf. Collect more texts.",
            )
        )
    task = task_class(config, tokenizer)
    reporter.stage(4, [say(f"글자 1~{MAX_N}개짜리 n-gram {tokenizer.vocab_size:,}종 ({MIN_COUNT}번 이상 나온 것)", f"{tokenizer.vocab_size:,} n-grams of 1 to {MAX_N} characters (seen {MIN_COUNT} times or more)"), *describe_steps(config.clean)])  # fmt: skip
    encoded = encode(task, data)
    mean = np.mean([len(feature) for feature in encoded.train])
    reporter.stage(5, [say(f"평균 {mean:.1f} n-gram", f"{mean:.1f} n-grams on average")])
    reporter.stage(6, [describe_answers(task)])
    return LinearSession(recipe, job.folder, data, task, encoded, reporter, began)


def train(session: LinearSession) -> TrainedRun:
    """Step 7: solve for each strength of regularisation and return the run with the best on dev."""
    s = session
    s.reporter.stage(7, [say(f"규제 세기 {len(STRENGTHS)}가지 가운데 dev 로 고름", f"one of {len(STRENGTHS)} strengths of regularisation, chosen on dev")])  # fmt: skip
    model, problem = build_problem(s.task, s.encoded)
    judge, best = s.task.linear_judge(), None
    for strength in STRENGTHS:
        found = candidate(s, model, problem, strength)
        higher = judge.higher_is_better
        better = best is None or found.rank(higher) > best.rank(higher)
        mark = say(" · 지금까지 최고", " · best so far") if better else ""
        value = format_value(judge.main_score, found.score)
        s.reporter.note(f"C={strength:g}: dev {score_name(judge.main_score)} {value}{mark}")
        best = found if better else best
    assert best is not None
    return trained_run(s, replace(model, weights=best.weights, bias=best.bias), problem.dev, best.strength)


def candidate(session: LinearSession, model: TfidfModel, problem: Problem, strength: float) -> Candidate:
    """Solve for one strength of regularisation and score it on dev, tuned as it would be saved."""
    s, examples = session, session.data.dev.examples
    weights, bias = solve(problem, s.task.example_kind, strength, s.recipe.train.seed)
    head = replace(model, weights=weights, bias=bias)
    tuned = tune(s.task, examples, head, answerer(s, head, problem.dev), s.recipe.train.calibrate)
    score = tuned.task.linear_judge().main_statistic(tuned.predictions, examples)(np.arange(len(examples)))
    targets = tuned.task.linear_targets(examples)  # the head and the task are in the same units, scaled or not
    assert targets is not None
    return Candidate(strength, score, misfit(s.task.example_kind, head.linear(problem.dev), targets), weights, bias)


def misfit(kind: ExampleKind, outputs: np.ndarray, targets: np.ndarray) -> float:
    """Return how far outputs [n, outputs] are from targets: the mean log loss, of scores the mean squared error."""
    outputs = outputs.astype(np.float64)
    if kind == "score":
        return float(((outputs - targets) ** 2).mean())
    if kind == "label":
        return float(-(targets * log_softmax(outputs)).sum(axis=1).mean())
    return float((np.logaddexp(0, outputs) - targets * outputs).mean())


def answerer(session: LinearSession, model: TfidfModel, dev: Design) -> Answer:
    """Return what runs the model as it is on dev."""
    return lambda task: with_logits(session.encoded.dev, model.linear(dev))


def trained_run(session: LinearSession, model: TfidfModel, dev: Design, strength: float) -> TrainedRun:
    """Return the finished model with what its artifact says of it."""
    s = session
    versions = {name: version(name) for name in ("scikit-learn", "scipy", "numpy")}
    return TrainedRun(
        recipe=s.recipe,
        folder=s.folder,
        data=s.data,
        task=s.task,
        model=model,
        head=model,
        answer=answerer(s, model, dev),
        device="cpu, scikit-learn",
        seconds=time.monotonic() - s.began,
        chosen=("고른 규제 세기", "chosen strength of regularisation", f"C = {strength:g}"),
        opens="`malmoi.load` (numpy, scipy)",
        made_with=versions,
        facts={"C": strength},
    )


def encode(task: Task, data: TrainingData) -> Encoded:
    """Return the windows of all examples and what is to be learned from them."""
    targets, class_weights = task.linear_targets(data.train.examples), task.class_weights()
    assert targets is not None, "refuse_task comes first"
    train = [windows[0] for windows in task.encode(data.train.examples)]
    weights = None if class_weights is None else targets @ np.array(class_weights)
    if weights is None and task.example_kind == "label" and not targets.any(axis=1).all():
        weights = targets.sum(axis=1)  # texts of no label at all weigh nothing
    return Encoded(train, task.encode(data.dev.examples), targets, weights)


def build_problem(task: Task, encoded: Encoded) -> tuple[TfidfModel, Problem]:
    """Return the model without weights, and the rows of training and dev; the overlap of pairs is scaled for training."""
    from scipy.sparse import csr_matrix, hstack, vstack

    starts, width = task.tokenizer.starts, task.tokenizer.vocab_size  # type: ignore[attr-defined]
    pairs = task.reads_pairs
    seen = [counts(encoded.train, type_id, width) for type_id in range(1 + pairs)]
    idf = inverse_document_frequency(vstack(seen, format="csr"))
    model = TfidfModel(starts, pairs, idf, np.zeros((0, 0), np.float32), np.zeros(0, np.float32))
    x = design(encoded.train, idf, starts, pairs)
    mean, std = x.overlap.mean(axis=0), x.overlap.std(axis=0)
    std[std == 0] = 1
    scaled = csr_matrix((x.overlap - mean) / std)
    dev = design([feature for windows in encoded.dev for feature in windows], idf, starts, pairs)
    rows = hstack([x.sparse, scaled], format="csr", dtype=np.float64)
    return model, Problem(rows, dev, encoded.targets, encoded.weights, (mean, std))


def solve(problem: Problem, kind: str, strength: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return weights float32 [columns, outputs] and bias float32 [outputs] for raw rows of one strength of regularisation."""
    targets = problem.targets
    if kind == "score":
        found = [_ridge(problem, targets[:, 0], strength)]
    elif kind == "label" and targets.shape[1] == 2:
        weights, bias = _logistic(problem, targets[:, 1], strength, seed)
        found = [(-weights / 2, -bias / 2), (weights / 2, bias / 2)]
    else:
        found = [_logistic(problem, column, strength, seed) for column in targets.T]
    weights = np.stack([own for own, _ in found], axis=1)
    biases = np.array([own for _, own in found])
    mean, std = problem.scale
    if len(mean):  # unscaled overlap: w · (x - mean) / std
        weights[-len(mean) :] /= std[:, None]
        biases = biases - mean @ weights[-len(mean) :]
    return weights.astype(np.float32), biases.astype(np.float32)


def _logistic(problem: Problem, target: np.ndarray, strength: float, seed: int) -> tuple[np.ndarray, float]:
    """Return weights and bias of "has the label" against "has not"; where all rows agree only their frequency."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    num_yes, n = float(target.sum()), len(target)
    if num_yes in (0, n):
        return np.zeros(problem.train.shape[1]), float(np.log((num_yes + 0.5) / (n - num_yes + 0.5)))
    solver = LogisticRegression(
        C=strength, solver="liblinear", dual=True, tol=TOLERANCE, max_iter=MAX_ITERATIONS, random_state=seed
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        solver.fit(problem.train, target > 0.5, sample_weight=problem.weights)
    return solver.coef_[0], float(solver.intercept_[0])


def _ridge(problem: Problem, target: np.ndarray, strength: float) -> tuple[np.ndarray, float]:
    from sklearn.linear_model import Ridge

    solver = Ridge(alpha=1 / strength, solver="sparse_cg", tol=RIDGE_TOLERANCE).fit(problem.train, target)
    return np.asarray(solver.coef_), float(solver.intercept_)


def is_used(setting: str) -> bool:
    """Whether a setting of a recipe ("optim.lr") means something to tf-idf."""
    section, _, name = setting.partition(".")
    if section == "task":
        return name not in UNUSED_FIELDS
    return section == "data" or setting in USED_SETTINGS


def unused_settings(recipe: Recipe) -> list[str]:
    """Say which settings that were changed mean nothing to this model."""
    changed = [f"task.{name}" for name in recipe.tasks[0].config]
    for section in ("model", "optim", "train"):
        own = getattr(recipe, section)
        default = type(own)()
        changed += [f"{section}.{name}" for name in vars(own) if getattr(own, name) != getattr(default, name)]
    changed = [name for name in changed if not is_used(name)]
    if not changed:
        return []
    listed = ", ".join(changed)
    return [say(f"tfidf 에는 쓰이지 않는 설정: {listed}", f"settings that mean nothing to tfidf: {listed}")]
