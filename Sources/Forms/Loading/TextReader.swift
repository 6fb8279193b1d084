/// Reads texts in several languages (forms §1.3).
struct TextReader {
  let limits: FormLimits

  func read(optional node: YAMLNode?, _ what: String) throws(FormError) -> LocalizedText? {
    guard let node else { return nil }
    return try read(node, what)
  }

  func read(_ node: YAMLNode, _ what: String) throws(FormError) -> LocalizedText {
    let pairs = try node.pairs(what)
    guard pairs.count <= limits.languagesMax else {
      throw FormError(
        .limit, "\(what) has \(limits.languagesMax) languages at most.", at: node.mark)
    }
    var translations: [LocalizedText.Translation] = []
    for pair in pairs {
      guard Self.isLanguage(pair.key) else {
        throw FormError(
          .badLanguage,
          "\(printable(pair.key)) is not a language; write en, es, fr, ar, pt-BR…", at: pair.mark)
      }
      let text = try pair.value.text(what)
      guard text.utf8.count <= limits.labelBytesMax else {
        throw FormError(
          .limit, "\(what) is \(limits.labelBytesMax) bytes long at most.", at: pair.value.mark)
      }
      translations.append(LocalizedText.Translation(language: pair.key, text: text))
    }
    guard translations.contains(where: { $0.language == "en" }) else {
      throw FormError(
        .missingKey, "\(what) needs en, which is shown where a translation is missing.",
        at: node.mark)
    }
    return LocalizedText(translations)
  }

  /// Two or three lower-case letters, then perhaps `-` and two to eight letters or digits.
  private static func isLanguage(_ text: String) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard let first = parts.first, (2...3).contains(first.utf8.count), parts.count <= 2,
      first.utf8.allSatisfy({ (0x61...0x7A).contains($0) })
    else { return false }
    return parts.dropFirst().allSatisfy { part in
      (2...8).contains(part.utf8.count)
        && part.unicodeScalars.allSatisfy {
          $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil)
        }
    }
  }
}
