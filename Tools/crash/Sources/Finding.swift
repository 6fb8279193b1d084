import Foundation

/// What an image holds, under the names that `verify` and `status` print it with.
struct Finding: Encodable {
  struct Verified: Encodable {
    var entries = 0
    /// Of a device.
    var receipts: Int?
    var ok: Bool { problems.isEmpty }
    var problems: [String] = []

    private enum CodingKeys: String, CodingKey { case entries, receipts, ok, problems }
    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(entries, forKey: .entries)
      try container.encodeIfPresent(receipts, forKey: .receipts)
      try container.encode(ok, forKey: .ok)
      try container.encode(problems, forKey: .problems)
    }
  }

  /// Of a hub.
  struct Status: Encodable {
    struct Checkpoint: Encodable {
      let size: UInt64
      let root: String
    }
    let recovering: Bool
    let checkpoint: Checkpoint?
  }

  var verify: Verified?
  var status: Status?
  /// Whether the contents were met, and verified, under an earlier image.
  var met = false
  var refusal: String?

  var line: String {
    // Numbers, texts and nothing else: there is nothing that could not be encoded.
    (try? JSONEncoder().encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }
}
