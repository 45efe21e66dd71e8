"""Cleaning (전처리), opt-in and in the order it is written: the steps there are, how they are spelled, and what applies them.

>>> clean_text("<b>대박</b>ㅋㅋㅋㅋㅋ www.malmoi.kr", "html,url,repeats=2,whitespace")
'대박ㅋㅋ'

The default normaliser (NFC, control characters) runs before the first step and behind the last. Every character of the result
keeps its raw span, so labels and answers stay where they are in the raw text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from malmoi.config import unknown_name
from malmoi.errors import ConfigError
from malmoi.messages import say
from malmoi.text.aligned import AlignedText
from malmoi.text.emoji import emoji
from malmoi.text.hanja import hanja
from malmoi.text.normalizer import Normalizer
from malmoi.text.spacing import spacing
from malmoi.text.steps import Choice, Number, Step, StepKind, Words
from malmoi.text.symbols import brackets, fullwidth, repeats, special, whitespace
from malmoi.text.web import email, html, url
from malmoi.text.words import morphemes, particles, stopwords

_SHOWN = 60
Spelling = str | Iterable[str | Step]

STEPS: tuple[StepKind, ...] = (
    StepKind("html", html, ("태그를 빼고 &amp; 를 글자로", "take out tags, turn &amp; into characters")),
    StepKind("url", url, ("웹 주소 빼기, [URL]", "take out web addresses, or [URL]"), Choice(("drop", "mask"))),
    StepKind("email", email, ("메일 주소 빼기, [EMAIL]", "take out mail addresses, or [EMAIL]"), Choice(("drop", "mask"))),
    StepKind("emoji", emoji, ("이모지 빼기, 한국어 이름, 두기", "take out emoji, name them in Korean, keep them"), Choice(("drop", "name", "keep"))),
    StepKind("repeats", repeats, ("ㅋㅋㅋㅋ, !!!!, 와와와와 를 몇 번까지", "ㅋㅋㅋㅋ, !!!!, 와와와와 at most so often"), Number(2, 1, 10)),
    StepKind("special", special, ("특수 문자 빼기: ★♥▶, 모든 문장 부호, 한글 아닌 것", "take out ★♥▶, all punctuation, all but Hangul"), Choice(("symbols", "punctuation", "hangul"))),
    StepKind("brackets", brackets, ("(괄호)와 그 안 빼기", "take out (brackets) and what they hold")),
    StepKind("hanja", hanja, ("한자 빼기, 한글로 읽기, 두기", "take out hanja, read them in Hangul, keep them"), Choice(("drop", "reading", "keep"))),
    StepKind("fullwidth", fullwidth, ("전각 ＡＢＣ 를 ABC 로", "ＡＢＣ becomes ABC")),
    StepKind("spacing", spacing, ("띄어쓰기 고치기 (Kiwi)", "put spacing right (Kiwi)"), asks_kiwi=True),
    StepKind("particles", particles, ("조사 빼기 (Kiwi)", "take out particles (Kiwi)"), asks_kiwi=True),
    StepKind("morphemes", morphemes, ("형태소로 띄우기: 모두, 내용어, 명사 (Kiwi)", "one morpheme a word: all, content words, nouns (Kiwi)"), Choice(("all", "content", "nouns")), asks_kiwi=True),
    StepKind("stopwords", stopwords, ("불용어 빼기", "take out these words"), Words()),
    StepKind("whitespace", whitespace, ("빈칸과 줄바꿈을 한 칸으로", "one space for every run of space")),
)  # fmt: skip


def parse_steps(spelling: Spelling) -> tuple[Step, ...]:
    """Return the steps of "html,url,repeats=2" or of a list of such spellings (whose values may hold commas), in order.

    A value of `stopwords` that begins with @ names a file, which is read now. Raises `ConfigError` for an unknown step or a bad
    value, with the nearest, and `MissingExtra` for a step that needs Kiwi where it is not installed.

    >>> [str(step) for step in parse_steps("html, url, repeats=3")]
    ['html', 'url=drop', 'repeats=3']
    """
    return tuple(step if isinstance(step, Step) else _parse_step(step) for step in _split(spelling))


def spell_steps(spelling: Spelling) -> tuple[str, ...]:
    """Return the full spellings of steps, as an artifact stores them: `parse_steps` reads them without any file.

    >>> spell_steps("url,stopwords=그리고 하지만")
    ('url=drop', 'stopwords=그리고 하지만')
    """
    return tuple(map(str, parse_steps(spelling)))


def stored_steps(spelling: Spelling) -> tuple[str, ...]:
    """Return the full spellings of steps that come from an artifact or a recipe: a name of a file in them is a `ConfigError`.

    >>> stored_steps(["stopwords=그리고 하지만"])
    ('stopwords=그리고 하지만',)
    """
    steps = _split(spelling)
    for step in steps:
        if isinstance(step, str) and step.partition("=")[2].lstrip().startswith("@"):
            raise ConfigError(
                say(
                    f"{step}: 파일은 --clean 이나 --set 으로 줄 때만 읽습니다. 여기에는 낱말을 적으세요.",
                    f"{step}: a file is read only when it is given with --clean or --set. Write the words here.",
                )
            )
    return spell_steps(steps)


def show_steps(spelling: Spelling) -> str:
    """Return steps as people read them, a long list of words cut.

    >>> show_steps("html,repeats")
    'html → repeats=2'
    """
    names = map(str, parse_steps(spelling))
    return " → ".join(name if len(name) <= _SHOWN else f"{name[: _SHOWN - 1]}…" for name in names)


def describe_steps(spelling: Spelling) -> list[str]:
    """Return one line on the cleaning before a tokenizer, for people; none where there is none."""
    if not (steps := show_steps(spelling)):
        return []
    ko, en = f"전처리 {steps} (평가와 예측에도 똑같이 함)", f"cleaning {steps} (the same for evaluation and prediction)"
    return [say(ko, en)]


def asks_kiwi(spelling: Spelling) -> bool:
    """Say whether any of the steps asks Kiwi.

    >>> asks_kiwi("html"), asks_kiwi("html,particles")
    (False, True)
    """
    return any(kind.asks_kiwi for step in parse_steps(spelling) for kind in STEPS if kind.name == step.name)


def clean_text(text: str, steps: Spelling) -> str:
    """Return a text normalised and cleaned by the steps in order; errors as in `parse_steps`.

    >>> clean_text("손흥민(33)은 토트넘에서 왔다!!!!!", "brackets,repeats=1")
    '손흥민은 토트넘에서 왔다!'
    """
    return Cleaner(parse_steps(steps)).clean(text)


@dataclass(frozen=True)
class Cleaner:
    """Text in, the text the model sees out, with (`__call__`) or without (`clean`) the map to raw characters.

    >>> aligned = Cleaner(parse_steps("brackets,repeats"))("손흥민(33)은 대박ㅋㅋㅋㅋ")
    >>> aligned.text, aligned.raw_span(3, 4)
    ('손흥민은 대박ㅋㅋ', (7, 8))
    """

    steps: tuple[Step, ...] = ()
    normalizer: Normalizer = Normalizer()

    def __call__(self, text: str) -> AlignedText:
        """Return the text with the raw span of every character."""
        aligned = self.normalizer(text)
        for step in self.steps:
            aligned = aligned.then(step)
        return aligned.then(self.normalizer) if self.steps else aligned

    def clean(self, text: str) -> str:
        """Return `self(text).text` without building the map."""
        text = self.normalizer.normalize(text)
        for step in self.steps:
            text = step.clean(text)
        return self.normalizer.normalize(text) if self.steps else text


def _split(spelling: Spelling) -> list[str | Step]:
    if not isinstance(spelling, str):
        return list(spelling)
    parts: list[str | Step] = [part for part in spelling.split(",") if part.strip()]
    if spelling.strip() and not parts:
        raise ConfigError(say(f"--clean '{spelling}' 에 단계가 없습니다.", f"--clean '{spelling}' names no step."))
    return parts


def _parse_step(spelling: str) -> Step:
    name, equals, value = (part.strip() for part in spelling.partition("="))
    for kind in STEPS:
        if kind.name == name:
            return kind.build(value if equals else None)
    raise ConfigError(unknown_name(name, name, [kind.form for kind in STEPS]))
