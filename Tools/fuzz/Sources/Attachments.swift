import Crypto
import SyncCore

@testable import Forms
@testable import Identity
@testable import SyncWire

let attachmentTargets = [
  Target(name: "upload") { input in
    var input = Input(input)
    if input.byte() & 1 == 0 {
      guard
        let (message, read) = named(MessageParts(&input)).read(
          .uploadRequest,
          { (frame) throws(WireError) in
            try frame.uploadRequest(origin: device, limits: .specified)
          })
      else { return false }
      message.checkRoundTrip(MessageFrame.encode(read), "upload request")
      for chunk in read.chunks {
        _ = read.manifest?.holds(chunk.sealed, at: chunk.index)
      }
      return true
    }
    guard
      let (message, read) = MessageParts(&input).read(
        .uploadResponse,
        { (frame) throws(WireError) in try frame.uploadResponse(limits: .specified) })
    else { return false }
    message.checkRoundTrip(MessageFrame.encode(read), "upload response")
    if case .lacking(let set) = read.state { checkSet(set) }
    return true
  },

  Target(name: "download") { input in
    var input = Input(input)
    if input.byte() & 1 == 0 {
      guard
        let (message, read) = MessageParts(&input).read(
          .downloadRequest,
          { (frame) throws(WireError) in
            try frame.downloadRequest(origin: device, limits: .specified)
          })
      else { return false }
      message.checkRoundTrip(MessageFrame.encode(read), "download request")
      if let wanted = read.wanted { checkSet(wanted) }
      return true
    }
    guard
      let (message, read) = MessageParts(&input).read(
        .downloadResponse,
        { (frame) throws(WireError) in
          try frame.downloadResponse(record: record, limits: .specified)
        })
    else { return false }
    message.checkRoundTrip(MessageFrame.encode(read), "download response")
    return true
  },

  // What is behind the seal of a file comes from whoever may write the record.
  Target(name: "attachment") { input in
    var input = Input(input)
    let mode = input.byte() % 3
    var plain = input.all()
    if mode == 0 {
      guard let sealed = try? AttachmentSealer.seal(plain, record: record, key: key) else {
        check(plain.isEmpty, "a file was not sealed")
        return false
      }
      let manifest = AttachmentManifest(record: record, encoded: sealed.manifest.encoded)
      check(manifest == sealed.manifest, "a manifest is not read back")
      let opened = try? AttachmentSealer.open(sealed.manifest, key: key) { sealed.chunks[$0] }
      checkRoundTrip(opened ?? [], plain, "sealed file")
      return true
    }
    if mode == 1 { Padding.add(to: &plain) }
    guard let sealed = seal(plain),
      let opened = try? AttachmentSealer.open(
        sealed.manifest, key: key, chunk: { sealed.chunks[$0] })
    else { return false }
    check(plain.starts(with: opened) && !opened.isEmpty, "another file was opened")
    return true
  },

  // What comes out of cleaning is clean: nothing more comes off it.
  Target(name: "media") { input in
    var input = Input(input)
    let isSummed = input.byte() & 1 == 0
    let file = isSummed ? Checksums.corrected(input.all()) : input.all()
    guard let stripped = try? MediaStripper.strip(file) else { return false }
    guard !stripped.bytes.isEmpty else { return true }
    check(MediaType(of: stripped.bytes) == stripped.type, "a cleaned file is of another kind")
    let again = try? MediaStripper.strip(stripped.bytes)
    checkRoundTrip(again?.bytes ?? [], stripped.bytes, "cleaned \(stripped.type)")
    return true
  },
]

private let device = Keys.device.publicKey.origin
private let record = RecordID(high: 5, low: 6)
private let key = RecordKey([UInt8](repeating: 9, count: 32))!

/// A manifest is named by its hash: the address that stands before it is made true.
///
///     token 16 | record 16 | address 32 | manifest | …
private func named(_ message: MessageParts) -> MessageParts {
  var message = message
  var clear = CBORDecoder(message.clear)
  guard (try? clear.readArrayHead(exactly: 2)) != nil, !clear.readNullIfPresent(),
    let count = try? clear.readUInt(max: UInt64(AttachmentLimits.chunksMax))
  else { return message }
  let end = 64 + 16 + 32 * Int(count)
  message.opaque = message.filled(to: max(end, message.opaque.count))
  guard let record = RecordID(message.opaque[16..<32]),
    let manifest = AttachmentManifest(record: record, encoded: message.opaque[64..<end])
  else { return message }
  message.opaque.replaceSubrange(32..<64, with: manifest.address.bytes)
  return message
}

private func checkSet(_ set: ChunkSet) {
  let indices = set.indices
  check(!indices.isEmpty || set.isEmpty, "a set is empty and is not")
  check(ChunkSet(count: set.count, all: indices) == set, "two sets of the same chunks")
}

/// Seals what stands for a padded file, without asking whether it is one.
private func seal(_ plain: [UInt8]) -> (manifest: AttachmentManifest, chunks: [[UInt8]])? {
  let salt = Salt(high: 7, low: 8)
  let fileKey = key.attachmentKey(salt: salt)
  let starts = Array(stride(from: 0, to: plain.count, by: AttachmentLimits.chunkBytes))
  let chunks = starts.enumerated().map { index, start in
    func big(_ n: Int) -> [UInt8] { withUnsafeBytes(of: UInt32(n).bigEndian) { Array($0) } }
    let end = min(start + AttachmentLimits.chunkBytes, plain.count)
    let box = try! ChaChaPoly.seal(
      plain[start..<end], using: fileKey,
      nonce: ChaChaPoly.Nonce(data: [UInt8](repeating: 0, count: 8) + big(index)),
      authenticating: Array("yarrow.chunk/1\0".utf8) + record.bytes + big(index) + big(starts.count)
    )
    return Array(box.combined.dropFirst(12))
  }
  let addresses = chunks.map(AttachmentManifest.address(ofChunk:))
  return AttachmentManifest(record: record, salt: salt, chunks: addresses).map { ($0, chunks) }
}

/// Makes the sums in a file true, so that a changed byte gets past them.
private enum Checksums {
  static func corrected(_ file: [UInt8]) -> [UInt8] {
    if file.starts(with: PNG.signature) { return png(file) }
    return file.starts(with: "OggS".utf8) ? ogg(file) : file
  }

  private static func png(_ file: [UInt8]) -> [UInt8] {
    var file = file
    var at = PNG.signature.count
    while file.count - at >= 12 {
      let length = file[at..<(at + 4)].reduce(0) { $0 << 8 | Int($1) }
      guard length <= file.count - at - 12 else { break }
      let end = at + 8 + length
      let sum = CRC32.of(file[(at + 4)..<end])
      withUnsafeBytes(of: sum.bigEndian) { file.replaceSubrange(end..<(end + 4), with: $0) }
      at = end + 4
    }
    return file
  }

  private static func ogg(_ file: [UInt8]) -> [UInt8] {
    var file = file
    var at = 0
    while file.count - at >= 27, file[at...].starts(with: "OggS".utf8) {
      let content = at + 27 + Int(file[at + 26])
      guard content <= file.count else { break }
      let end = content + file[(at + 27)..<content].reduce(0) { $0 + Int($1) }
      guard end <= file.count else { break }
      file.replaceSubrange((at + 22)..<(at + 26), with: [0, 0, 0, 0])
      let sum = OggSum.of(Array(file[at..<end]))
      withUnsafeBytes(of: sum.littleEndian) {
        file.replaceSubrange((at + 22)..<(at + 26), with: $0)
      }
      at = end
    }
    return file
  }
}
