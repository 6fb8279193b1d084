import Foundation
import SyncCore
import SyncWire

// What was read, in the words of the vectors.

func describe(_ received: MessageFrame.ReceivedRequest) -> [String: Any] {
  let request = received.request
  return [
    "hub_epoch": "\(request.hubEpoch)", "token": request.token.hex,
    "membership_version": "\(request.membershipVersion)", "tree_size": "\(request.treeSize)",
    "tree_root": request.treeRoot.hex, "head_seq": "\(request.headSeq)",
    "head_hash": request.headHash.hex,
    "streams": request.streams.map {
      ["stream": $0.stream.text, "count": "\($0.count)", "hash": $0.hash.hex]
    },
    "byte_budget": "\(request.byteBudget)",
    "push": request.push.map {
      ["entries": $0.entries.map(describe), "signature": $0.signature.hex] as Any
    } ?? NSNull(),
    "push_begins_beyond_head": received.pushBeginsBeyondHead,
  ]
}

func describe(_ entry: Entry) -> [String: Any] {
  func section(_ content: SectionContent) -> Any {
    switch content {
    case .absent: NSNull()
    case .present(let bytes): bytes.hex
    case .withheld(let digest): ["withheld": digest.hex]
    }
  }
  return [
    "origin": entry.envelope.origin.hex, "seq": "\(entry.envelope.seq)", "hash": entry.hash.hex,
    "envelope": entry.envelope.encoded.hex, "root_salt": entry.rootSalt.hex,
    "operational": entry.operational.hex, "coded": section(entry.coded),
    "sensitive": section(entry.sensitive), "identity": section(entry.identity),
  ]
}

/// Stands for a head that is as the request claims it.
let claimedHead = LogHead(seq: .max, hash: .zero)

private func describe(_ checkpoint: CheckpointSeal) -> [String: Any] {
  var content: [String: Any] = [
    "size": "\(checkpoint.size)", "root": checkpoint.root.hex, "time": "\(checkpoint.time)",
    "cosignature": checkpoint.cosignature.hex,
  ]
  switch checkpoint.kind {
  case .log(let signature): content["log_signature"] = signature.hex
  case .answer(let hash): content["answer"] = hash.hex
  }
  return content
}

func describe(_ request: ShortRequest, matches: Bool) -> [String: Any] {
  let state = request.state
  return [
    "hub_epoch": "\(state.hubEpoch)", "membership_version": "\(state.membershipVersion)",
    "tree_size": "\(state.treeSize)", "head_seq": "\(state.headSeq)",
    "byte_budget": "\(state.budgetUnits * ShortState.budgetUnit)",
    "counts": state.counts.map { "\($0)" }, "digest": request.digest.hex,
    "digest_matches": matches,
    "push": request.push.map {
      [
        "entries": $0.entries.map(describe), "signature": $0.signature.hex,
        "context": $0.context.hex,
      ] as Any
    } ?? NSNull(),
    "push_begins_beyond_head": false,
  ]
}

func describe(_ response: SyncResponse) -> [String: Any] {
  let status =
    switch response.status {
    case .done: "done"
    case .sayInFull: "stale-token"
    case .otherEpoch: "other-epoch"
    case .recovering: "recovering"
    case .busy: "busy"
    case .revoked: "revoked"
    }
  return [
    "status": status, "closed": response.isClosed, "hub_epoch": "\(response.hubEpoch)", "token": response.token.hex,
    "retry_after": "\(response.retryAfter)",
    "head_as_claimed": response.head == claimedHead,
    "head": response.head == claimedHead
      ? NSNull() : ["seq": "\(response.head.seq)", "hash": response.head.hash.hex] as Any,
    "held": response.held.map { ["seq": "\($0.seq)", "reason": $0.reason] },
    "membership": response.membership.map { describe($0) as Any } ?? NSNull(),
    "hub_statement": response.hubStatement.map { $0.hex as Any } ?? NSNull(),
    "growth": response.growth.map { step -> [String: Any] in
      switch step {
      case .foreign(let end, let hashes):
        ["foreign": ["end": "\(end)", "hashes": hashes.map(\.hex)] as [String: Any]]
      case .own(let first, let count): ["own": ["first": "\(first)", "count": "\(count)"]]
      }
    },
    "checkpoint": response.checkpoint.map { describe($0) as Any } ?? NSNull(),
    "segments": response.segments.map {
      [
        "public_key": $0.publicKey.hex, "first": "\($0.segment.first)",
        "last": "\($0.segment.last)", "last_hash": $0.segment.lastHash.hex,
        "root": $0.segment.root.hex, "context": $0.segment.context.hex,
        "signature": $0.signature.hex, "proof": $0.proof.map(\.hex),
      ]
    },
    "deliveries": response.deliveries.map { delivery -> [String: Any] in
      [
        "stream": delivery.stream.text, "from": "\(delivery.from)",
        "items": delivery.items.map(describe),
      ]
    },
    "more": "\(response.left.map { $0 + 1 } ?? 0)",
  ]
}

