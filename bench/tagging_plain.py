"""The floor for tagging: the same base, fine-tuned with Hugging Face's token classification, scored with malmoi's official metrics.

    python bench/tagging_plain.py klue-ner --json out.json
    python bench/tagging_plain.py --data klue-ner-v1.1_dev.80.tsv --epochs 5
    python bench/tagging_plain.py --data ko_gsd-ud-train.conllu --dev ko_gsd-ud-dev.conllu --epochs 3
    python bench/tagging_plain.py --quick

AutoModelForTokenClassification and Trainer as in bench/plain.py: AdamW, learning rate 1e-4 (`--lr`), batch 32, linear schedule with a
tenth of warm-up, dropout 0.1, weight decay 0.01, the last weights. As KLUE's baseline does it, a piece is trained on the tag of its
first character and its tag goes for all its characters; where an entity ends inside a piece, that cannot be right. Training and
dev examples are those that malmoi would use (a file is split the same way); the words of a treebank are tagged B- and I-, too.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

BATCH, WARMUP, DROPOUT, WEIGHT_DECAY, MAX_LENGTH = 32, 0.1, 0.1, 0.01, 256
IGNORED = -100


def load(options: argparse.Namespace) -> tuple[Any, Any]:
    """Return the examples and malmoi's task without a tokenizer, for its tags and scores."""
    from malmoi.recipes.resolve import resolve_recipe
    from malmoi.tasks.tagging import Tagging, TaggingConfig
    from malmoi.training.datasets import load_training_data

    settings = {"limit": options.limit, "data.dev_share": options.dev_share, "dev": options.dev}
    recipe = resolve_recipe("tagging", options.data, **settings)  # type: ignore[arg-type]
    examples = load_training_data(recipe.data, kind="spans")
    config = Tagging.configure(TaggingConfig(), examples.train.examples)
    return examples, Tagging(config, None)  # type: ignore[arg-type]


