import Crypto
import Forms
import Foundation
import Identity
import ReplicaStore
import SyncCore
import Testbed
import Testing

@testable import HubServer
@testable import SyncClient

@Suite struct LiveSyncTests {
  private static func report(_ text: String) -> Answers {
    Answers([
      "district": .value(.text("north")), "received_at": .value(.text("2026-03-01T09:00:00Z")),
      "channel": .value(.text("in_person")), "summary": .value(.text(text)),
    ])
  }

  @Test func `two people meet at a hub over TLS, and their work is received`() async throws {
    let hub = try LiveHub()
    let (liaison, office) = (
      try hub.device("liaison", ["north"], name: "liaison"),
      try hub.device("caseworker", ["north"], name: "office")
    )
    try await hub.serving { serving in
      #expect(serving.announcement.tlsPin == hub.tls.pin)
      let line = serving.transport()
      let client = SyncClient(replica: liaison, transport: line)
      let officeLine = serving.transport()
      let officeClient = SyncClient(replica: office, transport: officeLine)
      #expect(try await client.join() == nil)
      #expect(try await officeClient.join() == nil)
      let statement = SignedStatement(
        Statement(
          .reader(
            ReaderStatement(
              state: .active, role: .caseWorker, keys: office.identity.publicIdentity,
              areas: ["north"])), version: 1), signedBy: hub.authority)
      _ = try serving.control().send(.addStatement(hex: statement.encoded.hex))
      #expect(try await client.sync().complete)
      let saved = try liaison.record(form: "report", answers: Self.report("She was told to wait."))
      let report = try await client.sync()
      #expect(report.complete)
      #expect(report.received == report.pushed && report.pushed > 0)
      #expect(try liaison.list().map(\.state) == [.received])
      #expect(try await officeClient.sync().complete)
      #expect(
        try office.show(saved.record).state["summary"]?.value == .text("She was told to wait."))
      // The hub's clock and this machine's are the same.
      #expect(abs(try #require(try liaison.status().clockOffset)) <= 5)
      await line.close()
      await officeLine.close()
    }
    guard case .verified(_, let ok, let problems)? = try hub.control().send(.verify).first else {
      Issue.record("no answer")
      return
    }
    #expect(ok && problems.isEmpty)
  }

  @Test func `a hub with another key is refused before anything is sent`() async throws {
    let hub = try LiveHub()
    let other = try TLSIdentity.mint()
    let liaison = try hub.device("liaison", ["north"], name: "liaison")
    try await hub.serving { serving in
      for kept in [nil, other.certificate] {
        let line = serving.transport(pin: other.pin, certificate: kept)
        await #expect(throws: SyncFailure(.wrongPin)) {
          try await SyncClient(replica: liaison, transport: line).join()
        }
        await line.close()
      }
    }
    #expect(try hub.control().send(.devices).isEmpty)
  }

  @Test func `a kept certificate of the same key is replaced by the one that the hub shows`()
    async throws
  {
    let hub = try LiveHub()
    let again = try TLSIdentity.mint(try P256.Signing.PrivateKey(derRepresentation: hub.tls.key))
    #expect(again.pin == hub.tls.pin)
    #expect(again.certificate != hub.tls.certificate)
    let liaison = try hub.device("liaison", ["north"], name: "liaison")
    try await hub.serving { serving in
      for kept in [again.certificate, [1, 2, 3]] {
        let line = serving.transport(certificate: kept)
        let refusal = try await SyncClient(replica: liaison, transport: line).join()
        #expect(refusal == nil)
        await line.close()
      }
    }
  }

  @Test func `a hub that is not there is unreachable, and so is one that stopped`() async throws {
    let hub = try LiveHub()
    let liaison = try hub.device("liaison", ["north"], name: "liaison")
    let line = try await hub.serving { serving in
      let line = serving.transport()
      let refusal = try await SyncClient(replica: liaison, transport: line).join()
      #expect(refusal == nil)
      return line
    }
    await #expect(throws: SyncFailure(.unreachable(retryAfter: nil))) {
      try await SyncClient(replica: liaison, transport: line).sync()
    }
    await line.close()
  }

  @Test func `the certificate is for all times and names no host`() throws {
    let tls = try TLSIdentity.mint()
    let identity = try TLSIdentity.mint()
    #expect(tls.pin != identity.pin)
    #expect(try TLSIdentity.pin(ofCertificate: tls.certificate) == tls.pin)
    #expect(HubCertificate(kept: tls.certificate, pin: tls.pin)?.der == tls.certificate)
    #expect(HubCertificate(kept: tls.certificate, pin: identity.pin) == nil)
    let text = String(decoding: tls.certificate, as: UTF8.self)
    #expect(text.contains("700101000000Z") && text.contains("99991231235959Z"))
    #expect(throws: HubServerError.self) { try TLSIdentity.pin(ofCertificate: [0x30, 0]) }
    #expect(throws: HubServerError.self) {
      try ServerTLS.configuration(
        certificate: tls.certificate, key: tls.key, pin: identity.pin)
    }
  }
}
