import Testing

@testable import ReplicaStore

/// Folding by look-up is folding by definition (at-rest §14).
@Suite struct SearchFoldingTests {
  @Test func everyScalarFoldsAsDefined() {
    for value in 0..<UInt32(0x3000) {
      guard let scalar = Unicode.Scalar(value) else { continue }
      for text in [String(scalar), "a\(scalar)b", "\(scalar)\u{301}", "ا\(scalar)\u{64E}ه"] {
        #expect(SearchFolding.fold(text) == SearchFolding.foldWhole(text), "U+\(String(value, radix: 16))")
      }
    }
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func mixedTextFoldsAsDefined(seed: UInt64) {
    var state = seed
    func next(_ bound: UInt32) -> UInt32 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt32(truncatingIfNeeded: state >> 33) % bound
    }
    let ranges: [Range<UInt32>] = [
      0x20..<0x7F, 0xC0..<0x250, 0x300..<0x370, 0x590..<0x700, 0x1E00..<0x2070, 0xAC00..<0xAC80,
    ]
    for _ in 0..<2_000 {
      var text = String.UnicodeScalarView()
      for _ in 0..<next(24) {
        let range = ranges[Int(next(UInt32(ranges.count)))]
        if let scalar = Unicode.Scalar(range.lowerBound + next(UInt32(range.count))) {
          text.append(scalar)
        }
      }
      let whole = String(text)
      #expect(SearchFolding.fold(whole) == SearchFolding.foldWhole(whole), "seed \(seed)")
    }
  }

  @Test func spellingsOfOneWordMeet() {
    #expect(SearchFolding.words("مُحَمَّد فاطمة") == SearchFolding.words("محمد فاطمه"))
    #expect(SearchFolding.words("Ñandú, ＡＢＣ ½") == ["nandu", "abc", "1", "2"])
    #expect(SearchFolding.words("Æther ŒUVRE straße") == ["aether", "oeuvre", "strasse"])
  }
}
