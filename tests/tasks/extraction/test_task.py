"""Machine reading end to end: settings, questions, long contexts, what dev chooses, scores, and plain Hugging Face."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_models import CPU, demo_model, save_backbone

from malmoi.data.examples import AnswerExample, Span, TextExample
from malmoi.errors import ConfigError, DataError
from malmoi.inference.artifact import save_artifact
from malmoi.inference.engines import run_model
from malmoi.tasks import Window
from malmoi.tasks.extraction import Extraction, ExtractionConfig

CONTEXT = "말모이는 1911년부터 주시경이 쓴 사전이다."
FILLER = "비가 오면 아이는 집에서 책을 읽는다. "


def asked(context: str, answer: str | None, question: str = "누가 썼나?") -> AnswerExample:
    """A question whose answer stands once in the context."""
    if answer is None:
        return AnswerExample(question, context, ())
    start = context.index(answer)
    return AnswerExample(question, context, (Span(start, start + len(answer)),))


def sure(features: Any, start: int, end: int) -> Window:
    """A window whose logits are sure of a place."""
    logits = np.zeros((2, len(features)), dtype=np.float32)
    logits[[0, 1], [start, end]] = 20.0
    return Window(features, {"start_logits": logits[0], "end_logits": logits[1]})


def perfect(task: Any, example: AnswerExample) -> list[Window]:
    """Windows that are sure of the gold answer."""
    (windows,) = task.encode([example])
    return [sure(features, features.start, features.end) for features in windows]


@pytest.fixture
def task(tiny_model: Path) -> Any:
    return demo_model(Extraction, tiny_model)[0]


# --- settings ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [
        {"max_length": 8},
        {"max_question": 0},
        {"stride": -1},
        {"n_best": 0},
        {"negatives": -0.5},
        {"negatives": float("nan")},
        {"max_length": 128},
    ],
    ids=str,
)
def test_impossible_settings(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(settings))):
        ExtractionConfig(**settings)


@pytest.mark.parametrize(
    "learned", [{"max_answer": 9}, {"cuts_particles": True}, {"brevity": 0.1}, {"no_answer": 0.3}], ids=str
)
def test_what_is_learned_cannot_be_set(learned: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(learned))):
        Extraction.configure(ExtractionConfig(**learned), Extraction.demo())


def test_metric_and_limits_follow_from_the_data() -> None:
    html = "<!DOCTYPE html>\n<html><body>말모이</body></html>"
    answered = [asked(CONTEXT, "주시경")]
    cases = [
        (answered, "korquad", None),
        ([*answered, asked(CONTEXT, None)], "klue_mrc", 0.5),
        ([asked(html, "말모이")], "korquad2", None),
        ([asked("<html lang='ko'><body>말모이</body></html>", "말모이")], "korquad2", None),
    ]
    for examples, metric, threshold in cases:
        config = Extraction.configure(ExtractionConfig(), examples)
        assert (config.metric, config.no_answer, config.max_answer) == (metric, threshold, 30)
        assert Extraction(config, None).main_score == f"{metric}_em"
    long = asked("가" * 80 + "나", "가" * 80)
    assert Extraction.configure(ExtractionConfig(metric="klue_mrc"), [long]).max_answer == 80
    assert Extraction.configure(ExtractionConfig(metric="klue_mrc"), [long]).metric == "klue_mrc"


# --- questions that cannot be used ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("example", "problem"),
    [
        (AnswerExample("누가?", CONTEXT, None, id="7-1", row=3), "3번째 줄 \\(7-1\\): 답이 표시되지"),
        (AnswerExample("누가?", " ", ()), "1번째 항목: 질문이나 지문이 비어"),
        (AnswerExample("", CONTEXT, ()), "비어"),
        (AnswerExample("누가?", CONTEXT, (Span(3, 99),)), "3~99"),
        (AnswerExample("누가?", CONTEXT, (Span(3, 3),)), "3~3"),
        (TextExample("누가?", CONTEXT, "긍정"), "질문과 지문이 아닙니다"),
    ],
)
def test_unusable_examples_are_named(task: Any, example: Any, problem: str) -> None:
    with pytest.raises(DataError, match=f"자료.json, .*{problem}"):
        task.check([example], "자료.json")


def test_nothing_to_learn(task: Any) -> None:
    task.check([asked(CONTEXT, None)], "자료.json")
    with pytest.raises(DataError, match="답이 있는 질문이 하나도 없어"):
        task.check([asked(CONTEXT, None)], "자료.json", training=True)


def test_questions_need_a_context(task: Any) -> None:
    with pytest.raises(DataError, match="--pair"):
        task.ask("누가 썼나?")
    assert task.ask("누가 썼나?", CONTEXT, row=4) == AnswerExample("누가 썼나?", CONTEXT, row=4)


def test_tokenizers_without_a_first_special_token_are_refused(task: Any) -> None:
    import tokenizers

    backend = tokenizers.Tokenizer.from_str(task.tokenizer.backend.to_str())
    backend.post_processor = tokenizers.processors.TemplateProcessing(
        single="$A [SEP]", pair="$A [SEP] $B [SEP]", special_tokens=[("[SEP]", 3)]
    )
    odd = Extraction(task.config, type(task.tokenizer)(backend))
    with pytest.raises(ConfigError, match="맨 앞에 특수 토큰"):
        odd.encode([asked(CONTEXT, "주시경")])


# --- places -----------------------------------------------------------------------------------------------------


def test_an_answer_behind_the_512th_token_is_found(task: Any) -> None:
    context = FILLER * 60 + CONTEXT + FILLER * 20
    example = asked(context, "주시경")
    windows = perfect(task, example)
    assert example.answers[0].start > 1000 and len(windows) > 4  # type: ignore[index]
    assert all(len(window.features) <= 384 for window in windows)
    said = task.decode(example, windows)
    assert (said.answer, said.pair[said.start : said.end]) == ("주시경", "주시경")
    assert said.start == example.answers[0].start  # type: ignore[index]


def test_a_context_is_tokenised_once_for_all_its_questions(task: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for: list[str] = []
    pieces = type(task.tokenizer).pieces
    monkeypatch.setattr(
        type(task.tokenizer), "pieces", lambda own, texts: asked_for.extend(texts) or pieces(own, texts)
    )
    questions = [asked(CONTEXT, "주시경", f"누가 {i}번 썼나?") for i in range(5)]
    windows = task.encode(questions)
    assert asked_for.count(CONTEXT) == 1 and len(asked_for) == 6
    assert all(own[0].offsets.base is windows[0][0].offsets.base for own in windows)


def test_places_are_raw_characters_of_decomposed_text(task: Any) -> None:
    context = unicodedata.normalize("NFD", CONTEXT)
    example = asked(context, unicodedata.normalize("NFD", "주시경"))
    said = task.decode(example, perfect(task, example))
    assert said.answer == unicodedata.normalize("NFD", "주시경") and (said.start, said.end) == example.answers[0].place  # type: ignore[index]


def test_html_is_read_without_its_tags_and_answered_in_it(tiny_model: Path) -> None:
    html = "<p>말모이는 <b>주시경</b>이 쓴 사전이다.</p>"
    task: Any = demo_model(Extraction, tiny_model, [asked(html, "주시경")], clean=("html",))[0]
    example = asked(html, "주시경")
    (window,) = perfect(task, example)
    assert len(window.features) < len(html)
    said = task.decode(example, [window])
    assert (said.answer, said.start) == ("주시경", html.index("주시경"))


def test_an_empty_context_answers_nothing(task: Any) -> None:
    example = task.ask("누가 썼나?", " ")
    (features,) = task.encode([example])[0]
    said = task.decode(example, [sure(features, 0, 0)])
    assert (said.answer, said.score, said.start, said.end, said.candidates) == ("", 1.0, None, None, ())


# --- what dev chooses -------------------------------------------------------------------------------------------


def glued(task: Any, example: AnswerExample, answer: str) -> list[Window]:
    """Windows in which the answer and what follows it up to a space are one piece, and sure of that piece."""
    start = example.context.index(answer)
    end = (example.context + " ").index(" ", start)
    (features,) = task.encode([example])[0]
    at = features.context_at
    offsets = np.array([[start, end], [end, len(example.context)]], dtype=np.int32)
    features = replace(
        features, offsets=offsets, input_ids=features.input_ids[: at + 3], type_ids=features.type_ids[: at + 3]
    )
    return [sure(features, at, at)]


def test_particles_are_cut_only_if_that_pays_on_dev(task: Any) -> None:
    assert not task.cuts_particles
    with_particle = asked(CONTEXT, "주시경이")
    without = asked(CONTEXT, "주시경")
    windows = [glued(task, example, "주시경") for example in (with_particle, without, without)]
    chosen = task.tune([with_particle, without, without], windows)
    assert chosen.cuts_particles and chosen.decode(without, windows[1]).answer == "주시경"
    assert "자름" in chosen.tuned()[0][2]
    other = task.tune([with_particle, with_particle, without], windows)
    assert not other.cuts_particles and other.decode(without, windows[1]).answer == "주시경이"
    even = task.tune([with_particle, without], windows[:2])
    assert not even.cuts_particles


def test_a_choice_of_the_user_is_kept(tiny_model: Path) -> None:
    examples = [asked(CONTEXT, "주시경이")]
    for wish, answer in (("cut", "주시경"), ("keep", "주시경이")):
        task: Any = demo_model(Extraction, tiny_model, examples, particles=wish)[0]
        windows = [glued(task, examples[0], "주시경")]
        chosen = task.tune(examples, windows)
        assert chosen.decode(examples[0], windows[0]).answer == answer and len(chosen.tuned()) == 1


def torn(task: Any, example: AnswerExample, longer: float) -> list[Window]:
    """Windows that see the answer 주시경, and by so much more one that goes on to the end of the context."""
    (window,) = perfect(task, example)
    last = window.features.context_at + len(window.features.offsets) - 1  # type: ignore[attr-defined]
    window.outputs["end_logits"][last] = 20.0 + longer
    return [window]


def test_brevity_is_chosen_on_dev(task: Any) -> None:
    short = [asked(CONTEXT, "주시경")] * 3
    windows = [torn(task, short[0], 0.3)] * 3
    assert task.decode(short[0], windows[0]).answer != "주시경"
    chosen = task.tune(short, windows)
    assert chosen.config.brevity == 0.06 and chosen.decode(short[0], windows[0]).answer == "주시경"
    assert chosen.tuned()[1] == ("글자마다 빼는 로그 확률", "log probability a character costs", "0.06")
    long = [asked(CONTEXT, CONTEXT[CONTEXT.index("주시경") :])] * 3
    assert task.tune(long, windows).config.brevity == 0.0


def doubtful(task: Any, example: AnswerExample, doubt: float) -> list[Window]:
    """Windows sure of the answer 주시경, with so much weight on the first token."""
    (window,) = perfect(task, replace(example, answers=asked(CONTEXT, "주시경").answers))
    for logits in window.outputs.values():
        logits[0] = doubt
    return [window]


def test_threshold_of_no_answer_is_tuned_on_dev(task: Any) -> None:
    examples = [asked(CONTEXT, "주시경"), asked(CONTEXT, "주시경"), asked(CONTEXT, None), asked(CONTEXT, None)]
    windows = [doubtful(task, e, doubt) for e, doubt in zip(examples, (12.0, 17.0, 18.5, 19.0), strict=True)]
    before = [task.decode(e, w).answer for e, w in zip(examples, windows, strict=True)]
    assert before == ["주시경"] * 4
    chosen = task.tune(examples, windows)
    assert 0 < chosen.config.no_answer < 0.5
    said = [chosen.decode(e, w) for e, w in zip(examples, windows, strict=True)]
    assert [p.answer for p in said] == ["주시경", "주시경", "", ""]
    assert said[2].score == said[2].no_answer and said[2].candidates[0].text == "주시경"
    assert chosen.score(said, examples)["klue_mrc_em"].value == 1.0
    assert chosen.tuned()[-1][1] == "threshold of no answer"


def test_without_unanswerable_questions_there_is_always_an_answer(tiny_model: Path) -> None:
    examples = [asked(CONTEXT, "주시경")]
    task: Any = demo_model(Extraction, tiny_model, examples)[0]
    windows = [doubtful(task, examples[0], 40.0)]
    chosen = task.tune(examples, windows)
    assert chosen.config.no_answer is None
    said = chosen.decode(examples[0], windows[0])
    assert said.answer == "주시경" and said.no_answer > 0.99


def test_dev_without_unanswerable_questions_leaves_the_threshold(task: Any) -> None:
    examples = [asked(CONTEXT, "주시경")]
    chosen = task.tune(examples, [doubtful(task, examples[0], 40.0)])
    assert chosen.config.no_answer == 0.5


# --- scores -----------------------------------------------------------------------------------------------------


def test_scores_of_each_kind_of_data(tiny_model: Path) -> None:
    example = asked("<p>말모이는 <b>주시경</b>이 쓴 사전이다.</p>", "<b>주시경</b>")
    found = {}
    for metric in ("korquad", "korquad2", "klue_mrc"):
        task: Any = demo_model(Extraction, tiny_model, [example], metric=metric)[0]
        said = replace(task.decode(example, perfect(task, example)), answer="주시경")
        found[metric] = {name: score.value for name, score in task.score([said], [example]).items()}
    assert list(found["korquad"]) == ["korquad_em", "korquad_f1", "squad_f1"] and found["korquad"]["korquad_em"] == 0
    assert found["korquad2"] == {"korquad2_em": 1.0, "korquad2_f1": 1.0}
    assert list(found["klue_mrc"])[:2] == ["klue_mrc_em", "klue_mrc_rouge_w"]


def test_analysis_shows_the_surest_errors_around_the_answer(task: Any) -> None:
    right, wrong = asked(CONTEXT, "주시경"), asked(FILLER * 30 + CONTEXT + FILLER * 30, "주시경")
    said = [
        task.decode(right, perfect(task, right)),
        replace(task.decode(wrong, perfect(task, wrong)), answer="사전", score=0.8),
    ]
    found = task.analyse(said, [right, wrong])
    (error,) = found.errors
    assert (error.gold, error.predicted, error.probability) == ("주시경", "사전", 0.8)
    assert "주시경" in error.pair and len(error.pair) < 200
    assert [(s.low, s.accuracy.value) for s in found.slices] == [(1, 1.0), (1001, 0.0)]
    assert not found.class_rows and not found.baselines


def test_analysis_says_how_well_no_answer_is_told(task: Any) -> None:
    examples = [asked(CONTEXT, "주시경"), asked(CONTEXT, None), asked(CONTEXT, None)]
    windows = [doubtful(task, e, doubt) for e, doubt in zip(examples, (0.0, 40.0, 0.0), strict=True)]
    said = [task.decode(e, w) for e, w in zip(examples, windows, strict=True)]
    found = task.analyse(said, examples)
    assert found.confusion.tolist() == [[1, 0], [1, 1]]
    assert found.baselines[0].scores["klue_mrc_em"].value == pytest.approx(2 / 3)
    assert found.baselines[0].difference is not None
    assert found.errors[0].gold == "답 없음" and found.errors[0].predicted == "주시경"


# --- plain Hugging Face -----------------------------------------------------------------------------------------

READER = """
import json, sys, torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer
question, context = json.loads(sys.argv[1])
found = {}
for folder in sys.argv[2:]:
    model, info = AutoModelForQuestionAnswering.from_pretrained(folder, output_loading_info=True)
    inputs = AutoTokenizer.from_pretrained(folder)(question, context, return_tensors="pt")
    with torch.inference_mode():
        out = model.eval()(**inputs)
    found[folder] = {
        "class": type(model).__name__, "start": out.start_logits[0].tolist(), "end": out.end_logits[0].tolist(),
        "missing": sorted(info["missing_keys"]), "unexpected": sorted(info["unexpected_keys"]),
    }
