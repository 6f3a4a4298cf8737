"""The page of a front: its points, what each step costs, where points are equal within the gap, what was not found."""

import json
from pathlib import Path

from models.settings import OBJECTIVES
from optimizer.report.markdown import plain, section, table
from optimizer.study.figures import write_front
from optimizer.study.pareto import Front
from optimizer.study.results import PLANS, write_text


def write_front_page(folder: Path, title: str, front: Front) -> None:
    """Write `pareto.md`, table and picture `front`, and the whole numbers of the plans as a study's folder has them."""
    folder.mkdir(parents=True, exist_ok=True)
    if front.points:
        write_front(folder, front.frame, front.over)
    plans = {f"point {number}": dict(point.numbers) for number, point in enumerate(front.points, 1)}
    write_text(folder / PLANS, json.dumps(plans, indent=1) + "\n")
    write_text(folder / "pareto.md", front_page(title, front))


def front_page(title: str, front: Front) -> str:
    """Return the page of a front."""
    first, *others = front.over
    heading, frame = f"# {plain(title)}: {' against '.join(front.over)}", front.frame
    units = ", ".join(f"{name} in {OBJECTIVES[name].unit_in_full} ({OBJECTIVES[name].sense})" for name in front.over)
    parts = [section(heading, f"No point was found over {units}.")]
    if front.points:
        told = (
            f"{len(front.points):,} points that no other beats, over {units}. `bound` is what is proved of {first} "
            f"among all plans that are no worse in {' and '.join(others)}; `gap` is what lies between."
        )
        if front.dominated:
            told += f" {front.dominated:,} more were found and dropped: another beats them."
        equal = frame.dropna(subset="equal_to")
        pairs = [f"{one} and {other}" for one, other in zip(equal["point"], equal["equal_to"], strict=True)]
        same = f"Equal, as they differ by no more than the gap: {'; '.join(pairs)}." if pairs else ""
        shown = frame.drop(columns=["gap_share", "equal_to"])
        points = table([*shown.columns], shown.to_numpy(dtype=object).tolist())
        parts = [section(heading, told, same, points, "![The front](front.png)")]
    if front.unsolved:
        parts.append(section("## Levels without a point", "\n".join(f"- {plain(each)}" for each in front.unsolved)))
    return "\n".join(parts)
