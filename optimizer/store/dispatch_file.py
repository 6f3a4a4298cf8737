"""The dispatch of a plan on disk: `dispatch.parquet` holds the numbers, `plan.json` their names and digests."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.case import Array
from models.plan import Hourly, HourlyNames

DISPATCH = "dispatch.parquet"
DIGITS = 16
"""Digits of a digest, which locates a changed number; the fingerprint of all files shows that none was changed."""
AXES = ("series", "period", "day", "hour")


class DispatchHeader(HourlyNames):
    """What `plan.json` states of the dispatch; its numbers are in `dispatch.parquet`, in the order of these names."""

    sha256: Mapping[str, tuple[str, ...]]
    """First digits of the hash of all numbers of each series (kinds by name), period, day and hour of a day."""


def write_dispatch(hourly: Hourly, file: Path) -> None:
    """Write the dispatch in long form: a row per kind, key, period, day and hour, in that order, kinds by name."""
    import pyarrow as pa
    import pyarrow.parquet as parquet

    kinds = sorted(hourly.keys)
    keys = sorted({key for names in hourly.keys.values() for key in names})
    rank = {key: number for number, key in enumerate(keys)}
    shape = {kind: hourly.shape(kind) for kind in kinds}

    def labelled(positions: NDArray[np.int32], axis: int, labels: list[str]) -> Any:
        on_axis = positions.reshape([-1 if place == axis else 1 for place in range(4)])
        return pa.DictionaryArray.from_arrays(
            np.broadcast_to(on_axis, shape[kind]).ravel(), pa.array(labels, pa.string())
        )

    names = {name: pa.dictionary(pa.int32(), pa.string()) for name in ("period", "day", "kind", "key")}
    columns = ("period", "day", "hour", "kind", "key", "value")
    schema = pa.schema([(name, names.get(name, pa.int32() if name == "hour" else pa.float64())) for name in columns])
    options: dict[str, Any] = {"compression": "zstd", "use_dictionary": list(columns[:-1])}
    options["column_encoding"] = {"value": "BYTE_STREAM_SPLIT"}
    # the library takes a path only if it is UTF-8
    with file.open("wb") as stream, parquet.ParquetWriter(stream, schema, **options) as writer:
        for number, kind in enumerate(kinds):
            _, periods, days, hours = (np.arange(length, dtype=np.int32) for length in shape[kind])
            table = {
                "period": labelled(periods, 1, list(hourly.periods)),
                "day": labelled(days, 2, list(hourly.days)),
                "hour": np.broadcast_to(hours, shape[kind]).ravel(),
                "kind": labelled(np.array([number], dtype=np.int32), 0, kinds),
                "key": labelled(np.array([rank[key] for key in hourly.keys[kind]], dtype=np.int32), 0, keys),
                "value": hourly.values[kind].ravel(),
            }
            writer.write_table(pa.table(table, schema))


def read_values(file: Path, names: HourlyNames) -> dict[str, Array]:
    """Return the numbers of a dispatch by kind, given its names as `plan.json` has them.

    Raises ValueError if there are more or less of them than names, and OSError or pyarrow's own for what is no file.
    """
    import pyarrow.parquet as parquet

    with file.open("rb") as stream, parquet.ParquetFile(stream) as stored:
        values = np.concatenate([np.from_dlpack(part) for part in stored.read(["value"])["value"].chunks])
    shapes = {kind: names.shape(kind) for kind in sorted(names.keys)}
    sizes = [int(np.prod(shape)) for shape in shapes.values()]
    if values.dtype != np.float64 or len(values) != sum(sizes):
        raise ValueError(f"it holds {len(values):,} numbers ({values.dtype}), not {sum(sizes):,}")
    parts = np.split(values, np.cumsum(sizes)[:-1])
    return {kind: part.reshape(shape) for (kind, shape), part in zip(shapes.items(), parts, strict=True)}


def dispatch_header(hourly: Hourly) -> DispatchHeader:
    """Return the names of a dispatch with its digests.

    A number is in one series, period, day and hour: where one is changed, four digests no longer fit, which locate it.
    """
    arrays = [hourly.values[kind] for kind in sorted(hourly.values)]
    found = {"series": tuple(_digest([series]) for array in arrays for series in array)}
    for axis, name in enumerate(AXES[1:], start=1):
        slices = [np.ascontiguousarray(np.moveaxis(array, axis, 0)) for array in arrays]
        found[name] = tuple(_digest(parts) for parts in zip(*slices, strict=True))
    return DispatchHeader(**hourly.model_dump(), sha256=found)


def first_change(hourly: Hourly, stated: DispatchHeader) -> str:
    """Return where a dispatch is not the one that was written, by its digests; empty if it is."""
    now = dispatch_header(hourly).sha256
    if now == stated.sha256:
        return ""
    wrong = {axis: list(_differing(now[axis], stated.sha256.get(axis, ()))) for axis in AXES}
    if not all(wrong.values()):
        return "the digests of the dispatch (hourly.sha256) are not as they were written"
    series, period, day, hour = (places[0] for places in wrong.values())
    names = [(kind, key) for kind in sorted(hourly.keys) for key in hourly.keys[kind]]
    kind, key = names[series]
    value = hourly.by_key(kind)[key][period, day, hour]
    line = int(np.ravel_multi_index((series, period, day, hour), (len(names), *hourly.shape(kind)[1:]))) + 2
    where = f"{kind} of {key}, {hourly.periods[period]}, {hourly.days[day]}, hour {hour}"
    return f"line {line}, column value ({where}) is {value}, which is not what was written"


def _digest(parts: Iterable[Array]) -> str:
    found = hashlib.sha256()
    for part in parts:
        found.update(part)  # type: ignore[arg-type]
    return found.hexdigest()[:DIGITS]


def _differing(found: Sequence[str], stated: Sequence[str]) -> Iterator[int]:
    return (place for place, digest in enumerate(found) if stated[place : place + 1] != (digest,))
