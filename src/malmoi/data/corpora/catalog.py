"""What a corpus is: public files with an integrity check, splits, labels, licence and citation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from malmoi.config import unknown_name
from malmoi.data.examples import Dataset
from malmoi.errors import DataError
from malmoi.io import data_dir, git_blob_id
from malmoi.messages import say


@dataclass(frozen=True)
class CorpusFile:
    """A public file: where it lies under `data_dir()`, where it comes from, and the git blob id of its content."""

    path: str
    repository: str
    commit: str
    source_path: str
    blob_id: str
    size: int | None = None

    @property
    def url(self) -> str:
        """The public address of exactly this version."""
        return f"https://raw.githubusercontent.com/{self.repository}/{self.commit}/{self.source_path}"

    @property
    def local_path(self) -> Path:
        """Where the file is looked for."""
        return data_dir() / self.path

    def locate(self) -> Path:
        """Return the local path after checking the content; `DataError` when the file is missing or another version."""
        path = self.local_path
        if not path.is_file():
            raise DataError(
                say(
                    f"말뭉치 파일이 없습니다: {path}\n{self.url} 에서 받아 그 자리에 두거나, "
                    f"환경 변수 MALMOI_DATA 에 '{self.path}' 이(가) 들어 있는 폴더를 지정하세요.",
                    f"corpus file missing: {path}\nGet it from {self.url} and put it there, "
                    f"or set MALMOI_DATA to the folder that holds '{self.path}'.",
                )
            )
        found = git_blob_id(path)
        if found != self.blob_id:
            raise DataError(
                say(
                    f"{path}: 공개된 원본과 다릅니다 (git blob {found}, 원본은 {self.blob_id}). "
                    f"{self.url} 에서 다시 받으세요. 고친 파일을 쓰려면 말뭉치 이름 대신 파일 경로를 지정하세요.",
                    f"{path}: differs from the published file (git blob {found}, expected {self.blob_id}). "
                    f"Get it again from {self.url}, or name the file's path instead of the corpus to use your own.",
                )
            )
        return path


@dataclass(frozen=True)
class LabelName:
    """A label as it stands in the files, and what people call it."""

    label: str
    ko: str
    en: str


@dataclass(frozen=True)
class Corpus:
    """A public corpus; `reader(split)` returns the examples of one of `splits`.

    `optional` names splits whose file may be missing until they are asked for.
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

    @property
    def title(self) -> str:
        """The title in the user's language."""
        return say(self.title_ko, self.title_en)

    @property
    def label_names(self) -> Mapping[str, str]:
        """Label to display name in the user's language: {"0": "부정", "1": "긍정"}."""
        return {name.label: say(name.ko, name.en) for name in self.labels}

    def load(self, split: str = "train") -> Dataset:
        """Return the examples of a split; `DataError` for an unknown split, a missing or a changed file."""
        if split not in self.splits:
            raise DataError(f"{self.name}: " + unknown_name(split, split, list(self.splits)))
        return self.reader(split)
