"""What the task on two entities says: how the first is related to the second."""

from __future__ import annotations

from dataclasses import dataclass

from malmoi.data.predictions.base import Bar, Mark, Prediction, percent
from malmoi.data.relation_names import NO_RELATION, relation_name
from malmoi.messages import say
from malmoi.text.josa import attach


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity of a text: its word, its type ("" when unknown), characters `start` to `end`, end exclusive."""

    text: str
    label: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class RelationPrediction(Prediction):
    """The relation of the subject to the object, its probability, and those of all relations (most probable first).

    >>> from malmoi.messages import set_language; set_language("ko")
    >>> subject, object_ = Entity("이순신", "PER", 0, 3), Entity("조선", "LOC", 5, 7)
    >>> scores = {"per:origin": 0.94, "no_relation": 0.06}
    >>> RelationPrediction("이순신은 조선의 장군이다", None, subject, object_, "per:origin", 0.94, scores).sentence
    "'이순신'과 '조선'의 관계는 '출신·국적'일 가능성이 94 %입니다."
    >>> set_language(None)
    """

    subject: Entity
    object: Entity
    relation: str
    score: float
    scores: dict[str, float]

    @property
    def sentence(self) -> str:
        first, second = f"'{self.subject.text}'", f"'{self.object.text}'"
        share, name = percent(self.score), relation_name(self.relation)
        if self.relation == NO_RELATION:
            return say(
                f"{attach(first, '과/와')} {second} 사이에 정해진 관계가 없을 가능성이 {share}입니다.",
                f"{first} has none of the relations to {second} with probability {share}.",
            )
        return say(
            f"{attach(first, '과/와')} {second}의 관계는 '{name}'일 가능성이 {share}입니다.",
            f"The relation of {first} to {second} is '{name}' with probability {share}.",
        )

    @property
    def bars(self) -> list[Bar]:
        return [Bar(name, share, name == self.relation) for name, share in self.scores.items()]

    @property
    def marks(self) -> list[Mark]:
        roles = ((self.subject, say("주어", "subject")), (self.object, say("대상", "object")))
        return [Mark(entity.start, entity.end, f"{role} {entity.label}".strip()) for entity, role in roles]
