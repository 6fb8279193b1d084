import Crypto
import Identity
import SyncCore
import SyncWire
import TransparencyLog

@testable import ReplicaStore

let fileTargets = [
  Target(name: "committee") { input in
    let report = CommitteeFile.verify(
      bytes: input, trust: CommitteeTrust(programme: Keys.programme))
    guard report.outcome == .matches else { return false }
    // The file of a release is a function of it, and nobody else holds the key.
    check(Seeds.files.contains(input), "a file that the hub did not make matches its log")
    return true
  },

  Target(name: "keyfile") { input in
    guard let file = try? KeyFileFormat(parsing: input) else { return false }
    checkRoundTrip(file.header + file.sealed, input, "key file")
    check(file.cost.memoryBytes <= 256 << 20, "a key file asks for \(file.cost.memoryBytes) bytes")
    guard file.cost.memoryBytes <= 1 << 12, file.cost.parallelism == 1 else { return true }
    check(
      (try? file.unwrap(passphrase: [1], purpose: .database)) == nil,
      "a key file that nobody made was opened")
    return true
  },

  Target(name: "evidence") { input in
    guard let evidence = try? Evidence(encoded: input) else { return false }
    checkRoundTrip(evidence.encoded, input, "evidence")
    let signed: Evidence
    switch evidence {
    case .fork(let proof): signed = .fork(sign(proof))
    case .log(let log): signed = .log(sign(log) ?? log)
    }
    switch signed.verdict() {
    case .nothing: break
    case .fork(let programme, let origin, let seq):
      guard case .fork(let proof) = signed else { return refuse("a fork") }
      check(
        programme == proof.one.segment.programme && origin == Keys.device.publicKey.origin
          && seq == proof.other.seq && proof.one.hash != proof.other.hash,
        "a fork that is none")
    case .hub(let programme, _, let epoch, _):
      guard case .log = signed else { return refuse("a hub's fault") }
      check(programme == Keys.programme && epoch > 0, "a fault of another hub")
    }
    return true
  },

  // Two slots with true digests; the newer one is written again when the file is opened.
  Target(name: "slots") { input in
    let file = MemorySlots(input)
    guard let store = try? CheckpointStore(path: "", disk: StoreDisk(vfs: nil) { _ in file }) else {
      return false
    }
    guard let slot = store.current else { return false }
    let at = Int(slot.counter % 2) * MemorySlots.slotBytes
    let written = file.bytes[at..<(at + MemorySlots.contentBytes)]
    check(
      (0..<2).contains { file.content($0).elementsEqual(written) },
      "a slot that nobody wrote is the newest")
    checkRoundTrip(
      slot.seal.bytes, written.dropFirst(16).dropLast(8), "checkpoint in a slot")
    var next = slot.seal
    next.size &+= 1
    let swapped = try? store.swap(
      slot, for: next, hubEpoch: slot.hubEpoch, fileChanges: slot.fileChanges)
    check(swapped != true || store.current?.seal == next, "another checkpoint than was swapped in")
    return true
  },

  // What the authority said, as one holder kept it.
  Target(name: "statements") { input in
    guard let file = try? StatementFile(input) else { return false }
    checkRoundTrip(file.encoded, input, "statements")
    var book = StatementBook(programme: Keys.programme.id)
    guard
      (try? file.merge(into: &book, programme: Keys.programme, verifier: CredulousVerifier()))
        != nil
    else { return true }
    let again = try? StatementFile(StatementFile(book).encoded)
    check(
      again?.statements == book.statements.map(\.encoded), "a book is not kept as it is")
    return true
  },
]

/// The file of a checkpoint store, with the digest of each slot made true.
private final class MemorySlots: SlotFile, @unchecked Sendable {
  static let slotBytes = 512
  static let contentBytes = 200

  // Safe: the fuzzer runs one input at a time, on one thread.
  private(set) var bytes: [UInt8]
  private let contents: [[UInt8]]

  init(_ input: [UInt8]) {
    contents = [0, 1].map {
      Array(input.dropFirst($0 * Self.contentBytes).prefix(Self.contentBytes))
    }
    bytes = []
    for content in contents where content.count == Self.contentBytes {
      let digest = Hash.sha256(domain: "yarrow.checkpoint-slot/2", content).bytes
      bytes += content + digest
      bytes += [UInt8](repeating: 0, count: Self.slotBytes - content.count - digest.count)
    }
  }

  func content(_ index: Int) -> [UInt8] { contents[index] }

  func read(_ count: Int, at offset: Int) -> [UInt8]? {
    offset + count <= bytes.count ? Array(bytes[offset..<(offset + count)]) : nil
  }

  func write(_ new: [UInt8], at offset: Int) -> Bool {
    if bytes.count < offset + new.count {
      bytes += [UInt8](repeating: 0, count: offset + new.count - bytes.count)
    }
    bytes.replaceSubrange(offset..<(offset + new.count), with: new)
    return true
  }

  func sync() -> Bool { true }
  func syncName() -> Bool { true }
}

private func refuse(_ what: String) -> Bool {
  check(false, "evidence of something else was taken for \(what)")
  return false
}

/// The fuzzer's device signs both places: what is behind its signature is what counts.
private func sign(_ proof: ForkProof) -> ForkProof {
  var proof = proof
  proof.publicKey = Keys.device.publicKey.bytes
  for part in [\ForkProof.one, \.other] {
    proof[keyPath: part].segment.origin = Keys.device.publicKey.origin
    proof[keyPath: part].signature = Keys.device.signature(over: proof[keyPath: part].segment).bytes
  }
  return proof
}

/// Authority, device and hub sign what became of their parts; nil when a part cannot be read.
private func sign(_ log: LogEvidence) -> LogEvidence? {
  let limits = Limits.specified
  var log = log
  log.authority = Keys.authority.publicKey.bytes
  log.device = Keys.device.publicKey.bytes
  guard let statement = UncheckedStatement.read(log.statement), case .hub(var hub) = statement.body
  else { return nil }
  hub.logKey = Keys.hub.publicKey
  log.statement =
    SignedStatement(Statement(.hub(hub), version: statement.version), signedBy: Keys.authority)
    .encoded
  let device = Keys.device.publicKey.origin
  var request = log.request
  // Version, type, a length of one to five bytes, the sender.
  guard request.count > 24 else { return nil }
  let width = [0x18: 2, 0x19: 3, 0x1a: 5][request[2]] ?? 1
  request.replaceSubrange(2 + width..<18 + width, with: Bytes16(prefixOf: device).bytes)
  guard
    var asked = try? MessageFrame(request, expecting: .auditRequest, limits: limits)
      .auditRequest(origin: device, limits: limits),
    let checkpoint = try? Checkpoint(
      origin: LogOrigin(programme: Keys.programme.id, epoch: asked.hubEpoch),
      size: asked.checkpoint.size, root: asked.checkpoint.root)
  else { return nil }
  let seal = Keys.seal(checkpoint)
  asked.checkpoint.kind = .log(signature: seal.logSignature ?? [])
  asked.checkpoint.time = seal.hubCosignature.time
  asked.checkpoint.cosignature = seal.hubCosignature.signature
  log.request = MessageSigning.sign(
    MessageFrame.encode(asked), by: Keys.device, programme: Keys.programme.id)
  let unsigned = Array(log.response.dropLast(MessageFrame.signatureBytes))
  log.response = MessageSigning.sign(
    unsigned, by: Keys.hub, programme: Keys.programme.id, answering: Hash.sha256(log.request))
  return log
}
