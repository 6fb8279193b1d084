public import SyncCore

/// Why a policy, a released entry or a release was refused (committee §2–§4).
public struct ReleaseError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: Sendable, Hashable {
    /// The threshold is below ``DisclosurePolicy/thresholdMin`` or beyond any use.
    case threshold
    /// The bands do not ascend, or there are too many.
    case bands
    /// A form or field name of the policy is not a name, or there are too many.
    case name
    /// The policy lists a field that its form does not have or that is not operational.
    case notOperational(form: String, field: String)
    /// The bytes are not a release.
    case malformed(CBORError.Code)
    /// The release has another format version.
    case version
    /// A count, a position or an order in the release contradicts another part of it.
    case inconsistent
    /// An entry is given twice.
    case repeated
    /// A digest does not lead to the hash of the entry.
    case entryMismatch
    /// The release would be larger than a release may be.
    case tooLarge
    /// The inclusion proof does not lead from the release's leaf to the checkpoint.
    case notIncluded
    /// A statement's text is not UTF-8.
    case notText
    /// A text beside a form statement is not the one that the statement names by hash, or is missing,
    /// or names nothing.
    case formText
  }

  public let code: Code

  public init(_ code: Code) { self.code = code }

  public var description: String {
    switch code {
    case .threshold:
      "the policy's threshold is not between \(DisclosurePolicy.thresholdMin) and 1000; raise it"
    case .bands: "the policy's bands must be ascending numbers, at most 16; correct them"
    case .name: "the policy holds something that is no form or field name; correct it"
    case .notOperational(let form, let field):
      "\(form).\(field) is not an operational field; take it out of the policy"
    case .malformed(let code): "not a release: \(code.rawValue); fetch it again"
    case .version: "the release has a format that this version does not read; update"
    case .inconsistent: "parts of the release contradict each other; fetch it again"
    case .repeated: "an entry is in the release twice; build the release again"
    case .entryMismatch: "a digest does not lead to its entry's hash; check the store"
    case .tooLarge: "the release is larger than a release may be; release more often"
    case .notIncluded: "the proof does not lead to the checkpoint; ask the hub for it again"
    case .notText: "the policy or a form is not UTF-8; sign it again"
    case .formText: "a form is not the one that its statement names; update, or fetch it again"
    }
  }
}
