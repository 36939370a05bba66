"""The gRPC surface, by Google's own client: what REST serves, it serves, with the same permissions."""

import hashlib
import os
import subprocess
import sys
import threading
import time

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase  # noqa: F401

from nodes import Cluster, REPOSITORY, draw_ports, register

PROTOS = REPOSITORY / "Sources/API/GRPC/Protos"


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    """The messages and stubs that protoc makes of the .proto that is published."""
    folder = tmp_path_factory.mktemp("stubs")
    files = ["peerage/v1/peerage.proto", "grpc/reflection/v1/reflection.proto"]
    subprocess.run(
        [sys.executable, "-m", "grpc_tools.protoc", "-I", PROTOS, f"--python_out={folder}",
         f"--grpc_python_out={folder}", files[0]], check=True)
    sys.path.insert(0, str(folder))
    from peerage.v1 import peerage_pb2, peerage_pb2_grpc

    yield peerage_pb2, peerage_pb2_grpc
    sys.path.remove(str(folder))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("grpc") / "cluster")
    for node, port in zip(cluster.nodes, draw_ports(len(cluster.nodes))):
        node.grpc_port = port
        node.environment = {"PEERAGE_GRPC": f"127.0.0.1:{port}"}
    cluster.start()
    yield cluster.wait_understood()
    cluster.stop()


def channel_to(cluster, node):
    with open(cluster.ca, "rb") as file:
        credentials = grpc.ssl_channel_credentials(root_certificates=file.read())
    return grpc.secure_channel(f"127.0.0.1:{node.grpc_port}", credentials,
                               options=[("grpc.max_receive_message_length", 32 << 20)])


@pytest.fixture(scope="module")
def channels(cluster):
    opened = {node.site: channel_to(cluster, node) for node in cluster.nodes}
    yield opened
    for channel in opened.values():
        channel.close()


def authorization(token):
    return [("authorization", f"Bearer {token}")]


def upload(api, channel, metadata, project, content):
    messages, stubs = api

    def parts():
        header = messages.UploadedFileHeader(
            project=project, sha256=hashlib.sha256(content).hexdigest(), size=len(content))
        yield messages.UploadFileRequest(header=header)
        for start in range(0, len(content), 100_000):
            yield messages.UploadFileRequest(data=content[start:start + 100_000])

    return stubs.FilesStub(channel).UploadFile(parts(), metadata=metadata)


def registered(api, channel, metadata, project, model, content, key=None, **more):
    messages, stubs = api
    uploaded = upload(api, channel, metadata, project, content)
    request = messages.RegisterVersionRequest(
        project=project, model=model, files=[messages.File(path="a.bin", size=uploaded.size, sha256=uploaded.sha256)])
    for name, value in more.items():
        setattr(request, name, value)
    request.metadata.update({"metrics": {"f1": 0.5}, "task": "ner"})
    request.tags.update({"team": "search"})
    extra = [("idempotency-key", key)] if key else []
    return stubs.ModelRegistryStub(channel).RegisterVersion(request, metadata=metadata + extra)


def test_what_is_registered_by_one_surface_is_read_by_the_other(api, cluster, channels):
    messages, stubs = api
    metadata, content = authorization(cluster.token), os.urandom(1_000_000)
    version = registered(api, channels["north"], metadata, "wire", "ranker", content, message="first")
    assert (version.project, version.model, version.number, version.message) == ("wire", "ranker", 1, "first")
    assert version.metadata["metrics"]["f1"] == 0.5 and version.files[0].size == len(content)
    shown = cluster.south.client().get("/api/v1/projects/wire/models/ranker/versions/1", consistency="linearizable").json
    assert shown["digest"] == version.digest and shown["tags"] == {"team": "search"} and shown["created_at"] == version.created_at
    register(cluster.west.client(), "wire", "ranker", {"b.bin": b"2"})
    models = stubs.ModelRegistryStub(channels["south"])
    fresh = metadata + [("peerage-consistency", "linearizable")]
    assert [one.number for one in models.ListVersions(
        messages.ListVersionsRequest(project="wire", model="ranker"), metadata=fresh).items] == [2, 1]
    call = models.GetVersion.with_call(
        messages.GetVersionRequest(project="wire", model="ranker", version="main"), metadata=fresh)
    assert call[0].number == 2 and dict(call[1].initial_metadata())["peerage-node"] == cluster.south.name
    ranked = models.RankVersions(messages.RankVersionsRequest(by="metrics.f1"), metadata=metadata)
    assert [(one.number, one.value) for one in ranked.entries] == [(1, 0.5)]


