public import SyncCore

/// Why an entry is listed in quarantine (forms §6).
public enum QuarantineReason: String, Sendable, Hashable, CaseIterable {
  /// The form has no such field, or it holds no answer, or it is not in that repeat.
  case unknownField = "unknown_field"
  /// The section's class is not the field's class.
  case wrongSection = "wrong_section"
  /// A value where a set of codes must be, or another kind of value, or not in its one text form.
  case wrongType = "wrong_type"
  /// Not a code of the choice list.
  case codeUnknown = "code_unknown"
  /// Over a limit.
  case tooLong = "too_long"
  /// The field's constraint does not hold, whatever else the record says.
  case constraint
  /// The field's choice filter does not offer the code, whatever else the record says.
  case codeUnavailable = "code_unavailable"
}

extension Form {
  /// Checks the write of one value to one field, by the form alone (forms §6).
  ///
  /// - Parameters:
  ///   - name: the field's name, without the instance of a repeat.
  ///   - repeatName: the repeat that the write names an instance of; nil outside repeats.
  ///   - section: the class of the section that holds the write.
  ///   - value: what was written.
  /// - Returns: nil when nothing is wrong.
  public func checkReadable(
    name: String, in repeatName: String? = nil, section: SensitivityClass, value: FieldValue
  ) -> QuarantineReason? {
    switch writable(name, in: repeatName, section: section) {
    case .failure(let reason): reason
    case .success(let index):
      if fields[index].type == .selectMultiple, value != .cleared {
        .wrongType
      } else {
        fault(.value(value), at: index)
      }
    }
  }

  /// Checks the write of a select_multiple: the codes that it adds and those that it removes.
  public func checkReadable(
    name: String, in repeatName: String? = nil, section: SensitivityClass, adding: [String],
    removing: [String] = []
  ) -> QuarantineReason? {
    switch writable(name, in: repeatName, section: section) {
    case .failure(let reason): return reason
    case .success(let index):
      guard fields[index].type == .selectMultiple else { return .wrongType }
      guard adding.count + removing.count <= 2 * limits.codesPerAnswerMax else { return .tooLong }
      for codes in [adding, removing] {
        if let reason = fault(.codes(codes.sorted(by: utf8Less)), at: index) { return reason }
      }
      return nil
    }
  }

  private enum Writable {
    case success(Int)
    case failure(QuarantineReason)
  }

  private func writable(_ name: String, in repeatName: String?, section: SensitivityClass)
    -> Writable
  {
    guard let index = indexes[name] else { return .failure(.unknownField) }
    guard fields[index].type.holdsAnswer,
      fields[index].repeat.map({ fields[$0].name }) == repeatName
    else { return .failure(.unknownField) }
    return fields[index].sensitivity == section ? .success(index) : .failure(.wrongSection)
  }

  private func fault(_ answer: Answer, at index: Int) -> QuarantineReason? {
    do throws(AnswerShape.Fault) {
      _ = try AnswerShape.value(
        answer, type: fields[index].resultType, list: fields[index].list, limits: limits)
      return nil
    } catch {
      switch error {
      case .type: return .wrongType
      case .tooLong: return .tooLong
      case .codeUnknown: return .codeUnknown
      }
    }
  }
}
