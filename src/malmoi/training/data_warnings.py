"""What may hurt a run on its data, found once: step 2 says it, a dry run returns it.

One real instance: `학습에만 있고 dev 에 없는 라벨: '중립'. dev 점수는 이 라벨을 모릅니다.`
"""

from __future__ import annotations

from malmoi.data.checks import check_dataset, check_overlap
from malmoi.data.labels import label_set, list_labels
from malmoi.messages import say
from malmoi.training.datasets import TrainingData


def data_warnings(data: TrainingData) -> tuple[str, ...]:
    """Return what is wrong between training data and dev, then what is wrong with the training data itself."""
    return (*_overlap(data), *_one_sided_labels(data), *check_dataset(data.train).warnings)


def _overlap(data: TrainingData) -> list[str]:
    shared = check_overlap(data.dev, data.train).num_rows
    ko = f"dev {shared:,}개의 글이 학습 자료에도 있습니다. dev 점수가 실제보다 높게 나옵니다."
    en = f"{shared:,} dev texts also stand in the training data. The dev scores are too high."
    return [say(ko, en)] if shared else []


def _one_sided_labels(data: TrainingData) -> list[str]:
    """Sentences on labels that only one side has; labels of dev that the task does not know are an error before."""
    train, dev = label_set(data.train.examples), label_set(data.dev.examples)
    only_train = [label for label in train if label not in set(dev)]
    only_dev = [label for label in dev if label not in set(train)]
    warnings = []
    if only_train:
        listed = list_labels(only_train)
        warnings.append(
            say(
                f"학습에만 있고 dev 에 없는 라벨: {listed}. dev 점수는 이 라벨을 모릅니다.",
                f"labels of the training data that dev lacks: {listed}. The dev scores say nothing of them.",
            )
        )
    if only_dev:
        listed = list_labels(only_dev)
        warnings.append(
            say(
                f"dev 에만 있고 학습에 없는 라벨: {listed}. 모델이 배울 수 없어 모두 틀립니다.",
                f"labels of dev that the training data lacks: {listed}. They cannot be learned and count as errors.",
            )
        )
    return warnings
