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

func describe(_ response: SyncResponse) -> [String: Any] {
  let status =
    switch response.status {
    case .done: "done"
    case .staleToken: "stale-token"
    case .otherEpoch: "other-epoch"
    case .recovering: "recovering"
    case .busy: "busy"
    case .revoked: "revoked"
    }
  return [
    "status": status, "closed": response.isClosed, "hub_epoch": "\(response.hubEpoch)", "token": response.token.hex,
    "retry_after": "\(response.retryAfter)",
    "head": ["seq": "\(response.head.seq)", "hash": response.head.hash.hex],
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
    "checkpoint": response.checkpoint.map {
      [
        "size": "\($0.size)", "root": $0.root.hex, "log_signature": $0.logSignature.hex,
        "time": "\($0.time)", "cosignature": $0.cosignature.hex,
      ] as Any
    } ?? NSNull(),
    "segments": response.segments.map {
      [
        "public_key": $0.publicKey.hex, "first": "\($0.segment.first)",
        "last": "\($0.segment.last)", "last_hash": $0.segment.lastHash.hex,
        "root": $0.segment.root.hex, "signature": $0.signature.hex,
      ]
    },
    "deliveries": response.deliveries.map { delivery -> [String: Any] in
      [
        "stream": delivery.stream.text, "from": "\(delivery.from)",
        "items": delivery.items.map(describe),
      ]
    },
    "more": response.more,
  ]
}

private func describe(_ item: Delivery.Item) -> [String: Any] {
  switch item {
  case .entry(let entry, let segment, let path):
    ["entry": describe(entry), "segment": "\(segment)", "path": path.map(\.hex)]
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
        "signature": place.signature.hex, "seq": "\(place.seq)", "hash": place.hash.hex,
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
    "checkpoint": [
      "size": "\(request.checkpoint.size)", "root": request.checkpoint.root.hex,
      "log_signature": request.checkpoint.logSignature.hex, "time": "\(request.checkpoint.time)",
      "cosignature": request.checkpoint.cosignature.hex,
    ], "head": ["seq": "\(request.head.seq)", "hash": request.head.hash.hex],
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
