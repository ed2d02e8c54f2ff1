"""numpy and scipy: arrays of every kind, generators, sparse matrices, distributions, fits."""

import pickle

from tests.scanner.libraries.output import CHUNKS, UNKNOWN, Output


def numpy_files(out: Output) -> None:
    """Write arrays and what else of numpy people pickle."""
    import numpy as np

    text = np.dtypes.StringDType()
    arrays = {
        "float": np.arange(10.0), "text": np.array(["x", "yy"]), "bytes": np.array([b"x"]),
        "masked": np.ma.masked_array([1, 2], [0, 1]), "fortran": np.ones((3, 4), order="F"),
        "struct": np.zeros(3, dtype=[("Open", "<f4"), ("n", "S5"), ("v", "<i2", (2,))]),
        "padded": np.zeros(3, np.dtype([("a", "u1"), ("b", "<f8")], align=True)),
        "times": np.array(["2024-01-01"], "M8[D]"), "spans": np.array([1], "m8[s]"),
        "complex": np.ones(2, complex), "half": np.ones(2, np.float16), "big": np.ones(2, ">f4"),
        "bools": np.array([True]), "empty": np.zeros((0, 3)), "scalar": np.array(1.5),
        "records": np.rec.array([(1, "a")], names="n,s"),
    }  # fmt: skip
    for name, array in arrays.items():
        if name != "masked":  # numpy cannot
            np.save(out.path(f"{name}.npy"), array)
        out.pickle(name, array, *range(pickle.HIGHEST_PROTOCOL + 1))
    values = {
        "objects": np.array([{1: 2}, None, "x"], dtype=object),
        "strings": np.array(["a", "bbb"], dtype=text),
        "scalars": [
            np.float32(1),
            np.int64(2),
            np.bool_(1),
            np.str_("x"),
            np.datetime64("2024"),
        ],
        "dtypes": [np.dtype("f4"), np.dtype([("a", "i4")]), np.float64, np.int8],
        "generators": [np.random.default_rng(0), np.random.RandomState(1), np.random.PCG64(2)],
        "polynomials": [np.poly1d([1, 2]), np.polynomial.Polynomial([1, 2])],
        "functions": [np.log1p, np.exp, np.mean, np.add, np.sum, np.linalg.norm],
        "matrix": np.matrix([[1, 2]]),
    }
    for name, value in values.items():
        out.pickle(name, value)
    np.save(out.path("objects.npy"), values["objects"])
    np.savez(out.path("several.npz"), a=np.ones(3), b=np.eye(4))
    np.savez_compressed(out.path("compressed.npz"), a=np.zeros(100_000), words=arrays["text"])
    np.savez(out.path("objects.npz"), a=values["objects"])
    np.savetxt(out.path("saved.txt"), np.eye(3))
    out.write("raw.bin", np.random.default_rng(1).normal(size=50_000).tobytes(), UNKNOWN)
    out.write(
        "raw.f32", np.random.default_rng(1).normal(size=9_000).astype("f4").tobytes(), UNKNOWN
    )


def scipy_files(out: Output) -> None:
    """Write sparse matrices, distributions, interpolators and fits."""
    import numpy as np
    import scipy.sparse as sp
    from scipy import interpolate, optimize, signal, spatial, stats

    x = np.linspace(0, 1, 20)
    for form in ("csr", "csc", "coo", "bsr", "lil", "dok", "dia"):
        out.pickle(f"sparse_{form}", sp.random(5, 5, 0.5, form))
    sp.save_npz(out.path("sparse.npz"), sp.random(5, 5, 0.5, "csr"))
    for name in ("uniform", "randint", "loguniform", "norm", "expon", "gamma", "beta", "poisson"):
        arguments = {"randint": (1, 5), "loguniform": (0.1, 1), "gamma": (2,), "beta": (1, 2)}
        frozen = getattr(stats, name)(*arguments.get(name, (1,)))
        out.pickle(f"distribution_{name}", {"C": frozen, "n": [1, 2]})
    values = {
        "kde": stats.gaussian_kde(x), "interp1d": interpolate.interp1d(x, x, "cubic"),
        "spline": interpolate.CubicSpline(x, x), "bspline": interpolate.make_interp_spline(x, x),
        "univariate": interpolate.UnivariateSpline(x, x),
        "grid": interpolate.RegularGridInterpolator((x, x), np.outer(x, x)),
        "rotation": spatial.transform.Rotation.from_euler("z", 1.0),
        "tree": spatial.KDTree(x[:, None]), "ckdtree": spatial.cKDTree(x[:, None]),
        "optimum": optimize.minimize(np.sum, [0.0], method="Nelder-Mead", options={"maxiter": 2}),
        "lti": signal.lti([1], [1, 2]), "linregress": stats.linregress(x, x),
    }  # fmt: skip
    for name, value in values.items():
        out.pickle(name, value)


def zarr_files(out: Output) -> None:
    """Write zarr arrays of both versions, whose chunks are raw or compressed numbers."""
    import numpy as np
    import zarr

    for version in (2, 3):
        zarr.save_array(
            str(out.path(f"v{version}.zarr", CHUNKS)), np.arange(100.0), zarr_format=version
        )
