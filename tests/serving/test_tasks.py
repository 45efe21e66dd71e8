"""Every task and language model behind HTTP: the answers are those of Python and the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from serving_helpers import Running, Start
from tiny_models import demo_model

from malmoi.errors import ConfigError, ModelNotFound
from malmoi.inference.artifact import save_artifact
from malmoi.inference.generate import Generator
from malmoi.inference.predictor import load
from malmoi.models.decoding import Decoding
from malmoi.serving.models import open_models, split_name
from malmoi.tasks import TASKS, Task
from malmoi.training.recipe import Recipe, recipe_to_dict


@pytest.fixture(scope="module")
def folders(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A random model of each task."""
    folder = tmp_path_factory.mktemp("served")
    for task_class in TASKS:
        task, model = demo_model(task_class, tiny_model)
        save_artifact(folder / task.name, model.eval(), task, recipe_to_dict(Recipe()), {}, "# 모델 카드\n")
    return {task.name: folder / task.name for task in TASKS}


@pytest.fixture(scope="module")
def server(start: Start, folders: dict[str, Path]) -> Running:
    return start(open_models([str(folder) for folder in folders.values()], threads=1))


@pytest.mark.parametrize("task_class", TASKS, ids=[task.name for task in TASKS])
def test_every_task_answers_as_python_does(task_class: type[Task], server: Running, folders: dict[str, Path]) -> None:
    predictor = load(str(folders[task_class.name]), threads=1)
    sample = predictor.task.sample
    expected = json.loads(json.dumps(predictor(sample).to_dict()))
    answer = server.ask(f"{task_class.name}/predict", sample)
    assert answer.status_code == 200, answer.text
    assert answer.json().keys() == expected.keys() and answer.json()["text"] == expected["text"]
    several = server.ask(f"{task_class.name}/predict", {"inputs": [sample, sample]}).json()["predictions"]
    assert [one["text"] for one in several] == [expected["text"]] * 2
    facts = next(one for one in server.client.get("/info").json()["models"] if one["name"] == task_class.name)
    assert facts["task"] == task_class.name and facts["sample"] == sample


@pytest.mark.parametrize("task_class", TASKS, ids=[task.name for task in TASKS])
@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": "가", "pair": "나"}, {"text": "가", "turns": 3, "words": {}, "subject_entity": [1]}, {"turns": [["x"]]}, {"text": "\u0000\u202e👨‍👩‍👧‍👦ᄊᆞ"}], ids=str)  # fmt: skip
def test_strange_questions_are_answered_or_refused(task_class: type[Task], body: Any, server: Running) -> None:
    answer = server.ask(f"{task_class.name}/predict", body)
    assert answer.status_code in (200, 422), answer.text
    if answer.status_code == 422:
        assert answer.json()["code"] == "invalid" and answer.json()["message"]


def test_alone_and_in_mixed_batches(server: Running) -> None:
    texts = ["가", "음식이 맛있고 직원도 친절합니다 " * 8, "배송이 늦고 상자가 찢어져 왔어요", "네"]
    alone = [server.ask("classification/predict", {"text": text}).json() for text in texts]
    together = server.ask("classification/predict", {"inputs": texts * 3}).json()["predictions"]
    for i, answer in enumerate(together):
        assert answer["label"] == alone[i % 4]["label"]
        assert answer["score"] == pytest.approx(alone[i % 4]["score"], abs=0.02)  # bf16; fp32 and int8: test_export


@pytest.fixture(scope="module")
def language(start: Start, pretrained: Callable[[str], Path]) -> Running:
    return start(open_models([f"bert={pretrained('bert')}", f"gpt={pretrained('gpt')}"], threads=1))


def test_words_and_next_sentences(language: Running) -> None:
    offers = [model["offers"] for model in language.client.get("/info").json()["models"]]
    assert offers == [["fill-mask", "next-sentence", "tokens"], ["generate", "tokens"]]
    found = language.ask("bert/fill-mask", {"text": "나는 [MASK]를 봤다.", "top_k": 3}).json()
    assert len(found["masks"][0]["fillings"]) == 3
    assert language.ask("bert/fill-mask", {"text": "가려진 것이 없다"}).status_code == 422
    pair = language.ask("bert/next-sentence", {"text": "표를 샀다.", "pair": "집에 돌아왔다."}).json()
    assert 0 <= pair["probability"] <= 1
    assert language.ask("bert/predict", {"text": "가"}).status_code == 404


def events(text: str) -> list[tuple[str, Any]]:
    blocks = [block.split("\n") for block in text.strip().split("\n\n")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks]


def test_generation_whole_and_as_events(language: Running, pretrained: Callable[[str], Path]) -> None:
    body = {"text": "나는", "max_new_tokens": 12, "sample": True, "seed": 7, "top_p": 0.9}
    whole = language.ask("gpt/generate", body).json()
    expected = Generator(str(pretrained("gpt")), threads=1)("나는", Decoding(12, sample=True, seed=7, top_p=0.9))
    assert whole["ai_generated"] is True and whole["generated"] == expected.generated
    with language.client.stream("POST", "/v1/models/gpt/generate", json=body | {"stream": True}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        *pieces, (name, done) = events(answer.read().decode())
    assert name == "done" and done == whole
    assert "".join(data["piece"] for _, data in pieces) == whole["generated"]


@pytest.mark.parametrize(
    "change", [{"temperature": 0.5}, {"max_new_tokens": 513}, {"max_new_tokens": 100}, {"beams": 2}, {"stop": [""]}, {"text": "가" * 20_001}], ids=str
)  # fmt: skip
@pytest.mark.parametrize("stream", [False, True])
def test_generation_that_cannot_be(change: dict[str, Any], stream: bool, language: Running) -> None:
    answer = language.ask("gpt/generate", {"text": "나는", "stream": stream} | change)
    assert answer.status_code == (413 if len(str(change)) > 1000 else 422), answer.text


def test_similarity_of_an_encoder(start: Start, tiny_model: Path) -> None:
    server = start(open_models([f"enc={tiny_model}"], threads=1))
    assert server.ask("enc/similarity", {"text": "가", "pair": "가"}).json()["score"] == pytest.approx(1, abs=1e-4)


def test_names(tfidf_run: Path, tmp_path: Path) -> None:
    assert split_name("runs/a b!c") == ("a-b-c", "runs/a b!c") and split_name("이름=x/y") == ("이름", "x/y")
    with pytest.raises(ConfigError, match="a/b|a b"):
        split_name("a b=x")
    with pytest.raises(ConfigError, match="다른이름="):
        open_models([str(tfidf_run), str(tfidf_run)])
    with pytest.raises(ModelNotFound):
        open_models([str(tmp_path)])


def test_pickles_and_foreign_code_are_refused(tiny_model: Path, tmp_path: Path) -> None:
    import pickle
    import shutil

    from malmoi.io import read_json, write_json

    class Canary:
        def __reduce__(self) -> Any:
            return (open, (str(tmp_path / "canary"), "w"))

    folder = Path(shutil.copytree(tiny_model, tmp_path / "model"))
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Canary()))
    with pytest.raises(ModelNotFound):
        open_models([str(folder)])
    shutil.copy(tiny_model / "model.safetensors", folder)
    write_json(folder / "config.json", read_json(folder / "config.json") | {"auto_map": {"AutoModel": "evil.Model"}})
    with pytest.raises(ModelNotFound, match="auto_map"):
        open_models([str(folder)])
    assert not (tmp_path / "canary").exists()
