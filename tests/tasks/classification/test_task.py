"""Classification: poolings, pairs, readable labels, temperature, class weights, bad labels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_models import CPU, Training, demo_model, windows_of

from malmoi.config import from_dict
from malmoi.data.examples import TextExample
from malmoi.data.labels import LabelName
from malmoi.errors import ConfigError, DataError
from malmoi.inference.artifact import load_model, open_artifact, save_artifact
from malmoi.inference.engines import run_model
from malmoi.inference.predictor import load
from malmoi.io import read_json
from malmoi.messages import set_language
from malmoi.metrics.calibration import softmax
from malmoi.models.heads import pool
from malmoi.models.task_model import TaskModel, batch_to_tensors
from malmoi.tasks import Window
from malmoi.tasks.classification import Classification, ClassificationConfig
from malmoi.tasks.classification.task import ClassificationFeatures
from malmoi.tasks.multi_label import MultiLabel
from malmoi.tasks.text_task import LabelTask
from malmoi.training.loop import Lane, accumulate
from malmoi.training.recipe import OptimRecipe, TrainRecipe

NAMES = {"0": "부정", "1": "긍정"}
TEXTS = [
    "배송이 빠르고 좋아요",
    "돈이 아까운 영화, 지루해서 중간에 나왔다",
    "네",
    "또 오고 싶은 곳 <s> [CLS] \x00 ㅋㅋ 한글",
]
PAIRED = [
    TextExample("음식이 맛있고", pair="직원도 친절합니다", label="같음"),
    TextExample("너무 비싸요", pair="배송이 늦고", label="다름"),
]


@pytest.fixture(autouse=True)
def english() -> None:
    set_language("en")


def labelled(*labels: str | None) -> list[TextExample]:
    return [TextExample(f"글 {i}", label=label, row=i + 1) for i, label in enumerate(labels)]


def shake(model: TaskModel) -> TaskModel:
    """Make the head's outputs as different as a trained one's."""
    torch.manual_seed(5)
    with torch.no_grad():
        for parameter in model.heads.parameters():
            parameter.add_(0.5 * torch.randn_like(parameter))
    return model


def logits_of(model: TaskModel, task: Any, examples: list[TextExample]) -> np.ndarray:
    windows = run_model(model, task, task.encode(examples), CPU)
    return np.stack([window[0].outputs["logits"] for window in windows])


def save(folder: Path, model: TaskModel, task: Any) -> Path:
    save_artifact(folder, model, task, {}, {}, "# 카드\n")
    return folder


# --- poolings -------------------------------------------------------------------------------------------------


def test_mean_pooling_is_saved_under_our_own_names(tiny_model: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file
    from transformers import AutoModel

    task, model = demo_model(Classification, tiny_model, pooling="mean")
    examples = [TextExample(text) for text in TEXTS]
    expected = logits_of(shake(model), task, examples)
    folder = save(tmp_path / "run", model, task)
    names = set(load_file(folder / "model.safetensors"))
    heads = {name for name in names if name.startswith("malmoi_head.")}
    assert heads == {f"malmoi_head.{part}.{kind}" for part in ("dense", "output") for kind in ("weight", "bias")}
    assert all(name.startswith("bert.") for name in names - heads)
    assert read_json(folder / "config.json")["architectures"] == ["BertModel"]
    artifact = open_artifact(folder)
    assert artifact.task.config.pooling == "mean"
    assert np.array_equal(logits_of(load_model(artifact), artifact.task, examples), expected)
    backbone = AutoModel.from_pretrained(folder)
    assert torch.equal(backbone.embeddings.word_embeddings.weight, model.backbone.embeddings.word_embeddings.weight)


def test_mean_pooling_leaves_padding_out() -> None:
    hidden = torch.tensor([[[1.0], [3.0], [100.0]], [[2.0], [4.0], [6.0]]])
    mask = torch.tensor([[1, 1, 0], [1, 1, 1]])
    assert pool(hidden, mask, "mean").tolist() == [[2.0], [4.0]]
    assert pool(hidden, mask, "first").tolist() == [[1.0], [2.0]]


def test_poolings_differ(tiny_model: Path) -> None:
    examples = [TextExample(text) for text in TEXTS]
    first, mean = (logits_of(shake(model), task, examples) for task, model in (
        demo_model(Classification, tiny_model, pooling=pooling) for pooling in ("first", "mean")
    ))  # fmt: skip
    assert np.abs(first - mean).max() > 1e-3


# --- pairs ----------------------------------------------------------------------------------------------------


def test_pairs_have_token_types(tiny_model: Path) -> None:
    task, _ = demo_model(Classification, tiny_model, PAIRED)
    (features,) = windows_of(task, [TextExample("음식이 맛있고", pair="직원도 친절합니다")])
    assert features.input_ids[0] == 2 and (features.input_ids == 3).sum() == 2
    middle = int(np.flatnonzero(features.input_ids == 3)[0])
    assert not features.type_ids[: middle + 1].any() and features.type_ids[middle + 1 :].all()


def test_both_sides_count(tiny_model: Path, tmp_path: Path) -> None:
    task, model = demo_model(Classification, tiny_model, PAIRED)
    predictor = load(str(save(tmp_path / "run", shake(model), task)), precision="fp32", threads=1)
    one, other, turned = predictor([("맛있고", "비싸요"), ("맛있고", "좋아요"), ("비싸요", "맛있고")])
    assert len({str(p.scores) for p in (one, other, turned)}) == 3
    assert (one.text, one.pair) == ("맛있고", "비싸요")
    assert one.to_dict()["pair"] == "비싸요"


def test_pairs_are_encoded_in_a_list_as_alone(tiny_model: Path) -> None:
    task, _ = demo_model(Classification, tiny_model, PAIRED)
    rows = [*PAIRED, TextExample("맛있고", pair=""), TextExample("맛있고", pair="네")]
    together, alone = windows_of(task, rows), [windows_of(task, [example])[0] for example in rows]
    for a, b in zip(together, alone, strict=True):
        assert a.input_ids.tolist() == b.input_ids.tolist() and a.type_ids.tolist() == b.type_ids.tolist()
        assert a.label_id == b.label_id
    assert [features.label_id for features in together] == [0, 1, -1, -1]


@pytest.mark.parametrize("pair", [None, "가 " * 50, "네"])
def test_long_texts_and_pairs_are_cut(pair: str | None, tiny_model: Path) -> None:
    task, _ = demo_model(Classification, tiny_model, None if pair is None else PAIRED, max_length=12)
    for text in ("맛있고 " * 50, "네"):
        (features,) = windows_of(task, [TextExample(text, pair=pair)])
        assert len(features) <= 12 and features.input_ids[0] == 2 and features.input_ids[-1] == 3


def test_a_model_of_pairs_says_that_a_single_text_is_none(tiny_model: Path, tmp_path: Path) -> None:
    task, model = demo_model(Classification, tiny_model, PAIRED)
    predictor = load(str(save(tmp_path / "run", model, task)), precision="fp32", threads=1)
    assert predictor.task.reads_pairs
    with pytest.raises(DataError, match="'맛있고'.*no second text.*--pair"):
        predictor("맛있고")
    with pytest.raises(DataError, match="line 7: there is no second text"):
        predictor([("맛있고", "비싸요"), TextExample("좋아요", row=7)])


def test_a_model_of_single_texts_says_that_a_pair_is_too_much(tiny_model: Path) -> None:
    task, _ = demo_model(Classification, tiny_model)
    assert not task.reads_pairs
    for pair in ("비싸요", ""):
        with pytest.raises(DataError, match=r"'맛있고': there is a second text.*--text"):
            task.encode([TextExample("좋아요"), TextExample("맛있고", pair=pair)])


def test_pairs_and_single_texts_are_not_trained_or_judged_together() -> None:
    mixed = [*PAIRED, TextExample("하나", label="같음", row=9)]
    config = Classification.configure(ClassificationConfig(), mixed)
    assert config.pairs
    for training in (True, False):
        with pytest.raises(DataError, match=r"자료\.csv, line 9: there is no second text"):
            Classification(config, None).check(mixed, "자료.csv", training=training)
    single = Classification.configure(ClassificationConfig(), labelled("같음", "다름"))
    with pytest.raises(DataError, match="line 2: there is a second text"):
        Classification(single, None).check([TextExample("글", pair="둘째", label="같음", row=2)], "자료.csv")
    wished = Classification.configure(ClassificationConfig(pairs=True), labelled("같음", "다름"))
    with pytest.raises(DataError, match="no second text"):
        Classification(wished, None).check(labelled("같음", "다름"), "자료.csv", training=True)


def test_a_run_from_before_pairs_were_stored_reads_single_texts(tiny_run: Path) -> None:
    stored = read_json(tiny_run / "task.json")["config"]
    assert stored.pop("pairs") is False
    assert from_dict(ClassificationConfig, stored).pairs is False


# --- labels ---------------------------------------------------------------------------------------------------


def named_task(**changes: Any) -> Classification:
    return Classification(ClassificationConfig(labels=("0", "1"), label_names=NAMES, **changes), None)


def test_readable_names_are_accepted_and_answered() -> None:
    task = named_task()
    assert [task.label_id(label) for label in ("0", "부정", "1", "긍정", "중립", None)] == [0, 0, 1, 1, -1, -1]
    task.check(labelled("0", "긍정", "부정", "1"), "파일", training=True)
    prediction = task.decode(TextExample("좋아요"), [window([0.0, 2.0])])
    assert prediction.label == "긍정" and list(prediction.scores) == ["긍정", "부정"]
    raw = task.score([prediction], labelled("1"))
    assert raw["accuracy"].value == task.score([prediction], labelled("긍정"))["accuracy"].value == 1.0
    assert task.score([prediction], labelled("0"))["accuracy"].value == 0.0


@pytest.mark.parametrize("task", [Classification, MultiLabel], ids=lambda task: task.name)
def test_a_corpus_names_its_labels_alike_for_every_trainer_and_reader(task: type[LabelTask]) -> None:
    names = {"0": LabelName("0", "부정", "negative"), "1": LabelName("1", "긍정", "positive")}
    examples = labelled("0", "1") if task is Classification else [TextExample("글", labels=(x,)) for x in "01"]
    configs, answers, sentences = [], [], []
    for language in ("ko", "en"):
        set_language(language)
        configs.append(task.configure(task.config_class(), examples, names))
        prediction = task(configs[-1], None).decode(TextExample("좋아요"), [window([-2.0, 2.0])])  # type: ignore[arg-type]
        answers.append({name: value for name, value in prediction.to_dict().items() if name != "sentence"})
        sentences.append(prediction.sentence)
    assert configs[0] == configs[1] and answers[0] == answers[1] and list(answers[0]["scores"]) == ["긍정", "부정"]
    assert "긍정" in sentences[0] and "positive" in sentences[1] and "긍정" not in sentences[1]
    assert task(configs[0], None).answers == "negative, positive"  # type: ignore[arg-type]
    own = task.configure(task.config_class(label_names={"0": "나쁨"}), examples, names)  # type: ignore[call-arg]
    assert own.label_names == {"0": "나쁨"} and own.english_names is None  # what the user says stands


def test_readable_names_are_saved(tiny_model: Path, tmp_path: Path) -> None:
    examples = labelled("0", "1")
    task, model = demo_model(Classification, tiny_model, examples, label_names=NAMES)
    folder = save(tmp_path / "run", model, task)
    assert read_json(folder / "config.json")["id2label"] == {"0": "부정", "1": "긍정"}
    assert read_json(folder / "config.json")["label2id"] == {"부정": 0, "긍정": 1}
    assert load(str(folder), precision="fp32").task.label_names == ("부정", "긍정")


def window(logits: list[float]) -> Window:
    features = ClassificationFeatures(np.array([2, 3], dtype=np.int32), np.zeros(2, dtype=np.int8))
    return Window(features, {"logits": np.array(logits, dtype=np.float32)})


@pytest.mark.parametrize("names", [{"0": "같음", "1": "같음"}, {"0": "1"}, {"0": "1", "1": "0"}], ids=str)
def test_names_that_clash_are_refused(names: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="share a name"):
        Classification(ClassificationConfig(labels=("0", "1"), label_names=names), None)


def test_labels_are_learned_in_a_stable_order() -> None:
    config = Classification.configure(ClassificationConfig(), labelled("10", "부정", "9", "긍정", "9"))
    assert config.labels == ("9", "10", "긍정", "부정")
    kept = ClassificationConfig(labels=("나", "가"))
    assert Classification.configure(kept, labelled("가", "나")) == kept
    with pytest.raises(ConfigError, match="temperature"):
        Classification.configure(ClassificationConfig(temperature=2.0), labelled("가", "나"))


def test_unseen_label_names_row_and_nearest() -> None:
    task = Classification(ClassificationConfig(labels=("긍정", "부정")), None)
    with pytest.raises(DataError, match=r"시험\.tsv[\s\S]*line 2: '긍저'.*'긍정'"):
        task.check(labelled("긍정", "긍저"), "시험.tsv")
    with pytest.raises(DataError, match="line 1: no label"):
        task.check(labelled(None), "시험.tsv")
    task.check(labelled("긍정"), "시험.tsv")  # one class is enough to be judged on


def test_one_class_cannot_be_trained() -> None:
    task = Classification(ClassificationConfig(labels=("긍정",)), None)
    with pytest.raises(DataError, match="all 3 examples have the label '긍정'"):
        task.check(labelled("긍정", "긍정", "긍정"), "파일", training=True)
    with pytest.raises(DataError, match="no examples"):
        task.check([], "파일", training=True)
    with pytest.raises(DataError, match="text is empty"):
        task.check([TextExample(" ", label="긍정")], "파일", training=True)


@pytest.mark.parametrize(
    "changes",
    [
        {"max_length": 3},
        {"max_length": 9000},
        {"dropout": 1.0},
        {"dropout": -0.1},
        {"label_smoothing": 1.0},
        {"temperature": 0.0},
    ],
    ids=str,
)
def test_values_out_of_range(changes: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(changes))):
        ClassificationConfig(**changes)


# --- probabilities and loss -----------------------------------------------------------------------------------


def test_decode_gives_softmax_and_ties_in_label_order() -> None:
    task = Classification(ClassificationConfig(labels=("가", "나", "다")), None)
    prediction = task.decode(TextExample("글"), [window([1.0, 3.0, 1.0])])
    expected = softmax(np.array([1.0, 3.0, 1.0]))
    assert list(prediction.scores) == ["나", "가", "다"]
    assert prediction.scores["나"] == prediction.score == pytest.approx(expected[1], abs=1e-6)
    assert sum(prediction.scores.values()) == pytest.approx(1.0, abs=1e-5)


def test_temperature_is_folded_into_the_weights(tiny_model: Path, tmp_path: Path) -> None:
    examples = Classification.demo()
    task, model = demo_model(Classification, tiny_model)
    before = logits_of(shake(model), task, examples)
    windows = run_model(model, task, task.encode(examples), CPU)
    tuned = task.calibrate(examples, windows, model.heads["classification"])
    temperature = tuned.config.temperature
    assert temperature != 1.0 and tuned.config == replace(task.config, temperature=temperature)
    expected = softmax(before / temperature)
    assert np.abs(softmax(logits_of(model, tuned, examples)) - expected).max() < 1e-3
    predictor = load(str(save(tmp_path / "run", model, tuned)), precision="fp32", threads=1)
    for prediction, row in zip(predictor.predict(examples), expected, strict=True):
        assert [prediction.scores[name] for name in task.label_names] == pytest.approx(row.tolist(), abs=1e-3)
    assert read_json(tmp_path / "run" / "task.json")["config"]["temperature"] == temperature


def test_fold_temperature_divides_the_logits(tiny_model: Path) -> None:
    task, model = demo_model(Classification, tiny_model)
    before = logits_of(shake(model), task, Classification.demo())
    model.heads["classification"].fold_temperature(2.5)
    assert np.abs(logits_of(model, task, Classification.demo()) * 2.5 - before).max() < 1e-5


def test_loss_is_summed_cross_entropy(tiny_model: Path) -> None:
    task, model = demo_model(Classification, tiny_model, label_smoothing=0.1)
    batch = batch_to_tensors(task.collate(windows_of(task, Classification.demo()), np.random.default_rng(0)), CPU)
    head = shake(model).heads["classification"]
    logits = {"logits": torch.randn(6, 3)}
    total, count = head.loss(logits, batch)
    log_probabilities = logits["logits"].log_softmax(-1)
    gold = log_probabilities[range(6), batch["label_ids"]]
    expected = -(0.9 * gold + 0.1 * log_probabilities.mean(-1)).sum()
    assert float(total) == pytest.approx(float(expected), rel=1e-6) and float(count) == 6


def weighted_loss(folder: Path, class_weights: Any, **config: Any) -> tuple[Any, ...]:
    """Return loss, count, the head's weights and the logits of random outputs for the demo examples."""
    task, model = demo_model(Classification, folder, class_weights=class_weights, **config)
    batch = batch_to_tensors(task.collate(windows_of(task, Classification.demo()), np.random.default_rng(0)), CPU)
    torch.manual_seed(1)
    logits = torch.randn(6, 3)
    head = model.heads["classification"]
    return *head.loss({"logits": logits}, batch), head.class_weights, (logits, batch["label_ids"])


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_weighted_loss_is_torchs_mean_once_divided(smoothing: float, tiny_model: Path) -> None:
    given = {"긍정": 3.0, "중립": 0.25}
    total, count, weights, (logits, gold) = weighted_loss(tiny_model, given, label_smoothing=smoothing)
    assert weights == (3.0, 1.0, 0.25)  # 긍정, 부정, 중립
    expected = torch.nn.CrossEntropyLoss(torch.tensor(weights), label_smoothing=smoothing)(logits, gold)
    assert float(total / count) == pytest.approx(float(expected), rel=1e-6)
    assert float(count) == pytest.approx(2 * (3 + 1 + 0.25))


