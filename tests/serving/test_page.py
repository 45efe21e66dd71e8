"""The page: small, without any other host, and what its tabs ask the server for."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from serving_helpers import Running, Start

from malmoi.serving.app import PAGE
from malmoi.serving.models import open_models

FILES = sorted(path for path in PAGE.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def server(start: Start, tiny_run: Path, score_run: Path, tiny_model: Path) -> Running:
    return start(open_models([f"reviews={tiny_run}", f"scores={score_run}", f"encoder={tiny_model}"], threads=1))


def test_is_small_and_speaks_to_nobody_else() -> None:
    assert sum(path.stat().st_size for path in FILES) <= 300_000
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        for found in re.findall(r"https?://[^\s\"'`)]+", text):
            assert found == "http://www.w3.org/2000/svg", (path, found)
        assert "innerHTML" not in text and "insertAdjacentHTML" not in text and "document.write" not in text, path
        assert path.suffix != ".html" or not re.search(r"<script>|style=|\son\w+=", text), path


def test_every_file_is_served_with_the_policy(server: Running) -> None:
    for path in FILES:
        response = server.client.get(f"/{path.relative_to(PAGE).as_posix()}")
        assert response.status_code == 200 and "default-src 'self'" in response.headers["content-security-policy"]
    imports = {
        name
        for path in FILES
        if path.suffix == ".js"
        for name in re.findall(r'from "\./(\w+\.js)"', path.read_text("utf-8"))
    }
    assert imports <= {path.name for path in FILES}
    assert server.client.get("/").text == (PAGE / "index.html").read_text(encoding="utf-8")


@pytest.mark.skipif(shutil.which("node") is None, reason="no node")
def test_scripts_can_be_read() -> None:
    for path in FILES:
        if path.suffix == ".js":
            done = subprocess.run(
                ["node", "--check", "--input-type=module"], input=path.read_bytes(), capture_output=True
            )
            assert done.returncode == 0, done.stderr.decode()


@pytest.mark.skipif(shutil.which("node") is None, reason="no node")
def test_tables_in_the_browser_are_read_and_written() -> None:
    script = """
import { cells, decode, parse, toCsv } from "./table.js";
const bytes = (text, extra = []) => new Uint8Array([...extra, ...new TextEncoder().encode(text)]).buffer;
const same = (a, b) => { if (JSON.stringify(a) !== JSON.stringify(b)) throw new Error(`${JSON.stringify(a)} is not ${JSON.stringify(b)}`); };
same(cells('a,"b ""c""\\n d",e\\r\\n1,,3', ","), [["a", 'b "c"\\n d', "e"], ["1", "", "3"]]);
same(parse("글\\t라벨\\n좋아요\\t1\\n", "a.csv"), { columns: ["글", "라벨"], rows: [["좋아요", "1"]] });
same(parse("글;라벨\\n좋, 아요;1\\n", "a.csv").rows, [["좋, 아요", "1"]]);
same(parse('{"text":"가"}\\n{"text":"나","n":2}\\n', "a.jsonl"), { columns: ["text", "n"], rows: [["가", ""], ["나", "2"]] });
same(parse("가\\n\\n나\\n", "a.txt").rows, [["가"], [""], ["나"]]);
same(decode(new Uint8Array([0xb0, 0xa1]).buffer), { text: "가", encoding: "cp949" });
same(decode(bytes("가")).encoding, "utf-8");
same(toCsv(["a"], [["=1+1"], ['b"c']]), "\\ufeffa\\r\\n'=1+1\\r\\n\\"b\\"\\"c\\"\\r\\n");
"""
    done = subprocess.run(
        ["node", "--input-type=module", "-"], input=script.encode(), capture_output=True, cwd=PAGE / "js"
    )
    assert done.returncode == 0, done.stderr.decode()


def test_what_the_tabs_ask_for(server: Running) -> None:
    models = {model["name"]: model for model in server.client.get("/info").json()["models"]}
    assert models["reviews"]["offers"] == ["predict", "tokens"] and models["encoder"]["offers"] == [
        "similarity",
        "tokens",
    ]
    low, high = models["scores"]["range"]
    assert low < high and "range" not in models["reviews"]
    words = server.ask("reviews/tokens", {"text": "음식이 맛있고"}).json()["words"]
    assert [word["raw"] for word in words if word["raw"]] == ["음식이", "맛있고"]
    assert all(word["pieces"] for word in words)
    card = server.client.get("/v1/models/reviews/card", headers={"Accept-Language": "en"}).json()
    assert ["task", "classification"] in [row[1:] for row in card["facts"]]
    assert card["scores"][0]["name"] == "accuracy" and card["scores"][0]["n"] == 12
    report = server.client.get(card["report"])
    assert report.status_code == 200 and report.text.startswith("<!doctype html>")
    assert (
        "'unsafe-inline'" in report.headers["content-security-policy"]
        and "script" not in report.headers["content-security-policy"]
    )
    for path in ("/v1/models/encoder/card", "/v1/models/encoder/report", "/v1/models/없음/card"):
        assert server.client.get(path).status_code == 404
