"""A project's bytes are kept where its rule says and nowhere else; a quota says how many there may be."""

import hashlib
import os
import time

import pytest

from nodes import Cluster, break_off, register, send_body, upload
from test_collect import read_alone, stored_bytes
from waiting import eventually

# Chunks that nothing names are looked for every ten seconds.
COLLECT_HOURS = "0.0028"
MOVE_SECONDS = 120


@pytest.fixture
def collecting_cluster(tmp_path):
    yield from started(tmp_path, {"PEERAGE_COLLECT_HOURS": COLLECT_HOURS})


@pytest.fixture
def archiving_cluster(tmp_path):
    """What was uploaded lately stays where it is, for who registers it again: twenty seconds instead of eight days, by
    the clock of the cluster's commands (`goes_on`)."""
    yield from started(tmp_path, {"PEERAGE_COLLECT_HOURS": COLLECT_HOURS, "PEERAGE_STAGED_DAYS": "0.00024"})


def started(tmp_path, settings):
    cluster = Cluster(tmp_path / "cluster")
    for node in cluster.nodes:
        node.environment = settings
    cluster.start()
    cluster.wait_understood()
    yield cluster
    cluster.stop()


@pytest.fixture
def ready_cluster(cluster):
    return cluster.wait_understood()


def change(node, project, **settings):
    return node.client().request("PATCH", f"/api/v1/projects/{project}", body=settings)


def create(cluster, project, *sites):
    made = cluster.cli_json("project", "create", project, "--sites", ",".join(sites))
    assert made["sites"] == sorted(sites)
    cluster.wait_caught_up()


def file_path(project, model, version=1, path="weights"):
    return f"/api/v1/projects/{project}/models/{model}/versions/{version}/files/{path}"


def test_a_site_that_does_not_keep_a_project_passes_it_through(ready_cluster, report):
    cluster = ready_cluster
    north, south, west = cluster.nodes
    create(cluster, "eu", "north", "south")
    before = stored_bytes(west)
    large, small = os.urandom(20 << 20), b"small"
    register(west.client(timeout=60), "eu", "through-west", {"weights": large, "small": small})
    register(south.client(timeout=60), "eu", "at-south", {"weights": large[::-1], "small": small})
    cluster.wait_caught_up()
    for model, content in {"through-west": large, "at-south": large[::-1]}.items():
        for node in cluster.nodes:
            assert node.client().get(file_path("eu", model)).body == content, node.name
        part = west.client().get(file_path("eu", model), headers={"Range": "bytes=10000000-10000099"})
        assert part.body == content[10_000_000:10_000_100]
    assert stored_bytes(west) == before, "the site that keeps nothing has stored something"
    found = cluster.holdings("eu", at=west)
    assert found == {"north": (found["south"][0], True), "south": (found["north"][0], True), "west": (0, False)}
    report("bytes held, by site", {site: held for site, (held, _) in found.items()})
    # The command line pushes deltas and pulls: both pass through, too.
    directory = cluster.directory / "push"
    directory.mkdir()
    (directory / "weights").write_bytes(large[:5_000_000] + b"changed" + large[5_000_000:])
    pushed = cluster.cli_json("push", directory, "eu/through-west", at=west)
    assert pushed["number"] == 2
    cluster.cli("pull", "eu/through-west", "-o", cluster.directory / "pulled", at=west)
    assert (cluster.directory / "pulled/weights").read_bytes() == (directory / "weights").read_bytes()
    assert stored_bytes(west) == before
    # What others know of the project does not depend on its bytes.
    assert west.client().get("/api/v1/projects/eu/models/at-south/versions/1").status == 200


def test_a_version_needs_a_majority_of_those_that_keep_it(ready_cluster):
    cluster = ready_cluster
    north, south, west = cluster.nodes
    create(cluster, "pair", "north", "south")
    create(cluster, "alone", "south")
    content = os.urandom(200_000)
    entry = {"path": "weights", **upload(west.client(), "pair", content)}
    south.kill()
    # Two of three voters are up, and yet one of the two that keep it is not a majority.
    digest = hashlib.sha256(content[::-1]).hexdigest()
    refused = north.client(timeout=60).put(f"/api/v1/projects/pair/uploads/{digest}", body=content[::-1])
    assert (refused.status, refused.problem) == (503, "bytes-not-replicated"), refused
    refused = west.client(timeout=60).put(f"/api/v1/projects/alone/uploads/{digest}", body=content[::-1])
    assert (refused.status, refused.problem) == (503, "bytes-not-replicated"), refused
    assert "no node that does took the file" in refused.json["detail"]
    # What both had before is registered without them.
    answer = west.client(timeout=60).post("/api/v1/projects/pair/models/early/versions", {"files": [entry]})
    assert answer.status == 201, answer
    south.start().wait_ready()
    register(west.client(timeout=60), "alone", "model", {"weights": content[::-1]})
    assert north.client().get(file_path("alone", "model")).body == content[::-1]


