import Testing

/// What each target may import. Arrows point down: a target stands above all that it names.
struct Layering {
  let allowed: [String: Set<String>]

  /// Ours, lowest first. Targets of one row don't know each other unless the list says so.
  static let rows: [[String]] = [
    ["CZlib", "CKeyring", "ShippedData"],
    ["SyncCore"],
    ["SyncWire", "Forms", "TransparencyLog", "Console"],
    ["Identity"],
    ["ReplicaStore"],
    ["SyncClient", "HubServer"],
    ["SyncSimulator"],
    ["yarrow", "yarrow-hub", "simulate"],
  ]

  static let ours = Layering(allowed: [
    "CZlib": [], "CKeyring": [], "ShippedData": [],
    "SyncCore": ["Crypto"],
    "SyncWire": ["SyncCore", "CZlib", "ShippedData", "Synchronization"],
    // The cryptography library gives `Data`; the smaller Foundation starts no locale or formatter.
    "Identity": ["SyncCore", "SyncWire", "Crypto", "CryptoExtras", "FoundationEssentials"],
    "Forms": ["SyncCore", "CZlib", "ShippedData", "Yams"],
    "TransparencyLog": ["SyncCore", "Crypto"],
    "Console": ["ShippedData", "SyncCore", "ArgumentParser", "Foundation", "Glibc", "Darwin"],
    "ReplicaStore": [
      "SyncCore", "SyncWire", "Identity", "Forms", "TransparencyLog", "CKeyring", "ShippedData",
      "GRDB", "GRDBSQLite", "Crypto", "CryptoExtras", "Yams", "Foundation", "FoundationEssentials",
      "Synchronization", "Dispatch", "Glibc", "Darwin", "Musl",
    ],
    "SyncClient": [
      "ReplicaStore", "SyncCore", "SyncWire", "Identity", "Forms", "TransparencyLog", "Crypto",
      "AsyncHTTPClient", "NIOCore", "NIOHTTP1", "NIOPosix", "NIOSSL", "Synchronization",
    ],
    "HubServer": [
      "ReplicaStore", "SyncCore", "SyncWire", "Identity", "Forms", "TransparencyLog", "Crypto",
      "Hummingbird", "HummingbirdCore", "HummingbirdTLS", "NIOCore", "NIOSSL", "X509", "SwiftASN1",
      "Logging", "ServiceLifecycle", "UnixSignals", "Dispatch", "Foundation", "Glibc", "Darwin",
      "Synchronization",
    ],
    "SyncSimulator": [
      "ReplicaStore", "SyncCore", "SyncWire", "Identity", "Forms", "TransparencyLog", "Crypto",
      "GRDB", "GRDBSQLite", "Foundation", "Synchronization",
    ],
    "simulate": ["SyncSimulator", "Glibc", "Darwin", "Musl"],
    "yarrow": [
      "Console", "SyncClient", "ReplicaStore", "Forms", "Identity", "TransparencyLog", "SyncWire",
      "SyncCore", "Crypto", "ArgumentParser", "Synchronization", "Glibc", "Darwin",
    ],
    "yarrow-hub": [
      "Console", "HubServer", "ReplicaStore", "Forms", "Identity", "TransparencyLog", "SyncCore",
      "Crypto", "ArgumentParser", "Logging", "Dispatch", "Glibc", "Darwin",
    ],
  ])

  private static let statement = Pattern(
    #"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+"#
      + #"(?:(?:struct|class|enum|protocol|typealias|func|var|let)\s+)?(\w+)"#)

  func findings(in file: TextFile) -> [Finding] {
    guard file.isSwift, let target = file.target else { return [] }
    guard let allowed = allowed[target] else {
      return [Finding(file, "a new target: say in ImportTests what it may import")]
    }
    return Self.statement.matches(in: file.text).compactMap { match in
      let module = match.groups[1]!
      if allowed.contains(module) { return nil }
      return Finding(
        file, at: match.location,
        "\(target) may not import \(module): move the code to the target that may, or pass a value in"
      )
    }
  }

  /// Entries of the list that point up or sideways against the order of the rows.
  func upward(_ rows: [[String]]) -> [String] {
    var height: [String: Int] = [:]
    for (index, row) in rows.enumerated() { for name in row { height[name] = index } }
    return allowed.flatMap { target, modules in
      modules.compactMap { module in
        guard let above = height[module] else { return nil }
        return height[target].map { $0 > above } == true ? nil : "\(target) -> \(module)"
      }
    }.sorted()
  }
}

@Suite struct ImportTests {
  @Test func `every target imports only what its place allows`() {
    #expect(Repository.sources.count > 100)
    #expect(Repository.sources.flatMap(Layering.ours.findings) == [])
  }

  @Test func `the list of imports itself points down only`() {
    #expect(Layering.ours.upward(Layering.rows) == [])
    let upside = Layering(allowed: [
      "SyncCore": ["Crypto", "SyncWire"], "HubServer": ["SyncClient"],
    ])
    #expect(
      upside.upward(Layering.rows) == ["HubServer -> SyncClient", "SyncCore -> SyncWire"])
  }

  @Test func `every folder of Sources is in the list, and pure targets have no Foundation`() {
    #expect(Repository.names(in: "Sources").filter { Layering.ours.allowed[$0] == nil } == [])
    for target in ["SyncCore", "SyncWire", "Forms", "TransparencyLog", "Identity"] {
      let system: Set = ["Foundation", "Dispatch", "Glibc", "Darwin"]
      #expect(Layering.ours.allowed[target]?.isDisjoint(with: system) == true)
    }
  }

  @Test(arguments: [
    ("SyncCore", "import Foundation"), ("SyncCore", "public import SyncWire"),
    ("SyncWire", "@testable import Identity"), ("Forms", "import struct Foundation.Date"),
    ("SyncClient", "internal import HubServer"), ("Invented", "import Crypto"),
    ("Identity", "  @preconcurrency package import Foundation"),
  ]) func `a planted import is found`(_ target: String, _ line: String) {
    let file = TextFile(path: "Sources/\(target)/Folder/A.swift", text: "// one\n\(line)\n")
    #expect(Layering.ours.findings(in: file).count == 1)
    let fine = TextFile(path: "Sources/ReplicaStore/A.swift", text: "public import GRDB\n")
    #expect(Layering.ours.findings(in: fine) == [])
  }
}
