package import SyncCore

/// Which nodes take part in a run and what goes wrong in it: drawn from the seed (simulation §3).
///
/// Every seed switches on another part of the faults: with all of them at once, what one does hides
/// what another would have shown.
package struct Swarm: Sendable, Hashable {
  /// Members of the founded programme, by their place in it.
  package var members: [Int]
  /// In a thousand messages.
  package var loss = 0
  package var duplication = 0
  package var reordering = 0
  package var mangling = 0
  package var cuts = 0
  package var partitions = false
  package var crashes = false
  /// In ten thousand operations.
  package var diskErrors = 0
  package var fullDisks = false
  package var bitFlips = false
  package var clockJumps = false
  /// Devices are put back from an old image.
  package var oldDevices = false
  package var oldHubs = false
  /// Homes are copied, and both go on.
  package var clones = false
  package var revocation = false
  package var formUpgrade = false
  package var withdrawals = false
  package var moves = false
  /// Messages of a few entries, so that every boundary is crossed.
  package var smallMessages = false
  /// Files are carried between devices and the hub.
  package var bundles = false
  /// People attach files to notes, which follow text.
  package var files = false
  /// Ed25519 and HPKE in place of digests.
  package var realKeys = false
  /// Sessions after which the faults end.
  package var sessions = 60

  package static let realKeysEvery: UInt64 = 50
  /// The first seed that may have bundles: those that were kept before mean what they meant.
  private static let bundlesFrom: UInt64 = 106_000
  /// The same for files.
  private static let filesFrom: UInt64 = 130_000

  /// Two devices, nothing wrong.
  package static let calm = Swarm(members: [0, 1])

  package init(members: [Int]) { self.members = members }

  package init(seed: UInt64) {
    var chance = SeededGenerator(seed: seed, purpose: 1)
    self.init(members: Self.members(&chance))
    func sometimes(_ limit: Int) -> Int { chance.happens(500) ? chance.between(1, limit) : 0 }
    loss = sometimes(300)
    duplication = sometimes(500)
    reordering = sometimes(500)
    mangling = sometimes(200)
    cuts = sometimes(200)
    partitions = chance.happens(300)
    crashes = chance.happens(400)
    diskErrors = chance.happens(300) ? chance.between(1, 60) : 0
    fullDisks = chance.happens(200)
    bitFlips = chance.happens(150)
    clockJumps = chance.happens(300)
    oldHubs = chance.happens(200)
    revocation = chance.happens(200)
    formUpgrade = chance.happens(300)
    withdrawals = chance.happens(400)
    moves = chance.happens(300)
    smallMessages = chance.happens(300)
    realKeys = seed % Self.realKeysEvery == 0
    sessions = chance.between(30, 90)
    // A hub that was put back does not know successors that it enrolled since (simulation §3.4).
    if !oldHubs, !bitFlips {
      oldDevices = chance.happens(250)
      clones = chance.happens(250)
    }
    var carriage = SeededGenerator(seed: seed, purpose: 6)
    if seed >= Self.bundlesFrom { bundles = carriage.happens(400) }
    var attaching = SeededGenerator(seed: seed, purpose: 8)
    if seed >= Self.filesFrom { files = attaching.happens(500) }
  }

  /// Leaves one fault out, by the name under which it is printed; false when there is none.
  package mutating func leaveOut(_ fault: String) -> Bool {
    let rates: [String: WritableKeyPath<Swarm, Int>] = [
      "loss": \.loss, "duplication": \.duplication, "reordering": \.reordering,
      "mangling": \.mangling, "cuts": \.cuts, "disk errors": \.diskErrors,
    ]
    let flags: [String: WritableKeyPath<Swarm, Bool>] = [
      "partitions": \.partitions, "crashes": \.crashes, "full disks": \.fullDisks,
      "bit flips": \.bitFlips, "clock jumps": \.clockJumps, "old devices": \.oldDevices,
      "old hubs": \.oldHubs, "clones": \.clones, "revocation": \.revocation,
      "form upgrade": \.formUpgrade, "withdrawals": \.withdrawals, "moves": \.moves,
      "small messages": \.smallMessages, "bundles": \.bundles, "files": \.files,
      "real keys": \.realKeys,
    ]
    if let rate = rates[fault] { self[keyPath: rate] = 0 }
    if let flag = flags[fault] { self[keyPath: flag] = false }
    return rates[fault] != nil || flags[fault] != nil
  }

  private static func members(_ chance: inout SeededGenerator) -> [Int] {
    let all = Array(FoundedProgramme.members.indices)
    func among(_ role: FoundedProgramme.Kind) -> [Int] {
      all.filter { FoundedProgramme.members[$0].kind == role }
    }
    // Somebody who records, and somebody who answers; the others as they come.
    var chosen = [chance.pick(among(.liaison)), chance.pick(among(.reader))]
    var others = all.filter { !chosen.contains($0) }
    chance.shuffle(&others)
    // Small worlds are common: most faults of a protocol need few nodes.
    let most = chance.happens(700) ? 3 : others.count
    chosen += others.prefix(chance.between(0, most))
    return chosen.sorted()
  }
}

extension Swarm {
  /// What the product's limits are in a run. What a person may write stays as specified.
  package var limits: Limits {
    var limits = Limits.specified
    if smallMessages {
      limits.entriesPerPushMax = 12
      limits.deliveriesPerResponseMax = 15
      limits.growthPiecesMax = 8
    }
    return limits
  }
}

extension Swarm: CustomStringConvertible {
  package var description: String {
    var parts = ["\(members.count + 1) nodes"]
    func rate(_ name: String, _ value: Int) { if value > 0 { parts.append("\(name) \(value)") } }
    func flag(_ name: String, _ value: Bool) { if value { parts.append(name) } }
    rate("loss", loss)
    rate("duplication", duplication)
    rate("reordering", reordering)
    rate("mangling", mangling)
    rate("cuts", cuts)
    flag("partitions", partitions)
    flag("crashes", crashes)
    rate("disk errors", diskErrors)
    flag("full disks", fullDisks)
    flag("bit flips", bitFlips)
    flag("clock jumps", clockJumps)
    flag("old devices", oldDevices)
    flag("old hubs", oldHubs)
    flag("clones", clones)
    flag("revocation", revocation)
    flag("form upgrade", formUpgrade)
    flag("withdrawals", withdrawals)
    flag("moves", moves)
    flag("small messages", smallMessages)
    flag("bundles", bundles)
    flag("files", files)
    flag("real keys", realKeys)
    return parts.joined(separator: ", ")
  }
}
