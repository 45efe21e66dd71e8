"""What is served: a run, or a language model with everything that it can do, under one name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from malmoi.errors import ConfigError, DataError, ModelNotFound
from malmoi.inference.artifact import REPORT_FILE
from malmoi.messages import say
from malmoi.models.local import local_tokenizer
from malmoi.serving.card import card_of
from malmoi.shipped import located
from malmoi.tasks.regression import RegressionConfig
from malmoi.tasks.tagging import TaggingConfig
from malmoi.text.kiwi import is_installed
from malmoi.tokenization.report import TokenReport, explain
from malmoi.tokenization.tokenizer import Tokenizer

Ask = Callable[[Mapping[str, Any]], Any]  # the fields of a request → an item; raises `DataError`
NAME = re.compile(r"[A-Za-z0-9가-힣._-]{1,64}")
_FOREIGN = re.compile(r"[^A-Za-z0-9가-힣._-]+")


@dataclass(frozen=True)
class Ability:
    """One thing that a model does: `ask` reads a request's fields, `answer` answers items, `events` streams one as (name, data)."""

    ask: Ask
    answer: Callable[[Sequence[Any]], list[Any]]
    events: Callable[[Any], Iterator[tuple[str, Any]]] | None = None


@dataclass(frozen=True)
class ServedModel:
    """A model by its name; `facts` are what `/info` says of it.

    `card` says more of a run, given the address of its training report, which is the file `report` if it has one.
    """

    name: str
    abilities: Mapping[str, Ability]
    facts: Mapping[str, Any]
    card: Callable[[str | None], dict[str, Any]] | None = None
    report: Path | None = None


def open_models(runs: Sequence[str], threads: int = 0) -> list[ServedModel]:
    """Open runs, each `FOLDER` or `NAME=FOLDER`; raise `ConfigError` for two of one name, and whatever opening raises."""
    found: dict[str, ServedModel] = {}
    for run in runs:
        name, place = split_name(run)
        if name in found:
            raise ConfigError(
                say(
                    f"'{name}' 이라는 모델이 둘입니다. 이름을 붙여 주세요: 다른이름={place}",
                    f"two models are called '{name}'. Name one of them: OTHER={place}",
                )
            )
        found[name] = open_model(name, place, threads)
    return list(found.values())


def split_name(run: str) -> tuple[str, str]:
    """Return the name of a model and its folder; raise `ConfigError` for a name that cannot stand in an address.

    >>> split_name("runs/영화 평"), split_name("nsmc=runs/a")
    (('영화-평', 'runs/영화 평'), ('nsmc', 'runs/a'))
    """
    name, equals, place = run.partition("=")
    if not equals or "/" in name:
        folder = Path(run).expanduser()
        return _FOREIGN.sub("-", folder.name or folder.resolve().name).strip("-") or "model", run
    if not NAME.fullmatch(name):
        raise ConfigError(
            say(
                f"모델 이름 '{name}': 글자, 숫자, '.', '_', '-' 로 64자까지 쓸 수 있습니다.",
                f"model name '{name}': letters, digits, '.', '_' and '-' only, at most 64.",
            )
        )
    return name, place


def open_model(name: str, place: str, threads: int) -> ServedModel:
    """Open a run with its task, or a language model with all that it can do; raise `ModelNotFound` for one that can do nothing."""
    if (located(place) / "task.json").is_file():
        return _task_model(name, place, threads)
    abilities: dict[str, Ability] = {}
    problem: ModelNotFound | None = None
    for opened in (_fill_mask, _next_sentence, _generate, _similarity):
        if opened is _similarity and abilities:
            break  # vectors of an encoder that was trained for words are no good measure
        try:
            abilities |= opened(place, threads)
        except ModelNotFound as error:
            problem = problem or error
    if not abilities:
        assert problem is not None
        raise problem
    return ServedModel(name, abilities | _tokens(local_tokenizer(place)), {"task": "language-model"})


def _task_model(name: str, place: str, threads: int) -> ServedModel:
    from malmoi.inference.predictor import as_example, load

    predictor = load(place, threads=threads)
    task = predictor.task

    def ask(fields: Mapping[str, Any]) -> Any:
        try:
            return as_example(task, dict(fields))
        except (TypeError, ValueError, KeyError, AttributeError) as error:  # columns of other shapes than the task's
            raise DataError(
                say("요청의 필드가 이 과제의 꼴이 아닙니다.", "the request's fields are not of this task's shape.")
            ) from error

    facts = {
        "task": task.name,
        "labels": list(task.label_names),
        "reads_pairs": task.reads_pairs,
        "sample": task.sample,
        "engine": predictor.engine.description,
        "max_tokens": task.config.max_length,
        "dev": predictor.artifact.scores.get("dev", {}),
        **_shown(task.config),
    }
    abilities = {"predict": Ability(ask, predictor.predict)}
    if isinstance(task.tokenizer, Tokenizer):  # n-grams are no pieces
        abilities |= _tokens(task.tokenizer)
    report = predictor.artifact.path / REPORT_FILE
    card = partial(card_of, predictor.artifact, predictor.engine.description)
    return ServedModel(name, abilities, facts, card, report if report.is_file() else None)


def _shown(config: Any) -> dict[str, Any]:
    """Return what a page needs to draw a task's answers: the range of its scores, what its labels mean in both languages."""
    found: dict[str, Any] = {}
    if isinstance(config, RegressionConfig):
        found["range"] = [config.low, config.high]
    if isinstance(config, TaggingConfig):
        found["meanings"] = {name.label: {"ko": name.ko, "en": name.en} for name in config.meanings}
    return found


def _tokens(tokenizer: Tokenizer) -> dict[str, Ability]:
    has_kiwi = is_installed()

    def answer(items: Sequence[Any]) -> list[Any]:
        return [TokenReport(item["text"], explain(tokenizer, item["text"], morphemes=has_kiwi)) for item in items]

    return {"tokens": Ability(dict, answer)}


def _fill_mask(place: str, threads: int) -> dict[str, Ability]:
    from malmoi.inference.fill_mask import FillMask

    fill = FillMask(place, threads=threads)
    return {"fill-mask": Ability(dict, lambda items: [fill(item["text"], item["top_k"]) for item in items])}


def _next_sentence(place: str, threads: int) -> dict[str, Ability]:
    from malmoi.inference.next_sentence import NextSentence

    judge = NextSentence(place, threads=threads)
    return {"next-sentence": Ability(dict, lambda items: [judge(item["text"], item["pair"]) for item in items])}


def _similarity(place: str, threads: int) -> dict[str, Ability]:
    from malmoi.inference.similarity import Similarity

    compare = Similarity(place, threads=threads)
    return {"similarity": Ability(dict, lambda items: [compare(item["text"], item["pair"]) for item in items])}


def _generate(place: str, threads: int) -> dict[str, Ability]:
    from malmoi.inference.generate import Generator
    from malmoi.models.decoding import Decoding

    write = Generator(place, threads=threads)

    def ask(fields: Mapping[str, Any]) -> Any:
        settings = {key: value for key, value in fields.items() if key not in ("text", "stream") and value is not None}
        return fields["text"], Decoding(**settings | {"stop": tuple(settings.get("stop", ()))})

    def events(item: Any) -> Iterator[tuple[str, Any]]:
        pieces = write.stream(*item)
        while True:
            try:
                piece = next(pieces)
            except StopIteration as end:
                yield "done", end.value.to_dict()
                return
            yield "piece", {"piece": piece}

    return {"generate": Ability(ask, lambda items: [write(*item) for item in items], events)}