def test_balanced_weights_are_learned_and_stored() -> None:
    rows = [*labelled(*["흔함"] * 8), *labelled("드묾", "드묾")]
    config = Classification.configure(ClassificationConfig(class_weights="balanced"), rows)
    sklearn = pytest.importorskip("sklearn.utils.class_weight")
    expected = sklearn.compute_class_weight("balanced", classes=np.array(config.labels), y=[e.label for e in rows])
    assert isinstance(config.class_weights, dict)
    assert [config.class_weights[label] for label in config.labels] == pytest.approx(expected.tolist())
    assert Classification(config, None).class_weights() == pytest.approx(expected.tolist())


def test_balanced_weights_leave_labels_that_never_occur_at_one() -> None:
    config = ClassificationConfig(labels=("가", "나", "다"), label_names={"나": "둘째"}, class_weights="balanced")
    done = Classification.configure(config, labelled("가", "가", "둘째"))
    assert Classification(done, None).class_weights() == [0.75, 1.5, 1.0]


def test_weights_of_unknown_labels_and_of_nothing_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"class_weights\.긍저.*긍정"):
        Classification(ClassificationConfig(labels=("긍정", "부정"), class_weights={"긍저": 2.0}), None)
    with pytest.raises(ConfigError, match=r"class_weights\.긍정 0 "):
        ClassificationConfig(class_weights={"긍정": 0.0})
    with pytest.raises(ConfigError, match="balanced"):
        from_dict(ClassificationConfig, {"class_weights": "balancd"}, "task.")
    assert from_dict(ClassificationConfig, {"class_weights": {"긍정": 2}}).class_weights == {"긍정": 2.0}


