"""Keys of a scenario's text are changed in their lines; all else it says stays."""

import tomllib

import pytest

from optimizer.case.toml import with_keys

TEXT = """\
title = "What # and why" # asked by hand

[siting]
sites_min = 4           # four or five
near = [
  1,
]

[solve]
gaps.cost = 0.001
"""


def test_a_key_is_changed_in_its_line_and_its_comment_stays() -> None:
    changed = with_keys(TEXT, {"siting.sites_min": 2, "title": 'Smaller "case"'})
    assert 'title = "Smaller \\"case\\"" # asked by hand\n' in changed
    assert "sites_min = 2           # four or five\n" in changed
    assert changed.splitlines()[4:] == TEXT.splitlines()[4:]


def test_a_key_that_is_not_stated_gets_a_line_in_its_section_or_a_new_one() -> None:
    changed = with_keys(TEXT, {"siting.sites_max": 9, "power.price_basis_zones": 41})
    before, after = tomllib.loads(TEXT), tomllib.loads(changed)
    assert after.pop("power") == {"price_basis_zones": 41}
    assert after["siting"].pop("sites_max") == 9
    assert before == after
    assert with_keys("[siting]\n", {"title": "x"}).startswith('title = "x"\n')


@pytest.mark.parametrize("path", ["siting.near", "solve.gaps.cost"])
def test_what_is_not_written_on_a_line_of_its_own_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match=r"line"):
        with_keys(TEXT, {path: 7})
