internal import Foundation
internal import GRDB
internal import SyncCore

/// Re-hashing stored files: device and hub keep them alike.
enum AttachmentCheck {
  /// The beginnings of the addresses of files that are not what they are called, or have a chunk that
  /// is not their own. What is missing is no fault.
  static func rotten(in db: Database) throws -> [String] {
    var found: [String] = []
    let files = try Row.fetchCursor(
      db,
      sql:
        "SELECT id, record, address, manifest FROM attachment WHERE manifest IS NOT NULL ORDER BY id"
    )
    while let row = try files.next() {
      let address = row["address"] as Data
      guard let record = RecordID(Array(row["record"] as Data)),
        let manifest = AttachmentManifest(record: record, encoded: row["manifest"] as Data),
        manifest.address.bytes == Array(address),
        try chunks(of: row["id"], fit: manifest, in: db)
      else {
        found.append(String(address.hex.prefix(12)))
        continue
      }
    }
    return found
  }

  private static func chunks(
    of file: Int64, fit manifest: AttachmentManifest, in db: Database
  ) throws -> Bool {
    let chunks = try Row.fetchCursor(
      db.cachedStatement(sql: "SELECT number, bytes FROM attachment_chunk WHERE attachment = ?"),
      arguments: [file])
    while let row = try chunks.next() {
      guard manifest.holds(Array(row["bytes"] as Data), at: row["number"]) else { return false }
    }
    return true
  }
}
