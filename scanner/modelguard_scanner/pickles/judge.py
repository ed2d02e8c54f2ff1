"""Decides whether bytes are pickles, and what they would do."""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from modelguard_scanner.catalogue.pickles import (
    BY_ID,
    PICKLE_CALL_UNUSUAL,
    PICKLE_CODE,
    PICKLE_IMPORT_DANGEROUS,
    PICKLE_IMPORT_HIDDEN,
    PICKLE_IMPORT_UNKNOWN,
    PICKLE_RAW_OPCODES,
    PICKLE_TRAILING,
    TORCH_STORAGE,
)
from modelguard_scanner.dtypes import TORCH_BYTES
from modelguard_scanner.limits import ScanError
from modelguard_scanner.pickles.arrays import ArrayReader
from modelguard_scanner.pickles.machine import Machine, PickleError
from modelguard_scanner.pickles.nested import MAX_NESTED, inspect_nested
from modelguard_scanner.pickles.values import GETATTR, LOOKUP, Global, Observer
from modelguard_scanner.pickles.walk import walk
from modelguard_scanner.report import Severity
from modelguard_scanner.rules import (
    acts_when_imported,
    is_dangerous_name,
    is_module_path,
    is_standard_library,
    is_torchscript,
    modern,
)
from modelguard_scanner.source import SubSource

if TYPE_CHECKING:
    from modelguard_scanner.scanning import Member, Scan

TORCH_LEGACY_MAGIC: Final = 0x1950A86A20F9469CFC6C
TORCH_LEGACY_PICKLES: Final = 5
LAST_PROTOCOL: Final = b"\x0f"
"""Highest protocol that makes bytes claim to be a pickle; those after 5 are not read yet."""
DELIBERATE: Final = frozenset({"pickle-import-hidden", "pickle-build-import"})
"""Rules for what is only written to hide something."""


@dataclass(slots=True)
class Outcome:
    """How the walk over one pickle ended; `error` is None when it reached STOP."""

    seen: Observer
    headed: bool
    end: int
    value: object = None
    memo: dict[int, object] = field(default_factory=dict)
    error: ScanError | None = None

    def acts(self) -> bool:
        """Return whether a loader would do anything that matters, or a pickle was meant."""
        deliberate = any(rule in DELIBERATE for rule, _ in self.seen.odd)
        acted = self.seen.odd and (self.seen.calls or self.error is None)
        return bool(self.headed or self.seen.imports or deliberate or acted)

    def is_pickle(self) -> bool:
        """Return whether a loader would treat the bytes as a pickle, as far as it would get."""
        return self.headed or not isinstance(self.error, PickleError)


