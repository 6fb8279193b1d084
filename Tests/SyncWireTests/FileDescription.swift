import Foundation
import SyncCore
import SyncWire

// What the vectors say of messages that carry files (wire-format §2.13 to §2.16).

func describe(_ request: UploadRequest) -> [String: Any] {
  [
    "token": request.token.hex, "record": request.record.hex, "address": request.address.hex,
    "manifest": describe(request.manifest), "chunks": request.chunks.map(describe),
  ]
}

func describe(_ response: UploadResponse) -> [String: Any] {
  var content: [String: Any] = ["hub_epoch": "\(response.hubEpoch)"]
  switch response.state {
  case .lacking(let set):
    content["status"] = "lacking"
    content.merge(describe(set)) { $1 }
  case .stored: content["status"] = "stored"
  case .unknown: content["status"] = "unknown"
  case .refused(let word):
    content["status"] = "refused"
    content["word"] = word
  }
  return content
}

func describe(_ request: DownloadRequest) -> [String: Any] {
  [
    "token": request.token.hex, "record": request.record.hex, "address": request.address.hex,
    "byte_budget": "\(request.byteBudget)", "wants_manifest": request.wantsManifest,
    "wanted": request.wanted.map(describe) ?? NSNull(),
  ]
}

func describe(_ response: DownloadResponse) -> [String: Any] {
  [
    "hub_epoch": "\(response.hubEpoch)", "here": response.isHere,
    "manifest": describe(response.manifest), "chunks": response.chunks.map(describe),
  ]
}

private func describe(_ manifest: AttachmentManifest?) -> Any {
  guard let manifest else { return NSNull() }
  return ["salt": manifest.salt.hex, "chunks": manifest.chunks.map(\.hex)] as [String: Any]
}

private func describe(_ chunk: PlacedChunk) -> [String: Any] {
  ["number": "\(chunk.index)", "sealed": chunk.sealed.hex]
}

private func describe(_ set: ChunkSet) -> [String: Any] {
  ["of": "\(set.count)", "chunks": (0..<set.count).filter { set.contains($0) }.map(String.init)]
}
