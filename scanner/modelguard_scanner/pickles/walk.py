"""Drives the machine over one pickle."""

from typing import Final

from modelguard_scanner.pickles.machine import Machine
from modelguard_scanner.pickles.opcodes import HANDLERS, Stopped

BATCH: Final = 32_768
"""Opcodes between two looks at the budget."""
IMPORT_WEIGHT: Final = 16
"""Values that one remembered import counts as, by the memory that it takes."""


def walk(machine: Machine) -> object:
    """Walk to STOP and return the stand-in of the value that would have been loaded.

    Raises:
        PickleError: no loader would get further than this.
        OverCap: the budget is spent.
    """
    handlers = HANDLERS
    done = 0
    try:
        while True:
            for done in range(1, BATCH + 1):  # noqa: B007  # read after STOP
                if machine.at >= len(machine.buffer):
                    machine.fill(1)
                opcode = machine.buffer[machine.at]
                machine.at += 1
                handlers[opcode](machine)
            held = len(machine.stack) + len(machine.memo)
            held += IMPORT_WEIGHT * (len(machine.seen.imports) + len(machine.seen.odd))
            machine.budget.count_opcodes(BATCH, held)
    except Stopped:
        if machine.position < machine.frame_end:
            machine.note("pickle-frame", "a frame goes on after STOP")
        machine.budget.count_opcodes(done, 0)
        return machine.pop()
