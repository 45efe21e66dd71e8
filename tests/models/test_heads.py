"""What every head must have is asked for when it is made, not when it is first used."""

import pytest

from malmoi.models.heads import Head, PooledHead


@pytest.mark.parametrize("kind", [Head, PooledHead])
def test_a_head_without_its_verbs_cannot_be_made(kind):
    with pytest.raises(TypeError, match="abstract"):
        kind()
