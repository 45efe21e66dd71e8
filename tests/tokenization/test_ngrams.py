"""n-grams: what counts as one, ids that survive saving, hostile text, cleaning steps, keys that do not collide."""

from __future__ import annotations

import itertools
import unicodedata
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from malmoi.tokenization.ngrams import NGRAMS_FILE, NgramTokenizer, learn_ngrams, spaced

TEXTS = ["정말  재밌다!!", "재밌다 정말", "안 재밌다ㅋㅋㅋㅋ", "Netflix 추천 ㅋㅋ"]


def reference(text: str, max_n: int) -> Counter[str]:
    """All n-grams of a text, spelled out."""
    text = spaced(text)
    found = Counter(text[i : i + n] for n in range(1, max_n + 1) for i in range(len(text) - n + 1))
    del found[" "]
    return found


def all_ngrams(tokenizer: NgramTokenizer) -> list[str]:
    """The n-grams by their ids."""
    return [joined[i : i + n] for n, joined in enumerate(tokenizer.joined, 1) for i in range(0, len(joined), n)]


def bag(tokenizer: NgramTokenizer, text: str) -> Counter[str]:
    ngrams = all_ngrams(tokenizer)
    return Counter(ngrams[i] for i in tokenizer.encode_ids([text])[0][0])


@pytest.mark.parametrize("max_n", [1, 2, 4, 6])
def test_vocabulary_is_what_occurs_often_enough(max_n: int) -> None:
    total = sum((reference(text, max_n) for text in TEXTS), Counter())
    tokenizer = learn_ngrams(TEXTS, max_n, min_count=2)
    wanted = {ngram for ngram, count in total.items() if count >= 2}
    learned = all_ngrams(tokenizer)
    assert len(learned) == tokenizer.vocab_size
    assert len(learned) == len(wanted) and set(learned) == wanted
    assert [len(ngram) for ngram in learned] == sorted(len(ngram) for ngram in learned)
    for a, b in itertools.pairwise(learned):
        assert len(a) < len(b) or total[a] >= total[b]
    for text in [*TEXTS, "재밌다재밌다", "처음 보는 글"]:
        assert bag(tokenizer, text) == Counter({k: v for k, v in reference(text, max_n).items() if k in wanted})


def test_texts_do_not_run_into_each_other() -> None:
    tokenizer = learn_ngrams(["가나", "가나"], max_n=4, min_count=1)
    together, alone = tokenizer.encode_ids(["가", "나", "", "가나"]), tokenizer.encode_ids(["가나"])
    assert [len(ids) for ids, _ in together][2] == 0
    assert np.array_equal(together[3][0], alone[0][0])


def test_pairs_are_told_apart() -> None:
    tokenizer = learn_ngrams(TEXTS, min_count=1)
    ((ids, types),) = tokenizer.encode_ids(["정말"], ["재밌다"])
    assert ids.dtype == np.int32 and types.dtype == np.int8
    assert np.array_equal(ids[types == 0], tokenizer.encode_ids(["정말"])[0][0])
    assert np.array_equal(ids[types == 1], tokenizer.encode_ids(["재밌다"])[0][0])


@pytest.mark.parametrize("text", ["", " \t\n　", "🙂", "\ud83d", "\x00", "가" * 20_000, "İ", "ᄊᆞ"])
def test_hostile_texts(text: str) -> None:
    tokenizer = learn_ngrams([*TEXTS, text, text])
    for ids, types in (*tokenizer.encode_ids([text, "정말"]), *tokenizer.encode_ids([text], [text])):
        assert len(ids) == len(types) and (ids < tokenizer.vocab_size).all()


def test_nothing_to_learn_from() -> None:
    for texts in ([], [""], ["가"]):
        tokenizer = learn_ngrams(texts)
        assert tokenizer.vocab_size == 0 and tokenizer.encode_ids([]) == []
        assert [len(ids) for ids, _ in tokenizer.encode_ids(["가나다", ""])] == [0, 0]


def test_decomposed_text_is_the_same_text() -> None:
    tokenizer = learn_ngrams(TEXTS)
    assert bag(tokenizer, unicodedata.normalize("NFD", TEXTS[0])) == bag(tokenizer, TEXTS[0])


def test_saved_and_loaded(tmp_path: Path) -> None:
    tokenizer = learn_ngrams(TEXTS)
    tokenizer.save(tmp_path)
    assert "재밌" in (tmp_path / NGRAMS_FILE).read_text(encoding="utf-8")
    loaded = NgramTokenizer.load(tmp_path)
    assert (loaded.joined, loaded.starts) == (tokenizer.joined, tokenizer.starts)
    assert bag(loaded, TEXTS[2]) == bag(tokenizer, TEXTS[2])


def test_cleaning_steps_come_first() -> None:
    tokenizer = learn_ngrams(["<b>대박</b>", "<b>대박</b>"], steps=("html",))
    assert not any("b" in ngrams for ngrams in tokenizer.joined)
    plain = NgramTokenizer(tokenizer.joined)
    assert bag(tokenizer, "<b>대박</b>") == bag(plain, "대박") == bag(plain.cleaned_by("html"), "<b>대박</b>")
    assert bag(plain, "<b>대박</b>") != bag(plain, "대박")


def test_keys_of_all_syllable_pairs_differ() -> None:
    syllables = "".join(map(chr, range(0xAC00, 0xAC00 + 600)))
    pairs = ["".join(pair) for pair in itertools.product(syllables, repeat=2)]
    tokenizer = NgramTokenizer(["", "".join(pairs)])
    assert len(np.unique(tokenizer._tables[1].keys)) == len(pairs)
