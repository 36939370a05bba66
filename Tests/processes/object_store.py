"""A real S3-compatible service (SeaweedFS), and a wrong one that stands between it and a node."""

import http.client
import http.server
import json
import shutil
import ssl
import subprocess
import threading

from nodes import draw_ports
from waiting import eventually

BUCKET = "peerage"
KEYS = {"PEERAGE_OBJECT_ACCESS_KEY": "tester", "PEERAGE_OBJECT_SECRET_KEY": "secret of the tester"}


class SeaweedFS:
    """`weed server -s3` with a bucket, in a directory of its own."""

    def __init__(self, directory):
        self.directory = directory
        directory.mkdir()
        ports = draw_ports(10)
        self.port = ports[0]
        identity = {
            "name": "tester", "actions": ["Admin", "Read", "Write", "List"],
            "credentials": [{"accessKey": KEYS["PEERAGE_OBJECT_ACCESS_KEY"],
                             "secretKey": KEYS["PEERAGE_OBJECT_SECRET_KEY"]}],
        }
        self.settings = directory / "s3.json"
        self.settings.write_text(json.dumps({"identities": [identity]}))
        names = ("s3.port", "s3.port.grpc", "master.port", "master.port.grpc", "volume.port", "volume.port.grpc",
                 "filer.port", "filer.port.grpc")
        self.ports = [f"-{name}={port}" for name, port in zip(names, ports)]
        self.process = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        command = [
            shutil.which("weed"), "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={self.directory}", "-s3",
            f"-s3.config={self.settings}", "-master.volumeSizeLimitMB=64", "-volume.max=50", *self.ports,
        ]
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        eventually(self.answers, lambda: f"the object store answers\n{(self.directory / 'log').read_text()[-3000:]}", 60)
        return self

    def answers(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status in (200, 403)
        except OSError:
            return False
        finally:
            connection.close()

    def make_bucket(self):
        """By the file that holds buckets: a bucket is a folder below /buckets."""
        shell = subprocess.run(
            [shutil.which("weed"), "shell", f"-master=127.0.0.1:{self.ports[2].split('=')[1]}.{self.ports[3].split('=')[1]}",
             f"-filer=127.0.0.1:{self.ports[6].split('=')[1]}.{self.ports[7].split('=')[1]}"],
            input=f"s3.bucket.create -name {BUCKET}\ns3.bucket.list\n", capture_output=True, text=True, timeout=60)
        assert BUCKET in shell.stdout, shell.stdout + shell.stderr
        return self

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
        self.process = None


class WrongObjectStore:
    """Passes requests on to `service`, but for what `wrong(method, path)` says: a status, `SILENCE`, or None to pass it on.
    With `certificates`, a directory as nodes have them, it is asked over TLS."""

    SILENCE = -1

    def __init__(self, service, certificates=None):
        self.service = service
        self.wrong = lambda method, path: None
        self.asked = []
        # Requests that were passed on and are not answered yet.
        self.busy = 0
        self.is_over = threading.Event()
        self.scheme = "https" if certificates else "http"
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                outer.asked.append((self.command, self.path))
                status = outer.wrong(self.command, self.path)
                if status == outer.SILENCE:
                    outer.is_over.wait()
                    self.close_connection = True
                    return
                outer.busy += status is None
                code = "NoSuchKey" if status == 404 else "SlowDown"
                content, headers = f"<Error><Code>{code}</Code></Error>".encode(), {}
                if status is None:
                    status, headers, content = self.ask(body)
                    outer.busy -= 1
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            def ask(self, body):
                connection = http.client.HTTPConnection("127.0.0.1", outer.service.port, timeout=30)
                connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    connection.putheader(name, value)
                connection.endheaders(body)
                answer = connection.getresponse()
                content = answer.read()
                kept = ("content-range", "content-type", "etag")
                headers = {name: value for name, value in answer.getheaders() if name.lower() in kept}
                connection.close()
                return answer.status, headers, content

            do_GET = do_PUT = do_DELETE = do_HEAD = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if certificates:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificates / "node.pem", certificates / "node-key.pem")
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        # The name that requests are signed with must be the service's: it is passed on as it came.
        return f"{self.scheme}://127.0.0.1:{self.server.server_port}"

    def stop(self):
        self.is_over.set()
        self.server.shutdown()
        self.server.server_close()
