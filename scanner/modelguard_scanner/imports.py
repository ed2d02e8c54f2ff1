# ruff: noqa: SIM905  # a table of words is read most easily as text
"""The tables behind the judgement of imports; `rules` says how they are used.

Sources: what pickles of PyTorch, NumPy, SciPy, pandas, scikit-learn, joblib, XGBoost, LightGBM and
CatBoost name, found by writing such pickles; for the dangerous ones the Python documentation, a
walk over the standard library for whatever runs, loads, imports, connects or writes, and the
advisories published about other scanners.
"""

from typing import Final

PYTHON_2: Final = {
    "__builtin__": "builtins",
    "copy_reg": "copyreg",
    "cPickle": "pickle",
    "exceptions": "builtins",
    "commands": "subprocess",
    "UserDict": "collections",
    "httplib": "http.client",
    "urllib2": "urllib.request",
    "dummy_thread": "_thread",
    "thread": "_thread",
    "popen2": "subprocess",
    "anydbm": "dbm",
    "cStringIO": "io",
    "StringIO": "io",
    "_io": "io",
    "_pyio": "io",
    "_operator": "operator",
}
"""Modules under another name: what pickle renames for Python 2, and the C twins of modules."""

ALLOWED: Final = """
builtins: set frozenset list dict tuple int float complex bool str bytes bytearray slice range
builtins: object Ellipsis NotImplemented long unicode xrange
collections: OrderedDict defaultdict deque Counter
copyreg: _reconstructor __newobj__
_codecs: encode
datetime: date datetime time timedelta timezone
decimal: Decimal
fractions: Fraction
pathlib: Path PosixPath WindowsPath PurePath PurePosixPath PureWindowsPath
pathlib._local: PosixPath WindowsPath PurePosixPath PureWindowsPath
uuid: UUID
array: array _array_reconstructor
functools: partial
types: SimpleNamespace
argparse: Namespace
logging: getLogger
torch.utils.hooks: RemovableHandle
random: Random
re: _compile
zoneinfo: ZoneInfo._unpickle
numpy: ndarray dtype generic number integer floating bool_ bool int8 int16 int32 int64 uint8
numpy: uint16 uint32 uint64 intc intp uintc uint longlong ulonglong float16 float32 float64
numpy: longdouble complex64 complex128 str_ bytes_ object_ void datetime64 timedelta64 float_ int_
numpy: unicode_
numpy.core.multiarray: _reconstruct scalar
numpy._core.multiarray: _reconstruct scalar
numpy.core.numeric: _frombuffer
numpy._core.numeric: _frombuffer
numpy.core._internal: _reconstruct
numpy.matrixlib.defmatrix: matrix
numpy: matrix
numpy.ma: MaskedArray
numpy.ma.core: MaskedArray _mareconstruct MaskedConstant
numpy.dtypes: Float64DType Float32DType Int64DType Int32DType StrDType ObjectDType BoolDType
numpy.random: RandomState Generator MT19937 PCG64 Philox SFC64
numpy.random.mtrand: RandomState
numpy.random._generator: Generator
numpy.random._mt19937: MT19937
numpy.random._pcg64: PCG64 PCG64DXSM
numpy.random._philox: Philox
numpy.random._sfc64: SFC64
numpy.random.bit_generator: SeedSequence __pyx_unpickle_SeedSequence
numpy.random._pickle: __randomstate_ctor __generator_ctor __bit_generator_ctor
torch: device dtype Size Tensor Generator float16 float32 float64 bfloat16 half float double int8
torch: int16 int32 int64 int long short uint8 uint16 uint32 uint64 bool complex64 complex128 qint8
torch: quint8 qint32 float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz strided sparse_coo
torch: contiguous_format channels_last per_tensor_affine per_channel_affine relu tanh sigmoid
torch: DoubleStorage FloatStorage HalfStorage BFloat16Storage LongStorage IntStorage ShortStorage
torch: CharStorage ByteStorage BoolStorage ComplexFloatStorage ComplexDoubleStorage QInt8Storage
torch: QUInt8Storage QInt32Storage
torch._utils: _rebuild_tensor _rebuild_tensor_v2 _rebuild_tensor_v3 _rebuild_parameter
torch._utils: _rebuild_parameter_with_state _rebuild_qtensor _rebuild_sparse_tensor
torch._utils: _rebuild_sparse_csr_tensor _rebuild_nested_tensor _rebuild_device_tensor_from_numpy
torch._utils: _rebuild_device_tensor_from_cpu_tensor _rebuild_meta_tensor_no_storage
torch._utils: _rebuild_xla_tensor
torch._tensor: _rebuild_from_type_v2 _rebuild_from_type Tensor
torch.serialization: _get_layout
torch.storage: UntypedStorage TypedStorage _TypedStorage _load_from_bytes
torch.cuda: DoubleStorage FloatStorage HalfStorage LongStorage IntStorage ByteStorage
torch.nn.parameter: Parameter Buffer UninitializedParameter UninitializedBuffer
torch.nn.functional: relu gelu silu elu selu leaky_relu relu6 hardtanh softmax log_softmax mish
torch.nn.functional: sigmoid tanh softplus hardswish hardsigmoid
torch.nn.init: xavier_uniform_ kaiming_uniform_ normal_ zeros_ ones_
torch._C: Generator
torch._C._nn: gelu silu
torch.torch_version: TorchVersion
torch.ao.quantization.qconfig: QConfig
torch.jit._pickle: build_intlist build_tensorlist build_doublelist build_boollist
torch.jit._pickle: build_tensor_from_id restore_type_tag
joblib.numpy_pickle: NumpyArrayWrapper NDArrayWrapper ZNDArrayWrapper
joblib.numpy_pickle_compat: NDArrayWrapper ZNDArrayWrapper
scipy.sparse: csr_matrix csc_matrix coo_matrix lil_matrix dok_matrix dia_matrix bsr_matrix
scipy.sparse: csr_array
scipy.sparse._csr: csr_matrix csr_array
scipy.sparse._csc: csc_matrix csc_array
scipy.sparse._coo: coo_matrix coo_array
scipy.sparse._lil: lil_matrix lil_array
scipy.sparse._dok: dok_matrix dok_array
scipy.sparse._dia: dia_matrix dia_array
scipy.sparse._bsr: bsr_matrix bsr_array
scipy.sparse.csr: csr_matrix
scipy.sparse.csc: csc_matrix
scipy.sparse.coo: coo_matrix
scipy.interpolate._interpolate: interp1d
scipy.interpolate.interpolate: interp1d
scipy.interpolate._bsplines: BSpline
scipy.spatial._ckdtree: cKDTree
scipy.stats._distn_infrastructure: rv_continuous_frozen rv_discrete_frozen
pandas: DataFrame Series Index RangeIndex MultiIndex DatetimeIndex CategoricalIndex Categorical
pandas: CategoricalDtype StringDtype DatetimeTZDtype Timestamp Timedelta Int64Dtype Float64Dtype
pandas: IntervalIndex PeriodIndex TimedeltaIndex BooleanDtype
pandas.arrays: StringArray DatetimeArray IntegerArray FloatingArray BooleanArray
pandas.arrays: NumpyExtensionArray TimedeltaArray PeriodArray IntervalArray SparseArray
pandas.arrays: ArrowStringArray
pandas.core.frame: DataFrame
pandas.core.series: Series
pandas.core.internals.managers: BlockManager SingleBlockManager
pandas.core.indexes.base: Index _new_Index
pandas.core.indexes.range: RangeIndex
pandas.core.indexes.multi: MultiIndex
pandas.core.indexes.datetimes: DatetimeIndex _new_DatetimeIndex
pandas.core.indexes.category: CategoricalIndex
pandas.core.indexes.numeric: Int64Index Float64Index
pandas.core.arrays.categorical: Categorical
pandas.core.arrays.string_: StringArray StringDtype
pandas.core.arrays.numpy_: NumpyExtensionArray PandasArray
pandas.core.arrays.datetimes: DatetimeArray
pandas.core.arrays.integer: IntegerArray Int64Dtype
pandas.core.dtypes.dtypes: CategoricalDtype DatetimeTZDtype
pandas._libs.internals: _unpickle_block BlockManager
pandas._libs.arrays: __pyx_unpickle_NDArrayBacked NDArrayBacked
pandas._libs.tslibs.timestamps: _unpickle_timestamp Timestamp
pandas._libs.missing: NAType
xgboost.core: Booster
xgboost.sklearn: XGBModel XGBClassifier XGBRegressor XGBRanker XGBRFClassifier XGBRFRegressor
lightgbm.basic: Booster
lightgbm.sklearn: LGBMModel LGBMClassifier LGBMRegressor LGBMRanker _LGBMLabelEncoder
catboost.core: CatBoost CatBoostClassifier CatBoostRegressor CatBoostRanker
transformers.training_args: TrainingArguments OptimizerNames
transformers.trainer_utils: IntervalStrategy SchedulerType HubStrategy SaveStrategy
transformers.tokenization_utils_base: BatchEncoding
"""
"""`module: names` that honest files need and that cannot be turned against their loader."""

