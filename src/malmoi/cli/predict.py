"""`malmoi predict`: texts as arguments, at a prompt, from a pipe, or by the file; one answer for each, in order."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from malmoi.cli.options import Force, JsonFile, RunFolder, SkipBad, TextColumn
from malmoi.cli.output import Output, check_new, check_target, progress
from malmoi.cli.show import show_prediction
from malmoi.cli.texts import both
from malmoi.errors import ConfigError, DataError
from malmoi.messages import say

HELP = both(
    "학습된 모델로 답합니다. TEXT 가 없으면 터미널에서는 대화식으로, 파이프에서는 한 줄에 JSON 한 줄로 답합니다.",
    "Answer with a trained model. Without TEXT: a prompt on a terminal, one JSON line for each line of a pipe.",
)
EXAMPLES = both(
    '예:\n  malmoi predict runs/nsmc "배우 연기는 좋은데 이야기가 지루해요"\n'
    "  malmoi predict runs/nsmc --input 리뷰.csv --output 답.csv\n  cat 리뷰.txt | malmoi predict runs/nsmc > 답.jsonl",
    'Examples:\n  malmoi predict runs/nsmc "배우 연기는 좋은데 이야기가 지루해요"\n'
    "  malmoi predict runs/nsmc --input reviews.csv --output answers.csv\n"
    "  cat reviews.txt | malmoi predict runs/nsmc > answers.jsonl",
)


def predict(
    run: RunFolder,
    texts: Annotated[list[str] | None, typer.Argument(metavar="TEXT", help=both("글", "texts"))] = None,
    pair: Annotated[
        str | None, typer.Option(metavar="TEXT", help=both("글마다 짝지을 둘째 글", "second text, for pairs"))
    ] = None,
    input_: Annotated[
        str | None,
        typer.Option("--input", metavar="FILE", help=both("CSV·TSV·JSONL·JSON·Parquet·TXT (- 는 표준 입력)", "CSV, TSV, JSONL, JSON, Parquet, TXT (- is standard input)")),
    ] = None,
    output_: Annotated[
        str | None,
        typer.Option("--output", metavar="FILE", help=both(".jsonl, .csv, .tsv (없으면 표준 출력에 JSONL)", ".jsonl, .csv, .tsv (else JSONL on standard output)")),
    ] = None,
    text: TextColumn = None,
    pair_column: Annotated[
        str | None, typer.Option(metavar="COL", help=both("둘째 글이 있는 열", "column of the second text"))
    ] = None,
    only_answers: Annotated[
        bool,
        typer.Option("--only-answers", help=both("입력의 다른 열 없이 글과 답만", "texts and answers only, without the input's other columns")),
    ] = False,
    skip_bad: SkipBad = False,
    svg: Annotated[
        str | None, typer.Option(metavar="FILE", help=both("글 하나의 답을 그린 그림 (구문 분석)", "the answer for one text as a picture (parsing)"))
    ] = None,
    force: Force = False,
    json: JsonFile = None,
) -> None:  # fmt: skip
    """Answer for texts, a file, a pipe or a person."""
    from malmoi.cli import picture, rows
    from malmoi.data.columns import Columns
    from malmoi.inference.predictor import load

    output = Output(json)
    if texts and input_:
        raise ConfigError(say("TEXT 와 --input 은 함께 쓸 수 없습니다.", "give TEXT or --input, not both."))
    given = {"--text": text, "--pair-column": pair_column, "--skip-bad": skip_bad, "--only-answers": only_answers}
    for flag, value in given.items():
        if value and input_ in (None, "-"):
            raise ConfigError(say(f"{flag} 옵션은 --input 파일에만 쓰입니다.", f"{flag} is for an --input file only."))
    _check_output(output_, input_, force)
    _check_texts(texts or [])
    if svg:
        picture.check(svg, texts or [], force)
    if texts:
        predictions = _answer_texts(load(run), texts, pair, output, output_)
        if svg:
            picture.draw(predictions[0], svg, output)
    elif input_ in (None, "-") and sys.stdin.isatty() and not output_:
        _converse(load(run), pair, output)
    else:
        predictor = load(run)
        columns = Columns(text=text, pair=pair_column, trained=predictor.artifact.columns)
        kind = predictor.task.example_kind
        source = rows.open_annotated(input_, kind, skip_bad=skip_bad) or rows.open_input(
            input_, columns, pair, skip_bad=skip_bad, only_answers=only_answers
        )
        _answer_rows(run, predictor, source, output, output_ or "-", pair)


def _check_output(file: str | None, input_: str | None, force: bool) -> None:
    """Raise before the work when the answers would replace their own input or another file, or have no folder to go to."""
    if file in (None, "-"):
        return
    assert file is not None
    target = Path(file)
    if input_ not in (None, "-") and target.exists() and Path(str(input_)).exists() and target.samefile(str(input_)):
        raise ConfigError(
            say(
                f"--output {file}: --input 과 같은 파일입니다. 다른 이름을 주세요.",
                f"--output {file}: is the --input file itself. Choose another name.",
            )
        )
    if not target.parent.is_dir():
        raise ConfigError(
            say(
                f"--output {file}: {target.parent} 폴더가 없습니다. 먼저 만들어 주세요.",
                f"--output {file}: there is no folder {target.parent}. Make it first.",
            )
        )
    check_target("--output", file)
    check_new("--output", file, force)


def _check_texts(texts: list[str]) -> None:
    """Raise for an empty text, which nothing can be said about: most likely a variable of the shell that is not set."""
    for number, text in enumerate(texts, 1):
        if not text.strip():
            raise ConfigError(
                say(
                    f"TEXT {number}번째가 비어 있습니다. 빼거나 글을 적어 주세요.",
                    f"TEXT {number} is empty. Leave it out, or write something.",
                )
            )


def _answer_texts(predictor: Any, texts: list[str], pair: str | None, output: Output, file: str | None) -> list[Any]:
    """Show or write the answers for texts; return them."""
    began = time.monotonic()
    predictions = predictor.predict([predictor.task.ask(text, pair) for text in texts])
    if file:
        from malmoi.data.answer_rows import row_layout
        from malmoi.data.writers import PredictionWriter

        answers, labels = [prediction.to_dict() for prediction in predictions], predictor.task.label_names
        with PredictionWriter(file) as writer:
            layout = row_layout(answers[0], is_table=writer.is_table, labels=labels)
            for answer in answers:
                writer.write(layout.row({}, answer))
        if file != "-":
            output.print(_written(writer.num_rows, file, 0, time.monotonic() - began))
    else:
        for prediction in predictions:
            show_prediction(output, prediction)
    output.json([prediction.to_dict() for prediction in predictions])
    return predictions


def _written(num_rows: int, file: str, num_blank: int, seconds: float) -> str:
    return say(
        f"{num_rows:,}줄을 {file} 에 썼습니다 (빈 줄 {num_blank:,}, {seconds:.1f}초).",
        f"wrote {num_rows:,} rows to {file} ({num_blank:,} blank, {seconds:.1f} s).",
    )


def _check_pair(predictor: Any, pair: str | None) -> None:
    if predictor.task.reads_pairs and pair is None:
        raise ConfigError(
            say(
                "이 모델은 글의 쌍으로 답합니다. 둘째 글을 --pair 로 주세요.",
                "this model reads pairs. Give the second text with --pair.",
            )
        )


def _converse(predictor: Any, pair: str | None, output: Output) -> None:
    """Answer line after line until Ctrl-D; a model of pairs asks for a second text, which stays until a blank line."""
    from contextlib import suppress

    asks_pair, kept = predictor.task.reads_pairs and pair is None, pair
    with suppress(ImportError):
        import readline  # noqa: F401 (gives `input` a history and editing)
    answered = []
    output.print(say("글을 적고 Enter. 끝내려면 Ctrl-D.", "Type a text and press Enter. Ctrl-D ends."))
    if asks_pair:
        output.print(say("둘째 글은 빈 줄을 넣을 때까지 그대로 씁니다.", "The second text is kept until you enter a blank line."))  # fmt: skip
    while True:
        try:
            if asks_pair and not kept:
                kept = input(say("둘째 글> ", "second text> ")).strip()
                continue
            line = input("> ").strip()
        except EOFError:
            break
        if not line:
            kept = None if asks_pair else kept
            continue
        try:
            prediction = predictor((line, kept) if kept else line)
        except DataError as error:  # what was typed cannot be asked: say why, and go on
            output.print(str(error), "")
            continue
        answered.append(prediction.to_dict())
        show_prediction(output, prediction)
        output.print("")
    output.print("")
    output.json(answered)


def _answer_rows(run: str, predictor: Any, source: Any, output: Output, file: str, pair: str | None) -> None:
    """Write one answer for each row, blank ones too; the file appears when all are done."""
    from malmoi.cli import rows
    from malmoi.data.cells import MAX_SHOWN
    from malmoi.data.writers import PredictionWriter

    if file == "-" and output.json_file == "-":
        raise ConfigError(
            say(
                "--json - 과 답이 모두 표준 출력으로 갑니다. --output 파일을 주세요.",
                "--json - and the answers would both go to standard output. Give a file to --output.",
            )
        )
    writer = PredictionWriter(file)
    if source.is_live:
        _check_pair(predictor, pair)
    if source.are_lines and predictor.task.reads_blocks:
        source = rows.in_blocks(source)
    layout = rows.output_layout(predictor, source, is_table=writer.is_table)
    began = time.monotonic()
    num_blank, num_bad, problems = 0, 0, []
    with progress(say("예측", "predicting"), source.total) as advance, writer:
        for answer in rows.answers(predictor, source, layout):
            writer.write(answer.values)
            num_blank += answer.is_blank
            if answer.problem is not None:
                num_bad += 1
                problems += [answer.problem] if num_bad <= MAX_SHOWN else []
            advance(1)
            if source.is_live:
                sys.stdout.flush()
    seconds = time.monotonic() - began
    notes = [*source.notes, *_left_out(problems, num_bad)]
    if file == "-":  # standard output holds the answers
        print(*notes, sep="\n", end="\n" * bool(notes), file=sys.stderr)
    else:
        output.print(*notes, *_answer_columns(layout))
        output.print(_written(writer.num_rows, file, num_blank, seconds))
    counts = {"rows": writer.num_rows, "blank": num_blank, "bad": num_bad, "seconds": round(seconds, 3)}
    output.json({"run": run, "input": source.name, "output": file, **counts, "answer_columns": dict(layout.names)})


def _left_out(problems: list[str], num_bad: int) -> list[str]:
    """Say which rows have no answer because of what is in them; `problems` are the first."""
    from malmoi.data.cells import list_problems

    if not num_bad:
        return []
    listed = list_problems(problems, num_bad)
    return [
        say(
            f"쓸 수 없는 행 {num_bad:,}개에는 답이 없습니다.{listed}",
            f"{num_bad:,} unusable row(s) have no answer.{listed}",
        )
    ]


def _answer_columns(layout: Any) -> list[str]:
    """Say what the columns of the answers are called behind those of the input."""
    if not layout.columns:
        return []
    listed = ", ".join(layout.names.values())
    return [say(f"답의 열: {listed}", f"columns of the answers: {listed}")]
