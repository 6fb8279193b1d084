internal import Foundation
internal import GRDB
internal import Identity
internal import SyncCore
internal import SyncWire

/// How far a device has come in leaving a closed origin (sync §8.2). Kept durably: a cut at any
/// point goes on from there.
struct Closing: Hashable {
  enum Step: Hashable {
    /// Ask the hub to enrol the new keys.
    case ask
    /// Hand over the old log first, from after this seq on; then ask.
    case handOver(after: UInt64)
  }

  var step: Step
  /// The end of the log when it was last handed over from its beginning; 0 if it was not.
  var wholeUntil: UInt64 = 0
  /// What began it, to be told if the hub cannot prove that the origin is closed.
  var alarm: SyncAlarm?

  init(_ step: Step, alarm: SyncAlarm? = nil) {
    self.step = step
    self.alarm = alarm
  }
}

extension Closing {
  /// As one line of a setting.
  var text: String {
    var words: [String]
    switch step {
    case .ask: words = ["ask", "0"]
    case .handOver(let seq): words = ["push", "\(seq)"]
    }
    words.append("\(wholeUntil)")
    switch alarm {
    case .ownLogAhead(let held, let here): words += ["ahead", "\(held)", "\(here)"]
    case .ownLogDiffers(let seq): words += ["differs", "\(seq)"]
    default: break
    }
    return words.joined(separator: " ")
  }

  init?(text: String) {
    let words = text.split(separator: " ").map(String.init)
    guard words.count >= 3, let seq = UInt64(words[1]) else { return nil }
    step = words[0] == "ask" ? .ask : .handOver(after: seq)
    wholeUntil = UInt64(words[2]) ?? 0
    let numbers = words.dropFirst(4).compactMap { UInt64($0) }
    switch (words.dropFirst(3).first, numbers.count) {
    case ("ahead", 2): alarm = .ownLogAhead(held: numbers[0], here: numbers[1])
    case ("differs", 1): alarm = .ownLogDiffers(seq: numbers[0])
    default: alarm = nil
    }
  }
}

extension Replica {
  func closing(_ db: Database) throws -> Closing? {
    try SettingTable(db: db).text(SettingName.closing).flatMap { Closing(text: $0) }
  }

  func set(_ closing: Closing?, in db: Database) throws {
    try SettingTable(db: db).set(SettingName.closing, closing?.text)
  }

  /// The keys of the new origin: drawn once, kept before anybody hears of them.
  private func successor(_ db: Database) throws -> DeviceIdentity {
    let settings = SettingTable(db: db)
    if let stored = try settings.bytes(SettingName.successor) {
      return try DeviceIdentity(stored: stored)
    }
    var generator = environment.surroundings.random
    let new = DeviceIdentity(using: &generator)
    try settings.set(SettingName.successor, bytes: new.stored)
    return new
  }

  /// The next message of a device that leaves its origin; nil for one that does not.
  func nextClosingRequest(bytesMax: Int) throws -> Outgoing? {
    guard let closing = try read({ try closing($0) }) else { return nil }
    let state = try deviceState()
    // Asked as well, it stays at that step: what is recorded before the answer comes goes first again.
    if case .handOver(let after) = closing.step,
      let push = try nextPush(state, after: after, bytesMax: bytesMax)
    {
      return try handOver(push, state, kind: .handOver)
    }
    return try successionRequest(state)
  }

  /// Names the keys under which this device goes on, and where it leaves its log.
  func succession(after head: LogHead) throws -> (Succession, DeviceIdentity) {
    let new = try db.write { try successor($0) }
    return (
      Succession(
        programme: programme.id, origin: identity.origin, head: head,
        signingKey: new.signing.publicKey.bytes, openingKey: new.opening.publicKey.bytes), new
    )
  }

  func successionRequest(_ state: DeviceState) throws -> Outgoing {
    let (succession, new) = try succession(after: state.head)
    let request = SuccessionRequest(
      succession: succession, oldSignature: signer.signature(over: succession).bytes,
      newSignature: environment.surroundings.signatures.signer(new.signing)
        .signature(over: succession).bytes)
    return Outgoing(
      kind: .succession,
      bytes: MessageSigning.sign(
        MessageFrame.encode(request), by: signer, programme: programme.id),
      state: state, succession: succession)
  }

