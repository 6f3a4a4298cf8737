"""Writes `report.html`: one file that needs no other and no network, for a phone, a screen and paper."""

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from models.plan import Plan
from optimizer.audit.audit_report import AuditReport
from optimizer.report.key_figures import sentence
from optimizer.report.markdown import cell
from optimizer.report.report_answer import Answer, answer_of
from optimizer.report.report_blocks import Block, Chart, Row, Section, Table
from optimizer.report.report_consequences import consequences_section
from optimizer.report.report_map import as_json, report_map
from optimizer.report.report_money import money_section
from optimizer.report.report_notes import note_of
from optimizer.report.report_power import (
    carbon_section,
    matching_section,
    power_section,
    service_section,
    water_section,
)
from optimizer.report.report_resilience import resilience_section
from optimizer.report.report_sites import build_out_section, sites_section
from optimizer.report.report_trust import certificate_section, limits_section, risk_section, sources_section
from optimizer.report.report_why import why_section

REPORT = "report.html"
_PLACE = files("optimizer.report")
_MARKDOWN = MarkdownIt("zero").enable(["emphasis", "backticks", "escape", "entity"])
_OTHER_FILE = re.compile(r"url\((?!['\"]?data:)[^)]*\)")
_SOURCE_MAP = re.compile(r"//# sourceMappingURL=\S+")


def write_report(plan: Plan, report: AuditReport, folder: Path, case_dir: Path | None = None) -> None:
    """Write `report.html`; every figure is the plan's, rounded, added up or divided for the eye."""
    (folder / REPORT).write_text(render_report(plan, report, case_dir), encoding="utf-8", newline="\n")


def render_report(plan: Plan, report: AuditReport, case_dir: Path | None = None) -> str:
    """Return the page. Its policy allows its own style and script by their hashes, and nothing else."""
    answer, sections, drawn_map = answer_of(plan, report), report_sections(plan, report), report_map(plan, case_dir)
    notes = {source: note_of(plan, source) for source in _sources(answer, sections)}
    style = _read("vendor/leaflet/leaflet.css") + _read("templates/report.css")
    script = _read("vendor/leaflet/leaflet.js") + "\n" + _read("templates/report.js")
    return report_environment().get_template("report.html").render(
        plan=plan, report=report, answer=answer, sections=sections, map=drawn_map, map_data=as_json(drawn_map.data),
        notes=notes, style=Markup(style), script=Markup(script),
        policy=_policy(style, script),
    )  # fmt: skip


def report_sections(plan: Plan, report: AuditReport) -> list[Section]:
    """Return the sections that the plan has something to say in, in the order in which they are read."""
    found = [
        sites_section(plan), why_section(plan), build_out_section(plan), money_section(plan), power_section(plan),
        matching_section(plan), consequences_section(plan), carbon_section(plan), water_section(plan),
        service_section(plan), resilience_section(plan), limits_section(plan), risk_section(plan),
        sources_section(plan), certificate_section(plan, report),
    ]  # fmt: skip
    return [section for section in found if section is not None]


def report_environment() -> Environment:
    """Return the templates; whatever they print is escaped unless it was made by this program as HTML."""
    environment = Environment(
        loader=PackageLoader("optimizer.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {"figure": _figure, "prose": _prose, "sentence": sentence}
    environment.tests |= {
        "chart": lambda block: isinstance(block, Chart),
        "table": lambda block: isinstance(block, Table),
    }
    return environment


def _figure(value: object) -> str:
    return cell(value) if isinstance(value, int | float) else str(value)


def _prose(markdown: str) -> Markup:
    """Return Markdown of one paragraph as HTML: emphasis and code alone, everything else as text."""
    return Markup(_MARKDOWN.renderInline(markdown))


def _sources(answer: Answer, sections: Iterable[Section]) -> list[str]:
    """Return every source of a figure once, in the order in which the figures stand."""

    def tables(blocks: Iterable[Block | Row]) -> Iterator[Table]:
        for block in blocks:
            for each in block if isinstance(block, tuple) else (block,):
                if isinstance(each, Table):
                    yield each
                elif isinstance(each, Chart) and each.table is not None:
                    yield each.table

    named = [source for section in sections for table in tables(section.blocks) for source in table.columns.values()]
    return [*dict.fromkeys(filter(None, [*(figure.source for figure in answer.figures), *named]))]


def _read(name: str) -> str:
    """Return a file of this room without what would have a browser ask for another."""
    return _SOURCE_MAP.sub("", _OTHER_FILE.sub("none", _PLACE.joinpath(name).read_text(encoding="utf-8")))


def _policy(style: str, script: str) -> str:
    """Return the content security policy (W3C, CSP 3): nothing from anywhere, but this style and this script."""

    def digest(text: str) -> str:
        return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"

    allowed = f"style-src {digest(style)}; script-src {digest(script)}; img-src data:"
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"
