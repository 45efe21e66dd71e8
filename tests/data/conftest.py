"""Messages in English for every test here; the NSMC files when they are at hand."""

import pytest

from malmoi.data.corpora.nsmc import TRAIN_FILE
from malmoi.messages import set_language


@pytest.fixture(autouse=True)
def english():
    set_language("en")
    yield
    set_language(None)


@pytest.fixture(scope="session")
def nsmc_folder():
    """The folder of the real NSMC, or a skip that says what is missing."""
    path = TRAIN_FILE.local_path
    if not path.is_file():
        pytest.skip(f"{path} is missing; set MALMOI_DATA")
    return path.parent
