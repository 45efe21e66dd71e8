"""The whole story of a pretraining run, in the seven steps of `fit`: from text files to a language model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from malmoi.data.store.format import CorpusStore
from malmoi.io import read_json
from malmoi.messages import say
from malmoi.models.device import Compute, choose_compute
from malmoi.tokenization.trainers import Watch, nobody
from malmoi.training.budget import budgeted, loop_recipe
from malmoi.training.corpus import open_corpus
from malmoi.training.corpus_part import CorpusPart, held_out_documents
from malmoi.training.describe import describe_optimizer
from malmoi.training.loop import Lane
from malmoi.training.optim import build_optimizer
from malmoi.training.pretrain_parts import Subject, make_lane, make_subject
from malmoi.training.pretrain_recipe import ObjectiveRecipe, PretrainRecipe, pretrain_recipe_to_dict
from malmoi.training.reporters import Reporter
from malmoi.training.save_network import save_pretrained
from malmoi.training.session import Session, resume, train
from malmoi.training.stay import announce, staying


@dataclass(frozen=True)
class PretrainResult:
    """A pretrained model: its folder and what `scores.json` holds."""

    path: Path
    scores: dict[str, Any]


def pretrain(
    recipe: PretrainRecipe,
    out: str | Path,
    *,
    fresh: bool = False,
    reporter: Reporter | None = None,
    watch: Watch = nobody,
) -> PretrainResult:
    """Train a language model as the recipe says and leave it in `out`; the same call resumes what was interrupted.

    `watch` sees how far the corpus has been tokenised. Raises `InputError` before any work is spent, `TrainingError` when
    training cannot go on, `Interrupted` after saving a checkpoint on SIGINT or SIGTERM.
    """
    reporter = reporter or Reporter()
    compute = choose_compute(recipe.train.device, recipe.train.precision, recipe.train.threads)
    folder = announce(out, recipe.train, compute, reporter)  # 1
    corpus = open_corpus(recipe.corpus)
    reporter.stage(2, [line for source in corpus.sources for line in (source.name, *source.notes)])
    values = pretrain_recipe_to_dict(recipe)
    with staying(folder, values, corpus.fingerprints, reporter, fresh=fresh, kind=PretrainRecipe) as stay:
        if stay.is_over:
            return PretrainResult(folder.path, read_json(folder.path / "scores.json"))
        subject = make_subject(recipe)
        reporter.stage(3, [describe_network(subject.model.network)])
        size = subject.tokenizer.vocab_size
        reporter.stage(4, [say(f"{size:,}개 조각", f"{size:,} pieces")])
        store = corpus.store(subject.tokenizer, watch, by_sentence=recipe.objective.reads_pairs)
        lane = make_lane(recipe, subject, store)
        stay.claim()
        dev = held_out_documents(corpus.dev, subject.tokenizer, subject.objective, recipe.corpus.sentences)
        reporter.stage(5, describe_corpus(store, lane, len(dev)))
        part = CorpusPart(subject.objective.name, lane, folder, dev)
        session = budgeted(open_session(recipe, compute, part, subject, reporter), recipe)  # 6 and 7
        resume(session)
        train(session)
        return PretrainResult(
            folder.path, save_pretrained(session, recipe, subject.tokenizer, facts_of(session, store))
        )


def open_session(
    recipe: PretrainRecipe, compute: Compute, part: CorpusPart, subject: Subject, reporter: Reporter
) -> Session:
    """Return the run before its first step, with a fresh optimizer."""
    model, ema = subject.model.to(compute.device), recipe.train.ema
    optimizer = build_optimizer(model, recipe.optim, compute.dtype, "all", ema=ema)
    reporter.stage(6, [describe_objective(recipe.objective), *describe_optimizer(recipe.optim, recipe.train)])
    loop = loop_recipe(recipe, part.lane.plan.recipe)
    return Session(loop, part.folder, compute, (part,), subject.model, optimizer, reporter, subject.base_sha256)


def facts_of(session: Session, store: CorpusStore) -> dict[str, int]:
    """Return what `scores.json` says of the run besides its scores."""
    meta = store.meta
    return {"steps": session.course.num_steps, "tokens": meta.num_tokens, "documents": meta.num_documents}


def describe_network(network: Any) -> str:
    """One line on the network."""
    config, millions = network.config, sum(p.numel() for p in network.parameters()) / 1e6
    return say(
        f"{type(network).__name__}: {config.num_hidden_layers}층 × {config.hidden_size}, 매개변수 {millions:.1f}M",
        f"{type(network).__name__}: {config.num_hidden_layers} layers × {config.hidden_size}, {millions:.1f}M parameters",
    )


def describe_corpus(store: CorpusStore, lane: Lane, num_held_out: int) -> list[str]:
    """Lines on the store and the plan."""
    f, plan = store.meta, lane.plan
    return [
        say(
            f"문서 {f.num_documents:,}개, {f.num_tokens:,} 토큰 (중복 {f.num_duplicates:,}개 뺌), 떼어 둔 문서 {num_held_out:,}개",
            f"{f.num_documents:,} documents, {f.num_tokens:,} tokens ({f.num_duplicates:,} copies left out), {num_held_out:,} held out",
        ),
        say(
            f"에폭당 {plan.steps_per_epoch:,}단계 × {plan.recipe.batch_size}개",
            f"{plan.steps_per_epoch:,} steps an epoch × {plan.recipe.batch_size}",
        ),  # fmt: skip
    ]


def describe_objective(wish: ObjectiveRecipe) -> str:
    """One line on what is learnt."""
    if wish.family == "gpt":
        return say(f"다음 토큰 예측, 한 번에 {wish.length} 토큰", f"the next token, {wish.length} tokens at a time")
    rates = f"{wish.mask_rate:.0%}" + (f" → {wish.last_mask_rate:.0%}" if wish.last_mask_rate is not None else "")
    whole = say(" (어절째로)", " (whole words)") if wish.whole_words else ""
    pairs = say(" · 다음 문장", " · next sentence") if wish.reads_pairs else ""
    return say(f"가린 토큰 맞히기 {rates}{whole}{pairs}, 한 번에 {wish.length} 토큰", f"hidden tokens {rates}{whole}{pairs}, {wish.length} tokens at a time")  # fmt: skip
