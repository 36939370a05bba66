import pytest

from nodes import BINARY, Cluster


def pytest_configure(config):
    if not BINARY.exists() and not config.option.collectonly:
        raise pytest.UsageError(f"{BINARY} is not built: swift build -c release, or set PEERAGE_BINARY")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Puts the ends of the nodes' logs under a failure, and remembers that there was one."""
    report = yield
    if report.failed:
        clusters = [value for value in getattr(item, "funcargs", {}).values() if isinstance(value, Cluster)]
        for node in (node for cluster in clusters for node in cluster.nodes):
            report.sections.append((f"log of {node.name}", node.log_tail()))
    return report


def running_cluster(directory):
    cluster = Cluster(directory)
    try:
        cluster.start()
        yield cluster
    finally:
        dead = cluster.stop()
    ends = "\n".join(f"{node.name}:\n{node.log_tail()}" for node in dead)
    assert not dead, f"nodes ended although nobody asked them to:\n{ends}"


@pytest.fixture
def cluster(tmp_path):
    """Three nodes for one test, which may do to them what it likes."""
    yield from running_cluster(tmp_path / "cluster")


@pytest.fixture(scope="module")
def shared_cluster(tmp_path_factory):
    """Three nodes for the tests of a module that leave them as they were."""
    yield from running_cluster(tmp_path_factory.mktemp("shared") / "cluster")


@pytest.fixture
def idle_cluster(tmp_path):
    """Directories, certificates and token; the test starts what it wants."""
    cluster = Cluster(tmp_path / "cluster")
    yield cluster
    cluster.stop()


@pytest.fixture
def report(capsys):
    """Prints a test's figures past pytest's capture, one line each."""

    def write(name, value):
        with capsys.disabled():
            print(f"  {name}: {value}")

    return write
