"""Models are found at every site by the node's own index, which follows the log and is made again when it is lost."""

import shutil

import pytest

from nodes import register
from test_inspection import safetensors
from waiting import eventually

MODELS = [
    ("ner-large", {"task": "ner", "framework": "pytorch", "license": "apache-2.0", "language": ["en", "de"],
                   "metrics": {"f1": 0.93}, "lineage": {"datasets": [{"name": "conll", "role": "training"}]}},
     "# Entities\n\nFinds people and places in newspaper text.\n"),
    ("ner-small", {"task": "ner", "framework": "onnx", "license": "mit", "metrics": {"f1": 0.85},
                   "lineage": {"datasets": [{"name": "conll", "role": "training"}]}},
     "# Small entities\n\nFinds people in tweets, fast.\n"),
    ("ranker", {"task": "ranking", "framework": "pytorch", "license": "mit", "metrics": {"ndcg": 0.4}},
     "# Ranker\n\nOrders products by what a buyer wants.\n"),
]


@pytest.fixture(scope="module")
def shop(shared_cluster):
    shared_cluster.wait_understood()
    client = shared_cluster.north.client()
    for name, metadata, card in MODELS:
        weights = safetensors({"w": ("BF16", [4], bytes(8))})
        register(client, "shop", name, {"model.safetensors": weights, "README.md": card.encode()}, metadata=metadata,
                 tags={"team": "search"})
    shared_cluster.wait_caught_up()
    return shared_cluster


def search(node, query, **options):
    answer = node.client().get(f"/api/v1/search?{query}", consistency=options.get("consistency", "linearizable"))
    assert answer.status == 200, answer
    return answer.json


def names(found):
    return [hit["model"] for hit in found["hits"] if hit["project"] == "shop"]


QUERIES = [
    ("q=newspaper", ["ner-large"]), ("q=newspapr", ["ner-large"]), ("q=task:ner%20project:shop&sort=name", ["ner-large", "ner-small"]),
    ("q=task:ner%20metrics.f1%3E0.9", ["ner-large"]), ("q=license:mit%20-task:ner%20project:shop", ["ranker"]),
    ("q=project:shop%20framework:onnx,pytorch&sort=-metrics.f1", ["ner-large", "ner-small", "ranker"]),
    ("q=dataset:conll&sort=metrics.f1", ["ner-small", "ner-large"]), ("q=people%20-tweets", ["ner-large"]),
    ("q=project:shop%20dtype:bf16%20size%3C1MB%20ranker", ["ranker"]), ("q=tag:team%3Dsearch&sort=name&limit=1", ["ner-large"]),
]


@pytest.mark.parametrize("query,expected", QUERIES)
def test_models_are_found_at_every_site(shop, query, expected):
    for node in shop.nodes:
        assert names(search(node, query)) == expected, node.name


def test_values_are_counted_and_pages_followed(shop):
    found = search(shop.south, "q=project:shop&facets=task,framework,license&sort=name&limit=2")
    assert {facet["name"]: {one["value"]: one["count"] for one in facet["values"]} for facet in found["facets"]} == {
        "task": {"ner": 2, "ranking": 1}, "framework": {"pytorch": 2, "onnx": 1}, "license": {"mit": 2, "apache-2.0": 1}}
    assert (found["total"], names(found)) == (3, ["ner-large", "ner-small"])
    rest = search(shop.west, f"q=project:shop&sort=name&limit=2&cursor={found['next']}")
    assert (names(rest), rest.get("next")) == (["ranker"], None)


def test_what_is_written_is_found_at_once_and_by_where_it_stands(shop):
    client = shop.south.client()
    register(client, "shop", "ranker", {"README.md": b"# Ranker\n\nNow with zeppelins.\n"})
    answer = client.get("/api/v1/search?q=zeppelins", consistency="linearizable")
    assert names(answer.json) == ["ranker"] and answer.json["index"] == answer.applied_index
    assert names(search(shop.north, "q=buyer")) == [], "the card of the version before is not the model's any more"
    shop.cli("stage", "set", "shop/ner-large:1", "candidate")
    assert names(search(shop.west, "q=stage:candidate%20project:shop")) == ["ner-large"]
    shop.cli("alias", "set", "shop/ner-small@edge", 1)
    assert names(search(shop.west, "q=alias:edge")) == ["ner-small"]
    shop.cli("evaluate", "shop/ner-small:1", "--metric", "f1=0.99")
    assert names(search(shop.west, "q=metrics.f1%3E0.95")) == ["ner-small"]


