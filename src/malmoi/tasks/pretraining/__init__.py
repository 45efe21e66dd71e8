"""Pretraining: what a model learns from plain text (`objectives`), and what that needs of a tokenizer (`vocabulary`)."""

from __future__ import annotations

from malmoi.tasks.pretraining.objectives import CausalLM, MaskedLM, MaskedLMWithPairs, Objective
from malmoi.tasks.pretraining.vocabulary import masking_vocabulary, special_ids

__all__ = ["CausalLM", "MaskedLM", "MaskedLMWithPairs", "Objective", "masking_vocabulary", "special_ids"]
