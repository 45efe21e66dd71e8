"""Train a tokenizer of any unit on a stream of texts: the same texts and settings give the same file, byte by byte.

The trainers of the `tokenizers` library walk through hash tables whose order changes from run to run. What they are given
here leaves them no choice: a first pass counts the alphabet, and the ids of its characters are fixed before they start.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import tokenizers
from tokenizers import models, pre_tokenizers, trainers

from malmoi.config import to_dict
from malmoi.errors import ConfigError, DataError
from malmoi.messages import say
from malmoi.text.cleaning import Cleaner, parse_steps
from malmoi.tokenization.alphabet import ALL_SYLLABLES, BASIC, JAMO, Alphabet
from malmoi.tokenization.presplit import MARK, Presplit
from malmoi.tokenization.spool import Spool
from malmoi.tokenization.styles import Style, find_style
from malmoi.tokenization.tokenizer import SETTINGS_KEY, Tokenizer
from malmoi.tokenization.units import Unit, build_backend, find_unit

Watch = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]  # `malmoi.cli.output.progress` is one
_WORD = re.compile(rf"{MARK}?[^\s{MARK}]+")
_UNUSED_STEP = 1e-4  # between the scores of characters that no segmentation uses (Unigram)


@dataclass(frozen=True)
class TrainerConfig:
    """What is trained; None leaves a value to the unit.

    `vocab_size` counts special and added tokens too; with `allow_smaller` a corpus may give fewer. `limit_alphabet` keeps the most frequent characters and
    `all_syllables` adds the 11,172 of Korean (the default for syllables, when they fit). `special_tokens` stand behind the
    style's own; `added_tokens` are found whole in text. `clean` are cleaning steps before the texts are counted.
    Raises `ConfigError` for what is unknown, out of range, or means nothing for the unit, `MissingExtra` without Kiwi.
    """

    unit: str = "wordpiece"
    style: str = "bert"
    vocab_size: int | None = None
    min_frequency: int | None = None
    limit_alphabet: int | None = None
    all_syllables: bool | None = None
    special_tokens: tuple[str, ...] = ()
    added_tokens: tuple[str, ...] = ()
    clean: tuple[str, ...] = ()
    allow_smaller: bool = False

    def __post_init__(self) -> None:
        unit = find_unit(self.unit)
        find_style(self.style)
        parse_steps(self.clean)
        Presplit(unit.split)
        for name, value in (("vocab_size", self.vocab_size), ("min_frequency", self.min_frequency), ("limit_alphabet", self.limit_alphabet)):  # fmt: skip
            if value is not None and value < 1:
                raise ConfigError(say(f"{name} {value}: 1 이상이어야 합니다.", f"{name} {value}: must be 1 or more."))
        has_alphabet = unit.is_learned and unit.model != "byte-bpe"
        for name, is_given, means_something in (
            ("min_frequency", self.min_frequency is not None, unit.model != "unigram"),
            ("limit_alphabet", self.limit_alphabet is not None, has_alphabet),
            ("all_syllables", bool(self.all_syllables), has_alphabet or unit.name == "syllable"),
        ):
            if is_given and not means_something:
                raise ConfigError(
                    say(f"{name}: {unit.name} 단위에는 쓸 수 없습니다. 빼세요.", f"{name} means nothing for the unit {unit.name}: drop it.")
                )  # fmt: skip


@contextmanager
def nobody(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """A `Watch` that shows nothing."""
    yield lambda count: None


def train_tokenizer(texts: Iterable[str], config: TrainerConfig, watch: Watch = nobody) -> Tokenizer:
    """Return a tokenizer trained on texts, which are read once; `watch` sees the second pass, over a temporary file.

    Raises `ConfigError` when the vocabulary does not hold the alphabet, `DataError` when there is no text, or fewer pieces
    than were asked for.

    >>> tokenizer = train_tokenizer(["책을 봤다", "책이 좋다"], TrainerConfig("syllable", min_frequency=1))
    >>> tokenizer.encode(["책 봤다"])[0].tokens
    ['[CLS]', '책', ' ', '봤', '다', '[SEP]']
    """
    unit, style = find_unit(config.unit), find_style(config.style)
    special = (*style.tokens, *config.special_tokens)
    prepared = _prepared(texts, config, unit)
    if unit.is_learned:
        model = _train_pieces(prepared, config, unit, style, special, watch)
    else:
        model = _count_tokens(prepared, config, unit, style, special)
    backend = build_backend(unit, style, model, config.special_tokens)
    tokenizer = Tokenizer(backend, _settings(config, unit, style))
    return tokenizer.extended(config.added_tokens) if config.added_tokens else tokenizer


def _prepared(texts: Iterable[str], config: TrainerConfig, unit: Unit) -> Iterator[str]:
    cleaner, presplit = Cleaner(parse_steps(config.clean)), Presplit(unit.split, config.added_tokens)
    is_empty = True
    for text in texts:
        if (clean := cleaner.clean(text)) and not clean.isspace():
            is_empty = False
            yield presplit.apply(clean)
    if is_empty:
        raise DataError(
            say("학습할 글이 없습니다 (모두 비었습니다).", "there is no text to train on (all of it is empty).")
        )


def _settings(config: TrainerConfig, unit: Unit, style: Style) -> dict[str, object]:
    """Return what `tokenizer_config.json` says, our own entry last."""
    own: dict[str, object] = to_dict(config) | {"split": unit.split}
    if Presplit(unit.split).asks_kiwi:
        own["kiwipiepy"] = version("kiwipiepy")
    if not unit.is_plain:
        own["note"] = f"text must be split by malmoi first ({unit.split}): tokenizer.json alone does not do it"
    hugging_face = {"tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": False}
    more = {"additional_special_tokens": list(config.special_tokens)} if config.special_tokens else {}
    return {**hugging_face, **dict(style.roles), **more, SETTINGS_KEY: own}


def _room(config: TrainerConfig, unit: Unit) -> int:
    """Return the size of the vocabulary without the added tokens, which come last."""
    return (config.vocab_size or unit.vocab_size) - len(set(config.added_tokens))


def _count_tokens(
    texts: Iterator[str], config: TrainerConfig, unit: Unit, style: Style, special: tuple[str, ...]
) -> Any:
    """Return a model of the most frequent words or characters."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(text if unit.model == "characters" else _WORD.findall(text))
    size = _room(config, unit)
    always = _always(config, unit, size - len(special))
    wanted = 2 if config.min_frequency is None else config.min_frequency
    taken = {*special, *always}
    ranked = sorted((-count, token) for token, count in counts.items() if count >= wanted and token not in taken)
    tokens = [*special, *always, *(token for _, token in ranked)]
    _check_size(len(tokens), config, size, always=len(special) + len(always))
    return models.WordLevel(
        {token: i for i, token in enumerate(tokens[:size])}, unk_token=str(style.token("unk_token"))
    )


