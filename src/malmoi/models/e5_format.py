"""Read `e5-small-q4.bin`: multilingual-e5-small in one file, its matrices in 4 bits.

Little-endian throughout:

    b"E5S1" · u32 version · 7 × i32 (hidden layers heads ffn vocabulary positions types) · f32 eps · i32 block
    5 × i32 (pieces bos eos pad unk) · u64 blob length · (pieces+1) × u32 offsets · pieces × f32 scores · UTF-8 blob
    i32 entries · u32 bytes · entries × (u32 code point, u8 n, n × u32 replacement)
    i32 tensors · tensors × (u16 n, n bytes of name, u8 type, u32 count, u64 offset, u64 bytes) · data

A Q4 block is 18 bytes for 32 weights: f16 scale d, then byte j = weight j (low nibble) and weight j+16 (high nibble),
each `(nibble − 8) · d`. Only numpy is needed.
"""

from __future__ import annotations

import math
import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from malmoi.errors import ArtifactError
from malmoi.messages import say

MAGIC = b"E5S1"
BLOCK = 32  # weights per Q4 block
BLOCK_BYTES = 2 + BLOCK // 2
F32, Q4 = 0, 1


@dataclass(frozen=True)
class E5Settings:
    """The sizes in the header of the file."""

    hidden: int
    layers: int
    heads: int
    ffn: int
    vocabulary: int
    positions: int
    types: int
    eps: float


@dataclass(frozen=True)
class E5Tensor:
    """Where one tensor lies in the file: kind (0 = f32, 1 = Q4), number of weights, first byte, number of bytes."""

    kind: int
    count: int
    offset: int
    size: int


@dataclass(frozen=True)
class E5File:
    """The parsed file; the weights stay on disk until `tensor` asks for them."""

    path: Path
    settings: E5Settings
    pieces: tuple[str, ...]
    scores: np.ndarray  # [pieces] float32
    char_map: dict[int, str]  # code point → replacement
    directory: dict[str, E5Tensor]

    def tensor(self, name: str, width: int = 1, rows: np.ndarray | None = None) -> np.ndarray:
        """Return a tensor as float32 [rows, width], or [count] when `width` is 1; `rows` picks row numbers.

        Raises `ArtifactError` when the file has no such tensor or it has another shape.
        """
        if name not in self.directory:
            raise _damaged(self.path, f"no tensor {name}")
        entry = self.directory[name]
        if entry.count % width or (rows is not None and rows.max() >= entry.count // width):
            raise _damaged(self.path, f"tensor {name} has {entry.count} weights, not rows of {width}")
        raw = np.memmap(self.path, np.uint8, "r", entry.offset, (entry.size,))
        if rows is not None:
            raw = raw.reshape(entry.count // width, -1)[rows].reshape(-1)
        values = dequantise(raw) if entry.kind == Q4 else np.frombuffer(raw.tobytes(), "<f4").astype(np.float32)
        return values if width == 1 else values.reshape(-1, width)


def dequantise(raw: np.ndarray) -> np.ndarray:
    """Return the float32 weights [32 · blocks] of Q4 bytes [18 · blocks].

    >>> block = np.frombuffer(np.float16(0.5).tobytes() + bytes([0x98] * 16), np.uint8)
    >>> dequantise(block)[[0, 15, 16, 31]].tolist()
    [0.0, 0.0, 0.5, 0.5]
    """
    blocks = np.ascontiguousarray(raw).reshape(-1, BLOCK_BYTES)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    weights = np.empty((len(blocks), BLOCK), np.float32)
    half = BLOCK // 2
    np.subtract(blocks[:, 2:] & 15, 8, out=weights[:, :half], dtype=np.float32, casting="unsafe")
    np.subtract(blocks[:, 2:] >> 4, 8, out=weights[:, half:], dtype=np.float32, casting="unsafe")
    weights *= scales
    return weights.reshape(-1)


def read_e5(path: Path) -> E5File:
    """Parse header, vocabulary, normalisation map and tensor directory of an E5S1 file.

    Raises `ArtifactError` when the file is not in this format, of another version, or cut off.
    """
    path = Path(path)
    try:
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _parse(path, _Reader(data))
    except (struct.error, IndexError, ValueError) as error:
        raise _damaged(path, str(error)) from error


class _Reader:
    """A position in the bytes of the file."""

    def __init__(self, data: mmap.mmap) -> None:
        self.data = data
        self.at = 0

    def numbers(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def number(self, layout: str) -> Any:
        return self.numbers(layout)[0]

    def take(self, count: int) -> bytes:
        if self.at + count > len(self.data):
            raise IndexError(f"ends at byte {len(self.data)}, needs {self.at + count}")
        self.at += count
        return self.data[self.at - count : self.at]

    def array(self, layout: str, count: int) -> np.ndarray:
        return np.frombuffer(self.take(count * np.dtype(layout).itemsize), layout)


def _parse(path: Path, reader: _Reader) -> E5File:
    if reader.take(len(MAGIC)) != MAGIC:
        raise ValueError("does not start with E5S1")
    if (version := reader.number("I")) != 1:
        raise ValueError(f"version {version}, only 1 is known")
    settings = E5Settings(*reader.numbers("7if"))
    if (block := reader.number("i")) != BLOCK:
        raise ValueError(f"blocks of {block} weights, only {BLOCK} is known")
    pieces, scores = _read_vocabulary(reader)
    char_map = _read_char_map(reader)
    directory = _read_directory(reader)
    return E5File(path, settings, pieces, scores, char_map, directory)


def _read_vocabulary(reader: _Reader) -> tuple[tuple[str, ...], np.ndarray]:
    count, *specials = reader.numbers("5i")
    if specials != [0, 2, 1, 3]:
        raise ValueError(f"ids of <s> </s> <pad> <unk> are {specials}")
    length = reader.number("Q")
    offsets = reader.array("<u4", count + 1).tolist()
    scores = reader.array("<f4", count).astype(np.float32)
    blob = reader.take(length)
    pieces = tuple(blob[start:end].decode() for start, end in zip(offsets, offsets[1:], strict=False))
    return pieces, scores


def _read_char_map(reader: _Reader) -> dict[int, str]:
    entries, length = reader.numbers("iI")
    end = reader.at + length
    mapping = {}
    for _ in range(entries):
        code, count = reader.numbers("IB")
        mapping[code] = "".join(map(chr, reader.numbers(f"{count}I")))
    if reader.at != end:
        raise ValueError(f"the normalisation map ends at byte {reader.at}, not {end}")
    return mapping


def _read_directory(reader: _Reader) -> dict[str, E5Tensor]:
    directory = {}
    for _ in range(reader.number("i")):
        name = reader.take(reader.number("H")).decode()
        entry = E5Tensor(*reader.numbers("BIQQ"))
        size = {F32: entry.count * 4, Q4: math.ceil(entry.count / BLOCK) * BLOCK_BYTES}.get(entry.kind)
        if entry.size != size:
            raise ValueError(f"tensor {name}: type {entry.kind}, {entry.count} weights in {entry.size} bytes")
        if entry.offset + entry.size > len(reader.data):
            raise ValueError(f"ends at byte {len(reader.data)}, tensor {name} needs {entry.offset + entry.size}")
        directory[name] = entry
    return directory


def _damaged(path: Path, reason: str) -> ArtifactError:
    return ArtifactError(
        say(
            f"{path}: e5-small-q4.bin 형식으로 읽을 수 없습니다 ({reason}). 파일을 다시 받으세요.",
            f"{path}: not readable as e5-small-q4.bin ({reason}). Fetch the file again.",
        )
    )
