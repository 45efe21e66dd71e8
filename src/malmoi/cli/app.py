"""`malmoi`: parse, run one verb, and turn whatever goes wrong into one clear message and an exit code.

0 done · 1 a bug of malmoi · 2 the user's input · 3 training failed · 4 disk · 130 and 143 stopped by a signal.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Annotated, Any

import typer

from malmoi import __version__
from malmoi.cli import (
    completion,
    data,
    demo,
    doctor,
    evaluate,
    export,
    language,
    models,
    predict,
    pretrain,
    serve,
    tokenizer,
    train,
)  # one file for each verb
from malmoi.cli.texts import both, localise, translate_headings
from malmoi.cli.usage import usage_message
from malmoi.errors import ConfigError, MalmoiError, extras_named
from malmoi.messages import say, set_language

_UsageError: Any = typer.BadParameter.__mro__[2]  # what all of typer's complaints have in common, in every version
_DEBUG = "MALMOI_DEBUG"
_DISK_ERRNOS = (
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EIO,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.EISDIR,
    errno.ENOTDIR,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    computing = {"compare", "demo", "evaluate", "export", "generate", "predict", "pretrain", "serve", "train"}
    prepare_environment(computes=bool(computing & set(given)))
    try:
        with extras_named(), _terminable():
            if completion.VARIABLE in os.environ:
                completion.complete(build_command())
            _run(_take_language(given) or ["--help"])
            sys.stdout.flush()
        return 0
    except typer.Exit as error:
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return _tell(say("멈췄습니다.", "stopped."), 130)
    except _Terminated:
        return _tell(say("종료 요청을 받아 멈췄습니다.", "stopped as asked."), 143)
    except MalmoiError as error:
        return _tell(str(error), error.exit_code)
    except _UsageError as error:
        return _tell(usage_message(error, given), 2)
    except BrokenPipeError:
        return _reader_left()
    except SystemExit as error:
        if not isinstance(error.__context__, BrokenPipeError):
            raise
        return _reader_left()  # rich's consoles make an exit with 1 of it
    except Exception as error:
        return _tell_unexpected(error)


def prepare_environment(computes: bool = False) -> None:
    """Set what libraries read from the environment when they are imported, where the user has not.

    On a busy machine waiting threads must sleep: a thread that spins for a core which another program holds makes every
    product take a scheduler's time slice (12 ms instead of 0.8 ms). On an idle one spinning is a quarter faster (docs/log.md).
    """
    if computes and "OMP_WAIT_POLICY" not in os.environ and _is_busy():
        os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _is_busy(seconds: float = 0.1, share: float = 0.2) -> bool:
    """Whether other programs take more than `share` of the processor right now; False where Linux's /proc is missing."""
    try:
        before = _processor_times()
        time.sleep(seconds)
        total, idle = (now - then for now, then in zip(_processor_times(), before, strict=True))
    except (OSError, ValueError):
        return False
    return total > 0 and 1 - idle / total > share


def _processor_times() -> tuple[int, int]:
    """All processor time and the idle part of it, in clock ticks since boot."""
    with open("/proc/stat", encoding="ascii") as file:
        ticks = [int(number) for number in file.readline().split()[1:9]]
    return sum(ticks), ticks[3] + ticks[4]


