public import Forms
internal import GRDB
public import SyncCore

/// Deciding between writes that collided (merge §3).
extension Replica {
  public enum ResolveChoice: Sendable {
    /// The write whose entry hash begins with these digits.
    case write(String)
    case value(Answer)
  }

  /// Decides a conflict: keeps one write's value, or a new value (cli `resolve`).
  ///
  /// What the form calculates from the answer is calculated again in the same entry, unless it also
  /// follows from an answer that is still contested. Durable on return.
  ///
  /// - Parameters:
  ///   - record: the record that it stands in.
  ///   - field: the field as the record's state names it.
  ///   - choice: what is kept. A new value must satisfy the form; of what somebody wrote, each value
  ///     may be kept.
  /// - Throws: ``Refusal`` for a value that the form does not accept; ``StoreError`` with `notFound`
  ///   for a field that did not collide, `ambiguous` for digits that name several writes.
  public func resolve(
    _ record: RecordID, field: String, keeping choice: ResolveChoice
  ) throws -> Saved {
    try write { author in
      let loaded = try self.load(record, author.db)
      let form = try self.requireForm(of: loaded, author.db)
      guard let state = loaded.state[field], state.isContested else {
        throw StoreError(.notFound, "The field \(field) of this record has no conflict.")
      }
      let answer: Answer
      let write: FieldWrite
      switch choice {
      case .write(let prefix):
        let kept = try Self.write(prefix, of: state)
        answer = .value(kept.value)
        write = loaded.state.write(field, kept.value, limits: self.limits)
      case .value(let value):
        // A file is attached, not typed.
        guard form.field(state.field)?.type.isFile != true || value == .value(.cleared) else {
          throw Refusal(findings: [Finding(.type, loaded.state.path(of: state))])
        }
        answer = value
        write = loaded.state.write(field, value, limits: self.limits)
      }
      var wanted = loaded.state.answers(form)
      let place = loaded.state.path(of: state)
      wanted[place] = answer
      let evaluation = form.evaluate(
        wanted.withoutCleared, try self.context(author.db, fillsDefaults: false))
      if case .value = choice {
        let findings = evaluation.findings.filter { $0.path == place }
        guard findings.isEmpty else { throw Refusal(findings: findings) }
      }
      var content = LogAuthor.Content()
      let part = form.field(state.field)?.sensitivity ?? .identity
      content.add(field, write, max(part, state.sensitivity))
      let open = Set(loaded.state.conflicts.filter { $0.name != field }.map(\.field))
      for calculated in form.calculations(following: state.field, unlessFrom: open)
      where calculated.name != state.field {
        let computed = evaluation.answers.fields[calculated.name] ?? .value(.cleared)
        let shown = loaded.state[calculated.name]
        guard shown?.isContested == true || (shown?.answer ?? .value(.cleared)) != computed else {
          continue
        }
        content.add(
          calculated.name, loaded.state.write(calculated.name, computed, limits: self.limits),
          max(calculated.sensitivity, shown?.sensitivity ?? .operational))
      }
      return try self.change(
        loaded, kind: .resolve, content: content, version: UInt64(form.version), &author)
    }
  }

  private static func write(_ prefix: String, of state: FieldState) throws -> RemainingWrite {
    let found = state.remaining.filter { $0.hash.hex.hasPrefix(prefix.lowercased()) }
    guard found.count == 1, let kept = found.first else {
      throw StoreError(
        found.isEmpty ? .notFound : .ambiguous,
        "No single write begins with these digits; conflicts lists them.")
    }
    return kept
  }
}

extension RecordState {
  fileprivate func write(_ field: String, _ answer: Answer, limits: Limits) -> FieldWrite {
    switch answer {
    case .value(let value): write(field, value, limits: limits)
    case .codes(let codes): write(field, codes: codes, limits: limits)
    }
  }

  /// Where a field stands among the answers of ``answers(_:)``.
  fileprivate func path(of state: FieldState) -> FieldPath {
    for repeated in repeats {
      for (n, instance) in repeated.instances.enumerated()
      where instance.fields.contains(where: { $0.name == state.name }) {
        return FieldPath(state.field, in: repeated.name, instance: n)
      }
    }
    return FieldPath(state.field)
  }
}
