public import TransparencyLog

public import enum SyncCore.SensitivityClass

/// Reads a disclosure policy from the bytes that the authority signed (committee §2).
///
///     policy: 1
///     threshold: 10
///     bands: [5, 10, 20, 50]
///     disclose:
///       report: [status, received_month]
///     text:
///       en: What this programme says about it.
extension DisclosurePolicy {
  /// Longest policy file, in bytes.
  static let fileBytesMax = 64 << 10
  static let textBytesMax = 8 << 10
  static let languagesMax = 32

  /// Reads a policy and refuses it unless every field that it lists is operational.
  ///
  /// - Parameters:
  ///   - yaml: the file, UTF-8, at most 64 KiB.
  ///   - classOf: the class of a field in the newest version of its form; nil when there is none.
  /// - Throws: ``CommitteeError`` with `policyMalformed`, `policyRefused`.
  public init(
    yaml: [UInt8], classOf: (_ form: String, _ field: String) -> SensitivityClass?
  ) throws(CommitteeError) {
    try self.init(yaml: yaml)
    do { try checkClasses(classOf) } catch { throw CommitteeError(.policyRefused, "\(error)") }
  }

  /// Reads a policy without asking the forms: for a policy whose forms are checked beside it.
  init(yaml: [UInt8]) throws(CommitteeError) {
    let root = try YAMLTree.read(yaml, bytesMax: Self.fileBytesMax)
    let keys = try root.map(
      "policy", allowed: ["policy", "threshold", "bands", "disclose", "text"])
    guard try keys.require("policy").number("policy") == 1 else {
      throw CommitteeError(.policyMalformed, "this version reads policies of version 1; update")
    }
    let threshold = try keys.require("threshold").number("threshold")
    let bands = try keys.require("bands").list("bands").map { (node) throws(CommitteeError) in
      try node.number("bands")
    }
    var disclose: [String: [String]] = [:]
    for pair in try keys.require("disclose").map("disclose").pairs {
      disclose[pair.key] = try pair.value.list("disclose").map { (node) throws(CommitteeError) in
        try node.text("disclose")
      }
    }
    var text: [String: String] = [:]
    if let texts = try keys["text"]?.map("text").pairs {
      guard texts.count <= Self.languagesMax else {
        throw CommitteeError(.policyMalformed, "the policy has too many languages; shorten it")
      }
      for pair in texts {
        let value = try pair.value.text("text")
        guard value.utf8.count <= Self.textBytesMax else {
          throw CommitteeError(.policyMalformed, "the policy's text is too long; shorten it")
        }
        text[pair.key] = value
      }
    }
    do {
      try self.init(threshold: threshold, bands: bands, disclose: disclose, text: text)
    } catch { throw CommitteeError(.policyRefused, "\(error)") }
  }
}
