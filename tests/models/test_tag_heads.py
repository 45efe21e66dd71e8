"""The CRF's likelihood is that of trying all sequences; heads answer for characters and for pieces."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from malmoi.data.features import NOT_ANNOTATED
from malmoi.models.tag_heads import CharacterHead, Crf, PieceHead, TagHeadConfig

TAGS = ("O", "B-PS", "I-PS", "B-LC", "I-LC")


def config(kind: str = "bert") -> Any:
    return SimpleNamespace(hidden_size=16, model_type=kind, initializer_range=0.02)


def random_crf() -> Crf:
    torch.manual_seed(0)
    crf = Crf(TAGS)
    torch.nn.init.normal_(crf.transitions)
    return crf


def log_sum(crf: Crf, scores: torch.Tensor, known: list[int]) -> torch.Tensor:
    """Over all legal sequences that agree with the known tags."""
    values = []
    for path in itertools.product(range(len(TAGS)), repeat=len(scores)):
        if any(k not in (NOT_ANNOTATED, tag) for k, tag in zip(known, path, strict=True)):
            continue
        if any(crf.forbidden[a, b] for a, b in itertools.pairwise(path)):  # type: ignore[index]
            continue
        moved = sum(crf.transitions[a, b] for a, b in itertools.pairwise(path))
        values.append(sum(scores[i, tag] for i, tag in enumerate(path)) + moved)
    return torch.logsumexp(torch.stack([torch.as_tensor(v) for v in values]), 0)


@pytest.mark.parametrize("tags", [[1, 2, 0, 3], [1, NOT_ANNOTATED, NOT_ANNOTATED, 0], [2, 2, 0, 0]], ids=str)
def test_crf_loss(tags: list[int]) -> None:
    crf, scores = random_crf(), torch.randn(4, len(TAGS))
    expected = log_sum(crf, scores, [NOT_ANNOTATED] * 4) - log_sum(crf, scores, tags)
    padded = torch.cat([scores, torch.full((2, len(TAGS)), 7.0)])[None]
    tag_ids = torch.tensor([[*tags, NOT_ANNOTATED, NOT_ANNOTATED]])
    mask = torch.tensor([[1, 1, 1, 1, 0, 0]])
    assert crf.loss(padded, tag_ids, mask).item() == pytest.approx(float(expected.detach()), abs=1e-4)
    empty = torch.zeros_like(mask)
    assert crf.loss(padded, torch.full_like(tag_ids, NOT_ANNOTATED), empty).item() == pytest.approx(0.0, abs=1e-5)


def test_forbidden_is_what_iob2_forbids() -> None:
    pairs = {(TAGS[a], TAGS[b]) for a, b in torch.nonzero(Crf(TAGS).forbidden).tolist()}  # type: ignore[arg-type]
    assert pairs == {(before, tag) for before in TAGS for tag in ("I-PS", "I-LC") if before not in (f"B{tag[1:]}", tag)}


def batch() -> dict[str, torch.Tensor]:
    tag_ids = torch.tensor([[1, 2, 0], [3, NOT_ANNOTATED, NOT_ANNOTATED]])
    return {
        "unit_tokens": torch.tensor([[1, 1, 2], [1, 0, 0]]),
        "unit_places": torch.tensor([[0, 1, 0], [0, 0, 0]]),
        "unit_codes": torch.tensor([[ord("민"), ord("은"), 0x10FFFF], [ord("네"), 0, 0]]),
        "unit_mask": (tag_ids != NOT_ANNOTATED).long(),
        "tag_ids": tag_ids,
    }


@pytest.mark.parametrize("crf", [False, True], ids=["cross entropy", "crf"])
@pytest.mark.parametrize("head_class", [CharacterHead, PieceHead])
def test_loss_is_a_sum_over_annotated_units(head_class: Any, crf: bool) -> None:
    torch.manual_seed(0)
    head = head_class(config(), TagHeadConfig(TAGS, crf=crf)).eval()
    tensors, hidden = batch(), torch.randn(2, 4, 16)
    total, count = head.loss(head.logits(hidden, **tensors), tensors)
    parts = []
    for i in range(2):
        row = {name: value[i : i + 1] for name, value in tensors.items()}
        parts.append(head.loss(head.logits(hidden[i : i + 1], **row), row))
    assert float(count) == 4 == sum(float(number) for _, number in parts)
    assert total.item() == pytest.approx(sum(loss.item() for loss, _ in parts), rel=1e-5)
    total.backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in head.parameters())


def test_characters_of_one_piece_get_answers_of_their_own() -> None:
    torch.manual_seed(0)
    head = CharacterHead(config(), TagHeadConfig(TAGS))
    logits = head.logits(torch.randn(2, 4, 16), **batch())["logits"]
    assert logits.shape == (2, 3, len(TAGS)) and not torch.allclose(logits[0, 0], logits[0, 1])


def test_pieces_have_the_hugging_face_layout_where_there_is_one() -> None:
    assert PieceHead(config("electra"), TagHeadConfig(TAGS)).architecture == "ElectraForTokenClassification"
    assert PieceHead(config("other"), TagHeadConfig(TAGS)).architecture is None
    assert PieceHead(config(), TagHeadConfig(TAGS, crf=True)).hf_names is None
    assert CharacterHead(config(), TagHeadConfig(TAGS)).hf_names is None
