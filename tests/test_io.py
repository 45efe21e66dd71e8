"""Files that malmoi writes."""

from __future__ import annotations

import stat
from pathlib import Path

import numpy as np
import pytest
import torch

from malmoi.io import write_tensors


@pytest.mark.parametrize("values", [np.zeros(3, np.float32), torch.zeros(3)], ids=["numpy", "torch"])
def test_weights_can_be_read_by_whom_other_files_can(values: object, tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("")
    write_tensors(tmp_path / "a.safetensors", {"w": values})
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a.safetensors", "b.txt")]
    assert modes[0] == modes[1]