def test_files_are_streamed_whole_and_in_part(api, cluster, channels):
    messages, stubs = api
    metadata, content = authorization(cluster.token), os.urandom(5_000_000)
    registered(api, channels["south"], metadata, "wire", "large", content)
    files = stubs.FilesStub(channels["west"])
    fresh = metadata + [("peerage-consistency", "linearizable")]

    def read(**part):
        request = messages.ReadFileRequest(project="wire", model="large", version="1", path="a.bin", **part)
        return b"".join(piece.data for piece in files.ReadFile(request, metadata=fresh))

    assert read() == content
    assert read(offset=4_999_990) == content[-10:]
    assert read(offset=1_000_000, length=300_000) == content[1_000_000:1_300_000]
    with pytest.raises(grpc.RpcError) as refused:
        read(offset=5_000_000)
    assert refused.value.code() == grpc.StatusCode.OUT_OF_RANGE
    with pytest.raises(grpc.RpcError) as refused:
        read(length=0)
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_an_upload_that_lies_or_ends_early_is_refused(api, cluster, channels):
    messages, stubs = api
    files, metadata = stubs.FilesStub(channels["north"]), authorization(cluster.token)
    digest = hashlib.sha256(b"abc").hexdigest()
    header = messages.UploadFileRequest(header=messages.UploadedFileHeader(project="wire", sha256=digest, size=3))

    def code(*parts):
        with pytest.raises(grpc.RpcError) as refused:
            files.UploadFile(iter(parts), metadata=metadata, timeout=20)
        return refused.value.code()

    assert code(messages.UploadFileRequest(data=b"abc")) == grpc.StatusCode.INVALID_ARGUMENT
    assert code(header, messages.UploadFileRequest(data=b"abd")) == grpc.StatusCode.INVALID_ARGUMENT
    assert code(header, messages.UploadFileRequest(data=b"ab")) == grpc.StatusCode.INVALID_ARGUMENT
    assert code(header, header) == grpc.StatusCode.INVALID_ARGUMENT
    assert code() == grpc.StatusCode.INVALID_ARGUMENT
    assert upload(api, channels["north"], metadata, "wire", b"abc").size == 3


def test_a_repeated_key_registers_once(api, cluster, channels):
    metadata = authorization(cluster.token)
    first = registered(api, channels["north"], metadata, "wire", "once", b"1", key="k-1")
    again = registered(api, channels["west"], metadata, "wire", "once", b"1", key="k-1")
    assert (first.number, again.number) == (1, 1)


def test_errors_have_their_code_and_the_problem_itself(api, cluster, channels):
    messages, stubs = api
    models, metadata = stubs.ModelRegistryStub(channels["north"]), authorization(cluster.token)

    def refusal(call, request, metadata=metadata):
        with pytest.raises(grpc.RpcError) as refused:
            call(request, metadata=metadata)
        return refused.value

    missing = refusal(models.GetModel, messages.GetModelRequest(project="wire", model="nobody"))
    assert missing.code() == grpc.StatusCode.NOT_FOUND and "nobody" in missing.details()
    trailing = dict(missing.trailing_metadata())
    assert trailing["peerage-problem-type"] == "urn:peerage:problem:not-found"
    assert b'"status":404' in trailing["peerage-problem-bin"]
    assert refusal(models.GetModel, messages.GetModelRequest(project="wire")).code() == grpc.StatusCode.INVALID_ARGUMENT
    assert refusal(models.GetModel, messages.GetModelRequest(project="a/../b", model="x")).code() == grpc.StatusCode.INVALID_ARGUMENT
    unknown = refusal(models.GetModel, messages.GetModelRequest(project="wire", model="x"), metadata=None)
    assert unknown.code() == grpc.StatusCode.UNAUTHENTICATED
    stubs.ProjectsStub(channels["north"]).CreateProject(messages.CreateProjectRequest(name="twice"), metadata=metadata)
    taken = refusal(stubs.ProjectsStub(channels["north"]).CreateProject, messages.CreateProjectRequest(name="twice"))
    assert taken.code() == grpc.StatusCode.ALREADY_EXISTS


