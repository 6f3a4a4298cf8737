from optimizer.audit import programmes
from tests.audit.tampering import breaking_test, inputs

test_every_rule_fails_where_it_is_broken = breaking_test(
    programmes.CHECKS,
    {
        "programme_has_its_compute": inputs("programmes", floor_kh100e=1000),
        "programme_has_its_sites": inputs("programmes", floor_sites=100),
    },
)
