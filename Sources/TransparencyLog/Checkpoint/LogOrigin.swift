public import SyncCore

/// The name of one life of a hub's log: `yarrow/<programme>/<hub epoch>` (hub-log §4.1).
///
/// A restored hub starts a new epoch, and so a log of another name: two roots of one size are no
/// contradiction when their origins differ.
public struct LogOrigin: Sendable, Hashable {
  public let programme: ProgrammeID
  public let epoch: UInt64

  public init(programme: ProgrammeID, epoch: UInt64) {
    self.programme = programme
    self.epoch = epoch
  }

  /// Reads `yarrow/`, 32 lower-case hexadecimal digits, `/` and a decimal number.
  ///
  /// - Throws: `malformed-origin`.
  public init(_ text: String) throws(TransparencyLogError) {
    let parts = text.utf8.split(separator: 0x2F, maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].elementsEqual("yarrow".utf8), parts[1].count == 32,
      parts[1].allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }),
      let hex = String(parts[1]), let programme = ProgrammeID(hex: hex),
      let epoch = PlainDecimal.read(parts[2])
    else { throw TransparencyLogError(.malformedOrigin) }
    self.init(programme: programme, epoch: epoch)
  }

  public var text: String { "yarrow/\(programme.hex)/\(epoch)" }

  /// The name of the log's own key.
  public var keyName: KeyName {
    get throws(TransparencyLogError) { try KeyName(text) }
  }
}

/// A number in ASCII decimal without sign and without leading zeros.
enum PlainDecimal {
  static func read(_ digits: some Collection<UInt8>) -> UInt64? {
    guard let first = digits.first, digits.count <= 20, first != 0x30 || digits.count == 1 else {
      return nil
    }
    var number: UInt64 = 0
    for digit in digits {
      guard (0x30...0x39).contains(digit) else { return nil }
      let (tens, overflow) = number.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(UInt64(digit - 0x30))
      guard !overflow, !carry else { return nil }
      number = sum
    }
    return number
  }
}
