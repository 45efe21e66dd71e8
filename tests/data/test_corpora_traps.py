"""What is odd about the files of a corpus is read right: a few lines of our own, written as the published files are."""

import pytest

from malmoi.data.corpora import find_corpus
from malmoi.data.corpora.catalog import CorpusFile
from malmoi.data.corpora.sae4k import TABLE as SAE4K_TABLE


@pytest.fixture
def lines_of(tmp_path, monkeypatch):
    """Write the lines of a corpus file and read all its own splits (or one split) together, whatever the file's check says."""
    monkeypatch.setenv("MALMOI_DATA", str(tmp_path))
    monkeypatch.setattr(CorpusFile, "locate", lambda file: file.local_path)

    def read(name, content, *splits):
        corpus = find_corpus(name)
        for file in corpus.files_of((splits or ("train",))[0]):
            file.local_path.parent.mkdir(exist_ok=True)
            file.local_path.write_bytes(content.encode())
        examples = [e for split in splits or ("train", "dev", "final") for e in corpus.load(split)]
        return sorted(examples, key=lambda example: example.row)

    return read


def test_3i4k_has_no_header_crlf_and_trailing_spaces(lines_of):
    content = "".join(f"{i % 7}\t말 {i}{'  ' if i % 2 else ''}\r\n" for i in range(30)) + "2\t말 1\r\n"
    found = lines_of("3i4k", content)
    assert len(found) == 31 and (found[0].text, found[0].label, found[0].row) == ("말 0", "0", 1)
    assert found[1].text == "말 1  ", "texts stay as they are"


def test_3i4k_copies_that_differ_in_spaces_stand_on_one_side(lines_of):
    content = "".join(f"1\t말 {i}\r\n2\t말 {i} \r\n" for i in range(60))
    for split in ("train", "dev", "final"):
        found = lines_of("3i4k", content, split)
        assert {e.text.strip() for e in found if e.label == "1"} == {e.text.strip() for e in found if e.label == "2"}


def test_kocasm_has_a_nameless_column_line_breaks_and_an_empty_tweet(lines_of):
    content = ',tokens,label\n0,"안녕 , 반가워 ",1\n1,"두 줄\n짜리",0\n2,,1\n3,"그는 ""응"" 했다",0\n'
    found = lines_of("kocasm", content)
    assert [(e.text, e.label) for e in found] == [
        ("안녕 , 반가워 ", "1"),
        ("두 줄\n짜리", "0"),
        ('그는 "응" 했다', "0"),
    ]


def test_quotes_are_characters_in_korsts_and_kornli(lines_of):
    header = "genre\tfilename\tyear\tid\tscore\tsentence1\tsentence2\n"
    rows = ['"시작만\t끝 있다', '둘째\t"응" 하고 갔다', *(f'셋째 {i}\t그는 "{i}' for i in range(12))]
    found = lines_of(
        "korsts", header + "".join(f"g\tf\ty\t{i}\t{i % 6}.000\t{row}\n" for i, row in enumerate(rows)), "dev"
    )
    assert [(e.text, e.pair) for e in found] == [tuple(row.split("\t")) for row in rows]
    assert [e.score for e in found][:6] == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    labels = ("entailment", "neutral", "contradiction")
    content = "sentence1\tsentence2\tgold_label\n" + "".join(f"{row}\t{labels[i % 3]}\n" for i, row in enumerate(rows))
    found = lines_of("kornli", content, "dev")
    assert [(e.text, e.pair) for e in found] == [tuple(row.split("\t")) for row in rows]
    assert {e.label for e in found} == set(labels)


def test_kornli_trains_on_two_files(tmp_path, lines_of):
    found = lines_of(
        "kornli", "sentence1\tsentence2\tgold_label\n전제\t가설\tneutral\n전제\t다른 가설\tentailment\n", "train"
    )
    assert len(found) == 4


def test_question_pair_zero_is_the_same_question(lines_of):
    found = lines_of(
        "question-pair",
        'question1\tquestion2\tis_duplicate\n뭐 먹지\t무엇을 먹을까\t0\n"그는 ""응"""\t몰라\t1\n',
        "dev",
    )
    names = find_corpus("question-pair").label_names
    assert [(e.text, names[e.label]) for e in found] == [
        ("뭐 먹지", "same question"),
        ('그는 "응"', "different question"),
    ]


