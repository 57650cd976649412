// SPDX-License-Identifier: Apache-2.0

/// Certificates made on the spot by the `openssl` command.
struct Certificates {
    let folder = TemporaryFolder()
    var authority: String { "\(folder.path)/ca.pem" }
    var stranger: String { "\(folder.path)/stranger.pem" }

    init() throws {
        for name in ["ca", "stranger"] {
            try ChildProcess.run(
                [
                    "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                    "/CN=\(name)",
                ]
                    + ["-keyout", "\(folder.path)/\(name).key", "-out", "\(folder.path)/\(name).pem"])
        }
    }

    /// A certificate for a name, valid for that many days from now (fewer than none: it has expired).
    func issue(_ name: String, subject: String, days: Int) throws -> (certificate: String, key: String) {
        let file = "\(folder.path)/\(name)"
        try folder.write("\(name).ext", "subjectAltName=\(subject)\n")
        try ChildProcess.run(
            ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=\(name)"]
                + ["-keyout", "\(file).key", "-out", "\(file).csr"])
        try ChildProcess.run(
            ["openssl", "x509", "-req", "-in", "\(file).csr", "-CA", authority, "-CAkey", "\(folder.path)/ca.key", "-CAcreateserial"]
                + ["-days", "\(days)", "-extfile", "\(file).ext", "-out", "\(file).pem"])
        return ("\(file).pem", "\(file).key")
    }
}

/// A TLS server of Python's standard library; it ends with the test, whatever happens.
final class TLSServer {
    let port: Int
    private let process: ChildProcess

    init(certificate: String, key: String, version: String = "TLSv1_2") throws {
        process = try ChildProcess(["python3", "-c", Self.script, certificate, key, version])
        guard let port = Int(try process.firstLine()) else { throw ChildProcess.Failure(text: "no port") }
        self.port = port
    }

    func stop() { process.stop() }

    private static let script = #"""
        import os, socket, ssl, sys, threading
        threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
        if sys.argv[3] == "TLSv1_1":
            context.set_ciphers("DEFAULT@SECLEVEL=0")
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
        else:
            context.minimum_version = context.maximum_version = getattr(ssl.TLSVersion, sys.argv[3])
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        print(listener.getsockname()[1], flush=True)
        while True:
            peer, _ = listener.accept()
            try:
                with context.wrap_socket(peer, server_side=True) as channel:
                    while b"\r\n\r\n" not in channel.recv(65536): pass
                    channel.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nx-amzn-RequestId: tls\r\n\r\n{}")
            except OSError:
                pass
        """#
}