  /// A request that pushes and wants nothing back: what its answer says of heads counts for nothing.
  ///
  /// It names what stands before its push. Of the logs under one name that is what the hub knows this
  /// one by: a successor's begins where it left another, which has no entry of this name.
  func handOver(_ push: Push, _ state: DeviceState, kind: Outgoing.Kind) throws -> Outgoing {
    var asking = state
    asking.streams = []
    asking.acknowledged = push.before
    let request = asking.request(push: push, byteBudget: 0)
    return Outgoing(kind: kind, bytes: signed(request), state: state, request: request)
  }

  /// The hub took a part of the old log, or did not: only the succession's answer counts.
  func receiveHandOver(_ response: SyncResponse, last: UInt64) throws -> Received {
    switch response.status {
    case .done:
      try db.write { db in
        guard var closing = try closing(db) else { return }
        closing.step = .handOver(after: last)
        try set(closing, in: db)
        if !response.token.isEmpty {
          try SettingTable(db: db).set(SettingName.token, bytes: response.token)
        }
      }
      return Received(next: .again)
    case .sayInFull:
      try db.write { try SettingTable(db: $0).set(SettingName.token, bytes: response.token) }
      return Received(next: .retryInFull)
    case .busy: return Received(next: .busy(seconds: response.retryAfter))
    case .recovering: return Received(next: .recovering)
    case .revoked: return Received(next: .revoked)
    case .otherEpoch: throw SyncRefusal.inconsistent
    }
  }

  /// Whether the old log is being handed over already; then it is from its beginning again.
  func handsOverAgain() throws -> Bool {
    try db.write { db in
      guard var closing = try closing(db), case .handOver = closing.step else { return false }
      closing.step = .handOver(after: 0)
      try set(closing, in: db)
      return true
    }
  }

  /// Begins to leave an origin of which the hub shows more than this home wrote.
  func beginClosing(_ alarm: SyncAlarm?) throws {
    try db.write { db in
      guard try closing(db) == nil else { return }
      try set(Closing(.ask, alarm: alarm), in: db)
    }
  }

  func receiveSuccession(
    _ response: SuccessionResponse, to succession: Succession
  ) throws -> Received {
    switch response {
    case .member(let membership, let token, let hubEpoch, let proof):
      return try goOn(
        succession, membership, token: token, hubEpoch: hubEpoch, proof: proof)
    case .refused(.revoked): return Received(next: .revoked)
    case .refused(.recovering): return Received(next: .recovering)
    case .refused(.unknownHead):
      let isNew = try db.write { db in
        guard var closing = try closing(db) else { return true }
        // All of the log was handed over before it was asked again, with what a person recorded since:
        // to hand over only more of it would never end while somebody records.
        let isNew = closing.wholeUntil == 0
        closing.step = .handOver(after: 0)
        closing.wholeUntil = isNew ? succession.head.seq : 0
        try set(closing, in: db)
        return isNew
      }
      guard isNew else { throw SyncRefusal.inconsistent }
      return Received(next: .again)
    case .refused(.notClosed):
      // Nothing proves it, so it was a claim: the origin stays, and the alarm stands.
      let alarm = try db.write { db in
        let alarm = try closing(db)?.alarm
        try set(nil, in: db)
        return alarm
      }
      throw alarm.map { SyncRefusal.alarm($0) } ?? .inconsistent
    case .refused(.tooMany):
      throw StoreError(
        .originClosed,
        "This home was copied too often; ask the hub's operator for an invite, and join anew.")
    }
  }