def pieces(text: str, offsets: list[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Return number, start and end of the pieces with a character of their own: not special ones, nor a lone ▁ before the next."""
    found = []
    for i, (start, end) in enumerate(offsets):
        stands_alone = i + 1 == len(offsets) or offsets[i + 1][0] != start
        if end > start and stands_alone and text[start:end].strip():
            found.append((i, start, end))
    return found


def encode(tokenizer: Any, task: Any, examples: list[Any]) -> list[dict[str, Any]]:
    """Return the Trainer's rows, each piece with the tag of its first character."""
    encoded = tokenizer([e.text for e in examples], truncation=True, max_length=MAX_LENGTH, return_offsets_mapping=True)
    ids = {name: i for i, name in enumerate(task.tags.names)}
    rows = []
    for example, input_ids, offsets in zip(examples, encoded["input_ids"], encoded["offset_mapping"], strict=True):
        tags = {}
        for span in example.spans:
            tags |= dict.fromkeys(range(span.start + 1, span.end), f"I-{span.label}")
            tags[span.start] = f"B-{span.label}"
        labels = [IGNORED] * len(input_ids)
        for i, start, _ in pieces(example.text, offsets):
            labels[i] = ids.get(tags.get(start, "O"), IGNORED)
        rows.append({"input_ids": input_ids, "attention_mask": [1] * len(input_ids), "labels": labels})
    return rows


def decode(text: str, offsets: list[tuple[int, int]], tags: list[str]) -> Any:
    """Return the prediction that the tags of pieces mean: strict IOB2, an I- without its B- is nothing."""
    from malmoi.data.predictions import TaggedSpan, TaggingPrediction

    spans: list[tuple[int, int, str]] = []
    is_open = False
    for i, start, end in pieces(text, offsets):
        letter, _, label = tags[i].partition("-")
        if letter == "I" and is_open and spans[-1][2] == label:
            spans[-1] = (spans[-1][0], end, label)
            continue
        is_open = letter == "B"
        spans += [(start, end, label)] if is_open else []
    return TaggingPrediction(text, None, tuple(TaggedSpan(text[a:b], label, 1.0, a, b) for a, b, label in spans))


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Train and return the dev scores, n and seconds."""
    import torch
    from transformers import (
        AutoConfig,
        AutoModelForTokenClassification,
        AutoTokenizer,
        DataCollatorForTokenClassification,
        PrinterCallback,
        Trainer,
        TrainingArguments,
    )

    from malmoi.models.backbone import find_model

    examples, task = load(options)
    folder = find_model(options.model)
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    torch.manual_seed(options.seed)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    config = AutoConfig.from_pretrained(folder, num_labels=len(task.tags))
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = DROPOUT
    model: Any = AutoModelForTokenClassification.from_pretrained(folder, config=config)
    model.accepts_loss_kwargs = False  # or the Trainer divides the loss twice where it accumulates
    train, dev = (encode(tokenizer, task, part.examples) for part in (examples.train, examples.dev))
    with tempfile.TemporaryDirectory() as scratch:
        arguments = TrainingArguments(
            output_dir=scratch, num_train_epochs=options.epochs, per_device_train_batch_size=BATCH, per_device_eval_batch_size=64,
            learning_rate=options.lr, warmup_steps=WARMUP, weight_decay=WEIGHT_DECAY, lr_scheduler_type="linear", seed=options.seed,
            use_cpu=not torch.cuda.is_available(), bf16=True, save_strategy="no",
            logging_strategy="no", report_to="none", disable_tqdm=True, dataloader_pin_memory=False,
        )  # fmt: skip
        trainer = Trainer(
            model=model, args=arguments, train_dataset=train, data_collator=DataCollatorForTokenClassification(tokenizer)
        )  # fmt: skip
        trainer.remove_callback(PrinterCallback)  # standard output is for the JSON
        began = time.perf_counter()
        trainer.train()
        seconds = time.perf_counter() - began
        answers = trainer.predict(dev).predictions.argmax(-1)
    return judge(task, tokenizer, examples.dev.examples, answers) | {
        name: getattr(options, name) for name in ("data", "dev", "seed", "epochs", "lr", "model")
    } | {"num_train": len(train), "seconds": round(seconds, 1)}  # fmt: skip


def judge(task: Any, tokenizer: Any, examples: list[Any], answers: Any) -> dict[str, Any]:
    """Return the scores of the tags of pieces; parts of speech have no accuracy on gold tokens here."""
    from malmoi.evaluation.evaluate import scores_to_dict
    from malmoi.metrics.spans import token_table
    from malmoi.tasks.tagging.analysis import plain_spans

    encoded = tokenizer([e.text for e in examples], truncation=True, max_length=MAX_LENGTH, return_offsets_mapping=True)
    predictions = [
        decode(example.text, offsets, [task.tags.names[tag] for tag in tags[: len(offsets)]])
        for example, offsets, tags in zip(examples, encoded["offset_mapping"], answers, strict=True)
    ]
    if task.config.part_of_speech:
        scores = token_table([e.spans for e in examples], [plain_spans(p) for p in predictions]).scores()
    else:
        scores = task.score(predictions, examples)
    values = scores_to_dict(scores)
    return {"score": task.main_score, **values[task.main_score], "scores": values}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="?", help="a corpus of malmoi's catalog")
    parser.add_argument("--data", help="a file instead, of which dev is held out")
    parser.add_argument("--dev", help="default: a share of --data")
    parser.add_argument("--dev-share", type=float, default=0.1, help="of a file, as data.dev_share")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--epochs", type=float, default=5.0)
    parser.add_argument("--lr", type=float, default=1e-4)
    parser.add_argument("--limit", type=int, help="train on this many examples only")
    parser.add_argument("--model", default="e5-small-ko")
    parser.add_argument("--quick", action="store_true", help="64 examples of UD-GSD's dev file, one epoch")
    parser.add_argument("--json")
    options = parser.parse_args()
    options.data = options.data or options.corpus or ("ud-gsd:dev" if options.quick else None)
    if options.data is None:
        parser.error("name a corpus or --data, or use --quick")
    if options.quick:
        options.epochs, options.limit = 1.0, options.limit or 64
    result = run(options)
    text = json.dumps(result, ensure_ascii=False, indent=2)
    print(text)
    if options.json:
        Path(options.json).write_text(text + "\n", encoding="utf-8")
    print(
        f"{options.data}: dev {result['score']} {result['value']:.4f} (n {result['n']}), {result['seconds']} s",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
