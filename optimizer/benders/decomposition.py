"""A case cut in two: a master problem of the investments, and the days of every node, dispatched at given ones.

What a node's days cost, as a function of the investments, is convex: every time they are dispatched they give cuts
(Benders, Numerische Mathematik 4, 1962), valid for the relaxation and for the mixed-integer master alike. The master
has one column of operating cost per node, however many its days, one for every part of its yearly accounts, and the
tails of objectives whose worst futures are weighed; what couples its days is not in it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sparse

from models.case import Array
from optimizer.benders.cuts import Cut, cut_at
from optimizer.benders.day_block import BlockStructure
from optimizer.benders.dispatch import CancelToken, Dispatcher, SubproblemEvaluation
from optimizer.benders.spare_lines import SpareLines, with_spare_lines, with_spare_lines_in
from optimizer.benders.subproblem import DailyResults
from optimizer.benders.yearly_accounts import AccountParts, account_parts
from optimizer.program.day_numbers import DayNumbersHash, day_numbers_hash
from optimizer.program.day_structure import DayStructure, day_structure
from optimizer.program.extensive_form import ExtensiveForm, Objective
from optimizer.program.linear_program import LinearProgram, Positions
from optimizer.program.node_couplings import NodeCouplings, node_couplings
from optimizer.program.two_stage import with_tail

LEAST_ACCOUNT = 1e-6
"""No part of a yearly account is below 0, but for rounding."""
Columns = np.ndarray[tuple[int, int], np.dtype[np.int64]]


@dataclass(frozen=True)
class Decomposition:
    """An extensive form cut into its master problem and its days."""

    form: ExtensiveForm
    master: LinearProgram
    """The investments, operating cost of every node among them, then a column for every part of a yearly account."""
    dispatcher: Dispatcher
    links: Columns
    """The master's column of every link of every node, (nodes, links); -1 where there is none. Those of the days come
    first, then the investments on which the node's couplings depend."""
    totals: Columns
    """The master's column of every yearly account, a year's total, (nodes, accounts)."""
    parts: AccountParts
    couplings: tuple[NodeCouplings, ...]
    numbers: DayNumbersHash
    """What the days depend on."""
    tails: Mapping[str, tuple[Objective, Positions]]
    """Objective whose worst futures are weighed -> the master's columns of its tail (`two_stage.py`)."""
    scale: Array
    """What one unit of each of the master's columns is in the extensive form; 1 but for totals."""

    @property
    def operating(self) -> Positions:
        """Return the master's column of operating cost of every node, above the baseline."""
        return self.form.operating

    @property
    def investments(self) -> int:
        """Return the number of the master's columns that the extensive form has too."""
        return self.form.investments

    def links_at(self, decisions: Array) -> Array:
        """Return the links at the master's columns, shape (nodes, links)."""
        return np.where(self.links >= 0, decisions[self.links], 0.0)

    def evaluate(self, decisions: Array, token: CancelToken, need_primal: bool = True) -> list[SubproblemEvaluation]:
        """Return every node at the master's columns; many days are only bounded unless a dispatch is needed."""
        return self.dispatcher.evaluate(self.links_at(decisions), token, need_primal)

    def accounts(self, decisions: Array) -> list[SubproblemEvaluation]:
        """Return the yearly accounts of every node at the master's columns, nothing dispatched."""
        return self.dispatcher.accounts(self.links_at(decisions))

    def with_tails(self, point: Array) -> Array:
        """Return the master's columns with those of tails as they follow from all others."""
        for objective, columns in self.tails.values():
            shares = [share for share, *_ in objective.futures]
            decisions = self.scale * point[: self.investments]
            values = [float(cost @ decisions) + rest for _, cost, rest in objective.futures]
            point[columns[0]] = least = self.form.risk.value_at_risk(values, shares)
            point[columns[1:]] = np.maximum(0.0, np.array(values) - least)
        return point

    def part_column(self, node: int, part: int) -> int:
        """Return the master's column of a part of a node's yearly accounts."""
        return self.investments + node * self.parts.count + part

    def part_columns(self) -> slice:
        """Return the master's columns of all parts of yearly accounts."""
        return slice(self.investments, self.investments + len(self.form.nodes) * self.parts.count)

    def account_totals(self, results: Sequence[SubproblemEvaluation]) -> Array:
        """Return the yearly accounts of the nodes, (nodes, accounts)."""
        count = self.totals.shape[1]
        return np.array([np.bincount(self.parts.account, each.accounts.value, count) for each in results])

    def cuts(self, decisions: Array, results: Sequence[SubproblemEvaluation]) -> Iterator[Cut]:
        """Yield what the nodes, evaluated at decisions, prove of all investments."""
        days = self.dispatcher.structure.day.links
        for node, result in enumerate(results):
            columns = self.links[node]
            if np.isfinite(result.bound.value):
                known = columns[: len(result.bound.slope)]
                yield cut_at(node, "cost", 0, result.bound.value, known, result.bound.slope, decisions)
            for part, account in enumerate(self.parts.account.tolist()):
                slope = np.where(self.parts.of_link[account] == part, result.accounts.slope[account], 0.0)
                value = float(result.accounts.value[part])
                if value < -LEAST_ACCOUNT:
                    raise ValueError("a part of a yearly account is below 0")
                if slope.any():
                    yield cut_at(node, "account", part, value, columns[:days], slope, decisions)
            if result.missed is not None:
                known = columns[: len(result.missed.slope)]
                yield cut_at(node, "feasibility", 0, result.missed.value, known, result.missed.slope, decisions)

    def full_year_cuts(self, decisions: Array, results: Sequence[SubproblemEvaluation]) -> Iterator[Cut]:
        """Yield cuts of whole yearly accounts, of results that stand for all days of the record."""
        days = self.dispatcher.structure.day.links
        for node, (result, totals) in enumerate(zip(results, self.account_totals(results), strict=True)):
            for account, slope in enumerate(result.accounts.slope):
                value = float(totals[account])
                yield cut_at(node, "full year", account, value, self.links[node, :days], slope, decisions)

    def with_spare_lines(self, spare: SpareLines) -> "Decomposition":
        """Return it with cover over lines within what is left free of them; the days and their workers are the same."""
        if not spare:
            return self
        return replace(self, form=with_spare_lines_in(self.form, spare), master=with_spare_lines(self.master, spare))

    def full(self, decisions: Array, results: Sequence[SubproblemEvaluation]) -> tuple[Array, list[DailyResults]]:
        """Return all columns of the extensive form, and the days: dispatched at decisions as results allocate."""
        daily = self.dispatcher.dispatch(self.links_at(decisions), results, values=True)
        return self.assembled(decisions, results, daily), daily

    def assembled(
        self, decisions: Array, results: Sequence[SubproblemEvaluation], daily: Sequence[DailyResults]
    ) -> Array:
        """Return all columns of the extensive form, of decisions and the days dispatched at them with their columns."""
        form, structure = self.form, self.dispatcher.structure
        point = np.concatenate([decisions[: self.investments], *(each.values.ravel() for each in daily)])
        point[form.operating] = 0.0
        entries = structure.day.share_matrix[structure.budget_rows][:, structure.budgets].diagonal()
        for known, node, each, result in zip(self.couplings, form.nodes, daily, results, strict=True):
            point[known.share_columns[:, known.budgets]] = each.used / -entries
            point[known.share_columns[:, known.general]] = each.shares
            point[known.level_columns] = each.levels if len(each.levels) else result.levels
            totals = form.node_links(node)[:, structure.day.accounts.links]
            for account in range(totals.shape[1]):
                own = self.parts.account == account
                point[totals[:, account]] = each.accounts[:, own].sum(axis=1)
        return point


