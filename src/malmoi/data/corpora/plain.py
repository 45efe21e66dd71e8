"""Corpora without labels, for tokenizers and pretraining: text files, one document a line.

One real instance (`nsmc-reviews`): `폴리스스토리 시리즈는 1부터 뉴까지 버릴께 하나도 없음.. 최고`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from malmoi.errors import DataError
from malmoi.io import data_dir
from malmoi.messages import say


@dataclass(frozen=True)
class PlainCorpus:
    """A text file of the corpora's folder: its name, place, licence, and the public place that it was made from."""

    name: str
    path: str
    title_ko: str
    title_en: str
    licence: str
    origin: str

    @property
    def title(self) -> str:
        """The title in the user's language."""
        return say(self.title_ko, self.title_en)

    @property
    def local_path(self) -> Path:
        """Where the file is looked for."""
        return data_dir() / self.path

    def locate(self) -> Path:
        """Return the local path; `DataError` that says where to put the file when it is missing."""
        if not self.local_path.is_file():
            raise DataError(
                say(
                    f"말뭉치 파일이 없습니다: {self.local_path}\n{self.origin} 의 글을 한 줄에 한 건으로 그 자리에 두거나, "
                    f"환경 변수 MALMOI_DATA 에 '{self.path}' 파일이 들어 있는 폴더를 지정하세요.",
                    f"corpus file missing: {self.local_path}\nPut the texts of {self.origin} there, one a line, "
                    f"or set MALMOI_DATA to the folder that holds '{self.path}'.",
                )
            )
        return self.local_path


PLAIN_CORPORA: tuple[PlainCorpus, ...] = (
    PlainCorpus(
        "nsmc-reviews", "nsmc/reviews_unlabeled.txt", "네이버 영화 리뷰 본문", "texts of Naver movie reviews", "CC0 1.0",
        "https://github.com/e9t/nsmc/tree/master/raw",
    ),
    PlainCorpus(
        "news-comments", "hate-speech/unlabeled_comments_5.txt", "연예 뉴스 댓글", "comments on entertainment news",
        "CC BY-SA 4.0",
        "https://github.com/kocohub/korean-hate-speech/blob/f8d05dce2b22007bb149e5139c0060c68ad8f94b/unlabeled/unlabeled_comments_5.txt",
    ),
)  # fmt: skip


def find_plain_corpus(name: str) -> PlainCorpus | None:
    """Return the corpus of this name, None when there is none.

    >>> find_plain_corpus("nsmc-reviews").licence
    'CC0 1.0'
    """
    return next((corpus for corpus in PLAIN_CORPORA if corpus.name == name), None)
