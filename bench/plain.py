"""The floor to compare with: the same base, fine-tuned with plain Hugging Face classes at common defaults, one corpus at a time.

    python bench/plain.py question-pair --json out.json
    python bench/plain.py korsts --seed 1 --epochs 3
    python bench/plain.py generated-re
    python bench/plain.py --quick

AutoModelForSequenceClassification and Trainer as its examples use it: AdamW, learning rate 1e-4, batch 32 in random order padded to
its longest, linear schedule with a tenth of warm-up, dropout 0.1, weight decay 0.01, the last weights (no choice on dev), raw scores
as regression targets, threshold 0.5 for several labels; the two entities of a relation between tokens of their own (`<subj>` …), as
the KLUE baseline has them. For the time it takes on a CPU only: bf16 autocast. (With `group_by_length` the Trainer predicts in that
order, too: its answers would stand beside other examples.) Epochs and the longest input are those of malmoi's recipe; the dev
examples are judged by malmoi's own task. Needs MALMOI_DATA (not for the corpus `demo`).
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

LEARNING_RATE, BATCH, WARMUP, DROPOUT, WEIGHT_DECAY = 1e-4, 32, 0.1, 0.1, 0.01
PROBLEMS = {
    "label": "single_label_classification",
    "labels": "multi_label_classification",
    "score": "regression",
    "relation": "single_label_classification",
}
ENTITY_TOKENS = ("<subj>", "</subj>"), ("<obj>", "</obj>")
QUICK_CORPUS, QUICK_LIMIT = "demo", 64


def load(corpus: str, limit: int | None) -> tuple[Any, Any, Any]:
    """Return malmoi's recipe, its examples, and its task without a tokenizer."""
    from malmoi.config import from_dict
    from malmoi.data.corpora import find_corpus
    from malmoi.recipes.resolve import resolve_recipe
    from malmoi.tasks import find_task
    from malmoi.training.datasets import load_training_data

    name = corpus.partition(":")[0]
    task_class = find_task(find_corpus(name).task)
    recipe = resolve_recipe(task_class.name, corpus, limit=limit)
    data = load_training_data(recipe.data, kind=task_class.example_kind)
    config: Any = from_dict(task_class.config_class, recipe.tasks[0].config, "task.")
    config = task_class.configure(config, data.train.examples, data.label_names)
    return recipe, data, task_class(config, None)  # type: ignore[arg-type]


def target(task: Any, example: Any) -> Any:
    """Return what the plain model is to learn from an example."""
    if task.example_kind == "score":
        return float(example.score)
    if task.example_kind == "labels":
        return task.indicator([example.labels])[0].astype("float32").tolist()
    if task.example_kind == "relation":
        return task.config.labels.index(example.relation)
    return task.label_id(example.label)


def marked(example: Any) -> str:
    """Return a text with its two entities between the tokens of their roles."""
    spans = zip((example.subject, example.object), ENTITY_TOKENS, strict=True)
    text = example.text
    for span, (opening, closing) in sorted(spans, key=lambda item: -item[0].start):
        text = f"{text[: span.start]}{opening}{text[span.start : span.end]}{closing}{text[span.end :]}"
    return str(text)


def encode(tokenizer: Any, task: Any, examples: list[Any]) -> list[dict[str, Any]]:
    """Return the Trainer's rows."""
    pairs = [example.pair for example in examples] if task.reads_pairs else None
    texts = [marked(example) if task.example_kind == "relation" else example.text for example in examples]
    encoded = tokenizer(texts, pairs, truncation=True, max_length=task.config.max_length)
    return [
        {name: column[i] for name, column in encoded.items()} | {"labels": target(task, example)}
        for i, example in enumerate(examples)
    ]


def build(folder: Path, task: Any) -> Any:
    """Return the plain model with its fresh head."""
    from transformers import AutoConfig, AutoModelForSequenceClassification

    num_labels = 1 if task.example_kind == "score" else len(task.label_names)
    config = AutoConfig.from_pretrained(folder, num_labels=num_labels, problem_type=PROBLEMS[task.example_kind])
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = DROPOUT
    model: Any = AutoModelForSequenceClassification.from_pretrained(folder, config=config)
    model.accepts_loss_kwargs = False  # or the Trainer divides the loss twice where it accumulates
    return model


