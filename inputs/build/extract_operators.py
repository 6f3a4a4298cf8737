"""Extracts `facts_nodes.csv` from the operators' files in RAW: free capacity at every node of Red Eléctrica."""

from pathlib import Path

from inputs.build.operators import OPERATORS
from inputs.build.table import write_facts

FILES = {"red_electrica": ("ree", "*_GRT_demanda.csv", "jcherranz/capacidad-acceso at b13db59, data/raw")}
COLUMNS = ["operator", "node", "name", "kv", "region", "free_mw", "tender", "from_year", "note", "as_of"]
REMARK = """\
# Free capacity for new load at the nodes of grid operators, MW: extracted by extract_operators.py with
# inputs/build/operators from Red Eléctrica, capacidad de acceso para demanda, public monthly file of 20 February 2026
# (by way of jcherranz/capacidad-acceso at b13db59, data/raw). free_mw is what is granted by order of request to load
# behind power electronics that rides through voltage dips; blank: no figure.
"""


def main(raw: Path) -> None:
    """Write the table; raise FileNotFoundError if a raw file is missing, FormatError if it is not as agreed."""
    rows: list[list[object]] = []
    for operator, (folder, pattern, origin) in FILES.items():
        found = sorted((raw / folder).glob(pattern))
        if not found:
            raise FileNotFoundError(f"{raw / folder / pattern}: nodes of {OPERATORS[operator].label}, from {origin}")
        for one in OPERATORS[operator].read(found[-1]):
            free = "" if one.free_mw is None else one.free_mw
            rows.append(
                [operator, one.node, one.name, one.kv, one.region, free, one.tender, one.from_year, one.note, one.as_of]
            )
    write_facts("nodes", REMARK.splitlines(), COLUMNS, rows)
