import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
FAILS = """import pytest
def test_asks(): pytest.skip("no folder beside")
@pytest.mark.skipif(True, reason="no folder")
def test_marked(): pass
@pytest.mark.skip
def test_bare(): pass
@pytest.mark.parametrize("number", [])
def test_empty(number): pass
"""
SOUND = """import pytest
def test_passes(): pass
def test_lacks(): pytest.skip("platform: no such signal")
@pytest.mark.xfail
def test_wrong(): assert False
"""
MODULE = "import pytest\npytest.importorskip('no_such_library')\n"


def test_nothing_skips_but_for_the_platform(tmp_path: Path) -> None:
    for name, text in {"fails": FAILS, "sound": SOUND, "module": MODULE}.items():
        (tmp_path / f"test_{name}.py").write_text(text)
    words = ("-m", "pytest", "-p", "tests.skips", "-p", "no:cacheprovider", "--rootdir", tmp_path, "-rA", tmp_path)
    run = subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "--continue-on-collection-errors"},
        capture_output=True,
        text=True,
        check=False,
    )
    told = {Path(name).name for name in re.findall(r"^(?:FAILED|ERROR) (\S+)", run.stdout, flags=re.MULTILINE)}
    wrong = {f"test_fails.py::test_{name}" for name in ("asks", "marked", "bare", "empty[NOTSET]")}
    assert told == wrong | {"test_module.py"}, run.stdout
    assert "1 failed, 1 passed, 1 skipped, 1 xfailed, 4 errors" in run.stdout
