"""Which column is the text, the pair, the label: given by the user, else recognised by name, else by content."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from malmoi.errors import DataError
from malmoi.messages import say
from malmoi.text.josa import attach

# Most telling names first; compared without case, spaces, "_" and "-".
# fmt: off
TEXT_NAMES = (
    "text", "document", "sentence1", "sentence", "premise", "question1", "text1", "review", "comment", "comments",
    "content", "utterance", "query", "question", "q", "문장1", "문장", "텍스트", "본문", "내용", "리뷰", "리뷰내용",
    "댓글", "댓글내용", "문서", "발화", "발화문", "질문", "전제", "후기", "제목", "body", "message", "title", "tokens", "dialogue", "turns",
)
PAIR_NAMES = (
    "sentence2", "hypothesis", "question2", "text2", "pair", "textpair", "문장2", "둘째문장", "가설", "텍스트2", "질문2",
)
LABEL_NAMES = (
    "label", "goldlabel", "labels", "class", "category", "sentiment", "target", "intent", "isduplicate", "레이블", "라벨",
    "감정", "감성", "분류", "카테고리", "정답", "의도", "긍부정", "클래스", "평가", "score", "점수",
)
QUESTION_NAMES = ("question", "질문", "query", "문제", "q")  # beside one of the next: a question on a context
CONTEXT_NAMES = ("context", "지문", "본문", "passage", "문단")
# fmt: on
ID_NAMES = ("id", "guid")
ANSWER_PREFIX = "malmoi_"  # of the columns in which `malmoi predict` answers: read only when the user names one


@dataclass(frozen=True)
class Columns:
    """The user's choice of columns: a header name, or a 1-based number as a string ("2") for files without a header.

    What is None is read as in training where there is such a column (`trained`: the names that a run was trained on), else
    guessed by name, then by content; a pair is guessed only when the text is, too.
    """

    text: str | None = None
    pair: str | None = None
    label: str | None = None
    trained: Columns | None = None

    @property
    def named(self) -> tuple[str, ...]:
        """The columns the user named."""
        return tuple(name for name in (self.text, self.pair, self.label) if name is not None)

    def knows(self, cell: str) -> bool:
        """Whether a cell is a usual column name, or one of the user's or of the training."""
        named = (*self.named, *(self.trained.named if self.trained else ()))
        return is_known(cell) or (cell in named and not is_number_choice(cell))

    def among(self, names: Collection[str]) -> Columns:
        """Return the choice for a file with these columns, `trained` resolved: the user's word first, text and pair together.

        >>> Columns(label="점수", trained=Columns("내용", label="등급")).among(["제목", "내용", "등급", "점수"])
        Columns(text='내용', pair=None, label='점수', trained=None)
        """
        if self.trained is None:
            return self
        places = {name: str(place) for place, name in reversed(list(enumerate(names, 1)))}

        def there(name: str | None) -> str | None:
            is_free = name in places and not {name, places[name]} & {*self.named}
            return name if is_free else None

        text, pair, label = self.text, self.pair or there(self.trained.pair), self.label or there(self.trained.label)
        if text is None and (pair is not None or self.trained.pair is None):
            text = there(self.trained.text)
        return Columns(text, pair, label)


@dataclass(frozen=True, slots=True)
class Roles:
    """Positions of the columns in `names` (0-based); `label`, `pair` and `id` are None when there is no such column."""

    names: tuple[str, ...]
    text: int
    pair: int | None
    label: int | None
    id: int | None
    notes: tuple[str, ...] = ()

    @property
    def columns(self) -> Columns:
        """The names of what was read, to read other files alike: no numbers, which are no names, and no answers of malmoi."""

        def name(place: int | None) -> str | None:
            name = None if place is None else self.names[place]
            return None if name is None or is_number_choice(name) or is_answer(name) else name

        return Columns(name(self.text), name(self.pair), name(self.label))


def is_known(name: str) -> bool:
    """Whether a cell is a usual column name, the sign of a header line."""
    plain = plain_name(name)
    known = any(plain in names for names in (ID_NAMES, TEXT_NAMES, PAIR_NAMES, LABEL_NAMES))
    return known or is_answer(name)


def is_answer(name: str) -> bool:
    """Whether a column holds answers of `malmoi predict`, which are nobody's annotation."""
    return name.startswith(ANSWER_PREFIX)