def _always(config: TrainerConfig, unit: Unit, room: int) -> tuple[str, ...]:
    """Return the characters that are in the vocabulary whether the texts hold them or not."""
    if unit.model == "words":
        return ()
    if unit.split == "jamo":
        return JAMO
    whole = (*BASIC, *ALL_SYLLABLES)
    wants_all = len(whole) <= room if config.all_syllables is None else config.all_syllables
    return whole if wants_all else BASIC


def _check_size(found: int, config: TrainerConfig, size: int, always: int) -> None:
    """Raise an error when what must be in the vocabulary does not fit, or when an asked-for size is not reached."""
    extra = len(set(config.added_tokens))
    if always > size:
        raise ConfigError(
            say(
                f"어휘 크기 {size + extra:,}: 특수 토큰과 글자만 {always + extra:,}개라 담을 수 없습니다. 더 크게 하거나 글자 수를 제한하세요 (limit_alphabet).",
                f"a vocabulary of {size + extra:,} cannot hold the {always + extra:,} special tokens and characters. Make it larger, or keep fewer characters (limit_alphabet).",
            )
        )
    if config.vocab_size is not None and not config.allow_smaller and found < size:
        raise DataError(
            say(
                f"말뭉치가 작아 조각이 {found + extra:,}개뿐입니다 (요청한 어휘 {config.vocab_size:,}). 어휘를 {found + extra:,} 이하로 하거나 글을 더 주세요.",
                f"the corpus gives only {found + extra:,} pieces, but a vocabulary of {config.vocab_size:,} was asked for. Ask for at most {found + extra:,}, or give more text.",
            )
        )


