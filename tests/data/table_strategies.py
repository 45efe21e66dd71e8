"""Random rows, and the files people would write them to."""

from __future__ import annotations

import csv
import io
import json
import re

from hypothesis import strategies as st

ALPHABET = st.sampled_from([*"가나힣뷁 것은,;\t\"'|=+ab01.", "\n", "\r\n", "\u1112\u1161\u11ab", "🙂"])
CP949_ALPHABET = st.sampled_from([*"가나힣뷁 것은,;\t\"'|=+ab01.", "\n", "\r\n"])
LINE_END = re.compile("\r\n|\r|\n")


def texts(alphabet=ALPHABET):
    """Texts with at least one visible character."""
    return st.lists(alphabet, min_size=1, max_size=12).map("".join).filter(str.strip)


def rows(alphabet=ALPHABET):
    """(text, label) rows; labels carry no surrounding spaces."""
    labels = st.sampled_from(["긍정", "부정", "0", "1", "매우 긍정", "a,b", 'c"d'])
    return st.lists(st.tuples(texts(alphabet), labels), min_size=1, max_size=12)


def write_table(path, table, *, header=("리뷰", "감정"), delimiter=",", encoding="utf-8", quoting=csv.QUOTE_MINIMAL):
    """Write a delimited file and return the physical line at which each row starts."""
    starts, content = [], ""
    for row in [header, *table]:
        starts.append(1 + len(LINE_END.findall(content)))
        buffer = io.StringIO(newline="")
        csv.writer(buffer, delimiter=delimiter, lineterminator="\r\n", quoting=quoting).writerow(row)
        content += buffer.getvalue()
    path.write_bytes(content.encode(encoding))
    return starts[1:]


def write_jsonl(path, table, *, ascii_only, header=("리뷰", "감정")):
    """Write one JSON object a line."""
    lines = (json.dumps(dict(zip(header, row, strict=True)), ensure_ascii=ascii_only) for row in table)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
