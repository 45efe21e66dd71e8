"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from malmoi.cli.texts import both

JsonFile = Annotated[
    str | None,
    typer.Option(
        "--json",
        metavar="FILE",
        help=both("결과를 JSON 으로 쓸 파일 (- 는 표준 출력)", "write the result as JSON (- is standard output)"),
    ),
]
TextColumn = Annotated[
    str | None,
    typer.Option(
        "--text",
        metavar="COL",
        help=both("글이 있는 열: 이름 또는 1부터 센 번호", "text column: name or number from 1"),
    ),
]
PairColumn = Annotated[
    str | None, typer.Option("--pair", metavar="COL", help=both("둘째 글이 있는 열", "column of the second text"))
]
LabelColumn = Annotated[str | None, typer.Option("--label", metavar="COL", help=both("라벨이 있는 열", "label column"))]
MultiLabel = Annotated[
    bool, typer.Option("--multi-label", help=both("한 칸에 라벨이 여럿일 수 있음", "a cell may hold several labels"))
]
Separator = Annotated[
    str | None,
    typer.Option(metavar="S", help=both("라벨 사이의 구분자 (없으면 찾음)", "what stands between labels (else found)")),
]
SkipBad = Annotated[
    bool,
    typer.Option("--skip-bad", help=both("쓸 수 없는 행은 세고 건너뜁니다", "count unusable rows and leave them out")),
]
Threads = Annotated[
    int, typer.Option("--threads", metavar="N", min=0, help=both("쓸 코어 수 (0 은 모두)", "cores to use (0 is all)"))
]
Force = Annotated[bool, typer.Option("--force", help=both("있는 파일을 덮어씁니다", "overwrite an existing file"))]
CleaningSteps = Annotated[
    str | None,
    typer.Option(
        "--clean",
        metavar="STEPS",
        help=both(
            "토크나이저 앞의 전처리, 적은 차례대로 (malmoi data preview --help): html,url,repeats=2",
            "cleaning before the tokenizer, in this order (malmoi data preview --help): html,url,repeats=2",
        ),
    ),
]
RunFolder = Annotated[
    str, typer.Argument(metavar="RUN", help=both("학습 결과 폴더", "the folder of a run"), show_default=False)
]
