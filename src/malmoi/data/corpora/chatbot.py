"""Chatbot_data, what people tell a chatbot and what it answers: `12시 땡!,하루가 또 가네요.,0` (question, answer, topic).

Here the question is classified. CSV quoting, CRLF, one label with trailing spaces. The 11,823 questions are split by malmoi:
`train` 9,460, `dev` 1,216, `final` 1,147.
"""

from __future__ import annotations

from malmoi.data.columns import Columns
from malmoi.data.corpora.catalog import CorpusFile, LabelName
from malmoi.data.corpora.table import Table, own_splits, table_corpus

FILE = CorpusFile(
    path="chatbot/ChatbotData.csv",
    repository="songys/Chatbot_data",
    commit="4cf20d13fc46f5037fd1c531cd566e2dd9f72974",
    source_path="ChatbotData.csv",
    blob_id="4cc2bfa9a124991dc5ca80f5da1786f4162f46e1",
    size=889_842,
)
_TABLE = Table("chatbot", Columns("Q", label="label"), own_splits(FILE))

CHATBOT = table_corpus(
    _TABLE,
    title_ko="챗봇에게 하는 말의 주제 (일상/이별/사랑)",
    title_en="the topic of what people tell a chatbot: daily life, parting, love",
    licence="MIT",
    citation="Youngsook Song. Chatbot_data_for_Korean v1.0. https://github.com/songys/Chatbot_data",
    labels=(
        LabelName("0", "일상", "daily life"),
        LabelName("1", "이별(부정)", "parting (negative)"),
        LabelName("2", "사랑(긍정)", "love (positive)"),
    ),
)
