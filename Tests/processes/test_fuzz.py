"""Files that once led a parser somewhere new, or broke it (Tests/fuzz): each still comes to an end."""

import subprocess
import tarfile

import pytest

from nodes import BINARY, REPOSITORY

CORPUS = REPOSITORY / "Tests/fuzz/corpus.tar.xz"
FUZZER = BINARY.with_name("peerage-fuzz")


def parsers():
    with tarfile.open(CORPUS) as corpus:
        return sorted({name.split("/")[0] for name in corpus.getnames()})


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    with tarfile.open(CORPUS) as packed:
        packed.extractall(folder, filter="data")
    return folder


@pytest.mark.parametrize("parser", parsers())
def test_every_file_is_read_to_an_end(corpus, parser):
    files = sorted((corpus / parser).iterdir())
    done = subprocess.run([FUZZER, parser, *files], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout == f"{len(files)} files\n"


def test_there_is_a_corpus_for_each_parser():
    asked = subprocess.run([FUZZER], capture_output=True, text=True)
    assert asked.returncode == 64
    assert sorted(asked.stderr.split(":")[1].split()) == parsers()
