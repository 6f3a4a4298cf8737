"""How the documentation is built: `make docs`. Pages that live elsewhere are copied in, their links mended."""

import os
import re
import shutil
import sys
import tomllib
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from command_docs import command_docs

HERE, ROOT = Path(__file__).parent, Path(__file__).parents[1]
PAGES = {
    "README.md": "readme",
    "inputs/README.md": "inputs",
    "inputs/studies/README.md": "studies",
    "inputs/europe/SOURCES.md": "sources",
    "outputs/README.md": "outputs",
    "outputs/headline.md": "headline",
    "outputs/rules.md": "rules",
    "outputs/futures.md": "futures",
    "models/README.md": "formulation",
    "optimizer/README.md": "rooms",
    "tests/benchmarks/RESULTS.md": "speed",
    "outputs/scenarios.md": "scenarios",
    "tests/benchmarks/PRICE_BASIS.md": "price_basis",
    "tests/benchmarks/MATCHING.md": "matching",
    "tests/benchmarks/FLEXIBILITY.md": "flexibility",
    "tests/benchmarks/STRESS.md": "stress",
    "CONTRIBUTING.md": "contributing",
    "DECISIONS.md": "decisions",
    "CHANGELOG.md": "changelog",
}
"""Page of the repository -> its name in `reference/`; each is shown as it stands there."""

project = "gigasite"
version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx-mathjax-offline"]
html_theme = "furo"
html_title = "gigasite"
html_show_copyright = False
exclude_patterns = ["_build"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
myst_dmath_double_inline = True
myst_fence_as_directive = ["math"]
autodoc_typehints = "description"
autodoc_member_order = "bysource"
nitpicky = False
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")


def copied(source: str, text: str, folder: str) -> str:
    """Return a page's text with its links as they are from a folder of the documentation.

    Files that are no page there are named only.
    """

    def mended(found: re.Match[str]) -> str:
        picture, words, target = found.groups()
        path, _, anchor = target.partition("#")
        if "://" in target or not path:
            return found.group()
        place = (ROOT / source).parent.joinpath(path).resolve()
        name = place.relative_to(ROOT).as_posix()
        if picture:
            shutil.copyfile(place, HERE / "reference" / place.name)
            page = f"reference/{place.name}"
        elif name in PAGES:
            page = f"reference/{PAGES[name]}.md"
        elif name.startswith("docs/") and name.endswith(".md"):
            page = name.removeprefix("docs/")
        else:
            return words if words.strip("`") == name else f"{words} (`{name}`)"
        return f"{picture}[{words}]({os.path.relpath(page, folder)}{'#' + anchor if anchor else ''})"

    return LINK.sub(mended, text)


def setup(app: Any) -> None:
    """Mend the links of the pages written here, which are those of the repository, as they are read."""

    def read(_: Any, page: str, source: list[str]) -> None:
        if not page.startswith("reference/"):
            source[0] = copied(f"docs/{page}.md", source[0], os.path.dirname(page))

    app.connect("source-read", read)


def prepare() -> None:
    """Write the pages of `reference/`."""
    shutil.rmtree(HERE / "reference", ignore_errors=True)
    (HERE / "reference").mkdir()
    for source, name in PAGES.items():
        text = copied(source, (ROOT / source).read_text(encoding="utf-8"), "reference")
        (HERE / "reference" / f"{name}.md").write_text(text, encoding="utf-8")
    (HERE / "reference" / "commands.md").write_text(command_docs(), encoding="utf-8")


prepare()