def test_bytes_move_when_the_rule_changes(collecting_cluster, report):
    cluster = collecting_cluster
    north, south, west = cluster.nodes
    content, other = os.urandom(12 << 20), os.urandom(1 << 20)
    register(north.client(timeout=60), "mover", "model", {"weights": content, "other": other})
    register(north.client(timeout=60), "stayer", "model", {"other": other})
    cluster.wait_caught_up()

    def moved(*keepers):
        found = cluster.holdings("mover")
        whole = {site for site, (_, is_whole) in found.items() if is_whole}
        # What another project has too stays.
        left = {site for site, (held, _) in found.items() if site not in keepers and (held is None or held > len(other))}
        return whole == set(keepers) and not left

    eventually(lambda: moved("north", "south", "west"), "every site has it", MOVE_SECONDS)
    began = time.monotonic()
    assert change(west, "mover", sites=["south"]).status == 200
    eventually(lambda: moved("south"), lambda: f"{cluster.holdings('mover')}\n{north.log_tail()}", MOVE_SECONDS)
    report("seconds until 12 MiB had left two sites", round(time.monotonic() - began))
    for node in cluster.nodes:
        assert node.client().get(file_path("mover", "model")).body == content
    assert change(south, "mover", sites=["west"]).status == 200
    eventually(lambda: moved("west"), lambda: f"{cluster.holdings('mover')}\n{south.log_tail()}", MOVE_SECONDS)
    assert change(south, "mover", sites=None).json.get("sites") is None
    eventually(lambda: moved("north", "south", "west"), "every site has it again", MOVE_SECONDS)
    north.kill()
    west.kill()
    read_alone(south, {file_path("mover", "model"): content, file_path("stayer", "model", path="other"): other})


def test_nothing_leaves_before_others_hold_it(collecting_cluster):
    cluster = collecting_cluster
    north, south, west = cluster.nodes
    south.kill()
    content = os.urandom(4 << 20)
    register(north.client(timeout=60), "mover", "model", {"weights": content})
    assert change(north, "mover", sites=["south"]).status == 200
    stays = "stay until those that keep them hold them"
    for node in (north, west):
        eventually(lambda: stays in node.log_text(), lambda: f"{node.name} says so\n{node.log_tail()}", MOVE_SECONDS)
    for node in (north, west):
        assert node.client().get(file_path("mover", "model")).body == content
    south.start().wait_ready()

    def has_left():
        found = cluster.holdings("mover")
        return found["south"][1] and found["north"][0] == found["west"][0] == 0

    eventually(has_left, lambda: f"{cluster.holdings('mover')}\n{north.log_tail()}", MOVE_SECONDS)
    north.kill()
    west.kill()
    read_alone(south, {file_path("mover", "model"): content})


def goes_on(node):
    assert node.client().post("/api/v1/projects", {"name": f"later-{time.monotonic_ns()}"}).status == 201


def stage(cluster, version, *names):
    for name in names:
        cluster.cli("stage", "set", version, name)


