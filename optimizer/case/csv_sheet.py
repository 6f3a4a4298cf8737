"""From the bytes of a CSV file to its cells: encoding, delimiter, rows with their physical lines, nothing guessed."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace

from optimizer.case.columns import share_named, table_like
from optimizer.case.faults import Fault, capped, suggestion
from optimizer.case.hourly_clock import split_title

BLANK = " \t\n\u00a0"
"""What may stand around a cell and is no part of it."""

LONGEST_CELL = 131_072
"""Letters; a longer cell is a quotation mark that was never closed, or no table."""


@dataclass(frozen=True)
class Sheet:
    """The cells of a CSV file or of a workbook's sheet, stripped: one list per row, as long as the header."""

    file: str
    header: list[str]
    rows: list[list[str]]
    lines: list[int]
    """Physical line on which each row starts."""
    header_line: int
    ended: bool
    """Whether the last row has a fault already or ends with a line end: its last cell was not cut short unseen."""
    refused: tuple[tuple[int, list[str]], ...] = ()
    """Line and cells of the rows that are longer or shorter than the header."""
    rows_complete: bool = True
    """Whether all rows were read, sound or refused."""
    clock: str = ""
    """The clock that the column `hour` of an hourly table states, empty for UTC."""
    delimiter: str = ""
    """What parts the cells of a CSV file."""

    def decimal_sign(self, declared: str | None, delimiter: str | None) -> str | None:
        """Return the decimal sign declared for a file, None if it has another delimiter: it was then saved anew."""
        return declared if delimiter in (None, self.delimiter) else None

    def cut_short(self) -> list[Fault]:
        """Return the fault of a last cell that may have lost its end."""
        if self.ended or not self.rows:
            return []
        rule = "the file ends within this line, so its last cell may be cut off: end it with a line end"
        return [Fault(self.file, rule, self.lines[-1], self.header[-1] or None, self.rows[-1][-1])]


def read_sheet(raw: bytes, file: str, declared: Collection[str]) -> tuple[Sheet | None, list[Fault]]:
    """Return the cells of a CSV file whose columns should be the declared ones, and its faults of form."""
    try:
        text = _decode(raw)
    except ValueError as error:
        return None, [Fault(file, str(error))]
    if "\0" in text:
        line = len(re.findall("\r\n?|\n", text[: text.index("\0")])) + 1
        return None, [Fault(file, "holds a NUL byte: damaged, or UTF-16 without its mark", line)]
    stream = io.StringIO(text, newline=None)
    first = stream.readline()
    skipped = 0
    if stated := re.fullmatch(r"sep=([,;\t|])\n?", first, re.IGNORECASE):
        skipped, delimiter = 1, stated[1]
    else:
        stream.seek(0)
        delimiter = max(",;\t|", key=lambda mark: len({*_cells(first, mark)} & {*declared}))
    records, faults = _records(stream, delimiter, file, skipped)
    if faults and not records:
        return None, faults
    sheet, wrong = sheet_of(records, file, declared, ended=text.endswith(("\n", "\r")))
    return sheet and replace(sheet, rows_complete=not faults, delimiter=delimiter), faults + wrong


def sheet_of(
    records: list[tuple[int, list[str]]], file: str, declared: Collection[str], ended: bool = True
) -> tuple[Sheet | None, list[Fault]]:
    """Return the sheet that (line, cells) of every row make, the first being the header, and its faults of form.

    There is none if the first row is no header of the declared columns: the other rows then mean nothing.
    """
    if not records:
        return None, [Fault(file, "is empty: the first line must name the columns")]
    (header_line, header), *below = records
    clock = ""
    if "hour" in declared:
        clock = "".join(split_title(title)[1] for title in header)
        header = [split_title(title)[0] for title in header]
    if rule := _header_rule(header, declared):
        return None, [Fault(file, rule, header_line)]
    faults = _header_faults(header, header_line, file, declared)
    complete = [(line, row) for line, row in below if len(row) == len(header)]
    refused = tuple((line, row) for line, row in below if len(row) != len(header))
    faults += capped(
        (
            Fault(file, f"has {len(row)} cells, the header has {len(header)}: cut off or shifted", line)
            for line, row in refused
        ),
        "rows like it",
    )
    ended = ended or below[-1:] != complete[-1:]
    rows, lines = [row for _, row in complete], [line for line, _ in complete]
    return Sheet(file, header, rows, lines, header_line, ended, refused, clock=clock), faults


def _decode(raw: bytes) -> str:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return raw.decode("utf-16")
        except UnicodeDecodeError:
            raise ValueError("is damaged: it begins like UTF-16 but cannot be read as such") from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    if not raw.decode("utf-8", errors="ignore").isascii():
        raise ValueError("mixes UTF-8 with another encoding, or is damaged: save it as UTF-8")
    try:
        return raw.decode("cp1252")
    except UnicodeDecodeError:
        raise ValueError("is neither UTF-8, UTF-16 nor Windows-1252: save it as UTF-8") from None


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return [cell.strip(BLANK) for cell in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error:
        return []


def _records(
    stream: io.StringIO, delimiter: str, file: str, skipped: int
) -> tuple[list[tuple[int, list[str]]], list[Fault]]:
    """Return (first physical line, cells) of every row that is not blank, up to the first that cannot be parsed."""
    csv.field_size_limit(LONGEST_CELL)  # one limit for the whole program, which libraries have raised
    reader = csv.reader(stream, delimiter=delimiter, skipinitialspace=True, strict=True)
    records: list[tuple[int, list[str]]] = []
    start = skipped + 1
    while True:
        try:
            row = [cell.strip(BLANK) for cell in next(reader)]
        except StopIteration:
            return records, []
        except csv.Error as error:
            reason = "a quotation mark is opened and never closed" if "unexpected end" in str(error) else str(error)
            return records, [Fault(file, f"cannot be read from here on: {reason}", start)]
        if any(row):
            records.append((start, row))
        start = reader.line_num + skipped + 1


def _header_rule(header: list[str], declared: Collection[str]) -> str | None:
    """Say why a first row is no header of a table, and whose it may be.

    It names none of the declared columns, or not the first of them, their key, and more of another table's.
    """
    own, (other, theirs) = share_named(header, declared), table_like(header)
    foreign = own < 0.5 and own < theirs and next(iter(declared)) not in header
    if own and not foreign:
        return None
    hint = f"; it names {theirs:.0%} of the columns of {other}" if theirs >= 0.5 else ""
    if "hour" in header and "hour" not in declared:
        hint = "; it is that of an hourly table"
    first = ", ".join(list(declared)[:6])
    return f"is no header: {f'only {own:.0%}' if own else 'none'} of the columns {first}, ... is named{hint}"


def _header_faults(header: list[str], line: int, file: str, declared: Collection[str]) -> list[Fault]:
    faults = [
        Fault(file, f"the column appears {times} times", line, name)
        for name, times in Counter(header).items()
        if times > 1 and name
    ]
    missing = [name for name in declared if name not in header]
    unknown: list[Fault] = []
    for name in dict.fromkeys(header):
        if not name:
            faults.append(Fault(file, "a column has no name", line))
        elif name not in declared:
            unknown.append(Fault(file, "unknown column" + suggestion(name, missing), line, name))
    return faults + capped(unknown, "unknown columns", alike=lambda _: None)
