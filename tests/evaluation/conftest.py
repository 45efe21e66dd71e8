from __future__ import annotations

import pytest

from malmoi.messages import set_language


@pytest.fixture(autouse=True)
def korean():
    set_language("ko")
    yield
    set_language(None)
