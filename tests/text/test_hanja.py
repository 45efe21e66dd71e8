from __future__ import annotations

import re

import pytest

from malmoi.text.aligned import AlignedText, apply_edits
from malmoi.text.hanja import _readings, hanja
from malmoi.text.unicode import HANJA, is_hangul_syllable


def test_every_reading_is_one_syllable_of_one_hanja():
    assert len(_readings()) > 8000
    assert all(
        re.fullmatch(f"[{HANJA}]", char) and is_hangul_syllable(reading) for char, reading in _readings().items()
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("大韓民國", "대한민국"),
        ("女性과 男女", "여성과 남녀"),
        ("勞動, 過勞", "노동, 과로"),
        ("來年 歷史 樂園", "내년 역사 낙원"),
        ("李氏 理論 龍", "이씨 이론 용"),
        ("比率 效率 法律 確率", "비율 효율 법률 확률"),
        ("羅列 行列 分裂 熱烈", "나열 행렬 분열 열렬"),
        ("不正 不動産 不可 不", "부정 부동산 불가 불"),
        ("自動車 自轉車", "자동차 자전차"),  # 자전거 is a reading of its own: the documented limit
        ("新女性", "신녀성"),  # as documented: the second half of a compound is not known to be a word
        ("男女", "남녀"),
        ("金과 㐀", "금과 㐀"),  # without a reading
        ("人々 〇", "인々 〇"),
    ],
)
def test_readings(text, expected):
    assert apply_edits(text, hanja(text, "reading")) == expected


def test_readings_keep_every_place():
    text = "大韓民國의 歷史"
    assert AlignedText.from_edits(text, hanja(text, "reading")).starts is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("한국(韓國)은 말모이[語彙集]와 （辭典, 事典）을", "한국은 말모이와 을"),
        ("甲은 乙에게", "은 에게"),
        ("서울(Seoul, 漢城)", "서울(Seoul, )"),
        ("(漢", "("),
    ],
)
def test_drop(text, expected):
    assert apply_edits(text, hanja(text, "drop")) == expected


def test_keep():
    assert not list(hanja("大韓民國", "keep"))
