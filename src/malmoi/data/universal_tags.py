"""The parts of speech of Universal Dependencies (https://universaldependencies.org/u/pos), and what people call them."""

from __future__ import annotations

from malmoi.data.labels import LabelName

UNIVERSAL_TAGS = (
    LabelName("ADJ", "형용사", "adjective"),
    LabelName("ADP", "조사", "adposition"),
    LabelName("ADV", "부사", "adverb"),
    LabelName("AUX", "보조 용언", "auxiliary"),
    LabelName("CCONJ", "등위 접속사", "coordinating conjunction"),
    LabelName("DET", "관형사", "determiner"),
    LabelName("INTJ", "감탄사", "interjection"),
    LabelName("NOUN", "명사", "noun"),
    LabelName("NUM", "수사", "numeral"),
    LabelName("PART", "불변화사", "particle"),
    LabelName("PRON", "대명사", "pronoun"),
    LabelName("PROPN", "고유 명사", "proper noun"),
    LabelName("PUNCT", "문장 부호", "punctuation"),
    LabelName("SCONJ", "종속 접속사", "subordinating conjunction"),
    LabelName("SYM", "기호", "symbol"),
    LabelName("VERB", "동사", "verb"),
    LabelName("X", "기타", "other"),
)
