/// Why the store could not do what was asked. Nothing was changed.
///
/// The sentence says what to do next and never holds a field's value.
public struct StoreError: Error, Sendable, CustomStringConvertible {
  public enum Code: Sendable, Hashable {
    case noHome
    case homeExists
    case newerHome
    case otherProgramme
    case notFound
    case ambiguous
    case invalidAnswers
    case notAllowed
    case notOpenable
    case originClosed
    case alreadyOffered
    case notNewest
    case nothingToChange
    case busy
    case damaged
    /// The operating system refused to make, write or sync a file.
    case disk
    case refusedStatement
    case fileExists
    case formRefused
    /// What a bundle holds is not what it may hold, or answers nothing that was asked.
    case bundleRefused
    /// The authority has named no key that bundles to the hub could be sealed to.
    case noBundleKey
  }

  public let code: Code
  public let description: String

  public init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }
}
