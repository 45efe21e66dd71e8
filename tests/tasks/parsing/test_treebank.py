"""Tags and their parts."""

import pytest

from malmoi.data.examples import TreeExample, Word
from malmoi.data.trees import BadWord
from malmoi.tasks.parsing.treebank import check_tree, tag_parts


def test_tags_that_have_a_morpheme_in_common_have_a_part_in_common():
    tags = ["NNG+JKS", "NNP+JKS", "VV+EP+EF+SF", "NNG"]
    parts = [set(own) for own in tag_parts(tags)]
    assert all(i in own and len(own & set(range(4))) == 1 for i, own in enumerate(parts))
    assert len(parts[0] & parts[1]) == 2  # JKS, at the end
    assert len(parts[0] & parts[3]) == 2  # NNG, at the start
    assert not parts[0] & parts[2]


@pytest.mark.parametrize("second", [(3, 9), (1, 3), (3, 3), (0, 2)])
def test_words_outside_the_text_or_over_another_are_refused(second):
    check_tree(TreeExample("비가 와", (Word(0, 2, None, 2, "NP_SBJ"), Word(3, 4, None, 0, "VP"))))
    with pytest.raises(BadWord) as caught:
        check_tree(TreeExample("비가 와", (Word(0, 2, None, 2, "NP_SBJ"), Word(*second, None, 0, "VP"))))
    assert caught.value.number == 2


def test_plain_tags_have_no_parts():
    assert tag_parts(["NOUN", "VERB"]) == [[0], [1]] and tag_parts([]) == []
