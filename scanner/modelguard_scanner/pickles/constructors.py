# tables of words are read most easily as text
"""What may be called while a pickle is loaded, and with which arguments.

Each line is `module: name name ... = shape | shape`. A shape has one word per argument, and each
of its letters is a kind of value that the argument may be:

`.` plain data; `L` a list, tuple, dict or set that was written out, whatever it holds; `C` an
allowed class; `B` a builtin class; `F` an allowed function; `A` an array; `D` an element type;
`P` a storage outside the pickle; `T` a tensor; `H` an empty OrderedDict; `Z` a time zone; `G` a bit
generator; `X` a column of a table; `M` any object that was made; `O` anything. A word that ends in
`?` may be missing, one that ends in `*` may be repeated. `-` is a call without arguments.

The sources of the shapes are the `__reduce__` methods of the libraries. What is called with more
than they write is reported, since a class or a function may do anything with it.
"""

from typing import Final

CONSTRUCTORS: Final = """
builtins: set frozenset list tuple dict = - | .L
builtins: int float str bool bytes bytearray long unicode = .? .?
builtins: complex = . .?
builtins: slice range xrange = . .? .?
builtins: object = -
collections: OrderedDict Counter = - | .L
collections: defaultdict = - | CBF. | CBF. .L
collections: deque = - | .L .?
datetime: date timedelta = .*
datetime: datetime time = .* | . Z | . . . . . . . Z
datetime: timezone = M .?
decimal: Decimal = .
fractions: Fraction = . .?
pathlib: Path PosixPath WindowsPath PurePath PurePosixPath PureWindowsPath = .*
pathlib._local: Path PosixPath WindowsPath PurePath PurePosixPath PureWindowsPath = .*
ipaddress: IPv4Address IPv6Address = .
ipaddress: IPv4Network IPv6Network IPv4Interface IPv6Interface = .
array: array = . .L
array: _array_reconstructor = C . . .
types: SimpleNamespace = - | .
re: _compile = . .
zoneinfo: ZoneInfo._unpickle = . .
logging: getLogger = .
random: Random = -
operator: itemgetter = .*
functools: partial = FB
builtins: type = .F
http: HTTPStatus HTTPMethod = .
re: RegexFlag = .
signal: Signals Handlers Sigmasks = .
socket: AddressFamily SocketKind AddressInfo MsgFlag = .
numpy: dtype = .C .? .?
numpy.core.multiarray: _reconstruct = C . .
numpy._core.multiarray: _reconstruct = C . .
numpy.core.multiarray: scalar = D .
numpy._core.multiarray: scalar = D .
numpy.core.numeric: _frombuffer = .M D . .
numpy._core.numeric: _frombuffer = .M D . .
numpy.core._internal: _reconstruct = C . .
numpy.ma.core: _mareconstruct = C C . .
numpy.ma.core: MaskedConstant = -
numpy.dtypes: StringDType = - | .*
numpy.random._pickle: __randomstate_ctor __generator_ctor = - | . | G | . C
numpy.random._pickle: __bit_generator_ctor = - | . | C
numpy.random.bit_generator: __pyx_unpickle_SeedSequence = C . O
numpy.polynomial.polynomial: Polynomial = - | A
torch: device = . .?
torch: Size = .L
torch: Generator = MF.
torch._utils: _rebuild_tensor = P . . .
torch._utils: _rebuild_tensor_v2 = P . . . . H .L?
torch._utils: _rebuild_tensor_v3 = P . . . . H FC .L?
torch._utils: _rebuild_parameter = T . H
torch._utils: _rebuild_parameter_with_state = T . H .L
torch._utils: _rebuild_qtensor = P . . . LO . H
torch._utils: _rebuild_sparse_tensor = F.M L
torch._utils: _rebuild_sparse_csr_tensor = F.M L
torch._utils: _rebuild_nested_tensor = T T T T
torch._utils: _rebuild_device_tensor_from_numpy = A FC . .
torch._utils: _rebuild_device_tensor_from_cpu_tensor = T FC . .
torch._utils: _rebuild_xla_tensor = A FC . .
torch._utils: _rebuild_meta_tensor_no_storage = FC . . .
torch._tensor: _rebuild_from_type_v2 = R C L O
torch._tensor: _rebuild_from_type = R C L O
torch.serialization: _get_layout = .
torch.storage: _load_from_bytes = .
torch.torch_version: TorchVersion = .
torch.nn.parameter: Parameter = T .?
torch.ao.quantization.qconfig: QConfig = O O
joblib.numpy_pickle: NumpyArrayWrapper = -
pandas.core.indexes.base: _new_Index = C L
pandas.core.indexes.datetimes: _new_DatetimeIndex = C L
pandas.core.indexes.period: _new_PeriodIndex = C L
pandas.core.indexes.interval: _new_IntervalIndex = C L
pandas.core.internals.managers: BlockManager SingleBlockManager = - | LX LX .?
pandas._libs.internals: _unpickle_block = AX LOM .
pandas._libs.internals: BlockManager SingleBlockManager = - | LX LX
pandas._libs.arrays: __pyx_unpickle_NDArrayBacked = C . O
pandas._libs.tslibs.timestamps: _unpickle_timestamp = . .Z .Z .?
pandas._libs.tslibs.timedeltas: _timedelta_unpickle = . .
pandas._libs.tslibs.nattype: _nat_unpickle = .*
pandas._libs.tslibs.period: _unpickle_period = .*
pandas._libs.missing: NAType C_NAType _NA_unpickle = -
pandas.core.arrays.string_: StringDtype = - | . .?
pandas: StringDtype = - | . .F?
pandas: Interval = .X .X .?
pandas: PeriodDtype = .X
pandas: Period = . X .
pandas: ArrowDtype = - | M
pandas._libs.sparse: IntIndex = . A
pandas._libs.sparse: BlockIndex = . A A
pandas.core.arrays.arrow.dtype: ArrowDtype = - | M
pandas.core.dtypes.dtypes: DatetimeTZDtype = - | . .Z
pandas.core.dtypes.dtypes: ArrowDtype = - | M
pandas.core.dtypes.dtypes: PeriodDtype = - | .M
pandas._libs.interval: __pyx_unpickle_IntervalMixin = C . O
pandas._libs.tslibs.offsets: Day Hour Minute Second Milli Micro Nano = .*
pandas._libs.tslibs.offsets: MonthEnd MonthBegin YearEnd YearBegin QuarterEnd QuarterBegin = .*
pandas._libs.tslibs.offsets: BusinessDay BDay Week BMonthEnd BMonthBegin = .*
pytz: _p = .*
pytz: _UTC = -
collections: ChainMap = - | L*
numpy._core._internal: _convert_to_stringdtype_kwargs = . .?
pyarrow.lib: timestamp = . .?
pyarrow.lib: type_for_alias = .
pyarrow.lib: _restore_array = L
pyarrow.lib: chunked_array = L M
pyarrow.lib: _reconstruct_table = L M
pyarrow.lib: py_buffer = .M
pyarrow.lib: schema = L .
pyarrow.lib: field = . M .L? .L?
pyarrow.lib: _list_type list_ large_list = M
sklearn.tree._tree: Tree = . A .
scipy.interpolate._bsplines: BSpline = -
scipy._lib._util: _RichResult = -
scipy.spatial._ckdtree: cKDTree = -
scipy.sparse._base: _formats = -
torch.utils.hooks: RemovableHandle = -
torch._C: Generator = MF.
dill._dill: _load_type = .
dill._dill: _create_array = O L L .L?
"""

