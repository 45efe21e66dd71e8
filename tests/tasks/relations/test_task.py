"""Relations: what the tokenizer sees of the entities, how long texts are cut, what plain Hugging Face code sees, scores."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_models import BF16, CPU, Training, demo_model, save_backbone

from malmoi.data.examples import RelationExample, Span
from malmoi.data.predictions import Entity, RelationPrediction
from malmoi.data.relation_names import RELATIONS
from malmoi.errors import ConfigError, DataError
from malmoi.inference.artifact import save_artifact
from malmoi.inference.engines import run_model
from malmoi.inference.predictor import load
from malmoi.io import data_dir, read_json
from malmoi.messages import set_language
from malmoi.models.backbone import load_backbone, widen_token_types
from malmoi.tasks.relations import Relations, RelationsConfig
from malmoi.tasks.relations.windows import with_kinds, with_markers
from malmoi.training.recipe import OptimRecipe, Recipe, TrainRecipe, recipe_to_dict

EXAMPLE = RelationExample("이순신은 조선의 장군이다", Span(0, 3, "PER"), Span(5, 7, "LOC"), "per:origin")


def task_on(folder: Path, examples: list[RelationExample] | None = None, **config: Any) -> tuple[Any, Any]:
    return demo_model(Relations, folder, examples, **config)


def read_text(marked: Any, role: int) -> str:
    start, end = marked.whole[role]
    return str(marked.text[start:end])


# --- markers


def test_markers_stand_around_both_entities_whichever_comes_first() -> None:
    swapped = RelationExample(EXAMPLE.text, EXAMPLE.object, EXAMPLE.subject)
    assert with_markers(swapped).text == "# ^ 인물 ^ 이순신 #은 @ * 장소 * 조선 @의 장군이다"
    assert [read_text(with_markers(swapped), role) for role in (0, 1)] == ["@ * 장소 * 조선 @", "# ^ 인물 ^ 이순신 #"]
    assert [with_markers(swapped).text[slice(*place)] for place in with_markers(swapped).read] == ["@", "#"]


def test_an_unknown_type_is_its_own_word_and_none_has_no_word() -> None:
    example = RelationExample("가나다", Span(0, 1, "동물"), Span(2, 3))
    assert with_markers(example).text == "@ * 동물 * 가 @나 # 다 #"


def test_an_entity_inside_the_other() -> None:
    text = "서울대학교 총장"
    inner = RelationExample(text, Span(0, 5, "ORG"), Span(0, 2, "LOC"))
    assert with_markers(inner).text == "@ * 단체 * # ^ 장소 ^ 서울 #대학교 @ 총장"
    assert [read_text(with_markers(inner), role) for role in (0, 1)] == [
        "@ * 단체 * # ^ 장소 ^ 서울 #대학교 @",
        "# ^ 장소 ^ 서울 #",
    ]
    tail = RelationExample(text, Span(3, 5, "ORG"), Span(0, 5, "LOC"))
    assert with_markers(tail).text == "# ^ 장소 ^ 서울대 @ * 단체 * 학교 @ # 총장"


def test_the_head_reads_the_first_mark_of_each(tiny_model: Path) -> None:
    task, _ = task_on(tiny_model)
    ((window,),) = task.encode([EXAMPLE])
    backend = task.tokenizer.backend
    tokens = [backend.id_to_token(int(i)) for i in window.input_ids]
    assert [tokens[i] for i in np.flatnonzero(window.subject)] == ["@"]
    assert [tokens[i] for i in np.flatnonzero(window.object)] == ["#"]
    assert set(window.type_ids.tolist()) == {0}


# --- kinds of tokens


def test_kinds_are_written_over_the_tokens_of_the_entities(tiny_model: Path) -> None:
    task, model = task_on(tiny_model, entities="embedding")
    assert task.config.types == ("ORG", "PER") and task.token_types is not None and task.token_types.number == 7
    example = RelationExample("한지우의 아버지는 한도윤이다", Span(0, 3, "PER"), Span(10, 13, "LOC"))
    ((window,),) = task.encode([example])
    tokens = [task.tokenizer.backend.id_to_token(int(i)) for i in window.input_ids]
    assert with_kinds(example).text == example.text and "@" not in tokens
    assert np.flatnonzero(window.subject).tolist() == np.flatnonzero(window.type_ids == 3).tolist()  # subject, PER
    assert (
        np.flatnonzero(window.object).tolist() == np.flatnonzero(window.type_ids == 4).tolist()
    )  # object, unknown type
    assert window.subject.sum() == 3 and window.object.sum() == 3
    assert model.backbone.config.type_vocab_size == 7
    model.eval()
    other = RelationExample(example.text, example.object, example.subject)
    (one,), (two,) = run_model(model, task, task.encode([example, other]), CPU)
    assert np.abs(one.outputs["logits"] - two.outputs["logits"]).max() > 1e-4


@pytest.mark.parametrize("kind", ["bert", "roberta", "electra"])
def test_wider_token_types_keep_the_first_and_the_rest_of_the_model(
    kind: str, tiny_model: Path, tmp_path: Path
) -> None:
    folder = save_backbone(kind, tmp_path / kind, tiny_model)
    backbone = load_backbone(str(folder)).backbone
    before = {name: weight.clone() for name, weight in backbone.state_dict().items()}
    widen_token_types(backbone, 5)
    after = backbone.state_dict()
    name = "embeddings.token_type_embeddings.weight"
    assert after[name].shape[0] == 5 and torch.equal(after[name][0], before[name][0])
    assert all(torch.equal(after[other], before[other]) for other in before if other != name)
    ids = torch.tensor([[2, 5, 6, 3]])
    zero, kinds = torch.zeros_like(ids), torch.tensor([[0, 4, 1, 0]])
    assert (
        backbone(ids, token_type_ids=kinds).last_hidden_state - backbone(ids, token_type_ids=zero).last_hidden_state
    ).abs().max() > 1e-4


def test_a_backbone_without_token_types_is_told_what_to_do(tiny_model: Path, tmp_path: Path) -> None:
    folder = save_backbone("modernbert", tmp_path / "modern", tiny_model)
    set_language("en")
    with pytest.raises(
        ConfigError, match="modernbert have no embeddings of token types. Use --set task.entities=markers"
    ):
        widen_token_types(load_backbone(str(folder)).backbone, 5)


@pytest.mark.parametrize("dtype", [torch.float32, BF16], ids=["fp32", "bf16"])
def test_embeddings_learn_the_demo_and_survive_saving(tiny_model: Path, tmp_path: Path, dtype: torch.dtype) -> None:
    examples = Relations.demo()
    task, model = task_on(tiny_model, entities="embedding")
    run = Training(task, model, examples, TrainRecipe(epochs=100, batch_size=8), OptimRecipe(lr=5e-3), dtype)
    for _ in run.steps():
        pass
    model.float().eval()
    save_artifact(tmp_path, model, task, recipe_to_dict(Recipe()), {}, "# 카드\n")
    predictions = load(str(tmp_path), precision="fp32", threads=1)(examples)
    assert [p.relation for p in predictions] == [e.relation for e in examples]
    assert read_json(tmp_path / "config.json")["type_vocab_size"] == 7


# --- long texts


@pytest.mark.parametrize("entities", ["markers", "embedding"])
@pytest.mark.parametrize(("before", "between", "after"), [(900, 3, 900), (3, 900, 3), (900, 900, 0), (0, 0, 900)])
def test_long_texts_are_cut_far_from_the_entities(
    tiny_model: Path, entities: str, before: int, between: int, after: int
) -> None:
    text = "또 " * before + "한지우의 " + "또 " * between + "박서연이 " + "또 " * after
    first, second = text.index("한지우"), text.index("박서연")
    example = RelationExample(text, Span(first, first + 3, "PER"), Span(second, second + 3, "PER"), "per:parents")
    task, _ = task_on(tiny_model, entities=entities, max_length=48)
    ((window,),) = task.encode([example])
    tokens = "".join(task.tokenizer.backend.id_to_token(int(i)).removeprefix("##") for i in window.input_ids)
    assert len(window) == 48 == len(window.type_ids) == len(window.subject) == len(window.object)
    assert tokens.startswith("[CLS]") and tokens.endswith("[SEP]")
    assert "한지우" in tokens and "박서연" in tokens and tokens.index("한지우") < tokens.index("박서연")
    assert window.subject.any() and window.object.any()
    if entities == "markers":
        assert tokens.count("@") == tokens.count("#") == 2


@pytest.mark.parametrize("entities", ["markers", "embedding"])
def test_an_entity_longer_than_the_window_leaves_room_for_the_other(tiny_model: Path, entities: str) -> None:
    text = "또 " * 500 + "박서연"
    example = RelationExample(text, Span(0, 999, "PER"), Span(1000, 1003, "PER"), "per:parents")
    task, model = task_on(tiny_model, entities=entities, max_length=16)
    for one in (example, RelationExample(text, example.object, example.subject, "per:children")):
        ((window,),) = task.encode([one])
        assert len(window) == 16 and window.subject.any() and window.object.any()
        ((answer,),) = run_model(model, task, [[window]], CPU)
        assert np.isfinite(answer.outputs["logits"]).all()


def test_an_entity_that_no_token_stands_for_is_answered_by_the_first(tiny_model: Path) -> None:
    task, model = task_on(tiny_model, entities="embedding")
    example = RelationExample("가 \u200b\x00 나", Span(2, 4, "PER"), Span(0, 1, "PER"), "per:parents")
    ((window,),) = task.encode([example])
    assert window.subject.any()
    ((answer,),) = run_model(model, task, [[window]], CPU)
    assert np.isfinite(answer.outputs["logits"]).all()


# --- asking


def test_asking_by_marks_by_places_and_by_official_records(tiny_model: Path) -> None:
    task, _ = task_on(tiny_model)
    plain = RelationExample("이순신은 조선의 장군이다", Span(0, 3, "PER"), Span(5, 7, "LOC"))
    assert task.ask("[[이순신|PER]]은 ((조선|LOC))의 장군이다") == plain
    places = {"subject": {"start": 0, "end": 3, "label": "PER"}, "object": {"start": 5, "end": 7, "label": "LOC"}}
    assert task.ask(plain.text, cells=places) == plain
    official = {"subject_entity": {"word": "이순신", "start_idx": 0, "end_idx": 2, "type": "PER"}}
    official |= {"object_entity": {"word": "조선", "start_idx": 5, "end_idx": 6, "type": "LOC"}}
    assert task.ask(plain.text, cells=official) == plain
    assert task.ask(task.typed(EXAMPLE)) == plain


def test_asking_what_cannot_be_asked(tiny_model: Path) -> None:
    task, _ = task_on(tiny_model)
    set_language("en")
    with pytest.raises(DataError, match=r"line 7: no mark: .* Mark the two entities in the text like this: \[\["):
        task.ask("이순신은 조선의 장군이다", row=7)
    with pytest.raises(DataError, match="'object': missing"):
        task.ask("이순신은", cells={"subject": {"start": 0, "end": 3}})
    with pytest.raises(DataError, match="reads single texts"):
        task.ask("[[이순신]]은 ((조선))", "둘째 글")


def test_an_entity_that_holds_the_other_is_shown_without_marks(tiny_model: Path) -> None:
    task, _ = task_on(tiny_model)
    assert task.typed(RelationExample("서울대학교", Span(0, 5), Span(0, 2))) == "서울대학교"


# --- labels


def test_labels_are_the_official_ones_where_all_are_official() -> None:
    official = Relations.configure(RelationsConfig(), Relations.demo())
    assert official.labels == RELATIONS and official.types == ("ORG", "PER")
    own = [*Relations.demo(), RelationExample("가나", Span(0, 1), Span(1, 2), "앞뒤")]
    assert Relations.configure(RelationsConfig(), own).labels == (
        "org:member_of", "org:members", "per:children", "per:parents", "앞뒤",
    )  # fmt: skip
    assert Relations.configure(RelationsConfig(labels=("per:parents", "per:children")), own).labels == (
        "per:parents", "per:children",
    )  # fmt: skip


def test_the_official_order_is_that_of_the_published_list() -> None:
    path = data_dir() / "klue" / "relation_list.json"
    if not path.is_file():
        pytest.skip(f"{path} is missing")
    assert tuple(json.loads(path.read_text(encoding="utf-8"))["relations"]) == RELATIONS


def test_unknown_relations_and_places_outside_are_named(tiny_model: Path) -> None:
    task, _ = task_on(tiny_model)
    set_language("en")
    odd = RelationExample("가나", Span(0, 1), Span(1, 2), "per:parent", row=4)
    with pytest.raises(DataError, match=r"시험.json(.|\n)*line 4: 'per:parent' \(did you mean 'per:parents'\?\)"):
        task.check([EXAMPLE, odd], "시험.json")
    with pytest.raises(DataError, match="item 2: no label"):
        task.check([EXAMPLE, RelationExample("가나", Span(0, 1), Span(1, 2))], "memory")
    outside = RelationExample("가나", Span(0, 1), Span(1, 3), "per:parents", row=9)
    with pytest.raises(DataError, match="시험.json, line 9: the object at 1 to 3 is empty or outside the text of 2"):
        task.check([EXAMPLE, outside], "시험.json")
    with pytest.raises(DataError, match="line 9: the object at 1 to 3"):
        task.encode([outside])


@pytest.mark.parametrize("given", [{"temperature": 2.0}, {"types": ("PER",)}])
def test_what_is_learned_cannot_be_set(given: dict[str, Any]) -> None:
    set_language("en")
    with pytest.raises(ConfigError, match="learned from the data"):
        Relations.configure(RelationsConfig(**given), Relations.demo())


# --- scores


def predicted(example: RelationExample, relation: str, labels: tuple[str, ...] = RELATIONS) -> RelationPrediction:
    scores = {relation: 0.7} | {label: 0.3 / (len(labels) - 1) for label in labels if label != relation}
    first, second = (
        Entity(example.text[s.start : s.end], s.label, *s.place) for s in (example.subject, example.object)
    )
    return RelationPrediction(example.text, None, first, second, relation, 0.7, scores)


def test_scores_are_klues(tiny_model: Path) -> None:
    gold = ["per:parents", "per:children", "no_relation", "no_relation", "org:members"]
    said = ["per:parents", "per:parents", "per:title", "no_relation", "no_relation"]
    examples = [RelationExample("가나", Span(0, 1), Span(1, 2), relation) for relation in gold]
    predictions = [predicted(e, relation) for e, relation in zip(examples, said, strict=True)]
    task, _ = task_on(tiny_model)
    scores = task.score(predictions, examples)
    assert scores["klue_re_f1"].value == pytest.approx(2 * 1 / (3 + 3))  # 1 right, 3 relations in gold, 3 answered
    assert scores["accuracy"].value == pytest.approx(2 / 5)
    assert list(scores) == ["klue_re_f1", "klue_re_auprc", "accuracy", "macro_f1", "ece", "brier"]
    analysis = task.analyse(predictions, examples)
    assert {row.label for row in analysis.class_rows} == {*gold, *said}
    (constant,) = analysis.baselines
    assert constant.scores["klue_re_f1"].value == pytest.approx(2 / (3 + 5))
    assert constant.scores["accuracy"].value == pytest.approx(1 / 5)
    assert constant.difference is not None
    assert constant.difference.value == pytest.approx(2 / 6 - 2 / 8) and constant.difference.low < 0
    assert len(analysis.errors) == 3 and analysis.errors[0].text == "[[가]]((나))"


def test_first_token_pooling_is_a_hugging_face_class(tiny_model: Path, tmp_path: Path) -> None:
    from transformers import AutoModelForSequenceClassification

    for entities in ("markers", "embedding"):
        task, model = task_on(tiny_model, entities=entities, pooling="first")
        folder = tmp_path / entities
        save_artifact(folder, model.eval(), task, {}, {}, "# 카드\n")
        ((window,),) = task.encode([EXAMPLE])
        ((answer,),) = run_model(model, task, [[window]], CPU)
        plain, info = AutoModelForSequenceClassification.from_pretrained(folder, output_loading_info=True)
        assert not info["missing_keys"] and not info["unexpected_keys"]
        ids, kinds = (torch.tensor(row[None].astype(np.int64)) for row in (window.input_ids, window.type_ids))
        with torch.inference_mode():
            logits = plain.eval()(input_ids=ids, token_type_ids=kinds).logits[0].numpy()
        assert np.abs(logits - answer.outputs["logits"]).max() < 1e-5
        assert plain.config.id2label[1] == "org:dissolved"


def test_entity_pooling_is_a_head_of_our_own(tiny_model: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    task, model = task_on(tiny_model)
    save_artifact(tmp_path, model, task, {}, {}, "# 카드\n")
    weights = load_file(tmp_path / "model.safetensors")
    assert weights["malmoi_head.dense.weight"].shape == (32, 64)
    assert read_json(tmp_path / "config.json")["architectures"] == ["BertModel"]
