from pathlib import Path

import pytest

from optimizer.case.faults import CaseRefused, Fault
from optimizer.study.study_file import check_study, read_study
from tests.conftest import TUTORIAL
from tests.study.studies import CAP, study_file


def faults_of(path: Path) -> list[Fault]:
    with pytest.raises(CaseRefused) as refused:
        check_study(path)
    return list(refused.value.faults)


def test_a_sound_study_is_read_whole(tmp_path: Path) -> None:
    path = study_file(tmp_path, top='scenario = "cost_first"\nplans = 3\n[set]\nsolve.seed = 4\n"siting.sites_max" = 2')
    study, variants = check_study(path)
    assert (study.name, study.top.plans, study.design.kind, [*study.factors]) == ("study", 3, "one_at_a_time", ["cap"])
    assert study.factors["cap"].values == (30, 50, 70)
    settings = variants.settings("cost_first", {})
    assert (settings.solve.seed, settings.siting.sites_max, settings.question.objectives[0]) == (4, 2, "cost")
    assert read_study(path) == study


FAULTS = {
    '[factors.a]\nof = "carbon.cap_kg_per_mw"\nvalues = [1]': ("factors.a.of", "did you mean 'carbon.cap_kg_per_mwh'?"),
    '[factors.a]\nof = "sites.opening"\nvalues = [1]': ("factors.a.of", "did you mean 'opening_meur'?"),
    '[factors.a]\nof = "sites[PARISS].opening_meur"\nvalues = [1]': ("factors.a.of", "did you mean 'PARIS'?"),
    '[factors.a]\nof = "sites"\nvalues = [1]': ("factors.a.of", "names no column"),
    '[factors.a]\nof = "sites.site"\nvalues = ["X"]': ("factors.a.of", "no column of sites that can be changed"),
    '[factors.a]\nof = "tranches[private].amount_meur"\nvalues = [1]': ("factors.a.of", "fund, period"),
    '[factors.a]\nof = "question.objectives"\nvalues = ["cost"]': ("factors.a.of", "scenarios"),
    '[factors.a]\nof = "sites.opening_meur"\nwhere = { country = "XX" }\nvalues = [1]': ("factors.a.where", "no row"),
    '[factors.a]\nof = "sites.opening_meur"\nwhere = { contry = "FR" }\nvalues = [1]': ("factors.a.where", "'country'"),
    '[factors.a]\nof = "carbon.cap_kg_per_mwh"\nvalues = [50, -1]': ("factors.a.values", "greater than or equal to 0"),
    '[factors.a]\nof = "money.discount_share"\nrange = [0.02, 7]': ("factors.a.range", "less than or equal to 0.5"),
    '[factors.a]\nof = "chips.price_eur_per_chip"\nvalues = [30]': ("factors.a.values", "chips.csv"),
    '[factors.a]\nof = "sites.status"\nrelative = true\nvalues = [2]': ("factors.a.relative", "numbers"),
    '[factors.a]\nof = "scenario"\nvalues = ["base", "cost_frst"]': ("factors.a.values", "did you mean 'cost_first'?"),
    '[factors.a]\nof = "load"\nvalues = [2]': ("factors.a.relative", "hourly table"),
    '[factors.a]\nof = "carbon.cap_kg_per_mwh"\nvalues = ["low"]': ("factors.a.values", "must be a number"),
    '[factors.a]\nof = "carbon.cap_kg_per_mwh"': ("factors.a", "states no values"),
    '[factors.a]\nof = "carbon.cap_kg_per_mwh"\nvalues = [1]\nrange = [1, 2]': ("factors.a", "one of them"),
    '[factors.a]\nof = "carbon.cap_kg_per_mwh"\nrange = [2, 1]': ("factors.a", "below the second"),
    '[factors.a]\nof = "carbon.cap_kg_per_mwh"\ndistribution = "normal"\nmean = 1': ("factors.a", "deviation"),
    '[factors.a]\nof = "carbon.cap_kg_per_mwh"\nvalue = [1]': ("factors.a.value", "did you mean 'values'?"),
    '[factors.value]\nof = "carbon.cap_kg_per_mwh"\nvalues = [1]': ("factors.value", "names a column of the results"),
    '[factors.a]\nof = "carbon.cap_kg_per_mwh"\nvalues = [nan]': ("factors.a.values", "finite"),
    '[factors.a]\nof = "carbon.cap_kg_per_mwh"\nrange = [20]': ("factors.a.range", "too few values"),
    '[factors.a]\nof = "carbon.cap_kg_per_mwh"\nvalues = [20]\nlevels = 7': ("factors.a", "levels: nothing reads it"),
    '[factors.a]\nof = "carbon.cap_kg_per_mwh"\nrange = [20, 30]\nmean = 7': ("factors.a", "mean: nothing reads it"),
    '[factors.a]\nof = "sites.country"\nvalues = ["XX"]': ("factors.a.values", "no such row in countries.csv"),
    '[factors.a]\nof = "carbon.cap_kg_per_mwh"\ndistribution = "normal"\nmean = 20\ndeviation = 90': (
        "factors.a.distribution",
        "greater than or equal to 0",
    ),
    '[factors.a]\nof = "carbon.cap_kg_per_mwh"\ndistribution = "normal"\nmean = 20\ndeviation = 1\nlow = 900': (
        "factors.a.distribution",
        "no values between low and high",
    ),
    '[factors.a]\nof = "tranches.amount_meur"\nrelative_to = "tranches.amount"\nvalues = [1]': (
        "factors.a.relative_to",
        "did you mean 'amount_meur'?",
    ),
}


