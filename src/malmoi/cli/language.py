"""`malmoi fill-mask`, `next-sentence`, `generate`, `similarity`, `bits`: what one asks a language model."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Annotated, Any

import typer

from malmoi.cli.options import JsonFile
from malmoi.cli.output import Output
from malmoi.cli.show import show_prediction
from malmoi.cli.texts import both
from malmoi.errors import ConfigError
from malmoi.messages import say

Model = Annotated[
    str, typer.Argument(metavar="MODEL", help=both("폴더나 허브 이름", "a folder or hub name"), show_default=False)
]
Texts = Annotated[list[str] | None, typer.Argument(metavar="TEXT", help=both("글 (없으면 표준 입력의 줄마다)", "texts (else the lines of standard input)"))]  # fmt: skip
TopK = Annotated[
    int, typer.Option("--top-k", metavar="K", help=both("자리마다 보일 낱말 수", "fillings for each mask"))
]

FILL_MASK_HELP = both(
    "[MASK] 자리에 올 낱말을 확률과 함께 보여 줍니다.", "Show what may stand for [MASK], with probabilities."
)
FILL_MASK_EXAMPLES = both('예:\n  malmoi fill-mask runs/bert "이 영화 정말 [MASK]"', 'Example:\n  malmoi fill-mask runs/bert "이 영화 정말 [MASK]"')  # fmt: skip
NEXT_SENTENCE_HELP = both("둘째 문장이 첫째 문장에 이어질 확률을, 거꾸로도 보여 줍니다.", "Show how probably the second sentence follows the first, and the other way round.")  # fmt: skip
NEXT_SENTENCE_EXAMPLES = both('예:\n  malmoi next-sentence runs/bert "표를 끊었다." "극장에 들어갔다."', 'Example:\n  malmoi next-sentence runs/bert "표를 끊었다." "극장에 들어갔다."')  # fmt: skip
GENERATE_HELP = both("글을 이어 씁니다. 결과에는 AI 가 만들었다는 표시가 붙습니다.", "Write on. What is written is marked as AI-generated.")  # fmt: skip
GENERATE_EXAMPLES = both(
    '예:\n  malmoi generate runs/gpt "이 영화는" --top-p 0.9 --seed 1\n  malmoi generate runs/gpt "이 영화는" --beams 4 --no-repeat-ngram 3',
    'Examples:\n  malmoi generate runs/gpt "이 영화는" --top-p 0.9 --seed 1\n  malmoi generate runs/gpt "이 영화는" --beams 4 --no-repeat-ngram 3',
)
SIMILARITY_HELP = both(
    "두 글이 얼마나 비슷한지 (벡터의 코사인) 보여 줍니다. e5 모델에서는 서로 무관한 글도 0.7~0.85 쯤 나오니, 값 자체보다 다른 쌍과 견주어 보세요.",
    "Show how alike two texts are (the cosine of their vectors). With e5 models texts that have nothing in common lie around 0.7 to 0.85: compare pairs with each other.",
)
SIMILARITY_EXAMPLES = both('예:\n  malmoi similarity e5-small-ko "영화가 재밌다" "재미있는 영화였다"', 'Example:\n  malmoi similarity e5-small-ko "영화가 재밌다" "재미있는 영화였다"')  # fmt: skip
BITS_HELP = both("언어 모델이 글을 얼마나 뜻밖으로 여기는지, 글자당 비트로 보여 줍니다.", "Show how surprising texts are to a language model, in bits per character.")  # fmt: skip
BITS_EXAMPLES = both('예:\n  malmoi bits runs/gpt "이 영화 정말 재밌어요"', 'Example:\n  malmoi bits runs/gpt "이 영화 정말 재밌어요"')  # fmt: skip


def fill_mask(model: Model, texts: Texts = None, top_k: TopK = 5, json: JsonFile = None) -> None:
    """Answer for texts with masks."""
    from malmoi.inference.fill_mask import FillMask

    output, given = Output(json), _texts(texts)
    filler = FillMask(model)
    _answer(output, (filler(text, top_k) for text in given))


def next_sentence(model: Model, first: Annotated[str, typer.Argument(metavar="FIRST")], second: Annotated[str, typer.Argument(metavar="SECOND")], json: JsonFile = None) -> None:  # fmt: skip
    """Answer for a pair of sentences."""
    from malmoi.inference.next_sentence import NextSentence

    output = Output(json)
    _answer(output, [NextSentence(model)(first, second)])


def similarity(model: Model, first: Annotated[str, typer.Argument(metavar="FIRST")], second: Annotated[str, typer.Argument(metavar="SECOND")], prefix: Annotated[str | None, typer.Option(metavar="TEXT", help=both('글마다 앞에 붙일 말 (없으면 모델에 적힌 것, e5 는 "query: ")', 'what stands before each text (else what is stored with the model, "query: " for e5)'))] = None, json: JsonFile = None) -> None:  # fmt: skip
    """Answer for a pair of texts."""
    from malmoi.inference.similarity import Similarity

    output = Output(json)
    _answer(output, [Similarity(model, prefix=prefix)(first, second)])


def bits(model: Model, texts: Texts = None, json: JsonFile = None) -> None:
    """Answer for texts."""
    from malmoi.inference.bits import BitsPerChar

    output, given = Output(json), _texts(texts)
    reader = BitsPerChar(model)
    _answer(output, (reader(text) for text in given))


def generate(
    model: Model,
    texts: Texts = None,
    max_new_tokens: Annotated[int, typer.Option(help=both("새로 쓸 토큰 수", "new tokens at most"))] = 64,
    sample: Annotated[bool, typer.Option("--sample", help=both("가장 그럴듯한 것 대신 뽑아서 씀", "draw instead of taking the most probable"))] = False,
    temperature: Annotated[float | None, typer.Option(help=both("뽑을 때의 온도", "temperature of the draw"))] = None,
    top_k: Annotated[int | None, typer.Option(help=both("가장 그럴듯한 K개에서만 뽑음", "draw from the K most probable"))] = None,
    top_p: Annotated[float | None, typer.Option(help=both("확률의 합이 P 인 것들에서만 뽑음", "draw from the most probable that make up P"))] = None,
    seed: Annotated[int | None, typer.Option(help=both("뽑기의 씨앗", "seed of the draw"))] = None,
    beams: Annotated[int, typer.Option(help=both("빔의 수", "beams"))] = 1,
    length_penalty: Annotated[float | None, typer.Option(help=both("빔의 길이 보정", "length penalty of beams"))] = None,
    repetition_penalty: Annotated[float, typer.Option(help=both("나온 토큰의 벌점 (1: 없음)", "penalty of tokens seen (1: none)"))] = 1.0,
    no_repeat_ngram: Annotated[int, typer.Option(metavar="N", help=both("토큰 N개의 되풀이를 막음", "no N tokens twice"))] = 0,
    stop: Annotated[list[str] | None, typer.Option(metavar="TEXT", help=both("이 문자열에서 멈춤 (여러 번)", "stop at this string (repeatable)"))] = None,
    json: JsonFile = None,
) -> None:  # fmt: skip
    """Write on behind each text; a single one appears as it is written."""
    from malmoi.inference.generate import Generator
    from malmoi.models.decoding import Decoding

    drawn = {"temperature": temperature, "top_k": top_k, "top_p": top_p, "seed": seed}
    given: dict[str, Any] = {
        name: value for name, value in (*drawn.items(), ("length_penalty", length_penalty)) if value is not None
    }
    wants_draw = sample or any(value is not None for value in drawn.values())
    settings: dict[str, Any] = {
        "num_beams": beams,
        "repetition_penalty": repetition_penalty,
        "no_repeat_ngram": no_repeat_ngram,
    }
    decoding = Decoding(max_new_tokens, sample=wants_draw, stop=tuple(stop or ()), **settings, **given)
    output, prompts = Output(json), _texts(texts)
    writer = Generator(model)
    if len(prompts) == 1 and beams == 1 and json is None and sys.stdout.isatty():
        _write_live(output, writer.stream(prompts[0], decoding), prompts[0])
        return
    written = writer(prompts, decoding)
    for answer in written:
        output.print("", answer.text + answer.generated, f"  → {_badge()}")
    output.json([answer.to_dict() for answer in written])


def _write_live(output: Output, pieces: Iterable[str], prompt: str) -> None:
    output.print("")
    sys.stdout.write(prompt)
    for piece in pieces:
        sys.stdout.write(piece)
        sys.stdout.flush()
    output.print("", f"  → {_badge()}")


def _badge() -> str:
    """Return what stands below every generated text, in both languages."""
    from malmoi.data.predictions.language import BADGE

    return " / ".join(BADGE)


def _answer(output: Output, predictions: Iterable[Any]) -> None:
    found = []
    for prediction in predictions:
        show_prediction(output, prediction)
        found.append(prediction.to_dict())
    output.json(found)


def _texts(texts: list[str] | None) -> list[str]:
    """Return the texts of the command line, or the lines of standard input when it is a pipe."""
    if texts:
        return texts
    if sys.stdin.isatty():
        raise ConfigError(say("TEXT 를 주거나 파이프로 넘겨 주세요.", "give a TEXT, or lines through a pipe."))
    return [line for line in sys.stdin.read().splitlines() if line.strip()]