def test_an_archived_version_leaves_all_sites_but_the_archive_and_comes_back(archiving_cluster, tmp_path, report):
    cluster = archiving_cluster
    north, south, west = cluster.nodes
    shared, old, new = os.urandom(2 << 20), os.urandom(6 << 20), os.urandom(1 << 20)
    for content in (old, new):
        register(north.client(timeout=60), "acme", "model", {"weights": content, "shared": shared})
    cluster.wait_held("acme")
    told = cluster.cli("stage", "lifecycle", "acme", "--archive", "archived=west").stdout
    assert "archived (not used, kept at west)" in told
    stage(cluster, "acme/model:1", "retired", "archived")

    def kept():
        """Bytes that each site shall hold, and holds."""
        goes_on(north)
        told = cluster.cli_json("project", "holdings", "acme")
        return {node["site"]: (node["kept_bytes"], node["held_bytes"], node["whole"]) for node in told["nodes"]}

    everything, rest = len(shared) + len(old) + len(new), len(shared) + len(new)
    archived = {"north": (rest, rest, True), "south": (rest, rest, True), "west": (everything, everything, True)}
    began = time.monotonic()
    eventually(lambda: kept() == archived, lambda: f"{kept()}\n{north.log_tail()}", MOVE_SECONDS)
    report("seconds until 6 MiB had left two sites", round(time.monotonic() - began))
    # It is served all the same, everywhere, and so is what it shares with others.
    for node in cluster.nodes:
        assert node.client().get(file_path("acme", "model", 1)).body == old
        assert node.client().get(file_path("acme", "model", 2, "shared")).body == shared
    pulled = tmp_path / "copy"
    cluster.cli("pull", "acme/model:1", "-o", pulled, at=south)
    assert (pulled / "weights").read_bytes() == old
    # Without the archive its bytes cannot be had, which is said; those of others can.
    eventually(lambda: kept() == archived, lambda: f"{kept()}\n{north.log_tail()}", MOVE_SECONDS)
    west.kill()
    refused = north.client(timeout=60).get(file_path("acme", "model", 1))
    assert (refused.status, refused.problem) == (503, "bytes-unavailable"), refused
    assert "they are kept at west" in refused.json["detail"]
    assert north.client().get(file_path("acme", "model", 2)).body == new
    # What nodes hold is told while the archive is away.
    told = {node["site"]: node for node in cluster.cli_json("project", "holdings", "acme", at=north)["nodes"]}
    assert (told["north"]["held_bytes"], told["north"]["whole"]) == (rest, True) and "problem" in told["west"]
    west.start().wait_ready()
    # The archive cannot go while it is one, and back in use the version is everywhere.
    refused = cluster.cli("cluster", "remove", west.name, check=False)
    assert refused.returncode != 0 and "last node that keeps" in refused.stderr
    stage(cluster, "acme/model:1", "retired")
    everywhere = dict.fromkeys(archived, (everything, everything, True))
    eventually(lambda: kept() == everywhere, lambda: f"{kept()}\n{north.log_tail()}", MOVE_SECONDS)
    cluster.wait_held("acme")
    west.kill()
    south.kill()
    read_alone(north, {file_path("acme", "model", 1): old, file_path("acme", "model", 2): new})


def test_nothing_goes_to_an_archive_that_is_down(archiving_cluster):
    cluster = archiving_cluster
    north, south, west = cluster.nodes
    west.kill()
    content = os.urandom(4 << 20)
    register(north.client(timeout=60), "acme", "model", {"weights": content})
    cluster.cli("stage", "lifecycle", "acme", "--archive", "archived=west", at=north)
    for name in ("retired", "archived"):
        cluster.cli("stage", "set", "acme/model:1", name, at=north)
    stays = "stay until those that keep them hold them"
    for node in (north, south):
        eventually(
            lambda: goes_on(north) or stays in node.log_text(), lambda: f"{node.name} says so\n{node.log_tail()}",
            MOVE_SECONDS)
        assert node.client().get(file_path("acme", "model")).body == content
    west.start().wait_ready()

    def has_left():
        goes_on(north)
        found = cluster.holdings("acme")
        return found["west"][0] == len(content) and found["north"][0] == found["south"][0] == 0

    eventually(has_left, lambda: f"{cluster.holdings('acme')}\n{north.log_tail()}", MOVE_SECONDS)
    north.kill()
    south.kill()
    read_alone(west, {file_path("acme", "model"): content})


def test_a_deleted_version_moves_with_its_archive_and_can_be_taken_back(archiving_cluster):
    cluster = archiving_cluster
    north, south, west = cluster.nodes
    content = os.urandom(3 << 20)
    register(north.client(timeout=60), "acme", "model", {"weights": content})
    register(north.client(timeout=60), "acme", "model", {"weights": b"in use"})
    cluster.wait_held("acme")
    cluster.cli("stage", "lifecycle", "acme", "--archive", "archived=west")
    stage(cluster, "acme/model:1", "retired", "archived")

    def only(*sites):
        goes_on(north)
        found = cluster.holdings("acme")
        return all((held > 3 << 20) == (site in sites) for site, (held, _) in found.items())

    eventually(lambda: only("west"), lambda: f"{cluster.holdings('acme')}\n{north.log_tail()}", MOVE_SECONDS)
    cluster.cli("delete", "acme/model:1", "--reason", "old")
    cluster.cli("stage", "lifecycle", "acme", "--archive", "archived=south")
    eventually(lambda: only("south"), lambda: f"{cluster.holdings('acme')}\n{south.log_tail()}", MOVE_SECONDS)
    cluster.cli("undelete", "acme/model:1", "--reason", "needed")
    for node in (north, west):
        assert node.client(timeout=60).get(file_path("acme", "model", 1)).body == content
    north.kill()
    west.kill()
    read_alone(south, {file_path("acme", "model", 1): content})


