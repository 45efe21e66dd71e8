"""Steps 3 to 5 of pretraining: the network and what it learns, the rows of text it learns from, the plan of its batches."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from malmoi.data.packing import Blocks
from malmoi.data.store.format import CorpusStore
from malmoi.data.text_rows import BlockRows, Passages
from malmoi.errors import ConfigError, DataError
from malmoi.io import sha256
from malmoi.messages import say
from malmoi.models.language_model import LanguageModel, language_model
from malmoi.models.networks import Use, check_length, load_network, new_network
from malmoi.models.vocabulary import replace_vocabulary
from malmoi.shipped import located
from malmoi.tasks.pretraining import CausalLM, MaskedLM, MaskedLMWithPairs, Objective, masking_vocabulary, special_ids
from malmoi.tokenization.tokenizer import Tokenizer
from malmoi.training.corpus_part import surroundings
from malmoi.training.loop import BlockPlan, Lane, Plan
from malmoi.training.pretrain_recipe import ObjectiveRecipe, PretrainRecipe
from malmoi.training.recipe import TrainRecipe


@dataclass(frozen=True)
class Subject:
    """What is trained: the network, its tokenizer, the objective, and the hash of the weights it started from."""

    model: LanguageModel
    tokenizer: Tokenizer
    objective: Objective
    base_sha256: str


def make_subject(recipe: PretrainRecipe) -> Subject:
    """Return the network to train with its tokenizer and objective; raise `ConfigError` where they do not fit."""
    import torch

    wish, family = recipe.objective, recipe.objective.family
    torch.manual_seed(recipe.train.seed)
    if recipe.network.base is not None:
        use: Use = "causal" if family == "gpt" else "pairs" if wish.reads_pairs else "masked"
        network, tokenizer, folder = load_network(recipe.network.base, use, for_training=True)
        check_length(network, wish.length, "--length")
        base = sha256(folder / "model.safetensors")
        if recipe.network.tokenizer is not None:
            old, tokenizer = tokenizer, load_tokenizer_folder(recipe.network.tokenizer)
            replace_vocabulary(network, old, tokenizer)
        objective = make_objective(wish, tokenizer, recipe.network.tokenizer or recipe.network.base)
    else:
        tokenizer = load_tokenizer_folder(recipe.network.tokenizer)
        objective = make_objective(wish, tokenizer, str(recipe.network.tokenizer))
        network = new_network(family, recipe.network.size, tokenizer, wish.length, pairs=wish.reads_pairs)
        base = ""
    return Subject(language_model(network), tokenizer, objective, base)


def load_tokenizer_folder(name: str | None) -> Tokenizer:
    """Return the tokenizer of a folder; raise `ConfigError` when none is named."""
    if name is None:
        raise ConfigError(
            say(
                "새 모델에는 토크나이저가 있어야 합니다. malmoi tokenizer train 으로 만들어 --tokenizer 로 주세요.",
                "a new model needs a tokenizer. Make one with malmoi tokenizer train and give it to --tokenizer.",
            )
        )
    return Tokenizer.load(located(name))


def make_objective(wish: ObjectiveRecipe, tokenizer: Tokenizer, where: str) -> Objective:
    """Return what is learnt, with the ids of the tokenizer, which lies `where`."""
    special = special_ids(tokenizer, where, causal=wish.family == "gpt")
    if wish.family == "gpt":
        return CausalLM(special, wish.length)
    last = wish.mask_rate if wish.last_mask_rate is None else wish.last_mask_rate
    kind = MaskedLMWithPairs if wish.reads_pairs else MaskedLM
    vocabulary = masking_vocabulary(tokenizer, where, special)
    return kind(special, vocabulary, wish.length, wish.mask_rate, last, wish.whole_words)


def make_lane(recipe: PretrainRecipe, subject: Subject, store: CorpusStore) -> Lane:
    """Return the model with its rows of text and their plan; raise `DataError` when no document has two sentences to pair."""
    objective, length = subject.objective, recipe.objective.length
    if isinstance(objective, MaskedLMWithPairs):
        passages = Passages(store, length - 3)
        if not passages.num_pairs:
            raise DataError(
                say(
                    "두 문장 이상인 문서가 없어 다음 문장 예측을 배울 수 없습니다. --no-next-sentence 를 쓰세요.",
                    "no document has two sentences, so there is no next sentence to learn. Use --no-next-sentence.",
                )
            )
        lengths = np.minimum(passages.lengths + 3, length)
        plan: Plan | BlockPlan = Plan(lengths, recipe.train, length)
        plan = Plan(lengths, with_length(recipe, plan.steps_per_epoch, recipe.budget.steps), length)
        return Lane(subject.model, objective, passages, plan)  # type: ignore[arg-type]
    blocks = _block_rows(store, objective, length)
    plan = BlockPlan(len(blocks), length, recipe.train)
    plan = replace(plan, recipe=with_length(recipe, plan.steps_per_epoch, recipe.budget.steps))
    return Lane(subject.model, objective, blocks, plan)  # type: ignore[arg-type]


def _block_rows(store: CorpusStore, objective: Objective, length: int) -> BlockRows:
    before, behind = surroundings(objective)
    room = length - len(before) - len(behind)
    return BlockRows(Blocks(store, room, objective.special.separator), before, behind)


def with_length(recipe: PretrainRecipe, steps_per_epoch: int, steps: int | None) -> TrainRecipe:
    """Return the loop's settings for a number of steps (None: the recipe's epochs), with dev judged as often as asked."""
    epochs = recipe.train.epochs if steps is None else steps / steps_per_epoch
    evaluations = max(1, round(recipe.budget.evaluations / epochs))
    return replace(recipe.train, epochs=epochs, evals_per_epoch=evaluations, patience=0, calibrate=False)
