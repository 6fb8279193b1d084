/// What a status other than 200 means to a device (sync §6).
enum HTTPStatus {
  /// The longest that a hub may put a device off, in seconds.
  static let retryAfterMax = 86_400

  /// The hub cannot compute the digest of a short push (sync §2.3).
  static let unknownState = 409

  static func failure(_ status: Int, retryAfter: Int?) -> SyncFailure.Code {
    switch status {
    case 403: .notMember
    case 400, 404, unknownState, 413, 415: .refusedByHub(status: status)
    case 408, 429, 500...599:
      .unreachable(retryAfter: retryAfter.map { min(max($0, 1), retryAfterMax) })
    default: .badAnswer
    }
  }
}
