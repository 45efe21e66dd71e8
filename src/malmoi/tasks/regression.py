"""A number for a text or a pair of texts: similarity from 0 to 5, stars, difficulty.

One real instance: `TextExample("비가 온다.", pair="비가 내리고 있다.", score=4.6)` → ids → one output
→ `RegressionPrediction(score=4.53)`, never outside the range of the training data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from malmoi.data.examples import TextExample
from malmoi.data.features import Batch, Features, pad
from malmoi.data.labels import LabelName, check_scored
from malmoi.data.predictions import RegressionPrediction, short_number
from malmoi.errors import ConfigError
from malmoi.messages import say
from malmoi.metrics.analysis import Analysis, Baseline
from malmoi.metrics.counts import paired_difference
from malmoi.metrics.regression import (
    MEASURES,
    Scatter,
    error_table,
    is_constant,
    klue_sts_table,
    regression_scores,
    score_bins,
)
from malmoi.metrics.scores import Scores, Statistic
from malmoi.metrics.slices import WrongAnswer, largest
from malmoi.tasks.base import Task, Window
from malmoi.tasks.settings import refuse_learned
from malmoi.tasks.text_task import TextConfig, TextTask, has_pairs
from malmoi.text.josa import attach

ERRORS = ("mae", "rmse")  # the main scores of which less is better
STS_RANGE = (0.0, 5.0)  # the likeness of two sentences, as KLUE-STS and KorSTS have it


@dataclass(frozen=True)
class RegressionConfig(TextConfig):
    """A `TextConfig` with the scores there are.

    Predictions are cut to `low` … `high`, the range of the training scores unless it is given. The model learns scores of
    mean 0 and standard deviation 1: `mean` and `std`, learned too, turn its output back, and are 0 and 1 once they have
    been folded into the weights. `main_score` chooses the checkpoint; linear models are chosen by squared error unless it is an
    error itself.
    """

    low: float | None = None
    high: float | None = None
    mean: float = 0.0
    std: float = 1.0
    main_score: Literal["spearman", "pearson", "mae", "rmse"] = "spearman"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.low is not None and self.high is not None and not self.low <= self.high:
            raise ConfigError(
                say(
                    f"low {attach(f'{self.low:g}', '이/가')} high {self.high:g} 보다 큽니다.",
                    f"low {self.low:g} is above high {self.high:g}.",
                )
            )


@dataclass(frozen=True, slots=True)
class RegressionFeatures(Features):
    """A window with its scaled score, NaN when it is not known."""

    target: float


@dataclass(frozen=True, slots=True)
class RegressionBatch(Batch):
    """A batch with `targets` float32 [batch], scaled scores."""

    targets: np.ndarray


class Regression(TextTask):
    """One number for each text or pair."""

    name = "regression"
    config_class = RegressionConfig
    main_score = "spearman"
    example_kind = "score"

    def __init__(self, config: RegressionConfig, tokenizer: Any) -> None:
        super().__init__(config, tokenizer)
        self.main_score = config.main_score
        self.higher_is_better = config.main_score not in ERRORS

    @classmethod
    def configure(
        cls,
        config: RegressionConfig,
        examples: Sequence[TextExample],
        label_names: Mapping[str, LabelName] = MappingProxyType({}),
    ) -> RegressionConfig:
        """Return `config` with range, mean and standard deviation of the training scores; `ConfigError` for a given mean or std."""
        refuse_learned(mean=config.mean != 0.0, std=config.std != 1.0)
        scores = np.array([example.score for example in examples if example.score is not None] or [0.0])
        low = config.low if config.low is not None else float(scores.min())
        high = config.high if config.high is not None else float(scores.max())
        std = float(scores.std()) or 1.0
        return replace(
            config, low=low, high=high, mean=float(scores.mean()), std=std, pairs=has_pairs(config, examples)
        )

    def check(self, examples: Sequence[TextExample], source: str, *, training: bool = False) -> None:
        """Raise `DataError` as every text task, for a missing score and, for training, for one outside the range."""
        super().check(examples, source, training=training)
        check_scored(examples, source, *((self.config.low, self.config.high) if training else ()))

    def features(self, example: TextExample, input_ids: np.ndarray, type_ids: np.ndarray) -> Features:
        """Return the window of one example with its scaled score."""
        score = float("nan") if example.score is None else example.score
        return RegressionFeatures(input_ids, type_ids, (score - self.config.mean) / self.config.std)

    def collate(self, features: Sequence[Features], rng: np.random.Generator) -> Batch:
        """Return a padded batch with `targets`."""
        batch = pad(features, self.tokenizer.pad_id, self.config.max_length)
        targets = np.array([row.target for row in features], dtype=np.float32)  # type: ignore[attr-defined]
        return RegressionBatch(batch.input_ids, batch.type_ids, batch.attention_mask, targets)

    def linear_targets(self, examples: Sequence[TextExample]) -> np.ndarray:
        """Return the scaled scores, float32 [n, 1]."""
        scores = np.array([example.score for example in examples], dtype=np.float64)
        return ((scores - self.config.mean) / self.config.std).astype(np.float32)[:, None]

    def linear_judge(self) -> Task:
        """Return the task judged by RMSE where the main score is a correlation, which does not see how far off the values are."""
        return self if self.main_score in ERRORS else self.with_config(main_score="rmse")

    def taught_by(self, teacher: Task, logits: np.ndarray) -> np.ndarray:
        """Return a teacher's scores [n, 1], scaled as this task's targets are."""
        scores = teacher.config.mean + teacher.config.std * logits
        return (scores - self.config.mean) / self.config.std

    def build_head(self, backbone_config: Any) -> Any:
        """Return the Hugging Face-shaped head of this backbone."""
        from malmoi.models.heads import RegressionHead

        return RegressionHead(backbone_config, self.config.pooling, self.config.dropout)

    def fold(self, head: Any) -> Regression:
        """Move mean and standard deviation into the output layer: plain Hugging Face code then gives scores too."""
        head.fold_scale(self.config.mean, self.config.std)
        return self.with_config(mean=0.0, std=1.0)

    def decode(self, example: TextExample, windows: Sequence[Window]) -> RegressionPrediction:
        """Return the score, cut to the range."""
        c = self.config
        score = c.mean + c.std * float(windows[0].outputs["logits"][0])
        return RegressionPrediction(example.text, example.pair, round(min(max(score, c.low), c.high), 6))

    def score(self, predictions: Sequence[RegressionPrediction], examples: Sequence[TextExample]) -> Scores:
        """Return Spearman's and Pearson's correlation, MAE and RMSE with intervals; KLUE-STS's F1 for likeness from 0 to 5."""
        gold, predicted = _arrays(predictions, examples)
        scores = regression_scores(gold, predicted)
        if self.config.pairs and (self.config.low, self.config.high) == STS_RANGE:
            scores |= klue_sts_table(gold, predicted).scores()
        return scores

    def main_statistic(self, predictions: Sequence[RegressionPrediction], examples: Sequence[TextExample]) -> Statistic:
        """Return the main score of drawn examples."""
        gold, predicted = _arrays(predictions, examples)
        measure = MEASURES[self.main_score]
        return lambda rows: measure(gold[rows], predicted[rows])

    def analyse(self, predictions: Sequence[RegressionPrediction], examples: Sequence[TextExample]) -> Analysis:
        """Return the strongest constant answer, predicted against gold scores, the largest errors, and undefined correlations."""
        gold, predicted = _arrays(predictions, examples)
        low, high = self.config.low, self.config.high
        errors = [
            (abs(p - g), WrongAnswer(e.row, e.text, e.pair, short_number(g), short_number(p)))
            for p, g, e in zip(predicted.tolist(), gold.tolist(), examples, strict=True)
            if p != g
        ]
        return Analysis(
            baselines=[self._constant(gold, predicted)],
            scatter=Scatter(gold, predicted, low, high, score_bins(gold, predicted, low, high)),
            errors=largest(errors),
            notes=_undefined(gold, predicted),
        )

    def _constant(self, gold: np.ndarray, predicted: np.ndarray) -> Baseline:
        """Return the constant of smallest error, of MAE the median and of RMSE the mean; that decides where a correlation cannot."""
        judged_by = "mae" if self.main_score == "mae" else "rmse"
        if judged_by == "mae":
            value, ko, en = float(np.median(gold)), "중앙값", "the median"
        else:
            value, ko, en = float(gold.mean()), "평균", "the mean"
        constant, shown = np.full(len(gold), value), short_number(value)
        difference = paired_difference(error_table(gold, predicted), error_table(gold, constant), judged_by)
        name = say(f"항상 {ko} {shown}", f"always {en} {shown}")
        return Baseline("constant", name, regression_scores(gold, constant), difference, judged_by=judged_by)

    @property
    def answers(self) -> str:
        """The range of the scores."""
        return f"{self.config.low:g}~{self.config.high:g}"

    @classmethod
    def demo(cls) -> list[TextExample]:
        """Six pairs of sentences, from unrelated (0) to the same (5)."""
        rows = [
            ("비가 온다", "비가 내린다", 5.0),
            ("아이가 공을 찬다", "아이가 공을 던진다", 3.2),
            ("남자가 기타를 친다", "여자가 기타를 친다", 2.4),
            ("영화가 재미있었다", "음식이 맛있었다", 0.8),
            ("고양이가 잔다", "버스가 늦게 왔다", 0.0),
            ("문을 닫아 주세요", "문 좀 닫아 줄래요", 4.2),
        ]
        return [TextExample(text, pair=pair, score=score) for text, pair, score in rows]


