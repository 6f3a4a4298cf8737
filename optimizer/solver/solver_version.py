"""Whether the installed solver is the version that this program was tested with."""

from importlib.metadata import requires, version


def pinned_version() -> str:
    """Return the version of HiGHS that this program is pinned to."""
    return next(name for name in requires("gigasite") or () if name.startswith("highspy==")).removeprefix("highspy==")


def version_warning() -> str:
    """Return a warning for people where another version of HiGHS is installed; empty where it is the one tested."""
    installed, tested = version("highspy"), pinned_version()
    if installed == tested:
        return ""
    return (
        f"HiGHS {installed} is installed, this program was tested with {tested}: `gigasite doctor` tries it on "
        f"programmes whose optimum is known; pip install highspy=={tested} installs the version tested"
    )
