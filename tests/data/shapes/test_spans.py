"""Files and records with labelled spans: official formats read alike, and every bad input is named with its fix."""

import json

import pytest

from malmoi.data.columns import Columns
from malmoi.data.examples import Span, SpanExample
from malmoi.data.shapes import SHAPES, read_shape, shape_from_memory
from malmoi.errors import DataError
from malmoi.io import data_dir

SPANS = SHAPES["spans"]
NAVER = "1\t비토리오\tPER_B\n2\t양일\tDAT_B\n3\t만에\t-\n\n1\t영사관\tORG_B\n2\t감호\tORG_I\n3\t용퇴,\t-\n"
KLUE = (
    "## 토큰, 레이블 구분자 : \\t\n## 컬럼명 : CHAR\tNE_TAG\n"
    "## klue-ner-v1_dev_00000-wikitree\t<경찰:OG>은 또 #1\n"
    "경\tB-OG\n찰\tI-OG\n은\tO\n \tO\n또\tO\n \tO\n#\tO\n1\tO\n\n"
    "## klue-ner-v1_dev_00001-wikitree\t<박 씨:PS>\n박\tB-PS\n \tI-PS\n씨\tI-PS\n\n"
)
CONLLU = (
    "# sent_id = s1\n# text = 비가 와.\n1\t비가\t비+가\tNOUN\tNNG+JKS\t_\t2\tnsubj\t_\t_\n"
    "2\t와\t오+아\tVERB\t_\t_\t0\troot\t_\tSpaceAfter=No\n3\t.\t.\tPUNCT\tSF\t_\t2\tpunct\t_\t_\n"
)


def read(tmp_path, content, columns=Columns(), name="자료.txt", skip_bad=False):  # noqa: B008 (frozen)
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    return read_shape(path, SPANS, columns, skip_bad=skip_bad)


def words(example):
    return [(example.text[span.start : span.end], span.label) for span in example.spans]


def test_naver_ner(tmp_path):
    first, second = read(tmp_path, NAVER)
    assert first.text == "비토리오 양일 만에" and words(first) == [("비토리오", "PER"), ("양일", "DAT")]
    assert words(second) == [("영사관 감호", "ORG")] and second.row == 5
    assert second.tokens == ((0, 3), (4, 6), (7, 10))


def test_klue_ner_keeps_spaces_and_names(tmp_path):
    first, second = read(tmp_path, KLUE)
    assert first == SpanExample("경찰은 또 #1", (Span(0, 2, "OG"),), None, "klue-ner-v1_dev_00000-wikitree", 4)
    assert words(second) == [("박 씨", "PS")] and second.id == "klue-ner-v1_dev_00001-wikitree"


@pytest.mark.parametrize("separator", ["\t", " "], ids=["tab", "space"])
def test_conll_with_more_columns(tmp_path, separator):
    rows = ["-DOCSTART- X O O", "", "손흥민은 NNP I-NP I-PS", "런던에 NNP I-NP I-LC", "산다 VV I-VP O", "", "네 IC O O"]
    dataset = read(tmp_path, "\n".join(row.replace(" ", separator) for row in rows) + "\n")
    assert words(dataset.examples[-2]) == [("손흥민은", "PS"), ("런던에", "LC")]
    assert dataset.examples[-1].text == "네" and dataset.examples[-1].spans == ()
    pos = read(tmp_path, "\n".join(row.replace(" ", separator) for row in rows[2:]) + "\n", Columns(label="2"))
    assert words(pos.examples[0]) == [("손흥민은", "NNP"), ("런던에", "NNP"), ("산다", "VV")]
    with pytest.raises(DataError, match="--label pos: this file has no column names. Give a number from 1 to 4"):
        read(tmp_path, "\n".join(rows), Columns(label="pos"))


def test_conllu_upos_and_xpos(tmp_path):
    (example,) = read(tmp_path, CONLLU)
    assert words(example) == [("비가", "NOUN"), ("와", "VERB"), (".", "PUNCT")] and example.id == "s1"
    (example,) = read(tmp_path, CONLLU, Columns(label="xpos"))
    assert words(example) == [("비가", "NNG+JKS"), (".", "SF")] and example.tokens == ((0, 2), (3, 4), (4, 5))
    with pytest.raises(DataError, match="--label lemma: of CoNLL-U it is upos or xpos"):
        read(tmp_path, CONLLU, Columns(label="lemma"))