CLASSES_ONLY: Final = """
builtins: int float complex str bytes bytearray bool list tuple dict set frozenset object slice
builtins: type
uuid: UUID SafeUUID
argparse: Namespace
threading: _dummy
numpy: ndarray generic number integer floating bool_ bool int8 int16 int32 int64 uint8
numpy: uint16 uint32 uint64 intc intp uintc uint longlong ulonglong float16 float32 float64
numpy: longdouble complex64 complex128 str_ bytes_ object_ void datetime64 timedelta64 float_ int_
numpy: unicode_ recarray record matrix chararray poly1d vectorize
numpy.lib.polynomial: poly1d
numpy.lib._polynomial_impl: poly1d
numpy.rec: recarray record
numpy.core.records: recarray record
numpy._core.records: recarray record
numpy.matrixlib.defmatrix: matrix
numpy.ma: MaskedArray
numpy.ma.core: MaskedArray
numpy.dtypes: Float64DType Float32DType Float16DType Int64DType Int32DType Int16DType Int8DType
numpy.dtypes: UInt64DType UInt32DType UInt16DType UInt8DType StrDType ObjectDType BoolDType
numpy.random: RandomState Generator MT19937 PCG64 Philox SFC64
numpy.random.mtrand: RandomState
numpy.random._generator: Generator
numpy.random._mt19937: MT19937
numpy.random._pcg64: PCG64 PCG64DXSM
numpy.random._philox: Philox
numpy.random._sfc64: SFC64
numpy.random.bit_generator: SeedSequence
torch: Tensor dtype layout
torch: DoubleStorage FloatStorage HalfStorage BFloat16Storage LongStorage IntStorage ShortStorage
torch: CharStorage ByteStorage BoolStorage ComplexFloatStorage ComplexDoubleStorage QInt8Storage
torch: QUInt8Storage QInt32Storage
torch._tensor: Tensor
torch.cuda: DoubleStorage FloatStorage HalfStorage LongStorage IntStorage ByteStorage
torch.storage: UntypedStorage TypedStorage _TypedStorage
torch.nn.parameter: Buffer UninitializedParameter UninitializedBuffer
zoneinfo: ZoneInfo
joblib.memory: Memory
torch.distributed.checkpoint.filesystem: _StorageInfo
joblib.numpy_pickle: NDArrayWrapper ZNDArrayWrapper
joblib.numpy_pickle_compat: NDArrayWrapper ZNDArrayWrapper
pandas: DataFrame Series Index RangeIndex MultiIndex DatetimeIndex CategoricalIndex Categorical
pandas: CategoricalDtype DatetimeTZDtype IntervalDtype SparseDtype Float32Dtype Float64Dtype
pandas: Int8Dtype Int16Dtype Int32Dtype Int64Dtype UInt8Dtype UInt16Dtype UInt32Dtype UInt64Dtype
pandas: Timestamp Timedelta Flags
pandas: IntervalIndex PeriodIndex TimedeltaIndex BooleanDtype
pandas.arrays: StringArray DatetimeArray IntegerArray FloatingArray BooleanArray
pandas.arrays: NumpyExtensionArray TimedeltaArray PeriodArray IntervalArray SparseArray
pandas.arrays: ArrowStringArray ArrowExtensionArray
pandas.core.frame: DataFrame
pandas.core.series: Series
pandas.core.indexes.base: Index
pandas.core.indexes.range: RangeIndex
pandas.core.indexes.multi: MultiIndex
pandas.core.indexes.datetimes: DatetimeIndex
pandas.core.indexes.timedeltas: TimedeltaIndex
pandas.core.indexes.period: PeriodIndex
pandas.core.indexes.interval: IntervalIndex
pandas.core.indexes.category: CategoricalIndex
pandas.core.indexes.numeric: Int64Index Float64Index UInt64Index
pandas.core.indexes.frozen: FrozenList
pandas.core.flags: Flags
pandas.core.arrays.categorical: Categorical
pandas.core.arrays.string_: StringArray
pandas.core.arrays.string_arrow: ArrowStringArray ArrowStringArrayNumpySemantics
pandas.core.arrays.arrow.array: ArrowExtensionArray
pandas.core.arrays.numpy_: NumpyExtensionArray PandasArray
pandas.core.arrays.datetimes: DatetimeArray
pandas.core.arrays.timedeltas: TimedeltaArray
pandas.core.arrays.period: PeriodArray
pandas.core.arrays.interval: IntervalArray
pandas.core.arrays.sparse.array: SparseArray
pandas.core.arrays.sparse.dtype: SparseDtype
pandas.core.arrays.boolean: BooleanArray BooleanDtype
pandas.core.arrays.integer: IntegerArray Int64Dtype Int32Dtype Int16Dtype Int8Dtype
pandas.core.arrays.integer: UInt64Dtype UInt32Dtype UInt16Dtype UInt8Dtype
pandas.core.arrays.floating: FloatingArray Float64Dtype Float32Dtype
pandas.core.dtypes.dtypes: CategoricalDtype IntervalDtype PeriodDtype PandasDtype NumpyEADtype
pandas._libs.arrays: NDArrayBacked
pandas._libs.tslibs.timestamps: Timestamp
pandas._libs.tslibs.timedeltas: Timedelta
pyarrow.lib: DataType Field Schema Array ChunkedArray Table Buffer StringArray LargeStringArray
pyarrow.lib: Int64Array DoubleArray BooleanArray
pandas._libs.interval: Interval
scipy.interpolate._interpolate: interp1d
xgboost.core: Booster
lightgbm.basic: Booster
lightgbm.sklearn: _LGBMLabelEncoder
transformers.tokenization_utils_base: BatchEncoding
"""
"""Classes that are named, or made without arguments and filled by their state."""

