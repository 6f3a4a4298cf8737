"""The halls of a programme written otherwise: with a loose limit where a site opens, with a binary for every hall."""

from dataclasses import replace

import numpy as np
import scipy.sparse as sparse

from optimizer.program.linear_program import LinearProgram

HALLS_PER_SITE = (
    "sizing.halls_fit_on_the_land_of_an_open_site",
    "sizing.halls_draw_no_more_than_the_grid_could_bring",
)


def loose(program: LinearProgram) -> LinearProgram:
    """Return the programme with ten times the halls that an opening allows; the land itself stays a row of its own."""
    rows = [name.split("[")[0] in HALLS_PER_SITE for name in program.row_names]
    columns = [name.startswith("siting.open_in[") for name in program.column_names]
    entries = program.matrix.tocoo()
    row, column = entries.coords
    factor = np.where(np.array(rows)[row] & np.array(columns)[column], 10.0, 1.0)
    matrix = sparse.csr_array((entries.data * factor, (row, column)), shape=program.matrix.shape)
    return replace(program, matrix=matrix)


def binaries(program: LinearProgram, ordered: bool = False) -> LinearProgram:
    """Return the programme with a binary for every hall, in their order or in none."""
    halls = np.array([name.startswith("sizing.halls[") for name in program.column_names])
    owner = np.repeat(np.flatnonzero(halls), program.upper[halls].astype(int))
    first, width = len(program.lower), len(program.lower) + len(owner)
    wide = sparse.csr_array(
        (program.matrix.data, program.matrix.indices, program.matrix.indptr), (program.matrix.shape[0], width)
    )
    number = np.cumsum(halls) - 1
    own = np.arange(len(owner))
    sums = sparse.csr_array(
        (
            np.concatenate([np.full(halls.sum(), -1.0), np.ones(len(owner))]),
            (
                np.concatenate([np.arange(halls.sum()), number[owner]]),
                np.concatenate([np.flatnonzero(halls), first + own]),
            ),
        ),
        (int(halls.sum()), width),
    )
    longer = replace(
        program,
        cost=np.append(program.cost, np.zeros(len(owner))),
        lower=np.append(program.lower, np.zeros(len(owner))),
        upper=np.append(program.upper, np.ones(len(owner))),
        integer=np.append(program.integer & ~halls, np.ones(len(owner), dtype=bool)),
        matrix=wide,
        column_names=[*program.column_names, *(f"hall[{each}]" for each in own)],
    ).with_rows(sums, np.zeros(sums.shape[0]), np.zeros(sums.shape[0]), [f"halls[{n}]" for n in range(sums.shape[0])])
    if not ordered:
        return longer
    pairs = np.flatnonzero(owner[1:] == owner[:-1])
    order = sparse.csr_array(
        (
            np.tile([1.0, -1.0], len(pairs)),
            (np.repeat(np.arange(len(pairs)), 2), first + np.stack([pairs, pairs + 1], 1).ravel()),
        ),
        (len(pairs), width),
    )
    return longer.with_rows(order, np.zeros(len(pairs)), np.full(len(pairs), np.inf), [f"order[{n}]" for n in pairs])
