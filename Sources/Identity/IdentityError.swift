public import SyncCore

/// Why keys, statements, invites, sealed sections or grants were refused. Never holds a value.
public struct IdentityError: Error, Sendable, Hashable {
  public enum Code: String, Sendable, Hashable, CaseIterable {
    // Keys
    case storedKeys = "stored-keys"
    case weakKey = "weak-key"
    // Statements
    case statementMalformed = "statement-malformed"
    case statementTooLong = "statement-too-long"
    case statementSignature = "statement-signature"
    case statementType = "statement-type"
    case statementSubject = "statement-subject"
    case statementVersion = "statement-version"
    case statementBody = "statement-body"
    case statementProgramme = "statement-programme"
    // Invites
    case inviteNotOne = "invite-not-one"
    case inviteTooLong = "invite-too-long"
    case inviteTruncated = "invite-truncated"
    case inviteAltered = "invite-altered"
    case inviteVersion = "invite-version"
    case inviteMalformed = "invite-malformed"
    case inviteName = "invite-name"
    case inviteURL = "invite-url"
    case inviteRole = "invite-role"
    // Sealed sections
    case sectionNotSealed = "section-not-sealed"
    case sectionEmpty = "section-empty"
    case sectionTooLong = "section-too-long"
    case sealedLength = "sealed-length"
    case sealedNotOpened = "sealed-not-opened"
    case sealedPadding = "sealed-padding"
    case sealedMethod = "sealed-method"
    case sealedCompression = "sealed-compression"
    // Grants
    case grantsMalformed = "grants-malformed"
    case grantNotOpened = "grant-not-opened"
    case grantCommitment = "grant-commitment"
    // Bundles
    case bundleTooLong = "bundle-too-long"
    case bundleVersion = "bundle-version"
    case bundleLength = "bundle-length"
    case bundleNotOpened = "bundle-not-opened"
    case bundlePadding = "bundle-padding"
    case bundleMalformed = "bundle-malformed"
  }

  public let code: Code
  /// What was wrong with the encoding, when that was it.
  public let encoding: CBORError.Code?

  public init(_ code: Code, encoding: CBORError.Code? = nil) {
    self.code = code
    self.encoding = encoding
  }
}

extension IdentityError: CustomStringConvertible {
  public var description: String {
    encoding.map { "\(sentence) (\($0.rawValue))" } ?? sentence
  }

  private var sentence: String {
    switch code {
    case .storedKeys: "the stored device keys are damaged; restore the home from a backup"
    case .weakKey: "a public key is of small order and protects nothing; ask for a new one"
    case .statementMalformed: "the authority statement is not canonical; fetch it again"
    case .statementTooLong: "the authority statement is longer than the protocol allows"
    case .statementSignature:
      "the statement does not carry this authority's signature; do not use it, tell the authority"
    case .statementType: "the statement is of a type this version does not know; update"
    case .statementSubject: "the statement's subject does not fit its type or its content"
    case .statementVersion: "the statement's version is 0 or differs from what it names"
    case .statementBody: "the statement's body does not fit its type"
    case .statementProgramme: "the statement belongs to another programme"
    case .inviteNotOne: "this is not an invite; an invite begins with YARROW1-"
    case .inviteTooLong: "the text is longer than an invite can be; copy the invite alone"
    case .inviteTruncated: "the invite is cut short; copy it again, to its last letter"
    case .inviteAltered: "a letter of the invite is wrong; compare it with the original"
    case .inviteVersion: "the invite is of a version this program does not know; update"
    case .inviteMalformed: "the invite is not canonical; ask the hub for a new one"
    case .inviteName: "the programme name in the invite is empty, too long or not printable"
    case .inviteURL: "the hub address in the invite is not a plain https address"
    case .inviteRole: "the invite is for a role this program does not know; update"
    case .sectionNotSealed: "only sensitive and identity sections are sealed"
    case .sectionEmpty: "an empty section is absent and is never sealed"
    case .sectionTooLong: "the section is longer than the protocol allows"
    case .sealedLength: "the sealed section has a length that no writer makes"
    case .sealedNotOpened: "the sealed section was altered, or this is not its key"
    case .sealedPadding: "the sealed section is padded wrongly"
    case .sealedMethod: "the sealed section was packed by a method this version does not know"
    case .sealedCompression: "the sealed section does not decompress"
    case .grantsMalformed: "the list of grants is not canonical"
    case .grantNotOpened: "the grant was altered, or is not for this key and purpose"
    case .grantCommitment: "the granted secret is not the one the origin committed to"
    case .bundleTooLong: "the file is longer than a bundle can be"
    case .bundleVersion: "the file is no bundle, or one of a version that this program does not know"
    case .bundleLength: "the file is no bundle, or was cut short on the way; copy it again"
    case .bundleNotOpened:
      "the bundle is for somebody else, or was altered on the way; copy it again, or have it made anew"
    case .bundlePadding: "the bundle is padded wrongly"
    case .bundleMalformed: "what the bundle holds is not laid out as a bundle; update both programs"
    }
  }
}
