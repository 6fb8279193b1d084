// swift-tools-version: 6.2
import PackageDescription

// What can only be measured inside a process; `run` builds and starts it.
let package = Package(
  name: "Benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "Yarrow", path: "../.."),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
  ],
  targets: [
    .executableTarget(
      name: "inprocess",
      dependencies: [
        .product(name: "ReplicaStore", package: "Yarrow"),
        .product(name: "Forms", package: "Yarrow"),
        .product(name: "SyncCore", package: "Yarrow"),
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Crypto", package: "swift-crypto"),
      ], swiftSettings: [.swiftLanguageMode(.v6)])
  ]
)