def decompose(
    form: ExtensiveForm, seconds: float, cluster: str | None = None, like: Decomposition | None = None
) -> Decomposition:
    """Cut an extensive form into its master problem and its days; raises ValueError where couplings cannot be cut.

    Where the days are those of another decomposition, they are dispatched by its workers.
    """
    structure = day_structure(form.template, form.couplings, form.extra_links)
    couplings = tuple(node_couplings(form, structure, node) for node in form.nodes)
    block = block_structure(structure, couplings)
    parts = block.parts
    master, totals, scale = _master(form, parts, couplings, structure.accounts.links)
    tails = dict[str, tuple[Objective, Positions]]()
    for name in form.case.settings.question.objectives if form.risk.weight_of(len(form.futures)) else ():
        objective, more = form.objective(name), np.zeros(len(master.lower) - form.investments)
        costs = [(share, np.concatenate([cost * scale, more]), rest) for share, cost, rest in objective.futures]
        master, columns = with_tail(master, costs, name)
        tails[name] = objective, columns
    of_days = np.array([form.node_links(node)[0] for node in form.nodes])
    of_days[:, np.concatenate([structure.shares, structure.accounts.links])] = -1
    extra = [np.full((len(form.nodes), 1), each.column) for each in form.extra_links]
    wide = max(len(each.columns) for each in couplings)
    of_couplings = np.full((len(form.nodes), wide), -1, dtype=np.int64)
    for node, known in enumerate(couplings):
        of_couplings[node, : len(known.columns)] = known.columns
    cases = {each.future.name: each.future.case for each in form.futures}
    numbers = day_numbers_hash(form, couplings)
    if like is not None and numbers == like.numbers:
        dispatcher = like.dispatcher
    else:
        dispatcher = Dispatcher(cases, form.nodes, block, couplings, seconds, cluster)
    return Decomposition(
        form=form,
        master=master,
        dispatcher=dispatcher,
        links=np.hstack([of_days, *extra, of_couplings]),
        totals=totals,
        parts=parts,
        couplings=couplings,
        numbers=numbers,
        tails=tails,
        scale=scale,
    )


