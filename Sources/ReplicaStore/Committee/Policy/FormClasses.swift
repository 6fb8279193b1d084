public import SyncCore

/// The class of each field of a signed form, and nothing else of it (committee §2.2).
///
/// The signed text of a form, or the one that it names by hash, is all that this needs: a form is not
/// compiled here, so a verifier has no more to get right than committee §2.2 says.
public enum FormClasses {
  static let fileBytesMax = 192 << 10
  static let fieldsMax = 1_000

  /// Reads a form's YAML; a field without a class is `identity`. Nil when it is no
  /// form, or a field's class is no class.
  public static func read(_ yaml: [UInt8]) -> [String: SensitivityClass]? {
    guard let root = try? YAMLTree.read(yaml, bytesMax: fileBytesMax),
      let fields = root.keys?["fields"]
    else { return nil }
    var classes: [String: SensitivityClass] = [:]
    return read(fields, into: &classes) ? classes : nil
  }

  private static func read(_ tree: YAMLTree, into classes: inout [String: SensitivityClass]) -> Bool
  {
    guard case .sequence(let fields) = tree else { return false }
    for field in fields {
      guard let keys = field.keys, let name = keys["name"]?.scalar, classes[name] == nil,
        classes.count < fieldsMax
      else { return false }
      if let word = keys["class"] {
        guard let text = word.scalar, let found = SensitivityClass(name: text) else { return false }
        classes[name] = found
      } else {
        classes[name] = .identity
      }
      if let inner = keys["fields"], !read(inner, into: &classes) { return false }
    }
    return true
  }
}
