"""Dialogue states, as KLUE scores them on WoS: a turn's state is a set of "domain-slot-value" strings."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from malmoi.metrics.counts import CountTable, check_lengths, f1_of_counts, mean_table

States = Sequence[Collection[str]]


def state_table(gold: States, predicted: States) -> CountTable:
    """Return the counts behind wos_jga, wos_slot_f1 and slot_f1_micro, of the states of turns.

    wos_jga is the share of turns whose state is right in all parts. KLUE's slot F1, wos_slot_f1, is the *mean of the turns'
    F1*, where nothing to say and nothing said counts 1; slot_f1_micro is F1 over the slots of all turns. Intervals are over
    turns. Raises `ValueError` without turns or for lists of different length.

    >>> gold = [["숙소-지역-서울 중앙"], ["숙소-지역-서울 중앙", "숙소-예약 명수-2"]]
    >>> predicted = [["숙소-지역-서울 중앙"], ["숙소-지역-서울 중앙", "숙소-예약 명수-3"]]
    >>> {name: round(value, 3) for name, value in state_table(gold, predicted).values().items()}
    {'wos_jga': 0.5, 'wos_slot_f1': 0.75, 'slot_f1_micro': 0.667}
    """
    check_lengths(gold, predicted)
    states = [(set(state), set(answer)) for state, answer in zip(gold, predicted, strict=True)]
    counts = np.array([(len(state & answer), len(state), len(answer)) for state, answer in states], dtype=np.float64)
    counts = counts.reshape(-1, 3)
    hits, golds, answers = counts.T
    turns = {
        "wos_jga": (hits == golds) & (hits == answers),
        "wos_slot_f1": np.where(golds + answers > 0, f1_of_counts(hits, golds, answers), 1.0),
    }
    return mean_table(turns) | CountTable(counts, lambda sums: {"slot_f1_micro": f1_of_counts(*sums.T)})
