"""Markdown sections and tables."""

from collections.abc import Sequence


def section(heading: str, *parts: str) -> str:
    """Return a heading and its paragraphs and tables, a blank line after each."""
    return "".join(f"{part}\n\n" for part in (heading, *parts) if part).removesuffix("\n")


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table with numbers to the right, or the word `none` if there are no rows."""
    if not rows:
        return "none"
    rule = ["---:" if isinstance(value, int | float) else "---" for value in rows[0]]
    lines = [header, rule, *([cell(value) for value in row] for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def cell(value: object) -> str:
    """Return a number with about three digits, or a text that cannot break the table."""
    if not isinstance(value, int | float):
        text = " ".join(str(value).split())
        return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
    if abs(value) < 5e-7:
        return "0"
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"
