import SyncCore

extension Form {
  /// Reads, checks and compiles one form file (forms §1).
  ///
  /// - Parameters:
  ///   - bytes: the YAML file, UTF-8.
  ///   - fileName: named in errors.
  ///   - sharedLists: what ``FormLibrary/parseLists(bytes:fileName:limits:)`` gave; a list of the
  ///     form itself wins over a shared one.
  ///   - limits: bounds on the file.
  public static func parse(
    bytes: [UInt8], fileName: String, sharedLists: [String: ChoiceList] = [:],
    limits: FormLimits = .specified
  ) throws(FormError) -> Form {
    do throws(FormError) {
      let root = try YAMLReader.read(bytes, limits: limits)
      return try FormParser(limits: limits, sharedLists: sharedLists).form(root)
    } catch {
      throw error.in(file: fileName)
    }
  }

  /// The same for a form that is compiled into this program.
  package static func parse(
    shipped bytes: [UInt8], fileName: String, sharedLists: [String: ChoiceList]
  ) throws(FormError) -> Form {
    guard let root = PlainYAML.read(bytes) else {
      return try parse(bytes: bytes, fileName: fileName, sharedLists: sharedLists)
    }
    do throws(FormError) {
      return try FormParser(limits: .specified, sharedLists: sharedLists).form(root)
    } catch {
      throw error.in(file: fileName)
    }
  }
}

extension FormError {
  func `in`(file: String) -> FormError {
    var copy = self
    copy.file = file
    return copy
  }
}

/// Reads the top level of a form.
struct FormParser {
  let limits: FormLimits
  let sharedLists: [String: ChoiceList]

  private static let keys: Set<String> = [
    "form", "version", "title", "area", "parent", "parent_field", "summary", "lists", "fields",
    "aliases",
  ]

  func form(_ root: YAMLNode) throws(FormError) -> Form {
    let keys = try root.keyed("A form", allowed: Self.keys)
    let name = try formName(try keys.require("form"))
    let version = try version(try keys.require("version"))
    let titles = try TextReader(limits: limits).read(try keys.require("title"), "title")
    var lists = sharedLists
    if let node = keys["lists"] {
      let own = try ChoiceListReader(limits: limits).read(node)
      lists.merge(own) { $1 }
    }
    var reader = FieldReader(limits: limits)
    try reader.read(try keys.require("fields"), container: nil, outerRepeat: nil, depth: 0)
    let compiled = try FormCompiler(drafts: reader.drafts, lists: lists, limits: limits).compile()
    let indexes = compiled.indexes
    let used = Set(compiled.fields.compactMap(\.choices))
    return Form(
      name: name, version: version, place: try place(keys, compiled), fields: compiled.fields,
      summary: try summary(keys["summary"], compiled), aliases: try aliases(keys, compiled),
      limits: limits, titles: titles, lists: lists.filter { used.contains($0.key) },
      indexes: indexes, evaluationOrder: compiled.order)
  }

  private func formName(_ node: YAMLNode) throws(FormError) -> String {
    let name = try node.text("form")
    guard isPlainName(name, max: 32) else {
      throw FormError(
        .badName,
        "\(printable(name)) cannot name a form; use a lower-case letter, then up to 31 "
          + "lower-case letters, digits and _.", at: node.mark)
    }
    return name
  }

  private func version(_ node: YAMLNode) throws(FormError) -> UInt32 {
    let text = try node.text("version")
    guard let version = UInt32(text), version > 0, String(version) == text else {
      throw FormError(.badVersion, "version is a whole number from 1.", at: node.mark)
    }
    return version
  }

  private func place(_ keys: YAMLKeys, _ compiled: CompiledFields) throws(FormError) -> Form.Place {
    switch (keys["area"], keys["parent"], keys["parent_field"]) {
    case (let area?, nil, nil):
      let name = try area.text("area")
      let field = try compiled.field(name, at: area.mark)
      guard field.type == .selectOne, field.choosesArea, field.repeat == nil,
        field.sensitivity <= .coded
      else {
        throw FormError(
          .areaOrParent,
          "area must name a select_one with choices: areas, outside repeats, of class "
            + "operational or coded.", at: area.mark)
      }
      return .root(areaField: name)
    case (nil, let parent?, let link?):
      let name = try link.text("parent_field")
      let field = try compiled.field(name, at: link.mark)
      guard field.type == .record, field.repeat == nil else {
        throw FormError(
          .areaOrParent, "parent_field must name a field of type record, outside repeats.",
          at: link.mark)
      }
      return .child(parent: try formName(parent), field: name)
    default:
      throw FormError(
        .areaOrParent, "A form has either area, or parent and parent_field.", at: keys.mark)
    }
  }

  private func summary(_ node: YAMLNode?, _ compiled: CompiledFields) throws(FormError)
    -> [String]
  {
    guard let node else { return [] }
    var names: [String] = []
    for item in try node.items("summary") {
      let name = try item.text("A name in summary")
      let field = try compiled.field(name, at: item.mark)
      guard field.type.holdsAnswer, field.repeat == nil else {
        throw FormError(
          .unknownField, "summary names fields with an answer, outside repeats.", at: item.mark)
      }
      names.append(name)
    }
    return names
  }

  private func aliases(_ keys: YAMLKeys, _ compiled: CompiledFields) throws(FormError)
    -> [String: String]
  {
    guard let node = keys["aliases"] else { return [:] }
    var aliases: [String: String] = [:]
    for pair in try node.pairs("aliases") {
      guard Choice.isCode(pair.key) else {
        throw FormError(
          .badName, "\(printable(pair.key)) cannot be an alias; use letters, digits and _.",
          at: pair.mark)
      }
      guard compiled.indexes[pair.key] == nil else {
        throw FormError(
          .duplicateName, "\(pair.key) is a field already, so it cannot be an alias.",
          at: pair.mark)
      }
      let name = try pair.value.text("An alias")
      _ = try compiled.field(name, at: pair.value.mark)
      aliases[pair.key] = name
    }
    return aliases
  }
}
