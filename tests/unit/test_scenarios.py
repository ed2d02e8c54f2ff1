"""No scenario is forgotten: the table of scenarios against the contract and the modules."""

import inspect

import pytest

from lambdas.contract.functions import FUNCTIONS, Function
from tests.scenarios import MODULES, RACES, SCENARIOS, home


def test_every_function_of_the_contract_has_a_scenario() -> None:
    assert [name for name, scenarios in SCENARIOS.items() if not scenarios] == []


def test_every_function_of_the_contract_has_a_module_and_no_module_is_left_over() -> None:
    modules = {f"{module.__name__.replace('.', '/')}.py" for module in MODULES}
    assert modules == {home(spec.name) for spec in FUNCTIONS}


@pytest.mark.parametrize("spec", FUNCTIONS, ids=lambda spec: spec.name)
def test_every_public_function_of_a_module_is_registered_for_the_function_of_the_module(
    spec: Function,
) -> None:
    # GIVEN what looks like a scenario: everything but private helpers and imports
    (module,) = (one for one in MODULES if str(one.__file__).endswith(home(spec.name)))
    public = {
        function
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }
    assert {*SCENARIOS[spec.name], *RACES[spec.name]} == public
