"""pandas, polars and pyarrow: tables in memory and in the formats that they write."""

import pickle

from tests.scanner.libraries.output import Output


def pandas_files(out: Output) -> None:
    """Write frames of every kind of column, index and compression."""
    import numpy as np
    import pandas as pd

    dates = pd.to_datetime(["2020-01-01", "2021-01-01"])
    frames = {
        "mixed": pd.DataFrame(
            {"a": [1, 2], "b": ["x", "y"], "c": dates, "d": pd.Categorical(["u", "v"])}
        ),
        "nullable": pd.DataFrame({"i": pd.array([1, None], "Int64"), "b": pd.array([True, None])}),
        "sparse": pd.DataFrame({"s": pd.arrays.SparseArray([0, 0])}),
        "zoned": pd.DataFrame({"t": dates.tz_localize("Europe/Paris")}, index=dates),
        "levels": pd.DataFrame({"v": [1]}, index=pd.MultiIndex.from_tuples([("a", 1)])),
        "periods": pd.DataFrame({"p": pd.period_range("2024", periods=2, freq="M")}),
        "intervals": pd.DataFrame({"p": pd.interval_range(0, 2)}),
        "spans": pd.DataFrame({"d": pd.to_timedelta([1, 2], "D")}),
        "strings": pd.DataFrame({"s": pd.array(["a", None], "string")}),
        "floats": pd.DataFrame(np.eye(3), columns=list("abc")),
        "objects": pd.DataFrame({"o": [[1], {"a": 1}]}),
    }
    for name, frame in frames.items():
        out.pickle(name, frame, 2, 4, 5)
        frame.to_pickle(out.path(f"{name}.frame.pkl"))
    for ending in ("gz", "bz2", "xz", "zip", "tar"):
        frames["mixed"].to_pickle(out.path(f"mixed.pkl.{ending}"))
    values = {
        "series": pd.Series([1.5, 2], name="s"), "index": pd.Index(["a"]),
        "range": pd.RangeIndex(3),
        "stamp": [pd.Timestamp("2024"), pd.Timedelta(1), pd.NaT, pd.NA, pd.Period("2024", "M")],
        "dtypes": [pd.CategoricalDtype(["a"]), pd.Int64Dtype(), pd.StringDtype()],
        "offset": pd.offsets.MonthEnd(), "interval": pd.Interval(0, 1),
    }  # fmt: skip
    for name, value in values.items():
        out.pickle(name, value)
    frames["mixed"].to_csv(out.path("mixed.csv"))
    frames["mixed"].to_json(out.path("mixed.json"))
    frames["floats"].to_html(out.path("floats.html"))


def arrow_files(out: Output) -> None:
    """Write Arrow, Feather and Parquet, and pickles of Arrow's objects."""
    import pandas as pd
    import pyarrow as pa
    from pyarrow import feather, ipc, parquet

    table = pa.table({"a": [1, 2, None], "s": ["x", "y", None], "l": [[1], [], None]})
    for compression in ("none", "snappy", "gzip", "zstd", "lz4", "brotli"):
        parquet.write_table(table, out.path(f"{compression}.parquet"), compression=compression)
    for compression in ("uncompressed", "lz4", "zstd"):
        feather.write_feather(table, out.path(f"{compression}.feather"), compression=compression)
    with ipc.new_file(out.path("file.arrow"), table.schema) as writer:
        writer.write_table(table)
    with ipc.new_stream(out.path("stream.arrows"), table.schema) as writer:
        writer.write_table(table)
    out.pickle("table", table)
    out.pickle("array", pa.array([1, 2]))
    out.pickle("schema", table.schema)
    frame = table.to_pandas(types_mapper=pd.ArrowDtype)
    out.pickle("arrow_frame", frame)
    frame.to_parquet(out.path("frame.parquet"))
    pd.DataFrame({"s": ["a", "b"]}).to_pickle(out.path("strings.pkl"))


def polars_files(out: Output) -> None:
    """Write what polars writes."""
    import polars as pl

    frame = pl.DataFrame({"a": [1, 2], "s": ["x", None], "c": [[1], [2, 3]]})
    frame.write_parquet(out.path("frame.parquet"))
    frame.write_ipc(out.path("frame.arrow"))
    frame.write_ndjson(out.path("frame.ndjson"))
    frame.drop("c").write_csv(out.path("frame.csv"))
    for protocol in (2, 4, pickle.HIGHEST_PROTOCOL):
        out.pickle("frame", frame, protocol)
        out.pickle("series", frame["a"], protocol)
