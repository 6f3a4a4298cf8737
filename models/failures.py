"""What fails together, what a delay costs, and what of a plan is left then: figures that are always reported."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from models.case import Case
from models.plan import Plan, ResilienceRow
from models.terms import totals
from models.timeline import first_year, service_share, until
from models.upper_bounds import density_kh100e_per_mw

FAILURES = ("sites", "substations", "countries", "risks")
"""What may be lost: a site, all sites of a substation or a country, all that share a risk of the table `shared_risks`."""
COUNTED = (1, 2, 3)
"""Sites lost, or late, of which every plan says what is left."""
NOTHING = 1e-9


def groups(case: Case) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Return for every kind of failure what may be lost, and the sites that go with it."""
    found: dict[str, defaultdict[str, list[str]]] = {failure: defaultdict(list) for failure in FAILURES}
    for site, row in case.sites.items():
        for failure, name in zip(FAILURES, (site, row.substation, row.country), strict=False):
            found[failure][name].append(site)
    for risk, site in case.shared_risks:
        found["risks"][risk].append(site)
    return {failure: {name: tuple(sites) for name, sites in sorted(of.items())} for failure, of in found.items()}


def late_share(case: Case, chip: str, bought: str, period: str) -> float:
    """Return the share of a period that a chip of a purchase serves less if it comes `resilience.delayed_years` later.

    What it serves longer at the end of its life is not counted against it: a later purchase may be late in its place.
    """
    life, start = case.chips[chip].life_years, first_year(case, bought)
    late = service_share(case, start + case.settings.resilience.delayed_years, life, period)
    return max(0.0, service_share(case, start, life, period) - late)


def resilience(case: Case, plan: Plan) -> Iterator[ResilienceRow]:
    """Yield for every period what is left of its compute after the worst losses, and after the worst delays."""
    rules, lost_together = case.settings.resilience, groups(case)
    for period in case.periods:
        served = totals((each.site, each.served_kh100e * (each.period == period)) for each in plan.service)
        late, new = dict.fromkeys(case.sites, 0.0), 0.0
        for chips in plan.chips:
            if chips.period in until(case, period):
                kh100e = density_kh100e_per_mw(case, chips.chip) * chips.fitted_mw
                life = case.chips[chips.chip].life_years
                new += kh100e * service_share(case, first_year(case, chips.period), life, period)
                late[chips.site] += kh100e * late_share(case, chips.chip, chips.period, period)
        for failure, members in lost_together.items():
            losses = {name: sum(served[site] for site in sites) for name, sites in members.items()}
            asked = getattr(rules, f"{failure}_lost")
            yield from _rows(
                period, failure, losses, sum(served.values()), asked, COUNTED if failure == "sites" else (1,)
            )
        yield from _rows(period, "delays", late, new, rules.delayed_sites, COUNTED)


def _rows(
    period: str, failure: str, losses: Mapping[str, float], whole: float, asked: int, counted: tuple[int, ...]
) -> Iterator[ResilienceRow]:
    """Yield what is left of a whole after the worst losses, as many as are always counted and as the scenario asks."""
    worst = sorted((name for name in losses if losses[name] > NOTHING), key=lambda name: (-losses[name], name))
    for number in sorted({*counted, asked} - {0} if losses else ()):
        lost = sum(losses[name] for name in worst[:number])
        yield ResilienceRow.model_validate(
            {
                "period": period,
                "failure": failure,
                "number": number,
                "lost": ", ".join(worst[:number]),
                "lost_kh100e": lost,
                "remaining_share": max(0.0, 1 - lost / whole) if whole > NOTHING else 1.0,
            }
        )
