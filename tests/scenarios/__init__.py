"""Scenarios of each function, which together use everything that its role allows.

A scenario takes a deployment and ends with a failed assertion when something does not work,
whether the function reports it or silently does nothing. Each uses a name of its own, so that
any number of them can run on one deployment, in any order.

A permission that a function gets needs a scenario that fails without it, in the module of that
function. Every module of this package is imported here, and every public function in one must be
registered, so none can be forgotten.
"""

import importlib
import pkgutil

from tests.scenarios.table import RACES, SCENARIOS, fails, home

MODULES = [
    importlib.import_module(f"{__name__}.{found.name}")
    for found in pkgutil.iter_modules(__path__)
    if found.name != "table"
]
"""One module for each function of the contract, named as its package."""

__all__ = ["MODULES", "RACES", "SCENARIOS", "fails", "home"]
