"""`malmoi serve`: runs and language models behind an HTTP API, on this machine unless told otherwise."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from malmoi.cli.options import Threads
from malmoi.cli.output import Output
from malmoi.cli.texts import both
from malmoi.messages import say

KEY_VARIABLE = "MALMOI_API_KEY"
HELP = both(
    "학습 결과를 HTTP API 로 엽니다. 이 컴퓨터에서만 열리고, --host 로 밖에 열면 API 키가 필요합니다.",
    "Serve runs over HTTP, on this machine only; with a public --host an API key is required.",
)
EXAMPLES = both(
    "예:\n  malmoi serve runs/nsmc-int8 ner=runs/klue-ner\n"
    "  curl localhost:8000/v1/models/nsmc-int8/predict -H 'Content-Type: application/json' -d '{\"text\": \"재밌어요\"}'",
    "Examples:\n  malmoi serve runs/nsmc-int8 ner=runs/klue-ner\n"
    "  curl localhost:8000/v1/models/nsmc-int8/predict -H 'Content-Type: application/json' -d '{\"text\": \"재밌어요\"}'",
)


def serve(
    runs: Annotated[
        list[str],
        typer.Argument(metavar="[NAME=]RUN…", help=both("학습 결과 폴더나 언어 모델", "runs or language models"), show_default=False),
    ],
    host: Annotated[str, typer.Option(metavar="HOST", help=both("열 주소", "address to listen on"))] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help=both("포트 (0 은 빈 것)", "port (0 is any free one)"))] = 8000,
    api_key: Annotated[
        str | None,
        typer.Option("--api-key", metavar="KEY", help=both(f"API 키 (또는 {KEY_VARIABLE})", f"API key (or {KEY_VARIABLE})")),
    ] = None,
    threads: Threads = 0,
    max_waiting: Annotated[
        int, typer.Option(metavar="N", min=1, help=both("모델마다 기다릴 수 있는 글의 수", "texts that may wait for each model"))
    ] = 256,
    max_wait: Annotated[
        float, typer.Option(metavar="S", min=0.01, help=both("이보다 오래 기다릴 것 같으면 곧바로 429", "429 at once when the wait would be longer"))
    ] = 1.0,
    seconds: Annotated[
        float, typer.Option(metavar="S", min=0.1, help=both("답을 기다리는 가장 긴 시간", "the longest that a request may take"))
    ] = 30.0,
) -> None:  # fmt: skip
    """Open the models, then listen until told to stop."""
    from malmoi.serving.limits import Limits
    from malmoi.serving.models import open_models
    from malmoi.serving.run import Address, listen
    from malmoi.serving.run import serve as run

    output = Output("-")  # people's lines to standard error
    address = Address(host, port, api_key or os.environ.get(KEY_VARIABLE) or None)
    access = address.access()
    models = open_models(runs, threads)
    for model in models:
        output.print(f"{model.name}: {', '.join(model.abilities)} ({model.facts.get('engine', model.facts['task'])})")
    sock = listen(address)
    port = sock.getsockname()[1]
    place = f"http://{'localhost' if address.is_local else host}:{port}"
    output.print(
        say(f"{place} (API 문서: {place}/docs, 멈추기: Ctrl-C)", f"{place} (API: {place}/docs, stop with Ctrl-C)")
    )
    if access.key is not None and address.key is None:
        output.print(say(f"API 키 (다시 보여 주지 않습니다): {access.key}", f"API key (not shown again): {access.key}"))
    sys.stderr.flush()
    run(models, sock, access, Limits(max_waiting=max_waiting, max_wait=max_wait, seconds=seconds))
