public import Forms
internal import Identity
public import SyncCore
internal import Synchronization
internal import TransparencyLog

/// The forms that a programme's authority signed, each parsed when it is first asked for
/// (forms §7, identity §3).
///
/// A statement holds a form's YAML, or one line that names a shipped form by hash: everybody has
/// those, so their text does not travel.
public final class FormCatalog: Sendable {
  private struct Source {
    var versions: [UInt64: [UInt8]] = [:]
  }
  private struct State {
    var sources: [String: Source] = [:]
    var lists: [String: ChoiceList]?
    var parsed: [String: Form] = [:]
    var unreadable: Set<String> = []
    var rules: [String: MergeRules] = [:]
  }
  private let state: Mutex<State>

  init(_ book: StatementBook) {
    var sources: [String: Source] = [:]
    for signed in book.statements {
      guard case .form(let form) = signed.statement.body else { continue }
      sources[form.name, default: Source()].versions[signed.statement.version] = form.yaml
    }
    let initial = State(sources: sources)
    state = Mutex(initial)
  }

  /// Names of all forms, in canonical order.
  public var names: [String] { state.withLock { $0.sources.keys.sorted(by: canonicalKeyOrder) } }

  /// The newest version of a form, to record with it; nil for an unknown name.
  ///
  /// - Throws: `FormError`, ``StoreError`` when this program cannot read it.
  public func newest(_ name: String) throws -> Form? {
    try state.withLock { state in
      guard let version = state.sources[name]?.versions.keys.max() else { return nil }
      return try Self.load(name, version, &state)
    }
  }

  /// The newest version of a form that this program can read, to show what was recorded with it. A
  /// form that it cannot read hides and blocks nothing else.
  public func readable(_ name: String) -> Form? {
    state.withLock { state in
      let versions = state.sources[name]?.versions.keys.sorted(by: >) ?? []
      for version in versions {
        if let form = Self.loadIfReadable(name, version, &state) { return form }
      }
      return nil
    }
  }

  /// One version of a form; nil when it is not known here (yet), or this program cannot read it.
  public func form(_ name: String, version: UInt64) -> Form? {
    state.withLock { Self.loadIfReadable(name, version, &$0) }
  }

  /// The newest form when it is at least as new as `version`, since classes only rise.
  public func newest(_ name: String, atLeast version: UInt64) throws -> Form? {
    guard let form = try newest(name), UInt64(form.version) >= version else { return nil }
    return form
  }

  /// How the fields of a form merge, by its newest version (merge §3).
  public func rules(_ name: String) -> MergeRules {
    if let known = state.withLock({ $0.rules[name] }) { return known }
    guard let form = readable(name) else { return MergeRules() }
    let rules = MergeRules(form)
    state.withLock { $0.rules[name] = rules }
    return rules
  }

  private static func loadIfReadable(
    _ name: String, _ version: UInt64, _ state: inout State
  ) -> Form? {
    let key = "\(name)/\(version)"
    guard !state.unreadable.contains(key) else { return nil }
    do { return try load(name, version, &state) } catch {
      state.unreadable.insert(key)
      return nil
    }
  }

  private static func load(
    _ name: String, _ version: UInt64, _ state: inout State
  ) throws -> Form? {
    let key = "\(name)/\(version)"
    if let form = state.parsed[key] { return form }
    guard let yaml = state.sources[name]?.versions[version] else { return nil }
    if state.lists == nil { state.lists = try ShippedForms.lists() }
    let form = try ShippedForms.parse(name: name, statement: yaml, lists: state.lists ?? [:])
    guard form.name == name, UInt64(form.version) == version else {
      throw StoreError(
        .formRefused, "The form \(name) is not what its statement says; ask the hub's operator.")
    }
    state.parsed[key] = form
    return form
  }
}

/// Forms that come with the program, as statements name them (forms §7).
package enum ShippedForms {
  /// The line that stands for a shipped form in a statement.
  package static func reference(_ name: String) -> [UInt8]? {
    guard let form = source(name), let lists = sharedLists else { return nil }
    return ShippedFormReference(form: form, lists: lists).line
  }

  /// The YAML of a shipped form; nil when there is none of that name.
  package static func source(_ name: String) -> [UInt8]? {
    name == "lists" ? nil : file(name + ".yaml")
  }

  /// The YAML of the lists that shipped forms share.
  package static var sharedLists: [UInt8]? { file("lists.yaml") }

  /// Names of the shipped forms.
  package static var names: [String] {
    files.keys.filter { $0 != "lists.yaml" }.map { String($0.dropLast(5)) }
  }

  package static func lists() throws -> [String: ChoiceList] { try parsedLists.get() }

  private static let parsedLists = Result<[String: ChoiceList], any Error> {
    guard let bytes = sharedLists else { return [:] }
    return try FormLibrary.parseLists(shipped: bytes, fileName: "lists.yaml")
  }

  /// - Parameter lists: the shared lists of this program.
  package static func parse(
    name: String, statement yaml: [UInt8], lists: [String: ChoiceList]
  ) throws -> Form {
    let bytes = try text(name: name, statement: yaml)
    // A reference stands for one text, which is the same as long as the program runs.
    guard ShippedFormReference.begins(yaml) else {
      return try parseOwn(name: name, bytes, lists: lists)
    }
    if let form = parsedForms.withLock({ $0[name] }) { return form }
    let form = try Form.parse(shipped: bytes, fileName: "\(name).yaml", sharedLists: lists)
    parsedForms.withLock { $0[name] = form }
    return form
  }

  private static let parsedForms = Mutex<[String: Form]>([:])

  /// Forms of a programme's own, by their name and text: a catalogue is made anew with every
  /// statement that comes, and every home that is opened makes one.
  private static let ownForms = Mutex<[Digest32: Form]>([:])
  private static let ownFormsMax = 64

  private static func parseOwn(
    name: String, _ yaml: [UInt8], lists: [String: ChoiceList]
  ) throws -> Form {
    let key = Hash.sha256(Array(name.utf8) + [0] + yaml)
    if let form = ownForms.withLock({ $0[key] }) { return form }
    let form = try Form.parse(bytes: yaml, fileName: "\(name).yaml", sharedLists: lists)
    ownForms.withLock { forms in
      if forms.count >= ownFormsMax { forms = [:] }
      forms[key] = form
    }
    return form
  }

  /// The YAML that a statement stands for.
  package static func text(name: String, statement yaml: [UInt8]) throws -> [UInt8] {
    guard ShippedFormReference.begins(yaml) else { return yaml }
    guard let reference = reference(name), reference == yaml, let bytes = source(name) else {
      throw StoreError(
        .formRefused,
        "The form \(name) comes with another version of this program; update the program.")
    }
    return bytes
  }

  private static let files = Dictionary(
    uniqueKeysWithValues: FormLibrary.shippedFiles().map { ($0.name, $0.bytes) })

  private static func file(_ name: String) -> [UInt8]? { files[name] }
}

extension MergeRules {
  /// The rules of a form's fields (merge §3).
  package init(_ form: Form) {
    var rules: [String: FieldRule] = [:]
    for field in form.fields where field.type.holdsAnswer {
      let name = field.repeat.map { "\(form.fields[$0].name).\(field.name)" } ?? field.name
      rules[name] = FieldRule(
        policy: field.merge, sensitivity: field.sensitivity,
        protectiveOrder: field.protectiveOrder,
        codes: field.choices.flatMap { form.list($0) }?.choices.map(\.code) ?? [])
    }
    self.init(rules)
  }
}