def is_number_choice(name: str) -> bool:
    """Whether the user's choice is a 1-based column number."""
    return name.isascii() and name.isdigit() and int(name) >= 1


def choose_roles(
    source: str,
    names: Sequence[str],
    columns: Columns,
    sample: Sequence[Sequence[str]],
    *,
    labelled: bool,
    header: bool,
) -> Roles:
    """Decide the role of each column; `sample` holds the first rows as strings, for guesses by content.

    Raises `DataError` that lists the columns when a named one is missing or a needed one cannot be told.
    """
    names = tuple(names)
    notes: list[str] = []
    answers = [i for i, name in enumerate(names) if is_answer(name)]
    if labelled and answers and columns.label is None:
        notes.append(_passed_over(names[answers[0]]))
    columns = columns.among(names)
    text = _given(source, names, columns.text, "--text")
    pair = _given(source, names, columns.pair, "--pair")
    label = _given(source, names, columns.label, "--label")
    taken = {*answers, *(position for position in (text, pair, label) if position is not None)}
    if labelled and label is None:
        label = _by_name(names, LABEL_NAMES, taken, notes, say("라벨", "label"))
        taken |= {label} if label is not None else set()
    if text is None and pair is None:
        text, pair = _question_and_context(names, taken)
        taken |= {text, pair} - {None}  # type: ignore[arg-type]
    if text is None:
        text = _by_name(names, TEXT_NAMES, taken, notes, say("텍스트", "text"))
        taken |= {text} if text is not None else set()
        if pair is None:
            pair = _by_name(names, PAIR_NAMES, taken, notes, say("둘째 문장", "pair"))
            taken |= {pair} if pair is not None else set()
    by_content = text is None or (labelled and label is None)
    if by_content:
        table = _Table(source, names, sample, header)
        text, label = _by_content(table, text, label, taken, labelled=labelled)
    for position in (text, pair, label):
        if position is not None and names.count(names[position]) > 1:
            notes.append(_repeated(names[position]))
    assert text is not None
    notes.append(_read(names, text, pair, label if labelled else None, by_content=by_content))
    identity = next((i for i, name in enumerate(names) if plain_name(name) in ID_NAMES and i not in taken), None)
    return Roles(names, text, pair, label if labelled else None, identity if header else None, tuple(notes))


def plain_name(name: str) -> str:
    """Return a column name as names are compared.

    >>> plain_name(" Answer_Start ")
    'answerstart'
    """
    return name.strip().casefold().replace("_", "").replace("-", "").replace(" ", "")


def _question_and_context(names: tuple[str, ...], taken: set[int]) -> tuple[int | None, int | None]:
    """Return the columns of a question and of what it is asked on; both None unless both are there."""
    text, pair = (_by_name(names, known, taken, [], "") for known in (QUESTION_NAMES, CONTEXT_NAMES))
    return (None, None) if text is None or pair is None else (text, pair)


def _given(source: str, names: tuple[str, ...], wish: str | None, flag: str) -> int | None:
    if wish is None:
        return None
    if wish in names:
        return names.index(wish)
    if is_number_choice(wish) and int(wish) <= len(names):
        return int(wish) - 1
    close = difflib.get_close_matches(wish, names, n=1, cutoff=0.4)
    hint_ko, hint_en = (f" 혹시 '{close[0]}' 인가요?", f" Did you mean '{close[0]}'?") if close else ("", "")
    found = _listing(names)
    raise DataError(
        say(
            f"{source}, 1번째 줄: '{wish}' 열이 없습니다 ({flag}).{hint_ko} 있는 열: {found}",
            f"{source}, line 1: there is no column '{wish}' ({flag}).{hint_en} Columns found: {found}",
        )
    )


def _by_name(names: tuple[str, ...], known: Sequence[str], taken: set[int], notes: list[str], role: str) -> int | None:
    """Return the free column with the most telling name; say so when another one would have done too."""
    plain = [plain_name(name) for name in names]
    found = [plain.index(name) for name in known if name in plain and plain.index(name) not in taken]
    if len(found) > 1:
        others = ", ".join(f"'{names[i]}'" for i in found[1:])
        notes.append(
            say(
                f"{role} 열로 {attach(repr(names[found[0]]), '을/를')} 골랐습니다 (다른 후보: {others}).",
                f"chose '{names[found[0]]}' as the {role} column (also possible: {others}).",
            )
        )
    return found[0] if found else None


