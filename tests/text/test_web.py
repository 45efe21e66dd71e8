from __future__ import annotations

import pytest

from malmoi.text.aligned import apply_edits
from malmoi.text.web import email, html, url


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<p>첫 줄</p><p>둘째 줄</p>", "첫 줄 둘째 줄"),
        ("안녕<br>하세요<BR />말모이", "안녕 하세요 말모이"),
        ("<b>손흥민</b>은 <i class='a>b'>최고</i>", "손흥민은 최고"),
        ("<a href=https://a.kr/?x=1&amp;y>기사</a>입니다", "기사입니다"),
        ("<script>if (a < b) alert('<p>')</script>본문<style>p{}</style>", "본문"),
        ("앞<!-- <b>주석</b> -->뒤", "앞뒤"),
        ("가 </p><p>나<br><br/>다<b><br></b>라", "가 나 다 라"),
        ("a &lt; b &amp;&amp; c &#48;&#x31; &nbsp;&hearts;", "a < b && c 01 \xa0♥"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        ("&lt;b&gt;굵게&lt;/b&gt;", "<b>굵게</b>"),
        ("<기생충> <3 >_< <Parasite> 1<2 AT&T &모름;", "<기생충> <3 >_< <Parasite> 1<2 AT&T &모름;"),
        ("닫히지 않은 <b 태그와 <!-- 주석, <script> 도", "닫히지 않은 <b 태그와 <!-- 주석,  도"),
        ('<a title="a < b">글</a>', '<a title="a < b">글'),  # a broken value: only the closing tag goes
        ("", ""),
    ],
)
def test_html(text, expected):
    assert apply_edits(text, html(text)) == expected


def test_html_entity_stands_for_its_source():
    edits = list(html("a&amp;b &#존재; &없음;"))
    assert [(edit.start, edit.end, edit.text) for edit in edits] == [(1, 6, "&")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://www.naver.com/a/b?c=1&d=2#e 봐요", "[URL] 봐요"),
        ("기사(https://ko.wikipedia.org/wiki/Seoul_(city)) 참고", "기사([URL]) 참고"),
        ("여기: youtube.com/watch?v=a_b-c에서", "여기: [URL]에서"),
        ("kbs.co.kr, NAVER.COM!", "[URL], [URL]!"),
        ("https://a.kr...!?", "[URL]...!?"),
        ("[링크](https://a.kr/b)", "[링크]([URL])"),
        (
            "3.5점 a.m. 1.com일 README.md naver.community me@a.com",
            "3.5점 a.m. [URL]일 README.md naver.community me@a.com",
        ),
        ("http:// www. 한글.com", "http:// www. 한글.com"),
    ],
)
def test_url(text, expected):
    assert apply_edits(text, url(text, "mask")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.b+c@mail.example.co.kr로", "[EMAIL]로"),
        ("<kim@example.com>, (lee@example.com).", "<[EMAIL]>, ([EMAIL])."),
        ("@handle a@b 골뱅이@", "@handle a@b 골뱅이@"),
    ],
)
def test_email(text, expected):
    assert apply_edits(text, email(text, "mask")) == expected


def test_dropped_addresses_leave_a_space_between_words():
    text = "보세요http://a.kr/좋아요 a@b.kr 끝"
    assert apply_edits(text, url(text)) == "보세요 좋아요 a@b.kr 끝"
    assert apply_edits(text, email(text)) == "보세요http://a.kr/좋아요  끝"
