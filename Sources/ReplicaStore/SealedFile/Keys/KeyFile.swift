public import Crypto

/// A secret wrapped by a passphrase, in a file (at-rest §11).
///
/// The passphrase is bytes: NFC-normalised UTF-8, which is the caller's part. A forgotten passphrase
/// cannot be recovered by anyone.
public enum KeyFile {
  /// What the secret is for. A file made for one purpose does not open for another.
  public struct Purpose: Sendable, Hashable {
    let label: String

    /// The 32-byte key of a sealed database.
    public static let database = Purpose(unchecked: "database")
    public static let authority = Purpose(unchecked: "authority")
    public static let recovery = Purpose(unchecked: "recovery")

    private init(unchecked label: String) { self.label = label }

    /// 1 to 64 bytes of UTF-8; nil otherwise.
    public init?(_ label: String) {
      guard (1...64).contains(label.utf8.count) else { return nil }
      self.label = label
    }
  }

  /// What a guess costs: scrypt's N = 2^log2Rounds, r and p.
  public struct Cost: Sendable, Hashable {
    let log2Rounds: Int
    let blockSize: Int
    let parallelism: Int

    /// N = 2^17, r = 8, p = 1: 128 MiB, some tenths of a second.
    public static let specified = Cost(unchecked: 17, 8, 1)
    /// For tests only.
    package static let tiny = Cost(unchecked: 4, 1, 1)

    /// A file may not make its reader spend more than this.
    static let memoryBytesMax = 256 << 20

    var memoryBytes: Int { 128 * blockSize << log2Rounds }

    private init(unchecked log2Rounds: Int, _ blockSize: Int, _ parallelism: Int) {
      self.log2Rounds = log2Rounds
      self.blockSize = blockSize
      self.parallelism = parallelism
    }

    /// Nil outside the caps; checked before anything is computed from the parameters.
    init?(log2Rounds: Int, blockSize: Int, parallelism: Int) {
      guard (1...20).contains(log2Rounds), (1...16).contains(blockSize),
        (1...4).contains(parallelism)
      else { return nil }
      self.init(unchecked: log2Rounds, blockSize, parallelism)
      // scrypt is defined for N < 2^(16 r).
      guard memoryBytes <= Self.memoryBytesMax, log2Rounds < 16 * blockSize else { return nil }
    }
  }

  /// Creates `path`, mode 0600, durable on return. Never replaces a file.
  ///
  /// - Throws: ``AtRestError`` with `keyFileExists`, `passphraseEmpty`, `secretSize`, `pathInvalid`
  ///   or `inputOutput`.
  public static func create(
    at path: String, wrapping secret: SymmetricKey, passphrase: [UInt8], purpose: Purpose
  ) throws(AtRestError) {
    try create(
      at: path, wrapping: secret, passphrase: passphrase, purpose: purpose, cost: .specified)
  }

  package static func create(
    at path: String, wrapping secret: SymmetricKey, passphrase: [UInt8], purpose: Purpose,
    cost: Cost
  ) throws(AtRestError) {
    let bytes = try KeyFileFormat.wrap(
      secret, passphrase: passphrase, purpose: purpose, cost: cost)
    try PrivateFile.create(path, bytes)
  }

  /// The secret in `path`.
  ///
  /// - Throws: ``AtRestError`` with `keyFileMissing`, `keyFileMalformed`, `unsupportedFormat`,
  ///   `wrongPassphrase`, `passphraseEmpty` or `inputOutput`. A file that was altered cannot be told
  ///   from a wrong passphrase.
  public static func unlock(
    _ path: String, passphrase: [UInt8], purpose: Purpose
  ) throws(AtRestError) -> SymmetricKey {
    let bytes = try PrivateFile.read(path, bytesMax: KeyFileFormat.fileBytesMax)
    return try KeyFileFormat(parsing: bytes).unwrap(passphrase: passphrase, purpose: purpose)
  }

  /// Wraps the same secret under another passphrase. After a crash either the old or the new
  /// passphrase opens the file; afterwards the old wrapping is overwritten.
  public static func changePassphrase(
    of path: String, from old: [UInt8], to new: [UInt8], purpose: Purpose
  ) throws(AtRestError) {
    try changePassphrase(of: path, from: old, to: new, purpose: purpose, cost: .specified)
  }

  package static func changePassphrase(
    of path: String, from old: [UInt8], to new: [UInt8], purpose: Purpose, cost: Cost
  ) throws(AtRestError) {
    let secret = try unlock(path, passphrase: old, purpose: purpose)
    let bytes = try KeyFileFormat.wrap(secret, passphrase: new, purpose: purpose, cost: cost)
    try PrivateFile.replace(path, bytes)
  }

  /// Overwrites the wrapped secret and removes the file. What it protected is unreadable from then
  /// on, as far as the disk really overwrites (at-rest §12).
  public static func destroy(_ path: String) throws(AtRestError) {
    try PrivateFile.destroy(path)
  }
}
