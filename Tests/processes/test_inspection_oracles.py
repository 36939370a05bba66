"""Verdicts on pickles beside those of two well-known scanners: what either calls dangerous is never safe here."""

import builtins
import collections
import datetime
import functools
import io
import operator
import os
import pickle
import subprocess
import tarfile
import zipfile

import numpy
import pytest
from modelscan.modelscan import ModelScan
from picklescan.scanner import scan_file_path

from nodes import upload


class Calls:
    """Unpickled, it calls `function` with `arguments`."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def by_name(module, name, argument="id"):
    """A pickle that imports by name what need not be installed here, and calls it."""
    return f"c{module}\n{name}\n(S'{argument}'\ntR.".encode()


def zipped(content):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("model/data.pkl", content)
        archive.writestr("model/version", "3\n")
    return buffer.getvalue()


def tarred(content):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo("data.pkl")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def saved(array):
    buffer = io.BytesIO()
    numpy.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


HARMLESS = {
    "plain.pkl": pickle.dumps({"a": [1, 2.5, "x", None, True], "b": (b"\0", {1, 2})}),
    "ordered.pkl": pickle.dumps(collections.OrderedDict(a=1)),
    "old-protocol.pkl": pickle.dumps([1, "two"], protocol=0),
    "dates.pkl": pickle.dumps(datetime.datetime(2026, 1, 1)),
    "array.pkl": pickle.dumps(numpy.arange(6.0).reshape(2, 3)),
    "array.npy": saved(numpy.arange(6)),
    "weights.pt": zipped(pickle.dumps(collections.OrderedDict(w=[1.0]))),
}

DANGEROUS = {
    "system.pkl": pickle.dumps(Calls(os.system, "id")),
    "popen.pkl": pickle.dumps(Calls(subprocess.Popen, ["id"])),
    "eval.pkl": pickle.dumps(Calls(builtins.eval, "1")),
    "exec.pkl": pickle.dumps(Calls(builtins.exec, "1")),
    "import.pkl": pickle.dumps(Calls(builtins.__import__, "os")),
    "getattr.pkl": by_name("builtins", "getattr"),
    "compile.pkl": by_name("builtins", "compile"),
    "open.pkl": by_name("builtins", "open", "/etc/passwd"),
    "partial.pkl": pickle.dumps(Calls(functools.partial, os.system, "id")),
    "attrgetter.pkl": pickle.dumps(Calls(operator.attrgetter, "system")),
    "runpy.pkl": by_name("runpy", "run_path"), "socket.pkl": by_name("socket", "create_connection"),
    "browser.pkl": by_name("webbrowser", "open"), "requests.pkl": by_name("requests.api", "get"),
    "shutil.pkl": by_name("shutil", "rmtree"), "pip.pkl": by_name("pip", "main"),
    "posix.pkl": by_name("posix", "system"), "nt.pkl": by_name("nt", "system"),
    "asyncio.pkl": by_name("asyncio.unix_events", "_UnixSubprocessTransport._start"),
    "bdb.pkl": by_name("bdb", "Bdb.run"), "pydoc.pkl": by_name("pydoc", "pipepager"),
    "timeit.pkl": by_name("timeit", "timeit"), "ctypes.pkl": by_name("ctypes", "CDLL"),
    "dill.pkl": by_name("dill", "loads"), "pickle.pkl": by_name("_pickle", "loads"),
    "after-stop.pkl": pickle.dumps({"a": 1}) + pickle.dumps(Calls(os.system, "id")),
    "zipped.pt": zipped(pickle.dumps(Calls(os.system, "id"))),
    "tarred.tar": tarred(pickle.dumps(Calls(os.system, "id"))),
    "objects.npy": saved(numpy.array([Calls(os.system, "id")], dtype=object)),
    "renamed.bin": pickle.dumps(Calls(os.system, "id")),
    "renamed.safetensors": pickle.dumps(Calls(os.system, "id")),
}


def oracles(path):
    """Whether either scanner calls the file dangerous."""
    found = scan_file_path(str(path))
    scanned = ModelScan().scan(str(path))
    return found.infected_files > 0 or found.issues_count > 0 or scanned["summary"]["total_issues"] > 0


@pytest.fixture(scope="module")
def verdicts(shared_cluster):
    """What this registry says of each file; the project takes everything."""
    shared_cluster.wait_understood()
    shared_cluster.cli("project", "create", "oracles", "--refuse", "nothing")
    client = shared_cluster.north.client()
    files = HARMLESS | DANGEROUS
    entries = [{"path": path, **upload(client, "oracles", content)} for path, content in files.items()]
    answer = client.post("/api/v1/projects/oracles/models/all/versions", {"files": entries})
    assert answer.status == 201, answer
    return {file["path"]: file["verdict"] for file in answer.json["inspection"]["files"]}


@pytest.mark.parametrize("name", DANGEROUS)
def test_what_runs_code_is_told(verdicts, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(DANGEROUS[name])
    assert verdicts[name] in ("dangerous", "malformed", "unknown"), f"the scanners say {oracles(path)}"
    if oracles(path):
        assert verdicts[name] in ("dangerous", "malformed"), verdicts[name]


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_harmless_is_safe(verdicts, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(HARMLESS[name])
    assert not oracles(path) or name == "dates.pkl"
    assert verdicts[name] == "safe", verdicts[name]