@pytest.mark.parametrize("factors", FAULTS)
def test_a_faulty_factor_is_told_by_line_with_what_may_be_meant(factors: str, tmp_path: Path) -> None:
    (fault,) = faults_of(path := study_file(tmp_path, factors))
    column, words = FAULTS[factors]
    assert (fault.file, fault.column) == ("study.toml", column)
    assert words in fault.rule
    assert fault.line is not None
    words = "[factors." if "hourly" in words else column.rpartition(".")[2]  # a key that is missing has no line
    assert words in path.read_text(encoding="utf-8").splitlines()[fault.line - 1]


@pytest.mark.parametrize(
    ("design", "column"),
    [
        ('kind = "grd"', "design.kind"),
        ('kind = "sobol"\nsize = 6', "design.size"),
        ('kind = "latin_hypercube"', "design.size"),
        ('kind = "morris"\nsize = 2\nlevels = 3', "design.levels"),
        ('kind = "rows"\nfile = "missing.csv"', "design.file"),
        ('kind = "rows"\nfile = "../pyproject.toml"', "design.file"),
        ('kind = "grid"\nsed = 3', "design.sed"),
        ('kind = "grid"\nsize = 3', "design.size"),
        ('kind = "sobol"\nsize = 4\nfile = "a.csv"', "design.file"),
    ],
)
def test_a_faulty_design_is_told(design: str, column: str, tmp_path: Path) -> None:
    (fault,) = faults_of(study_file(tmp_path, design=design))
    assert fault.column == column
    assert fault.line or column == "design.size"


def test_a_distribution_without_ends_has_no_levels_of_morris(tmp_path: Path) -> None:
    factors = '[factors.a]\nof = "carbon.cap_kg_per_mwh"\ndistribution = "normal"\nmean = 50\ndeviation = 5\n'
    design = 'kind = "morris"\nsize = 2'
    assert [fault.column for fault in faults_of(study_file(tmp_path, factors, design))] == ["factors.a.distribution"]
    check_study(study_file(tmp_path, f"{factors}low = 40\nhigh = 60", design))


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    sections = [section.replace("factors.a", f"factors.a{number}") for number, section in enumerate([*FAULTS][:16])]
    found = faults_of(study_file(tmp_path, "\n".join(sections), 'kind = "grd"', "title2 = 1"))
    assert [fault.column for fault in found[:2]] == ["title2", "design.kind"]
    assert len(found) == 2 + 16
    lines = [fault.line or 0 for fault in found]
    assert lines == sorted(lines)
    (fault,) = faults_of(study_file(tmp_path, top="[set]\nsolve.sed = 1"))  # what factors change is not known then
    assert (fault.column, fault.line) == ("set.solve.sed", 4)
    assert "did you mean 'solve.seed'?" in fault.rule


def test_of_two_values_in_one_place_one_would_be_lost(tmp_path: Path) -> None:
    twice = '[factors.a]\nof = "sites[PARIS].land_mw"\n{}\n[factors.b]\nof = "sites.land_mw"\nvalues = [100]'
    (fault,) = faults_of(study_file(tmp_path, twice.format("values = [110]")))
    assert (fault.column, fault.line) == ("factors.b.of", 10)
    assert "is changed by a as well" in fault.rule
    both = '[factors.{}]\nof = "sites.land_mw"\nrelative = true\nvalues = [1.1]\n'
    check_study(study_file(tmp_path, both.format("a") + both.format("b")))


def test_names_that_differ_by_capitals_only_and_titles_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    path = study_file(tmp_path, CAP + '[factors.CAP]\nof = "solve.seed"\nvalues = [1]')
    assert [fault.column for fault in faults_of(path)] == ["factors.cap", "factors.CAP"]
    path.write_text(
        study_file(tmp_path).read_text(encoding="utf-8").replace("A test", "A\\u200btest"), encoding="utf-8"
    )
    (fault,) = faults_of(path)
    assert (fault.line, fault.column) == (1, "title")


def test_a_case_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = study_file(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace(str(TUTORIAL), "nowhere"), encoding="utf-8")
    (fault,) = faults_of(path)
    assert (fault.column, fault.value, fault.line) == ("case", "nowhere", 2)


def test_no_toml_is_told(tmp_path: Path) -> None:
    path = study_file(tmp_path, CAP + "\nvalues =")
    (fault,) = faults_of(path)
    assert "is no TOML" in fault.rule
