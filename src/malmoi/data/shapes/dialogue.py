"""Dialogues with the state after each of the user's turns: the JSON of WoS (KLUE-DST), and a form of malmoi's own.

WoS: `{"guid", "domains", "dialogue": [{"role": "user", "text", "state": ["식당-지역-서울 중앙", …]}, {"role": "sys", "text"}, …]}`.
malmoi: `{"turns": [{"user", "system", "state"}, …], "id"}`, where `system` is what the system said before the user's words; or
only a `text` whose lines begin with `user:` or `sys:`. Each of the user's turns makes an example with all that was said before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from malmoi.data.columns import Columns
from malmoi.data.examples import DialogueExample, Turn
from malmoi.data.ontology import slot_and_value
from malmoi.data.shapes.base import Shape
from malmoi.data.tables import shorten
from malmoi.data.values import BadCell, as_string, as_text, tidy_label
from malmoi.messages import say
from malmoi.text.josa import attach

ROLES = {"user": True, "sys": False, "system": False, "사용자": True, "시스템": False}
_LINE = re.compile(r"\s*(user|sys|system|사용자|시스템)\s*:\s?", re.IGNORECASE)
_FORM = '[{"role": "user", "text": "…", "state": ["식당-지역-서울 중앙"]}, {"role": "sys", "text": "…"}]'


def read_dialogue(cells: Mapping[str, Any], columns: Columns, row: int) -> Iterator[DialogueExample]:
    """Yield an example for each of the user's turns of a record; raise `BadCell` that names the turn.

    >>> turns = [{"role": "user", "text": "식당 찾아요", "state": []}, {"role": "sys", "text": "어느 지역이요?"}]
    >>> turns.append({"role": "user", "text": "중앙이요", "state": ["식당-지역-서울 중앙"]})
    >>> [(example.id, example.state) for example in read_dialogue({"guid": "wos-1", "dialogue": turns}, Columns(), 1)]
    [('wos-1-0', ()), ('wos-1-1', ('식당-지역-서울 중앙',))]
    """
    turns = read_turns(cells, columns.text)
    identity = next((as_string(cells[name]) for name in ("guid", "id") if cells.get(name) is not None), "")
    dialogue = identity or (str(row) if row else "")
    for i in range(len(turns)):
        yield DialogueExample(turns[: i + 1], dialogue, f"{identity}-{i}" if identity else None, row)


def read_turns(cells: Mapping[str, Any], text: str | None = None) -> tuple[Turn, ...]:
    """Return the turns of a record, from its `dialogue`, its `turns` or the lines of its text; raise `BadCell` for none.

    The system's words after the user's last are left out: nothing is asked about them.
    """
    key = next((name for name in ("dialogue", "turns") if cells.get(name) is not None), None)
    text = text or "text"
    if key is None:
        if cells.get(text) is None:
            raise BadCell(say(f"대화가 없습니다. {_FORM} 꼴로 주세요", f"missing. Give it as {_FORM}"), "dialogue")
        return turns_of_text(as_text(cells[text]))
    said = cells[key]
    if isinstance(said, str):
        if not said.lstrip().startswith("["):
            return turns_of_text(as_text(said))
        said = _json_list(said)
    if not isinstance(said, Sequence) or isinstance(said, str) or not all(isinstance(turn, Mapping) for turn in said):
        raise BadCell(say(f"{_FORM} 꼴이 아닙니다", f"not of the form {_FORM}") + f": {shorten(said)}", key)
    turns = _of_roles(said, key) if any("role" in turn for turn in said) else _of_turns(said, key)
    if not turns:
        raise BadCell(say("사용자의 말이 없습니다", "the user says nothing"), key)
    return turns


def turns_of_text(text: str) -> tuple[Turn, ...]:
    """Return the turns of a text whose lines say who speaks; without that, the last line is the user's and speakers alternate.

    A line without a speaker goes on with the one before it.

    >>> turns_of_text("user: 식당 찾아요\\nsys: 어느 지역이요?\\nuser: 중앙이요")[1]
    Turn(user='중앙이요', system='어느 지역이요?', state=None)
    >>> turns_of_text("안녕하세요. 도와드릴까요?\\n식당 찾아요")
    (Turn(user='식당 찾아요', system='안녕하세요. 도와드릴까요?', state=None),)
    """
    lines = [line for line in text.splitlines() if line.strip()]
    said: list[tuple[bool, str]] = []
    if any(_LINE.match(line) for line in lines):
        for line in lines:
            speaker = _LINE.match(line)
            if speaker is None and said:
                said[-1] = (said[-1][0], f"{said[-1][1]} {line.strip()}")
            else:
                is_user = ROLES[speaker[1].lower()] if speaker else True
                said.append((is_user, (line[speaker.end() :] if speaker else line).strip()))
    else:
        said = [((len(lines) - i) % 2 == 1, line.strip()) for i, line in enumerate(lines)]
    if not said:
        return (Turn(text),)
    turns = _turns([(is_user, words, None) for is_user, words in said])
    if not turns:
        raise BadCell(
            say(
                "사용자의 말이 없습니다 (user: 로 시작하는 줄)", "the user says nothing (a line that begins with user:)"
            )
        )
    return turns


def _json_list(text: str) -> Any:
    """Return the list that a table spells in a cell, the text itself when it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _of_roles(said: Sequence[Mapping[str, Any]], key: str) -> tuple[Turn, ...]:
    spoken = []
    for number, turn in enumerate(said, 1):
        role = str(turn.get("role", "")).strip().lower()
        if role not in ROLES:
            listed = ", ".join(ROLES)
            raise _bad(
                key,
                number,
                say(
                    f"role {attach(repr(role), '을/를')} 모릅니다 (가능: {listed})",
                    f"unknown role {role!r} (known: {listed})",
                ),
            )
        spoken.append(
            (ROLES[role], _words(turn, "text", key, number), _state(turn, key, number) if ROLES[role] else None)
        )
    return _turns(spoken)


