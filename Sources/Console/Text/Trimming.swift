extension SafeText {
  /// Without white space at both ends.
  static func trimmed(_ text: String) -> String {
    var slice = text.drop { $0.isWhitespace }
    while slice.last?.isWhitespace == true { slice.removeLast() }
    return String(slice)
  }

  /// Line breaks as spaces.
  static func singleLine(_ text: String) -> String {
    String(text.map { $0.isNewline ? " " : $0 })
  }
}
