#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A proxy on 127.0.0.1 that hands requests on to a KMS server, and lets some of them go wrong.

    fault_proxy.py start FOLDER UPSTREAM    in the background; writes FOLDER/proxy.json, prints the URL
    fault_proxy.py stop FOLDER              stops it, by its process id

FOLDER/faults.json is read again for every request: {"CreateKey": ["throttle", "hold-after"]} lets the next CreateKey be
throttled and the one after it be held; what is used up is taken out of the file. FOLDER/requests.jsonl has one line a
request: operation, SHA-256 of the body, fault, whether it was handed on. Faults:

    cut-before, cut-after       close the connection before or after the request has reached the server
    reset-after                 the same with a reset
    hold-before, hold-after     keep the executor waiting until it is gone
    error-before, error-after   500 with a page for people
    unavailable                 503 in AWS's form
    throttle, deny              400 in AWS's form, with a request id; the request is not handed on
    throttle-N                  the same as throttle, with a Retry-After of N seconds
    deny-half                   the same, and its body is cut
    garbage                     200 and a page for people, after the request was carried out
    half, half-head             a part of the answer's body, or of its head
    wrong-length                more is announced than comes
    no-request-id               the answer without its request id
    redirect                    302 to somewhere else
    refuse                      no connection at all, as long as {"refuse": true} stands in the file
"""
import fcntl
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

PAGE = b"<html><body>something went wrong</body></html>"


def answer(status, body, headers=()):
    lines = [f"HTTP/1.1 {status}", "Date: " + time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime()), f"Content-Length: {len(body)}", "Connection: close"]
    return ("\r\n".join(lines + list(headers)) + "\r\n\r\n").encode() + body


def refusal(name, status="400 Bad Request"):
    return answer(status, json.dumps({"__type": name, "message": "by the fault proxy"}).encode(), ["x-amzn-RequestId: fault-0001", "Content-Type: application/x-amz-json-1.1"])


def read_message(connection):
    """Reads one HTTP message with a Content-Length, or up to its end."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            return data, b""
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    length = None
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
    while length is None or len(body) < length:
        chunk = connection.recv(65536)
        if not chunk:
            break
        body += chunk
    return head + b"\r\n\r\n", body


