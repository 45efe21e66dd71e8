"""How dev is held out of the training examples when nobody gives one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from malmoi.data.examples import Dataset, Example
from malmoi.data.same_text import groups, own_texts, place, plain, whole_texts
from malmoi.messages import say

_SCORE_BINS = 10
_SMALL_GROUP = 10  # different examples that may go to dev together even if they are more than its share


def hold_out(dataset: Dataset, share: float, seed: int) -> tuple[Dataset, Dataset]:
    """Split off about `share` of the examples for dev; those with a text in common, spelt with other spaces or not, stay together.

    A group of such examples goes to dev if a hash of its first text falls below `share`: the order of rows does not matter, and
    added rows move no group that they share no text with. Three rules may: a label (or set of labels, or tenth of the scores)
    with two or more groups has one on either side, so a lone group may follow when its label's groups change; and a group much
    larger than dev's share stays in training. Where that leaves nothing for dev, only copies of whole examples stay together.
    """
    examples = dataset.examples
    copies = whole_texts(examples)
    names = [[name for name in map(plain, texts) if name] or [""] for texts in own_texts(examples)]
    grouped = groups(names)
    keys = [grouped[linked[0]] for linked in names]
    strata = _strata(examples, share)
    chosen, num_fixed = _choose(keys, copies, strata, share, seed)
    notes = []
    if not chosen and len(set(copies)) > len(set(keys)):
        keys = copies
        chosen, _ = _choose(keys, copies, strata, share, seed)
        if chosen:
            notes.append(_shared_note())
    elif num_fixed:
        notes.append(_fixed_note(num_fixed))
    train = [example for example, key in zip(examples, keys, strict=True) if key not in chosen]
    dev = [example for example, key in zip(examples, keys, strict=True) if key in chosen]
    notes.append(_size_note(len(dev), len(examples), share))
    return replace(dataset, examples=train, notes=(*dataset.notes, *notes)), replace(
        dataset, examples=dev, source=f"{dataset.source} (dev)", notes=()
    )


def _choose(
    keys: Sequence[str], copies: Sequence[str], strata: Sequence[str], share: float, seed: int
) -> tuple[set[str], int]:
    """Return the keys of the groups for dev, and how many examples are in groups too large to go there."""
    different: dict[str, set[str]] = defaultdict(set)
    members: dict[str, set[str]] = defaultdict(set)
    labels: dict[str, set[str]] = defaultdict(set)
    for key, copy, stratum in zip(keys, copies, strata, strict=True):
        different[key].add(copy)
        members[stratum].add(key)
        labels[key].add(stratum)
    num = len(set(copies))
    limit = max(1, share * num, min(_SMALL_GROUP, num / 4))
    places = {key: (place(f"{seed}\0{key}"), key) for key in different}
    movable = {key for key in different if len(different[key]) <= limit}
    chosen = {key for key in movable if places[key][0] < share}
    for stratum in sorted(members):
        if members[stratum] <= chosen:  # training needs one
            chosen.remove(max(members[stratum], key=places.__getitem__))
    for stratum in sorted(members):
        if not members[stratum] & chosen:  # dev needs one that training can spare
            nearest = sorted(members[stratum] & movable, key=places.__getitem__)
            spare = (key for key in nearest if all(members[label] - chosen - {key} for label in labels[key]))
            chosen.update([key for key in [next(spare, None)] if key is not None])
    return chosen, sum(key not in movable for key in keys)


def _size_note(num_dev: int, num: int, share: float) -> str:
    """Return how many examples are dev and, where that is far from `share`, why: at least two examples and half as many more or fewer."""
    real, asked = f"{100 * num_dev / max(1, num):.3g} %", f"{100 * share:.3g} %"
    note = say(
        f"dev 파일이 없어 {num_dev:,}개({real})를 떼어 두었습니다 (--dev 로 바꿀 수 있음).",
        f"no dev file: held out {num_dev:,} examples ({real}; change with --dev).",
    )
    if abs(num_dev - share * num) <= max(2, share * num / 2):
        return note
    return note + say(
        f" data.dev_share 의 {asked} 와 다른 까닭: 글마다 해시로 뽑되, 라벨(점수는 구간)마다 학습과 dev 에 하나씩은 두고, "
        "같은 글을 나눠 가진 예시는 떼어 놓지 않습니다.",
        f" That is not the {asked} of data.dev_share because texts are drawn by their hash, each label (or range of scores) has "
        "an example on either side, and examples that share a text stay together.",
    )


def _shared_note() -> str:
    return say(
        "주의: 거의 모든 예시가 같은 글을 나눠 가져서 나눌 수 없습니다. dev 의 글이 학습에도 있어 dev 점수가 높게 나올 수 있으니 --dev 로 따로 둔 파일을 주세요.",
        "warning: nearly all examples are linked by texts they share. Texts of dev are in training too and dev scores may be too high: "
        "give a file kept aside with --dev.",
    )


def _fixed_note(num: int) -> str:
    return say(
        f"서로 같은 글을 나눠 가진 {num:,}개는 한 묶음으로는 dev 에 너무 커서 모두 학습에 둡니다.",
        f"{num:,} examples are linked by texts they share into groups too large for dev: they all stay in training.",
    )


def _strata(examples: Sequence[Example], share: float) -> list[str]:
    """Return for each example what both sides must have some of: the label, the set of labels, or the quantile of the score.

    Quantile bins, and sets of labels (or of whatever a shape annotates), so small that their share is less than one example
    are taken together.
    """
    smallest = 1 / share
    scores = [example.score for example in examples if example.score is not None]
    num_bins = int(min(_SCORE_BINS, max(1, len(scores) // smallest)))
    edges = np.quantile(scores, np.arange(1, num_bins) / num_bins) if scores else np.zeros(0)
    sets = Counter(example.target for example in examples if example.label is None)

    def stratum(example: Example) -> str:
        if example.score is not None:
            return f"{np.searchsorted(edges, example.score, side='right')}"
        if example.label is None and sets[example.target] < smallest:
            return ""
        return example.target or ""

    return [stratum(example) for example in examples]
