/// Reads `lists` (forms §1.4).
struct ChoiceListReader {
  let limits: FormLimits

  func read(_ node: YAMLNode) throws(FormError) -> [String: ChoiceList] {
    let pairs = try node.pairs("lists")
    guard pairs.count <= limits.listsMax else {
      throw FormError(.limit, "A file has \(limits.listsMax) lists at most.", at: node.mark)
    }
    var lists: [String: ChoiceList] = [:]
    for pair in pairs {
      guard isPlainName(pair.key, max: 48), pair.key != ChoiceList.areasName else {
        throw FormError(
          .badName,
          "\(printable(pair.key)) cannot name a list; use lower-case letters, digits and _, "
            + "and not “areas”, which the programme gives.", at: pair.mark)
      }
      lists[pair.key] = try list(pair.key, pair.value)
    }
    return lists
  }

  private func list(_ name: String, _ node: YAMLNode) throws(FormError) -> ChoiceList {
    let items = try node.items("The list \(name)")
    guard (1...limits.choicesPerListMax).contains(items.count) else {
      throw FormError(
        .limit, "The list \(name) needs 1 to \(limits.choicesPerListMax) choices.", at: node.mark)
    }
    var codes: Set<String> = []
    var choices: [Choice] = []
    choices.reserveCapacity(items.count)
    for item in items {
      let choice = try self.choice(item)
      guard codes.insert(choice.code).inserted else {
        throw FormError(
          .duplicateName, "The list \(name) has the code \(choice.code) twice; remove one.",
          at: item.mark)
      }
      choices.append(choice)
    }
    return ChoiceList(name: name, choices: choices)
  }

  private func choice(_ node: YAMLNode) throws(FormError) -> Choice {
    let keys = YAMLKeys(what: "A choice", mark: node.mark, pairs: try node.pairs("A choice"))
    let codeNode = try keys.require("code")
    let code = try codeNode.text("code")
    guard Choice.isCode(code) else {
      throw FormError(
        .badCode,
        "\(printable(code)) cannot be a code; use up to 64 letters, digits, _, - and . without "
          + "spaces.", at: codeNode.mark)
    }
    let label = try TextReader(limits: limits).read(try keys.require("label"), "label")
    var attributes: [String: String] = [:]
    for pair in keys.pairs where pair.key != "code" && pair.key != "label" {
      guard isPlainName(pair.key, max: 48), pair.key != "name" else {
        throw FormError(
          .badName,
          "\(printable(pair.key)) cannot name an attribute; use lower-case letters, digits and _.",
          at: pair.mark)
      }
      guard attributes.count < limits.attributesPerChoiceMax else {
        throw FormError(
          .limit, "A choice has \(limits.attributesPerChoiceMax) attributes at most.",
          at: pair.mark)
      }
      let text = try pair.value.text("An attribute")
      guard text.utf8.count <= limits.labelBytesMax else {
        throw FormError(
          .limit, "An attribute is \(limits.labelBytesMax) bytes long at most.", at: pair.mark)
      }
      attributes[pair.key] = text
    }
    return Choice(code: code, label: label, attributes: attributes)
  }
}
