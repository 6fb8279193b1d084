/// What a content stream may name (ISO 32000-1 §7.8.3), and what it did name.
///
/// Only this is taken along, and under a new name: names of resources are words that some program
/// or person chose.
final class PDFNames {
  enum Category: String, CaseIterable {
    case picture = "XObject"
    case colours = "ColorSpace"
    case state = "ExtGState"
    case font = "Font"
    case pattern = "Pattern"
    case shading = "Shading"

    var prefix: String {
      switch self {
      case .picture: "X"
      case .colours: "C"
      case .state: "G"
      case .font: "F"
      case .pattern: "P"
      case .shading: "S"
      }
    }
  }

  private let source: PDFDictionary?
  private var renamed: [Category: [String: String]] = [:]
  /// Colour spaces by their old names: one that is no object of the file would be made twice.
  var colours: [String: PDFColours] = [:]
  private var taken: [Category: PDFDictionary] = [:]

  /// - Parameter source: nil where a content has the names of whatever shows it, as was allowed
  ///   once.
  init(_ source: PDFDictionary?) { self.source = source }

  func source(
    of name: String, in category: Category, _ document: PDFDocument
  ) throws(MediaFault) -> PDFObject {
    guard source != nil else { throw .unusual }
    guard let found = try find(name, in: category, document) else { throw .damaged }
    return found
  }

  func find(
    _ name: String, in category: Category, _ document: PDFDocument
  ) throws(MediaFault) -> PDFObject? {
    try document.dictionary(source?[category.rawValue])?[name]
  }

  /// The new name.
  func take(
    _ name: String, in category: Category, _ document: PDFDocument,
    _ make: (PDFObject) throws(MediaFault) -> PDFObject
  ) throws(MediaFault) -> String {
    if let known = renamed[category]?[name] { return known }
    let found = try source(of: name, in: category, document)
    let new = add(.null, to: category)
    taken[category]?[new] = try make(found)
    renamed[category, default: [:]][name] = new
    return new
  }

  /// What had no name.
  func add(_ object: PDFObject, to category: Category) -> String {
    let new = "\(category.prefix)\((taken[category]?.count ?? 0) + 1)"
    taken[category, default: [:]][new] = object
    return new
  }

  /// What was named.
  var dictionary: PDFDictionary {
    var dictionary: PDFDictionary = [:]
    for (category, own) in taken { dictionary[category.rawValue] = .dictionary(own) }
    return dictionary
  }
}