def test_a_reader_reads_and_no_more(api, cluster, channels):
    messages, stubs = api
    cluster.cli("principal", "add", "wire-reader", "--role", "reader")
    token = cluster.cli("token", "issue", "--for", "wire-reader", "--label", "t").stdout.strip()
    reader = authorization(token) + [("peerage-consistency", "linearizable")]
    projects = stubs.ProjectsStub(channels["south"])
    assert projects.ListProjects(messages.ListProjectsRequest(), metadata=reader) is not None
    for call, request in [
        (projects.CreateProject, messages.CreateProjectRequest(name="mine")),
        (stubs.PoliciesStub(channels["south"]).RemoveRetention, messages.RemoveRetentionRequest(project="wire")),
        (stubs.ClusterStub(channels["south"]).ListAuditRecords, messages.ListAuditRecordsRequest()),
    ]:
        with pytest.raises(grpc.RpcError) as refused:
            call(request, metadata=reader)
        assert refused.value.code() == grpc.StatusCode.PERMISSION_DENIED


def test_events_are_followed(api, cluster, channels):
    messages, stubs = api
    metadata = authorization(cluster.token)
    stream = stubs.EventsStub(channels["west"]).FollowEvents(
        messages.FollowEventsRequest(after="latest"), metadata=metadata, timeout=30)
    seen, found = [], threading.Event()

    def follow():
        try:
            for event in stream:
                seen.append(event)
                if event.subject.startswith("followed"):
                    found.set()
        except grpc.RpcError:
            pass

    thread = threading.Thread(target=follow)
    thread.start()
    cluster.cli("project", "create", "followed")
    assert found.wait(20)
    stream.cancel()
    thread.join()
    assert seen[-1].type.endswith("project.create") and seen[-1].data.by == "administrator"


def test_null_takes_a_setting_away(api, cluster, channels):
    messages, stubs = api
    metadata = authorization(cluster.token)
    projects = stubs.ProjectsStub(channels["north"])
    projects.CreateProject(messages.CreateProjectRequest(name="limited"), metadata=metadata)
    request = messages.ChangeProjectRequest(project="limited")
    request.quota_bytes.number_value = 1_000_000_000
    assert projects.ChangeProject(request, metadata=metadata).quota_bytes == 1_000_000_000
    request.quota_bytes.null_value = 0
    assert not projects.ChangeProject(request, metadata=metadata).HasField("quota_bytes")


def test_schemas_and_stages(api, cluster, channels):
    messages, stubs = api
    metadata = authorization(cluster.token)
    registered(api, channels["north"], metadata, "asked", "ranker", b"1")
    policies, lifecycles = stubs.PoliciesStub(channels["north"]), stubs.LifecyclesStub(channels["north"])
    request = messages.SetStageSchemaRequest(project="asked", stage="candidate")
    request.schema.update({"required": ["license"]})
    assert policies.SetStageSchema(request, metadata=metadata).schema["required"][0] == "license"
    move = messages.MoveVersionRequest(project="asked", model="ranker", version="1", to="candidate")
    with pytest.raises(grpc.RpcError) as refused:
        lifecycles.MoveVersion(move, metadata=metadata)
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT and "license" in refused.value.details()
    policies.RemoveStageSchema(messages.RemoveStageSchemaRequest(project="asked", stage="candidate"), metadata=metadata)
    assert lifecycles.MoveVersion(move, metadata=metadata).stage.stage == "candidate"
    lifecycle = lifecycles.GetLifecycle(messages.GetLifecycleRequest(project="asked"), metadata=metadata)
    again = lifecycles.SetLifecycle(
        messages.SetLifecycleRequest(project="asked", lifecycle=lifecycle), metadata=metadata)
    assert again == lifecycle


