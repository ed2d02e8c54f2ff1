"""What is built for Lambda: the right wheels, nothing unused, the same bytes everywhere."""

import base64
import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra import assets, bundle
from infra.bundle import Platform
from infra.config import Config

AWS = Platform(python="3.13", wheels="aarch64-manylinux_2_28", compiler=None)
OWN = f"{sys.version_info.major}.{sys.version_info.minor}"
HERE = Platform(python=OWN, wheels=None, compiler=sys.executable)
X86 = "cp313-cp313-manylinux_2_28_x86_64"
ARM = "cp313-cp313-manylinux_2_28_aarch64"


def wheel(folder: Path, tag: str) -> Path:
    """A package `native` whose one module holds the tag of the wheel it came from."""
    path = folder / f"native-1.0-{tag}.whl"
    files = {
        "native.py": f"TAG = {tag!r}\n",
        "native-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: native\nVersion: 1.0\n",
        "native-1.0.dist-info/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n",
    }
    rows = [f"{name},sha256={record_hash(text)},{len(text)}" for name, text in files.items()]
    files["native-1.0.dist-info/RECORD"] = "\n".join([*rows, "native-1.0.dist-info/RECORD,,", ""])
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def record_hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def locked(folder: Path, *wheels: Path) -> Path:
    lock = folder / "lock.txt"
    hashes = [f"--hash=sha256:{hashlib.sha256(one.read_bytes()).hexdigest()}" for one in wheels]
    lock.write_text(" ".join(["native==1.0", *hashes]) + "\n")
    return lock


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the only place uv may install from."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    return folder


def test_the_layer_holds_the_wheel_for_lambda_and_not_for_this_machine(
    index: Path, tmp_path: Path
) -> None:
    lock = locked(tmp_path, wheel(index, X86), wheel(index, ARM))
    bundle.build_dependencies(AWS, tmp_path / "out", lock=lock)
    assert (tmp_path / "out/python/native.py").read_text() == f"TAG = {ARM!r}\n"


def test_a_wheel_that_is_not_the_locked_one_is_refused(index: Path, tmp_path: Path) -> None:
    # GIVEN a lock of another content
    other = tmp_path / "other"
    other.mkdir()
    lock = locked(tmp_path, wheel(other, "py3-none-any"))
    wheel(index, ARM)
    with pytest.raises(subprocess.CalledProcessError):
        bundle.build_dependencies(AWS, tmp_path / "out", lock=lock)


def test_a_package_without_a_wheel_for_lambda_is_refused(index: Path, tmp_path: Path) -> None:
    lock = locked(tmp_path, wheel(index, X86))
    with pytest.raises(subprocess.CalledProcessError):
        bundle.build_dependencies(AWS, tmp_path / "out", lock=lock)


def test_the_local_engine_gets_wheels_and_byte_code_of_its_own_interpreter(
    index: Path, tmp_path: Path
) -> None:
    platform = Platform.of(Config(target="local", auth="none"))
    lock = locked(tmp_path, wheel(index, "py3-none-any"))
    bundle.build_dependencies(platform, tmp_path / "out", lock=lock)
    tag = sys.implementation.cache_tag
    assert (tmp_path / f"out/python/__pycache__/native.{tag}.pyc").is_file()


def test_lambda_gets_no_byte_code_of_another_version() -> None:
    platform = Platform.of(Config())

    assert (platform.python, platform.wheels) == ("3.13", "aarch64-manylinux_2_28")
    if platform.compiler:
        command = [platform.compiler, "-c", "import sys; print(sys.version_info[:2])"]
        assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == (
            "(3, 13)\n"
        )


def test_pruning_keeps_what_the_clients_read(tmp_path: Path) -> None:
    kept = ["botocore/data/s3/x.json", "botocore/data/_retry.json", "a-1.dist-info/METADATA"]
    removed = ["botocore/data/ec2/x.json", "a-1.dist-info/RECORD", "bin/jp.py", ".lock"]
    for name in (*kept, *removed):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    bundle.prune(tmp_path)

    files = sorted(str(one.relative_to(tmp_path)) for one in tmp_path.rglob("*") if one.is_file())
    assert files == sorted(kept)


def test_byte_code_is_the_same_wherever_it_is_built(tmp_path: Path) -> None:
    compiled = []
    for name in ("one", "another"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "module.py").write_text("def answer():\n    return 42\n")

        bundle.compile_all(HERE, folder, "/opt/python")
        (file,) = folder.rglob("*.pyc")
        compiled.append(file.read_bytes())

    unchecked_hash = (1).to_bytes(4, "little")
    assert compiled[0] == compiled[1]
    assert compiled[0][4:8] == unchecked_hash
    assert str(tmp_path).encode() not in compiled[0]


def test_the_sources_are_our_two_packages_alone(tmp_path: Path) -> None:
    bundle.build_sources(AWS, tmp_path)
    files = {str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*") if file.is_file()}
    assert "lambdas/contract/functions.py" in files
    assert "modelguard_scanner/engine.py" in files
    assert {name.partition("/")[0] for name in files} == {"lambdas", "modelguard_scanner"}
    assert not [name for name in files if "__pycache__" in name]


def test_the_hash_of_the_sources_ignores_byte_code_and_place(tmp_path: Path) -> None:
    for name in ("one", "another"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "module.py").write_text("x = 1\n")
    before = assets.sources_hash(AWS, tmp_path / "one")

    bundle.compile_all(HERE, tmp_path / "another", "/var/task")
    (tmp_path / "another" / ".DS_Store").touch()

    assert assets.sources_hash(AWS, tmp_path / "another") == before
    (tmp_path / "another" / "module.py").write_text("x = 2\n")
    assert assets.sources_hash(AWS, tmp_path / "another") != before


def test_the_hash_of_the_layer_names_lock_platform_and_byte_code(tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text("a==1\n")
    other = tmp_path / "other.txt"
    other.write_text("a==2\n")
    compiled = Platform(python="3.13", wheels=AWS.wheels, compiler="anywhere/python3.13")
    elsewhere = Platform(python="3.13", wheels=AWS.wheels, compiler="elsewhere/python3.13")

    hashes = {
        assets.dependencies_hash(AWS, lock),
        assets.dependencies_hash(AWS, other),
        assets.dependencies_hash(HERE, lock),
        assets.dependencies_hash(compiled, lock),
    }

    assert len(hashes) == 4
    assert assets.dependencies_hash(compiled, lock) == assets.dependencies_hash(elsewhere, lock)
