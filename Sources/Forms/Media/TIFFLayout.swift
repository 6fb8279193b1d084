/// How the samples of a page lie in strips or tiles, and how many bytes each has before it is coded.
struct TIFFLayout {
  let width: Int
  let length: Int
  /// Of each sample.
  let bits: [Int]
  /// Each sample has strips of its own.
  let isPlanar: Bool
  /// How many pixels, across and down, share a pair of colours.
  let sampling: (across: Int, down: Int)
  /// A strip is as wide as the page, and the last one may be shorter.
  let partWidth: Int
  let partLength: Int
  let isTiled: Bool

  private var across: Int { Self.pieces(width, partWidth) }
  private var down: Int { Self.pieces(length, partLength) }

  var count: Int { across * down * (isPlanar ? bits.count : 1) }

  /// Nil where the samples do not lie in rows that can be counted.
  func bytes(ofPart index: Int) -> Int? {
    let plane = index / (across * down)
    let row = index % (across * down) / across
    let rows = isTiled ? partLength : min(partLength, length - row * partLength)
    guard sampling.across > 1 || sampling.down > 1 else {
      let pixel = isPlanar ? bits[plane] : bits.reduce(0, +)
      return Self.pieces(partWidth * pixel, 8) * rows
    }
    // Some of the brightness, then two colours for all of it.
    guard !isPlanar, bits.count == 3, Set(bits).count == 1 else { return nil }
    let block = (sampling.across * sampling.down + 2) * bits[0]
    return Self.pieces(Self.pieces(partWidth, sampling.across) * block, 8)
      * Self.pieces(rows, sampling.down)
  }

  private static func pieces(_ whole: Int, _ piece: Int) -> Int { (whole + piece - 1) / piece }
}
