/// Finding random ids by an index of their first six bytes.
///
/// A batch of random ids writes a page of the index for nearly each of them, until the index has fewer
/// pages than the batch has ids. One of prefixes has a quarter of the pages of one of whole hashes, and
/// no more than one id in 2^48 stands beside another.
enum BytePrefix {
  /// What is indexed of a column.
  static func of(_ column: String) -> String { "substr(\(column), 1, 6)" }

  /// The condition that a column equals the first argument.
  static func equals(_ column: String) -> String {
    "\(of(column)) = \(of("?1")) AND \(column) = ?1"
  }

  /// The condition that a column lies between the first argument and the second.
  static func between(_ column: String) -> String {
    "\(of(column)) BETWEEN \(of("?1")) AND \(of("?2")) AND \(column) BETWEEN ?1 AND ?2"
  }
}
