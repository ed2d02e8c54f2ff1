# ruff: noqa: SIM905  # a table of words is read most easily as text
"""The tables of dangerous imports; `rules` says how they are used.

Sources: the Python documentation, a walk over the standard library for
whatever runs, loads, imports, connects or writes, and the advisories about other scanners.
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
    torch.ops torch._ops torch.library torch._custom_op
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