class PickleReader:
    """Reads the pickles of one member, one after the other."""

    def __init__(self, scan: "Scan", member: "Member", nesting: int = 0) -> None:
        self.scan = scan
        self.member = member
        self.nesting = nesting
        self.outcomes: list[Outcome] = []
        self.storages: dict[str, tuple[str, int]] = {}
        self.raw_arrays: list[tuple[int, int]] = []

    def read_all(self) -> bool:
        """Judge all pickles from the start of the member on; return whether it holds any."""
        offset = 0
        memo: dict[int, object] = {}
        while offset < self.member.source.size:
            outcome = self._walk(offset)
            if memo:
                self._judge_as_continued(offset, memo)
            self.outcomes.append(outcome)
            memo |= outcome.memo
            if outcome.error is not None:
                break
            offset = outcome.end
            if self._is_torch_legacy():
                offset += self._torch_storages()
                break
        return self._conclude(offset)

    def read_one(self, offset: int) -> int:
        """Judge the pickle at `offset`, which must be one, and return where it ends."""
        outcome = self._walk(offset)
        self._judge(outcome)
        if outcome.error is not None:
            raise outcome.error
        return outcome.end

    def _walk(self, offset: int, memo: dict[int, object] | None = None) -> Outcome:
        source = self.member.source
        start = source.read_at(offset, 2)
        headed = start[:1] == b"\x80" and b"" < start[1:] <= LAST_PROTOCOL
        machine = Machine(source, offset, self.scan.budget, ArrayReader(self))
        machine.memo = memo or {}
        outcome = Outcome(machine.seen, headed, offset)
        try:
            outcome.value = walk(machine)
        except ScanError as error:
            outcome.error = error
        outcome.end = machine.position
        outcome.headed = headed or machine.framed
        outcome.memo = machine.memo
        return outcome

    def _conclude(self, offset: int) -> bool:
        """Judge what was walked; data that looked like a pickle by chance is left alone."""
        last = self.outcomes[-1] if self.outcomes else None
        if last is None:
            return False
        broken = last.error is not None and not last.is_pickle()
        if broken and not any(outcome.acts() for outcome in self.outcomes[:-1]):
            return self._judge_broken(last)
        for outcome in self.outcomes:
            self._judge(outcome)
        if self.raw_arrays:
            self._read_as_plain_pickle()
        rest = self.member.source.size - offset
        if broken or (last.error is None and rest):
            message = f"{rest} bytes follow the pickle and are none"
            self.scan.find(self.member, PICKLE_TRAILING, message, offset)
        elif last.error is not None:
            self.scan.fail(self.member, last.error)
        self.scan.facts.add_format("pickle")
        return True

    def _judge_as_continued(self, offset: int, memo: dict[int, object]) -> None:
        """Report dangers that a loader meets which goes on with the memo of earlier pickles."""
        continued = self._walk(offset, dict(memo)).seen
        for (module, name), at in continued.imports.items():
            if self.scan.rules.judge(module, name) is Severity.MALICIOUS:
                self._judge(Outcome(Observer({(module, name): at}), headed=True, end=0))
        if any(rule == "pickle-import-hidden" for rule, _ in continued.odd):
            self.scan.find(self.member, PICKLE_IMPORT_HIDDEN, "", offset)

    def _judge_broken(self, outcome: Outcome) -> bool:
        """Judge bytes without a pickle's header that break off: what was imported was imported.

        Any line of text that starts with `c` imports a module that hardly ever exists. Without a
        call only modules that act when they are imported count, and names that do exist.
        """
        seen = outcome.seen
        seen.imports = {
            (module, name): offset
            for (module, name), offset in seen.imports.items()
            if is_module_path(module)
            and (seen.calls or acts_when_imported(module) or is_dangerous_name(module, name))
        }
        if not outcome.acts():
            return False
        self._judge(outcome)
        if outcome.error is not None:
            self.scan.fail(self.member, outcome.error)
        self.scan.facts.add_format("pickle")
        return True

    def _read_as_plain_pickle(self) -> None:
        """Judge what `pickle.load` would do where joblib reads raw arrays: run into their bytes."""
        machine = Machine(self.member.source, 0, self.scan.budget)
        with suppress(PickleError):
            walk(machine)
        arrays = [(start, end) for start, end in self.raw_arrays if start < end]
        if any(machine.position >= end for _, end in arrays):
            message = "a raw array is made of opcodes"
            self.scan.find(self.member, PICKLE_RAW_OPCODES, message)
        seen = Observer()
        for (module, name), offset in machine.seen.imports.items():
            if self.scan.rules.judge(module, name) is Severity.MALICIOUS:
                seen.imports[module, name] = offset
        for what, offset in machine.seen.odd.items():
            by_chance = what[0] == "pickle-memo"  # one opcode suffices
            if not by_chance and any(start <= offset <= end for start, end in arrays):
                seen.odd[what] = offset
        self._judge(Outcome(seen, headed=True, end=0))

    def _judge(self, outcome: Outcome) -> None:
        seen = outcome.seen
        quiet = outcome.error is None and self._is_quiet(seen)
        self._judge_imports(seen, quiet=quiet)
        self._judge_uses(seen, outcome.end, quiet=quiet)
        for dtype, shape in seen.tensors:
            self.scan.facts.add_tensor(dtype, shape)
        for library, version in seen.versions.items():
            self.scan.facts.add_version(library, version)
        for blob in seen.nested:
            inner = SubSource(self.member.source, blob.offset, blob.size)
            self.scan.inspect(self.scan.inner(self.member, inner, f"bytes@{blob.offset}"))
        if self.nesting < MAX_NESTED:
            known = {blob.offset for blob in seen.nested}
            for place in seen.inner:
                if place[0] not in known:
                    inspect_nested(self.scan, self.member, place, self._read_nested)
        self.storages |= seen.storages

    def _is_quiet(self, seen: Observer) -> bool:
        """Return whether a pickle does only plain lookups, apart from what libraries write."""
        return (
            not seen.odd
            and seen.uncalled <= 0
            and all(rule == LOOKUP for rule, _ in seen.unusual)
            and all(
                self._severity(module, name) is Severity.INFO
                or (LOOKUP, Global(module, name)) in seen.unusual
                for module, name in seen.imports
            )
        )

    def _judge_imports(self, seen: Observer, *, quiet: bool) -> None:
        words = seen.words
        if not OWN_FIELDS.isdisjoint(seen.imports):
            words = words - {"__globals__"}
        for (module, name), offset in seen.imports.items():
            severity = self._severity(module, name)
            if quiet and severity is Severity.MALICIOUS:
                message = f"makes a function that looks up attributes, by {module}.{name}"
                self.scan.find(self.member, PICKLE_IMPORT_UNKNOWN, message, offset)
            elif name == "__dict__" and self._are_globals(module, seen):
                message = f"carries code that uses the variables of {module}"
                self.scan.find(self.member, PICKLE_CODE, message, offset)
            elif severity is Severity.MALICIOUS and not _is_code(module, name):
                message = f"imports {module}.{name}, which can run code or reach outside"
                self.scan.find(self.member, PICKLE_IMPORT_DANGEROUS, message, offset)
            elif severity is not Severity.INFO and _is_code(module, name):
                message = f"carries code, restored by {module}.{name}"
                self.scan.find(self.member, PICKLE_CODE, message, offset)
                if words:
                    message = f"carries code that names {', '.join(sorted(words))}"
                    self.scan.find(self.member, PICKLE_IMPORT_DANGEROUS, message, offset)
            elif severity is Severity.SUSPICIOUS:
                message = f"imports {module}.{name}, which is on no list"
                self.scan.find(self.member, PICKLE_IMPORT_UNKNOWN, message, offset)

    def _are_globals(self, module: str, seen: Observer) -> bool:
        """Return whether dill names a module's variables for a function that it carries."""
        harmless = module == "__main__" or (
            not is_standard_library(module)
            and self._severity(module, "_") is not Severity.MALICIOUS
        )
        used = {rule for rule, _ in seen.unusual} | {rule for rule, _ in seen.odd}
        carried = ("dill._dill", "_create_function") in seen.imports
        return harmless and carried and used.isdisjoint(WRITING)

    def _judge_uses(self, seen: Observer, end: int, *, quiet: bool) -> None:
        if seen.uncalled > 0:
            message = "hands on a function that unpickles, reads raw bytes or looks up attributes"
            seen.odd.setdefault(("pickle-nested-hidden", message), end)
        for (rule, used), offset in seen.unusual.items():
            if used in GETATTR and rule == LOOKUP and quiet:
                message = f"looks up an attribute by {used}, and does nothing with it"
                self.scan.find(self.member, PICKLE_CALL_UNUSUAL, message, offset)
            elif used in GETATTR:
                message = f"looks up attributes by {used}, as no library writes it"
                self.scan.find(self.member, PICKLE_IMPORT_DANGEROUS, message, offset)
            elif self._is_judged_by_use(used):
                self.scan.find(self.member, BY_ID[rule], f"{BY_ID[rule].summary}: {used}", offset)
        for (rule, message), offset in seen.odd.items():
            self.scan.find(self.member, BY_ID[rule], message, offset)

    def _read_nested(self, scan: "Scan", member: "Member") -> bool:
        return PickleReader(scan, member, self.nesting + 1).read_all()

    def _severity(self, module: str, name: str) -> Severity:
        return self.scan.rules.judge(module, name, torchscript=self.member.in_torchscript)

    def _is_judged_by_use(self, name: Global) -> bool:
        """Return whether a name is allowed for the uses in the catalogue only."""
        module = modern(name.module)
        if self.scan.rules.allows(module, name.name):
            return False
        if self.member.in_torchscript and is_torchscript(module, name.name):
            return False
        return self._severity(module, name.name) is Severity.INFO

    def _is_torch_legacy(self) -> bool:
        return (
            len(self.outcomes) == TORCH_LEGACY_PICKLES
            and self.outcomes[0].value == TORCH_LEGACY_MAGIC
        )

    def _torch_storages(self) -> int:
        """Return the bytes of the storages that follow a legacy PyTorch file's pickles."""
        self.scan.facts.add_format("pytorch-legacy")
        size, rest = 0, self.member.source.size - self.outcomes[-1].end
        for dtype, count in self.outcomes[3].seen.storages.values():
            if count < 0 or dtype not in TORCH_BYTES:
                self._fail_storages(f"a storage of unknown size: {dtype}")
                return rest
            size += 8 + count * TORCH_BYTES[dtype]
        if size > rest:
            self._fail_storages("the storages are cut off")
        return min(size, rest)

    def _fail_storages(self, message: str) -> None:
        self.scan.fail(self.member, ScanError(TORCH_STORAGE, message, self.outcomes[-1].end))


CODE_LOADERS: Final = frozenset(
    {"dill._dill", "cloudpickle.cloudpickle", "cloudpickle.cloudpickle_fast"}
)
"""What restores functions and classes that are pickled by value."""
PUBLIC_CODE: Final = frozenset({"subimport"})
OWN_FIELDS: Final = frozenset(
    {
        ("cloudpickle.cloudpickle", "_function_setstate"),
        ("cloudpickle.cloudpickle_fast", "_function_setstate"),
    }
)
"""What cloudpickle hands a dictionary with the key `__globals__`, for every function."""
WRITING: Final = frozenset({"pickle-items-unusual", "pickle-build-import"})
"""Rules for what changes something that is not the pickle's own."""


def _is_code(module: str, name: str) -> bool:
    return module in CODE_LOADERS and (name[:1] == "_" or name in PUBLIC_CODE) and "." not in name


def inspect_pickle(scan: "Scan", member: "Member") -> bool:
    """Judge the member as pickles; return False if it is not one."""
    return PickleReader(scan, member).read_all()
