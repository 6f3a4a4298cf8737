"""A certificate as a page of Markdown, for the terminal or a file."""

from optimizer.audit.audit_report import FileState, Proved
from optimizer.audit.certificate import Certificate, ObjectiveCheck
from optimizer.report.markdown import section, table

VERDICTS = {True: "holds", False: "BROKEN"}


def certificate_text(certificate: Certificate) -> str:
    """Return the certificate in Markdown."""
    code = "" if certificate.code == certificate.code_here else f"; audited by code {_code(certificate.code_here)}"
    sections = [
        section(
            f"# Certificate: {certificate.title}",
            f"{'**Sound.**' if certificate.sound else '**UNSOUND: do not use this plan.**'} {_summary(certificate)}",
            f"Case `{certificate.case}`, scenario `{certificate.scenario}`, written {certificate.written_at} by code "
            f"{_code(certificate.code)}{code}.",
            f"Fingerprint of inputs, outputs and code: `{certificate.fingerprint}`",
        ),
        section("## Rules", _rules(certificate)),
        section("## Objectives", *_objectives(certificate)),
    ]
    if certificate.broken:
        sections.insert(1, section("## What is broken", _broken(certificate)))
    sections += [
        section("## Inputs", _files(certificate.inputs)),
        section("## Outputs", _files(certificate.outputs)),
        section("## As stated", "Nothing here rechecks:", "\n".join(f"- {each}" for each in certificate.as_stated)),
    ]
    return "\n".join(sections)


def _summary(certificate: Certificate) -> str:
    rules, rows = (sum(getattr(each, name) for each in certificate.families) for name in ("rules", "rows"))
    parts = [
        f"{rules} rules rechecked in {rows:,} comparisons, {len(certificate.outputs)} files made anew and compared",
        f"broken: {len(certificate.broken)} rules" if certificate.broken else "",
    ]
    named = {
        "not what the plan makes": [file.name for file in certificate.outputs if not file.passed],
        "unconfirmed": [file.name for file in certificate.outputs if file.state == "unconfirmed"],
        "refuted": [each.figure for each in certificate.proved if not each.passed],
    }
    parts += [f"{what}: {', '.join(names)}" for what, names in named.items() if names]
    return "; ".join(part for part in parts if part) + "."


def _code(commit: str) -> str:
    return commit[:12] + ("+ (with changes)" if commit.endswith("+") else "") or "outside a repository"


def _rules(certificate: Certificate) -> str:
    rows = [
        [
            each.aspect,
            each.rules,
            each.rows,
            f"{each.worst:.0e}" if each.worst else "0",
            each.where,
            VERDICTS[each.passed],
        ]
        for each in certificate.families
    ]
    return table(["aspect", "rules", "comparisons", "worst violation", "where", "verdict"], rows)


def _broken(certificate: Certificate) -> str:
    return "\n".join(
        f"- {each.rule}: off by {each.worst:.1e} of the limit at {each.where}" for each in certificate.broken
    )


def _objectives(certificate: Certificate) -> list[str]:
    if not certificate.objectives:
        return ["Not recomputed: the plan is broken."]
    header = ["objective", "sense", "stated", "recomputed", "bound claimed", "gap", "gap asked", "status"]
    rows = [
        [each.objective, each.sense, f"{each.stated:,.4f}", f"{each.recomputed:,.4f}",
         "none" if each.bound is None else f"{each.bound:,.4f}", _percent(each.gap_share), _percent(each.gap_asked),
         each.status]
        for each in certificate.objectives
    ]  # fmt: skip
    shown = [table(header, rows)]
    if len(rows) > 1 and certificate.tolerance_share:
        share = _percent(certificate.tolerance_share)
        shown.append(f"All is of the plan delivered; an objective may give up {share} of its bound for those after it.")
    if not certificate.proved:
        return [*shown, "The bounds are the solver's word; `--certify` proves bounds without it."]
    sentences = [_sentence(each, certificate.objectives) for each in certificate.proved]
    return [*shown, "Proved in exact arithmetic, whatever the solver said:", "\n".join(sentences)]


def _sentence(proved: Proved, objectives: tuple[ObjectiveCheck, ...]) -> str:
    """Return what was proved of a figure in one line."""
    limits = {"at least": proved.at_least, "at most": proved.at_most}
    bounds = " and ".join(f"{word} {limit:,.10g}" for word, limit in limits.items() if limit is not None)
    text = f"- {proved.figure}: {bounds or 'nothing could be proved'}; the plan says {proved.value:,.10g}"
    if proved.at_least == proved.at_most == proved.value:
        text = f"- {proved.figure}: {proved.value:,.10g}, as stated"
    claim = next((each for each in objectives if each.objective == proved.figure), None)
    if claim is not None:
        text += f", within {_percent(proved.gap_share)} of it; branch and bound claims {_percent(claim.gap_share)}"
        text += f" ({proved.relaxations:,} relaxation{'' if proved.relaxations == 1 else 's'}, {proved.seconds:,.0f} s)"
    return text + ("" if proved.passed else f". REFUTED{f': {proved.fault}' if proved.fault else ''}")


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{share:.4%}" if share >= 1e-6 else "0 %"


def _files(files: tuple[FileState, ...]) -> str:
    return table(
        ["file", "SHA-256", "state", "note"], [[each.name, each.sha256, each.state, each.note] for each in files]
    )
