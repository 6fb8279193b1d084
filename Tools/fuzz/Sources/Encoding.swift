import Identity
import SyncCore

@testable import SyncWire

let encodingTargets = [
  Target(name: "cbor") { input in
    var decoder = CBORDecoder(input)
    let skipped = Result { () throws(CBORError) in
      _ = try decoder.skipItem()
      try decoder.expectEnd()
    }
    var copy = CBORCopy(input)
    let copied = Result { () throws(CBORError) in try copy.whole() }
    check(
      succeeded(skipped) == succeeded(copied),
      "stepping over an item and reading it do not agree: \(skipped), \(copied)")
    guard succeeded(copied) else { return false }
    checkRoundTrip(copy.encoder.bytes, input, "cbor")
    return true
  },

  Target(name: "envelope") { input in
    guard let envelope = try? Envelope(encoded: input) else { return false }
    checkRoundTrip(envelope.encoded, input, "envelope")
    return true
  },

  Target(name: "section") { input in
    let read = Result { () throws(CBORError) in try decodeFieldWrites(input) }
    let salt = Salt(high: 1, low: 2)
    let stepped = Result { () throws(CBORError) in
      try Entry.encodedFields(input, rootSalt: salt)
    }
    guard case .success(let writes) = read else {
      check(!succeeded(stepped), "what the hash takes for a section, nobody can read")
      return false
    }
    check(succeeded(stepped), "what is read as a section cannot be hashed")
    checkRoundTrip(encodeFieldWrites(writes), input, "section")
    return true
  },

  Target(name: "entry") { input in
    var input = Input(input)
    // Rows, and columns from eight on.
    let count = 1 + Int(input.byte() % 24)
    let tree = (size: 16 as UInt64, root: Hash.sha256([9]))
    guard
      let (_, entries) = MessageParts(&input).read(
        .syncRequest,
        { (frame) throws(WireError) in try readBatch(frame, count, sharing: tree) })
    else { return false }
    var w = MessageWriter()
    Batch.write(entries, sharing: tree, to: &w)
    let written = w.message(.syncRequest, sender: Keys.device.publicKey.origin)
    let again = (try? MessageFrame(
      written + MessageParts.noSignature, expecting: .syncRequest, limits: .specified)
    ).flatMap { try? readBatch($0, count, sharing: tree) }
    check(again == entries, "entry: written otherwise than it was read")
    for entry in entries { checkEntry(entry) }
    checkFold(entries)
    return true
  },
]

func succeeded<Success, Failure: Error>(_ result: Result<Success, Failure>) -> Bool {
  if case .success = result { true } else { false }
}

/// Reads an item value by value and writes it again.
private struct CBORCopy {
  private var decoder: CBORDecoder
  var encoder = CBOREncoder()

  init(_ input: [UInt8]) { decoder = CBORDecoder(input) }

  mutating func whole() throws(CBORError) {
    try item(depth: 8)
    try decoder.expectEnd()
  }

  private mutating func item(depth: Int) throws(CBORError) {
    guard depth > 0 else { throw decoder.error(.tooDeep) }
    switch try decoder.nextMajor() {
    case 0: encoder.encode(try decoder.readUInt())
    case 1: encoder.encode(try decoder.readInt())
    case 2: encoder.encode(bytes: try decoder.readBytes(max: .max))
    case 3: encoder.encode(try decoder.readText(max: .max))
    case 4:
      let count = try decoder.readArrayHead(max: .max)
      encoder.arrayHead(count)
      for _ in 0..<count { try item(depth: depth - 1) }
    case 5:
      let count = try decoder.readMapHead(max: .max)
      encoder.mapHead(count)
      var previous: ArraySlice<UInt8>?
      for _ in 0..<count {
        let key = try decoder.readKey(after: previous)
        previous = key
        var inner = CBORDecoder(key)
        if try inner.nextMajor() == 0 {
          encoder.encode(try inner.readUInt())
        } else {
          encoder.encode(try inner.readText(max: .max))
        }
        try item(depth: depth - 1)
      }
    case 6:
      let number = try decoder.readDecimal()
      encoder.encode(.decimal(number) as FieldValue)
    default:
      if decoder.readNullIfPresent() {
        encoder.encodeNull()
      } else {
        encoder.encode(try decoder.readBool())
      }
    }
  }
}

private func readBatch(
  _ frame: MessageFrame, _ count: Int, sharing tree: (size: UInt64, root: Digest32)
) throws(WireError) -> [Entry] {
  var r = MessageReader(frame, limits: .tiny)
  var entries: [Entry] = []
  var previous = EntryHash.zero
  for loose in try Batch.read(count, sharing: tree, from: &r) {
    let entry = try loose.placed(
      programme: Keys.programme.id, origin: Keys.device.publicKey.origin,
      seq: UInt64(entries.count + 1), previous: previous, limits: .tiny)
    previous = entry.hash
    entries.append(entry)
  }
  try r.expectEnd()
  return entries
}

func checkEntry(_ entry: Entry) {
  let envelope = entry.envelope
  check((try? Envelope(encoded: envelope.encoded)) == envelope, "an envelope is not read back")
  guard let digests = try? entry.sectionDigests() else {
    return check(false, "an entry's sections cannot be hashed")
  }
  let shown = LoggedEntry(
    envelope: envelope.encoded, salt: entry.rootSalt.salt(of: .envelope), digests: digests,
    leaf: 0, path: [])
  check(shown.hash == entry.hash, "what is shown of an entry does not lead to its hash")
}

/// The state of a record depends on the set of its entries alone.
private func checkFold(_ entries: [Entry]) {
  let folded = entries.compactMap { try? FoldedEntry($0) }
  check(folded.count == entries.count, "an entry that was read cannot be folded")
  let rules = MergeRules([
    "status": FieldRule(
      policy: .protective, sensitivity: .operational, protectiveOrder: ["b", "a"]),
    "means": FieldRule(policy: .set, sensitivity: .coded, codes: ["a", "b"]),
    "note": FieldRule(policy: .append, sensitivity: .operational),
    "n": FieldRule(policy: .latest, sensitivity: .operational),
  ])
  let forward = RecordFold(folded).state(under: rules).digest
  var backward = RecordFold()
  for entry in folded.reversed() + folded { backward.insert(entry) }
  check(backward.state(under: rules).digest == forward, "another order of entries, another state")
}
