extension QRMatrix {
  /// How hard a masked symbol is to read; the mask with the lowest is used (ISO/IEC 18004 §7.8.3).
  var penalty: Int {
    var total = 0
    for index in 0..<size {
      total += Self.penalty(ofLine: (0..<size).map { self[$0, index] })
      total += Self.penalty(ofLine: (0..<size).map { self[index, $0] })
    }
    for y in 0..<size - 1 {
      for x in 0..<size - 1 {
        let dark = self[x, y]
        if dark == self[x + 1, y], dark == self[x, y + 1], dark == self[x + 1, y + 1] { total += 3 }
      }
    }
    let dark = modules.count { $0 }
    // Ten for every five per cent that the share of dark modules is away from half.
    total += abs(dark * 20 - modules.count * 10) / modules.count * 10
    return total
  }

  /// Runs of five and more, and patterns that look like a finder, in one row or column.
  private static func penalty(ofLine line: [Bool]) -> Int {
    var total = 0
    var run = 1
    for index in 1...line.count {
      if index < line.count, line[index] == line[index - 1] {
        run += 1
        continue
      }
      if run >= 5 { total += run - 2 }
      run = 1
    }
    guard line.count >= 11 else { return total }
    for start in 0...line.count - 11 {
      let window = line[start..<start + 11]
      if window.elementsEqual(finderAfter) || window.elementsEqual(finderBefore) { total += 40 }
    }
    return total
  }

  private static let finderAfter = [
    true, false, true, true, true, false, true, false, false, false, false,
  ]
  private static let finderBefore = [Bool](finderAfter.reversed())
}