ALLOWED_PATTERNS: Final = (
    (
        r"sklearn(\.(?!(datasets|externals|tests?|conftest|show_versions|utils|callback)\b)\w+)+",
        (
            r"(?!(Parallel|Memory|Thread|Client|Listener|Connection)$)_?[A-Z]\w*"
            r"|newObj|__pyx_unpickle_[A-Z]\w*|_passthrough_scorer"
        ),
    ),
    (r"sklearn\.utils\.(_bunch|_random|_tags|_set_output|deprecation|_fast_dict)", r"[A-Z]\w*"),
    (r"torch\.nn\.(quantized\.)?modules(\.\w+)+", r"_?[A-Z]\w*"),
    (r"torch\.optim(\.\w+)*", r"[A-Z]\w*"),
    (r"torchvision\.models(\.\w+)+", r"[A-Z]\w*"),
    (r"torchvision\.transforms(\.\w+)*", r"[A-Z]\w*"),
    (r"transformers\.models(\.\w+)*\.configuration_\w+", r"[A-Z]\w*Config"),
    (r"__torch__(\.\w+)*", r"\w+"),
)
"""(module, name) patterns of packages whose classes have no side effects when they are made.

`__torch__` is TorchScript's name space: no module of that name exists outside of its interpreter.
"""

