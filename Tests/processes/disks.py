"""Disks that are too small, and disks that fail."""

import errno
import os
import shutil
import subprocess
from pathlib import Path

SHIM_SOURCE = Path(__file__).with_name("write_errors.c")


class SmallDisk:
    """A file system of its own for one node's data directory, which can be filled and freed."""

    def __init__(self, node, mebibytes):
        self.mount_point = node.data
        self.filler = node.data / "filler"
        self.mount_point.mkdir(exist_ok=True)
        self.refusal = self._run(
            "mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=0700", "tmpfs", self.mount_point)

    @staticmethod
    def _run(*command):
        """Why the command failed; empty when it did not."""
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        return "" if done.returncode == 0 else done.stderr.strip() or "it failed"

    def fill(self, leave_mebibytes=0):
        """Takes all space but so much. What is freed afterwards stays free."""
        descriptor = os.open(self.filler, os.O_CREAT | os.O_WRONLY, 0o600)
        try:
            while (space := self._space(descriptor) - (leave_mebibytes << 20)) > 0:
                self._take(descriptor, space)
        finally:
            os.close(descriptor)

    @staticmethod
    def _space(descriptor):
        found = os.fstatvfs(descriptor)
        return found.f_bavail * found.f_frsize

    @staticmethod
    def _take(descriptor, space):
        try:
            os.posix_fallocate(descriptor, os.fstat(descriptor).st_size, space)
        except OSError as error:
            if error.errno != errno.ENOSPC:  # the node was faster: there is less by now
                raise

    def free(self):
        self.filler.unlink(missing_ok=True)

    def close(self):
        """For when no process uses it any more."""
        if not self.refusal:
            refusal = self._run("umount", self.mount_point)
            assert not refusal, refusal
            self.refusal = "it is unmounted"


class FailingDisk:
    """Write errors under one node, which must be started after this: `write_errors.c` is loaded into it."""

    @staticmethod
    def refusal():
        """Why there can be none here; None when there can."""
        return None if shutil.which("cc") else "there is no C compiler"

    def __init__(self, node, directory):
        self.control = directory / f"faults-{node.name}"
        self.control.mkdir()
        shim = directory / "write_errors.so"
        if not shim.exists():
            subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", shim, SHIM_SOURCE, "-ldl"], check=True)
        node.environment = {
            "LD_PRELOAD": str(shim),
            "PEERAGE_FAULT_DIRECTORY": str(node.data),
            "PEERAGE_FAULT_CONTROL": str(self.control),
        }

    def begin(self, order):
        """`order` is one that write_errors.c knows."""
        (self.control / order).touch()

    def end(self):
        for order in ("write", "sync", "sync-once"):
            (self.control / order).unlink(missing_ok=True)

    @property
    def failures(self):
        """How often it struck."""
        counter = self.control / "failures"
        return counter.stat().st_size if counter.exists() else 0
