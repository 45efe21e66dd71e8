"""The end of pretraining: a plain Hugging Face folder with our recipe, scores, card and manifest."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import malmoi
from malmoi.evaluation.evaluate import scores_to_dict
from malmoi.evaluation.names import scores_table
from malmoi.inference.artifact import CARD, WEIGHTS
from malmoi.io import MANIFEST, atomic_path, write_json, write_manifest, write_tensors, write_text
from malmoi.metrics.scores import Scores
from malmoi.models.language_model import LanguageModel
from malmoi.tokenization.tokenizer import Tokenizer
from malmoi.training.finish import provenance, restore_best
from malmoi.training.pretrain_recipe import PretrainRecipe, pretrain_recipe_to_dict
from malmoi.training.session import Session

FILES = ("config.json", WEIGHTS, "tokenizer.json", "tokenizer_config.json", "recipe.json", "scores.json")
_COMMANDS = {
    "bert": 'malmoi fill-mask {path} "이 영화 정말 [MASK]"',
    "roberta": 'malmoi fill-mask {path} "이 영화 정말 <mask>"',
    "gpt": 'malmoi generate {path} "이 영화는"',
}


def save_pretrained(
    session: Session, recipe: PretrainRecipe, tokenizer: Tokenizer, facts: dict[str, Any]
) -> dict[str, Any]:
    """Write the best weights as a folder that plain Hugging Face code opens; return what `scores.json` holds."""
    restore_best(session)
    model, folder = session.model, session.folder.path
    assert isinstance(model, LanguageModel)
    with_fp32 = session.parts[0].scores(session)
    (folder / MANIFEST).unlink(missing_ok=True)
    write_network(folder, model.network, tokenizer)
    scores = {
        "dev": scores_to_dict(with_fp32),
        **facts,
        "best_step": session.progress.best_step,
        "seconds": round(session.progress.seconds, 1),
        "made_with": {"malmoi": malmoi.__version__, **provenance(session)},
    }
    write_json(folder / "recipe.json", pretrain_recipe_to_dict(recipe))
    write_json(folder / "scores.json", scores)
    write_text(folder / CARD, card(folder, recipe, model.network, with_fp32, facts))
    write_manifest(folder, FILES)
    shutil.rmtree(session.folder.checkpoints, ignore_errors=True)
    return scores


def write_network(folder: Path, network: Any, tokenizer: Tokenizer) -> None:
    """Write `config.json`, the weights under Hugging Face names (tied ones once) and the tokenizer."""
    tied = set(network._tied_weights_keys or {}) if getattr(network.config, "tie_word_embeddings", True) else set()
    weights = {name: value.detach().float().contiguous().cpu() for name, value in network.state_dict().items() if name not in tied}  # fmt: skip
    with atomic_path(folder / WEIGHTS) as temporary:
        write_tensors(temporary, weights, metadata={"format": "pt"})
    config = network.config.to_dict() | {"architectures": [type(network).__name__], "dtype": "float32"}
    config.pop("_name_or_path", None)
    write_json(folder / "config.json", config)
    tokenizer.save(folder, token_types=getattr(network.config, "type_vocab_size", 0) > 1)


def card(folder: Path, recipe: PretrainRecipe, network: Any, scores: Scores, facts: dict[str, Any]) -> str:
    """Return the model card in Markdown, Korean and English side by side."""
    base = f"base_model: {recipe.network.base}\n" if recipe.network.base else ""
    millions = sum(p.numel() for p in network.parameters()) / 1e6
    is_causal = recipe.objective.family == "gpt"
    warning = "\n생성한 글은 AI 가 만든 것입니다. 사실이 아닐 수 있습니다. / What it writes is AI-generated and may be false.\n" if is_causal else ""  # fmt: skip
    return f"""---
library_name: transformers
pipeline_tag: {"text-generation" if is_causal else "fill-mask"}
{base}---
# {type(network).__name__}, {millions:.1f}M

| | |
|---|---|
| 말뭉치 / corpus | {", ".join(recipe.corpus.files)} |
| 문서 / documents | {facts["documents"]:,} ({facts["tokens"]:,} tokens) |
| 단계 / steps | {facts["steps"]:,} × {recipe.train.batch_size} × {recipe.objective.length} tokens |
| 형식 / opens with | `{type(network).__name__}`, `AutoModel` |

## 떼어 둔 문서에서 / on held-out documents

{scores_table(scores)}
{warning}
```
{_COMMANDS[recipe.objective.family].format(path=folder)}
malmoi train classification --data nsmc --model {folder} --out runs/nsmc
```

`recipe.json` 은 이 학습을 그대로 되풀이합니다 / repeats this run.
"""
