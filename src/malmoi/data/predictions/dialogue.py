"""What the task on dialogues says: the state after the last turn, slot by slot."""

from __future__ import annotations

from dataclasses import dataclass

from malmoi.data.predictions.base import Bar, Prediction
from malmoi.messages import say


@dataclass(frozen=True, slots=True)
class SlotValue:
    """A slot of a domain, the value it has, and the probability of that."""

    domain: str
    slot: str
    value: str
    score: float

    @property
    def label(self) -> str:
        """As WoS writes it: "domain-slot-value"."""
        return f"{self.domain}-{self.slot}-{self.value}"


@dataclass(frozen=True, slots=True)
class DialoguePrediction(Prediction):
    """All that the user has asked for up to the last turn, in the order of the ontology.

    >>> from malmoi.messages import set_language; set_language("ko")
    >>> state = (SlotValue("식당", "지역", "서울 중앙", 0.98), SlotValue("식당", "주차 가능", "yes", 0.9))
    >>> said = DialoguePrediction("중앙 쪽에 주차 되는 식당이요", None, state)
    >>> said.sentence, said.labels
    ('지금까지의 조건: 식당 지역 = 서울 중앙, 식당 주차 가능 = yes', ('식당-지역-서울 중앙', '식당-주차 가능-yes'))
    >>> set_language(None)
    """

    state: tuple[SlotValue, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The state as WoS writes it, a string for each slot."""
        return tuple(found.label for found in self.state)

    @property
    def sentence(self) -> str:
        if not self.state:
            return say("아직 정해진 조건이 없습니다.", "Nothing has been asked for yet.")
        listed = ", ".join(f"{found.domain} {found.slot} = {found.value}" for found in self.state)
        return say(f"지금까지의 조건: {listed}", f"Asked for so far: {listed}")

    @property
    def bars(self) -> list[Bar]:
        return [Bar(found.label, found.score, True) for found in self.state]
