/// What the numbers of a colour mean (ISO 32000-1 §8.6).
struct PDFColours {
  let written: PDFObject
  /// Numbers of a colour; of a pattern's, those beside its name.
  let components: Int
  var isPattern = false
  var isIndexed = false

  static let device: [String: Int] = ["DeviceGray": 1, "DeviceRGB": 3, "DeviceCMYK": 4]
  /// As they are called in pictures that stand within a content.
  static let short = ["G": "DeviceGray", "RGB": "DeviceRGB", "CMYK": "DeviceCMYK", "I": "Indexed"]

  init(_ written: PDFObject, components: Int) {
    self.written = written
    self.components = components
  }

  init?(device name: String) {
    guard let components = Self.device[name] else { return nil }
    self.init(.name(name), components: components)
  }
}

extension PDFCleaner {
  private static let componentsMax = 32
  /// Inks that every printer knows. What others are called is not seen.
  private static let inks: Set = ["All", "None", "Cyan", "Magenta", "Yellow", "Black"]

  func colours(_ source: PDFObject) throws(MediaFault) -> PDFColours {
    let (reference, value) = try document.target(source)
    if let reference, let known = colours[reference] { return known }
    let found = try colours(source, value)
    if let reference { colours[reference] = found }
    return found
  }

  private func colours(
    _ source: PDFObject, _ value: PDFObject
  ) throws(MediaFault) -> PDFColours {
    if let name = value.name { return try colours(named: name) }
    guard let array = value.array, let kind = try document.name(array.first) else {
      throw .damaged
    }
    if array.count == 1 { return try colours(named: kind) }
    // A profile says by which device, and often of whom.
    if kind == "ICCBased" { return try profiled(array) }
    var components = 0
    let written = try object(source, as: .colours) { (_) throws(MediaFault) in
      let (own, count) = try self.colours(kind, array)
      components = count
      return .array(own)
    }
    var colours = PDFColours(written, components: components)
    colours.isPattern = kind == "Pattern"
    colours.isIndexed = kind == "Indexed"
    return colours
  }

  private func colours(named name: String) throws(MediaFault) -> PDFColours {
    if let device = PDFColours(device: name) { return device }
    guard name == "Pattern" else { throw .unusual }
    var pattern = PDFColours(.name(name), components: 0)
    pattern.isPattern = true
    return pattern
  }

  /// By its number of components alone.
  private func profiled(_ array: [PDFObject]) throws(MediaFault) -> PDFColours {
    guard let profile = try document.value(array[1]).stream else { throw .damaged }
    let alternate = try document.value(profile.dictionary["Alternate"])
    guard try document.name(alternate.array?.first) != "Lab" else { throw .unusual }
    switch try document.integer(profile.dictionary["N"]) {
    case 1: return PDFColours(.name("DeviceGray"), components: 1)
    case 3: return PDFColours(.name("DeviceRGB"), components: 3)
    case 4: return PDFColours(.name("DeviceCMYK"), components: 4)
    default: throw .damaged
    }
  }

  private func colours(
    _ kind: String, _ array: [PDFObject]
  ) throws(MediaFault) -> (array: [PDFObject], components: Int) {
    let name = PDFObject.name(kind)
    func numbers(_ table: PDFShapes.Table) throws(MediaFault) -> PDFObject {
      guard let own = try document.dictionary(array[1]) else { throw .damaged }
      return .dictionary(try document.taken(own, table))
    }
    switch kind {
    case "CalGray": return ([name, try numbers(PDFShapes.calibratedGray)], 1)
    case "CalRGB": return ([name, try numbers(PDFShapes.calibratedRGB)], 3)
    case "Lab": return ([name, try numbers(PDFShapes.lab)], 3)
    case "Indexed": return ([name] + (try indexed(array)), 1)
    case "Pattern":
      let base = try colours(array[1])
      guard !base.isPattern else { throw .damaged }
      return ([name, base.written], base.components)
    case "Separation", "DeviceN":
      let inks = try inks(array[1])
      return (
        [name, kind == "Separation" ? inks[0] : .array(inks)] + (try mixed(array)), inks.count
      )
    default: throw .unusual
    }
  }

  /// A table of colours, up to its last.
  private func indexed(_ array: [PDFObject]) throws(MediaFault) -> [PDFObject] {
    guard array.count >= 4, let last = try document.integer(array[2]), (0...255).contains(last)
    else { throw .damaged }
    let base = try colours(array[1])
    guard !base.isPattern, !base.isIndexed else { throw .damaged }
    let table: [UInt8]
    switch try document.value(array[3]) {
    case .string(let string): table = string
    case .stream(let stream): table = try document.content(of: stream)
    default: throw .damaged
    }
    let count = (last + 1) * base.components
    guard table.count >= count else { throw .damaged }
    return [base.written, .integer(last), .string(Array(table.prefix(count)))]
  }

  private func inks(_ source: PDFObject) throws(MediaFault) -> [PDFObject] {
    let value = try document.value(source)
    let names = value.array ?? [value]
    guard !names.isEmpty, names.count <= Self.componentsMax else { throw .damaged }
    var inks: [PDFObject] = []
    for name in names {
      guard let name = try document.name(name) else { throw .damaged }
      inks.append(.name(Self.inks.contains(name) ? name : "Spot\(inks.count + 1)"))
    }
    return inks
  }

  /// How inks look on paper or glass that has none of them.
  private func mixed(_ array: [PDFObject]) throws(MediaFault) -> [PDFObject] {
    guard array.count >= 4 else { throw .damaged }
    let base = try colours(array[2])
    guard !base.isPattern, !base.isIndexed else { throw .damaged }
    return [base.written, try function(array[3])]
  }
}
