"""The whole story of a pretraining run, in the seven steps of `fit`: from text files to a language model."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from malmoi.data.store.format import CorpusStore
from malmoi.io import read_json
from malmoi.messages import say
from malmoi.models.device import choose_compute
from malmoi.tokenization.tokenizer import Tokenizer
from malmoi.tokenization.trainers import Watch, nobody
from malmoi.training.budget import budgeted, loop_recipe
from malmoi.training.corpus import open_corpus
from malmoi.training.corpus_part import CorpusPart, held_out_documents
from malmoi.training.loop import Lane
from malmoi.training.optim import build_optimizer
from malmoi.training.pretrain_parts import make_lane, make_subject
from malmoi.training.pretrain_recipe import ObjectiveRecipe, PretrainRecipe, pretrain_recipe_to_dict
from malmoi.training.reporters import Reporter
from malmoi.training.run_folder import finished_note, locked, open_run_folder, traceless
from malmoi.training.save_network import save_pretrained
from malmoi.training.scalars import describe_scalars, open_scalars, writes_scalars
from malmoi.training.session import Session, resume, train


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
    folder = open_run_folder(Path(out))
    compute = choose_compute(recipe.train.device, recipe.train.precision, recipe.train.threads)
    scalars = [describe_scalars(folder.path)] if writes_scalars(recipe.train.tensorboard) else []
    reporter.stage(1, [compute.reason, say(f"결과 폴더 {folder.path}", f"output {folder.path}"), *scalars])
    pairs = recipe.objective.family == "bert" and recipe.objective.next_sentence
    corpus = open_corpus(recipe.corpus)
    reporter.stage(2, [line for source in corpus.sources for line in (source.name, *source.notes)])
    undone_on_error = traceless(folder)
    with locked(folder):
        with undone_on_error():
            values, prints = pretrain_recipe_to_dict(recipe), corpus.fingerprints
            for note in folder.inspect(values, prints, fresh=fresh):
                reporter.note(note)
            if folder.is_finished and not fresh:
                shutil.rmtree(folder.checkpoints, ignore_errors=True)
                reporter.note(finished_note(folder))
                return PretrainResult(folder.path, read_json(folder.path / "scores.json"))
            subject = make_subject(recipe)
            reporter.stage(3, [describe_network(subject.model.network)])
            reporter.stage(
                4, [say(f"{subject.tokenizer.vocab_size:,}개 조각", f"{subject.tokenizer.vocab_size:,} pieces")]
            )
            store = corpus.store(subject.tokenizer, watch, by_sentence=pairs)
            lane = make_lane(recipe, subject, store)
        folder.claim(values, prints, fresh=fresh)
        dev = held_out_documents(corpus.dev, subject.tokenizer, subject.objective, recipe.corpus.sentences)
        reporter.stage(5, describe_corpus(store, lane, len(dev)))
        optimizer = build_optimizer(subject.model.to(compute.device), recipe.optim, compute.dtype, "all")
        part = CorpusPart(subject.objective.name, lane, folder, dev)
        session = Session(loop_recipe(recipe, lane.plan.recipe), folder, compute, (part,), subject.model, optimizer, reporter, subject.base_sha256)  # fmt: skip
        reporter.stage(6, [describe_objective(recipe.objective)])
        session = budgeted(session, recipe)
        facts = {"steps": session.course.num_steps, "tokens": store.meta.num_tokens, "documents": store.meta.num_documents}  # fmt: skip
        return PretrainResult(folder.path, _train(session, recipe, subject.tokenizer, facts))


def _train(session: Session, recipe: PretrainRecipe, tokenizer: Tokenizer, facts: dict[str, Any]) -> dict[str, Any]:
    resume(session)
    scalars = session.folder.scalars if writes_scalars(recipe.train.tensorboard) else None
    with open_scalars(scalars, session.progress.train, session.progress.dev) as session.scalars:
        train(session)
    return save_pretrained(session, recipe, tokenizer, facts)


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
    pairs = say(" · 다음 문장", " · next sentence") if wish.family == "bert" and wish.next_sentence else ""
    return say(f"가린 토큰 맞히기 {rates}{whole}{pairs}, 한 번에 {wish.length} 토큰", f"hidden tokens {rates}{whole}{pairs}, {wish.length} tokens at a time")  # fmt: skip
