"""What an archive says of itself to machines: an RO-Crate with the profiles of a process run and a workflow run.

RO-Crate 1.1 (https://w3id.org/ro/crate/1.1), Process Run Crate 0.5 (https://w3id.org/ro/wfrun/process/0.5) and, where a
study file led the runs, Workflow Run Crate 0.5 (https://w3id.org/ro/wfrun/workflow/0.5).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

PROCESS = ("https://w3id.org/ro/wfrun/process/0.5", "Process Run Crate", "0.5")
WORKFLOW = (
    ("https://w3id.org/ro/wfrun/workflow/0.5", "Workflow Run Crate", "0.5"),
    ("https://w3id.org/workflowhub/workflow-ro-crate/1.0", "Workflow RO-Crate", "1.0"),
)
TERMS = "https://w3id.org/ro/terms/workflow-run/context"
MIT = "https://spdx.org/licenses/MIT"
FORMATS = {
    ".csv": "text/csv",
    ".geojson": "application/geo+json",
    ".gpkg": "application/geopackage+sqlite3",
    ".json": "application/json",
    ".md": "text/markdown",
    ".parquet": "application/vnd.apache.parquet",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".tex": "text/x-tex",
    ".toml": "application/toml",
    ".txt": "text/plain",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class Run:
    """What was done: from which files of the archive, to which, by which commands, how it ended."""

    title: str
    commands: Sequence[str]
    inputs: Sequence[str]
    results: Sequence[str]
    ended: str
    """Time of the last result, ISO 8601."""
    workflow: str = ""
    """The study file, where one led the runs."""


def crate_metadata(run: Run, sizes: Mapping[str, int], versions: Mapping[str, str]) -> bytes:
    """Return the `ro-crate-metadata.json` of files of so many bytes; the same arguments give the same bytes."""
    crate = ROCrate(version="1.1")
    crate.metadata.extra_contexts.append(TERMS)
    files = {}
    for name in sorted(sizes):
        properties: dict[str, Any] = {"name": Path(name).name, "contentSize": str(sizes[name])}
        if encoding := FORMATS.get(Path(name).suffix):
            properties["encodingFormat"] = encoding
        if name == run.workflow:
            properties["@type"] = ["File", "SoftwareSourceCode", "ComputationalWorkflow"]
        files[name] = crate.add_file(dest_path=name, properties=properties)
    software = _entity(
        crate,
        "#gigasite",
        "SoftwareApplication",
        name="gigasite",
        softwareVersion="+".join(filter(None, [versions["gigasite"], versions["commit"].rstrip("+")])),
        description=f"Siting of AI compute, solved by HiGHS {versions['highspy']} on Python {versions['python']}",
        softwareRequirements=files.get("constraints.txt"),
        citation=files.get("CITATION.cff"),
    )
    action = _entity(
        crate,
        "#run",
        "CreateAction",
        name=run.title,
        description="; ".join(run.commands),
        endTime=run.ended,
        instrument=files[run.workflow] if run.workflow else software,
        object=[files[name] for name in sorted(run.inputs)],
        result=[files[name] for name in sorted(run.results)],
        actionStatus="http://schema.org/CompletedActionStatus",
    )
    mentions = [action]
    if run.workflow:
        mentions.append(_workflow(crate, files[run.workflow], software, action))
    root = crate.root_dataset
    crate.name, crate.datePublished = run.title, run.ended
    crate.description = "Inputs, question, answers and environment; `gigasite reproduce` repeats it from these files"
    profiles = [PROCESS, *(WORKFLOW if run.workflow else ())]
    root["conformsTo"] = [
        _entity(crate, url, "CreativeWork", name=name, version=version) for url, name, version in profiles
    ]
    licences = [_entity(crate, MIT, "CreativeWork", name="MIT License", description="the program")]
    root["license"] = [*licences, *(file for name, file in files.items() if name.endswith("/SOURCES.md"))]
    root["mentions"] = mentions
    return (json.dumps(crate.metadata.generate(), indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _workflow(crate: ROCrate, study: Any, software: Any, action: Any) -> Any:
    """Make a study file the workflow of the crate; return the action of the engine that led its runs."""
    language = _entity(crate, "#study-file", "ComputerLanguage", name="study file of gigasite")
    study["programmingLanguage"] = language
    crate.mainEntity = study
    crate.metadata.append_to("conformsTo", {"@id": WORKFLOW[1][0]})
    return _entity(crate, "#sweep", "OrganizeAction", name="gigasite sweep", instrument=software, result=action)


def _entity(crate: ROCrate, identifier: str, kind: str, **properties: Any) -> Any:
    """Add what is no file to a crate, without the properties that are empty."""
    stated = {name: value for name, value in properties.items() if value}
    entity = crate.add(ContextEntity(crate, identifier, properties={"@type": kind}))
    for name, value in stated.items():
        entity[name] = value
    return entity