def test_json_records_in_their_usual_forms(tmp_path):
    text = "손흥민은 런던에 산다"
    spans = [{"start": 5, "end": 7, "label": "LC", "text": "런던", "score": 0.9}, {"start": 0, "end": 3, "label": "PS"}]
    records = [
        {"text": text, "spans": spans, "id": 7},
        {"sentence": text, "label": [[0, 3, "PS"], [5, 7, " LC "]]},
        {"text": text, "entities": [{"begin": 0, "end": 4, "type": "PS"}], "spans": json.dumps(spans)},
        {"text": text, "spans": []},
        {"text": text},
        {"tokens": ["손흥민은", "런던에"], "ner_tags": ["B-PS", "O"]},
        {"tokens": ["비", "가", " ", "와"], "tags": ["NNG", "JKS", "_", "VV"]},
        {"tokens": ["비가", "와"]},
    ]
    dataset = read(tmp_path, "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), name="자료.jsonl")
    both = [("손흥민", "PS"), ("런던", "LC")]
    assert [words(e) for e in dataset.examples[:3]] == [both] * 3 and dataset.examples[0].id == "7"
    assert [e.spans for e in dataset.examples[3:5]] == [(), None]
    assert words(dataset.examples[5]) == [("손흥민은", "PS")] and dataset.examples[5].tokens == ((0, 4), (5, 8))
    assert dataset.examples[6].text == "비가 와" and words(dataset.examples[6]) == [
        ("비", "NNG"),
        ("가", "JKS"),
        ("와", "VV"),
    ]
    assert dataset.examples[7] == SpanExample("비가 와", None, ((0, 2), (3, 4)), None, 8)
    again = shape_from_memory([*records, dataset.examples[0]], SPANS, Columns())
    assert [e.spans for e in again.examples[:8]] == [e.spans for e in dataset.examples]


def test_chosen_columns(tmp_path):
    record = {"text": "다른 글", "body": "비가 와", "spans": [], "사람": [[0, 1, "NNG"]]}
    (example,) = read(tmp_path, json.dumps(record), Columns(text="body", label="사람"), "자료.json")
    assert words(example) == [("비", "NNG")]
    with pytest.raises(DataError, match="record 1, column 'ner': there is no such key"):
        read(tmp_path, json.dumps([record]), Columns(label="ner"), "자료.json")


TEXT = "손흥민은 런던에 산다"


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        (
            {"text": TEXT, "spans": [[5, 99, "PS"]]},
            "column 'spans': (5, 99, 'PS') is outside the text of 11 characters",
        ),
        ({"text": TEXT, "spans": [[-1, 3, "PS"]]}, "is outside the text"),
        ({"text": TEXT, "spans": [[3, 1, "PS"]]}, "is outside the text"),
        ({"text": TEXT, "spans": [[4, 5, "PS"]]}, "holds no character"),
        ({"text": TEXT, "spans": [[0, 3, "PS"], [2, 4, "LC"]]}, "(0, 3, 'PS') and (2, 4, 'LC') overlap"),
        ({"text": TEXT, "spans": [[0, 3, " "]]}, "has no label"),
        ({"text": TEXT, "spans": [[0, 3]]}, 'expected {"start": 0'),
        ({"text": TEXT, "spans": [[0.5, 3, "PS"]]}, 'expected {"start": 0'),
        ({"text": TEXT, "spans": [{"start": 0, "end": 2, "label": "PS", "text": "손흥민"}]}, "Add 1 to the ends"),
        ({"text": TEXT, "spans": "PS"}, "must be a list"),
        ({"text": " ", "spans": []}, "column 'text': empty"),
        ({"spans": []}, "no text (text). Found: 'spans'"),
        ({"tokens": ["비가"], "ner_tags": [3]}, "the tag 3 is no string. Replace numbers by names"),
        ({"tokens": ["비가"], "tags": ["B-PS", "O"]}, "2 tag(s) for 1 token(s). Every token has one tag"),
        ({"tokens": ["비가", "와"], "tags": ["O", "I-PS"]}, "2: the tag 'I-PS' follows no beginning"),
        ({"tokens": [" "], "tags": ["O"]}, "column 'tokens': empty"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_record_is_named(tmp_path, record, problem):
    lines = [{"text": TEXT, "spans": []}, record]
    with pytest.raises(DataError) as caught:
        read(tmp_path, "".join(json.dumps(line) + "\n" for line in lines), name="자료.jsonl")
    assert "자료.jsonl" in str(caught.value) and "line 2" in str(caught.value) and problem in str(caught.value)


@pytest.mark.parametrize(
    ("content", "line", "problem"),
    [
        (NAVER.replace("ORG_B", "-"), "line 6", "write 'ORG_B'"),
        (NAVER.replace("용퇴,\t-", "용퇴,"), "line 7", "2 tab-separated column(s) instead of 3"),
        (KLUE.replace("경\tB-OG", "경\tO"), "line 5", "write 'B-OG'"),
        (KLUE.replace("또\tO", "또"), "line 8", "1 tab-separated column(s) instead of 2"),
        (CONLLU.replace("\n3\t.", "\n4\t."), "line 5", "column 1 is '4' where 3 is due"),
        ("네 B-PS\n\n와요 S-PS\n네 O\n", "line 1", "'PS' is not closed"),
    ],
    ids=["naver tag", "naver columns", "klue tag", "klue columns", "conllu", "mixed"],
)  # fmt: skip
def test_a_bad_line_is_named(tmp_path, content, line, problem):
    with pytest.raises(DataError) as caught:
        read(tmp_path, content)
    assert line in str(caught.value) and problem in str(caught.value)


def test_bad_sentences_can_be_left_out(tmp_path):
    dataset = read(tmp_path, NAVER.replace("ORG_B", "-"), skip_bad=True)
    assert len(dataset) == 1 and dataset.skipped == 1 and dataset.bad_rows == (6,)


def test_the_real_klue_file():
    path = data_dir() / "klue" / "klue-ner-v1.1_dev.80.tsv"
    if not path.is_file():
        pytest.skip(f"{path} is missing; set MALMOI_DATA")
    dataset = read_shape(path, SPANS, Columns())
    spans = [span for example in dataset for span in example.spans]
    assert len(dataset) == 3958 and len(spans) == 11155
    assert {span.label for span in spans} == {"PS", "LC", "OG", "DT", "TI", "QT"}
    assert len({example.id for example in dataset}) == 3958
