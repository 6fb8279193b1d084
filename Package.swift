// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let libraries = [
  "SyncCore", "SyncWire", "Identity", "Forms", "TransparencyLog", "ReplicaStore", "SyncClient",
  "HubServer",
]

let package = Package(
  name: "Yarrow",
  platforms: [.macOS(.v15)],
  products: libraries.map { .library(name: $0, targets: [$0]) } + [
    .executable(name: "yarrow", targets: ["yarrow"]),
    .executable(name: "yarrow-hub", targets: ["yarrow-hub"]),
  ],
  dependencies: [
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
    .package(url: "https://github.com/apple/swift-asn1", from: "1.7.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
  ],
  targets: [
    // Deterministic core: no clock, no I/O, no randomness, no task.
    .target(name: "SyncCore", dependencies: [crypto], swiftSettings: strict),

    // No I/O.
    .systemLibrary(name: "CZlib", pkgConfig: "zlib"),
    .target(
      name: "ShippedData", exclude: ["forms", "languages", "dictionary", "policy"]),
    .target(
      name: "SyncWire", dependencies: ["SyncCore", "CZlib", "ShippedData"], swiftSettings: strict),
    .target(
      name: "Identity", dependencies: ["SyncCore", "SyncWire", crypto, cryptoExtras],
      swiftSettings: strict),
    .target(
      name: "Forms",
      dependencies: ["SyncCore", "CZlib", "ShippedData", .product(name: "Yams", package: "Yams")],
      swiftSettings: strict),
    .target(name: "TransparencyLog", dependencies: ["SyncCore", crypto], swiftSettings: strict),

    // Storage.
    .target(name: "CKeyring"),
    .target(
      name: "ReplicaStore",
      dependencies: [
        "SyncCore", "SyncWire", "Identity", "Forms", "TransparencyLog", "CKeyring", "ShippedData",
        grdb, sqlite, crypto, cryptoExtras, .product(name: "Yams", package: "Yams"),
      ], swiftSettings: strict),

    // Effects.
    .target(
      name: "SyncClient",
      dependencies: [
        "ReplicaStore", "SyncCore", "SyncWire", "Identity", "Forms", "TransparencyLog", nioSSL,
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"), crypto,
      ], swiftSettings: strict),
    .target(
      name: "HubServer",
      dependencies: [
        "ReplicaStore", "SyncCore", "SyncWire", "Identity", "Forms", "TransparencyLog", nioSSL,
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdTLS", package: "hummingbird"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "X509", package: "swift-certificates"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        .product(name: "SwiftASN1", package: "swift-asn1"), crypto,
      ], swiftSettings: strict),

    // Tests and tools only: nothing that ships depends on it.
    .target(
      name: "SyncSimulator",
      dependencies: [
        "ReplicaStore", "SyncCore", "SyncWire", "Identity", "Forms", "TransparencyLog", grdb, sqlite,
        crypto,
      ], swiftSettings: strict),
    .executableTarget(name: "simulate", dependencies: ["SyncSimulator"], swiftSettings: strict),
    .executableTarget(
      name: "recover",
      dependencies: [
        "ReplicaStore", "SyncCore", "Identity", "TransparencyLog", grdb, sqlite, crypto,
      ], path: "Tools/crash/Sources", swiftSettings: strict),

    // Binaries, and what both of them say to a terminal.
    .target(
      name: "Console", dependencies: ["ShippedData", "SyncCore", arguments], swiftSettings: strict),
    .executableTarget(
      name: "yarrow",
      dependencies: [
        "Console", "SyncClient", "ReplicaStore", "Forms", "Identity", "SyncCore", "SyncWire",
        "TransparencyLog", crypto, arguments,
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "yarrow-hub",
      dependencies: [
        "Console", "HubServer", "ReplicaStore", "Forms", "Identity", "SyncCore", "TransparencyLog",
        crypto, arguments, .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),

    // What several test targets need: seeded numbers, a hub that serves.
    .target(
      name: "Testbed",
      dependencies: [
        "HubServer", "SyncClient", "ReplicaStore", "SyncCore", "Identity", crypto,
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ], path: "Tests/Testbed", swiftSettings: strict),
    .testTarget(
      name: "SyncCoreTests", dependencies: ["SyncCore", "Testbed"], swiftSettings: strict),
    .testTarget(
      name: "SyncWireTests", dependencies: ["SyncWire", "SyncCore", "Testbed", crypto],
      swiftSettings: strict),
    .testTarget(
      name: "IdentityTests", dependencies: ["Identity", "SyncCore", "SyncWire", "Testbed", crypto],
      swiftSettings: strict),
    .testTarget(
      name: "FormsTests", dependencies: ["Forms", "SyncCore", "ShippedData", "Testbed"],
      swiftSettings: strict),
    .testTarget(
      name: "TransparencyLogTests", dependencies: ["TransparencyLog", "SyncCore", crypto],
      swiftSettings: strict),
    .testTarget(
      name: "ReplicaStoreTests",
      dependencies: [
        "ReplicaStore", "SyncCore", "SyncWire", "Identity", "Forms", "TransparencyLog", "Testbed",
        grdb, sqlite, crypto,
      ], swiftSettings: strict),
    .testTarget(
      name: "SyncClientTests",
      dependencies: [
        "SyncClient", "ReplicaStore", "SyncCore", "SyncWire", "Identity", "Forms", "TransparencyLog",
        "Testbed", crypto, .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ], swiftSettings: strict),
    .testTarget(
      name: "HubServerTests",
      dependencies: [
        "HubServer", "SyncClient", "ReplicaStore", "SyncCore", "SyncWire", "Identity", "Forms",
        "TransparencyLog", "Testbed", nioSSL, crypto,
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ], swiftSettings: strict),
    .testTarget(
      name: "CommandLineTests",
      dependencies: [
        "Console", "yarrow", "yarrow-hub", "ReplicaStore", "SyncClient", "SyncCore", "Identity",
        "Forms", "Testbed", grdb, crypto, arguments,
      ], exclude: ["transcripts", "machine"], swiftSettings: strict),
    .testTarget(
      name: "SimulationTests",
      dependencies: [
        "SyncSimulator", "ReplicaStore", "SyncCore", "Identity", "Forms", crypto, grdb, sqlite,
      ], exclude: ["seeds.txt"], swiftSettings: strict),
    .testTarget(name: "ConsoleTests", dependencies: ["Console", "ShippedData"], swiftSettings: strict),
    .testTarget(
      name: "ReadmeTests",
      dependencies: [
        "HubServer", "SyncClient", "ReplicaStore", "SyncCore", "Identity", "Forms", "Testbed",
      ], swiftSettings: strict),
    .testTarget(name: "TidyTests", swiftSettings: strict),
  ]
)

// A fuzzer is linked with a flag that would keep others from depending on this package, so it is
// there only when Tools/fuzz asks for it. Our own code tells it which edges were taken; what we
// depend on does not, or the fuzzer would look at twice as many after each input.
if Context.environment["YARROW_FUZZ"] != nil {
  package.targets.append(
    .executableTarget(
      name: "fuzz",
      dependencies: [
        "SyncCore", "SyncWire", "Identity", "Forms", "TransparencyLog", "ReplicaStore", "Console",
        crypto,
      ], path: "Tools/fuzz/Sources",
      swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])],
      linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])]))
  for target in package.targets where target.type == .regular || target.name == "fuzz" {
    target.swiftSettings = (target.swiftSettings ?? []) + [.unsafeFlags(["-sanitize=fuzzer,address"])]
  }
}

// Stores and simulated worlds take several times as long unoptimized, and most of what tests do is
// that. Such a flag, too, would keep others from depending on this package: only Tools/test asks for it.
if Context.environment["YARROW_TEST"] != nil {
  let busy: Set<String> = [
    "SyncCore", "SyncWire", "Identity", "Forms", "TransparencyLog", "ReplicaStore", "SyncSimulator",
  ]
  for target in package.targets where busy.contains(target.name) {
    target.swiftSettings =
      (target.swiftSettings ?? []) + [.unsafeFlags(["-O"], .when(configuration: .debug))]
  }
}
