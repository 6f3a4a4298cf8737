"""Rules on whose compute it is: operators, blocs, floors and ceilings, and what the scenario asks of them."""

from collections.abc import Iterator

from models.jurisdictions import ANY, BY_OPERATOR
from models.settings import Settings
from optimizer.case.faults import Fault, suggestion
from optimizer.case.table import Table, Tables


def operator_faults(tables: Tables) -> Iterator[Fault]:
    """Yield sites and operators that name nobody, or a bloc without members."""
    sites, operators = tables["sites"], tables["operators"]
    for key, row in sites.rows.items():
        if row.operator and row.status == "candidate":
            yield sites.fault(key, "operator", "must be empty for a candidate site")
        elif row.operator and row.operator not in operators.lines:
            rule = f"no such row in {operators.file}" + suggestion(row.operator, operators.lines)
            yield sites.fault(key, "operator", rule, operators.hidden_keys)
    for key, row in operators.rows.items():
        if row.accepts:
            yield from _unknown_bloc(tables, operators, key, "accepts")


def limit_faults(tables: Tables, decided: bool) -> Iterator[Fault]:
    """Yield floors and ceilings of what there is not, that contradict one another, or that nobody can tell."""
    limits = tables["sovereignty_limits"]
    for key, row in limits.rows.items():
        yield from _unknown_bloc(tables, limits, key, "bloc")
        for column, target in (("workload", tables["workloads"]), ("period", tables["periods"])):
            word = getattr(row, column)
            if word != ANY and word not in target.lines:
                rule = f"no such row in {target.file}, and it is not `{ANY}`" + suggestion(word, target.lines)
                yield limits.fault(key, column, rule, target.hidden_keys)
        if row.floor_share > row.ceiling_share:
            yield limits.fault(key, "floor_share", f"is above the ceiling_share of the same row, {row.ceiling_share:g}")
        if row.level in BY_OPERATOR and not decided:
            rule = "who runs new sites is not decided: needs sovereignty.operators = true in the scenario"
            yield limits.fault(key, "level", rule)
        if row.level == "chip":
            if row.workload != ANY:
                yield limits.fault(
                    key, "workload", f"must be `{ANY}` at the level chip: which chip does which work is not told"
                )
            chips = tables["chips"]
            for chip in (chip for chip, kind in chips.rows.items() if not kind.jurisdiction):
                rule = f"must state the vendor's: {limits.file} limits the level chip"
                yield chips.fault(chip, "jurisdiction", rule, limits.file)


def control_faults(tables: Tables, settings: Settings) -> Iterator[Fault]:
    """Yield what the scenario asks of operators or of its bloc and the tables do not say."""
    asked, operators, jurisdictions = settings.sovereignty, tables["operators"], tables["jurisdictions"]
    blocs = {bloc for bloc, _ in jurisdictions.lines}
    if asked.bloc and asked.bloc not in blocs:
        rule = f"no such bloc in {jurisdictions.file}" + suggestion(asked.bloc, blocs)
        yield Fault("scenario", rule, column="sovereignty.bloc", value=asked.bloc, follows=jurisdictions.hidden_keys)
    if asked.operators and not any(row.capacity_mw for row in operators.rows.values()):
        rule = f"no row of {operators.file} has a capacity_mw: nobody could run a new site"
        follows = operators.hidden_keys
        yield Fault("scenario", rule, column="sovereignty.operators", value="true", follows=follows)
    if "control" in settings.question.objectives and not asked.operators:
        rule = "the objective control needs sovereignty.operators = true: else nobody runs new sites"
        yield Fault("scenario", rule, column="question.objectives", value="control")


def _unknown_bloc(tables: Tables, table: Table, key: object, column: str) -> Iterator[Fault]:
    jurisdictions = tables["jurisdictions"]
    blocs, word = {bloc for bloc, _ in jurisdictions.lines}, getattr(table.rows[key], column)
    if word not in blocs:
        yield table.fault(
            key, column, f"no such bloc in {jurisdictions.file}" + suggestion(word, blocs), jurisdictions.hidden_keys
        )
