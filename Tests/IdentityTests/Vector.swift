import Foundation
import SyncCore
import Testing

/// One file of Protocol/vectors/identity.
struct Vector: Sendable, CustomTestStringConvertible {
  let name: String
  let what: String
  let expect: String
  let kind: String
  private let fields: [String: String]
  let lists: [String: [String]]

  var testDescription: String { "\(name): \(what)" }

  static let all: [Vector] = {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Protocol/vectors/identity")
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return files.filter { $0.hasSuffix(".json") }.sorted().compactMap {
      Vector(folder.appending(path: $0))
    }
  }()

  private init?(_ file: URL) {
    guard let data = try? Data(contentsOf: file),
      let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
      let what = object["what"] as? String, let expect = object["expect"] as? String,
      let kind = object["kind"] as? String
    else { return nil }
    name = file.deletingPathExtension().lastPathComponent
    (self.what, self.expect, self.kind) = (what, expect, kind)
    lists = object.compactMapValues { $0 as? [String] }
    fields = object.compactMapValues { ($0 as? String) ?? ($0 as? Int).map { "\($0)" } }
  }

  func text(_ key: String) throws -> String { try found(fields[key], key) }
  func bytes(_ key: String) throws -> [UInt8] { try found([UInt8](hex: try text(key)), key) }
  func bytes16(_ key: String) throws -> Bytes16 { try found(Bytes16(hex: try text(key)), key) }
  func digest(_ key: String) throws -> Digest32 { try found(Digest32(hex: try text(key)), key) }
  func number(_ key: String) throws -> UInt64 { try found(UInt64(try text(key)), key) }

  private func found<T>(_ value: T?, _ key: String) throws -> T {
    guard let value else { throw Missing(key: key) }
    return value
  }

  struct Missing: Error { let key: String }
}