def _of_turns(said: Sequence[Mapping[str, Any]], key: str) -> tuple[Turn, ...]:
    return tuple(
        Turn(
            _words(turn, "user", key, number),
            _words(turn, "system", key, number) if turn.get("system") is not None else "",
            _state(turn, key, number),
        )
        for number, turn in enumerate(said, 1)
    )


def _turns(spoken: Sequence[tuple[bool, str, tuple[str, ...] | None]]) -> tuple[Turn, ...]:
    """Return what the user said with what the system had said just before, one turn for each of the user's."""
    turns, before = [], ""
    for is_user, words, state in spoken:
        if is_user:
            turns.append(Turn(words, before, state))
            before = ""
        else:
            before = f"{before} {words}".strip()
    return tuple(turns)


def _words(turn: Mapping[str, Any], name: str, key: str, number: int) -> str:
    if turn.get(name) is None:
        raise _bad(key, number, say(attach(f"'{name}'", "이/가") + " 없습니다", f"'{name}' is missing"))
    try:
        return as_text(turn[name])
    except BadCell as error:
        raise _bad(key, number, f"'{name}': {error}") from error


def _state(turn: Mapping[str, Any], key: str, number: int) -> tuple[str, ...] | None:
    state = turn.get("state")
    if state is None:
        return None
    form = '["식당-지역-서울 중앙", …]'
    if not isinstance(state, (list, tuple)) or not all(isinstance(value, str) for value in state):
        raise _bad(
            key, number, say(f"state 는 {form} 꼴이어야 합니다", f"state must be {form}") + f": {shorten(state)}"
        )
    found = []
    for value in state:
        try:
            found.append("-".join(slot_and_value(tidy_label(value))))  # answers are compared in this spelling
        except ValueError as error:
            wrong = say("'도메인-슬롯-값' 꼴이 아닙니다", "not of the form 'domain-slot-value'")
            raise _bad(key, number, f"state: {wrong}: {shorten(value)}") from error
    return tuple(found)


def _bad(key: str, number: int, problem: str) -> BadCell:
    return BadCell(say(f"{number}번째 말: {problem}", f"utterance {number}: {problem}"), key)


DIALOGUE = Shape(
    "dialogue",
    DialogueExample,
    read_dialogue,
    (
        f'{{"dialogue": {_FORM}}}',
        '{"turns": [{"user": "식당 찾아요", "system": "", "state": ["식당-지역-서울 중앙"]}]}',
    ),
)
