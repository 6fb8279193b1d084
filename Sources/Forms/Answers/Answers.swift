public import SyncCore

/// What was answered to one field.
public enum Answer: Sendable, Hashable {
  /// The text of a date, select_one, geopoint… is in its one form (forms §3).
  case value(FieldValue)
  /// The chosen codes of a select_multiple. Reading gives them ascending by bytes, each once; any
  /// other order is evaluated alike.
  case codes([String])

  static func text(_ text: String) -> Answer { .value(.text(text)) }
}

/// Where an answer stands: a field, and for a field of a repeat also which instance.
public struct FieldPath: Sendable, Hashable, CustomStringConvertible {
  public let name: String
  /// The enclosing repeat.
  public let repeatName: String?
  /// Counts from zero; zero outside repeats.
  public let instance: Int

  public init(_ name: String, in repeatName: String? = nil, instance: Int = 0) {
    self.name = name
    self.repeatName = repeatName
    self.instance = repeatName == nil ? 0 : instance
  }

  /// `name`, or `legs[1].name`, where the first instance is 1.
  public var description: String {
    repeatName.map { "\($0)[\(instance + 1)].\(name)" } ?? name
  }
}

/// The answers of one record.
public struct Answers: Sendable, Hashable {
  public typealias Instance = [String: Answer]

  /// By field name; fields of groups stand here too.
  public var fields: [String: Answer]
  /// By the name of the repeat.
  public var repeats: [String: [Instance]]

  public init(_ fields: [String: Answer] = [:], repeats: [String: [Instance]] = [:]) {
    self.fields = fields
    self.repeats = repeats
  }

  /// Setting an instance beyond the last adds empty ones up to it, within `0..<10_000`.
  public subscript(path: FieldPath) -> Answer? {
    get {
      guard let name = path.repeatName else { return fields[path.name] }
      guard let instances = repeats[name], instances.indices.contains(path.instance) else {
        return nil
      }
      return instances[path.instance][path.name]
    }
    set {
      guard let name = path.repeatName else {
        fields[path.name] = newValue
        return
      }
      guard (0..<10_000).contains(path.instance) else { return }
      let held = repeats[name]?.count ?? 0
      if path.instance >= held {
        guard newValue != nil else { return }
        repeats[name, default: []].append(
          contentsOf: repeatElement([:], count: path.instance + 1 - held))
      }
      repeats[name]?[path.instance][path.name] = newValue
    }
  }
}