@pytest.mark.parametrize("cut", [[4, 2], [1, 5], [1] * 6], ids=str)
def test_weighted_loss_is_the_same_in_micro_batches(cut: list[int], tiny_model: Path) -> None:
    """The weights are far below one: a count that is taken for at least 1 would show."""
    found = []
    rows = np.arange(6)
    for update in ([rows], np.split(rows, np.cumsum(cut)[:-1])):
        task, model = demo_model(Classification, tiny_model, class_weights={"긍정": 0.1, "부정": 0.02, "중립": 0.05})
        run = Training(task, model, Classification.demo(), TrainRecipe(batch_size=8), OptimRecipe())
        total, terms = accumulate(Lane(run.model, run.task, run.features, run.plan), update, CPU, (0, 0))
        found.append((total / terms, run.optimizer.gradient_norm(1 / terms), terms))
    assert found[0] == pytest.approx(found[1], rel=1e-4)
    assert found[0][2] == pytest.approx(2 * 0.17) and found[0][0] > 0.5


def test_main_score_is_chosen() -> None:
    assert Classification(ClassificationConfig(labels=("가", "나")), None).main_score == "accuracy"
    assert (
        Classification(ClassificationConfig(labels=("가", "나"), main_score="macro_f1"), None).main_score == "macro_f1"
    )


def test_dropout_is_on_in_training_only(tiny_model: Path) -> None:
    task, model = demo_model(Classification, tiny_model, dropout=0.5)
    head, hidden = shake(model).heads["classification"], torch.randn(2, 3, 32)
    mask = torch.ones(2, 3)
    outputs = [head.train(mode).logits(hidden, attention_mask=mask)["logits"] for mode in (True, True, False, False)]
    assert not torch.equal(outputs[0], outputs[1]) and torch.equal(outputs[2], outputs[3])
