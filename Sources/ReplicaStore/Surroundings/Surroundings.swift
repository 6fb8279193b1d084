package import Identity

/// What a store takes from outside itself, beside the time: random numbers, signatures, wrapped
/// keys and a disk (simulation §2).
///
/// The programs know one value of it, ``system``, and cannot name another: what a simulation puts
/// in its place lies in a target that no program links.
package struct Surroundings: Sendable {
  package var random: RandomSource
  package var signatures: any SignatureScheme
  package var wrapping: any KeyWrapping
  package var disk: StoreDisk

  package init(
    random: RandomSource, signatures: any SignatureScheme, wrapping: any KeyWrapping,
    disk: StoreDisk
  ) {
    self.random = random
    self.signatures = signatures
    self.wrapping = wrapping
    self.disk = disk
  }

  /// The machine's own generator and disk, Ed25519 and HPKE.
  package static let system = Surroundings(
    random: .system, signatures: Ed25519Scheme(), wrapping: HPKEKeyWrapping(), disk: .system)
}

/// Where random numbers come from. A copy draws from the same source.
package struct RandomSource: RandomNumberGenerator, Sendable {
  private let draw: @Sendable () -> UInt64

  package init(_ draw: @escaping @Sendable () -> UInt64) { self.draw = draw }

  package mutating func next() -> UInt64 { draw() }

  /// The operating system's.
  package static let system = RandomSource {
    var generator = SystemRandomNumberGenerator()
    return generator.next()
  }
}
