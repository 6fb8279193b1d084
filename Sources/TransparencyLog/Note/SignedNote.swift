/// One signature line of a note (hub-log §3.1).
public struct NoteSignature: Sendable, Hashable {
  public let name: KeyName
  public let keyID: UInt32
  /// What follows the key id: 64 bytes of Ed25519, 72 of a cosignature, or what others define.
  public let bytes: [UInt8]

  public init(name: KeyName, keyID: UInt32, bytes: [UInt8]) {
    self.name = name
    self.keyID = keyID
    self.bytes = bytes
  }
}

/// A text with the signatures of one or more keys (C2SP signed-note; hub-log §3).
///
///     text, ending in a newline
///     an empty line
///     — name base64(key id ‖ signature)      one or more
///
/// A parsed note says nothing yet: only ``verify(with:)`` makes its text worth reading.
public struct SignedNote: Sendable, Hashable {
  /// The signed text in UTF-8, its final newline included.
  public let body: [UInt8]
  public private(set) var signatures: [NoteSignature]

  /// Longest note that is read: room for sixteen signatures of 5 kB each, as C2SP asks.
  public static let bytesMax = 128 << 10
  /// Most signature lines that are read.
  public static let signaturesMax = 32

  private static let dash: [UInt8] = [0xE2, 0x80, 0x94, 0x20]

  /// Makes a note of a text and its signatures.
  ///
  /// - Throws: `malformed-note` for a text without final newline or a note without signature,
  ///   `invalid-text`, `too-many-signatures`, `too-long`.
  public init(body: [UInt8], signatures: [NoteSignature]) throws(TransparencyLogError) {
    guard body.last == 0x0A, !signatures.isEmpty else { throw TransparencyLogError(.malformedNote) }
    try Self.check(text: body)
    self.body = body
    self.signatures = signatures
    try checkLimits()
  }

  /// Reads a note. Nothing but its one exact form is accepted.
  ///
  /// - Throws: `too-long`, `invalid-text`, `malformed-note`, `too-many-signatures`,
  ///   `malformed-signature-line`, `invalid-key-name`, `invalid-base64`.
  public init(bytes: [UInt8]) throws(TransparencyLogError) {
    try Self.check(text: bytes)
    guard bytes.last == 0x0A,
      let gap = bytes.indices.dropLast().last(where: { bytes[$0] == 0x0A && bytes[$0 + 1] == 0x0A })
    else { throw TransparencyLogError(.malformedNote) }
    body = Array(bytes[...gap])
    signatures = []
    var rest = bytes[(gap + 2)...]
    guard !rest.isEmpty else { throw TransparencyLogError(.malformedNote) }
    while let newline = rest.firstIndex(of: 0x0A) {
      guard signatures.count < Self.signaturesMax else {
        throw TransparencyLogError(.tooManySignatures)
      }
      signatures.append(try Self.signature(line: rest[..<newline]))
      rest = rest[(newline + 1)...]
    }
  }

  /// The note as it is sent and stored.
  public var bytes: [UInt8] {
    var note = body
    note.append(0x0A)
    for signature in signatures {
      note += Self.dash
      note += signature.name.utf8
      note.append(0x20)
      note += Base64.encode(
        withUnsafeBytes(of: signature.keyID.bigEndian, Array.init) + signature.bytes)
      note.append(0x0A)
    }
    return note
  }

  /// Adds a signature line at the end, unless the very same line is there.
  ///
  /// - Throws: `too-many-signatures`, `too-long`. The note is then unchanged.
  public mutating func add(_ signature: NoteSignature) throws(TransparencyLogError) {
    guard !signatures.contains(signature) else { return }
    var longer = self
    longer.signatures.append(signature)
    try longer.checkLimits()
    self = longer
  }

  private func checkLimits() throws(TransparencyLogError) {
    guard signatures.count <= Self.signaturesMax else {
      throw TransparencyLogError(.tooManySignatures)
    }
    guard signatures.allSatisfy({ !$0.bytes.isEmpty }) else {
      throw TransparencyLogError(.malformedSignatureLine)
    }
    guard bytes.count <= Self.bytesMax else { throw TransparencyLogError(.tooLong) }
  }

  private static func check(text: [UInt8]) throws(TransparencyLogError) {
    guard text.count <= bytesMax else { throw TransparencyLogError(.tooLong) }
    guard text.allSatisfy({ $0 >= 0x20 || $0 == 0x0A }),
      String(validating: text, as: UTF8.self) != nil
    else { throw TransparencyLogError(.invalidText) }
  }

  private static func signature(line: ArraySlice<UInt8>) throws(TransparencyLogError)
    -> NoteSignature
  {
    guard line.starts(with: dash) else { throw TransparencyLogError(.malformedSignatureLine) }
    let fields = line.dropFirst(dash.count).split(
      separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false)
    guard fields.count == 2 else { throw TransparencyLogError(.malformedSignatureLine) }
    let name = try KeyName(String(decoding: fields[0], as: UTF8.self))
    guard let material = Base64.decode(fields[1]) else {
      throw TransparencyLogError(.invalidBase64)
    }
    guard material.count > 4 else { throw TransparencyLogError(.malformedSignatureLine) }
    return NoteSignature(
      name: name, keyID: material[..<4].reduce(0) { $0 << 8 | UInt32($1) },
      bytes: Array(material[4...]))
  }
}
