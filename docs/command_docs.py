"""The page of the commands, as the documentation has it: what each is for, its arguments, its options, exit codes."""

from typing import Any

from typer.main import get_command

from optimizer.cli import app
from optimizer.report.markdown import code, plain, section, table
from optimizer.runtime.exit_codes import MEANINGS


def command_docs() -> str:
    """Return the page, made from the commands themselves."""
    group: Any = get_command(app)
    parts = [section("# Commands", "`gigasite COMMAND --help` prints the same; `python -m optimizer` is `gigasite`.")]
    for name, command in group.commands.items():
        arguments = [each for each in command.params if each.param_type_name == "argument"]
        options = [each for each in command.params if each.param_type_name == "option" and each.help]
        said = [[code(each.name.upper()), plain(each.help or "")] for each in arguments]
        rows = [[", ".join(map(code, each.opts)), plain(each.help), _default(each.default)] for each in options]
        parts.append(
            section(
                f"## gigasite {name}",
                plain(command.help or ""),
                table(["argument", "what it is"], said, marked=True) if said else "",
                table(["option", "what it does", "by default"], rows, marked=True) if rows else "",
            )
        )
    heading, _, codes = MEANINGS.partition(": ")
    rows = [[number, words] for number, _, words in (each.partition(" ") for each in codes.split(" · "))]
    return "\n".join([*parts, section(f"## {heading}", "How a command ends.", table(["code", "meaning"], rows))])


def _default(value: object) -> str:
    """Return a default for people; empty where there is none to tell."""
    return "" if value is None or value is False or value == () or callable(value) else code(str(value))
