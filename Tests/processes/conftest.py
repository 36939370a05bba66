import json

import pytest

import network
from nodes import BINARY, TOPOLOGY, Cluster


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
    expect_none_dead(dead)


def expect_none_dead(nodes):
    ends = "\n".join(f"{node.name}:\n{node.log_tail()}" for node in nodes)
    assert not nodes, f"nodes ended although nobody asked them to:\n{ends}"


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


@pytest.fixture(scope="session")
def places():
    """A network of its own for each node; where that is not permitted, why not."""
    reason = network.refusal()
    if reason:
        yield reason
        return
    made = network.Network([entry["node"] for entry in json.loads(TOPOLOGY.read_text())["nodes"]])
    yield made
    made.close()


@pytest.fixture
def placed_cluster(tmp_path, places, report):
    """Directories, certificates and token of three nodes, each in a network of its own where that is permitted, else
    all on loopback: for faults that need no link. The test starts what it wants."""
    if isinstance(places, str):
        report("nodes share the loopback network", places)
    cluster = Cluster(tmp_path / "cluster", network=None if isinstance(places, str) else places)
    yield cluster
    dead = cluster.stop()
    if cluster.network:
        cluster.network.restore()
    expect_none_dead(dead)


@pytest.fixture
def networked_cluster(places, request):
    """Three running nodes whose links can be cut, slowed and thinned out."""
    if isinstance(places, str):
        pytest.skip(f"the nodes' links cannot be disturbed: {places}")
    return request.getfixturevalue("placed_cluster").start()


@pytest.fixture
def report(capsys):
    """Prints a test's figures past pytest's capture, one line each."""

    def write(name, value):
        with capsys.disabled():
            print(f"  {name}: {value}")

    return write
