import Foundation
import SyncCore
import Testing
import TransparencyLog

/// `Protocol/vectors/checkpoint`: one file per case, made by another implementation.
struct CheckpointVector: Decodable, CustomTestStringConvertible {
  struct Countersignature: Decodable, Equatable {
    let name, time: String
  }
  struct Proof: Decodable {
    let entry, index: String
    let hashes: [String]
  }

  let what, kind, expect: String
  let note, noteHex, key, keyName, publicKey, origin, size, root, hubTime, bytes: String?
  let type: UInt8?
  let keys, signedBy, cosigners, entries: [String]?
  let countersigned: [Countersignature]?
  let programme, number, policy, withheld, leaf, leafHash: String?
  let proofs: [Proof]?

  var testDescription: String { what }

  static let all: [CheckpointVector] = {
    var folder = URL(filePath: #filePath)
    for _ in 0..<3 { folder.deleteLastPathComponent() }
    folder.append(path: "Protocol/vectors/checkpoint")
    let files = try! FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return files.filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }.map {
      try! decoder.decode(CheckpointVector.self, from: Data(contentsOf: $0))
    }
  }()

  func noteBytes() throws -> [UInt8] {
    try #require(note.map { Array($0.utf8) } ?? noteHex.flatMap { [UInt8](hex: $0) })
  }

  func log() throws -> LogIdentity {
    try LogIdentity(
      origin: LogOrigin(#require(origin)),
      publicKey: #require(publicKey.flatMap { [UInt8](hex: $0) }))
  }
}

private func digest(_ text: String?) throws -> Digest32 {
  try #require(text.flatMap { Digest32(hex: $0) })
}

@Suite struct CheckpointVectorTests {
  @Test func `the vectors are there, and refuse as well as accept`() {
    let refused = CheckpointVector.all.filter { $0.expect.hasPrefix("refuse:") }
    #expect(CheckpointVector.all.count >= 80)
    #expect(refused.count >= 50)
  }

  @Test(arguments: CheckpointVector.all)
  func `a vector is judged as it says`(_ vector: CheckpointVector) throws {
    do {
      try Self.judge(vector)
      #expect(vector.expect == "accept")
    } catch let error as TransparencyLogError {
      #expect(vector.expect == "refuse:\(error.code.rawValue)")
    }
  }

  private static func judge(_ v: CheckpointVector) throws {
    switch v.kind {
    case "note":
      let bytes = try v.noteBytes()
      let note = try SignedNote(bytes: bytes)
      #expect(note.bytes == bytes)
      let verified = try note.verify(with: #require(v.keys).map { try NoteVerifierKey(text: $0) })
      #expect(verified.map(\.key.name.text) == v.signedBy)
    case "verifier-key":
      let key = try NoteVerifierKey(text: #require(v.key))
      #expect(key.text == v.key && key.name.text == v.keyName)
      #expect(key.type.rawValue == v.type && key.publicKey.hex == v.publicKey)
    case "checkpoint":
      let cosigners = try #require(v.cosigners).map { try NoteVerifierKey(text: $0) }
      let note = try SignedNote(bytes: v.noteBytes())
      let found = try VerifiedCheckpoint(note: note, of: v.log(), cosigners: cosigners)
      try expect(found, v)
      #expect(
        found.countersignatures.map {
          .init(name: $0.key.name.text, time: "\($0.time ?? 0)")
        } == v.countersigned)
      let own = try SignedCheckpoint(note: note, of: v.log())
      #expect(try own.verify(as: v.log()).checkpoint == found.checkpoint)
    case "binary-checkpoint":
      let bytes = try #require(v.bytes.flatMap { [UInt8](hex: $0) })
      let signed = try SignedCheckpoint(bytes: bytes, origin: v.log().origin)
      try expect(signed.verify(as: v.log()), v)
      #expect(signed.bytes == bytes)
      #expect(try signed.note(of: v.log()).bytes == v.noteBytes())
      #expect(try SignedCheckpoint(note: signed.note(of: v.log()), of: v.log()) == signed)
    case "release":
      try judgeRelease(v)
    default:
      Issue.record("a vector of unknown kind \(v.kind)")
    }
  }

  private static func expect(_ found: VerifiedCheckpoint, _ v: CheckpointVector) throws {
    #expect("\(found.checkpoint.size)" == v.size)
    #expect(try found.checkpoint.root == digest(v.root))
    #expect("\(found.hubTime)" == v.hubTime)
  }

  private static func judgeRelease(_ v: CheckpointVector) throws {
    let tree = try ReleaseTree(sorted: #require(v.entries).map(digest))
    #expect(try tree.root == digest(v.root))
    let head = ReleaseHead(
      programme: try #require(v.programme.flatMap { ProgrammeID(hex: $0) }),
      number: try #require(v.number.flatMap { UInt64($0) }), count: tree.count, root: tree.root,
      policy: try digest(v.policy), withheld: try digest(v.withheld))
    #expect(try head.leaf == digest(v.leaf))
    #expect(try MerkleTree.leafHash(head.leaf) == digest(v.leafHash))
    for proof in try #require(v.proofs) {
      let made = try tree.inclusionProof(of: digest(proof.entry))
      #expect("\(made.index)" == proof.index)
      #expect(try made.hashes == proof.hashes.map(digest))
      try made.verify(leafHash: MerkleTree.leafHash(digest(proof.entry)), root: tree.root)
    }
  }
}
