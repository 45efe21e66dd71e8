"""Hugging Face's own language-model classes: new ones by size, and those of a folder, with the head that is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from malmoi.errors import ConfigError, ModelNotFound
from malmoi.io import MANIFEST, damage
from malmoi.messages import say
from malmoi.models.backbone import HIDDEN_DROPOUT, OTHER_DROPOUT, find_model, load_tokenizer, usable_positions
from malmoi.models.embedded import is_current
from malmoi.models.sizes import model_config
from malmoi.text.josa import attach
from malmoi.tokenization.tokenizer import Tokenizer

Family = Literal["bert", "roberta", "gpt"]
Use = Literal[
    "masked", "pairs", "causal"
]  # what its head answers: hidden tokens, those and next sentences, next tokens
FAMILY_OF = {"bert": "bert", "roberta": "roberta", "xlm-roberta": "roberta", "gpt2": "gpt"}
_HEAD_WEIGHTS = {"masked": ("cls.predictions.", "lm_head."), "pairs": ("cls.", "bert.pooler."), "causal": ("lm_head.",)}


def new_network(family: Family, size: str, tokenizer: Tokenizer, length: int, *, pairs: bool) -> Any:
    """Return a network with random weights for texts of `length` tokens; `pairs` gives it a next-sentence head.

    Raises `ConfigError` for an unknown size, and for a tokenizer that lacks a token which the family needs.
    """
    import transformers

    config = model_config(f"{'gpt2' if family == 'gpt' else family}-{size}", tokenizer, length)
    if family == "gpt":
        return transformers.GPT2LMHeadModel(config)
    config._attn_implementation = "eager"
    if family == "roberta":
        return transformers.RobertaForMaskedLM(config)
    return (transformers.BertForPreTraining if pairs else transformers.BertForMaskedLM)(config)


def load_network(name: str, use: Use, *, for_training: bool = False) -> tuple[Any, Tokenizer, Path]:
    """Return the network of a folder, hub model or e5-small-ko with the head for `use`, its tokenizer, and its folder.

    A head that is missing starts fresh `for_training`. Raises `ModelNotFound` for a model that cannot be used this way, and
    for one whose tokenizer has more pieces than it has embeddings.
    """
    folder = find_model(name, _fix(use, for_training=for_training))
    if (folder / MANIFEST).is_file() and not is_current(folder) and (broken := damage(folder)):
        raise ModelNotFound(say(f"{folder / broken}: 파일이 손상되었습니다.", f"{folder / broken} is damaged."))
    network, missing = _load(folder, use, name)
    if missing and not for_training:
        raise ModelNotFound(_no_head(name, use))
    foreign = [key for key in missing if not key.startswith(_HEAD_WEIGHTS[use])]
    if foreign:
        raise ModelNotFound(
            say(f"{folder}: 가중치 {foreign[0]} 등이 없습니다.", f"{folder} lacks weights, such as {foreign[0]}.")
        )
    tokenizer = load_tokenizer(folder)
    rows = network.get_input_embeddings().weight.shape[0]
    if tokenizer.vocab_size > rows:
        raise ModelNotFound(
            say(
                f"{folder}: 토크나이저의 조각 {tokenizer.vocab_size:,}개가 모델의 임베딩 {rows:,}줄보다 많습니다. 맞는 토크나이저를 쓰세요.",
                f"{folder}: its tokenizer has {tokenizer.vocab_size:,} pieces, the model only {rows:,} embeddings. They do not fit.",
            )
        )
    return network, tokenizer, folder


def _load(folder: Path, use: Use, name: str) -> tuple[Any, list[str]]:
    """Return the network of a folder and the weights that it lacks; messages call it `name`."""
    import transformers
    from transformers.utils import logging

    config = transformers.AutoConfig.from_pretrained(folder)
    family = FAMILY_OF.get(config.model_type)
    if family is None or (use == "causal") != (family == "gpt") or (use == "pairs" and config.model_type != "bert"):
        raise ModelNotFound(_no_head(name, use))
    for field in (*HIDDEN_DROPOUT, *OTHER_DROPOUT, "resid_pdrop", "embd_pdrop", "attn_pdrop"):
        if hasattr(config, field):
            setattr(config, field, 0.0)
    auto: Any = transformers.AutoModelForCausalLM if use == "causal" else transformers.AutoModelForMaskedLM
    auto = transformers.BertForPreTraining if use == "pairs" else auto
    attention = {} if use == "causal" else {"attn_implementation": "eager"}
    level = logging.get_verbosity()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        network, info = auto.from_pretrained(
            folder, config=config, use_safetensors=True, output_loading_info=True, dtype="float32", **attention
        )
    finally:
        logging.set_verbosity(level)
        logging.enable_progress_bar()
    return network.eval(), sorted(map(str, (*info["missing_keys"], *info["mismatched_keys"])))


def _no_head(name: str, use: Use) -> str:
    if use == "causal":
        return say(
            f"모델 {attach(repr(name), '은/는')} 글을 이어 쓰지 못합니다. malmoi pretrain gpt 로 만든 폴더나 GPT-2 꼴의 모델을 쓰세요.",
            f"model '{name}' cannot write on. Use a folder of malmoi pretrain gpt, or a model like GPT-2.",
        )
    if use == "pairs":
        return say(
            f"모델 '{name}' 에는 다음 문장을 판단하는 층이 없습니다. malmoi pretrain bert 로 만든 폴더를 쓰세요.",
            f"model '{name}' has no next-sentence head. Use a folder of malmoi pretrain bert.",
        )
    return say(
        f"모델 '{name}' 에는 가려진 낱말을 맞히는 층이 없습니다. malmoi pretrain bert 나 roberta 로 만든 폴더를 쓰세요 (이어서 학습할 수도 있음: --model {name}).",
        f"model '{name}' has no masked-language-model head. Use a folder of malmoi pretrain bert or roberta (--model {name} goes on from it).",
    )


def _fix(use: Use, *, for_training: bool) -> str:
    """Return what to use in place of a model that is not there; training may start from an encoder without the head."""
    if for_training and use == "masked":
        return ""
    family = {"masked": "bert", "pairs": "bert", "causal": "gpt"}[use]
    return say(
        f"모델 폴더의 경로를 주세요. 없으면 만듭니다: malmoi pretrain {family} … --out DIR",
        f"Give the folder of a model. To make one: malmoi pretrain {family} … --out DIR",
    )


def check_length(network: Any, length: int, option: str) -> None:
    """Raise `ConfigError` when `length` tokens are more than the network has positions for."""
    positions = usable_positions(network.config)
    if positions is not None and length > positions:
        raise ConfigError(
            say(
                f"{option} {length} 길이가 모델의 최대 길이 {positions} 보다 깁니다. {option} {positions}",
                f"{option} {length} exceeds the model's {positions} positions. {option} {positions}",
            )
        )