print(json.dumps(found))
"""
CLASSES = {"bert": "Bert", "roberta": "Roberta", "xlm-roberta": "XLMRoberta", "electra": "Electra"}


def test_opens_in_a_fresh_process(tiny_model: Path, tmp_path: Path) -> None:
    example = asked(CONTEXT, "주시경")
    expected: dict[Path, dict[str, np.ndarray]] = {}
    for kind in CLASSES:
        backbone = save_backbone(kind, tmp_path / f"{kind}-base", tiny_model)
        task, model = demo_model(Extraction, backbone)
        torch.manual_seed(5)
        with torch.no_grad():
            for parameter in model.heads.parameters():
                parameter.add_(0.5 * torch.randn_like(parameter))
        save_artifact(tmp_path / kind, model, task, {}, {}, "# 카드\n")
        ((window,),) = run_model(model, task, task.encode([example]), CPU)
        expected[tmp_path / kind] = {n: row[: len(window.features)] for n, row in window.outputs.items()}
    command = [sys.executable, "-c", READER, json.dumps([example.text, example.context]), *map(str, expected)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout.splitlines()[-1])
    for folder, outputs in expected.items():
        answer = found[str(folder)]
        assert answer["class"] == f"{CLASSES[folder.name]}ForQuestionAnswering"
        assert answer["missing"] == answer["unexpected"] == []
        for name in ("start", "end"):
            row = outputs[f"{name}_logits"]
            assert row.std() > 0.1 and np.abs(np.array(answer[name]) - row).max() < 1e-5
