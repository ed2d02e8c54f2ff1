"""What Python's own library writes, and dill and cloudpickle for plain data."""

import array
import collections
import datetime as dt
import decimal
import enum
import fractions
import functools
import ipaddress
import math
import operator
import pathlib
import pickle
import re
import statistics
import types
import uuid
import zoneinfo
from http import HTTPStatus
from typing import Any

from tests.scanner.libraries.output import CUSTOM, Output


def pickles(out: Output) -> None:
    """Write plain and standard values by every protocol."""
    plain = {"a": list(range(1000)), "s": "x" * 500, "t": (1, 2, (3,)), "b": b"abc", "n": 2**70}
    shared = ["again"] * 3
    nested: list[Any] = []
    nested.append(nested)
    values = {
        "plain": plain,
        "numbers": [1.5, -1, 2**31, 2**64, float("inf"), True, None, 1j],
        "texts": ["ascii", "Grüße", "日本", "\ud800", "line\nfeed", "\\escaped", "", "x" * 300],
        "shared": {"a": shared, "b": shared, "self": nested},
        "sets": [{1, 2}, frozenset({3}), bytearray(b"y"), range(3), slice(1, 2), ...],
        "collections": [
            collections.OrderedDict(a=1),
            collections.defaultdict(list, a=[1]),
            collections.Counter("aab"),
            collections.deque([1, 2], maxlen=3),
            collections.ChainMap({"a": 1}),
        ],
        "times": [
            dt.datetime.now(dt.UTC),
            dt.date(2024, 1, 2),
            dt.time(1, 2),
            dt.timedelta(days=1),
            dt.timezone(dt.timedelta(hours=1)),
            zoneinfo.ZoneInfo("UTC"),
        ],
        "values": [
            decimal.Decimal("1.5"),
            fractions.Fraction(1, 3),
            uuid.UUID(int=5),
            pathlib.PurePosixPath("a/b"),
            re.compile("a+", re.IGNORECASE),
            array.array("d", [1.0, 2.0]),
        ],
        "addresses": [ipaddress.ip_address("10.0.0.1"), ipaddress.ip_network("10.0.0.0/8")],
        "namespace": types.SimpleNamespace(a=1),
        "types": [int, str, list, dict, float, bytes, type(None), complex, set],
        "functions": [len, sum, max, min, abs, sorted, zip, enumerate],
        "methods": [str.lower, str.split, str.strip, bytes.decode, list.copy],
        "maths": [math.sqrt, math.log, statistics.mean],
        "partials": [functools.partial(int, base=2), functools.partial(round, ndigits=1)],
        "operators": [operator.itemgetter("a", 1), operator.add, operator.mul],
    }
    custom = {"enum": HTTPStatus.OK, "attributes": operator.attrgetter("a.b"), "base": enum.Enum}
    for name, value in custom.items():
        out.pickle(name, value, right=CUSTOM)
    for name, value in values.items():
        out.pickle(name, value, *range(pickle.HIGHEST_PROTOCOL + 1))
    out.write("several.pkl", b"".join(pickle.dumps(number) for number in range(5)))
    out.write("out_of_band.pkl", pickle.dumps(bytearray(9), 5))


def by_value(out: Output) -> None:
    """Write plain data with dill and cloudpickle, which adds nothing to it."""
    import cloudpickle
    import dill

    values = {
        "plain": {"a": [1, 2.5, "x"], "b": (None, True)},
        "types": [int, dict, collections.OrderedDict(a=1)],
        "times": [dt.datetime(2024, 1, 2, tzinfo=dt.UTC), decimal.Decimal(1)],
    }
    for name, value in values.items():
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            out.write(f"{name}.{protocol}.dill", dill.dumps(value, protocol))
            out.write(f"{name}.{protocol}.cloudpickle", cloudpickle.dumps(value, protocol))
    function = functools.partial(sorted, key=operator.itemgetter(1))
    out.write("partial.dill", dill.dumps(function), CUSTOM)
    out.write("partial.cloudpickle", cloudpickle.dumps(function), CUSTOM)