REFERENCES: Final = """
builtins: Ellipsis NotImplemented len abs min max sum sorted round any all ord chr hash divmod
builtins: pow repr reversed zip enumerate unichr
itertools: izip
enum: Enum IntEnum Flag IntFlag StrEnum
numbers: Number Complex Real Rational Integral
pandas: NA
math: sqrt exp log log1p log2 log10 sin cos tan floor ceil fabs
operator: add sub mul truediv floordiv mod pow neg and_ or_ xor eq ne lt le gt ge not_ truth
statistics: mean median mode stdev pstdev
string: capwords
sklearn.metrics._scorer: _passthrough_scorer
sklearn.feature_extraction.text: strip_accents_unicode strip_accents_ascii strip_tags
scipy._lib.array_api_compat.numpy._aliases: asarray
scipy.interpolate._interpolate: interp1d._call_linear_np interp1d._call_linear
scipy.interpolate._interpolate: interp1d._call_nearest interp1d._call_spline
scipy.interpolate._interpolate: interp1d._call_previousnext interp1d._call_nan_spline
torch: float16 float32 float64 bfloat16 half float double int8 int16 int32 int64 int long short
torch: uint8 uint16 uint32 uint64 bool complex64 complex128 qint8 quint8 qint32 float8_e4m3fn
torch: float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz strided sparse_coo sparse_csr contiguous_format
torch: channels_last preserve_format per_tensor_affine per_channel_affine per_tensor_symmetric
torch: per_channel_symmetric
"""
"""Functions and constants that are named, and never called by an unpickler."""

