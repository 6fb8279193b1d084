public import SyncCore

/// What the operator of a hub hands to a person so that their device can join (identity §4).
public struct Invite: Sendable, Hashable {
  /// The programme's name, for people: 1 to 128 bytes without control characters.
  public let programmeName: String
  public let programme: ProgrammeIdentity
  public let hubLogKey: SigningPublicKey
  /// SHA-256 of the SubjectPublicKeyInfo of the hub's certificate.
  public let tlsPin: Digest32
  public let address: HubAddress
  public let role: InviteRole
  public let secret: InviteSecret
  /// Seconds since 1970, checked by the hub and by nobody else.
  public let expires: UInt64

  public static let version: UInt64 = 1
  public static let programmeNameBytesMax = 128

  /// Refuses a name that could not be shown.
  public init(
    programmeName: String, programme: ProgrammeIdentity, hubLogKey: SigningPublicKey,
    tlsPin: Digest32, address: HubAddress, role: InviteRole, secret: InviteSecret, expires: UInt64
  ) throws(IdentityError) {
    guard Self.isShowable(programmeName), expires <= UInt64(Int64.max) else {
      throw IdentityError(.inviteName)
    }
    self.programmeName = programmeName
    self.programme = programme
    self.hubLogKey = hubLogKey
    self.tlsPin = tlsPin
    self.address = address
    self.role = role
    self.secret = secret
    self.expires = expires
  }

  /// An array of nine, without the checksum that its text carries.
  public var encoded: [UInt8] {
    var e = CBOREncoder(reservingCapacity: 256)
    e.arrayHead(9)
    e.encode(Self.version)
    e.encode(programmeName)
    e.encode(programme.authority.raw)
    e.encode(hubLogKey.raw)
    e.encode(tlsPin)
    e.encode(address.text)
    e.encode(UInt64(role.rawValue))
    e.encode(bytes: secret.bytes.bytes)
    e.encode(expires)
    return e.bytes
  }

  /// Reads exactly one canonical invite.
  public init(encoded: [UInt8]) throws(IdentityError) {
    do {
      var d = CBORDecoder(encoded)
      let count = try d.readArrayHead(max: 64)
      // The version decides what follows, so nothing else is looked at before it.
      guard try d.readUInt() == Self.version else { throw IdentityError(.inviteVersion) }
      guard count == 9 else { throw IdentityError(.inviteMalformed, encoding: .outOfRange) }
      programmeName = try d.readText(max: Self.programmeNameBytesMax)
      let authority = SigningPublicKey(try d.readDigest())
      let logKey = SigningPublicKey(try d.readDigest())
      tlsPin = try d.readDigest()
      let address = HubAddress(try d.readText(max: HubAddress.byteCountMax))
      let role = UInt8(exactly: try d.readUInt()).flatMap(InviteRole.init)
      let secret = Bytes16(try d.readBytes(exactly: 16))
      expires = try d.readUInt(max: UInt64(Int64.max))
      try d.expectEnd()
      guard Self.isShowable(programmeName) else { throw IdentityError(.inviteName) }
      guard let authority, let logKey else { throw IdentityError(.weakKey) }
      guard let address else { throw IdentityError(.inviteURL) }
      guard let role else { throw IdentityError(.inviteRole) }
      guard let secret else { throw IdentityError(.inviteMalformed) }
      programme = ProgrammeIdentity(authority: authority)
      hubLogKey = logKey
      self.address = address
      self.role = role
      self.secret = InviteSecret(secret)
    } catch let error as IdentityError {
      throw error
    } catch let error as CBORError {
      throw IdentityError(.inviteMalformed, encoding: error.code)
    } catch { throw IdentityError(.inviteMalformed) }
  }

  /// Neither empty nor with a character that could move a terminal's cursor or reorder its text.
  private static func isShowable(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= programmeNameBytesMax
      && name.unicodeScalars.allSatisfy {
        switch $0.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse:
          false
        default: true
        }
      }
  }
}

/// What proves an invite to its hub: sixteen random bytes, used once (identity §4).
public struct InviteSecret: Sendable, Hashable {
  public let bytes: Bytes16

  public init(_ bytes: Bytes16) { self.bytes = bytes }

  public init(using generator: inout some RandomNumberGenerator) {
    bytes = Bytes16(high: generator.next(), low: generator.next())
  }

  /// All that the hub keeps of it.
  public var hash: Digest32 { Hash.sha256(domain: "yarrow.invite-secret/1", bytes) }
}

extension InviteSecret: CustomStringConvertible {
  public var description: String { "InviteSecret" }
}
