public import SyncCore

/// What a form statement may hold instead of YAML: one line that names a form of the toolkit, and the
/// shared lists it was checked with, by hash (forms §7).
public struct ShippedFormReference: Sendable, Hashable {
  public let digest: Digest32

  /// Longest form and longest file of shared lists, in bytes (forms §1.1).
  public static let textBytesMax = 192 << 10

  /// Refers to the bytes of a form's YAML and of the shared lists.
  public init(form: [UInt8], lists: [UInt8]) {
    self.init(form: Hash.sha256(form), lists: Hash.sha256(lists))
  }

  init(form: Digest32, lists: Digest32) {
    digest = Hash.sha256(domain: "yarrow.shipped-form/1", form, lists)
  }

  /// Reads the line; nil for anything else.
  public init?(line: some Collection<UInt8>) {
    guard line.count == Self.prefix.count + 65, Self.begins(line),
      let text = String(validating: line.dropFirst(Self.prefix.count).prefix(64), as: UTF8.self),
      let digest = Digest32(hex: text)
    else { return nil }
    self.digest = digest
    // Capital digits and another last character are no line of this form.
    guard self.line.elementsEqual(line) else { return nil }
  }

  /// The line as it stands in a statement.
  public var line: [UInt8] { Self.prefix + Array("\(digest.hex)\n".utf8) }

  /// Whether a statement's text can only be a reference: no form's YAML begins like this, since no
  /// key of a form is called so.
  public static func begins(_ yaml: some Collection<UInt8>) -> Bool { yaml.starts(with: prefix) }

  private static let prefix = Array("shipped: ".utf8)
}

extension ReleasePackage {
  /// For each statement the text that it needs beside it, as its index says; nil where the statement
  /// holds YAML itself.
  ///
  /// - Throws: `inconsistent` for bytes that are no form statement; `form-text` for a line that is
  ///   no reference.
  static func references(
    in statements: [[UInt8]]
  ) throws(ReleaseError) -> [ShippedFormReference?] {
    var found: [ShippedFormReference?] = []
    for statement in statements {
      guard let yaml = try? yaml(ofStatement: statement) else { throw ReleaseError(.inconsistent) }
      guard ShippedFormReference.begins(yaml) else {
        found.append(nil)
        continue
      }
      guard let reference = ShippedFormReference(line: yaml) else { throw ReleaseError(.formText) }
      found.append(reference)
    }
    return found
  }

  /// What a form statement holds (identity §3, type 3). Says nothing about its signature.
  private static func yaml(ofStatement bytes: [UInt8]) throws(CBORError) -> ArraySlice<UInt8> {
    var outer = CBORDecoder(bytes)
    try outer.readArrayHead(exactly: 2)
    var d = CBORDecoder(try outer.readBytes(max: bytes.count))
    try d.readArrayHead(exactly: 4)
    guard try d.readUInt() == 3 else { throw d.error(.outOfRange) }
    _ = try d.readBytes(max: bytes.count)
    _ = try d.readUInt()
    try d.readArrayHead(exactly: 2)
    _ = try d.readUInt()
    return try d.readBytes(max: bytes.count)
  }

  /// Whether each reference has the text that it names, nothing else has one, and the lists are there
  /// exactly when a reference needs them.
  static func carries(
    _ texts: [[UInt8]?], _ lists: [UInt8]?, for references: [ShippedFormReference?]
  ) -> Bool {
    guard texts.count == references.count,
      (lists != nil) == references.contains(where: { $0 != nil }),
      lists?.count ?? 0 <= ShippedFormReference.textBytesMax,
      texts.allSatisfy({ $0?.count ?? 0 <= ShippedFormReference.textBytesMax })
    else { return false }
    let listsDigest = lists.map { Hash.sha256($0) }
    return zip(texts, references).allSatisfy { text, reference in
      guard let reference else { return text == nil }
      guard let text, let listsDigest else { return false }
      return reference == ShippedFormReference(form: Hash.sha256(text), lists: listsDigest)
    }
  }
}
