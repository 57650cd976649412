// swift-tools-version: 6.1
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

enum Floor: String { case commands = "Commands", steps = "Steps", domain = "Domain", platform = "Platform", system = "System" }

/// A library target on its floor. Arrows point down only; Tests/House checks it.
func room(_ name: String, on floor: Floor, _ uses: Target.Dependency..., resources: [Resource] = []) -> Target {
    .target(name: name, dependencies: uses, path: "Sources/\(floor.rawValue)/\(name)", resources: resources)
}

func door(_ name: String, pkgConfig: String, apt: String) -> Target {
    .systemLibrary(name: name, path: "Sources/System/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

func tests(of name: String, on floor: Floor, _ more: Target.Dependency...) -> Target {
    .testTarget(name: "\(name)Tests", dependencies: [.byName(name: name)] + more, path: "Tests/\(floor.rawValue)/\(name)Tests")
}

let package = Package(
    name: "countersign",
    products: [],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    ],
    targets: [
        // System: module maps and shims, no logic.
        door("CLibCrypto", pkgConfig: "libcrypto", apt: "libssl-dev"),
        door("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
        door("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),

        // Platform: outside things, each behind one door.
        room("StrictFormats", on: .platform),
        room("Files", on: .platform, "StrictFormats"),
        room("Cryptography", on: .platform, "StrictFormats", "Files", "CLibCrypto"),

        tests(of: "StrictFormats", on: .platform),
        tests(of: "Files", on: .platform, "StrictFormats"),
        tests(of: "Cryptography", on: .platform, "StrictFormats", "Files"),
    ]
)

// One loop: every target is built under the same strict rules.
for target in package.targets where target.type != .system {
    target.swiftSettings = (target.swiftSettings ?? []) + [
        // `any` is written where a value's type is open, so that a cost that is paid can be seen.
        .enableUpcomingFeature("ExistentialAny"),
        // A member is visible only where its module is imported: arrows cannot hide.
        .enableUpcomingFeature("MemberImportVisibility"),
        // What a module imports is its own affair unless it says `public import`.
        .enableUpcomingFeature("InternalImportsByDefault"),
    ]
}
