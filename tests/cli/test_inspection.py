"""`malmoi data`, `malmoi models` and `malmoi doctor`."""

from __future__ import annotations

import json

import pytest

from malmoi.cli import models as model_verbs


@pytest.fixture
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "캐시"
    monkeypatch.setenv("MALMOI_CACHE", str(folder))
    monkeypatch.delenv("MALMOI_DATA", raising=False)
    return folder


def test_data_list(run_cli, cache):
    result = run_cli("data", "list", "--json", "-")
    entries = {entry["name"]: entry for entry in json.loads(result.out)}
    assert entries["nsmc"]["splits"][:2] == ["train", "dev"]
    assert not entries["nsmc"]["files"][0]["here"]
    assert entries["nsmc-reviews"]["task"] is None and "e9t/nsmc" in entries["nsmc-reviews"]["citation"]
    assert str(cache) in result.err and "ratings_train.txt" in result.err


def test_models_list(run_cli, cache, monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    (tmp_path / "hub" / "models--klue--bert-base").mkdir(parents=True)
    values = json.loads(run_cli("models", "list", "--json", "-").out)
    assert values["hub_cache"] == ["klue/bert-base"]
    assert values["embedded"]["state"] in ("buildable", "missing")


def test_models_info_of_a_folder_and_a_run(run_cli, tiny_model, tiny_run):
    from malmoi.models.backbone import build_backbone

    values = json.loads(run_cli("models", "info", tiny_model, "--json", "-").out)
    expected = sum(parameter.numel() for parameter in build_backbone(tiny_model).parameters())
    assert values["parameters"] == expected == model_verbs.count_parameters(tiny_model / "model.safetensors")
    assert values["layers"] == 2
    result = run_cli("models", "info", tiny_run)
    assert "긍정, 부정" in result.out and "classification" in result.out


def test_models_info_of_nothing(run_cli):
    result = run_cli("models", "info", "없는모델")
    assert result.code == 2 and "없는모델" in result.err


def test_doctor(run_cli, cache, tmp_path):
    result = run_cli("doctor", "--json", tmp_path / "j.json")
    assert result.code == 0
    values = json.loads((tmp_path / "j.json").read_text(encoding="utf-8"))
    assert values["packages"]["torch"] and values["storage"]["cache"] == str(cache)
    assert "threads" in values["compute"]["chosen"]
    for name in ("system", "compute", "packages", "optional", "storage"):
        for key in values[name]:
            assert key in result.out


def test_doctor_warns_of_a_busy_machine(run_cli, cache, monkeypatch):
    monkeypatch.setattr("os.getloadavg", lambda: (99.0, 99.0, 99.0), raising=False)
    assert "99" in run_cli("doctor").out.split("주의할 점")[1]


def test_clear_cache_asks_and_leaves_corpora(run_cli, cache, monkeypatch):
    (cache / "models").mkdir(parents=True)
    (cache / "models" / "x.bin").write_bytes(b"0" * 1000)
    (cache / "corpora" / "nsmc").mkdir(parents=True)
    monkeypatch.setattr("typer.confirm", lambda *args, **kwargs: False)
    assert run_cli("doctor", "--clear-cache").code == 0
    assert (cache / "models" / "x.bin").exists()
    assert run_cli("doctor", "--clear-cache", "--yes").code == 0
    assert not (cache / "models").exists() and (cache / "corpora" / "nsmc").exists()


def test_the_baseline_has_information_too(run_cli):
    result = run_cli("models", "info", "tfidf")
    assert result.code == 0 and "--model tfidf" in result.out
