import Forms
import Foundation
import Identity
import SyncCore
import SyncWire

@testable import ReplicaStore

/// Homes that were copied, or put back from an image.
extension Village {
  /// Opens a copy of a home, as it is now, as another laptop would.
  func copy(_ replica: Replica, name: String) throws -> Replica {
    try FileManager.default.copyItem(atPath: replica.home.path, toPath: directory + "/" + name)
    return try open(name)
  }

  /// Opens a home that is in the village's directory.
  func open(_ name: String) throws -> Replica {
    let home = DeviceHome(directory + "/" + name)
    let clock = clock
    return try Replica(
      opening: home, key: try home.unlock(passphrase: Array("correct horse".utf8)),
      environment: .init(now: { clock.now }))
  }

  /// One message and its answer, which may be lost on the way.
  @discardableResult
  func exchange(
    _ replica: Replica, pushBytesMax: Int = 500_000, losingAnswer: Bool = false
  ) throws -> Replica.Received? {
    while true {
      let outgoing = try replica.nextRequest(byteBudget: 700_000, pushBytesMax: pushBytesMax)
      guard let answer = try answer(outgoing.bytes) else {
        guard try replica.sayInFull(after: outgoing) else { throw Refused() }
        continue
      }
      if losingAnswer { return nil }
      let received = try replica.receive(answer, to: outgoing)
      guard received.next == .retryInFull else { return received }
    }
  }

  /// The texts of a field in all records of a replica, sorted.
  func texts(_ field: String, in replica: Replica) throws -> [String] {
    try replica.list().compactMap { line in
      let answers = try replica.answers(of: line.record).answers
      guard case .value(.text(let text))? = answers.fields[field] else { return nil }
      return text
    }.sorted()
  }
}
