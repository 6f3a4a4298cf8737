"""The page of the formulation, and the headers it is read from."""

import re
from types import ModuleType

import pytest

from models.formulation import ASPECTS, name_of
from optimizer.docs.formulation_docs import formulation_docs
from optimizer.program.aspects import header_of, rules_of

PAGE = formulation_docs()
HEADER = """Example: what it answers.

Needs     siting.opened, sizing.halls (ledgers capex_meur, opex_meur)
Decides   width_mw    how wide it is       MW
          a_very_long_name_mw how long it is       MW
Offers    (nothing)
Adds to   (nothing)
Symbols   $s$ site, $w_s$ width_mw; $\\hat w$ most
          of it
"""


def module(text: str) -> ModuleType:
    return ModuleType("models.example", text)


def test_a_header_is_read() -> None:
    header = header_of(module(HEADER))
    assert header.question == "what it answers."
    assert header.needs == ("siting.opened", "sizing.halls")
    assert header.needs_ledgers == ("capex_meur", "opex_meur")
    assert [(entry.name, entry.meaning, entry.unit) for entry in header.decides] == [
        ("width_mw", "how wide it is", "MW"),
        ("a_very_long_name_mw", "how long it is", "MW"),
    ]
    assert (header.offers, header.adds_to) == ((), ())
    assert header.symbols == (("s", "site"), ("w_s", "width_mw"), ("\\hat w", "most of it"))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("Adds to   (nothing)\n", "", "the header has Needs, Decides, Offers, Symbols"),
        ("how wide it is       MW", "how wide it is", "is not a name, a meaning and a unit"),
    ],
)
def test_a_malformed_header_is_refused(old: str, new: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        header_of(module(HEADER.replace(old, new)))


@pytest.mark.parametrize("aspect", ASPECTS, ids=name_of)
def test_the_page_lists_every_rule(aspect: ModuleType) -> None:
    section = PAGE.partition(f"\n## {name_of(aspect).capitalize()}\n")[2].partition("\n## ")[0]
    for rule in rules_of(aspect):
        if rule.kind == "constraint":
            assert f"### {rule.sentence}\n\n`{rule.name}`: {rule.meaning}" in section
            assert f"```math\n{rule.equation}\n```" in section
        else:
            assert f"`{rule.name}`" in section


def test_tables_are_whole() -> None:
    for table in re.findall(r"(?:^\|.*\n)+", PAGE, flags=re.MULTILINE):
        assert len({line.count("|") for line in table.splitlines()}) == 1, table


def test_links_lead_somewhere() -> None:
    headings = {line.lstrip("# ").lower().replace(" ", "-") for line in PAGE.splitlines() if line.startswith("#")}
    assert {*re.findall(r"\]\(#([^)]+)\)", PAGE)} <= headings


def test_mathematics_in_a_line_has_nothing_that_markdown_would_eat() -> None:
    for symbol in re.findall(r"\$([^$\n]+)\$", PAGE):
        assert not re.search(r"\\[^A-Za-z]|[*<>|`]", symbol), symbol
