// SPDX-License-Identifier: Apache-2.0
// Fixed keys of the end-to-end tests, so that ids, orders and places are the same in every run. They are public: worth nothing.

enum TestKeys {
    /// Who -> the key file and its public half, base64 of PKCS#8 and of SubjectPublicKeyInfo.
    static let all: [(person: String, secret: String, shown: String)] = [
        ("dana", "MC4CAQAwBQYDK2VwBCIEIA/ixYT4gO7C226MxYMlHZoFbPV3UXZOYX8IjuXEiDdR", "MCowBQYDK2VwAyEARYgYGmNj9RzTVE/FwdenObPVh+o19fp7ZNl+EIA2TzU="),
        ("erin", "MC4CAQAwBQYDK2VwBCIEICM8v5JBNALn1ZHXySIBzLJUQSaG/AZClE1DfHDBzViK", "MCowBQYDK2VwAyEAdSkjIeEhvmMyqCXGt2wrrFzqcwgZBPkwYGNCyJ8Vpe0="),
        ("alice", "MC4CAQAwBQYDK2VwBCIEIDORc7Oes2QY/YBW0EP2Mt3zhyEOHwysPeMJ111/6etr", "MCowBQYDK2VwAyEAKDyiQXH93nhwpFS/aWm/n+ckCxwPHz/t2ovJmc43HBk="),
        (
            "alice-2", "MC4CAQAwBQYDK2VwBCIEIHDuKmABAHfY5S3Ek/Byy2TmCI2ZCHI2iQPQWvk6L92e",
            "MCowBQYDK2VwAyEAp0K+nECwpWCs/BRGKYgoDjgr4GcofAT/Zt5DH1oflZc="
        ),
        ("bob", "MC4CAQAwBQYDK2VwBCIEIJ85bwu8Wov/6W+w4m6Bqe4+ZuNXHQJduHOIkeEgSiT9", "MCowBQYDK2VwAyEAx0yiAfW3JJPAuuiEB6apQyqOwOlDL4+l1GdUii+GDBA="),
        (
            "carol",
            "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgMxAlgzxpS4Yny/kyi2JwCS7vLWb+kynLwieS43igOZehRANCAATQ"
                + "AafoaWPxAAD+LFDaXaDQKjE49UN3/cCPVv1maU5DL5WWjDJxgxDtsaKBuNqnmRA5u+tCak9JWk+oj/OkyyT0",
            "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE0AGn6Glj8QAA/ixQ2l2g0CoxOPVDd/3Aj1b9ZmlOQy+VlowycYMQ7bGigbjap5kQ"
                + "ObvrQmpPSVpPqI/zpMsk9A=="
        ),
        (
            "release", "MC4CAQAwBQYDK2VwBCIEIBgzgp7swYzCn848HmgpmFFbVlBVv7Xr0TkCla9SOCvS",
            "MCowBQYDK2VwAyEAwG4sQrpWflIupWG4PqLYPfVLQi+tqB5JOEctY5kQR20="
        ),
        (
            "ledger-key", "MC4CAQAwBQYDK2VwBCIEIOheXv9PP0Vx4RtQ4XvADI1I+h0HNe807TNHOkY3GdnO",
            "MCowBQYDK2VwAyEApn/aWALDz3128iMUgWgxE6fc8eOAliwg3eRHV1if5Z8="
        ),
        (
            "mallory", "MC4CAQAwBQYDK2VwBCIEIKAywdbXKjH68lqMvVBzeRsu1IGv+kdMbuE+OpGbrAPQ",
            "MCowBQYDK2VwAyEAqVNKa7wFxEQ6Z/qqstjQz66MW0tbe+nuwU1oWAF682o="
        ),
    ]

    /// A PEM block.
    static func pem(_ label: String, _ base64: String) -> String {
        var lines: [String] = []
        var rest = base64[...]
        while !rest.isEmpty {
            lines.append(String(rest.prefix(64)))
            rest = rest.dropFirst(64)
        }
        return "-----BEGIN \(label)-----\n" + lines.joined(separator: "\n") + "\n-----END \(label)-----\n"
    }
}
