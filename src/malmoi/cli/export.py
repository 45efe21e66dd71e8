"""`malmoi export`: a run for onnxruntime, fp32 or int8, compared with the torch model before it is written."""

from __future__ import annotations

from typing import Annotated

import typer

from malmoi.cli.options import JsonFile, RunFolder, Threads
from malmoi.cli.output import Output
from malmoi.cli.texts import both
from malmoi.messages import say

HELP = both(
    "학습 결과를 torch 없이 도는 ONNX 로 내보냅니다. dev 점수가 1점 넘게 떨어지면 쓰지 않습니다.",
    "Write a run as ONNX, which needs no torch. Refused when the dev score drops by more than 1 point.",
)
EXAMPLES = both(
    "예:\n  malmoi export runs/nsmc --int8 --out runs/nsmc-int8\n  malmoi predict runs/nsmc-int8 --input 리뷰.csv --output 답.csv",
    "Examples:\n  malmoi export runs/nsmc --int8 --out runs/nsmc-int8\n  malmoi predict runs/nsmc-int8 --input reviews.csv --output answers.csv",
)


def export(
    run: RunFolder,
    out: Annotated[str, typer.Option(metavar="DIR", help=both("새 폴더", "new folder"), show_default=False)],
    int8: Annotated[
        bool, typer.Option("--int8", help=both("가중치를 8비트로 (더 작고 빠름)", "weights in 8 bits (smaller, faster)"))
    ] = False,
    data: Annotated[
        str | None,
        typer.Option(metavar="FILE|CORPUS[:SPLIT]", help=both("견줄 자료 (없으면 그 학습의 dev)", "data to compare on (else the run's own dev)")),
    ] = None,
    limit: Annotated[
        int, typer.Option(metavar="N", min=1, help=both("견줄 때 묻는 글의 수", "how many examples to compare on"))
    ] = 2000,
    threads: Threads = 0,
    force: Annotated[
        bool, typer.Option("--force", help=both("먼저 내보낸 것을 덮어씁니다", "replace an earlier export"))
    ] = False,
    json: JsonFile = None,
) -> None:  # fmt: skip
    """Convert, compare, and write what is as good."""
    from malmoi.api import export as run_export

    output = Output(json)
    parity = run_export(
        run, out=out, int8=int8, data=data, limit=limit, threads=threads, force=force, on_stage=output.print
    )
    megabytes = f"{parity.torch_bytes / 1e6:.0f} → {parity.onnx_bytes / 1e6:.0f} MB"
    rates = f"{parity.torch_rate:,.0f} → {parity.onnx_rate:,.0f}"
    output.print(
        parity.sentence,
        say(f"{megabytes}, 초당 {rates}개 (torch fp32 와 견줌). {out}", f"{megabytes}, {rates} a second (beside torch in fp32). {out}"),
    )  # fmt: skip
    output.json(parity.to_dict())
