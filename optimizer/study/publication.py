"""What an archive holds and how it was made: the page for people, and `publication.json` for `gigasite reproduce`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from optimizer.case.faults import CaseRefused, Fault
from optimizer.study.archive import MANIFEST, is_plain
from optimizer.study.crate import Run

PUBLICATION = "publication.json"
RESULTS = "results"
"""Folder of an archive that holds the plan or the study."""
INPUTS = "inputs"
PAPERS = "papers"


class Publication(BaseModel):
    """What an archive is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    kind: Literal["plan", "study"]
    title: str
    case: str
    """The case in the archive: its folder or workbook."""
    study: str = ""
    """The study file in the archive."""
    papers: tuple[str, ...] = ()
    commands: tuple[str, ...]
    """What was typed, in the folder of the unpacked archive."""
    ended: str
    """Time of the last result, ISO 8601."""
    environment: Mapping[str, str]

    def run(self, names: Mapping[str, int]) -> Run:
        """Return what was done with the files of the archive, for its RO-Crate."""
        results = [name for name in names if name.startswith((f"{RESULTS}/", f"{PAPERS}/")) and name != self.study]
        inputs = [name for name in names if name.startswith(f"{INPUTS}/") or name == self.study]
        return Run(self.title, self.commands, inputs, results, self.ended, self.study)

    def page(self) -> str:
        """Return the page for people."""
        commands = "\n".join(self.commands)
        versions = "\n".join(f"| {name} | {value} |" for name, value in self.environment.items())
        return _PAGE.format(
            title=self.title, kind=self.kind, commands=commands, versions=versions, ended=self.ended, manifest=MANIFEST
        )


def read_publication(folder: Path) -> Publication:
    """Return what an unpacked archive is; raises CaseRefused if it does not say so, or names files outside itself."""
    try:
        found = Publication.model_validate(json.loads((folder / PUBLICATION).read_bytes()))
    except FileNotFoundError:
        raise CaseRefused([Fault(PUBLICATION, "is missing: this is no archive of `gigasite publish`")]) from None
    except (ValueError, RecursionError) as error:
        rule = "is damaged, or of another version"
        if isinstance(error, ValidationError):
            first = error.errors(include_input=False)[0]
            rule += f": {'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise CaseRefused([Fault(PUBLICATION, rule)]) from None
    named = [name for name in (found.case, found.study, *found.papers) if name]
    faults = [
        Fault(PUBLICATION, "names what is not in the archive", value=name)
        for name in named
        if not is_plain(name) or not (folder / name).exists()
    ]
    if faults:
        raise CaseRefused(faults)
    return found


_PAGE = """# {title}

A {kind} of [gigasite](CITATION.cff): its inputs, question, answers and environment, published on {ended}.

```
sha256sum --check {manifest}      # every file is the one that was published
gigasite reproduce ARCHIVE.zip             # computes it again from these files, and compares every figure
```

| folder | what it holds |
|---|---|
| `inputs` | the tables of the case, overlays and scenarios; in `SOURCES.md`, if it has one, origin and licence |
| `results` | the {kind} as it was written |
| `papers` | papers whose numbers were checked against it, if any |

The program is under the MIT licence (`LICENSE`), the inputs under those of their sources. It was made by

```
{commands}
```

with

| what | version or size |
|---|---|
{versions}
"""
