import ShippedData

/// Several versions of several forms, with the lists they share (forms §7).
public struct FormLibrary: Sendable {
  /// The lists that forms added by ``add(bytes:fileName:)`` may use.
  public private(set) var sharedLists: [String: ChoiceList]
  /// By name, then by ascending version.
  private var forms: [String: [Form]] = [:]

  public init(sharedLists: [String: ChoiceList] = [:]) { self.sharedLists = sharedLists }

  /// The names of all forms, ascending.
  public var names: [String] { forms.keys.sorted(by: utf8Less) }

  /// Every version held, ascending; empty for an unknown name.
  public func versions(_ name: String) -> [Form] { forms[name] ?? [] }

  public func newest(_ name: String) -> Form? { forms[name]?.last }

  public func form(_ name: String, version: UInt32) -> Form? {
    forms[name]?.first { $0.version == version }
  }

  /// Adds a form; the same name and version replaces what was held.
  public mutating func add(_ form: Form) {
    var held = forms[form.name] ?? []
    held.removeAll { $0.version == form.version }
    held.append(form)
    held.sort { $0.version < $1.version }
    forms[form.name] = held
  }

  /// Reads and adds a form that may use the shared lists.
  @discardableResult
  public mutating func add(bytes: [UInt8], fileName: String) throws(FormError) -> Form {
    let form = try Form.parse(bytes: bytes, fileName: fileName, sharedLists: sharedLists)
    add(form)
    return form
  }

  /// Reads a file of shared lists: the key `lists` alone (forms §1.4).
  public static func parseLists(
    bytes: [UInt8], fileName: String, limits: FormLimits = .specified
  ) throws(FormError) -> [String: ChoiceList] {
    do throws(FormError) {
      return try lists(YAMLReader.read(bytes, limits: limits), limits)
    } catch {
      throw error.in(file: fileName)
    }
  }

  /// The same for a file that is compiled into this program.
  package static func parseLists(
    shipped bytes: [UInt8], fileName: String
  ) throws(FormError) -> [String: ChoiceList] {
    guard let root = PlainYAML.read(bytes) else {
      return try parseLists(bytes: bytes, fileName: fileName)
    }
    do throws(FormError) { return try lists(root, .specified) } catch {
      throw error.in(file: fileName)
    }
  }

  private static func lists(
    _ root: YAMLNode, _ limits: FormLimits
  ) throws(FormError) -> [String: ChoiceList] {
    let keys = try root.keyed("A file of lists", allowed: ["lists"])
    return try ChoiceListReader(limits: limits).read(try keys.require("lists"))
  }

  /// The forms that ship with the toolkit, read once.
  ///
  /// Traps when one of them is wrong: that is a fault of the build, which the tests exclude.
  public static let shipped: FormLibrary = {
    do {
      return try parseShipped()
    } catch {
      fatalError("shipped form: \(error)")
    }
  }()

  static func parseShipped() throws(FormError) -> FormLibrary {
    let files = shippedFiles()
    var library = FormLibrary()
    for file in files where file.name == "lists.yaml" {
      library.sharedLists = try parseLists(bytes: file.bytes, fileName: file.name)
    }
    for file in files where file.name != "lists.yaml" {
      try library.add(bytes: file.bytes, fileName: file.name)
    }
    return library
  }

  /// The files as shipped, for a hub that publishes them.
  public static func shippedFiles() -> [(name: String, bytes: [UInt8])] {
    (0..<yarrow_shipped_forms_count).map { n in
      let file = yarrow_shipped_form_at(n).pointee
      return (
        String(cString: file.name),
        Array(UnsafeBufferPointer(start: file.bytes, count: Int(file.count)))
      )
    }
  }
}
