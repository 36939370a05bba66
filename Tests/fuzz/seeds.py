"""Writes small valid files of each format, for the fuzzer to begin with: seeds.py FOLDER."""

import io
import json
import pickle
import struct
import sys
import tarfile
import zipfile
from collections import OrderedDict, deque
from pathlib import Path


def zipped(**members):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), data)
    return content.getvalue()


def tarred():
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in (("model.pkl", pickle.dumps([1, 2])), ("x" * 120 + "é", b"1")):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "model.pkl"
        archive.addfile(link)
    return content.getvalue()


def safetensors():
    header = json.dumps({
        "__metadata__": {"format": "pt"},
        "a": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]},
        "b": {"dtype": "BF16", "shape": [3], "data_offsets": [16, 22]},
    }).encode()
    return struct.pack("<Q", len(header)) + header + bytes(22)


def gguf():
    def text(value):
        return struct.pack("<Q", len(value)) + value

    pairs = text(b"general.architecture") + struct.pack("<I", 8) + text(b"llama")
    pairs += text(b"general.alignment") + struct.pack("<II", 4, 32)
    pairs += text(b"tokenizer.chat_template") + struct.pack("<I", 8) + text(b"{{ x }}")
    pairs += text(b"list") + struct.pack("<IIQ", 9, 5, 2) + struct.pack("<ii", 1, -1)
    tensor = text(b"t") + struct.pack("<IQQIQ", 2, 4, 2, 0, 0)
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, 4) + pairs + tensor
    return head + bytes(-len(head) % 32) + bytes(32)


def field(number, data):
    """A field of protobuf: bytes, or a number below 128."""
    if isinstance(data, int):
        return bytes([number << 3, data])
    return bytes([number << 3 | 2, len(data)]) + data


def onnx():
    outside = field(1, b"location") + field(2, b"weights.bin")
    tensor = field(1, 2) + field(2, 1) + field(8, b"w") + field(13, outside) + field(14, 1)
    node = field(1, b"x") + field(2, b"y") + field(4, b"Relu")
    graph = field(1, node) + field(2, b"g") + field(5, tensor)
    return field(1, 8) + field(2, b"peerage") + field(7, graph) + field(8, field(1, b"") + field(2, 17))


def numpy(descr="'<f4'"):
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': (2, 2), }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(16)


def pickles():
    values = [OrderedDict(a=1, b=[1.5, None, True]), deque([b"x", "y" * 20]), {(1, 2): {3, 4}}, frozenset([1 << 70])]
    for value in values:
        for protocol in (0, 2, 4, 5):
            yield pickle.dumps(value, protocol)
    yield b"cos\nsystem\n(S'x'\ntR."


CARD = b"""---
license: apache-2.0
language: [en, de]
tags: &t [a, b]
model-index:
- name: x
  results:
  - task: {type: ner}
    metrics: [{type: f1, value: 0.9}]
other: *t
---
# A model

First *paragraph* with [a link](https://x.example) and `code`.

| a | b |
|---|---|
| 1 | <b>2</b> |
"""

SCHEMA = {
    "type": "object", "required": ["a"], "properties": {"a": {"pattern": "^a+$", "minLength": 1}},
    "patternProperties": {"^x": {"$ref": "#/$defs/d"}}, "$defs": {"d": {"anyOf": [{"const": 1}, {"multipleOf": 0.5}]}},
    "if": {"minProperties": 2}, "then": {"unevaluatedProperties": False}, "a": "aaa",
}

DOCUMENT = {
    "metrics": {"f1": 0.9, "ms": {"value": 3, "unit": "ms", "higher_is_better": False}},
    "lineage": {
        "base_models": [{"version": "acme/base:3", "relation": "finetune"}, {"uri": "s3://x", "relation": "merge"}],
        "datasets": [{"name": "squad", "digest": "a" * 64, "role": "training"}], "training_run": {"id": "r"},
    },
}

SEEDS = {
    "safetensors": [safetensors()],
    "shards": [json.dumps({"metadata": {"total_size": 5}, "weight_map": {"a": "m-1.safetensors"}}).encode()],
    "gguf": [gguf()],
    "onnx": [onnx()],
    "numpy": [numpy(), numpy("[('a', '<f4'), ('b', '|u1', (2, 3))]")],
    "json": [
        json.dumps({"auto_map": {"AutoModel": "m.M"}, "chat_template": "{{ x|attr('y') }}", "a": [1, -2.5e3]}).encode()
    ],
    "template": [b"{{ ''['\\x5f\\137'] | attr('a') }}{% include x %}{%- for m in messages %}{{ m }}{% endfor %}"],
    "pickle": list(pickles()),
    "joblib": list(pickles())[:4],
    "zip": [zipped(a_dot_txt=b"x", b__c_dot_pkl=pickle.dumps([1]))],
    "torch": [zipped(archive__data_dot_pkl=pickle.dumps({"a": 1}, 2), archive__version=b"3\n", archive__data__0=bytes(8))],
    "npz": [zipped(a_dot_npy=numpy())],
    "keras": [
        zipped(
            config_dot_json=json.dumps({"module": "keras.layers", "class_name": "Lambda", "config": {}}).encode(),
            metadata_dot_json=b"{}")
    ],
    "tar": [tarred()],
    "hdf5": [b"\x89HDF\r\n\x1a\n" + bytes(16) + b'"class_name": "Lambda", "config": {"function": ["x"]}'],
    "text": [b"AKIAIOSFODNN7EXAMPLE\ntoken = ghp_" + b"a1" * 18 + b"\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n"],
    "card": [CARD],
    "query": [b"tex* -\"in texts\" task:ner,pos -lang:* metrics.f1>=0.9 size<500MB updated:<30d and tag:\"two words\""],
    "schema": [json.dumps(SCHEMA).encode()],
    "document": [json.dumps(DOCUMENT).encode()],
    "licence": [b"(Apache-2.0 OR MIT) AND GPL-2.0+ WITH Classpath-exception-2.0 OR LicenseRef-x"],
    "reference": [b"acme/ranker:3", b"acme/ranker@production", b"acme/ranker"],
    "command": [bytes.fromhex("000000000000000000000001") + bytes(60)],
}


def main():
    for parser, contents in SEEDS.items():
        folder = Path(sys.argv[1]) / parser
        folder.mkdir(parents=True, exist_ok=True)
        for number, content in enumerate(contents):
            (folder / f"seed-{number}").write_bytes(content)


if __name__ == "__main__":
    main()
