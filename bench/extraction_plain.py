"""The floor of machine reading: plain Hugging Face question answering, as its `run_qa.py` example does it.

    python bench/extraction_plain.py --data KorQuAD_v1.0_train.json --dev KorQuAD_v1.0_dev.json --json out.json
    python bench/extraction_plain.py --data KorQuAD_v1.0_dev.80.json --epochs 2 --dev-share 0.2   # a fifth of the articles is held out
    python bench/extraction_plain.py --quick

AutoModelForQuestionAnswering and Trainer: AdamW, learning rate 1e-4, batch 32, linear schedule with a tenth of warm-up, dropout 0.1,
weight decay 0.01, the last weights (no choice on dev); windows of 384 tokens that share 128, all of them trained on; the best 20
starts and ends of every window, at most 30 tokens, the highest sum of logits over all windows. For the time it takes on a CPU only:
bf16 autocast. The dev questions are those that malmoi holds out of the same file, scored by
the same official metric. `windows` and `answer` are also the plain prediction loop of bench/extraction.py.
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

import numpy as np

LR, BATCH, WARMUP, DROPOUT, WEIGHT_DECAY = 1e-4, 32, 0.1, 0.1, 0.01
MAX_LENGTH, STRIDE, N_BEST, MAX_ANSWER = 384, 128, 20, 30


def windows(tokenizer: Any, questions: list[str], contexts: list[str]) -> Any:
    """Return the tokenizer's own windows: `input_ids` …, `offset_mapping`, and which question each belongs to."""
    return tokenizer(
        questions, contexts, truncation="only_second", max_length=MAX_LENGTH, stride=STRIDE,
        return_overflowing_tokens=True, return_offsets_mapping=True,
    )  # fmt: skip


def answer(starts: list[Any], ends: list[Any], found: Any, contexts: list[str]) -> list[str]:
    """Return the answer to each question from the logits of all windows, as `postprocess_qa_predictions` chooses it."""
    best: list[tuple[float, str]] = [(-np.inf, "")] * len(contexts)
    for i, question in enumerate(found["overflow_to_sample_mapping"]):
        offsets, sequence = found["offset_mapping"][i], found.sequence_ids(i)
        is_context = [number == 1 for number in sequence]
        for start in np.argsort(-starts[i][: len(offsets)])[:N_BEST]:
            for end in np.argsort(-ends[i][: len(offsets)])[:N_BEST]:
                if not (is_context[start] and is_context[end] and start <= end < start + MAX_ANSWER):
                    continue
                score = float(starts[i][start] + ends[i][end])
                if score > best[question][0]:
                    best[question] = (score, contexts[question][offsets[start][0] : offsets[end][1]])
    return [text for _, text in best]


def training_rows(tokenizer: Any, examples: list[Any]) -> list[dict[str, Any]]:
    """Return the Trainer's rows: a window without the answer points to its first token."""
    found = windows(tokenizer, [e.text for e in examples], [e.context for e in examples])
    rows = []
    for i, question in enumerate(found["overflow_to_sample_mapping"]):
        gold = examples[question].answers[0] if examples[question].answers else None
        pieces = [place for place, number in enumerate(found.sequence_ids(i)) if number == 1]
        offsets = found["offset_mapping"][i]
        start = end = 0
        if gold is not None and offsets[pieces[0]][0] <= gold.start and gold.end <= offsets[pieces[-1]][1]:
            start = max(place for place in pieces if offsets[place][0] <= gold.start)
            end = min(place for place in pieces if offsets[place][1] >= gold.end)
        names = [name for name in ("input_ids", "token_type_ids", "attention_mask") if name in found]
        rows.append({name: found[name][i] for name in names} | {"start_positions": start, "end_positions": end})
    return rows


def load(data: str, dev: str | None, limit: int | None, dev_share: float) -> Any:
    """Return the training and dev examples that a malmoi run of the same settings has."""
    from malmoi.training.datasets import load_training_data
    from malmoi.training.recipe import DataRecipe

    return load_training_data(DataRecipe(train=data, dev=dev, limit=limit, dev_share=dev_share), kind="answers")


def build(folder: Path) -> Any:
    """Return the plain model with its fresh head."""
    from transformers import AutoConfig, AutoModelForQuestionAnswering

    config = AutoConfig.from_pretrained(folder)
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = DROPOUT
    model: Any = AutoModelForQuestionAnswering.from_pretrained(folder, config=config)
    model.accepts_loss_kwargs = False  # or the Trainer divides the loss twice where it accumulates
    return model


def collate(tokenizer: Any, rows: list[dict[str, Any]]) -> Any:
    """Return a batch padded to its longest window."""
    import torch

    targets = ("start_positions", "end_positions")
    inputs = [{name: value for name, value in row.items() if name not in targets} for row in rows]
    batch = tokenizer.pad(inputs, return_tensors="pt")
    for name in targets:
        if name in rows[0]:
            batch[name] = torch.tensor([row[name] for row in rows])
    return batch


