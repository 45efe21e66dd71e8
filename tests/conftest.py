"""Shared by all tests: no network, a tiny random model, a tiny trained run, the command line in this process."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

os.environ["MALMOI_LANG"] = "en"
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")

from hypothesis import settings

from malmoi.messages import set_language

settings.register_profile("malmoi", deadline=None)  # a busy machine is no failure
settings.load_profile("malmoi")

REVIEWS = [
    ("배우들 연기가 훌륭하고 정말 재미있게 봤어요", "긍정"),
    ("음식이 맛있고 직원도 친절합니다", "긍정"),
    ("화면이 예쁘고 음악도 좋아요 ㅎㅎ", "긍정"),
    ("또 오고 싶은 곳, 아이들도 좋아했어요", "긍정"),
    ("배송이 빠르고 포장도 꼼꼼해요", "긍정"),
    ("가격이 싸고 튼튼해서 만족합니다", "긍정"),
    ("돈이 아까운 영화, 지루해서 중간에 나왔다", "부정"),
    ("음식이 식었고 직원이 불친절했습니다", "부정"),
    ("화면이 어둡고 소리가 작아서 답답해요", "부정"),
    ("다시는 안 갑니다. 너무 비싸요", "부정"),
    ("배송이 늦고 상자가 찢어져 왔어요 ㅠㅠ", "부정"),
    ("한 번 쓰고 고장 났습니다", "부정"),
]


@dataclass(frozen=True)
class CliResult:
    """What a command left behind: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def language_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test starts in Korean and leaves no language behind."""
    monkeypatch.setenv("MALMOI_LANG", "ko")
    yield
    set_language(None)


def vocabulary() -> list[str]:
    """Every character of the reviews and of all tasks' demo examples, at the start of a word and inside, and some words."""
    from malmoi.tasks import TASKS

    marks = "@ * 인물 단체 장소 # ^ < >"  # what relations and dialogues write into a text
    texts = [*(text for text, _ in REVIEWS), marks]
    for task in TASKS:
        texts += [example.text for example in task.demo()]
        texts += [value for example in task.demo() for value in asdict(example).values() if isinstance(value, str)]
    characters = sorted({character for text in texts for character in text if not character.isspace()})
    words = sorted({word for text, _ in REVIEWS for word in text.split() if len(word) > 1 and word.isalpha()})
    return [*characters, *(f"##{character}" for character in characters), *words]


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a random BERT of 2 layers × 32 and a WordPiece tokenizer of single characters and a few words."""
    import torch
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pieces = [*special, *vocabulary()]  # not trained: the trainer's choice changes from run to run
    tokenizer = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.add_special_tokens(special)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    folder = tmp_path_factory.mktemp("models") / "tiny-bert"
    names = {
        "pad_token": "[PAD]",
        "unk_token": "[UNK]",
        "cls_token": "[CLS]",
        "sep_token": "[SEP]",
        "mask_token": "[MASK]",
    }
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=512,
        pad_token_id=0,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def reviews_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A TSV of twelve reviews, half of them positive."""
    path = tmp_path_factory.mktemp("reviews") / "리뷰.tsv"
    lines = ["text\tlabel", *(f"{text}\t{label}" for text, label in REVIEWS)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def tiny_run(tiny_model: Path, reviews_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of the tiny model on the reviews; read it, do not change it."""
    from malmoi.training.fit import fit
    from malmoi.training.recipe import DataRecipe, ModelRecipe, OptimRecipe, Recipe, TrainRecipe
    from malmoi.training.reporters import Reporter

    recipe = Recipe(
        data=DataRecipe(train=str(reviews_file), dev=str(reviews_file)),
        model=ModelRecipe(name=str(tiny_model)),
        optim=OptimRecipe(lr=5e-3),
        train=TrainRecipe(epochs=15, batch_size=4, threads=1, precision="fp32", tensorboard=False),
    )
    out = tmp_path_factory.mktemp("runs") / "tiny"
    return fit(recipe, out, reporter=Reporter(quiet=True)).path


def small_run(task: str, model: Path, lines: list[str], folder: Path) -> Path:
    """A finished run of the tiny model on the lines of a TSV, which are its dev set too; the file is `folder/자료.tsv`."""
    import malmoi

    file = folder / "자료.tsv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    settings = {"model": str(model), "epochs": 30, "lr": 3e-3, "batch_size": 4}
    settings |= {"train.threads": 1, "train.precision": "fp32", "train.tensorboard": False}
    return malmoi.train(task, file, dev=file, out=folder / task, quiet=True, **settings).path


@pytest.fixture(scope="session")
def tfidf_run(reviews_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished tf-idf run on the reviews; read it, do not change it."""
    import malmoi

    out = tmp_path_factory.mktemp("runs") / "tfidf"
    return malmoi.train(data=reviews_file, dev=reviews_file, out=out, model="tfidf", quiet=True).path


PAIRS = [(one, other, same) for (one, a), (other, b) in zip(REVIEWS, REVIEWS[4:], strict=False) for same in [a == b]]


@pytest.fixture(scope="session")
def pair_run(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of classification that reads pairs."""
    lines = ["text\tpair\tlabel", *(f"{one}\t{other}\t{'같음' if same else '다름'}" for one, other, same in PAIRS)]
    return small_run("classification", tiny_model, lines, tmp_path_factory.mktemp("pairs"))


@pytest.fixture(scope="session")
def labels_run(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run that gives any number of labels: 만족, 배송, both or none."""
    rows = [(text, ["만족"] * (label == "긍정") + ["배송"] * ("배송" in text)) for text, label in REVIEWS]
    lines = ["text\tlabels", *(f"{text}\t{'|'.join(labels)}" for text, labels in rows)]
    return small_run("multi-label", tiny_model, lines, tmp_path_factory.mktemp("labels"))


@pytest.fixture(scope="session")
def score_run(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run that gives pairs a score from 0 to 5."""
    rows = [f"{one}\t{other}\t{(5 - i / 2) if same else i / 4}" for i, (one, other, same) in enumerate(PAIRS)]
    return small_run("regression", tiny_model, ["text\tpair\tscore", *rows], tmp_path_factory.mktemp("scores"))


STORY = [
    "{누구} 영화를 봤다. {어디}에서 표를 샀다. 배우가 {어때}. 집에 돌아왔다.",
    "{누구} 책을 읽었다. 글이 {어때}. {어디}에 책을 두었다.",
    "{누구} {어디}에 갔다.",
]
WORDS = {
    "누구": ["나는", "친구는", "동생이", "어머니가"],
    "어디": ["극장", "도서관", "학교"],
    "어때": ["좋았다", "지루했다"],
}


@pytest.fixture(scope="session")
def story_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A text file of 60 documents, a line each, most of several sentences."""
    from itertools import product

    lines = [
        text.format(**dict(zip(WORDS, words, strict=True))) for text in STORY for words in product(*WORDS.values())
    ]
    path = tmp_path_factory.mktemp("story") / "이야기.txt"
    path.write_text("\n".join(dict.fromkeys(lines)) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def story_tokenizers(story_file: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders of tokenizers trained on the story file: WordPiece for "bert", Unigram for "roberta", byte BPE for "gpt"."""
    from malmoi.tokenization.trainers import TrainerConfig, train_tokenizer

    lines = story_file.read_text(encoding="utf-8").splitlines()
    units = {"bert": ("wordpiece", 80), "roberta": ("unigram", 80), "gpt": ("byte-bpe", 300)}
    folder = tmp_path_factory.mktemp("tokenizers")
    for style, (unit, size) in units.items():
        (folder / style).mkdir()
        config = TrainerConfig(unit, style=style, vocab_size=size, allow_smaller=True)
        train_tokenizer(lines, config).save(folder / style)
    return {style: folder / style for style in units}


@pytest.fixture(scope="session")
def pretrained(
    story_file: Path, story_tokenizers: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Path]:
    """`pretrained("bert")` is a finished pretraining run of 1 layer × 64 on the story file; read it, do not change it."""
    from functools import cache

    from malmoi.recipes.pretrain import resolve_pretraining
    from malmoi.training.pretrain import pretrain
    from malmoi.training.reporters import Reporter

    folder = tmp_path_factory.mktemp("pretrained")

    @cache
    def run(family: str) -> Path:
        recipe = resolve_pretraining(
            family, [str(story_file)], story_settings(),
            tokenizer=str(story_tokenizers[family]), size="1x64", steps=60, length=32, batch_size=16, lr=3e-3,
        )  # fmt: skip
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MALMOI_CACHE", str(folder / "cache"))
            return pretrain(recipe, folder / family, reporter=Reporter(quiet=True)).path

    return run


def story_settings() -> list[str]:
    """Settings of all pretraining runs in tests: one thread, fp32, a fifth of the story held out."""
    return ["train.threads=1", "train.precision=fp32", "train.tensorboard=false", "corpus.dev_share=0.2", "budget.evaluations=2"]  # fmt: skip


@pytest.fixture
def run_cli(capfd: pytest.CaptureFixture[str]) -> Callable[..., CliResult]:
    """Run `malmoi` in this process: `run_cli("predict", run, "재밌어요").code`."""
    from malmoi.cli import main

    def run(*arguments: object) -> CliResult:
        capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        return CliResult(code, captured.out, captured.err)

    return run