private func describe(_ item: Delivery.Item) -> [String: Any] {
  switch item {
  case .entry(let entry, let segment):
    ["entry": describe(entry), "segment": "\(segment)"]
  case .own(let seq): ["own": "\(seq)"]
  case .moved(let record): ["moved": record.hex]
  case .statement(let bytes): ["statement": bytes.hex]
  }
}

private func describe(_ membership: Membership) -> [String: Any] {
  [
    "version": "\(membership.version)", "role": membership.role.name, "areas": membership.areas,
    "programme_areas": membership.programmeAreas, "url": membership.url,
  ]
}

func describe(_ request: JoinRequest) -> [String: Any] {
  [
    "invite_secret": request.inviteSecret.hex, "signing_key": request.signingKey.hex,
    "opening_key": request.openingKey.hex,
  ]
}

func describe(_ response: JoinResponse) -> [String: Any] {
  switch response {
  case .member(let membership, let token, let hubEpoch, let statement):
    [
      "membership": describe(membership), "token": token.hex, "hub_epoch": "\(hubEpoch)",
      "hub_statement": statement.hex,
    ]
  case .refused(let refusal):
    switch refusal {
    case .unknownInvite: ["refused": "unknown-invite"]
    case .inviteUsed: ["refused": "invite-used"]
    case .inviteExpired: ["refused": "invite-expired"]
    case .revoked: ["refused": "revoked"]
    case .recovering: ["refused": "recovering"]
    }
  }
}

func describe(_ request: ReleaseRequest) -> [String: Any] {
  ["token": request.token.hex, "number": "\(request.number)", "offset": "\(request.offset)"]
}

func describe(_ response: ReleaseResponse) -> [String: Any] {
  [
    "number": "\(response.number)", "total": "\(response.total)", "offset": "\(response.offset)",
    "bytes": response.bytes.hex,
  ]
}

func describe(_ request: SuccessionRequest) -> [String: Any] {
  describe(request.succession).merging([
    "old_signature": request.oldSignature.hex, "new_signature": request.newSignature.hex,
  ]) { $1 }
}

private func describe(_ succession: Succession) -> [String: Any] {
  [
    "origin": succession.origin.hex,
    "head": ["seq": "\(succession.head.seq)", "hash": succession.head.hash.hex],
    "signing": succession.signingKey.hex, "opening": succession.openingKey.hex,
  ]
}

func describe(_ response: SuccessionResponse) -> [String: Any] {
  switch response {
  case .refused(let refusal):
    let word =
      switch refusal {
      case .revoked: "revoked"
      case .recovering: "recovering"
      case .notClosed: "not-closed"
      case .unknownHead: "unknown-head"
      case .tooMany: "too-many"
      }
    return ["refused": word]
  case .member(let membership, let token, let epoch, let proof):
    var content: [String: Any] = [
      "membership": describe(membership), "token": token.hex, "hub_epoch": "\(epoch)",
    ]
    switch proof {
    case .entry(let place):
      content["entry"] = [
        "first": "\(place.segment.first)", "last": "\(place.segment.last)",
        "last_hash": place.segment.lastHash.hex, "root": place.segment.root.hex,
        "context": place.segment.context.hex, "signature": place.signature.hex, "seq": "\(place.seq)", "hash": place.hash.hex,
        "path": place.path.map(\.hex),
      ]
    case .succession(let succession, let signature):
      content["succession"] = describe(succession).merging(["signature": signature.hex]) { $1 }
    }
    return content
  }
}

func describe(_ request: AuditRequest) -> [String: Any] {
  [
    "origin": request.origin.hex, "hub_epoch": "\(request.hubEpoch)",
    "checkpoint": describe(request.checkpoint), "head": ["seq": "\(request.head.seq)", "hash": request.head.hash.hex],
  ]
}

func describe(_ response: AuditResponse) -> [String: Any] {
  [
    "hub_epoch": "\(response.hubEpoch)",
    "head": ["seq": "\(response.head.seq)", "hash": response.head.hash.hex],
    "size": "\(response.size)", "root": response.root.hex,
    "consistency": response.consistency.map(\.hex),
  ]
}