def run(corpus: str, seed: int, epochs: float | None, limit: int | None, model_name: str, lr: float) -> dict[str, Any]:
    """Train on a corpus and return its dev scores, n and seconds."""
    import torch
    from transformers import AutoTokenizer, DataCollatorWithPadding, PrinterCallback, Trainer, TrainingArguments

    from malmoi.models.backbone import find_model

    recipe, data, task = load(corpus, limit)
    folder = find_model(model_name)
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    torch.manual_seed(seed)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = build(folder, task)
    if task.example_kind == "relation":
        tokenizer.add_tokens([token for tokens in ENTITY_TOKENS for token in tokens], special_tokens=True)
        model.resize_token_embeddings(len(tokenizer))
    train, dev = (encode(tokenizer, task, rows.examples) for rows in (data.train, data.dev))
    epochs = epochs or recipe.train.epochs
    with tempfile.TemporaryDirectory() as scratch:
        arguments = TrainingArguments(
            output_dir=scratch, num_train_epochs=epochs, per_device_train_batch_size=BATCH, per_device_eval_batch_size=64,
            learning_rate=lr, warmup_steps=WARMUP, weight_decay=WEIGHT_DECAY, lr_scheduler_type="linear", seed=seed,
            use_cpu=not torch.cuda.is_available(), bf16=True, save_strategy="no",
            logging_strategy="no", report_to="none", disable_tqdm=True, dataloader_pin_memory=False,
        )  # fmt: skip
        trainer = Trainer(
            model=model, args=arguments, train_dataset=train, data_collator=DataCollatorWithPadding(tokenizer)
        )
        trainer.remove_callback(PrinterCallback)  # standard output is for the JSON
        began = time.perf_counter()
        trainer.train()
        seconds = time.perf_counter() - began
        logits = trainer.predict(dev).predictions
    return judge(task, data.dev.examples, logits) | {
        "corpus": corpus, "seed": seed, "epochs": epochs, "lr": lr, "model": model_name, "num_train": len(train),
        "seconds": round(seconds, 1),
    }  # fmt: skip


def judge(task: Any, examples: list[Any], logits: Any) -> dict[str, Any]:
    """Return the scores of plain outputs as malmoi's task decodes and scores them."""
    from dataclasses import replace

    import numpy as np

    from malmoi.data.features import Features
    from malmoi.evaluation.evaluate import scores_to_dict
    from malmoi.tasks import Window

    if task.example_kind == "score":
        task = type(task)(replace(task.config, mean=0.0, std=1.0), None)  # the outputs are scores already
    nothing = Features(np.zeros(0), np.zeros(0))
    rows = np.asarray(logits, dtype=np.float32).reshape(len(examples), -1)
    predictions = [task.decode(e, [Window(nothing, {"logits": row})]) for e, row in zip(examples, rows, strict=True)]
    scores = scores_to_dict(task.score(predictions, examples))
    return {"task": task.name, "score": task.main_score, **scores[task.main_score], "scores": scores}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="?", help="a corpus of malmoi's catalog")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--epochs", type=float, help="default: as the recipe says")
    parser.add_argument("--lr", type=float, default=LEARNING_RATE)
    parser.add_argument("--limit", type=int, help="train on this many examples only")
    parser.add_argument("--model", default="e5-small-ko")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json")
    options = parser.parse_args()
    if not options.corpus and not options.quick:
        parser.error("name a corpus, or use --quick")
    corpus = options.corpus or QUICK_CORPUS
    epochs, limit = options.epochs, options.limit
    if options.quick:
        epochs, limit = epochs or 1.0, limit or QUICK_LIMIT
    result = run(corpus, options.seed, epochs, limit, options.model, options.lr)
    text = json.dumps(result, ensure_ascii=False, indent=2)
    print(text)
    if options.json:
        Path(options.json).write_text(text + "\n", encoding="utf-8")
    print(
        f"{corpus}: dev {result['score']} {result['value']:.4f} (n {result['n']}), {result['seconds']} s",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