TORCHSCRIPT: Final = """
torch.jit._pickle: build_intlist build_tensorlist build_doublelist build_boollist
torch.jit._pickle: build_tensor_from_id restore_type_tag
"""
"""What TorchScript's interpreter understands by itself; elsewhere some return their argument."""

TENSORS: Final = "torch._utils._rebuild_"
DILL_TYPES: Final = {
    "ListType": "list", "DictType": "dict", "DictionaryType": "dict", "TupleType": "tuple",
    "SetType": "set", "FrozenSetType": "frozenset", "IntType": "int", "FloatType": "float",
    "StringType": "str", "StrType": "str", "UnicodeType": "str", "BytesType": "bytes",
    "BooleanType": "bool", "BoolType": "bool", "ObjectType": "object",
    "ByteArrayType": "bytearray", "list": "list", "dict": "dict", "set": "set", "tuple": "tuple",
    "complex": "complex", "int": "int", "float": "float", "str": "str", "bytes": "bytes",
    "bool": "bool", "frozenset": "frozenset", "bytearray": "bytearray", "object": "object",
    "slice": "slice", "range": "range", "ComplexType": "complex", "SliceType": "slice",
    "PartialType": "functools.partial", "ItemGetterType": "operator.itemgetter",
}  # fmt: skip
"""Classes, builtin if they have no module, under the names that dill looks them up by."""
ENCODINGS: Final = frozenset({"latin1", "latin-1", "iso-8859-1", "utf-8", "utf8", "ascii"})
"""What `_codecs.encode` may be asked for: any other name is a module that it looks for."""
UFUNC_MODULES: Final = frozenset(
    {
        "numpy.core._multiarray_umath", "numpy._core._multiarray_umath", "numpy.core.umath",
        "scipy.special._ufuncs", "numpy",
    }
)  # fmt: skip
"""What `_ufunc_reconstruct` may import."""
_OF_TEXT: Final = (
    "capitalize casefold center count encode endswith expandtabs find index isalnum isalpha "
    "isascii isdecimal isdigit isidentifier islower isnumeric isprintable isspace istitle isupper "
    "join ljust lower lstrip maketrans partition removeprefix removesuffix replace rfind rindex "
    "rjust rpartition rsplit rstrip split splitlines startswith strip swapcase title translate "
    "upper zfill"
)
_OF_BYTES: Final = "decode fromhex hex " + _OF_TEXT
_OF_INTEGERS: Final = (
    "as_integer_ratio bit_count bit_length conjugate from_bytes is_integer to_bytes"
)
_OF_SETS: Final = (
    "copy difference intersection isdisjoint issubset issuperset symmetric_difference union"
)
_OF_LISTS: Final = "append clear copy count extend index insert pop remove reverse sort"
GETATTR: Final = {
    f"builtins.{name}": frozenset(methods.split())
    for name, methods in {
        "str": _OF_TEXT,
        "unicode": _OF_TEXT,
        "bytes": _OF_BYTES,
        "bytearray": f"{_OF_BYTES} {_OF_LISTS}",
        "int": _OF_INTEGERS,
        "long": _OF_INTEGERS,
        "bool": _OF_INTEGERS,
        "float": "as_integer_ratio conjugate fromhex hex is_integer",
        "complex": "conjugate",
        "list": _OF_LISTS,
        "tuple": "count index",
        "dict": "clear copy fromkeys get items keys pop popitem setdefault update values",
        "set": f"{_OF_SETS} add clear difference_update discard intersection_update pop remove "
        "symmetric_difference_update update",
        "frozenset": _OF_SETS,
    }.items()
}
"""Methods of builtin classes that `getattr` may look up; none of them looks anything up itself."""