def _train_pieces(
    texts: Iterator[str], config: TrainerConfig, unit: Unit, style: Style, special: tuple[str, ...], watch: Watch
) -> Any:
    """Return a model whose pieces are learned: one pass counts characters, a second one trains."""
    alphabet, size = Alphabet(), _room(config, unit)
    with Spool() as spool:
        for text in texts:
            alphabet.add(text, inside=unit.model == "wordpiece")
            spool.write(text)
        always = ALL_SYLLABLES if config.all_syllables else ()
        chars = alphabet.most_frequent(config.limit_alphabet or 6_000, always)
        seeds = _seeds(unit, chars, alphabet, always)
        _check_size(size, config, size, always=len(special) + len(seeds))
        bare = tokenizers.Tokenizer(_empty_model(unit))
        bare.pre_tokenizer = build_backend(unit, style, models.WordLevel()).pre_tokenizer
        with watch(say("어휘 학습", "learning pieces"), len(spool)) as advance:
            bare.train_from_iterator(
                _kept(spool, unit, chars, advance), _trainer(config, unit, style, special, seeds, size)
            )
    trained = json.loads(bare.to_str())["model"]
    _check_size(len(trained["vocab"]), config, size, always=0)
    return _rebuilt(trained, unit, style)


def _seeds(unit: Unit, chars: list[str], alphabet: Alphabet, always: tuple[str, ...]) -> list[str]:
    """Return the pieces that a vocabulary holds before any is learned."""
    if unit.model == "byte-bpe":
        return sorted(pre_tokenizers.ByteLevel.alphabet())
    if unit.model == "wordpiece":
        return [*chars, *(f"##{char}" for char in chars if char in alphabet.inside or char in always)]
    return sorted({*chars, "▁"} - {MARK})


def _empty_model(unit: Unit) -> Any:
    if unit.model == "wordpiece":
        return models.WordPiece()
    return models.Unigram() if unit.model == "unigram" else models.BPE()


def _trainer(
    config: TrainerConfig, unit: Unit, style: Style, special: tuple[str, ...], seeds: list[str], size: int
) -> Any:
    if unit.model == "unigram":
        return trainers.UnigramTrainer(
            vocab_size=size, special_tokens=list(special), initial_alphabet=seeds, show_progress=False,
            unk_token=style.token("unk_token"),
        )  # fmt: skip
    kind: Any = trainers.WordPieceTrainer if unit.model == "wordpiece" else trainers.BpeTrainer
    chars = [seed for seed in seeds if len(seed) == 1]
    return kind(
        vocab_size=size, min_frequency=2 if config.min_frequency is None else config.min_frequency,
        special_tokens=[*special, *seeds],  # they get the first ids in this order, whatever the order of the words
        initial_alphabet=chars, limit_alphabet=len(chars), show_progress=False,
    )  # fmt: skip


def _kept(spool: Spool, unit: Unit, chars: list[str], advance: Callable[[int], None]) -> Iterator[str]:
    """Yield the texts again; Unigram takes in whatever character it meets, so it meets none outside the alphabet."""
    known = {ord(char) for char in chars}
    for text in spool:
        advance(1)
        yield text if unit.model != "unigram" else _only(text, known)


def _only(text: str, known: set[int]) -> str:
    foreign = {code for code in map(ord, set(text)) if code not in known and not chr(code).isspace()}
    return text.translate(dict.fromkeys(foreign, " ")) if foreign else text


def _rebuilt(trained: dict[str, Any], unit: Unit, style: Style) -> Any:
    """Return the trained model without what only the trainer needed."""
    unknown = str(style.token("unk_token"))
    if unit.model == "wordpiece":
        return models.WordPiece(trained["vocab"], unk_token=unknown)
    if unit.model == "unigram":
        vocab = _settled([(piece, score) for piece, score in trained["vocab"]], len(style.tokens))
        return models.Unigram(vocab, unk_id=[piece for piece, _ in vocab].index(unknown))
    merges = [(left, right) for left, right in trained["merges"]]
    return models.BPE(trained["vocab"], merges, unk_token=None if unit.model == "byte-bpe" else unknown)


def _settled(vocab: list[tuple[str, float]], num_special: int) -> list[tuple[str, float]]:
    """Return Unigram's pieces in an order that does not change from run to run, scores rounded.

    Sums over words in hash order differ in the last digits, and characters that no segmentation uses are given scores in
    hash order, one step apart from the lowest upwards: here, in the order of their code points.
    """
    special, rest = vocab[:num_special], vocab[num_special:]
    lowest = min(score for _, score in rest)
    unused = sorted((piece, score) for piece, score in rest if len(piece) == 1 and _is_step(score - lowest))
    scores = sorted((score for _, score in unused), reverse=True)
    ordered = dict(rest) | dict(zip((piece for piece, _ in unused), scores, strict=True))
    settled = [(piece, round(score, 6)) for piece, score in ordered.items()]
    return [*special, *sorted(settled, key=lambda pair: (-pair[1], pair[0]))]


def _is_step(above: float) -> bool:
    return abs(above - _UNUSED_STEP * round(above / _UNUSED_STEP)) < 1e-9