def _arrays(
    predictions: Sequence[RegressionPrediction], examples: Sequence[TextExample]
) -> tuple[np.ndarray, np.ndarray]:
    """Return gold and predicted scores, float64 [n] each."""
    gold = np.array([example.score for example in examples], dtype=np.float64)
    return gold, np.array([prediction.score for prediction in predictions], dtype=np.float64)


def _undefined(gold: np.ndarray, predicted: np.ndarray) -> list[str]:
    """Say so when a correlation is 0 for want of a definition."""
    if is_constant(predicted) and len(predicted) > 1:
        score = short_number(float(predicted[0]))
        return [
            say(
                f"모델의 답이 모두 {score} 입니다. 상관계수는 정의되지 않아 0으로 적었습니다. 학습이 무너진 것일 수 있습니다: "
                "optim.lr 을 낮추거나 optim.warmup 을 늘리거나 task.pooling=mean 을 써 보세요.",
                f"all answers are {score}: correlations are undefined and given as 0. Training may have collapsed: try a lower "
                "optim.lr, a longer optim.warmup or task.pooling=mean.",
            )
        ]
    if is_constant(gold):
        return [
            say(
                "정답 점수가 모두 같아 상관계수는 정의되지 않습니다. 0으로 적었습니다.",
                "all gold scores are the same: correlations are undefined and given as 0.",
            )
        ]
    return []
