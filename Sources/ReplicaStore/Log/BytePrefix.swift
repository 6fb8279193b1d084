/// Finding random ids by an index of their first six bytes.
///
/// A batch of random ids writes a page of the index for nearly each of them, until the index has fewer
/// pages than the batch has ids. One of prefixes has a quarter of the pages of one of whole hashes, and
/// no more than one id in 2^48 stands beside another.
enum BytePrefix {
  /// What is indexed of a column.
  static func of(_ column: String) -> String { "substr(\(column), 1, 6)" }

  /// The condition that a column equals an argument, by its number.
  static func equals(_ column: String, argument: Int = 1) -> String {
    "\(of(column)) = \(of("?\(argument)")) AND \(column) = ?\(argument)"
  }

  /// The condition that a column lies between two arguments, by their numbers.
  static func between(_ column: String, _ low: Int, _ high: Int) -> String {
    "\(of(column)) BETWEEN \(of("?\(low)")) AND \(of("?\(high)"))"
      + " AND \(column) BETWEEN ?\(low) AND ?\(high)"
  }
}