DANGEROUS_MODULES: Final = frozenset(
    """
    os posix nt posixpath ntpath os2 ce subprocess _posixsubprocess _winapi sys shutil
    _aix_support _osx_support importlib imp _imp _frozen_importlib
    _frozen_importlib_external pkgutil zipimport runpy pty tty socket _socket socketserver
    ssl _ssl asyncio _asyncio multiprocessing _multiprocessing concurrent threading _thread
    signal _signal ctypes _ctypes cffi _cffi_backend code codeop bdb pdb cProfile profile
    _lsprof trace timeit doctest unittest test pydoc webbrowser antigravity this idlelib
    lib2to3 distutils setuptools pkg_resources pip ensurepip venv virtualenv site
    sitecustomize usercustomize _sitebuiltins marshal _marshal pickle _pickle pickletools
    shelve dill cloudpickle jsonpickle dbm sqlite3 _sqlite3 inspect gc ast dis symtable
    py_compile compileall opcode linecache tracemalloc faulthandler atexit _posixshmem mmap
    resource tempfile fileinput glob filecmp zipfile tarfile gzip bz2 lzma http urllib
    urllib3 ftplib poplib imaplib nntplib smtplib smtpd telnetlib xmlrpc wsgiref cgi cgitb
    requests httpx aiohttp httplib2 paramiko fabric tornado twisted pycurl boto3 botocore
    _pyrepl readline rlcompleter curses cmd tkinter _tkinter turtle turtledemo platform
    crypt getpass netrc mailcap mailbox nturl2path winreg _winreg msvcrt winsound sched
    select syslog telnet xml pyexpat plistlib commands popen2 new __main__ __mp_main__
    IPython ipykernel jupyter_client pexpect sh plumbum numpy.f2py numpy.testing
    numpy.distutils numpy.lib.npyio numpy.lib._npyio_impl scipy._lib scipy.io scipy.weave
    pandas.io pandas.eval pandas.core.computation torch.hub torch.package torch.jit torch.fx
    torch._dynamo torch._inductor torch._export torch.export torch.testing
    torch._utils_internal joblib.parallel joblib.memory joblib.func_inspect joblib.externals
    joblib.test joblib.testing joblib.disk sklearn.externals sklearn.utils._testing
    keras.utils keras.saving keras.src.saving keras.src.utils nltk.app copyreg.add_extension
    torch.utils.bottleneck torch.utils.cpp_extension torch.utils.collect_env
    torch.utils._config_module torch.utils.data.datapipes torch.utils.model_dump
    torch.utils.show_pickle torch.utils.benchmark torch.utils.tensorboard
    torch.utils.model_zoo torch.utils._cpp_extension_versioner torch.utils.jit
    torch.distributed.rpc torch.distributed.run torch.distributed.launch
    torch.distributed.launcher torch.distributed.elastic torch.distributed.remote_device
    torch.distributed.checkpoint torch.ops torch._ops torch.library torch._custom_op
    numpy.ctypeslib weakref.finalize fsspec smart_open tensorflow.io
    tensorflow.python.platform tensorflow.python.lib.io tensorflow.raw_ops
    """.split()
)
"""Modules no checkpoint needs, with all their submodules and names."""

