"""How far should a label's own threshold be trusted? Macro and micro F1 on new texts, for thresholds tuned on a small dev set.

    python bench/thresholds.py [--quick]

Made-up models of eight labels, 0.5 to 30 % frequent: calibrated but for a bias of each label's logits. `half way at k` draws a
label's own best threshold towards the one that is best for micro F1, half way when it has k dev positives.
"""

from __future__ import annotations

import argparse

import numpy as np

from malmoi.metrics.thresholds import best_threshold

NUM_LABELS, NEW_TEXTS = 8, 20_000
SHRINKAGES = (0, 5, 10, 20, 40)
GRID = np.linspace(-3, 1, 41)


def f1(gold: np.ndarray, said: np.ndarray) -> tuple[float, float]:
    """Return macro F1 over the labels that occur, and micro F1."""
    hits, named = (gold & said).sum(axis=0), gold.sum(axis=0) + said.sum(axis=0)
    return float((2 * hits / np.maximum(named, 1))[named > 0].mean()), float(2 * hits.sum() / named.sum())


def draw(rng: np.random.Generator, n: int, model: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return gold labels and logits of n texts."""
    gold = rng.random((n, NUM_LABELS)) < model["rate"]
    signal = rng.normal(size=gold.shape) + model["strength"] * gold
    prior = np.log(model["rate"] / (1 - model["rate"]))
    return gold, model["strength"] * signal - model["strength"] ** 2 / 2 + prior + model["bias"]


def trial(rng: np.random.Generator, num_dev: int, bias: float) -> list[tuple[float, float]]:
    """Return the scores on new texts of every way to choose thresholds, the oracle's last."""
    model = {
        "rate": np.exp(rng.uniform(np.log(0.005), np.log(0.3), NUM_LABELS)),
        "strength": rng.uniform(1.2, 3.0, NUM_LABELS),
        "bias": bias * rng.normal(size=NUM_LABELS),
    }
    (dev_gold, dev), (gold, new) = draw(rng, num_dev, model), draw(rng, NEW_TEXTS, model)
    own = np.array([best_threshold(dev_gold[:, i], dev[:, i]) for i in range(NUM_LABELS)])
    shared, positives = best_threshold(dev_gold.ravel(), dev.ravel()), dev_gold.sum(axis=0)
    share = [positives / np.maximum(positives + k, 1e-9) for k in SHRINKAGES]
    macro = max(GRID, key=lambda threshold: f1(dev_gold, dev > threshold)[0])
    oracle = np.array([best_threshold(gold[:, i], new[:, i]) for i in range(NUM_LABELS)])
    ways = [0.0, *(s * own + (1 - s) * shared for s in share), shared, macro, oracle]
    return [f1(gold, new > threshold) for threshold in ways]


def main() -> None:
    """Print one line for each size of dev and each bias."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    trials = 3 if parser.parse_args().quick else 60
    names = ["0.5", "own best", *(f"half way at {k}" for k in SHRINKAGES[1:]), "one (micro)", "one (macro)", "oracle"]
    print("macro / micro F1:", " · ".join(names))
    rng = np.random.default_rng(0)
    for num_dev in (150, 400, 900, 3000):
        for bias in (0.0, 0.5, 1.0):
            means = 100 * np.mean([trial(rng, num_dev, bias) for _ in range(trials)], axis=0)
            print(f"dev {num_dev:,}, bias {bias}:", " · ".join(f"{macro:.1f}/{micro:.1f}" for macro, micro in means))


if __name__ == "__main__":
    main()
