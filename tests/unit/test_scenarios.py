"""No scenario is forgotten: the table of scenarios against the contract and the modules."""

import inspect

from lambdas.contract.functions import FUNCTIONS
from tests.scenarios import MODULES, RACES, SCENARIOS


def test_every_function_of_the_contract_has_a_scenario() -> None:
    assert [name for name, scenarios in SCENARIOS.items() if not scenarios] == []


def test_every_function_of_the_contract_has_a_module_that_is_named_as_its_package() -> None:
    # GIVEN the last part of each, such as `models`
    packages = {spec.module.rpartition(".")[2] for spec in FUNCTIONS}
    assert {module.__name__.rpartition(".")[2] for module in MODULES} == packages


def test_every_public_function_of_a_module_is_registered_for_the_function_of_that_module() -> None:
    for spec, module in ((spec, module) for spec in FUNCTIONS for module in MODULES):
        if spec.module.rpartition(".")[2] == module.__name__.rpartition(".")[2]:
            # GIVEN what looks like a scenario: all but private helpers and imports
            public = {
                function
                for name, function in inspect.getmembers(module, inspect.isfunction)
                if function.__module__ == module.__name__ and not name.startswith("_")
            }

            assert {*SCENARIOS[spec.name], *RACES[spec.name]} == public