DANGEROUS_NAMES: Final = """
builtins: __build_class__ __import__ apply breakpoint compile delattr dir eval exec execfile
builtins: exit file getattr globals hasattr help input license locals open quit raw_input
builtins: reload setattr vars
types: BuiltinFunctionType CellType CodeType DynamicClassAttribute FunctionType GeneratorType
types: LambdaType MethodType ModuleType coroutine new_class
numpy: DataSource apply_along_axis apply_over_axes ctypeslib fromfile fromfunction fromiter
numpy: frompyfunc fromregex genfromtxt load loads loadtxt memmap piecewise safe_eval save
numpy: savetxt savez tofile vectorize
torch: _import_dotted_name classes compile from_file hub import_ir_module jit load ops package
torch: save
torch.serialization: _legacy_load _load _open_file _open_zipfile_reader add_safe_globals load
torch.serialization: load_source_map save
torch._utils: _import_dotted_name import_module
torch.storage: _load_from_file from_file
joblib: Memory Parallel delayed dump hash load wrap_non_picklable_objects
joblib.numpy_pickle: _unpickle dump load load_temporary_memmap
pandas: HDFStore eval read_csv read_html read_json read_pickle read_sql
uuid: _find_mac _get_command_stdout _ifconfig_getter _popen
copyreg: __newobj_ex__ add_extension constructor pickle remove_extension
typing: ForwardRef _eval_type get_type_hints
dataclasses: _create_fn make_dataclass
operator: attrgetter call delitem iconcat methodcaller setitem
io: BufferedRandom BufferedWriter FileIO TextIOWrapper open open_code
codecs: EncodedFile StreamReaderWriter lookup open
logging: FileHandler StreamHandler basicConfig config handlers shutdown
_codecs: charmap_build decode lookup register
pathlib: Path.unlink Path.write_bytes Path.write_text fnmatch io os
lightgbm.basic: _load_lib ctypes
xgboost.core: _load_lib ctypes
"""
"""`module: names` that are dangerous in modules that also hold harmless ones."""

DANGEROUS_PARTS: Final = frozenset(
    """
    system popen popen2 popen3 popen4 Popen spawn spawnl spawnv spawnvp execv execve execvp fork
    eval exec execfile compile __import__ import_module resolve_name locate getattr setattr
    check_output check_call getoutput getstatusoutput run_code run_module run_path runcode runsource
    runstring runctx run_cmd runcommand execWrapper _run_code debug_script pipepager
    Process CDLL PyDLL WinDLL OleDLL LoadLibrary FileIO FileHandler open_code unlink rmtree
    loads _loads unpickle Unpickler _Unpickler read_pickle load_source load_module find_spec
    attrgetter methodcaller subimport urlopen urlretrieve create_connection
    InteractiveInterpreter InteractiveConsole interact breakpoint set_trace memmap
    __globals__ __builtins__ __class__ __subclasses__ __bases__ __base__ __mro__ __dict__ __code__
    __closure__ __loader__ __spec__ __getattribute__ __setattr__ __call__ __func__ __self__
    __reduce__ __reduce_ex__ __init_subclass__ __wrapped__ __module__
    func_globals f_globals gi_frame
    """.split()
)
"""Parts of a dotted name that are dangerous in any module."""

MODULES_AS_NAMES: Final = frozenset(
    """
    os posix nt sys subprocess builtins __builtins__ importlib shutil socket ctypes pickle _pickle
    cPickle marshal runpy pty pkgutil inspect threading multiprocessing tempfile io operator codecs
    urllib requests http logging asyncio signal pathlib copyreg platform _os _sys _io _socket
    """.split()
)
"""Modules that others import: reached as an attribute, they are dangerous from anywhere."""
