"""A test may skip for what the platform has not, and for nothing else: its reason begins with `platform: `."""

from collections.abc import Generator

import pytest

Report = pytest.TestReport | pytest.CollectReport


def _refuse(report: Report) -> None:
    reason = report.longrepr[2] if report.skipped and isinstance(report.longrepr, tuple) else ""
    if reason and "platform: " not in reason:
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} skips for no fault of the platform ({reason}), so nobody would see it fail"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test that skips for another reason."""
    report = yield
    _refuse(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Fail a module that skips for another reason."""
    report = yield
    _refuse(report)
    return report
