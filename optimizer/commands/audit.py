"""`gigasite audit`: a written plan, rechecked, and a certificate of it."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from optimizer.runtime.exit_codes import ExitCode, refusals

if TYPE_CHECKING:
    from optimizer.audit.certificate import Certificate


def audit(
    plan_dir: Annotated[Path, typer.Argument(metavar="PLAN_DIR", help="Folder of a plan.")],
    case: Annotated[Path | None, typer.Option(metavar="CASE", exists=True, help="Where its case is now.")] = None,
    certify: Annotated[
        bool, typer.Option("--certify", help="Prove bounds in exact arithmetic, without believing the solver.")
    ] = False,
    time_limit: Annotated[
        float, typer.Option(metavar="S", min=0, help="Seconds in which --certify seeks the bounds.")
    ] = 600,
    expect: Annotated[
        str | None, typer.Option(metavar="FINGERPRINT", help="Fingerprint that the certificate must have.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", dir_okay=False, help="Write the certificate, in Markdown, there too.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, all else on stderr.")] = False,
) -> None:
    """Recheck a written plan from its inputs, without the solver or the model, and print a certificate."""
    if out is not None and out.resolve().parent == plan_dir.resolve():
        raise typer.BadParameter("a plan's folder holds nothing but its plan: name another place", param_hint="--out")
    errors = Console(stderr=True, highlight=False)
    with refusals(errors, as_json), errors.status(f"auditing {plan_dir}"):
        from optimizer.monitor.run_monitor import RunMonitor
        from optimizer.recheck import recheck

        monitor = RunMonitor(lambda event: errors.print(f"{event.stage}: {event.note}", markup=False, soft_wrap=True))
        certificate = recheck(plan_dir, case, time_limit if certify else None, monitor)
    from optimizer.report.certificate_markdown import certificate_text

    text = certificate_text(certificate)
    expected = expect is None or same_fingerprint(expect, certificate.fingerprint)
    if out is not None:
        out.write_text(text, encoding="utf-8", newline="\n")
    code = ExitCode.SOLVED if certificate.sound and expected else ExitCode.UNSOUND
    if as_json:
        print(json.dumps(as_json_object(certificate, code)))
    else:
        print(text)
    if not expected:
        errors.print(f"The fingerprint is {certificate.fingerprint}, not {expect}.", markup=False, soft_wrap=True)
    raise typer.Exit(code)


def same_fingerprint(one: str, other: str) -> bool:
    """Tell whether two fingerprints are the same but for spaces and capitals."""
    return "".join(one.split()).lower() == "".join(other.split()).lower()


def as_json_object(certificate: "Certificate", code: ExitCode) -> dict[str, Any]:
    """Return what `--json` prints."""
    return {"status": "sound" if code == ExitCode.SOLVED else "unsound", "exit_code": code, **asdict(certificate)}
