"""Drives the machine over one pickle."""

from typing import Final

from modelguard_scanner.pickles.machine import FrameError, Machine
from modelguard_scanner.pickles.opcodes import HANDLERS, Stopped

BATCH: Final = 32_768
"""Opcodes between two looks at the budget."""
IMPORT_WEIGHT: Final = 16
"""Values that one remembered import counts as, by the memory that it takes."""


def walk(machine: Machine) -> object:
    """Walk to STOP and return the stand-in of the value that would have been loaded.

    Raises:
        FrameError: readers differ in what comes next.
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
                if machine.frame_end and machine.base + machine.at >= machine.frame_end:
                    _leave_frame(machine)
            held = len(machine.stack) + len(machine.memo)
            held += IMPORT_WEIGHT * (len(machine.seen.imports) + len(machine.seen.odd))
            machine.budget.count_opcodes(BATCH, held)
    except Stopped:
        if machine.frame_end > machine.position:
            raise FrameError("a frame goes on after STOP", machine.position) from None
        if 0 < machine.frame_end < machine.position:
            _leave_frame(machine)
        machine.budget.count_opcodes(done, 0)
        return machine.pop()


def _leave_frame(machine: Machine) -> None:
    """End the frame where it says that it ends; nothing of an opcode may lie on both sides."""
    if machine.base + machine.at > machine.frame_end:
        raise FrameError("an argument crosses the end of its frame", machine.frame_end)
    machine.frame_end = 0
