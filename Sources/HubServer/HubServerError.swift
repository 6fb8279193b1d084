/// Why the hub's server or its control channel could not do what was asked.
///
/// The sentence says what to do next and never holds a field's value or a secret.
public struct HubServerError: Error, Sendable, CustomStringConvertible {
  public enum Code: String, Sendable, Hashable, Codable {
    /// The certificate or its key cannot be used.
    case badCertificate = "bad-certificate"
    /// The address to listen on is not one, or is taken.
    case badAddress = "bad-address"
    /// Another process holds the home.
    case homeInUse = "home-in-use"
    /// The control channel broke or spoke nonsense.
    case control
    /// The store refused; ``storeCode`` says how.
    case refused
    /// The disk or the database engine failed; ``storeCode`` names the `StorageFault`.
    case storage
    /// Too much to do at the moment.
    case busy
    /// The server is stopping.
    case stopping
  }

  public let code: Code
  public let description: String
  /// The name of the store's or the identity's error code, for ``Code/refused``; of the fault, for
  /// ``Code/storage``.
  public let storeCode: String?

  public init(_ code: Code, _ description: String, storeCode: String? = nil) {
    self.code = code
    self.description = description
    self.storeCode = storeCode
  }
}
