internal import Foundation
internal import GRDB
internal import SyncCore

/// What the device was when it made a bundle, kept until an answer comes or the bundle is forgotten
/// (bundle §5).
struct CarriedState {
  /// Bundles that a home remembers; the oldest goes first.
  static let bundlesMax = 256

  var request: CarriedRequest
  /// The end of the device's log, which a succession names.
  var head: LogHead

  init(request: CarriedRequest, head: LogHead) {
    self.request = request
    self.head = head
  }

  /// Keeps it, for each request of one bundle.
  func insert(_ requests: [Digest32], at now: Int64, in db: Database) throws {
    try db.execute(
      sql: "INSERT INTO bundle(at, state) VALUES (?, ?)", arguments: [now, Data(encoded)])
    let id = db.lastInsertedRowID
    for hash in requests {
      try db.execute(
        sql: "INSERT OR REPLACE INTO bundle_request(hash, bundle) VALUES (?, ?)",
        arguments: [Data(hash.bytes), id])
    }
    try db.execute(
      sql: "DELETE FROM bundle WHERE id <= ?", arguments: [id - Int64(Self.bundlesMax)])
  }

  /// The bundle that a request was in; nil for one that this home does not know.
  static func bundle(of request: Digest32, in db: Database) throws -> Int64? {
    try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT bundle FROM bundle_request WHERE hash = ?"),
      arguments: [Data(request.bytes)])
  }

  /// How many requests of a bundle this home knows as its own, and not as a later one's.
  static func requests(of bundle: Int64, in db: Database) throws -> Int {
    try Int.fetchOne(
      db.cachedStatement(sql: "SELECT count(*) FROM bundle_request WHERE bundle = ?"),
      arguments: [bundle]) ?? 0
  }

  static func fetch(_ bundle: Int64, in db: Database) throws -> CarriedState {
    let bytes = try Data.fetchOne(
      db.cachedStatement(sql: "SELECT state FROM bundle WHERE id = ?"), arguments: [bundle])
    do { return try CarriedState(encoded: Array(bytes ?? Data())) } catch {
      throw StoreError(.damaged, "What this home remembers of a bundle is damaged; run verify.")
    }
  }

  private var encoded: [UInt8] {
    var e = CBOREncoder()
    e.arrayHead(6)
    e.encode(request.origin)
    e.encode(request.hubEpoch)
    e.encode(request.treeSize)
    e.encode(head.seq)
    e.encode(head.hash)
    e.arrayHead(request.streams.count)
    for stream in request.streams {
      e.arrayHead(4)
      e.encode(stream.name.text)
      e.encode(stream.position.count)
      e.encode(stream.position.hash)
      e.encode(stream.epoch)
    }
    return e.bytes
  }

  private init(encoded: [UInt8]) throws(CBORError) {
    var d = CBORDecoder(encoded)
    try d.readArrayHead(exactly: 6)
    let origin = try d.readDigest()
    let hubEpoch = try d.readUInt()
    let treeSize = try d.readUInt()
    head = LogHead(seq: try d.readUInt(), hash: try d.readDigest())
    var streams: [DeviceState.Stream] = []
    for _ in 0..<(try d.readArrayHead(max: Limits.specified.streamsMax)) {
      try d.readArrayHead(exactly: 4)
      let name = StreamName(try d.readText(max: 128))
      let position = StreamPosition(count: try d.readUInt(), hash: try d.readDigest())
      streams.append(.init(name: name, position: position, epoch: try d.readUInt()))
    }
    try d.expectEnd()
    request = CarriedRequest(
      origin: origin, hubEpoch: hubEpoch, treeSize: treeSize, streams: streams)
  }
}