def build_command() -> Any:
    """Return the whole command tree in the user's language."""
    app = typer.Typer(
        name="malmoi",
        add_completion=False,
        rich_markup_mode="rich",
    )
    app.callback(help=_HELP, epilog=_EXAMPLES)(_root)
    app.command("demo", help=demo.HELP, epilog=demo.EXAMPLES)(demo.demo)
    app.command("train", help=train.HELP, epilog=train.EXAMPLES)(train.train)
    app.command("evaluate", help=evaluate.HELP, epilog=evaluate.EXAMPLES)(evaluate.evaluate)
    app.command("predict", help=predict.HELP, epilog=predict.EXAMPLES)(predict.predict)
    app.command("export", help=export.HELP, epilog=export.EXAMPLES)(export.export)
    app.command("pretrain", help=pretrain.HELP, epilog=pretrain.EXAMPLES)(pretrain.pretrain)
    app.command("fill-mask", help=language.FILL_MASK_HELP, epilog=language.FILL_MASK_EXAMPLES)(language.fill_mask)
    app.command("next-sentence", help=language.NEXT_SENTENCE_HELP, epilog=language.NEXT_SENTENCE_EXAMPLES)(language.next_sentence)  # fmt: skip
    app.command("generate", help=language.GENERATE_HELP, epilog=language.GENERATE_EXAMPLES)(language.generate)
    app.command("similarity", help=language.SIMILARITY_HELP, epilog=language.SIMILARITY_EXAMPLES)(language.similarity)
    app.command("bits", help=language.BITS_HELP, epilog=language.BITS_EXAMPLES)(language.bits)
    app.command("serve", help=serve.HELP, epilog=serve.EXAMPLES)(serve.serve)
    app.add_typer(data.build(), name="data", help=data.HELP)
    app.add_typer(tokenizer.build(), name="tokenizer", help=tokenizer.HELP)
    app.add_typer(models.build(), name="models", help=models.HELP)
    app.command("completion", help=completion.HELP, epilog=completion.EXAMPLES)(completion.completion)
    app.command("doctor", help=doctor.HELP, epilog=doctor.EXAMPLES)(doctor.doctor)
    translate_headings()
    return localise(typer.main.get_command(app))


_HELP = both(
    "말모이: 원문에서 답하는 모델까지, 한국어 NLP 를 한 도구로.",
    "malmoi: Korean NLP from raw text to a model that answers.",
)
_EXAMPLES = both(
    "처음이라면: malmoi demo\n그다음: malmoi train classification --data 리뷰.csv --out runs/reviews",
    "Start with: malmoi demo\nThen: malmoi train classification --data reviews.csv --out runs/reviews",
)


def _show_version(wished: bool) -> None:
    if wished:
        print(f"malmoi {__version__}")
        raise typer.Exit


_LANG_HELP = both("말하는 언어 (어느 자리에나 쓸 수 있음)", "language (anywhere in the line)")
_VERSION_HELP = both("버전을 보여 줍니다", "show the version")


def _root(
    lang: Annotated[str | None, typer.Option(metavar="ko|en", help=_LANG_HELP)] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help=_VERSION_HELP)
    ] = False,
) -> None:
    """Hold the options of the whole command line; `main` has taken `--lang` already."""


def _run(arguments: list[str]) -> None:
    command = build_command()
    with command.make_context("malmoi", arguments) as context:
        command.invoke(context)


def _take_language(arguments: list[str]) -> list[str]:
    """Choose the language named by `--lang`, wherever it stands before `--`; return the other arguments."""
    rest: list[str] = []
    pending = iter(arguments)
    for argument in pending:
        if argument == "--":
            return [*rest, argument, *pending]
        name, equals, value = argument.partition("=")
        if name != "--lang":
            rest.append(argument)
            continue
        wished = value if equals else next(pending, "")
        if wished not in ("ko", "en"):
            raise ConfigError(say(f"--lang '{wished}': ko 또는 en.", f"--lang '{wished}': must be ko or en."))
        set_language(wished)
    return rest


class _Terminated(BaseException):
    """SIGTERM, as an exception, so that temporary files are taken away."""


@contextmanager
def _terminable() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def on_signal(number: int, frame: FrameType | None) -> None:
        raise _Terminated

    before = signal.signal(signal.SIGTERM, on_signal)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _tell(message: str, code: int) -> int:
    """Print one message to standard error, with the traceback only for those who debug."""
    if os.environ.get(_DEBUG) == "1":
        traceback.print_exc()
    print(f"malmoi: {message}", file=sys.stderr)
    return code


def _tell_unexpected(error: Exception) -> int:
    if isinstance(error, OSError) and error.errno in _DISK_ERRNOS:
        place = error.filename or ""
        return _tell(say(f"디스크 오류 {place}: {error.strerror}", f"disk error {place}: {error.strerror}"), 4)
    what = f"{type(error).__name__}: {error}"
    return _tell(
        say(
            f"예상하지 못한 오류입니다 ({what}). {_DEBUG}=1 을 붙여 다시 실행하면 자세한 기록이 나옵니다.",
            f"an unexpected error ({what}). Run again with {_DEBUG}=1 for the traceback.",
        ),
        1,
    )


def _reader_left() -> int:
    """Standard output was closed early (`malmoi … | head`): say nothing, and keep the interpreter from saying it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 141
