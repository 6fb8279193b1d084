import Forms
import ReplicaStore
import SyncClient
import SyncCore

/// Records a report in a home that joined, syncs, and says which answers collided.
func recordAndSync(home path: String, passphrase: [UInt8]) async throws -> [String] {
  let home = DeviceHome(path)
  let replica = try Replica(opening: home, key: home.unlock(passphrase: passphrase))

  // Durable once it returns; a form's refusal is thrown, with what to correct.
  let saved = try replica.record(
    form: "report",
    answers: Answers([
      "district": .value(.text("north")),
      "received_at": .value(.text("2026-03-01T09:00:00Z")),
      "channel": .value(.text("in_person")),
      "exploitation": .codes(["ForcedLabour"]),
    ]))
  print("Saved \(saved.record)")

  // May be cut anywhere; the next sync goes on from there.
  let transport = try HTTPSTransport(replica)
  let outcome = await Task {
    try await SyncClient(replica: replica, transport: transport).sync()
  }.result
  await transport.close()
  let report = try outcome.get()
  print("\(report.received) proven received, \(report.bytesUp) bytes up")

  return try replica.conflicts().flatMap { line, fields in
    fields.map { "\(line.record) \($0.name): \($0.remaining.count) writes" }
  }
}
