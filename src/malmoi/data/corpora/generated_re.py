"""Sentences about invented people and organisations with KLUE-RE's 30 relations, made from templates; no file is needed.

One real instance: `[[한지우|PER]]의 출생지는 ((강릉|LOC))이다.` → per:place_of_birth. Every relation occurs as often as any other
as what a sentence says, half of the texts state a second fact, and the subject of one with the object of the other is the
no_relation of the same words (a fifth of all). Templates and values of `train` (3,000), `dev` (400) and `test` (600) are disjoint, so
that what is learned must be read. It shows that the task learns; it is no benchmark of Korean.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from malmoi.data.corpora.catalog import Corpus, LabelName
from malmoi.data.corpora.templates import draw, fill, material
from malmoi.data.examples import Dataset, RelationExample, Span
from malmoi.data.relation_names import NO_RELATION, RELATIONS, relation_names

SIZES = {"train": 3000, "dev": 400, "test": 600}
_FILE = "generated_re.json"
_SECOND, _ACROSS, _REVERSED, _FILLER = 0.5, 0.4, 0.5, 0.3  # shares of texts that have one


@dataclass(frozen=True, slots=True)
class Fact:
    """A sentence that relates a subject to an object; `reverse` is the relation the other way round, if there is one."""

    text: str
    subject: Span
    object: Span
    relation: str
    reverse: str | None

    def moved(self, offset: int) -> Fact:
        """Return the fact as it stands `offset` characters further on."""
        first, second = (
            Span(span.start + offset, span.end + offset, span.label) for span in (self.subject, self.object)
        )
        return Fact(self.text, first, second, self.relation, self.reverse)


class Writer:
    """Writes the texts of one split, always the same ones."""

    def __init__(self, split: str) -> None:
        self.split = split
        self.rng = random.Random(f"generated-re:{split}")
        self.material = _material()

    def example(self, relation: str, name: str) -> RelationExample:
        """Return a text that says `relation`, and a question on it: that relation, its reverse, or an unrelated pair."""
        rng, values = self.rng, set[str]()
        asked = self.fact(relation, values)
        facts = [asked]
        if rng.random() < _SECOND:
            facts.insert(rng.randrange(2), self.fact(rng.choice(RELATIONS), values))
        text = rng.choice(self.material["openers"][self.split])
        placed: list[Fact] = []
        for fact in facts:
            text += " " if placed else ""
            placed.append(fact.moved(len(text)))
            text += fact.text
        if rng.random() < _FILLER:
            text += " " + rng.choice(self.material["fillers"][self.split])
        asked = placed[facts.index(asked)]
        if len(placed) == 2 and rng.random() < _ACROSS:
            other = placed[1 - placed.index(asked)]
            return RelationExample(text, asked.subject, other.object, NO_RELATION, name)
        if asked.reverse and rng.random() < _REVERSED:
            return RelationExample(text, asked.object, asked.subject, asked.reverse, name)
        return RelationExample(text, asked.subject, asked.object, asked.relation, name)

    def fact(self, relation: str, taken: set[str]) -> Fact:
        """Return a sentence that says a relation, of values that are not `taken` yet."""
        own = self.rng.choice([kind for kind in self.material["facts"] if kind["relation"] == relation])
        found, labels = {}, {}
        for gap, role in (("s", "subject"), ("o", "object")):
            kind = self.material["values"][own[role]]
            found[gap] = draw(kind["forms"], self.split, self.rng, taken)
            labels[gap] = kind["type"]
            taken.add(found[gap])
        filled = fill(self.rng.choice(own[self.split]), found)
        subject, object_ = (Span(*filled.places[gap], labels[gap]) for gap in ("s", "o"))
        return Fact(filled.text, subject, object_, relation, own.get("reverse"))


@cache
def _material() -> Mapping[str, Any]:
    return material(_FILE)


def generate(split: str, size: int) -> Sequence[RelationExample]:
    """Return `size` different examples of a split; the first ones do not depend on how many follow."""
    writer = Writer(split)
    found: dict[Any, RelationExample] = {}
    i = 0
    while len(found) < size:
        example = writer.example(RELATIONS[i % len(RELATIONS)], f"generated-re-{split}-{len(found):04}")
        found.setdefault((example.text, example.subject, example.object), example)
        i += 1
    return list(found.values())


def load_generated(split: str) -> Dataset:
    """Return a split."""
    return Dataset(list(generate(split, SIZES[split])), source=f"generated-re:{split}")


GENERATED_RE = Corpus(
    name="generated-re",
    task="relations",
    title_ko="틀로 지어낸 문장의 관계 30가지 (파일 없이)",
    title_en="30 relations in sentences made from templates (needs no file)",
    licence="MIT",
    citation="malmoi",
    files=(),
    splits=tuple(SIZES),
    reader=load_generated,
    labels=tuple(LabelName(*names) for names in relation_names()),
)