def test_kmhas_eight_means_no_label_and_quotes_are_quoting(lines_of):
    found = lines_of("kmhas", 'document\tlabel\n"그는 ""응"" 했다"\t8\n나쁜 말\t1,3\n또 나쁜 말\t7\n', "dev")
    assert [(e.text, e.labels) for e in found] == [
        ('그는 "응" 했다', ()),
        ("나쁜 말", ("1", "3")),
        ("또 나쁜 말", ("7",)),
    ]
    assert "8" not in find_corpus("kmhas").label_names
    one_each = lines_of("kmhas", "document\tlabel\n나쁜 말\t3\n좋은 말\t8\n", "dev")
    assert [e.labels for e in one_each] == [("3",), ()]


def test_hate_speech_is_three_corpora_with_the_same_splits(lines_of):
    content = "comments\tcontain_gender_bias\tbias\thate\n" + "".join(
        f"댓글 {i}\tTrue\tgender\tnone\n" for i in range(80)
    )
    sides = {
        name: [e.row for e in lines_of(name, content, "dev")]
        for name in ("hate-speech", "hate-speech-bias", "hate-speech-gender")
    }
    assert len(set(map(tuple, sides.values()))) == 1 and sides["hate-speech"]
    assert [lines_of(name, content)[0].label for name in sides] == ["none", "gender", "True"]


def test_chatbot_labels_are_trimmed(lines_of):
    found = lines_of("chatbot", 'Q,A,label\r\n"가, 나",네.,0\r\n사랑해,"저도, 요.",2   \r\n')
    assert [(e.text, e.pair, e.label) for e in found] == [("가, 나", None, "0"), ("사랑해", None, "2")]


def test_klue_nli_pairs_come_from_json(lines_of):
    content = (
        '[{"guid": "a", "premise": "전제", "hypothesis": "가설", "gold_label": "neutral", "author": "entailment"}]'
    )
    found = lines_of("klue-nli", content, "dev")
    assert [(e.text, e.pair, e.label, e.id) for e in found] == [("전제", "가설", "neutral", "a")]


def test_parakqc_paraphrases_stay_together(lines_of):
    content = "".join(f"{block % 4}\t{block % 3}\t{block}번 뜻의 {i}번 말\n" for block in range(40) for i in range(10))
    for split in ("train", "dev", "final"):
        rows = [e.row for e in lines_of("parakqc-topic", content, split)]
        assert len(rows) == 10 * len({(row - 1) // 10 for row in rows})
        assert rows == [e.row for e in lines_of("parakqc-act", content, split)]
    assert [e.label for e in lines_of("parakqc-act", content)[:21:10]] == ["0", "1", "2"]


def test_parakqc_lines_left_out_move_no_paraphrase(lines_of):
    lines = [f"{block % 4}\t{block % 3}\t{block}번 뜻의 {i}번 말\n" for block in range(40) for i in range(10)]
    lines[0] = lines[53] = lines[54] = "0\t0\t\n"
    sides = [
        {(e.row - 1) // 10 for e in lines_of("parakqc-topic", "".join(lines), s)} for s in ("train", "dev", "final")
    ]
    assert sum(map(len, sides)) == 40 == len(set().union(*sides))


@pytest.mark.parametrize("name", ["klue-nli", "nsmc"])
def test_fingerprints_tell_corpora_and_splits_of_one_file_apart(name, lines_of, monkeypatch):
    if name == "nsmc":
        monkeypatch.setattr("malmoi.data.corpora.nsmc.SPLIT_SIZES", {"dev": 1, "final": 1})
        monkeypatch.setattr(
            "malmoi.data.corpora.nsmc.split_ids", lambda: {"dev": frozenset(["1"]), "final": frozenset(["2"])}
        )
        lines_of("nsmc", "id\tdocument\tlabel\n1\t글\t0\n2\t말\t1\n3\t뜻\t1\n")
        wished = [("nsmc", "train"), ("nsmc", "dev"), ("nsmc", "final")]
    else:
        item = '{"guid": "a%d", "premise": "전제 %d", "hypothesis": "가설", "gold_label": "neutral"}'
        lines_of("klue-nli", "[" + ",".join(item % (i, i) for i in range(3)) + "]", "dev")
        wished = [("klue-nli", "dev"), *(("klue-nli-small", split) for split in ("train", "dev", "final"))]
    assert len({find_corpus(corpus).load(split).fingerprint for corpus, split in wished}) == len(wished)


def test_sae4k_noun_phrases_stay_together_and_are_not_told(lines_of):
    content = "".join(
        f"{phrase}번 {way} 알려줘 \t{phrase}번\t{phrase % 6}\n" for phrase in range(50) for way in ("말", "것", "일")
    )
    for split in ("train", "dev", "final"):
        found = lines_of("sae4k", content, split)
        assert all(example.pair is None for example in found)
        assert len(found) == 3 * len({example.text.split()[0] for example in found})
        assert [e.pair for e in SAE4K_TABLE.load(split)] == [e.text.split()[0] for e in found]
