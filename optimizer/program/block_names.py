"""Names of a programme's rows or columns, put together when they are asked for: a year of days has too many to hold."""

from collections.abc import Iterator, Sequence
from typing import overload


class BlockNames(Sequence[str]):
    """The names of the investments, then for every day its prefix before each name of the template."""

    def __init__(self, first: Sequence[str], prefixes: Sequence[str], local: Sequence[str]) -> None:
        """Take the investments' names, the days' prefixes, and the names within a day."""
        self._first, self._prefixes, self._local = first, prefixes, local

    def __len__(self) -> int:
        return len(self._first) + len(self._prefixes) * len(self._local)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        inside = range(len(self))[place] - len(self._first)
        if inside < 0:
            return self._first[inside]
        day, here = divmod(inside, len(self._local))
        return self._prefixes[day] + self._local[here]

    def __iter__(self) -> Iterator[str]:
        yield from self._first
        for prefix in self._prefixes:
            for name in self._local:
                yield prefix + name

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str):
            return NotImplemented
        return len(self) == len(other) and all(one == two for one, two in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]
