// swift-tools-version: 6.1
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

enum Floor: String { case commands = "Commands", steps = "Steps", domain = "Domain", platform = "Platform", system = "System" }

/// A library target on its floor. Arrows point down only; Tests/House checks it.
func room(_ name: String, on floor: Floor, _ uses: Target.Dependency..., resources: [Resource] = []) -> Target {
    .target(name: name, dependencies: uses, path: "Sources/\(floor.rawValue)/\(name)", resources: resources)
}

/// An executable on the top floor.
func program(_ name: String, _ uses: Target.Dependency...) -> Target {
    .executableTarget(name: name, dependencies: uses, path: "Sources/Commands/\(name)")
}

func door(_ name: String, pkgConfig: String, apt: String) -> Target {
    .systemLibrary(name: name, path: "Sources/System/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

func tests(of name: String, on floor: Floor, _ more: Target.Dependency..., exclude: [String] = []) -> Target {
    .testTarget(name: "\(name)Tests", dependencies: [.byName(name: name)] + more, path: "Tests/\(floor.rawValue)/\(name)Tests", exclude: exclude)
}

let package = Package(
    name: "countersign",
    products: [
        .executable(name: "countersign", targets: ["countersign"]),
        .executable(name: "countersign-airgap", targets: ["countersign-airgap"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    ],
    targets: [
        // System: module maps and shims, no logic.
        door("CLibCrypto", pkgConfig: "libcrypto", apt: "libssl-dev"),
        door("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
        .systemLibrary(name: "CFileSystem", path: "Sources/System/CFileSystem"),
        .systemLibrary(name: "CHeap", path: "Sources/System/CHeap"),
        door("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),

        // Platform: outside things, each behind one door.
        room("StrictFormats", on: .platform),
        room("Files", on: .platform, "StrictFormats"),
        room("Threads", on: .platform, "CHeap"),
        room("Cryptography", on: .platform, "StrictFormats", "Files", "CLibCrypto"),
        room("AWS", on: .platform, "StrictFormats", "Files", "Cryptography", "CCurl"),
        room("HTTPServing", on: .platform, "StrictFormats", "Files"),
        room("CommandSupport", on: .platform, "StrictFormats"),
        room("YAMLInput", on: .platform, "StrictFormats", "Yams"),

        // Domain: what the words mean.
        room("Trust", on: .domain, "StrictFormats", "Cryptography"),
        room("KeyPolicies", on: .domain, "StrictFormats"),
        room("Bundles", on: .domain, "StrictFormats", "Threads", "Cryptography", "Trust", "KeyPolicies"),
        room("Rehearsal", on: .domain, "StrictFormats", "KeyPolicies", "Bundles"),
        room("Ledger", on: .domain, "StrictFormats", "Threads", "Cryptography", "Trust", "Files", "CSQLite", "CFileSystem"),

        // Steps: one use case each; a step never imports a step.
        room("Prepare", on: .steps, "StrictFormats", "Cryptography", "Trust", "KeyPolicies", "Bundles", "Rehearsal", "Ledger"),
        room("Approve", on: .steps, "StrictFormats", "Cryptography", "Trust", "Bundles"),
        room("Execute", on: .steps, "StrictFormats", "Cryptography", "Trust", "KeyPolicies", "Bundles", "Rehearsal", "Ledger"),
        room("Audit", on: .steps, "StrictFormats", "Files", "Threads", "Cryptography", "Trust", "Bundles", "Ledger"),
        room("Export", on: .steps, "StrictFormats", "Cryptography", "Trust", "KeyPolicies", "Bundles"),
        room("CheckPlan", on: .steps, "StrictFormats", "Cryptography", "Trust", "KeyPolicies", "Bundles"),
        room("Publish", on: .steps, "StrictFormats", "Files", "Threads", "Cryptography", "Trust", "Ledger"),
        room("Witness", on: .steps, "StrictFormats", "Files", "Cryptography", "Trust", "Ledger"),
        room("Drift", on: .steps, "StrictFormats", "Cryptography", "Trust", "KeyPolicies", "Bundles", "Ledger"),

        // Commands: arguments → step → words and exit code.
        room(
            "OfflineCommands", on: .commands, "StrictFormats", "Files", "Threads", "Cryptography", "CommandSupport", "Trust", "KeyPolicies",
            "Bundles", "Rehearsal", "Ledger",
            "Approve", "Audit", "Publish", "Export", "CheckPlan", "Witness", .product(name: "ArgumentParser", package: "swift-argument-parser")),
        program(
            "countersign", "OfflineCommands", "StrictFormats", "Files", "Cryptography", "CommandSupport", "YAMLInput", "AWS", "HTTPServing", "Trust",
            "KeyPolicies", "Bundles", "Rehearsal", "Ledger", "Prepare", "Execute", "Audit", "Publish", "Drift", "Witness",
            .product(name: "ArgumentParser", package: "swift-argument-parser")),
        program("countersign-airgap", "OfflineCommands", "Cryptography", .product(name: "ArgumentParser", package: "swift-argument-parser")),

        .target(
            name: "TestSupport", path: "Tests/Support",
            exclude: [
                "setup.sh", "release_flags.sh", "lanes.sh", "kms_server.py", "test_servers.py", "credential_sources.py", "key_drift.py",
                "read_key.py",
                "fault_proxy.py", "hcl_evaluation.py", "plan_of_module.py", "kill_test.py", "strict_kms.py", "test_kms_cases.py", "kms_cases.json",
            ]),
        .target(name: "DomainFixtures", dependencies: ["StrictFormats", "Cryptography", "Trust", "Bundles"], path: "Tests/Domain/Fixtures"),
        tests(of: "Trust", on: .domain, "StrictFormats", "Cryptography", "TestSupport", "DomainFixtures"),
        tests(
            of: "Bundles", on: .domain, "StrictFormats", "Cryptography", "Trust", "KeyPolicies", "TestSupport", "DomainFixtures", exclude: ["Golden"]),
        tests(of: "Ledger", on: .domain, "StrictFormats", "Cryptography", "Trust", "TestSupport", "DomainFixtures"),
        tests(
            of: "Prepare", on: .steps, "StrictFormats", "Cryptography", "Trust", "KeyPolicies", "Bundles", "Ledger", "YAMLInput", "TestSupport",
            "DomainFixtures"),
        tests(of: "Approve", on: .steps, "StrictFormats", "Cryptography", "Trust", "Bundles", "DomainFixtures"),
        tests(of: "CheckPlan", on: .steps, "StrictFormats", "Cryptography", "Trust", "Bundles", "DomainFixtures"),
        tests(of: "Export", on: .steps, "StrictFormats", "Trust", "KeyPolicies"),
        tests(of: "Audit", on: .steps, "StrictFormats", "Cryptography", "Trust", "Bundles", "Ledger", "TestSupport", "DomainFixtures"),
        tests(
            of: "Drift", on: .steps, "StrictFormats", "Cryptography", "Trust", "KeyPolicies", "Bundles", "Ledger", "Prepare", "YAMLInput",
            "TestSupport", "DomainFixtures"),
        tests(
            of: "Publish", on: .steps, "StrictFormats", "Files", "Cryptography", "Trust", "Ledger", "Audit", "TestSupport", "DomainFixtures"),
        // Measures, not a product: Tests/Benchmarks/run.sh.
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "StrictFormats", "Files", "Cryptography", "Trust", "KeyPolicies", "Bundles", "Rehearsal", "Ledger", "Approve", "Execute",
                "CSQLite",
            ],
            path: "Tests/Benchmarks", exclude: ["run.sh", "z3_diff.py", "boto3_calls.py", "merkle_root.py", "tlog_root.go", "plot.py"]),

        tests(of: "StrictFormats", on: .platform),
        tests(of: "Files", on: .platform, "StrictFormats"),
        tests(of: "Threads", on: .platform),
        tests(of: "Cryptography", on: .platform, "StrictFormats", "Files"),
        tests(of: "KeyPolicies", on: .domain, "StrictFormats", "Files", "Cryptography"),
        tests(of: "HTTPServing", on: .platform, "StrictFormats"),
        tests(of: "CommandSupport", on: .platform, "StrictFormats"),
        tests(of: "YAMLInput", on: .platform, "StrictFormats"),
        tests(of: "AWS", on: .platform, "StrictFormats", "Files", "Cryptography"),
        tests(
            of: "Execute", on: .steps, "StrictFormats", "Cryptography", "Trust", "KeyPolicies", "Bundles", "Rehearsal", "Ledger", "Audit",
            "TestSupport"),
        tests(of: "Witness", on: .steps, "StrictFormats", "Files", "Cryptography", "Ledger", "TestSupport", "DomainFixtures"),
        tests(of: "Rehearsal", on: .domain, "StrictFormats", "Bundles", "TestSupport"),
        tests(of: "OfflineCommands", on: .commands, .product(name: "ArgumentParser", package: "swift-argument-parser")),
        .testTarget(
            name: "EndToEndTests", dependencies: ["TestSupport", "StrictFormats", "Cryptography", "Trust", "Bundles", "Ledger"],
            path: "Tests/EndToEnd",
            exclude: ["Golden", "Plans"]),
    ]
)

/// What every step runs through: optimized in a debug build too, where it would take most of the tests' time.
let busy: Set<String> = [
    "StrictFormats", "Cryptography", "Trust", "KeyPolicies", "Bundles", "Rehearsal", "Ledger", "Execute", "Audit",
]

// One loop: every target is built under the same strict rules.
for target in package.targets where target.type != .system {
    target.swiftSettings =
        (busy.contains(target.name) ? [.unsafeFlags(["-O"], .when(configuration: .debug))] : []) + [
            // `any` is written where a value's type is open, so that a cost that is paid can be seen.
            .enableUpcomingFeature("ExistentialAny"),
            // A member is visible only where its module is imported: arrows cannot hide.
            .enableUpcomingFeature("MemberImportVisibility"),
            // What a module imports is its own affair unless it says `public import`.
            .enableUpcomingFeature("InternalImportsByDefault"),
        ]
}
