"""Study files over the tutorial case."""

from pathlib import Path

from tests.conftest import TUTORIAL

CAP = """
[factors.cap]
of = "carbon.cap_kg_per_mwh"
values = [30, 50, 70]
"""


def study_file(folder: Path, factors: str = CAP, design: str = 'kind = "one_at_a_time"', top: str = "") -> Path:
    """Write a study file of the tutorial; `top` comes before its sections."""
    path = folder / "study.toml"
    path.write_text(f'title = "A test"\ncase = "{TUTORIAL}"\n{top}\n[design]\n{design}\n{factors}', encoding="utf-8")
    return path
