"""The table of scenarios, filled by decorators where the scenarios are defined."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from lambdas.contract.functions import FUNCTIONS
from tests.support.deployments import Deployment, InMemory

_Deployed = TypeVar("_Deployed", bound=Deployment)
Scenario = Callable[[Deployment], None]
Race = Callable[[InMemory], None]

SCENARIOS: dict[str, list[Scenario]] = {spec.name: [] for spec in FUNCTIONS}
"""The scenarios of each function of the contract."""
RACES: dict[str, list[Race]] = {spec.name: [] for spec in FUNCTIONS}
"""Scenarios that depend on the right moment, which takes a deployment in this process."""


def scenario(function: str) -> Callable[[Scenario], Scenario]:
    """Register a scenario of a function of the contract."""
    return _into(SCENARIOS[function])


def race(function: str) -> Callable[[Race], Race]:
    """Register a scenario that depends on the right moment."""
    return _into(RACES[function])


def _into(
    registered: list[Callable[[_Deployed], None]],
) -> Callable[[Callable[[_Deployed], None]], Callable[[_Deployed], None]]:
    def register(one: Callable[[_Deployed], None]) -> Callable[[_Deployed], None]:
        registered.append(one)
        return one

    return register


def home(function: str) -> str:
    """Return the path of the module that holds a function's scenarios."""
    (spec,) = (spec for spec in FUNCTIONS if spec.name == function)
    return f"tests/scenarios/{spec.module.rpartition('.')[2]}.py"


def fails(one: Callable[[_Deployed], None], deployment: _Deployed) -> bool:
    """Return whether a scenario does not work."""
    try:
        one(deployment)
    except AssertionError:
        return True
    return False
