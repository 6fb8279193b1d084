/// What an invite admits to (identity §4).
public enum InviteRole: UInt8, Sendable, Hashable, CaseIterable {
  case liaison = 1
  case caseWorker = 2
  case committee = 3
}
