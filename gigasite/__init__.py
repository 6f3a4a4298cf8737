"""The public interface: a case read, described, solved and audited from Python.

These names keep their meaning between releases; whatever else can be imported is private and may change.
"""

from gigasite._analysis import alternatives, pareto, sensitivity, stress
from gigasite._case import Case, CaseRefused, describe_case, read_case
from gigasite._plan import AuditReport, FolderRefused, NoPlan, Plan, Session, audit, read_plan, solve
from gigasite._study import StudyResults, read_study, run_study

__all__ = [
    "AuditReport",
    "Case",
    "CaseRefused",
    "FolderRefused",
    "NoPlan",
    "Plan",
    "Session",
    "StudyResults",
    "alternatives",
    "audit",
    "describe_case",
    "pareto",
    "read_case",
    "read_plan",
    "read_study",
    "run_study",
    "sensitivity",
    "solve",
    "stress",
]
