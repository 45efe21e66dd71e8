from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from text_strategies import hostile_text

from malmoi.text.eojeol import split_josa, strip_josa
from malmoi.text.josa import attach

SPLIT = """
손흥민+은 학교+는 나라+는 나+는 꽃+을 서울+로 부산+으로부터 집+에서 제주도+에서는 대한민국+과 효과+는 진로+의 도로+의 학생+만이 김철수+와의
영희+라는 사랑+이라는 중국+이나 국회+의 제주+의 고양이+가 누에+는 서울+까지 KBS+는 2024년+에 漢字+를 5+는 (주)카카오+가 '서울'+을 대만+은
"""
WHOLE = """
국가 가을 마을 종로 사과 바나나 하와이 고양이 제주도 전라도 경기도 아리랑 차이나 수백만 5만 3도 을지로2가 민주주의 국무회의 세종대로 고속도로
물놀이 만족도 대만 태도 회의 은 에서 까지 손흥민 삼성전자 KBS 2024 !
"""


@pytest.mark.parametrize("case", SPLIT.split())
def test_split(case):
    stem, josa = case.split("+")
    assert split_josa(stem + josa) == (stem, josa)


@pytest.mark.parametrize("word", [*WHOLE.split(), "", " ", "서울 은"])
def test_left_whole(word):
    assert split_josa(word) == (word, "")


def test_last_word_of_a_phrase():
    assert strip_josa("대한 민국은") == "대한 민국"
    assert strip_josa("대한 강이") == "대한 강이", "one syllable is too short to be sure"


def test_keep():
    assert strip_josa("을지로") == "을지"
    assert strip_josa("을지로", keep={"을지로"}) == "을지로"
    assert split_josa("을지로로", keep={"을지로"}) == ("을지로", "로")
    assert strip_josa("서울도") == "서울도"
    assert strip_josa("서울도", keep={"서울"}) == "서울"
    assert strip_josa("김영은", keep={"김영은"}) == strip_josa("김영은은", keep={"김영은"}) == "김영은"


@given(
    st.sampled_from(["손흥민", "카카오", "서울", "한국은행", "네이버"]),
    st.sampled_from(["은/는", "이/가", "을/를", "과/와", "으로/로"]),
)
def test_undoes_attach(name, particle):
    assert strip_josa(attach(name, particle)) == name


@given(hostile_text)
def test_parts_make_the_whole(text):
    stem, josa = split_josa(text)
    assert stem + josa == text
    assert stem or not text


def test_long_words_cost_nothing():
    begin = time.perf_counter()
    for unit in ("가", "은", "회의", " 은"):
        strip_josa(unit * 500_000)
    assert time.perf_counter() - begin < 2
