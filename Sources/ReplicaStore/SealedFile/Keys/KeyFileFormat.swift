import Crypto
import CryptoExtras

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The bytes of a key file (at-rest §11): a secret under a passphrase.
///
/// ```
/// version 1 | "yarrow key file" | log2 N | r | p | length n | salt 16 | nonce 12 | ciphertext n | tag 16
/// ```
struct KeyFileFormat {
  static let version: UInt8 = 1
  static let magic: StaticString = "yarrow key file"
  static let saltBytes = 16
  static let headerBytes = 1 + 15 + 4 + saltBytes + 12
  static let secretBytesMax = 128
  static let fileBytesMax = headerBytes + secretBytesMax + SealedFormat.tagBytes

  let header: [UInt8]
  let sealed: [UInt8]
  let cost: KeyFile.Cost
  let secretBytes: Int

  private static let costOffset = 16
  private static let saltOffset = 20
  private static let nonceOffset = saltOffset + saltBytes

  /// Checks everything that can be checked without the passphrase, before anything is derived.
  init(parsing bytes: [UInt8]) throws(AtRestError) {
    let isMagic = Self.magic.withUTF8Buffer { magic in
      bytes.count > Self.headerBytes + SealedFormat.tagBytes
        && bytes.count <= Self.fileBytesMax && bytes[1..<16].elementsEqual(magic)
    }
    guard isMagic else { throw Self.malformed() }
    guard bytes[0] == Self.version else {
      throw AtRestError(
        .unsupportedFormat, "The key file was written by a newer program; update this one.")
    }
    guard
      let cost = KeyFile.Cost(
        log2Rounds: Int(bytes[Self.costOffset]), blockSize: Int(bytes[Self.costOffset + 1]),
        parallelism: Int(bytes[Self.costOffset + 2]))
    else { throw Self.malformed() }
    let secretBytes = Int(bytes[Self.costOffset + 3])
    guard (1...Self.secretBytesMax).contains(secretBytes),
      bytes.count == Self.headerBytes + secretBytes + SealedFormat.tagBytes
    else { throw Self.malformed() }
    self.cost = cost
    self.secretBytes = secretBytes
    header = Array(bytes[..<Self.headerBytes])
    sealed = Array(bytes[Self.headerBytes...])
  }

  static func malformed() -> AtRestError {
    AtRestError(
      .keyFileMalformed,
      "This is not a key file, or it was damaged; use another copy of it.")
  }

  /// Wraps `secret` under a fresh salt and nonce.
  static func wrap(
    _ secret: SymmetricKey, passphrase: [UInt8], purpose: KeyFile.Purpose, cost: KeyFile.Cost
  ) throws(AtRestError) -> [UInt8] {
    let count = secret.bitCount / 8
    guard (1...secretBytesMax).contains(count) else {
      throw AtRestError(
        .secretSize, "A key file holds 1 to \(secretBytesMax) bytes; split what is longer.")
    }
    var system = SystemRandomNumberGenerator()
    var file: [UInt8] = [version]
    magic.withUTF8Buffer { file += $0 }
    file += [UInt8(cost.log2Rounds), UInt8(cost.blockSize), UInt8(cost.parallelism), UInt8(count)]
    for _ in 0..<(saltBytes + SealedFormat.nonceBytes) { file.append(system.next()) }
    do {
      let key = try derive(passphrase, header: file, cost: cost)
      let box = try secret.withUnsafeBytes { bytes in
        try AES.GCM.seal(
          bytes, using: key, nonce: AES.GCM.Nonce(data: file[nonceOffset...]),
          authenticating: associated(purpose, header: file))
      }
      return file + box.ciphertext + box.tag
    } catch let error as AtRestError {
      throw error
    } catch {
      throw AtRestError(
        .inputOutput, "The secret could not be wrapped; free some memory and try again.",
        underlying: error)
    }
  }

  func unwrap(passphrase: [UInt8], purpose: KeyFile.Purpose) throws(AtRestError) -> SymmetricKey {
    let key = try Self.derive(passphrase, header: header, cost: cost)
    do {
      var secret = try AES.GCM.open(
        AES.GCM.SealedBox(
          nonce: AES.GCM.Nonce(data: header[Self.nonceOffset...]),
          ciphertext: sealed[..<secretBytes], tag: sealed[secretBytes...]),
        using: key, authenticating: Self.associated(purpose, header: header))
      let unwrapped = SymmetricKey(data: secret)
      secret.withUnsafeMutableBytes { explicitlyZero($0.baseAddress!, $0.count) }
      return unwrapped
    } catch {
      throw AtRestError(
        .wrongPassphrase,
        "The passphrase does not open this key file; type it again, and check which file it is for."
      )
    }
  }

  private static func derive(
    _ passphrase: [UInt8], header: [UInt8], cost: KeyFile.Cost
  ) throws(AtRestError) -> SymmetricKey {
    // An empty passphrase has no address to give to the derivation either.
    guard !passphrase.isEmpty else {
      throw AtRestError(.passphraseEmpty, "The passphrase is empty; choose one of several words.")
    }
    do {
      return try KDF.Scrypt.deriveKey(
        from: passphrase, salt: Array(header[saltOffset..<nonceOffset]),
        outputByteCount: SealedFormat.keyBytes, rounds: 1 << cost.log2Rounds,
        blockSize: cost.blockSize, parallelism: cost.parallelism)
    } catch {
      throw AtRestError(
        .inputOutput,
        "There is not enough memory to derive the key (\(cost.memoryBytes >> 20) MiB); close other "
          + "programs and try again.", underlying: error)
    }
  }

  /// Everything in front of the ciphertext, and what the secret is for.
  private static func associated(_ purpose: KeyFile.Purpose, header: [UInt8]) -> [UInt8] {
    Array("\(SealedFormat.domain) key file".utf8) + [UInt8(purpose.label.utf8.count)]
      + Array(purpose.label.utf8) + header
  }
}
