"""Tokenizers come from this machine or not at all."""

import shutil
import subprocess
import sys

import pytest

from malmoi.errors import ModelNotFound
from malmoi.models import embedded
from malmoi.models.local import local_tokenizer


def test_a_folder(tiny_model):
    assert local_tokenizer(str(tiny_model)).vocab_size > 5


def test_a_hub_model_in_the_cache(tiny_model, tmp_path, monkeypatch):
    asked = {}

    def snapshot_download(name, **options):
        asked.update(options, name=name)
        return str(tiny_model)

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
    assert local_tokenizer("klue/bert-base").vocab_size > 5
    assert asked["name"] == "klue/bert-base" and asked["local_files_only"] is True


@pytest.mark.parametrize("name", ["klue/bert-base", "없는-모델", "./없는/폴더"])
def test_what_is_not_here_is_not_fetched(name, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelNotFound, match=name):
        local_tokenizer(name)


def test_the_embedded_model_without_its_weights(tmp_path, monkeypatch):
    monkeypatch.setenv("MALMOI_CACHE", str(tmp_path))
    monkeypatch.delenv(embedded.VARIABLE, raising=False)
    monkeypatch.setattr(embedded, "wheel_file", lambda: None)
    with pytest.raises(ModelNotFound, match=embedded.NAME):
        local_tokenizer(embedded.NAME)


def test_no_torch_for_a_tokenizer_json(tiny_model, tmp_path):
    folder = tmp_path / "tokenizer"
    folder.mkdir()
    shutil.copy(tiny_model / "tokenizer.json", folder)
    code = (
        "import sys; sys.modules['torch'] = None; from malmoi.models.local import local_tokenizer; "
        "print(local_tokenizer(sys.argv[1]).vocab_size)"
    )
    done = subprocess.run([sys.executable, "-c", code, folder], capture_output=True, text=True)
    assert done.returncode == 0 and int(done.stdout) > 5, done.stderr
