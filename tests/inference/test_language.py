"""What one asks a language model: fillings, next sentences, text that goes on, likeness, bits."""

from __future__ import annotations

import math
import shutil
import unicodedata

import numpy as np
import pytest
import torch

from malmoi.errors import ConfigError, DataError, ModelNotFound
from malmoi.inference.bits import BitsPerChar
from malmoi.inference.fill_mask import FillMask
from malmoi.inference.generate import Generator
from malmoi.inference.next_sentence import NextSentence
from malmoi.inference.similarity import Similarity
from malmoi.io import write_json
from malmoi.models.backbone import load_tokenizer
from malmoi.models.decoding import Decoding


@pytest.mark.parametrize("family", ["bert", "roberta"])
def test_fill_mask_is_what_plain_hugging_face_says(family, pretrained):
    import transformers

    folder = pretrained(family)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    network = transformers.AutoModelForMaskedLM.from_pretrained(folder)
    found = FillMask(str(folder))("나는 [MASK]를 봤다. <mask> 좋았다.", top_k=4)
    text = f"나는 {tokenizer.mask_token}를 봤다. {tokenizer.mask_token} 좋았다."
    inputs = tokenizer(text, return_tensors="pt", split_special_tokens=False)
    with torch.no_grad():
        shares = network(**inputs).logits[inputs["input_ids"] == tokenizer.mask_token_id].softmax(-1)
    assert len(shares) == len(found.masks) == 2
    for mask, row in zip(found.masks, shares, strict=True):
        best = row.topk(4)
        assert [filling.token for filling in mask.fillings] == tokenizer.convert_ids_to_tokens(best.indices.tolist())
        assert [filling.probability for filling in mask.fillings] == pytest.approx(best.values.tolist(), abs=1e-4)
    assert [found.text[mask.start : mask.end] for mask in found.masks] == ["[MASK]", "<mask>"]
    assert found.filled.startswith("나는 ") and "[MASK]" not in found.filled


def test_typed_control_tokens_stay_text(pretrained):
    filler = FillMask(str(pretrained("bert")))
    ids, _ = filler.encoder("[CLS] 나는 [MASK] [SEP]")
    assert (ids == filler.opened.tokenizer.token_id("cls_token")).sum() == 1
    assert (ids == filler.opened.tokenizer.token_id("sep_token")).sum() == 1


def test_fill_mask_of_hostile_texts(pretrained):
    filler = FillMask(str(pretrained("bert")))
    assert filler(unicodedata.normalize("NFD", "나는 ") + "[MASK]👨‍👩‍👧").masks[0].fillings
    assert filler("[MASK]").masks[0].start == 0
    with pytest.raises(DataError, match="MASK"):
        filler("가린 곳이 없다")
    with pytest.raises(DataError, match="32"):
        filler("[MASK]" + " 영화" * 60)
    with pytest.raises(ConfigError, match="top_k"):
        filler("[MASK]", top_k=0)


def test_next_sentence_in_both_orders(pretrained):
    import transformers

    folder = pretrained("bert")
    found = NextSentence(str(folder))("나는 영화를 봤다.", "집에 돌아왔다.")
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    network = transformers.BertForPreTraining.from_pretrained(folder)
    for pair, ours in ((("나는 영화를 봤다.", "집에 돌아왔다."), found.probability), (("집에 돌아왔다.", "나는 영화를 봤다."), found.reversed_probability)):  # fmt: skip
        with torch.no_grad():
            shares = network(**tokenizer(*pair, return_tensors="pt")).seq_relationship_logits.softmax(-1)
        assert ours == pytest.approx(float(shares[0, 0]), abs=1e-4)
    with pytest.raises(ModelNotFound, match="pretrain bert"):
        NextSentence(str(pretrained("roberta")))


@pytest.fixture(scope="module")
def writer(pretrained) -> Generator:
    return Generator(str(pretrained("gpt")), precision="fp32")


