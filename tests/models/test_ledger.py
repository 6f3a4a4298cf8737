import pyomo.environ as pyo
import pytest

from models import ledger


@pytest.fixture
def model() -> pyo.ConcreteModel:
    model = pyo.ConcreteModel()
    model.closed_ledgers = set()
    for name, amount in (("halls", 3), ("chips", 4)):
        model.add_component(name, pyo.Block(concrete=True))
        model.component(name).capex_meur = pyo.Expression(["p1"], initialize=amount)
    model.other = pyo.Block(concrete=True)
    return model


def test_a_total_adds_every_block_with_an_entry(model: pyo.ConcreteModel) -> None:
    assert [block.name for block in ledger.contributors(model, "capex_meur")] == ["halls", "chips"]
    assert pyo.value(ledger.total(model, "capex_meur", "p1")) == 7
    assert pyo.value(ledger.total(model, "capex_meur", "p2")) == 0  # nothing was entered there


def test_a_total_closes_its_ledger(model: pyo.ConcreteModel) -> None:
    ledger.check_open(model, model.halls)
    ledger.total(model, "capex_meur", "p1")
    ledger.check_open(model, model.other)
    with pytest.raises(ValueError, match="aspect halls adds to capex_meur after the total was taken"):
        ledger.check_open(model, model.halls)