class Proxy:
    def __init__(self, folder, upstream):
        self.folder = folder
        host, _, port = upstream.removeprefix("http://").partition(":")
        self.upstream = (host, int(port))
        self.lock = threading.Lock()
        self.listener = None
        self.port = 0

    def path(self, name):
        return os.path.join(self.folder, name)

    def faults(self, change=None):
        """The faults to come; `change` may take one out, with nobody else in between."""
        with self.lock, open(self.path("faults.json"), "a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            text = file.read()
            faults = json.loads(text) if text else {}
            result = change(faults) if change else faults
            if change:
                file.truncate(0)
                file.write(json.dumps(faults))
            return result

    def take(self, operation):
        def change(faults):
            waiting = faults.get(operation) or []
            return waiting.pop(0) if waiting else None

        return self.faults(change)

    def note(self, **what):
        with self.lock, open(self.path("requests.jsonl"), "a") as file:
            file.write(json.dumps(what) + "\n")

    def hand_on(self, head, body):
        with socket.create_connection(self.upstream, timeout=60) as server:
            server.sendall(head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1) + body)
            return read_message(server)

    def wait_until_gone(self, connection):
        connection.settimeout(60)
        try:
            while connection.recv(4096):
                pass
        except OSError:
            pass

    def serve(self, connection):
        try:
            with connection:
                connection.settimeout(60)
                head, body = read_message(connection)
                if not head:
                    return
                operation = next((line.rpartition(b".")[2].decode() for line in head.split(b"\r\n") if line.lower().startswith(b"x-amz-target:")), "GetCallerIdentity")
                fault = self.take(operation) if operation != "GetCallerIdentity" else None
                self.note(operation=operation, sha256=hashlib.sha256(body).hexdigest(), fault=fault, step="came")
                self.act(connection, operation, fault, head, body)
        except OSError:
            pass

    def act(self, connection, operation, fault, head, body):
        before = {
            "cut-before": b"", "error-before": answer("500 Internal Server Error", PAGE), "unavailable": refusal("ServiceUnavailableException", "503 Service Unavailable"),
            "throttle": refusal("ThrottlingException"), "deny": refusal("AccessDeniedException"),
            "deny-half": answer("400 Bad Request", b"", ["x-amzn-RequestId: fault-0002", "X-Amzn-ErrorType: AccessDeniedException"]).replace(b"Content-Length: 0", b"Content-Length: 99"),
            "redirect": answer("302 Found", b"", ["Location: http://127.0.0.1:1/", "x-amzn-RequestId: fault-0003"]),
        }
        if fault and fault.startswith("throttle-"):
            connection.sendall(before["throttle"].replace(b"\r\n\r\n", b"\r\nRetry-After: " + fault[9:].encode() + b"\r\n\r\n", 1))
            return
        if fault in before:
            connection.sendall(before[fault])
            return
        if fault == "hold-before":
            self.note(operation=operation, fault=fault, step="held")
            self.wait_until_gone(connection)
            return
        their_head, their_body = self.hand_on(head, body)
        self.note(operation=operation, fault=fault, step="carried out")
        whole = their_head + their_body
        if fault == "hold-after":
            self.note(operation=operation, fault=fault, step="held")
            self.wait_until_gone(connection)
        elif fault == "cut-after":
            return
        elif fault == "reset-after":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        elif fault == "error-after":
            connection.sendall(answer("500 Internal Server Error", PAGE))
        elif fault == "garbage":
            connection.sendall(answer("200 OK", PAGE, ["x-amzn-RequestId: fault-0004"]))
        elif fault == "half":
            connection.sendall(whole[: len(their_head) + max(1, len(their_body) // 2) - (len(their_body) < 2)])
        elif fault == "half-head":
            connection.sendall(their_head[: len(their_head) // 2])
        elif fault == "wrong-length":
            connection.sendall(answer("200 OK", their_body, ["x-amzn-RequestId: fault-0005"]).replace(b"Content-Length: ", b"Content-Length: 9", 1))
        elif fault == "no-request-id":
            connection.sendall(b"\r\n".join(line for line in their_head.split(b"\r\n") if not line.lower().startswith(b"x-amzn-requestid")) + their_body)
        else:
            connection.sendall(whole)

    def listen(self):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        listener.listen(64)
        listener.settimeout(0.1)
        return listener

    def run(self):
        listener = self.listen()
        with open(self.path("proxy.json"), "w") as file:
            json.dump({"url": f"http://127.0.0.1:{self.port}", "pid": os.getpid()}, file)
        while True:
            refuses = self.faults().get("refuse", False)
            if refuses and listener:
                listener.close()
                listener = None
            elif not refuses and not listener:
                listener = self.listen()
            if not listener:
                time.sleep(0.05)
                continue
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()


def start(folder, upstream):
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "proxy.json")
    if os.path.exists(path):
        os.remove(path)
    with open(os.path.join(folder, "proxy.log"), "wb") as log:
        process = subprocess.Popen([sys.executable, os.path.abspath(__file__), "run", folder, upstream], stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with open(path) as file:
                print(json.load(file)["url"])
            return
        except (FileNotFoundError, ValueError):
            time.sleep(0.05)
    sys.exit("the proxy did not come up; see proxy.log")


def stop(folder):
    try:
        with open(os.path.join(folder, "proxy.json")) as file:
            os.kill(json.load(file)["pid"], signal.SIGTERM)
    except (FileNotFoundError, ProcessLookupError):
        return


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "start":
        start(sys.argv[2], sys.argv[3])
    elif len(sys.argv) == 4 and sys.argv[1] == "run":
        Proxy(sys.argv[2], sys.argv[3]).run()
    elif len(sys.argv) == 3 and sys.argv[1] == "stop":
        stop(sys.argv[2])
    else:
        sys.exit(__doc__)
