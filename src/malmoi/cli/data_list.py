"""`malmoi data list`: the corpora known by name, what each is for, and what of it is here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from malmoi.cli.options import JsonFile
from malmoi.cli.output import Output
from malmoi.cli.texts import both
from malmoi.messages import say

if TYPE_CHECKING:
    from malmoi.data.corpora import Corpus
    from malmoi.data.corpora.plain import PlainCorpus

HELP = both("이름으로 쓸 수 있는 말뭉치", "corpora known by name")
EXAMPLE = both("예:\n  malmoi data list", "Example:\n  malmoi data list")


def list_(json: JsonFile = None) -> None:
    """Show every corpus of the catalog by task, and whether its files are here."""
    from malmoi.data.corpora import CORPORA
    from malmoi.data.corpora.plain import PLAIN_CORPORA
    from malmoi.io import data_dir

    output = Output(json)
    output.print(say(f"말뭉치 폴더 (MALMOI_DATA): {data_dir()}", f"folder of the corpora (MALMOI_DATA): {data_dir()}"))
    output.print(say("없는 것 받기: malmoi data fetch 이름", "To fetch what is missing: malmoi data fetch NAME"))
    names = [corpus.name for corpus in CORPORA] + [corpus.name for corpus in PLAIN_CORPORA]
    width = max(map(len, names))
    for task in dict.fromkeys(corpus.task for corpus in CORPORA):
        output.title(task)
        output.print(_table([corpus for corpus in CORPORA if corpus.task == task], width))
    output.title(say("라벨 없는 글 (tokenizer, pretrain)", "texts without labels (tokenizer, pretrain)"))
    output.print(_plain_table(width))
    output.json([*(_entry(corpus) for corpus in CORPORA), *(_plain_entry(corpus) for corpus in PLAIN_CORPORA)])


def _table(corpora: list[Corpus], width: int) -> Table:
    table = _grid(width)
    for corpus in corpora:
        table.add_row(Text(corpus.name, style="bold"), Text(corpus.title))
        table.add_row("", Text(" · ".join([*_splits(corpus), corpus.licence])))
        if missing := ", ".join(file.path for file in corpus.files if not file.is_here):
            table.add_row("", Text(say(f"없는 파일: {missing}", f"missing files: {missing}"), style="dim"))
    return table


def _grid(width: int) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, width=width)
    table.add_column(overflow="fold")
    return table


def _plain_table(width: int) -> Table:
    from malmoi.data.corpora.plain import PLAIN_CORPORA

    table = _grid(width)
    for corpus in PLAIN_CORPORA:
        is_here = corpus.local_path.is_file()
        table.add_row(Text(corpus.name, style="bold"), Text(corpus.title))
        table.add_row("", Text(f"{say('있음', 'here') if is_here else say('없음', 'missing')} · {corpus.licence}"))
        if not is_here:
            table.add_row("", Text(say(f"없는 파일: {corpus.path}", f"missing files: {corpus.path}"), style="dim"))
    return table


def _plain_entry(corpus: PlainCorpus) -> dict[str, Any]:
    return {
        "name": corpus.name,
        "title": corpus.title,
        "task": None,
        "licence": corpus.licence,
        "citation": corpus.origin,
        "splits": [],
        "states": {},
        "labels": {},
        "files": [{"path": str(corpus.local_path), "here": corpus.local_path.is_file()}],
    }


def _splits(corpus: Corpus) -> list[str]:
    """Return the splits by what is here of them: ["있음 train, dev", "없음 test"]."""
    names = {
        "here": say("있음", "here"),
        "excerpt": say("일부만 있음", "an excerpt is here"),
        "changed": say("원본과 다름", "not the published file"),
        "missing": say("없음", "missing"),
    }
    states = {split: corpus.state_of(split) for split in corpus.splits}
    groups = {state: [split for split in corpus.splits if states[split] == state] for state in names}
    return [f"{names[state]}: {', '.join(splits)}" for state, splits in groups.items() if splits]


def _entry(corpus: Corpus) -> dict[str, Any]:
    files = [
        {
            "path": str(file.local_path),
            "here": file.is_here,
            "state": file.state,
            "url": file.url,
            "git_blob": file.blob_id,
            "bytes": file.size,
        }
        for file in corpus.files
    ]
    return {
        "name": corpus.name,
        "title": corpus.title,
        "task": corpus.task,
        "licence": corpus.licence,
        "citation": corpus.citation,
        "splits": list(corpus.splits),
        "states": {split: corpus.state_of(split) for split in corpus.splits},
        "labels": dict(corpus.label_names),
        "files": files,
    }
