#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A proxy on 127.0.0.1 that hands requests on to a KMS server, and lets some of them go wrong.

    fault_proxy.py start FOLDER UPSTREAM [--tls]    in the background; writes FOLDER/proxy.json, prints the URL
    fault_proxy.py stop FOLDER                      stops it, by its process id

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

With --tls it speaks TLS; FOLDER/authority.pem is the certificate of its authority, made on the spot. {"handshakes": {"ListKeys":
["expired"]}} lets the next connection after a request for ListKeys go wrong before a request can come; "" stands for the time before
the first one:

    wrong-name, expired, stranger    a certificate of another name, of yesterday, of an authority that nobody trusts
    cut                              the connection is closed after the client's first words
    silent                           nothing is said until the client is gone
"""
import fcntl
import hashlib
import json
import os
import signal
import socket
import ssl
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


def certificates(folder):
    """An authority, a stranger, and certificates of theirs. Name -> TLS context."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True)

    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    for name in ("authority", "nobody"):
        openssl("req", "-x509", *curve, "-days", "2", "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem")
    contexts = {}
    for name, issuer, subject, days in [("good", "authority", "IP:127.0.0.1", 2), ("wrong-name", "authority", "DNS:other.example", 2),
                                        ("expired", "authority", "IP:127.0.0.1", -1), ("stranger", "nobody", "IP:127.0.0.1", 2)]:
        openssl("req", "-new", *curve, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        with open(os.path.join(folder, f"{name}.ext"), "w") as file:
            file.write(f"subjectAltName={subject}\n")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key", "-CAcreateserial", "-days", str(days),
                "-extfile", f"{name}.ext", "-out", f"{name}.pem")
        contexts[name] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        contexts[name].load_cert_chain(os.path.join(folder, f"{name}.pem"), os.path.join(folder, f"{name}.key"))
    return contexts


class Proxy:
    def __init__(self, folder, upstream, tls):
        self.contexts = certificates(folder) if tls else None
        # The operation that was asked for last.
        self.previous = ""
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

    def handshake(self, connection):
        """The connection as requests come over it; None where they cannot."""
        if not self.contexts:
            return connection
        def next_fault(faults):
            waiting = faults.get("handshakes", {}).get(self.previous)
            return waiting.pop(0) if waiting else None

        fault = self.faults(next_fault)
        if fault:
            self.note(operation=self.previous, fault=fault, step="handshake")
        if fault == "cut":
            connection.recv(65536)
            return None
        if fault == "silent":
            self.wait_until_gone(connection)
            return None
        return self.contexts[fault or "good"].wrap_socket(connection, server_side=True)

    def note(self, **what):
        with self.lock, open(self.path("requests.jsonl"), "a") as file:
            file.write(json.dumps(what) + "\n")

    def hand_on(self, head, body):
        with socket.create_connection(self.upstream, timeout=60) as server:
            server.sendall(head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1) + body)
            return read_message(server)

    def wait_until_gone(self, connection):
        connection.settimeout(90)
        try:
            while connection.recv(4096):
                pass
        except OSError:
            pass

    def serve(self, connection):
        channel = None
        try:
            connection.settimeout(90)
            channel = self.handshake(connection)
        except OSError:
            return
        finally:
            # Where TLS came about the plain socket is empty by now.
            if channel is not connection:
                connection.close()
        try:
            if not channel:
                return
            with channel as connection:
                head, body = read_message(connection)
                if not head:
                    return
                operation = next((line.rpartition(b".")[2].decode() for line in head.split(b"\r\n") if line.lower().startswith(b"x-amz-target:")), "GetCallerIdentity")
                self.previous = operation
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
            json.dump({"url": f"http{'s' if self.contexts else ''}://127.0.0.1:{self.port}", "pid": os.getpid()}, file)
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


def start(folder, upstream, *options):
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "proxy.json")
    if os.path.exists(path):
        os.remove(path)
    with open(os.path.join(folder, "proxy.log"), "wb") as log:
        process = subprocess.Popen([sys.executable, os.path.abspath(__file__), "run", folder, upstream, *options], stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
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
    if sys.argv[1:2] == ["start"] and sys.argv[4:] in ([], ["--tls"]):
        start(*sys.argv[2:])
    elif sys.argv[1:2] == ["run"] and len(sys.argv) > 3:
        Proxy(sys.argv[2], sys.argv[3], "--tls" in sys.argv[4:]).run()
    elif len(sys.argv) == 3 and sys.argv[1] == "stop":
        stop(sys.argv[2])
    else:
        sys.exit(__doc__)
