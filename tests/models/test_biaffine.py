"""The biaffine head: its scores written out, its loss, and what it leaves out."""

from types import SimpleNamespace

import pytest
import torch
from torch.nn import functional as F

from malmoi.models.biaffine import UNKNOWN, BiaffineHead, BiaffineSizes

CONFIG = SimpleNamespace(hidden_size=8, initializer_range=0.5)
RELATIONS = 3


PARTS = [[0], [1, 4], [2, 4], [3]]  # the second and the third tag have a part in common


def head_of(parts=PARTS, **options):
    torch.manual_seed(0)
    return BiaffineHead(CONFIG, RELATIONS, parts, BiaffineSizes(6, 5, 4), **options)


def batch_of():
    """Two sentences of 3 and 2 words on 7 tokens."""
    return {
        "firsts": torch.tensor([[1, 3, 4], [1, 2, 0]]),
        "lasts": torch.tensor([[2, 3, 5], [1, 4, 0]]),
        "word_mask": torch.tensor([[1, 1, 1], [1, 1, 0]]),
        "heads": torch.tensor([[2, 0, UNKNOWN], [2, 0, UNKNOWN]]),
        "relations": torch.tensor([[1, 2, UNKNOWN], [0, 2, UNKNOWN]]),
        "tags": torch.tensor([[3, UNKNOWN, 1], [0, 1, UNKNOWN]]),
    }


@torch.no_grad()
def test_scores_are_those_of_the_paper():
    head, batch, hidden = head_of().train(), batch_of(), torch.randn(2, 7, 8)
    outputs = head.logits(hidden, **batch)
    one = torch.ones(1)

    def word(b, i):
        return torch.cat([hidden[b, batch["firsts"][b, i]], hidden[b, batch["lasts"][b, i]]])

    root = torch.cat([hidden[0, 0], hidden[0, 0]])
    for i, node in ((0, root), (1, word(0, 0)), (3, word(0, 2))):
        dependent = word(0, 1)
        arc = torch.cat([head.arc_dependent(dependent), one]) @ head.arc_weight @ head.arc_head(node)
        assert float(outputs["arcs"][0, 1, i]) == pytest.approx(float(arc), abs=1e-5)
        left = torch.cat([head.relation_dependent(dependent), one])
        right = torch.cat([head.relation_head(node), one])
        scores = [float(left @ head.relation_weight[r] @ right) for r in range(RELATIONS)]
        assert outputs["relations"][0, 1, i].tolist() == pytest.approx(scores, abs=1e-5)
    parts = head.tag_output(head.tag_layer(word(1, 1)))
    expected = [parts[0], parts[1] + parts[4], parts[2] + parts[4], parts[3]]
    assert outputs["tags"][1, 1].tolist() == pytest.approx([float(score) for score in expected], abs=1e-5)
    assert not [name for name in head.state_dict() if "tag_parts" in name]


def test_without_training_only_the_best_is_kept():
    head, batch, hidden = head_of(), batch_of(), torch.randn(2, 7, 8)
    scores, best = head.train().logits(hidden, **batch), head.eval().logits(hidden, **batch)
    assert set(best) == {"arcs", "relation_ids", "tag_ids"}
    assert torch.equal(best["arcs"], scores["arcs"])
    assert torch.equal(best["relation_ids"], scores["relations"].argmax(-1))
    assert torch.equal(best["tag_ids"], scores["tags"].argmax(-1))


def test_padding_is_nobodys_head_and_changes_nothing():
    head, batch, hidden = head_of().eval(), batch_of(), torch.randn(2, 7, 8)
    arcs = head.logits(hidden, **batch)["arcs"]
    assert (arcs[1, :, 3] < -1e8).all() and (arcs[0] > -1e8).all()
    short = {name: value[1:, :2] for name, value in batch.items()}
    assert torch.allclose(head.logits(hidden[1:], **short)["arcs"], arcs[1:, :2, :3], atol=1e-6)


@torch.no_grad()
def test_the_loss_sums_known_targets_only():
    head, batch = head_of(tag_weight=0.5).train(), batch_of()
    outputs = head.logits(torch.randn(2, 7, 8), **batch)
    total, count = head.loss(outputs, batch)
    known = [(0, 0), (0, 1), (1, 0), (1, 1)]
    expected = 0.0
    for b, i in known:
        gold = int(batch["heads"][b, i])
        expected += float(F.cross_entropy(outputs["arcs"][b, i], batch["heads"][b, i]))
        expected += float(F.cross_entropy(outputs["relations"][b, i, gold], batch["relations"][b, i]))
    for b, i in ((0, 0), (0, 2), (1, 0), (1, 1)):
        expected += 0.5 * float(F.cross_entropy(outputs["tags"][b, i], batch["tags"][b, i]))
    assert (float(total), int(count)) == (pytest.approx(expected, rel=1e-5), 4)


@torch.no_grad()
def test_a_treebank_without_tags():
    head, batch = head_of(parts=()), batch_of()
    hidden = torch.randn(2, 7, 8)
    assert set(head.eval().logits(hidden, **batch)) == {"arcs", "relation_ids"}
    total, _ = head.train().loss(head.logits(hidden, **batch), batch)
    assert float(total) > 0


@torch.no_grad()
def test_arcs_are_told_apart_in_bf16():
    head, batch = head_of().eval(), batch_of()
    hidden = torch.randn(2, 7, 8)
    exact = head.logits(hidden, **batch)["arcs"]
    arcs = head.to(torch.bfloat16).logits(hidden.bfloat16(), **batch)["arcs"]
    assert arcs.dtype == torch.float32
    assert torch.allclose(arcs[0], exact[0], atol=0.05 * float(exact[0].abs().max()))
