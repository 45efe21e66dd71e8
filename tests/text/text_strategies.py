"""Hostile Korean text for property tests."""

from __future__ import annotations

import unicodedata

from hypothesis import strategies as st

SYLLABLES = [chr(code) for code in range(0xAC00, 0xD7A4)]

PIECES = [
    "한글",
    unicodedata.normalize("NFD", "값진 말모이"),
    "각\u11a8",  # a syllable with a final, then one more final
    "가\u11a8",  # open syllable + final: composes
    "\u1100",
    "\u1161",
    "\u11a8",
    "\u1112\u119e\u11ab",  # old Hangul: ᄒᆞᆫ
    "\ua960\ud7b0\ud7cb",
    "방\u302e",  # tone mark
    "ㅋㅋㅋㅠㅠ",
    "ﾡￂ",
    "👨‍👩‍👧‍👦🏽🇰🇷",
    "שָׁלוֹם مَرْحَبًا \u202e",
    "\x00",
    "\x0b\x0c\x1c\x1f\x85",
    "\x07\x7f\x9f",
    "\t\r\n",
    "\ud800",
    "\udfff\ud83d\ude00",
    "e\u0301",
    "a\u0301\u0323",  # marks in non-canonical order
    "\u0323\u0301\u0344",
    "\u0958\u2adc\ufb2a",  # composition exclusions
    "\u212b\u2126豈\U0002f800",  # singletons
    "\u0f71\u0f73\u0f81",  # marks of class 0 that decompose to marks
    "\u09c7\u09be\u0bc6\u0bd7",  # starters that join the one before
    "ＫＢＳ！",
    "Ａ\u0301",
    "\ue000",
    "\ufeff\u200b",
]

hostile_text = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=4)), max_size=12).map("".join)
jamo_soup = st.text(st.sampled_from("\u1100\u1112\u1161\u1175\u11a8\u11c2가각힣ㄱㅏ\ue000 a"), max_size=20)
