import SyncCore

/// Reads the `fields` of a form, groups and repeats included (forms §2).
struct FieldReader {
  let limits: FormLimits
  private(set) var drafts: [FieldDraft] = []
  private var names: Set<String> = []

  init(limits: FormLimits) { self.limits = limits }

  mutating func read(
    _ node: YAMLNode, container: Int?, outerRepeat: Int?, depth: Int
  ) throws(FormError) {
    guard depth <= limits.groupDepthMax else {
      throw FormError(
        .tooDeep, "Groups nest \(limits.groupDepthMax) deep at most; flatten one.", at: node.mark)
    }
    for item in try node.items("fields") {
      guard drafts.count < limits.fieldsMax else {
        throw FormError(
          .limit, "A form has \(limits.fieldsMax) fields at most; split it.", at: item.mark)
      }
      let keys = try item.keyed("A field", allowed: FieldDraft.keys)
      var draft = FieldDraft()
      draft.name = try name(keys)
      draft.index = drafts.count
      draft.container = container
      draft.outerRepeat = outerRepeat
      draft.mark = item.mark
      do throws(FormError) {
        try fill(&draft, keys)
      } catch {
        throw error.in(field: draft.name)
      }
      drafts.append(draft)
      if draft.type.isContainer {
        if draft.type == .repeat, outerRepeat != nil {
          throw FormError(
            .keyNotForType, "A repeat cannot stand inside a repeat; use a child form.",
            at: item.mark
          ).in(field: draft.name)
        }
        try read(
          try keys.require("fields"), container: draft.index,
          outerRepeat: draft.type == .repeat ? draft.index : outerRepeat, depth: depth + 1)
      }
    }
  }

  private mutating func name(_ keys: YAMLKeys) throws(FormError) -> String {
    let node = try keys.require("name")
    let name = try node.text("name")
    guard isPlainName(name, max: 48) else {
      throw FormError(
        .badName,
        "\(printable(name)) cannot name a field; use a lower-case letter, then up to 47 "
          + "lower-case letters, digits and _.", at: node.mark)
    }
    guard names.insert(name).inserted else {
      throw FormError(
        .duplicateName, "Two fields are named \(name); rename one (groups do not set names apart).",
        at: node.mark)
    }
    return name
  }

  private func fill(_ draft: inout FieldDraft, _ keys: YAMLKeys) throws(FormError) {
    let typeNode = try keys.require("type")
    let typeName = try typeNode.text("type")
    guard let type = FieldType(rawValue: typeName) else {
      throw FormError(
        .unknownType,
        "There is no type \(printable(typeName)); use one of: "
          + FieldType.allCases.map(\.rawValue).joined(separator: ", ") + ".", at: typeNode.mark)
    }
    draft.type = type
    let allowed = FieldDraft.keys(for: type)
    for pair in keys.pairs {
      draft.marks[pair.key] = pair.value.mark
      guard allowed.contains(pair.key) else {
        throw FormError(
          .keyNotForType, "A \(typeName) has no \(pair.key); remove it.", at: pair.mark)
      }
    }
    try fillType(&draft, keys)
    try fillClassAndMerge(&draft, keys)
    let texts = TextReader(limits: limits)
    if let label = keys["label"] {
      draft.labels = try texts.read(label, "label")
    } else if !type.isContainer, type != .calculate {
      throw FormError(.missingKey, "A \(typeName) needs a label.", at: keys.mark)
    }
    draft.hints = try texts.read(optional: keys["hint"], "hint")
    draft.constraintMessages = try texts.read(
      optional: keys["constraint_message"], "constraint_message")
    draft.requiredMessages = try texts.read(optional: keys["required_message"], "required_message")
    try fillExpressions(&draft, keys)
  }

  private func fillType(_ draft: inout FieldDraft, _ keys: YAMLKeys) throws(FormError) {
    draft.resultType = draft.type
    if draft.type == .calculate {
      draft.resultType = .text
      _ = try keys.require("calculation")
      if let node = keys["result_type"] {
        guard let result = FieldType(rawValue: try node.text("result_type")),
          FieldType.results.contains(result)
        else {
          throw FormError(
            .unknownType,
            "A calculation results in text, integer, decimal, date or boolean.", at: node.mark)
        }
        draft.resultType = result
      }
    }
    if draft.type.isSelect { draft.choices = try keys.require("choices").text("choices") }
  }

  private func fillClassAndMerge(_ draft: inout FieldDraft, _ keys: YAMLKeys) throws(FormError) {
    if let node = keys["class"] {
      guard let sensitivity = SensitivityClass(name: try node.text("class")) else {
        throw FormError(
          .unknownClass, "class is operational, coded, sensitive or identity.", at: node.mark)
      }
      draft.sensitivity = sensitivity
    }
    let isSet = draft.type == .selectMultiple
    draft.merge = isSet ? .set : draft.type == .calculate ? .latest : .review
    if let node = keys["merge"] {
      guard let merge = MergePolicy(rawValue: try node.text("merge")) else {
        throw FormError(
          .unknownMerge, "merge is review, protective, set, append or latest.", at: node.mark)
      }
      let fits =
        switch merge {
        case .set: isSet
        case .append: draft.type == .text
        case .protective: draft.type == .selectOne
        case .review, .latest: !isSet
        }
      guard fits else {
        throw FormError(
          .mergeNotForType,
          "merge: \(merge.rawValue) does not go with this type: set is for every "
            + "select_multiple and only for it, append for text, protective for select_one.",
          at: node.mark)
      }
      draft.merge = merge
    }
    if let node = keys["order"] {
      guard draft.merge == .protective else {
        throw FormError(.order, "order goes with merge: protective only.", at: node.mark)
      }
      var order: [String] = []
      for item in try node.items("order") { order.append(try item.text("A code of order")) }
      draft.order = order
    } else if draft.merge == .protective {
      throw FormError(
        .order, "merge: protective needs order, with the most protective code first.",
        at: keys.mark)
    }
  }

  private func fillExpressions(_ draft: inout FieldDraft, _ keys: YAMLKeys) throws(FormError) {
    for key in ["required", "relevant", "constraint", "choice_filter", "default", "calculation"] {
      guard let node = keys[key] else { continue }
      let text = try node.text(key)
      if key == "required", text == "true" || text == "false" {
        draft.requiredAlways = text == "true"
        continue
      }
      guard case .scalar(_, let mark, let offset) = node else { continue }
      draft.sources.append(
        FieldDraft.Source(attribute: key, text: text, mark: mark, inlineOffset: offset))
    }
  }
}

extension FormError {
  func `in`(field: String, attribute: String? = nil) -> FormError {
    var copy = self
    copy.field = copy.field ?? field
    copy.attribute = copy.attribute ?? attribute
    return copy
  }
}
