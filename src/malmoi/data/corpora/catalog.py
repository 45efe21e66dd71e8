"""What a corpus is: public files with an integrity check, splits, labels, licence and citation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from malmoi.config import unknown_name
from malmoi.data.examples import Dataset
from malmoi.data.labels import LabelName
from malmoi.errors import DataError
from malmoi.io import data_dir, git_blob_id
from malmoi.messages import say

FileState = Literal["here", "excerpt", "changed", "missing"]
FILE_STATES: tuple[FileState, ...] = get_args(FileState)  # from best to worst


@dataclass(frozen=True)
class CorpusFile:
    """A public file: where it lies under `data_dir()`, where it comes from, and the git blob id of its content.

    `size` is its bytes where they are known; `excerpts` are the blob ids of known excerpts, which are read and said.
    """

    path: str
    repository: str
    commit: str
    source_path: str
    blob_id: str
    size: int | None = None
    excerpts: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """The public address of exactly this version."""
        return f"https://raw.githubusercontent.com/{self.repository}/{self.commit}/{self.source_path}"

    @property
    def local_path(self) -> Path:
        """Where the file is looked for."""
        return data_dir() / self.path

    @property
    def state(self) -> FileState:
        """What stands at the local path, told by its size alone where that is known; `locate` looks at the content."""
        if not self.is_here:
            return "missing"
        if self.size is None or self.local_path.stat().st_size == self.size:
            return "here"
        return "excerpt" if self.excerpts else "changed"

    @property
    def is_here(self) -> bool:
        """Whether there is a file at the local path."""
        return self.local_path.is_file()

    def locate(self) -> Path:
        """Return the local path after checking the content; `DataError` when the file is missing or another version."""
        path = self.local_path
        if not self.is_here:
            raise DataError(self.where_to_get())
        found = git_blob_id(path)
        if found not in (self.blob_id, *self.excerpts):
            raise DataError(
                say(
                    f"{path}: 공개된 원본과 다릅니다 (git blob {found}, 원본은 {self.blob_id}). "
                    f"{self.url} 에서 다시 받으세요. 고친 파일을 쓰려면 말뭉치 이름 대신 파일 경로를 지정하세요.",
                    f"{path}: differs from the published file (git blob {found}, expected {self.blob_id}). "
                    f"Get it again from {self.url}, or name the file's path instead of the corpus to use your own.",
                )
            )
        return path

    def where_to_get(self) -> str:
        """Return the message for a missing file: its place, its address, and the variable that names another folder."""
        return say(
            f"말뭉치 파일이 없습니다: {self.local_path}\n{self.url} 에서 받아 그 자리에 두거나, "
            f"환경 변수 MALMOI_DATA 에 '{self.path}' 파일이 들어 있는 폴더를 지정하세요.",
            f"corpus file missing: {self.local_path}\nGet it from {self.url} and put it there, "
            f"or set MALMOI_DATA to the folder that holds '{self.path}'.",
        )


@dataclass(frozen=True)
class Corpus:
    """A public corpus; `reader(split)` returns the examples of one of `splits`.

    `optional` names splits whose file may be missing until they are asked for; `split_files` are the files of each split
    (a split that is not among them needs all `files`); `stand_in` names a smaller corpus for those who lack the files.
    `read_labels` reads from one of the files the labels that are too many to stand in the catalog.
    """

    name: str
    task: str
    title_ko: str
    title_en: str
    licence: str
    citation: str
    files: tuple[CorpusFile, ...]
    splits: tuple[str, ...]
    reader: Callable[[str], Dataset]
    labels: tuple[LabelName, ...] = ()
    optional: tuple[str, ...] = ()
    split_files: Mapping[str, tuple[CorpusFile, ...]] = field(default_factory=dict, hash=False)
    stand_in: str = ""
    read_labels: Callable[[], tuple[str, ...]] | None = None

    @property
    def title(self) -> str:
        """The title in the user's language."""
        return say(self.title_ko, self.title_en)

    @property
    def label_names(self) -> Mapping[str, str]:
        """Label to display name in the user's language: {"0": "부정", "1": "긍정"}."""
        return {name.label: say(name.ko, name.en) for name in self.labels}

    def all_labels(self) -> tuple[LabelName, ...]:
        """Return the labels, those too that only a file of the corpus knows; `DataError` when it is missing."""
        read = self.read_labels() if self.read_labels else ()
        return self.labels + tuple(LabelName(label, label, label) for label in read)

    def files_of(self, split: str) -> tuple[CorpusFile, ...]:
        """Return the files a split is read from; `DataError` for an unknown split."""
        if split not in self.splits:
            raise DataError(f"{self.name}: " + unknown_name(split, split, list(self.splits)))
        return self.split_files.get(split, self.files)

    def state_of(self, split: str) -> FileState:
        """Return the worst state of the files of a split."""
        return max((file.state for file in self.files_of(split)), key=FILE_STATES.index, default="here")

    def load(self, split: str = "train") -> Dataset:
        """Return the examples of a split; `DataError` for an unknown split, a missing or a changed file."""
        for file in self.files_of(split):
            if not file.is_here:
                raise DataError(f"{file.where_to_get()}\n{self._instead(split)}")
        return self.reader(split)

    def _instead(self, split: str) -> str:
        """Return what to do about a missing file: the command that fetches it, and what can be used without it."""
        command = f"malmoi data fetch {self.name}:{split}"
        lines = [say(f"명령으로 받기: {command}", f"To fetch it: {command}")]
        here = [f"{self.name}:{name}" for name in self.splits if self.state_of(name) != "missing"]
        if usable := ", ".join([*here, *([self.stand_in] if self.stand_in else [])]):
            lines.append(say(f"이 파일 없이 쓸 수 있는 것: {usable}", f"What needs no such file: {usable}"))
        return "\n".join(lines)