def test_what_a_card_says_in_front_is_found(shop):
    card = b"---\nlicense: gpl-3.0\npipeline_tag: detection\ntags: [yak]\n---\n# Grazer\n\nFinds yaks on slopes.\n"
    register(shop.north.client(), "shop", "grazer", {"README.md": card})
    for query in ("q=license:gpl-3.0", "q=task:detection", "q=tag:yak", "q=slopes"):
        assert names(search(shop.west, query)) == ["grazer"], query
    broken = b"---\nlicense: &a gpl\n---\n# Broken\n\nquagmire\n"
    register(shop.north.client(), "shop", "broken", {"README.md": broken})
    assert names(search(shop.south, "q=quagmire")) == ["broken"]


def test_what_means_nothing_is_refused_with_its_place(shop):
    client = shop.north.client()
    for query in ("q=size%3Cmany", "q=%22open", "q=task:", "sort=relevance&limit=0", "q=a&cursor=nonsense", "limit=1000"):
        answer = client.get("/api/v1/search?" + query)
        assert answer.status == 400, (query, answer)
    assert "character" in client.get("/api/v1/search?q=a%20size%3Cmany").json["detail"]
    assert client.get("/api/v1/projects/shop/models/never/similar").status == 404


def test_similar_models_are_told_with_the_reason(shop):
    shown = shop.cli("similar", "shop/ner-small").stdout
    assert "shop/ner-large" in shown and "same task: ner" in shown and "same data: conll" in shown
    text = shop.cli("search", "task:ner", "project:shop", "--facet", "license").stdout
    assert "license: " in text and "2 models" in text


def test_a_lost_or_damaged_index_is_made_again(cluster):
    client = cluster.north.client()
    for number in range(3):
        register(client, "lost", f"model-{number}", {"README.md": f"# Number {number}\n\nwombat\n".encode()})
    cluster.wait_caught_up()
    folder = cluster.south.data / "search"
    assert cluster.south.stop() == 0
    for damage in (lambda: shutil.rmtree(folder), lambda: [f.write_bytes(b"x" * 5_000) for f in folder.iterdir()]):
        damage()
        cluster.south.start().wait_ready()

        def is_found():
            answer = cluster.south.client().get("/api/v1/search?q=wombat")
            return answer.status == 200 and answer.json["total"] == 3

        eventually(is_found, "the index is there again", within=20)
        assert cluster.south.stop() == 0
    cluster.south.start().wait_ready()


def test_a_node_that_is_cut_off_still_finds(cluster):
    register(cluster.north.client(), "alone", "model", {"README.md": b"# One\n\nwombat\n"})
    cluster.wait_caught_up()
    search(cluster.south, "q=wombat")
    for node in (cluster.north, cluster.west):
        node.kill()
    answer = cluster.south.client().get("/api/v1/search?q=wombat", consistency="stale")
    assert (answer.status, answer.json["total"]) == (200, 1)


def best(node, query):
    answer = node.client().get(f"/api/v1/best?{query}", consistency="linearizable")
    return answer.status, answer.json if answer.status != 200 else [
        (one["model"], one["number"], one["value"]) for one in answer.json["entries"]]


def test_the_best_of_all_versions_is_told_not_of_the_newest_alone(shop):
    client = shop.north.client()
    for f1, latency in [(0.91, 9), (0.95, 30), (0.89, 4)]:
        register(client, "race", "car", {"a.txt": str(f1).encode()},
                 metadata={"task": "ner", "metrics": {"f1": f1, "latency_ms": latency}})
    assert best(shop.south, "by=metrics.f1&in=race") == (200, [("car", 2, 0.95), ("car", 1, 0.91), ("car", 3, 0.89)])
    assert best(shop.west, "by=metrics.latency_ms&in=race/car&where=task:ner%20and%20f1%3E0.9") == (
        200, [("car", 1, 9), ("car", 2, 30)])
    assert best(shop.north, "by=size&in=race&order=highest&limit=1")[1][0][0] == "car"
    assert best(shop.north, "by=metrics.strangeness&in=race")[0] == 400
    assert best(shop.north, "by=size&where=fast")[0] == 400
    assert best(shop.north, "by=size&in=nowhere")[0] == 404
    shown = shop.cli("best", "metrics.latency_ms", "--in", "race", "--where", "f1>0.9", at=shop.south).stdout
    assert "race/car:1" in shown and "race/car:3" not in shown
