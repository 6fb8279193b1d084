extension Form {
  /// The calculated fields outside repeats whose value follows from `field`, directly or through
  /// others, and from none of `contested` (forms §5.4): in the order of evaluation.
  package func calculations(
    following field: String, unlessFrom contested: Set<String>
  ) -> [Field] {
    var following: Set<Int> = []
    var unsettled = Set(contested.compactMap { indexes[$0] })
    if let index = indexes[field] { following.insert(index) }
    var found: [Field] = []
    for index in evaluationOrder {
      // What is calculated anew no longer is what its own writes said.
      let reads =
        (fields[index].calculation?.reads ?? []) + (fields[index].relevant?.reads ?? [])
      guard fields[index].type == .calculate, fields[index].repeat == nil,
        reads.contains(where: following.contains)
      else { continue }
      if reads.contains(where: unsettled.contains) {
        unsettled.insert(index)
      } else {
        unsettled.remove(index)
        following.insert(index)
        found.append(fields[index])
      }
    }
    return found
  }
}