def test_generation_is_marked_and_streams_the_same(writer):
    for decoding in (Decoding(20), Decoding(20, sample=True, seed=3), Decoding(20, stop=("다.",))):
        whole = writer("나는 ", decoding)
        assert whole.ai_generated and whole.to_dict()["ai_generated"] is True
        assert "AI" in whole.sentence
        assert "".join(writer.stream("나는 ", decoding)) == whole.generated
    assert writer("나는 ", Decoding(20)).generated, "the model has learnt to say something"


def test_stop_strings_end_a_text_and_are_not_part_of_it(writer):
    free = writer("나는 ", Decoding(20)).generated
    stop = free[2:4]
    stopped = writer("나는 ", Decoding(20, stop=(stop,)))
    assert stopped.generated == free[: free.index(stop)]
    assert stopped.ended_by == "stop"


def test_a_batch_of_prompts_is_each_alone(writer):
    prompts = ["나는", "친구는 책을", ""]
    together = writer(prompts, Decoding(8))
    assert together == [writer(prompt, Decoding(8)) for prompt in prompts]


def test_generation_beyond_the_positions_is_refused(writer):
    with pytest.raises(ConfigError, match="max_new_tokens 40"):
        writer("나는", Decoding(40))
    with pytest.raises(ConfigError, match="num_beams"):
        list(writer.stream("나는", Decoding(4, num_beams=2)))
    assert writer("나는", Decoding(4, num_beams=2)).num_tokens <= 4


def test_bits_of_a_causal_model_are_its_log_probability(pretrained):
    import transformers

    folder, text = pretrained("gpt"), "나는 영화를 봤다."
    found = BitsPerChar(str(folder))(text)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    network = transformers.GPT2LMHeadModel.from_pretrained(folder)
    ids = torch.tensor([[tokenizer.eos_token_id, *tokenizer(text, add_special_tokens=False)["input_ids"]]])
    with torch.no_grad():
        loss = network(ids, labels=ids).loss
    assert found.bits == pytest.approx(float(loss) * (ids.shape[1] - 1) / math.log(2), rel=1e-4)
    assert found.bits_per_char == pytest.approx(found.bits / len(text))
    assert found.is_exact


def test_bits_know_what_a_model_has_learnt(pretrained):
    for family in ("gpt", "bert"):
        reader = BitsPerChar(str(pretrained(family)))
        assert reader("나는 영화를 봤다.").bits_per_char < reader("다봤 를화영 는나.").bits_per_char
        assert reader("나는 영화를 봤다. " * 12).num_tokens > 32, "longer than the model reads at once"
        with pytest.raises(DataError):
            reader("")


def test_the_prefix_of_a_comparison_is_stored_with_the_model_not_in_the_name_of_its_folder(tiny_model, tmp_path):
    copy, derived, plain = tmp_path / "사본", tmp_path / "파생", tmp_path / "e5-아님"
    for folder in (copy, derived, plain):
        shutil.copytree(tiny_model, folder)
    write_json(copy / "manifest.json", {"model": "e5-small-ko", "files": {}})
    assert Similarity(str(copy)).prefix == "query: "
    load_tokenizer(copy).save(derived)
    assert Similarity(str(derived)).prefix == "query: "
    assert Similarity(str(plain)).prefix == ""
    texts = ("나는 영화를 봤다", "집에 갔다")
    assert Similarity(str(copy))(*texts).score == Similarity(str(plain), prefix="query: ")(*texts).score
    assert Similarity(str(copy), prefix="")(*texts).score == Similarity(str(plain))(*texts).score


def test_similarity_is_the_cosine_of_means(pretrained):
    compare = Similarity(str(pretrained("bert")))
    assert compare("나는 영화를 봤다", "나는 영화를 봤다").score == pytest.approx(1, abs=1e-5)
    vectors = compare.vectors(["나는 영화를 봤다", "책을 읽었다"])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1], abs=1e-5)
    assert compare("나는 영화를 봤다", "책을 읽었다").score == pytest.approx(float(vectors[0] @ vectors[1]), abs=1e-5)


def test_wrong_kind_of_model(pretrained):
    with pytest.raises(ModelNotFound, match="pretrain gpt"):
        Generator(str(pretrained("bert")))
    with pytest.raises(ModelNotFound, match="pretrain bert"):
        FillMask(str(pretrained("gpt")))
