"""The file of a workbook: what is none is refused in words, and what its reader would pass over in silence is found."""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree

from xlsxwriter.utility import xl_cell_to_rowcol

LARGEST_BYTES = 2 * 1024**3
"""A workbook that unpacks to more is refused: no case is that large, and it would fill the memory."""
LARGEST_SHEET = 50_000_000
"""Cells between the first and the last of a sheet; a lone cell far away would have all of them laid out."""

_OLE, _ZIP = b"\xd0\xcf\x11\xe0", b"PK\x03\x04"
_SAVE = "save it as an Excel workbook (.xlsx)"
_FORMULAS_OR_ERRORS = (b"<f>", b"<f ", b"<f/>", b":f>", b":f ", b":f/>", b't="e"', b"t='e'")
"""What a sheet without any of these has neither of; looking for them is much faster than parsing."""
_CHUNK = 16 * 1024**2
_COLUMN = re.compile(rb"""r=["']([A-Z]{1,3})[0-9]""")
_FAR_COLUMN = re.compile(rb"""r=["']([A-Z]{3})[0-9]""")
_ROW = re.compile(rb"""[<:]row [^>]*?\br=["']([0-9]+)""")

Cell = tuple[int, int]
"""Row and column, 1 is the first."""


class WorkbookRefused(Exception):
    """The file is no workbook that can be read; the text is the rule it breaks."""


class Archive:
    """The parts of a workbook's file; raises Refused unless it is a sound .xlsx without macros or password."""

    def __init__(self, raw: bytes, ending: str) -> None:
        if ending.lower() != ".xlsx":
            raise WorkbookRefused(f"is no case: a case is a folder or an .xlsx workbook; {_SAVE} if it is a workbook")
        if raw.startswith(_OLE):
            locked = "EncryptedPackage".encode("utf-16le") in raw
            raise WorkbookRefused(
                "is protected by a password: remove it" if locked else f"is an old .xls workbook: {_SAVE}"
            )
        if not raw.startswith(_ZIP):
            raise WorkbookRefused("is no Excel workbook, or damaged")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(raw))
            names = {*self._zip.namelist()}
            if "xl/workbook.xml" not in names:
                raise WorkbookRefused(f"is a file of another kind: {_SAVE}")
            if any(name.lower().endswith("vbaproject.bin") for name in names):
                raise WorkbookRefused(f"holds macros: {_SAVE}, without them")
            if self.unpacked_bytes > LARGEST_BYTES:
                raise WorkbookRefused(f"unpacks to more than {LARGEST_BYTES / 1024**3:g} GB")
            if hidden := next((part for part in self._zip.infolist() if _unpacks_to_more(raw, part)), None):
                raise WorkbookRefused(f"is damaged: its part {hidden.filename} unpacks to more than it says")
            if broken := self._zip.testzip():
                raise WorkbookRefused(f"is damaged: its part {broken} cannot be read")
            self._parts = dict(self._sheets())
            if absent := {*self._parts.values()} - names:
                raise WorkbookRefused(f"is damaged: its part {min(absent)} is missing")
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
            raise WorkbookRefused(f"is damaged: {error}") from None
        except (ElementTree.ParseError, KeyError) as error:
            raise WorkbookRefused(f"is damaged: its list of sheets cannot be read: {error}") from None

    @property
    def unpacked_bytes(self) -> int:
        """The bytes of all its parts, as they say."""
        return sum(part.file_size for part in self._zip.infolist())

    def _sheets(self) -> Iterator[tuple[str, str]]:
        """Yield the name and the part of every sheet."""
        links = ElementTree.fromstring(self._zip.read("xl/_rels/workbook.xml.rels"))
        targets = {link.attrib["Id"]: link.attrib["Target"] for link in links}
        for element in ElementTree.fromstring(self._zip.read("xl/workbook.xml")).iter():
            if _plain(element.tag) == "sheet":
                link = next(value for name, value in element.attrib.items() if _plain(name) == "id")
                yield element.attrib["name"], posixpath.normpath(posixpath.join("/xl", targets[link])).lstrip("/")

    def silent_cells(self, sheet: str) -> dict[Cell, tuple[str, str]]:
        """Return the cells of a sheet that read as empty but are not: what they show, and the rule they break.

        Raises Refused if the sheet is damaged, or so wide and long that reading it would fill the memory.
        """
        xml = self._zip.read(self._parts[sheet])
        last = _ROW.match(xml, max(xml.rfind(b"<row "), xml.rfind(b":row "), 0))
        rows = int(last[1]) if last else 0
        columns_of_cells = (_COLUMN if rows > LARGEST_SHEET / 702 else _FAR_COLUMN).findall(xml)  # 702 is ZZ
        columns = max((_position(letters.decode()) for letters in {*columns_of_cells}), default=0)
        if rows * columns > LARGEST_SHEET:
            reach = f"row {rows:,} and column {columns:,}"
            raise WorkbookRefused(f"reaches to {reach}: delete the rows and columns that do not belong to the table")
        if not any(mark in xml for mark in _FORMULAS_OR_ERRORS):
            return {}
        try:
            return dict(_silent_cells(xml))
        except ElementTree.ParseError as error:
            raise WorkbookRefused(f"is damaged: {error}") from None


def _silent_cells(xml: bytes) -> Iterator[tuple[Cell, tuple[str, str]]]:
    """Yield the cells with an error, and those with a formula but no value."""
    row = column = 0
    for event, element in ElementTree.iterparse(io.BytesIO(xml), events=("start", "end")):
        kind = _plain(element.tag)
        if event == "start" and kind == "row":
            row, column = int(element.get("r", row + 1)), 0
        elif event == "end" and kind == "c":
            letters = re.match(r"[A-Z]+", element.get("r", ""))
            column = _position(letters[0]) if letters else column + 1
            children = {_plain(child.tag): child.text or "" for child in element}
            if element.get("t") == "e":
                yield (row, column), (children.get("v", ""), "is an error of a formula")
            elif "f" in children and not children.get("v") and element.get("t") != "str":
                rule = "is a formula without a value: open the workbook in a spreadsheet program and save it"
                yield (row, column), (f"={children['f']}", rule)
        elif event == "end" and kind == "row":
            element.clear()


def _unpacks_to_more(raw: bytes, part: zipfile.ZipInfo) -> bool:
    """Tell whether a part that is compressed holds more than it says: its reader would be flooded, and not warned."""
    if part.compress_type != zipfile.ZIP_DEFLATED:
        return False
    head = raw[part.header_offset : part.header_offset + 30]
    begin = part.header_offset + 30 + int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
    packed, left = zlib.decompressobj(-zlib.MAX_WBITS), part.file_size + 1
    compressed = memoryview(raw)[begin : begin + part.compress_size]
    while left and compressed and not packed.eof:
        left -= len(packed.decompress(compressed, min(left, _CHUNK)))
        compressed = memoryview(packed.unconsumed_tail)
    return not left


def _plain(tag: str) -> str:
    """Return the name of an XML element or attribute without its namespace."""
    return tag.rpartition("}")[2]


def _position(letters: str) -> int:
    """Return the position of a column: A is 1."""
    return int(xl_cell_to_rowcol(f"{letters}1")[1]) + 1