def test_what_comes_through_another_site_is_checked(ready_cluster):
    cluster = ready_cluster
    west = cluster.west
    create(cluster, "checked", "south")
    content = os.urandom(3 << 20)
    wrong = hashlib.sha256(b"another").hexdigest()
    answer = west.client().put(f"/api/v1/projects/checked/uploads/{wrong}", body=content)
    assert (answer.status, answer.problem) == (422, "digest-mismatch"), answer
    break_off(cluster, west, "checked", 2 << 20)
    right = hashlib.sha256(content).hexdigest()
    assert west.client().get(f"/api/v1/projects/checked/uploads/{right}").status == 404
    assert west.client().put(f"/api/v1/projects/checked/uploads/{right}", body=content).status == 201
    assert west.client().get(f"/api/v1/projects/checked/uploads/{right}").status == 200
    empty = hashlib.sha256(b"").hexdigest()
    assert west.client().put(f"/api/v1/projects/checked/uploads/{empty}").status == 201


def test_a_keeper_that_dies_while_it_takes_a_file_over_fails_that_upload_alone(ready_cluster):
    cluster = ready_cluster
    north, south, west = cluster.nodes
    create(cluster, "dying", "south")
    content = os.urandom(40 << 20)
    digest = hashlib.sha256(content).hexdigest()
    path = f"/api/v1/projects/dying/uploads/{digest}"

    def pieces():
        """The body, and the death of the one that keeps it in the middle."""
        for start in range(0, len(content), 1 << 20):
            if start == 20 << 20:
                south.kill()
            yield content[start:start + (1 << 20)]

    try:
        assert send_body(cluster, west, path, pieces(), len(content)) in (503, None)
    except OSError:
        pass  # the node may close before the whole body was sent
    assert west.is_running and north.is_running
    south.start().wait_ready()
    assert west.client(timeout=60).put(path, body=content).status == 201


def test_rules_that_cannot_be_are_refused(ready_cluster):
    cluster = ready_cluster
    node = cluster.west
    cluster.cli("project", "create", "probe")
    for settings, status, word in [
        ({"sites": ["atlantis"]}, 422, "there is no node at site “atlantis”; the sites are north, south, west"),
        ({"sites": []}, 422, "name at least one site"),
        ({"sites": ["not a site"]}, 422, "is not a valid site name"),
        ({"sites": "north"}, 400, "sites"),
        ({"quota_bytes": -1}, 400, "not as expected"),
        ({"quota": 5}, 400, "“quota” is not a member"),
    ]:
        answer = change(node, "probe", **settings)
        assert answer.status == status and word in answer.json["detail"], (settings, answer)
    assert change(node, "nowhere", description="x").status == 404
    assert node.client().get("/api/v1/projects/nowhere/holdings").status == 404
    refused = cluster.cli("project", "set", "probe", check=False)
    assert refused.returncode == 2 and "Say what shall change" in refused.stderr
    assert cluster.cli("project", "set", "probe", "--quota", "many", check=False).returncode == 2
    # The last node that keeps a project stays.
    assert change(node, "probe", sites=["north", "west"]).status == 200
    cluster.wait_caught_up()
    cluster.cli("cluster", "remove", "west-1", at=cluster.north)
    refused = cluster.cli("cluster", "remove", "north-1", at=cluster.south, check=False)
    assert refused.returncode == 1 and "project “probe”" in refused.stderr, refused.stderr


def test_a_quota_counts_each_content_once(ready_cluster):
    cluster = ready_cluster
    north, south, west = cluster.nodes
    first, second = os.urandom(600_000), os.urandom(500_000)
    cluster.cli("project", "create", "small", "--quota", "1MB", "--description", "little room")
    register(north.client(), "small", "one", {"weights": first, "copy": first})
    register(south.client(), "small", "two", {"weights": first})
    shown = cluster.cli_json("project", "show", "small", "--consistency", "linearizable")
    assert (shown["quota_bytes"], shown["used_bytes"]) == (1_000_000, 600_000), shown
    refused = west.client().put(f"/api/v1/projects/small/uploads/{hashlib.sha256(second).hexdigest()}", body=second)
    assert (refused.status, refused.problem) == (403, "quota-exceeded"), refused
    assert "may have 1000000 bytes and has 600000; this would add 500000" in refused.json["detail"]
    # What was uploaded in time is refused when it is registered: the log decides.
    cluster.cli("project", "set", "small", "--quota", "none")
    cluster.wait_caught_up()
    entry = {"path": "weights", **upload(west.client(), "small", second)}
    cluster.cli("project", "set", "small", "--quota", "1MB")
    cluster.wait_caught_up()
    versions = "/api/v1/projects/small/models/one/versions"
    refused = west.client().post(versions, {"files": [entry]})
    assert (refused.status, refused.problem) == (403, "quota-exceeded"), refused
    cluster.cli("project", "set", "small", "--quota", "2MB")
    assert west.client().post(versions, {"files": [entry]}).status == 201
    shown = cluster.cli_json("project", "show", "small", "--consistency", "linearizable")
    assert shown["used_bytes"] == 1_100_000
    assert "1.0 MiB" in cluster.cli("project", "show", "small").stdout