def run(data: Any, seed: int, epochs: float, model_name: str) -> dict[str, Any]:
    """Train and return the dev scores, n and seconds."""
    import torch
    from transformers import AutoTokenizer, PrinterCallback, Trainer, TrainingArguments

    from malmoi.models.backbone import find_model

    folder = find_model(model_name)
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    torch.manual_seed(seed)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = build(folder)
    train = training_rows(tokenizer, data.train.examples)
    with tempfile.TemporaryDirectory() as scratch:
        arguments = TrainingArguments(
            output_dir=scratch, num_train_epochs=epochs, per_device_train_batch_size=BATCH, per_device_eval_batch_size=BATCH,
            learning_rate=LR, warmup_steps=WARMUP, weight_decay=WEIGHT_DECAY, lr_scheduler_type="linear", seed=seed,
            use_cpu=not torch.cuda.is_available(), bf16=True, save_strategy="no",
            logging_strategy="no", report_to="none", disable_tqdm=True, dataloader_pin_memory=False,
        )  # fmt: skip
        trainer = Trainer(
            model=model, args=arguments, train_dataset=train, data_collator=lambda rows: collate(tokenizer, rows)
        )
        trainer.remove_callback(PrinterCallback)  # standard output is for the JSON
        began = time.perf_counter()
        trainer.train()
        seconds = time.perf_counter() - began
    said = predict(model, tokenizer, data.dev.examples, sort=True)
    return judge(said, data.dev.examples) | {
        "seed": seed, "epochs": epochs, "model": model_name, "num_train": len(data.train), "windows": len(train),
        "seconds": round(seconds, 1),
    }  # fmt: skip


def predict(model: Any, tokenizer: Any, examples: list[Any], *, sort: bool) -> list[str]:
    """Return the answers of a plain loop over batches of 32 windows, in the order of the file or of their lengths."""
    import torch

    contexts = [example.context for example in examples]
    found = windows(tokenizer, [example.text for example in examples], contexts)
    names = [name for name in ("input_ids", "token_type_ids", "attention_mask") if name in found]
    order = list(range(len(found["input_ids"])))
    if sort:
        order.sort(key=lambda i: len(found["input_ids"][i]))
    starts: list[Any] = [None] * len(order)
    ends: list[Any] = [None] * len(order)
    model.eval()
    with torch.inference_mode():
        for first in range(0, len(order), BATCH):
            rows = order[first : first + BATCH]
            batch = collate(tokenizer, [{name: found[name][i] for name in names} for i in rows])
            out = model(**batch)
            for place, i in enumerate(rows):
                starts[i] = out.start_logits[place].float().numpy()
                ends[i] = out.end_logits[place].float().numpy()
    return answer(starts, ends, found, contexts)


def judge(said: list[str], examples: list[Any]) -> dict[str, Any]:
    """Return the official scores with their intervals."""
    from malmoi.evaluation.evaluate import scores_to_dict
    from malmoi.metrics.answers import korquad_table

    scores = scores_to_dict(korquad_table(said, [list(example.answer_texts) for example in examples]).scores())
    return {"score": "korquad_em", **scores["korquad_em"], "scores": scores}


def quick_file(folder: str) -> str:
    """Write a small file of made-up questions."""
    subjects, years = ("말모이", "훈민정음", "독립신문", "난중일기"), range(1400, 1424)
    rows = [(name, f"{name} 사전은 {year}년에 나왔다.", f"{year}년") for year in years for name in subjects]
    path = Path(folder) / "questions.jsonl"
    lines = [
        json.dumps({"title": c, "question": f"{n} 사전은 언제 나왔나?", "context": c, "answer": a}) for n, c, a in rows
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="a file of questions, or a corpus")
    parser.add_argument("--dev", help="default: articles of --data")
    parser.add_argument("--dev-share", type=float, default=0.1, help="of the articles, as data.dev_share")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--epochs", type=float, default=2.0)
    parser.add_argument("--limit", type=int, help="train on this many questions only")
    parser.add_argument("--model", default="e5-small-ko")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json")
    options = parser.parse_args()
    if not options.data and not options.quick:
        parser.error("name --data, or use --quick")
    with tempfile.TemporaryDirectory() as folder:
        data = load(
            quick_file(folder) if options.quick else options.data, options.dev, options.limit, options.dev_share
        )
    result = run(data, options.seed, 1.0 if options.quick else options.epochs, options.model)
    text = json.dumps(result, ensure_ascii=False, indent=2)
    print(text)
    if options.json:
        Path(options.json).write_text(text + "\n", encoding="utf-8")
    print(f"dev EM {result['value']:.4f} (n {result['n']}), {result['seconds']} s", file=sys.stderr)


if __name__ == "__main__":
    main()
