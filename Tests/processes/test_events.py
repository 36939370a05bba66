"""Everything that changes is told, in one order at every node; who lost the connection goes on at another."""

import http.client
import json
import select
import ssl

from nodes import register
from waiting import eventually


def stream(node, **headers):
    """An open stream of server-sent events, and its connection."""
    context = ssl.create_default_context(cafile=node.cluster.ca)
    connection = http.client.HTTPSConnection("127.0.0.1", node.port, context=context, timeout=10)
    connection.request("GET", "/api/v1/events", headers={
        "Authorization": f"Bearer {node.cluster.token}", "Accept": "text/event-stream", **headers})
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("content-type")) == (200, "text/event-stream")
    return answer, connection


def next_events(answer, count):
    """The next `count` events of a stream: (id, type, data)."""
    found, fields = [], {}
    while len(found) < count:
        line = answer.readline().decode().rstrip("\n")
        if line.startswith(":"):
            continue
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif fields:
            found.append((fields["id"], fields["event"], json.loads(fields["data"])))
            fields = {}
    return found


def listed(node, after="0"):
    return node.client().get(f"/api/v1/events?after={after}&limit=1000", consistency="linearizable").json


def test_every_node_tells_the_same_in_the_order_of_the_log(shared_cluster):
    client = shared_cluster.north.client()
    register(client, "news", "one", {"a.bin": b"1"})
    client.request("PUT", "/api/v1/projects/news/models/one/aliases/best", body={"version": 9})
    client.request("PUT", "/api/v1/projects/news/models/one/aliases/best", body={"version": 1})
    told = [listed(node)["items"] for node in shared_cluster.nodes]
    assert told[0] == told[1] == told[2]
    last = told[0][-2:]
    assert [(event["type"], event["subject"]) for event in last] == [
        ("peerage.version.register", "news/one:1"), ("peerage.alias.set", "news/one@best")]
    assert last[0]["specversion"] == "1.0" and last[0]["source"].startswith("urn:peerage:cluster:")
    # What was refused in between changed nothing, and has no event.
    assert int(last[1]["id"]) == int(last[0]["id"]) + 2


def test_a_stream_tells_what_happens_and_goes_on_at_another_node(shared_cluster):
    latest = listed(shared_cluster.north)["next"]
    first, connection = stream(shared_cluster.north, **{"Last-Event-ID": latest})
    register(shared_cluster.south.client(), "news", "two", {"a.bin": b"2"})
    seen, kind, event = next_events(first, 1)[0]
    assert (kind, event["subject"]) == ("peerage.version.register", "news/two:1")
    assert event["data"]["site"] == "south"
    connection.close()
    register(shared_cluster.south.client(), "news", "two", {"a.bin": b"3"})
    second, connection = stream(shared_cluster.west, **{"Last-Event-ID": seen})
    assert next_events(second, 1)[0][2]["subject"] == "news/two:2"
    connection.close()


def test_a_stream_ends_when_its_node_stops(cluster):
    answer, connection = stream(cluster.west)
    next_events(answer, 1)
    assert cluster.west.stop() == 0
    rest = answer.read()
    assert rest == b"" or rest.startswith((b":", b"id:")) or b"\n\n" in rest
    connection.close()
    cluster.west.start().wait_ready()


def test_who_waits_is_told_at_once_or_that_there_was_nothing(shared_cluster):
    client = shared_cluster.north.client()
    latest = client.get("/api/v1/events?after=latest", consistency="linearizable").json["next"]
    empty = client.get(f"/api/v1/events?after={latest}&wait=1").json
    assert empty == {"items": [], "next": latest}
    for wrong in ("after=x", "wait=61", "wait=-1", "limit=0"):
        assert client.get(f"/api/v1/events?{wrong}").status == 400, wrong


def test_the_command_line_follows(shared_cluster):
    listing = shared_cluster.cli("events").stdout.splitlines()
    assert any("version.register" in line for line in listing)
    follower = shared_cluster.start_cli("events", "--follow", "--after", "latest", "--json", at=shared_cluster.west)
    try:
        def is_told():
            # It may not follow yet, and then never hears of this one.
            register(shared_cluster.north.client(), "news", "three", {"a.bin": b"3"})
            return select.select([follower.stdout], [], [], 0.1)[0]

        eventually(is_told, "the follower prints an event", within=20)
        assert json.loads(follower.stdout.readline())["type"].startswith("peerage.")
    finally:
        follower.kill()
        follower.wait()

