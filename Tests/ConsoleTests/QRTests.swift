import Testing

@testable import Console

struct QRTests {
  /// FNV-1a over the modules, row by row; symbols with these values were read by an independent decoder.
  private func hash(_ code: QRCode) -> UInt64 {
    var value: UInt64 = 0xCBF2_9CE4_8422_2325
    for y in 0..<code.size {
      for x in 0..<code.size {
        value = (value ^ (code[x, y] ? 1 : 0)) &* 0x100_0000_01B3
      }
    }
    return value
  }

  @Test func `error correction is that of the standard's worked example`() {
    // ISO/IEC 18004 annex I: 01234567 in version 1-M.
    let data: [UInt8] = [
      0x10, 0x20, 0x0C, 0x56, 0x61, 0x80, 0xEC, 0x11, 0xEC, 0x11, 0xEC, 0x11, 0xEC, 0x11, 0xEC,
      0x11,
    ]
    let correction = ReedSolomon.remainder(of: data, generator: ReedSolomon.generator(degree: 10))
    #expect(correction == [0xA5, 0x24, 0xD4, 0xC1, 0xED, 0x36, 0xC7, 0x87, 0x2C, 0x55])
  }

  @Test func `symbols are those that an independent decoder read`() {
    let letters = { (count: Int, version: Int) in
      String((0..<count).map { Character(Unicode.Scalar(UInt8(97 + ($0 * 7 + version) % 26))) })
    }
    let invite = QRCode("YARROW1:ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    #expect(invite?.version == 3 && invite.map(hash) == 13_860_015_614_500_847_257)
    let small = QRCode(letters(17, 1), errorCorrection: .low)
    #expect(small?.version == 1 && small.map(hash) == 17_100_610_937_531_710_601)
    let middle = QRCode(letters(122, 7))
    #expect(middle?.version == 7 && middle.map(hash) == 11_910_167_954_316_098_985)
    let large = QRCode(letters(1_273, 25), errorCorrection: .low)
    #expect(large?.version == 25 && large.map(hash) == 13_607_351_969_894_200_591)
    let masks: [UInt64] = [
      4_144_841_099_032_396_347, 15_715_966_349_585_606_573, 15_803_526_363_015_127_565,
      8_616_706_255_966_793_463, 7_213_593_028_046_419_017, 8_644_988_104_816_828_964,
      1_185_573_829_949_128_635, 6_966_848_502_316_170_993,
    ]
    for (mask, expected) in masks.enumerated() {
      let code = QRCode("yarrow:delta/north?é", level: .medium, versionMin: 1, mask: mask)
      #expect(code.map(hash) == expected, "mask \(mask)")
    }
  }

  @Test func `the smallest version is used, alphanumeric where it can be, and too much is refused`()
  {
    #expect(QRCode("HELLO WORLD")?.version == 1)
    #expect(QRCode("hello world, hello")?.version == 2)
    #expect(QRCode(String(repeating: "A", count: 1_853), errorCorrection: .low)?.version == 25)
    #expect(QRCode(String(repeating: "A", count: 1_854), errorCorrection: .low) == nil)
    #expect(QRCode(String(repeating: "a", count: 997), errorCorrection: .medium)?.version == 25)
    #expect(QRCode(String(repeating: "a", count: 998), errorCorrection: .medium) == nil)
  }

  @Test func `the quiet zone is drawn, so that a dark terminal can be read`() throws {
    let code = try #require(QRCode("A"))
    #expect(code.size == 21)
    #expect(code.terminalLines.count == 15)
    #expect(
      code.terminalLines[0] == "\u{1B}[40;97m" + String(repeating: "█", count: 29) + "\u{1B}[0m")
    #expect(!code[-1, 0] && !code[21, 20] && code[0, 0])
  }
}
