"""A dependency tree in lines of characters: a word in each line, the lines to its head and its dependents left of it.

   ┌─ 이      det
 ┌─┴─ 행사는  nsubj        a row starts at the line of its head;
─┴─── 열린다  root         what joins it further right leads to its own dependents
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

from malmoi.data.predictions.trees import ParsedWord, shown

MAX_WORDS = 200
_MAX_CELLS = 24  # of a word or a part of speech
_CROSSING = "│"
_FROM_HEAD = {(False, True): "┌", (True, True): "├", (True, False): "└"}  # (goes on above, goes on below)
_TO_DEPENDENTS = {(True, False): "┴", (True, True): "┼", (False, True): "┬"}


def tree_lines(words: Sequence[ParsedWord]) -> list[str]:
    """Return a line for each word of a tree: the drawing, the word, its relation and part of speech, in columns.

    >>> rows = [("비가", 2, "NP_SBJ"), ("내린", 3, "VP_MOD"), ("뒤", 0, "NP")]
    >>> print(*tree_lines([ParsedWord(text, 0, 0, None, head, relation) for text, head, relation in rows]), sep="\\n")
       ┌─ 비가  NP_SBJ
     ┌─┴─ 내린  VP_MOD
    ─┴─── 뒤    NP
    """
    stems = _Stems([word.head for word in words])
    cells = [[shown(part, _MAX_CELLS) for part in (w.text, w.relation, w.pos or "")] for w in words[:MAX_WORDS]]
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
    rows = ["  ".join(set_cell_size(*cell) for cell in zip(row, widths, strict=True)).rstrip() for row in cells]
    lines = [f"{stems.drawn(i)} {row}" for i, row in enumerate(rows, 1)]
    more = len(words) - len(lines)
    return [*lines, f"… (+{more:,})"] if more else lines


class _Stems:
    """The vertical lines of a tree, one for each word with dependents, from the first to the last row that it connects."""

    def __init__(self, heads: Sequence[int]) -> None:
        self.heads = [0, *heads]
        self.columns: dict[int, int] = {}  # word: column
        self.rows: dict[int, tuple[int, int]] = {}  # word: first and last row
        self.at: dict[tuple[int, int], int] = {}  # (row, column): word
        for word, head in enumerate(self.heads):
            if head:
                first, last = self.rows.get(head, (head, head))
                self.rows[head] = min(first, word), max(last, word)
        for word in filter(self.rows.__contains__, _from_the_root(self.heads)):
            self._place(word)
        self.num_columns = 1 + max(self.columns.values(), default=-1)

    def _place(self, word: int) -> None:
        """Put a stem into the first column right of the head's that is free in all its rows."""
        first, last = self.rows[word]
        column = self.columns.get(self.heads[word], -1) + 1
        while any((row, column) in self.at for row in range(first, last + 1)):
            column += 1
        self.columns[word] = column
        self.at |= {(row, column): word for row in range(first, last + 1)}

    def drawn(self, row: int) -> str:
        """Return the drawing left of a word; a line that crosses a stem it has nothing to do with goes behind it."""
        head = self.heads[row]
        start = self.columns[head] if head else -1
        characters = [" " if head else "─"]
        for column in range(self.num_columns):
            characters.append(self._crossing(row, column) or ("─" if column > start else " "))
            characters.append("─" if column >= start else " ")
        return "".join(characters)

    def _crossing(self, row: int, column: int) -> str:
        """Return what stands where a row meets a column of stems, "" for nothing."""
        word = self.at.get((row, column))
        if word is None:
            return ""
        first, last = self.rows[word]
        goes_on = first < row, row < last
        if word == self.heads[row]:
            return _FROM_HEAD[goes_on]
        return _TO_DEPENDENTS[goes_on] if word == row else _CROSSING


def _from_the_root(heads: Sequence[int]) -> list[int]:
    """Return all words, each behind its head."""
    dependents: dict[int, list[int]] = {}
    for word, head in enumerate(heads[1:], 1):
        dependents.setdefault(head, []).append(word)
    found = [0]
    for word in found:
        found += dependents.get(word, [])
    return found[1:]
