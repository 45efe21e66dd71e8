from __future__ import annotations

import re

import pytest

from malmoi.text.aligned import apply_edits
from malmoi.text.emoji import SELECTOR, _table, emoji, emoji_name, emoji_pattern


def test_every_emoji_of_the_table_is_one_match_with_a_name():
    pattern = re.compile(emoji_pattern())
    assert len(_table()) > 1800
    for key, name in _table().items():
        assert pattern.fullmatch(key), key
        assert name and name == name.strip() and emoji_name(key) == name


@pytest.mark.parametrize(
    "text", ["가나다 abc 123 #태그 *별* ㅋㅋ", "★ ♥ ☆ ♡ → © ™ ‼ ㊗ 1 # *", "韓國 ①㎏", "\u200d\ufe0f"]
)
def test_text_is_not_emoji(text):
    assert not re.search(emoji_pattern(), text)


@pytest.mark.parametrize("found", ["♥" + SELECTOR, "1" + SELECTOR + "⃣", "👨🏽‍👩🏽‍👧🏽", "🇰🇷", "☝🏽", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🧑🏻‍❤️‍🧑🏿"])
def test_a_sequence_is_one_emoji(found):
    assert re.findall(emoji_pattern(), f"가{found}나") == [found]


@pytest.mark.parametrize(
    ("policy", "text", "expected"),
    [
        ("drop", "재밌어요😂😂 최고👍🏽!", "재밌어요  최고 !"),
        ("drop", "좋아😀정말", "좋아 정말"),
        ("name", "좋아❤️정말", "좋아 빨간색 하트 정말"),
        ("name", "😀😀", "활짝 웃는 얼굴 활짝 웃는 얼굴"),
        ("name", "우리 👨‍👩‍👧‍👦 🇰🇷", "우리 가족 남자 여자 여자 아이 남자 아이 깃발 대한민국"),
        ("name", "🇰🇰", "🇰🇰"),  # two letters that are no flag have no name
        ("keep", "좋아😀정말", "좋아😀정말"),
    ],
)
def test_policies(policy, text, expected):
    assert apply_edits(text, emoji(text, policy)) == expected


def test_a_group_without_a_name_is_called_by_its_parts():
    assert emoji_name("👨‍👽") == "남자 외계인"
    assert emoji_name("\U0001f3fb") == ""
