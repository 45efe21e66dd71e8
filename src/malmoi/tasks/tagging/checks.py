"""What the annotated spans of examples are: entities or parts of speech, inside words or not, and whether they can be used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from malmoi.config import unknown_name
from malmoi.data.examples import SpanExample
from malmoi.data.labels import row_name
from malmoi.data.shapes.spans import check_spans
from malmoi.data.values import BadCell
from malmoi.errors import DataError
from malmoi.messages import say

_COVERED = 0.99  # of all characters, from which on annotation is taken for parts of speech
_UNKNOWN = 0.2  # of all spans, from which on labels are taken for another tag set


def given_tokens(example: SpanExample) -> tuple[tuple[int, int], ...] | None:
    """Return the places of an example's tokens: its annotated spans, else its token boundaries."""
    return example.tokens if example.spans is None else tuple(span.place for span in example.spans)


def covers_text(examples: Sequence[SpanExample]) -> bool:
    """Whether the spans leave next to no character out, as parts of speech do and entities do not.

    >>> from malmoi.data.examples import Span
    >>> covers_text([SpanExample("비가 와", (Span(0, 2, "NOUN"), Span(3, 4, "VERB")))])
    True
    """
    covered = total = 0
    for example in examples:
        total += sum(not char.isspace() for char in example.text)
        for span in example.spans or ():
            covered += sum(not char.isspace() for char in example.text[span.start : span.end])
    return covered > _COVERED * total


def parts_words(examples: Sequence[SpanExample]) -> bool:
    """Whether any span begins or ends inside an eojeol.

    >>> from malmoi.data.examples import Span
    >>> parts_words([SpanExample("손흥민은 산다", (Span(0, 3, "PS"),))]), parts_words([SpanExample("비가 와", (Span(0, 2, "N"),))])
    (True, False)
    """
    return any(
        not (text[span.start - 1 : span.start].strip() == "" == text[span.end : span.end + 1].strip())
        for example in examples
        for text in [example.text]
        for span in example.spans or ()
    )


def check_tagged(
    examples: Sequence[SpanExample], labels: Collection[str], source: str, *, strict: bool, training: bool
) -> None:
    """Raise `DataError` for the first example whose spans are missing or impossible, and for labels the model does not know.

    Where it is not `strict` up to a fifth of the spans may have such labels: rare ones, which count as errors.
    """
    for i, example in enumerate(examples, 1):
        where = f"{source}, {row_name(i, example)}: "
        if example.spans is None:
            raise DataError(where + say("주석(spans)이 없습니다.", "there is no annotation (spans)."))
        try:
            check_spans(example.text, example.spans)
        except BadCell as error:
            raise DataError(f"{where}{error}.") from error
    counts = Counter(span.label for example in examples for span in example.spans or ())
    if training and not counts:
        raise DataError(
            say(f"{source}: 배울 span 이 하나도 없습니다.", f"{source}: there is not one span to learn from.")
        )
    unknown = {label: number for label, number in counts.items() if label not in labels}
    if unknown and (strict or sum(unknown.values()) > _UNKNOWN * counts.total()):
        label = max(unknown, key=unknown.__getitem__)
        row = next(
            row_name(i, example)
            for i, example in enumerate(examples, 1)
            if any(span.label == label for span in example.spans or ())
        )
        raise DataError(f"{source}, {row}: " + unknown_name(label, label, list(labels)))
