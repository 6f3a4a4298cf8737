"""Limits of dispatch: load that may be shed."""

from models.dispatch import UNSERVED_LIMIT
from optimizer.explain.elastic import ElasticModel
from optimizer.explain.limit_input import LimitText

SHED_SHARE = "power.shed_share"
PER_MILLE = 1000.0
TEXTS = {SHED_SHARE: LimitText("{amount} more of a day's load left unserved (a share)", "share", typical=1e-4)}


def hardly_any_load_is_shed(elastic: ElasticModel) -> None:
    """Relax shedding; the rows of the days get the slack as they are instantiated."""
    elastic.limit(f"dispatch.{UNSERVED_LIMIT}", SHED_SHARE, slack_per_unit=PER_MILLE)
