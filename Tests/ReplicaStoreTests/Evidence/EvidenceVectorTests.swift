import Foundation
import Identity
import ReplicaStore
import SyncCore
import Testing

/// `Protocol/vectors/evidence`: one file per case, made by another implementation.
struct EvidenceVector: Decodable, CustomTestStringConvertible {
  let what, expect, file: String
  let kind, programme, origin, seq, words, alarm, epoch, size: String?

  var testDescription: String { what }

  static let all: [EvidenceVector] = {
    let folder = URL(filePath: #filePath)
      .appending(path: "../../../../Protocol/vectors/evidence").standardized
    let files = try! FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    return files.filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }.map {
      try! JSONDecoder().decode(EvidenceVector.self, from: Data(contentsOf: $0))
    }
  }()
}

@Suite struct EvidenceVectorTests {
  @Test func `the vectors are there, and refuse as well as accept`() {
    #expect(EvidenceVector.all.count { $0.expect == "accept" } >= 9)
    #expect(EvidenceVector.all.count { $0.expect == "refuse:malformed" } >= 12)
    #expect(EvidenceVector.all.count { $0.expect == "refuse:false" } >= 20)
  }

  @Test(arguments: EvidenceVector.all)
  func `each file proves what it says, or is refused with its word`(vector: EvidenceVector) throws {
    let bytes = try #require([UInt8](hex: vector.file))
    guard let evidence = try? Evidence(encoded: bytes) else {
      #expect(vector.expect == "refuse:malformed")
      return
    }
    #expect(evidence.encoded == bytes)
    switch evidence.verdict() {
    case .nothing: #expect(vector.expect == "refuse:false")
    case .fork(let programme, let origin, let seq):
      #expect(vector.expect == "accept" && vector.kind == "fork")
      #expect(programme.hex == vector.programme && origin.hex == vector.origin)
      #expect("\(seq)" == vector.seq)
    case .hub(let programme, let alarm, let epoch, let size):
      #expect(vector.expect == "accept" && vector.kind == "log")
      #expect(programme.words.description == vector.words && alarm == vector.alarm)
      #expect("\(epoch)" == vector.epoch && "\(size)" == vector.size)
    }
  }

  @Test func `no bit of a file can be changed and leave it a proof of anything else`() throws {
    for vector in EvidenceVector.all where vector.expect == "accept" {
      let bytes = try #require([UInt8](hex: vector.file))
      let verdict = try Evidence(encoded: bytes).verdict()
      // Every seventh bit, and another one in each file.
      for bit in stride(from: vector.what.utf8.count % 7, to: bytes.count * 8, by: 7) {
        var changed = bytes
        changed[bit / 8] ^= 1 << UInt8(bit % 8)
        guard let found = try? Evidence(encoded: changed).verdict() else { continue }
        #expect(found == .nothing || found == verdict, "\(vector.what): bit \(bit)")
      }
    }
  }
}