def block_structure(structure: DayStructure, couplings: Sequence[NodeCouplings]) -> BlockStructure:
    """Return what blocks of days share; raises ValueError where nodes are coupled in different ways."""
    plain = couplings[0].budgets
    if any(not np.array_equal(each.budgets, plain) for each in couplings):
        raise ValueError("a coupling is a plain budget in some nodes and not in others")
    use = structure.share_matrix[:, plain].tocoo()
    rows = use.coords[0][np.argsort(use.coords[1], kind="stable")].astype(np.int64)
    return BlockStructure(structure, plain, couplings[0].general, account_parts(structure), rows)


def _master(
    form: ExtensiveForm, parts: AccountParts, couplings: Sequence[NodeCouplings], links: Positions
) -> tuple[LinearProgram, Columns, Array]:
    """Return the master problem, the column of every yearly account, (nodes, accounts), and the scale of its columns.

    The total of an account on the first day of a node becomes that of the year; all other columns that a node has of
    its own are out of use, as are the rows that couple its days.
    """
    top, count = form.compiled.program, len(form.nodes) * parts.count
    lower, upper, scale = top.lower.copy(), top.upper.copy(), np.ones(form.investments)
    totals = np.empty((len(form.nodes), len(links)), dtype=np.int64)
    for position, node in enumerate(form.nodes):
        days = form.case_of(node).days
        columns = form.node_links(node)[:, links]
        _check_weights(form, columns, [day.weight for day in days])
        totals[position] = columns[0]
        scale[columns[0]] = 1 / days[0].weight
        idle = np.concatenate([columns[1:].ravel(), couplings[position].share_columns.ravel()])
        idle = np.concatenate([idle, couplings[position].level_columns])
        lower[idle] = upper[idle] = 0.0
    coupling_rows = np.concatenate([each.rows for each in couplings])
    used = np.setdiff1d(np.arange(len(top.row_lower)), coupling_rows)
    matrix = sparse.csr_array(top.matrix[used] @ sparse.diags_array(scale))
    part = np.arange(count)
    of_total = part // max(parts.count, 1) * totals.shape[1] + parts.account[part % max(parts.count, 1)]
    width = form.investments + count
    sums = sparse.coo_array(
        (
            np.concatenate([np.ones(totals.size), -np.ones(count)]),
            (
                np.concatenate([np.arange(totals.size), of_total]),
                np.concatenate([totals.ravel(), form.investments + part]),
            ),
        ),
        shape=(totals.size, width),
    ).tocsr()
    names = [f"account[{node.period},{node.future},{each}]" for node in form.nodes for each in range(parts.count)]
    wide = sparse.csr_array((matrix.data, matrix.indices, matrix.indptr), shape=(len(used), width))
    master = replace(
        top,
        cost=np.zeros(width),
        lower=np.concatenate([lower, np.zeros(count)]),
        upper=np.concatenate([upper, np.full(count, np.inf)]),
        integer=np.concatenate([top.integer, np.zeros(count, dtype=bool)]),
        matrix=wide,
        row_lower=top.row_lower[used],
        row_upper=top.row_upper[used],
        row_names=[top.row_names[row] for row in used.tolist()],
        column_names=[*top.column_names, *names],
    ).with_rows(sums, np.zeros(totals.size), np.full(totals.size, np.inf), ["account.total"] * totals.size)
    return master, totals, scale


def _check_weights(form: ExtensiveForm, columns: Columns, weights: Sequence[float]) -> None:
    """Raise ValueError unless the days of a yearly account count in every row as often as they come."""
    for account in columns.T:
        matrix = form.compiled.program.matrix[:, account].tocsr()
        amounts = matrix[np.flatnonzero(np.diff(matrix.indptr))].toarray() / np.array(weights)
        if not np.allclose(amounts, amounts[:, :1], rtol=1e-9, atol=0.0):
            raise ValueError("a rule counts the days of a yearly account otherwise than they come in a year")
