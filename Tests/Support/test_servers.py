#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The servers of the end-to-end tests, all on 127.0.0.1: they live as long as this program's standard input is open.

    test_servers.py FOLDER   prints one line of JSON: name -> URL, and "authority", a certificate file

kms             a KMS and STS server that checks signatures and IAM actions (kms_server.py)
tls             the same behind TLS, with a certificate of an authority that is made on the spot
dead            nothing listens there
garbage         answers everything with a page of HTML and status 200
noise           answers everything with bytes that are no HTTP
lost-answer     hands everything on to kms, but hangs up instead of handing back the answer of CreateKey
sources         STS, IAM Identity Center, a container endpoint and an instance's metadata (credential_sources.py); the keys
                of /container/real and of the instance are those of kms's executor
broken-answer   hands everything on to kms, but answers CreateKey itself, with status 500 and a page of HTML
"""
import configparser
import contextlib
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import urllib.request

import credential_sources
import kms_server

PAGE = b"<html><body>It works!</body></html>"


def page(status):
    return (f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {len(PAGE)}\r\nConnection: close\r\n\r\n").encode() + PAGE


def listen():
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(16)
    return listener, f"http://127.0.0.1:{listener.getsockname()[1]}"


def request_of(peer):
    """One whole request, head and body, as it came."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += more(peer)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += more(peer)
    return head + b"\r\n\r\n" + body


def more(peer):
    chunk = peer.recv(65536)
    if not chunk:
        raise OSError("the client hung up")
    return chunk


def hand_on(request, upstream, peer):
    with socket.create_connection(upstream, timeout=30) as server:
        server.sendall(request)
        server.shutdown(socket.SHUT_WR)
        while chunk := server.recv(65536):
            if peer:
                peer.sendall(chunk)


def serve(listener, answer):
    def one(peer):
        with contextlib.suppress(OSError), peer:
            peer.settimeout(30)
            answer(peer, request_of(peer))

    while True:
        peer, _ = listener.accept()
        threading.Thread(target=one, args=(peer,), daemon=True).start()


def faults(upstream):
    """Name -> what is done with a request."""
    def creates(request):
        return b"trentservice.createkey\r\n" in request.lower()

    return {
        "garbage": lambda peer, request: peer.sendall(page("200 OK")),
        "noise": lambda peer, request: peer.sendall(b"\x16\x03\x01\x00\xff\xfe" + bytes(range(256))),
        "lost-answer": lambda peer, request: hand_on(request, upstream, None if creates(request) else peer),
        "broken-answer": lambda peer, request: peer.sendall(page("500 Oops")) if creates(request) else hand_on(request, upstream, peer),
    }


def certificates(folder):
    """An authority and a certificate of 127.0.0.1 that it issued; beside them a stranger, who issued nothing."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True)

    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    for name in ("authority", "stranger"):
        openssl("req", "-x509", *curve, "-days", "2", "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem")
    openssl("req", "-new", *curve, "-subj", "/CN=kms", "-keyout", "server.key", "-out", "server.csr")
    with open(os.path.join(folder, "server.ext"), "w") as file:
        file.write("subjectAltName=IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial", "-days", "2",
            "-extfile", "server.ext", "-out", "server.pem")


def start_tls(folder):
    os.makedirs(folder)
    certificates(folder)
    port = kms_server.free_port()
    url = f"https://127.0.0.1:{port}"
    with open(os.path.join(folder, "server.log"), "wb") as log:
        process = subprocess.Popen(
            [os.path.join(os.path.dirname(sys.executable), "moto_server"), "-H", "127.0.0.1", "-p", str(port), "-s", "-c",
             os.path.join(folder, "server.pem"), "-k", os.path.join(folder, "server.key")],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
    with open(os.path.join(folder, "server.json"), "w") as file:
        json.dump({"url": url, "pid": process.pid}, file)
    kms_server.wait_until_up(port, process)
    authority = os.path.join(folder, "authority.pem")
    os.environ["AWS_CA_BUNDLE"] = authority
    with open(os.open(os.path.join(folder, "credentials"), os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.write(kms_server.identities(url))
    request = urllib.request.Request(url + "/moto-api/reset-auth", data=b"0", headers={"Content-Type": "text/plain"}, method="POST")
    urllib.request.urlopen(request, timeout=10, context=ssl.create_default_context(cafile=authority)).read()
    return url


def main(folder):
    http, tls = os.path.join(folder, "kms"), os.path.join(folder, "tls")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        with contextlib.redirect_stdout(sys.stderr):
            kms_server.start(http)
        with open(os.path.join(http, "server.json")) as file:
            url = json.load(file)["url"]
        dead = socket.socket()
        dead.bind(("127.0.0.1", 0))
        urls = {"kms": url, "tls": start_tls(tls), "dead": f"http://127.0.0.1:{dead.getsockname()[1]}"}
        for name, answer in faults(("127.0.0.1", int(url.rsplit(":", 1)[1]))).items():
            listener, urls[name] = listen()
            threading.Thread(target=serve, args=(listener, answer), daemon=True).start()
        credentials = configparser.RawConfigParser()
        credentials.read(os.path.join(http, "credentials"))
        real = tuple(credentials["executor"][name] for name in ("aws_access_key_id", "aws_secret_access_key", "aws_session_token"))
        listener, urls["sources"] = listen()
        give = lambda peer, request: peer.sendall(credential_sources.answer(request, real))  # noqa: E731
        threading.Thread(target=serve, args=(listener, give), daemon=True).start()
        print(json.dumps(urls), flush=True)
        sys.stdin.read()
    finally:
        for running in (http, tls):
            kms_server.stop(running)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
