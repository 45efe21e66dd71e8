"""Tags and their parts."""

from malmoi.tasks.parsing.treebank import tag_parts


def test_tags_that_have_a_morpheme_in_common_have_a_part_in_common():
    tags = ["NNG+JKS", "NNP+JKS", "VV+EP+EF+SF", "NNG"]
    parts = [set(own) for own in tag_parts(tags)]
    assert all(i in own and len(own & set(range(4))) == 1 for i, own in enumerate(parts))
    assert len(parts[0] & parts[1]) == 2  # JKS, at the end
    assert len(parts[0] & parts[3]) == 2  # NNG, at the start
    assert not parts[0] & parts[2]


def test_plain_tags_have_no_parts():
    assert tag_parts(["NOUN", "VERB"]) == [[0], [1]] and tag_parts([]) == []