def test_the_server_says_what_it_serves_and_that_it_does(cluster, channels):
    health = health_pb2_grpc.HealthStub(channels["north"])
    serving = health_pb2.HealthCheckResponse.SERVING
    assert health.Check(health_pb2.HealthCheckRequest()).status == serving
    assert health.Check(health_pb2.HealthCheckRequest(service="peerage.v1.Files")).status == serving
    assert next(iter(health.Watch(health_pb2.HealthCheckRequest(), timeout=20))).status == serving
    with pytest.raises(grpc.RpcError) as refused:
        health.Check(health_pb2.HealthCheckRequest(service="nobody"))
    assert refused.value.code() == grpc.StatusCode.NOT_FOUND


def test_an_upload_that_is_refused_unread_ends(api, cluster, channels):
    for _ in range(5):
        with pytest.raises(grpc.RpcError) as refused:
            upload(api, channels["north"], authorization("peerage_nobody"), "wire", bytes(3_000_000))
        assert refused.value.code() == grpc.StatusCode.UNAUTHENTICATED


def test_streams_end_when_their_clients_go(api, cluster, channels):
    messages, stubs = api

    def asked(route):
        text = cluster.north.client().get("/metrics").body.decode()
        counts = [line for line in text.splitlines() if line.startswith("peerage_http_request_seconds_count") and route in line]
        return sum(float(line.rsplit(" ", 1)[1]) for line in counts)

    def streams():
        channel = channel_to(cluster, cluster.north)
        for _ in range(20):
            yield channel, health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(), timeout=60)
            yield channel, stubs.EventsStub(channel).FollowEvents(
                messages.FollowEventsRequest(after="latest"), metadata=authorization(cluster.token), timeout=60)

    opened = list(streams())
    time.sleep(2.5)
    before = {route: asked(route) for route in ("/readyz", "/api/v1/events")}
    time.sleep(2.5)
    assert all(asked(route) - count >= 20 for route, count in before.items())
    for channel, stream in opened:
        stream.cancel()
        channel.close()
    time.sleep(2.5)
    before = {route: asked(route) for route in ("/readyz", "/api/v1/events")}
    time.sleep(2.5)
    # The cluster's own look at readiness is no stream's.
    assert all(asked(route) - count <= 3 for route, count in before.items())


def test_a_private_project_is_not_there(api, cluster, channels):
    messages, stubs = api
    metadata = authorization(cluster.token)
    stubs.ProjectsStub(channels["north"]).CreateProject(
        messages.CreateProjectRequest(name="closed", visibility="private"), metadata=metadata)
    cluster.cli("principal", "add", "outsider", "--role", "steward")
    outsider = authorization(cluster.cli("token", "issue", "--for", "outsider").stdout.strip())
    cluster.wait_caught_up()
    projects = stubs.ProjectsStub(channels["south"])
    assert projects.GetProject(messages.GetProjectRequest(project="closed"), metadata=metadata).visibility == "private"
    with pytest.raises(grpc.RpcError) as refused:
        projects.GetProject(messages.GetProjectRequest(project="closed"), metadata=outsider)
    assert refused.value.code() == grpc.StatusCode.NOT_FOUND
    listed = projects.ListProjects(messages.ListProjectsRequest(), metadata=outsider).items
    assert "closed" not in [project.name for project in listed]


def test_a_node_that_stops_ends_its_streams(api, cluster, channels):
    messages, stubs = api
    stream = stubs.EventsStub(channels["south"]).FollowEvents(
        messages.FollowEventsRequest(after="latest"), metadata=authorization(cluster.token), timeout=60)
    threading.Thread(target=lambda: list_quietly(stream)).start()
    cluster.south.stop()
    cluster.south.start()
    cluster.wait_caught_up()


def list_quietly(stream):
    try:
        for _ in stream:
            pass
    except grpc.RpcError:
        pass
