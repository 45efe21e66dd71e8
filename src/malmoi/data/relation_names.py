"""The 30 relations of KLUE-RE in the official order, and what people call them and the types of entities.

The order is that of `relation_list.json` of KLUE-RE 1.1, by which copies of the corpus number their labels.
"""

from __future__ import annotations

from malmoi.messages import say

NO_RELATION = "no_relation"
_NAMES = {
    NO_RELATION: ("관계 없음", "no relation"),
    "org:dissolved": ("해산 시점", "date of dissolution"),
    "org:founded": ("설립 시점", "date of foundation"),
    "org:place_of_headquarters": ("본부 소재지", "place of headquarters"),
    "org:alternate_names": ("단체의 다른 이름", "another name of an organisation"),
    "org:member_of": ("속한 단체", "organisation it is a member of"),
    "org:members": ("거느린 단체", "member organisation"),
    "org:political/religious_affiliation": ("정치·종교 성향", "political or religious affiliation"),
    "org:product": ("제품·작품", "product of an organisation"),
    "org:founded_by": ("설립자", "founder"),
    "org:top_members/employees": ("대표·임원", "top member or employee"),
    "org:number_of_employees/members": ("인원수", "number of employees or members"),
    "per:date_of_birth": ("태어난 날", "date of birth"),
    "per:date_of_death": ("사망한 날", "date of death"),
    "per:place_of_birth": ("태어난 곳", "place of birth"),
    "per:place_of_death": ("사망한 곳", "place of death"),
    "per:place_of_residence": ("사는 곳", "place of residence"),
    "per:origin": ("출신·국적", "origin"),
    "per:employee_of": ("일하는 곳", "employer"),
    "per:schools_attended": ("다닌 학교", "school"),
    "per:alternate_names": ("다른 이름", "another name"),
    "per:parents": ("부모", "parent"),
    "per:children": ("자녀", "child"),
    "per:siblings": ("형제자매", "sibling"),
    "per:spouse": ("배우자", "spouse"),
    "per:other_family": ("그 밖의 가족", "other family"),
    "per:colleagues": ("동료", "colleague"),
    "per:product": ("작품", "work"),
    "per:religion": ("종교", "religion"),
    "per:title": ("직함", "title"),
}
RELATIONS = tuple(_NAMES)

TYPE_WORDS = {
    "PER": "인물",
    "ORG": "단체",
    "LOC": "장소",
    "DAT": "날짜",
    "POH": "이름",
    "NOH": "수량",
    "PS": "인물",
    "OG": "단체",
    "LC": "장소",
    "DT": "날짜",
    "TI": "시간",
    "QT": "수량",
}  # fmt: skip (KLUE-RE's types, then those of KLUE-NER)


def relation_name(relation: str) -> str:
    """Return what people call a relation, in the user's language; the relation itself when it is not KLUE's.

    >>> from malmoi.messages import set_language; set_language("ko")
    >>> relation_name("per:place_of_birth"), relation_name("원료")
    ('태어난 곳', '원료')
    >>> set_language(None)
    """
    return say(*_NAMES.get(relation, (relation, relation)))


def relation_names() -> tuple[tuple[str, str, str], ...]:
    """Return every relation with its Korean and its English name, in the official order.

    >>> relation_names()[0]
    ('no_relation', '관계 없음', 'no relation')
    """
    return tuple((relation, ko, en) for relation, (ko, en) in _NAMES.items())
