import Foundation
import Identity
import SyncCore
import Testing

/// Protocol/vectors/bundle (bundle §8).
@Suite struct BundleVectorTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let expect: String
    let kind: String
    let programme: Bytes16
    let opening: OpeningKeyPair
    let file: [UInt8]
    let messages: [String]
    let hashes: [String]

    var testDescription: String { name }

    init?(_ url: URL) {
      guard let data = try? Data(contentsOf: url),
        let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
        let expect = object["expect"] as? String, let kind = object["kind"] as? String,
        let programme = (object["programme"] as? String).flatMap({ Bytes16(hex: $0) }),
        let seed = (object["opening"] as? String).flatMap({ [UInt8](hex: $0) }),
        let opening = OpeningKeyPair(seed: seed),
        let file = (object["file"] as? String).flatMap({ [UInt8](hex: $0) })
      else { return nil }
      name = url.deletingPathExtension().lastPathComponent
      (self.expect, self.kind, self.programme) = (expect, kind, programme)
      (self.opening, self.file) = (opening, file)
      messages = object["messages"] as? [String] ?? []
      hashes = object["hashes"] as? [String] ?? []
    }
  }

  static let all: [Case] = {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Protocol/vectors/bundle")
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return files.sorted().compactMap { Case(folder.appending(path: $0)) }
  }()

  @Test func `the vectors are where they should be`() {
    #expect(Self.all.count { $0.expect == "accept" } >= 4)
    #expect(Self.all.count { $0.expect != "accept" } >= 24)
  }

  @Test(arguments: all) func `a bundle is opened or refused as its vector says`(_ v: Case) throws {
    do {
      switch v.kind {
      case "requests":
        let opened = try BundleSealer.open(
          v.file, as: BundleRequests.self, programme: v.programme, with: v.opening)
        #expect(opened.messages.map(\.hex) == v.messages)
      default:
        let opened = try BundleSealer.open(
          v.file, as: BundleAnswers.self, programme: v.programme, with: v.opening)
        #expect(opened.answers.map(\.message.hex) == v.messages)
        #expect(opened.answers.map(\.request.hex) == v.hashes)
      }
      #expect(v.expect == "accept")
    } catch let error as IdentityError {
      #expect(v.expect == "refuse:\(error.code.rawValue)")
    }
  }

  @Test func `a bundle that its receiver would find too long is not sealed`() throws {
    var generator: any RandomNumberGenerator = SystemRandomNumberGenerator()
    let pair = OpeningKeyPair(using: &generator)
    let programme = Bytes16(high: 1, low: 2)
    let long = BundleRequests(Array(repeating: [UInt8](repeating: 7, count: 1 << 20), count: 33))
    #expect(throws: IdentityError(.bundleTooLong)) {
      try BundleSealer.seal(long, programme: programme, to: pair.publicKey)
    }
    // A quarter of it goes there and comes back as it was; two seals of one content differ.
    let content = BundleRequests(Array(long.messages.prefix(8)))
    let file = try BundleSealer.seal(content, programme: programme, to: pair.publicKey)
    #expect(file != (try BundleSealer.seal(content, programme: programme, to: pair.publicKey)))
    #expect(
      try BundleSealer.open(file, as: BundleRequests.self, programme: programme, with: pair)
        == content)
    var limits = Limits.specified
    limits.messageBytesMax = (1 << 20) - 1
    #expect(throws: IdentityError.self) {
      try BundleSealer.open(
        file, as: BundleRequests.self, programme: programme, with: pair, limits: limits)
    }
  }
}
