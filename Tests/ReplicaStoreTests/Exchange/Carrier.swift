import Forms
import Identity
import SyncCore

@testable import ReplicaStore

/// A sync by hand: files from one to the other.
extension Village {
  /// What a hub makes of a bundle, and the file that goes back.
  func take(_ bundle: Replica.Bundle) throws -> (here: CarriedHere, file: [UInt8]) {
    try take(bundle.bytes)
  }

  func take(_ file: [UInt8]) throws -> (here: CarriedHere, file: [UInt8]) {
    let here = try hub.take(bundle: file)
    return (here, try hub.seal(answersOf: here))
  }

  /// There and back again.
  @discardableResult
  func carry(_ replica: Replica) throws -> Replica.CarriedIn {
    try replica.receive(bundle: try take(try replica.makeBundle()).file)
  }

  /// A liaison who has nothing left to push or to fetch.
  func settledLiaison(_ name: String = "liaison") throws -> Replica {
    let replica = try join(.liaison, ["north"], name: name)
    try sync(replica)
    return replica
  }

  @discardableResult
  func report(by replica: Replica, _ text: String) throws -> RecordID {
    try replica.record(
      form: "report", answers: Village.report(["summary": .value(.text(text))])
    ).record
  }
}
