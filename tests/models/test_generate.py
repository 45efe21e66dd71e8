"""Our decoding against `transformers.generate` on a tiny random GPT-2, token for token."""

from __future__ import annotations

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from malmoi.errors import ConfigError
from malmoi.models.decoding import Decoding
from malmoi.models.generate import generate_tokens, stream_tokens
from malmoi.models.logits import keep_top_k, keep_top_p

EOS = 1
PROMPTS = [[5, 9, 12, 7], [30, 2, 30], [17]]


@pytest.fixture(scope="module")
def network() -> GPT2LMHeadModel:
    torch.manual_seed(3)
    config = GPT2Config(vocab_size=40, n_positions=64, n_embd=32, n_layer=2, n_head=2, bos_token_id=EOS, eos_token_id=EOS, pad_token_id=0, tie_word_embeddings=False)  # fmt: skip
    model = GPT2LMHeadModel(config).eval()
    with torch.no_grad():
        model.lm_head.weight.mul_(20)  # far from uniform: an argmax that rounding cannot change
    return model


def official(network: GPT2LMHeadModel, prompt: list[int], **settings: object) -> list[int]:
    ids = torch.tensor([prompt])
    settings = {"do_sample": False, "max_new_tokens": 20, "pad_token_id": 0, **settings}
    out = network.generate(ids, attention_mask=torch.ones_like(ids), **settings)[0, len(prompt) :].tolist()
    return out[: out.index(EOS)] if EOS in out else out


SETTINGS = {
    "greedy": {},
    "repetition": {"repetition_penalty": 1.7},
    "ngrams": {"no_repeat_ngram": 2},
    "both": {"repetition_penalty": 1.3, "no_repeat_ngram": 3},
    "beams": {"num_beams": 4},
    "short beams": {"num_beams": 3, "length_penalty": 0.0},
    "long beams": {"num_beams": 3, "length_penalty": 2.0, "no_repeat_ngram": 2},
    "penalised beams": {"num_beams": 2, "repetition_penalty": 1.4},
}


@pytest.mark.parametrize("name", SETTINGS)
def test_same_tokens_as_transformers(network, name):
    settings = SETTINGS[name]
    theirs = {("no_repeat_ngram_size" if key == "no_repeat_ngram" else key): value for key, value in settings.items()}
    ours = generate_tokens(network, PROMPTS, Decoding(max_new_tokens=20, **settings), EOS)
    assert ours == [official(network, prompt, **theirs) for prompt in PROMPTS]
    assert any(len(set(row)) > 2 for row in ours)


@pytest.mark.parametrize("eos", range(2, 40, 6))
def test_end_token_ends_beams_as_in_transformers(network, eos):
    decoding = Decoding(max_new_tokens=12, num_beams=4)
    expected = network.generate(
        torch.tensor([[5, 9]]), attention_mask=torch.ones(1, 2), num_beams=4, max_new_tokens=12, eos_token_id=eos, pad_token_id=0, do_sample=False,
    )[0, 2:].tolist()  # fmt: skip
    expected = expected[: expected.index(eos)] if eos in expected else expected
    assert generate_tokens(network, [[5, 9]], decoding, eos) == [expected]


@pytest.mark.parametrize("settings", [{}, {"sample": True, "temperature": 0.7, "top_k": 8, "top_p": 0.9, "seed": 5}])
def test_row_in_a_padded_batch_is_the_row_alone(network, settings):
    decoding = Decoding(max_new_tokens=16, **settings)
    batch = generate_tokens(network, PROMPTS, decoding, EOS)
    assert batch[0] == generate_tokens(network, PROMPTS[:1], decoding, EOS)[0]
    assert generate_tokens(network, PROMPTS, decoding, EOS) == batch


def test_seeds_differ(network):
    draws = {
        tuple(generate_tokens(network, [[5]], Decoding(16, sample=True, seed=seed), EOS)[0]) for seed in range(1, 6)
    }
    assert len(draws) > 1


def test_rows_end_by_themselves_and_streaming_gives_the_same(network):
    decoding = Decoding(max_new_tokens=10)
    limit = {0: 3, 1: 1, 2: 10}
    steps = list(stream_tokens(network, PROMPTS, decoding, None, lambda row, ids: len(ids) >= limit[row]))
    rows = [[step[row] for step in steps if step[row] is not None] for row in range(3)]
    assert [len(row) for row in rows] == [3, 1, 10]
    whole = generate_tokens(network, PROMPTS, decoding, None)
    assert all(whole[row][: len(ids)] == ids for row, ids in enumerate(rows))


def test_top_k_and_top_p_as_in_transformers():
    from transformers.generation.logits_process import TopKLogitsWarper, TopPLogitsWarper

    torch.manual_seed(0)
    scores = torch.randn(6, 50) * 3
    assert torch.equal(keep_top_k(scores, 7), TopKLogitsWarper(7)(None, scores))
    for share in (0.05, 0.5, 0.95):
        assert torch.equal(keep_top_p(scores, share), TopPLogitsWarper(share)(None, scores))


@pytest.mark.parametrize(
    ("settings", "named"),
    [({"temperature": 0.5}, "temperature"), ({"num_beams": 0}, "num_beams"), ({"sample": True, "num_beams": 2}, "num_beams"), ({"length_penalty": 2.0}, "length_penalty"), ({"stop": ("",)}, "stop")],
)  # fmt: skip
def test_settings_that_make_no_sense(settings, named):
    with pytest.raises(ConfigError, match=named):
        Decoding(**settings)