  /// Goes on under the new keys, once it is proven that somebody else used the old ones.
  private func goOn(
    _ succession: Succession, _ membership: Membership, token: [UInt8], hubEpoch: UInt64,
    proof: ClosureProof
  ) throws -> Received {
    let old = identity
    guard succession.origin == old.origin else { throw SyncRefusal.inconsistent }
    let fork = try contradiction(proof, old, succession)
    var received = Received(next: .again)
    try db.write { db in
      let settings = SettingTable(db: db)
      let row = try ownRow(db)
      let head = try EntryTable.head(ofOriginRow: row, in: db)
      let new = try successor(db)
      guard new.signing.publicKey.bytes == succession.signingKey,
        UInt64(try settings.integer(SettingName.hubEpoch) ?? 1) == hubEpoch
      else { throw SyncRefusal.inconsistent }
      guard head == succession.head else {
        // Something was recorded meanwhile: it goes to the old log first.
        return try set(
          Closing(.handOver(after: succession.head.seq), alarm: try closing(db)?.alarm), in: db)
      }
      _ = try OriginTable.addBranch(
        new.origin, key: new.signing.publicKey.bytes,
        after: head.seq == 0 ? nil : OriginTable.Place(row: row, head: head), in: db)
      let retired = try settings.bytes(SettingName.retiredIdentities) ?? []
      try settings.set(SettingName.retiredIdentities, bytes: old.stored + retired)
      try settings.set(SettingName.identity, bytes: new.stored)
      try settings.set(SettingName.successor, bytes: nil)
      try settings.set(SettingName.token, bytes: token)
      try settings.set(SettingName.acknowledgedSeq, Int64(head.seq))
      try settings.set(SettingName.acknowledgedHash, bytes: head.hash.bytes)
      try set(nil, in: db)
      try apply(membership, in: db)
      // What was an alarm is settled, and what happened is told instead.
      try db.execute(
        sql: "UPDATE alarm SET cleared = ? WHERE cleared IS NULL AND code IN (?, ?)",
        arguments: [
          environment.now(), SyncAlarm.ownLogAhead(held: 0, here: 0).code,
          SyncAlarm.ownLogDiffers(seq: 0).code,
        ])
      try db.execute(
        sql: "INSERT INTO alarm(code, at, detail, evidence) VALUES ('home-copied', ?, ?, ?)",
        arguments: [
          environment.now(),
          "\(old.origin.hex.prefix(16)) is closed at \(head.seq), \(new.origin.hex.prefix(16)) follows",
          fork.map { Data(Evidence.fork($0).encoded) },
        ])
      received.successor = new.origin
    }
    try read { try refreshKeys($0) }
    if let fork, received.successor != nil { try keep(.fork(fork), for: "home-copied") }
    return received
  }

  /// Checks the hub's proof that this origin is not this home's alone. Gives the proof of the fork,
  /// where both wrote at one seq.
  ///
  /// - Throws: `SyncRefusal.inconsistent` when it proves nothing.
  private func contradiction(
    _ proof: ClosureProof, _ old: DeviceIdentity, _ succession: Succession
  ) throws -> ForkProof? {
    let key = old.signing.publicKey
    switch proof {
    case .entry(let place):
      guard place.segment.origin == old.origin, place.segment.programme == programme.id,
        place.isInSegment, let signature = Signature(place.signature),
        environment.surroundings.signatures.isValid(signature, over: place.segment, by: key)
      else { throw SyncRefusal.segmentSignature }
      guard place.seq <= succession.head.seq else { return nil }
      guard let own = try ownHashes(place.seq...place.seq)?.first, own != place.hash,
        let segment = Segment(
          covering: [own], first: place.seq, programme: programme.id, origin: old.origin)
      else { throw SyncRefusal.inconsistent }
      return ForkProof(
        publicKey: key.bytes, one: place,
        other: SegmentProof(
          segment: segment,
          signature: environment.surroundings.signatures.signer(old.signing)
            .signature(over: segment).bytes,
          seq: place.seq, hash: own, path: []))
    case .succession(let other, let bytes):
      guard other.origin == old.origin, other.signingKey != succession.signingKey,
        let signature = Signature(bytes),
        environment.surroundings.signatures.isValid(signature, over: other, by: key)
      else { throw SyncRefusal.inconsistent }
      return nil
    }
  }
}
