internal import SyncCore

/// Reads the values of a row; nil for another type than the column's.
extension TableRow {
  func integer(_ column: Int) -> Int64? {
    if case .integer(let number) = values[column] { number } else { nil }
  }

  func unsigned(_ column: Int) -> UInt64? { integer(column).flatMap { UInt64(exactly: $0) } }

  func text(_ column: Int) -> String? {
    if case .text(let bytes) = values[column] {
      String(validating: bytes, as: UTF8.self)
    } else {
      nil
    }
  }

  func textBytes(_ column: Int) -> [UInt8]? {
    if case .text(let bytes) = values[column] { bytes } else { nil }
  }

  func blob(_ column: Int) -> [UInt8]? {
    if case .blob(let bytes) = values[column] { bytes } else { nil }
  }

  func digest(_ column: Int) -> Digest32? { blob(column).flatMap { Digest32($0) } }
  func sixteen(_ column: Int) -> Bytes16? { blob(column).flatMap { Bytes16($0) } }

  /// Hashes one after the other.
  func hashes(_ column: Int) -> [Digest32]? {
    guard let bytes = blob(column), bytes.count.isMultiple(of: 32), bytes.count <= 64 * 32 else {
      return nil
    }
    return stride(from: 0, to: bytes.count, by: 32).compactMap { Digest32(bytes[$0..<$0 + 32]) }
  }
}
