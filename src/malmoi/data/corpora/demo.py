"""The sample that comes with malmoi: 760 review-like sentences, 긍정 / 중립 / 부정, written for it.

One real instance: `남주 발연기 때문에 도저히 못 보겠음\t부정`. Splits: `train` (640) and `final` (120, never trained on).
"""

from __future__ import annotations

from dataclasses import replace
from importlib import resources

from malmoi.data.columns import Columns
from malmoi.data.corpora.catalog import Corpus, LabelName
from malmoi.data.examples import Dataset
from malmoi.data.readers import read_examples
from malmoi.data.rules import Rules

_FILES = {"train": "demo_reviews.tsv", "final": "demo_reviews_heldout.tsv"}


def load_demo(split: str) -> Dataset:
    """Return one split of the sample, which lies inside the package."""
    with resources.as_file(resources.files("malmoi.data.corpora").joinpath(_FILES[split])) as path:
        dataset = read_examples(path, Columns(text="text", label="label"), Rules())
    return replace(dataset, source=f"demo:{split}")


DEMO = Corpus(
    name="demo",
    task="classification",
    title_ko="말모이와 함께 오는 리뷰 문장 (긍정/중립/부정)",
    title_en="review-like sentences that come with malmoi (positive, neutral, negative)",
    licence="MIT",
    citation="malmoi",
    files=(),
    splits=("train", "final"),
    reader=load_demo,
    labels=(
        LabelName("부정", "부정", "negative"),
        LabelName("중립", "중립", "neutral"),
        LabelName("긍정", "긍정", "positive"),
    ),
)
