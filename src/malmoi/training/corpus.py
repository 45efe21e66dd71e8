"""Step 2 of pretraining: files and corpora become documents, a few are held out, the rest is tokenised into a store.

A store lies in CACHE/stores, made once for the same texts, tokenizer and rules; a build that was killed goes on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from malmoi.data.columns import Columns
from malmoi.data.store.build import StoreConfig, build_store
from malmoi.data.store.format import CorpusStore
from malmoi.data.store.hashes import text_hash
from malmoi.data.texts import Document, DocumentRule, TextSource, open_texts
from malmoi.errors import DataError
from malmoi.io import cache_dir
from malmoi.messages import say
from malmoi.tokenization.tokenizer import Tokenizer
from malmoi.tokenization.trainers import Watch
from malmoi.training.pretrain_recipe import CorpusRecipe

_HEAD = 1 << 20  # bytes of a file that decide what its documents are
_BLANK_SHARE = 0.01

Keep = Callable[[str], bool]


@dataclass(frozen=True)
class Corpus:
    """The sources to train on, without the documents that are held out, and those documents."""

    recipe: CorpusRecipe
    sources: tuple[TextSource, ...]
    dev: list[str]
    fingerprints: dict[str, str]

    def store(self, tokenizer: Tokenizer, watch: Watch, *, by_sentence: bool) -> CorpusStore:
        """Return the token store, from the cache or made now."""
        split = self.recipe.sentences if by_sentence else "none"
        facts = [*self.fingerprints.values(), tokenizer.fingerprint(), split]
        key = hashlib.sha256(" ".join(facts).encode()).hexdigest()[:24]
        config = StoreConfig(sentence_split=split)
        return build_store(self.sources, tokenizer, cache_dir() / "stores" / key, config, watch=watch)


def open_corpus(recipe: CorpusRecipe) -> Corpus:
    """Open the sources of a recipe and find what is held out: the dev file, or a share of the documents by their hash.

    So copies of a document are on one side, and what is held out depends on the documents alone. Raises `DataError` for a source
    that is missing, empty or no text, and when nothing is held out.
    """
    if not recipe.files:
        raise DataError(say("학습할 파일이나 말뭉치를 하나 이상 적으세요.", "name at least one file or corpus to train on."))  # fmt: skip
    opened = [_open(name, recipe) for name in recipe.files]
    if recipe.dev is not None:
        given = _open(recipe.dev, recipe)
        taken = {_hash(document.text) for document in given.read(0)}
        dev_documents = given.read(0)
        sources = tuple(_filtered(source, lambda text: _hash(text) not in taken, given.sha256()) for source in opened)
        named = [*opened, given]
    else:
        limit = int(recipe.dev_share * (1 << 64))
        dev_documents = (d for source in opened for d in source.read(0) if _hash(d.text) < limit)
        sources = tuple(_filtered(source, lambda text: _hash(text) >= limit, str(limit)) for source in opened)
        named = opened
    dev = list(dict.fromkeys(document.text for document in islice(dev_documents, recipe.dev_documents)))
    if not dev:
        raise DataError(_nothing_held_out(recipe))
    return Corpus(recipe, sources, dev, {source.name: source.sha256() for source in (*sources, *named[len(opened) :])})


def _open(name: str, recipe: CorpusRecipe) -> TextSource:
    columns = Columns(text=recipe.text)
    source = open_texts(name, "line", columns)
    rule: DocumentRule = recipe.documents if recipe.documents != "auto" else _document_rule(source.path)
    if rule == "line":
        return source
    note = say(f"{name}: 빈 줄 사이를 한 문서로 읽습니다.", f"{name}: what stands between blank lines is a document.")
    return replace(open_texts(name, rule, columns), notes=(*source.notes, note))


def _document_rule(path: Path | None) -> DocumentRule:
    """Return "paragraph" for a text file with blank lines between its lines, more than the odd one."""
    if path is None:
        return "line"
    with open(path, "rb") as file:
        lines = file.read(_HEAD).strip().splitlines()
    blank = sum(not line.strip() for line in lines)
    return "paragraph" if blank > _BLANK_SHARE * len(lines) else "line"


def _filtered(source: TextSource, keep: Keep, how: str) -> TextSource:
    """Return a source without the documents that are not to be kept."""

    def read(start: int) -> Iterator[Document]:
        return (document for document in source.read(start) if keep(document.text))

    return replace(source, read=read, how=f"{source.how} without {how}")


def _hash(text: str) -> int:
    """Return the hash of a document but for its spaces, spread evenly over 64 bits."""
    return text_hash(" ".join(text.split()))


def _nothing_held_out(recipe: CorpusRecipe) -> str:
    if recipe.dev is not None:
        return say(f"{recipe.dev} 에 글이 없습니다.", f"there is no text in {recipe.dev}.")
    return say(
        f"평가용으로 떼어 둔 문서가 없습니다 (문서의 {recipe.dev_share:.2%}). --dev 파일을 주거나 --set corpus.dev_share=0.2 처럼 늘리세요.",
        f"no document is held out ({recipe.dev_share:.2%} of them). Give a file to --dev, or raise --set corpus.dev_share=0.2.",
    )