@dataclass(frozen=True, slots=True)
class _Table:
    """What is known of a table when its columns are guessed by content."""

    source: str
    names: tuple[str, ...]
    sample: Sequence[Sequence[str]]
    header: bool


def _by_content(
    table: _Table, text: int | None, label: int | None, taken: set[int], *, labelled: bool
) -> tuple[int, int | None]:
    """Tell text from label by content: labels are short and repeat, texts are longer; anything unclear is an error."""
    free = [i for i in range(len(table.names)) if i not in taken]
    if labelled and label is None:
        label = _only([i for i in free if _is_label_like(table.sample, i)])
        if label is None or (table.header and len(free) > 2):
            raise _unclear(table, say("라벨", "label"), "--label")
        free.remove(label)
    if text is None:
        texts = [i for i in free if not _is_number_column(table.sample, i)]
        text = _only(texts)
        if text is None:
            text = _only([i for i in texts if not _is_label_like(table.sample, i)])
        if text is None or (table.header and sum(not is_answer(name) for name in table.names) > 2):
            raise _unclear(table, say("텍스트", "text"), "--text")
    return text, label


def _only(candidates: list[int]) -> int | None:
    return candidates[0] if len(candidates) == 1 else None


def _is_label_like(sample: Sequence[Sequence[str]], column: int) -> bool:
    values = [row[column].strip() for row in sample if column < len(row)]
    distinct = set(values)
    return 0 < len(distinct) <= max(2, min(50, len(values) // 2)) and max(map(len, distinct)) <= 30


def _is_number_column(sample: Sequence[Sequence[str]], column: int) -> bool:
    return all(is_number(row[column]) for row in sample if column < len(row))


def is_number(cell: str) -> bool:
    """Whether a cell is a plain number ("3", "-1.5")."""
    digits = cell.strip()
    return digits[digits[:1] in ("+", "-") :].replace(".", "", 1).isdecimal()


def _read(names: tuple[str, ...], text: int, pair: int | None, label: int | None, *, by_content: bool) -> str:
    parts = ((text, "텍스트는", "text"), (pair, "둘째 글은", "second text"), (label, "라벨은", "label"))
    ko = ", ".join(f"{role} '{names[place]}' 열" for place, role, _ in parts if place is not None)
    en = ", ".join(f"{role} from column '{names[place]}'" for place, _, role in parts if place is not None)
    how_ko, how_en = ("내용을 보고 ", "by content: ") if by_content else ("", "read: ")
    return say(f"{how_ko}{ko}에서 읽었습니다.", f"{how_en}{en}.")


def _passed_over(name: str) -> str:
    return say(
        f"malmoi 가 답한 열 ('{name}' …)은 사람이 단 라벨이 아니어서 건너뛰었습니다. 라벨로 읽으려면 --label 로 지정하세요.",
        f"columns with answers of malmoi ('{name}' …) are nobody's labels and were passed over. To read one as the label, name it with --label.",
    )


def _repeated(name: str) -> str:
    return say(
        f"'{name}' 열이 여러 번 있어 첫 번째 것을 읽었습니다.",
        f"column '{name}' stands more than once; the first was read.",
    )


def _unclear(table: _Table, role: str, flag: str) -> DataError:
    first = _listing(table.sample[0]) if table.sample else say("없음", "none")
    number_ko, number_en = " (열 번호, 1부터)", " (a column number, from 1)"
    if table.header:
        number_ko = "; 첫 줄이 열 이름이 아니면 열 번호로 (--text 1 --label 2)"
        number_en = ", by number if the first line is data (--text 1 --label 2)"
    return DataError(
        say(
            f"{table.source}, 1번째 줄: 어느 열이 {role}인지 알 수 없습니다. {flag} 로 지정하세요{number_ko}. "
            f"있는 열: {_listing(table.names)}. 첫 자료 행: {first}",
            f"{table.source}, line 1: cannot tell which column is the {role}. Choose it with {flag}{number_en}. "
            f"Columns found: {_listing(table.names)}. First data row: {first}",
        )
    )


def _listing(names: Sequence[str]) -> str:
    return ", ".join(f"'{name if len(name) <= 30 else name[:30] + '…'}'" for name in names[:20])
