# SPDX-License-Identifier: Apache-2.0
"""A web server on 127.0.0.1 that serves a folder, over TLS with an authority made on the spot, and misbehaves where it is told to."""
from __future__ import annotations

import http.server
import ssl
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path


def certificates(folder: Path) -> tuple[Path, Path, Path]:
    """An authority, and a certificate for 127.0.0.1 with its key."""
    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=60)
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl("req", "-x509", *curve, "-days", "2", "-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.pem")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    openssl("req", "-new", *curve, "-subj", "/CN=server", "-keyout", "server.key", "-out", "server.csr")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "1", "-extfile", "names", "-out", "server.pem")
    return folder / "ca.pem", folder / "server.pem", folder / "server.key"


class Answer:
    """What is sent for a name: status, headers and body; `length` is announced, `cut` ends the connection after the body."""

    def __init__(self, status: int = 200, body: bytes = b"", headers: dict[str, str] | None = None, length: int | None = None, delay: float = 0) -> None:
        self.status, self.body, self.headers, self.delay = status, body, headers or {}, delay
        self.length = len(body) if length is None else length


class PublishedServer:
    """Serves FOLDER under /log. `faults` maps a name to what answers instead: given the file's bytes and how often it was asked for, an `Answer` or None."""

    def __init__(self, folder: Path, certificate: Path, key: Path) -> None:
        self.folder = folder
        self.faults: dict[str, Callable[[bytes, int], Answer | None]] = {}
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        # Requests that are answered at this moment, the most that were, and connections in all.
        self.now = self.peak = self.connections = 0
        self.lock = threading.Lock()
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 20

            def setup(self) -> None:
                # The handshake belongs to the connection's own thread.
                self.request.do_handshake()
                with server.lock:
                    server.connections += 1
                super().setup()

            def do_GET(self) -> None:  # noqa: N802
                server.answer(self)

            def log_message(self, *words: object) -> None:
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        class Quiet(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *words: object) -> None:
                pass  # A client that goes away is what some tests are about.
        self.http = Quiet(("127.0.0.1", 0), Handler)
        self.http.socket = context.wrap_socket(self.http.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"https://127.0.0.1:{self.http.server_address[1]}/log"
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.http.shutdown()
        self.http.server_close()

    def answer(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        name = handler.path.removeprefix("/log/")
        path = self.folder / name
        with self.lock:
            count = self.asked.count(name)
            self.asked.append(name)
            self.headers.append(dict(handler.headers))
            self.now += 1
            self.peak = max(self.peak, self.now)
        try:
            self.send(handler, name, path, count)
        finally:
            with self.lock:
                self.now -= 1

    def send(self, handler: http.server.BaseHTTPRequestHandler, name: str, path: Path, count: int) -> None:
        data = path.read_bytes() if handler.path.startswith("/log/") and ".." not in name and path.is_file() else None
        fault = self.faults.get(name) or self.faults.get("*")
        answer = fault(data or b"", count) if fault else None
        if answer is None:
            answer = Answer(404, b"nothing here") if data is None else Answer(200, data)
        time.sleep(answer.delay)
        handler.send_response(answer.status)
        for key, value in answer.headers.items():
            handler.send_header(key, value)
        handler.send_header("Content-Length", str(answer.length))
        handler.end_headers()
        handler.wfile.write(answer.body)
        if answer.length != len(answer.body):
            handler.close_connection = True
