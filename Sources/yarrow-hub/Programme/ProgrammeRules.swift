import Console
import Forms
import HubServer
import Identity
import ReplicaStore
import SyncCore
import TransparencyLog

/// What the authority has said so far, as the operator's own hub tells it: forms, policy, readers.
///
/// The hub checked the signatures when it took the statements.
struct ProgrammeRules {
  private var forms: [String: (version: UInt64, yaml: [UInt8])] = [:]
  private(set) var policy: (yaml: [UInt8], version: UInt64)?
  private var readers: [OriginID: ReaderStatement] = [:]
  private let lists: [String: ChoiceList]

  init(_ control: HubControl) throws {
    lists = try ShippedForms.lists()
    for case .statement(let hex) in try control.send(.statements) {
      guard let encoded = [UInt8](hex: hex) else { continue }
      let statement = try Self.statement(encoded)
      switch statement.body {
      case .form(let form):
        if forms[form.name].map({ $0.version < statement.version }) ?? true {
          forms[form.name] = (statement.version, form.yaml)
        }
      case .policy(let yaml):
        if policy.map({ $0.version < statement.version }) ?? true {
          policy = (yaml, statement.version)
        }
      case .reader(let reader): readers[reader.keys.origin] = reader
      case .recovery, .hub: break
      }
    }
  }

  static func statement(_ encoded: [UInt8]) throws -> Identity.Statement {
    var decoder = CBORDecoder(encoded)
    do {
      try decoder.readArrayHead(exactly: 2)
      return try Identity.Statement(
        payload: Array(try decoder.readBytes(max: Limits.specified.statementBytesMax)))
    } catch {
      throw StoreError(.damaged, "A statement in the hub cannot be read; run verify.")
    }
  }

  var formNames: [String] { forms.keys.sorted(by: canonicalKeyOrder) }

  /// The newest version of a form; nil for an unknown name.
  func form(_ name: String) throws -> Form? {
    guard let found = forms[name] else { return nil }
    return try ShippedForms.parse(name: name, statement: found.yaml, lists: lists)
  }

  /// The text of a form as it was signed.
  func formText(_ name: String) throws -> [UInt8]? {
    guard let found = forms[name] else { return nil }
    return try ShippedForms.text(name: name, statement: found.yaml)
  }

  /// Reads a form that is to be added.
  func parse(_ bytes: [UInt8], fileName: String) throws -> Form {
    try Form.parse(bytes: bytes, fileName: fileName, sharedLists: lists)
  }

  /// What the authority last said about a device.
  func reader(_ origin: String) -> ReaderStatement? {
    OriginID(hex: origin).flatMap { readers[$0] }
  }

  /// A disclosure policy, refused unless every field it lists is operational.
  func disclosure(_ yaml: [UInt8]) throws -> DisclosurePolicy {
    var parsed: [String: Form] = [:]
    for name in formNames { parsed[name] = try form(name) }
    return try DisclosurePolicy(
      yaml: yaml, classOf: { form, field in parsed[form]?.field(field)?.sensitivity })
  }
}

extension DisclosurePolicy {
  /// What this policy shows that the older one did not: `threshold`, `bands`, or `FORM.FIELD`.
  func loosened(from old: DisclosurePolicy) -> [String] {
    var found: [String] = []
    if threshold < old.threshold { found.append("threshold") }
    // A lower edge that is new cuts a band in two, and says more about a small count.
    if bands.contains(where: { $0 < min(threshold, old.threshold) && !old.bands.contains($0) }) {
      found.append("bands")
    }
    for form in disclose.keys.sorted() {
      for field in (disclose[form] ?? []).sorted() where !old.lists(field, of: form) {
        found.append("\(form).\(field)")
      }
    }
    return found
  }
}
