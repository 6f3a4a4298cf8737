"""Puts an operator's file into a case: python -m inputs.build.operators OPERATOR FILE --case FOLDER [--nodes TABLE]."""

import argparse
import sys
from pathlib import Path

from inputs.build.operators import OPERATORS
from inputs.build.operators.update import Sheet, matched, update
from inputs.build.table import EUROPE, FACTS, read_csv

NODES = FACTS / "facts_operator_nodes.csv"
COLUMNS = ("operator", "substation", "node")


def main(arguments: list[str] | None = None) -> int:
    """Update the case's headrooms and print what was done; return 1, with the reason on stderr, if refused."""
    parser = argparse.ArgumentParser(prog="python -m inputs.build.operators", description=__doc__)
    parser.add_argument("operator", choices=sorted(OPERATORS), help="whose format the file is in")
    parser.add_argument("file", type=Path, help="the operator's file, under the name it is published with")
    parser.add_argument("--case", type=Path, default=EUROPE, help="folder of the case (default: the reference case)")
    parser.add_argument(
        "--nodes",
        type=Path,
        default=NODES,
        help="CSV with columns operator, substation, node; other substations are matched by name and voltage",
    )
    given = parser.parse_args(arguments)
    operator = OPERATORS[given.operator]
    try:
        nodes = operator.read(given.file)
        columns = ("substation", "name", "zone", "latitude", "longitude")
        substations = [row for _, row in Sheet(given.case / "substations.csv", columns).rows]
        typed = mapping(given.nodes, given.operator)
        open_ones = [row for row in substations if row["substation"] not in typed]
        free_nodes = [one for one in nodes if not any(one.node in names for names in typed.values())]
        listed = {row["substation"] for row in substations}
        pairs = {key: names for key, names in typed.items() if key in listed} | matched(open_ones, free_nodes)
        said = update(given.case, operator, nodes, pairs)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print(*said, sep="\n")
    used = {name for names in pairs.values() for name in names}
    others = sum(one.node not in used for one in nodes)
    print(f"{others} of {len(nodes)} nodes of the file belong to no substation of the case")
    return 0


def mapping(path: Path, operator: str) -> dict[str, list[str]]:
    """Read which nodes of an operator belong to which substation; several rows of a substation are its busbars.

    Raises ValueError if a column is missing or a node stands twice, since its MW would be counted twice.
    """
    found: dict[str, list[str]] = {}
    seen: set[str] = set()
    for row in read_csv(path):
        if missing := [column for column in COLUMNS if not row.get(column)]:
            raise ValueError(f"{path.name}: a row without {', '.join(missing)}")
        if row["operator"] == operator:
            if row["node"] in seen:
                raise ValueError(f"{path.name}: node {row['node']} stands twice")
            seen.add(row["node"])
            found.setdefault(row["substation"], []).append(row["node"])
    return found


if __name__ == "__main__":
    sys.exit(main())
