/// Which item has which properties, in the order in which a picture is turned and cut
/// (ISO/IEC 23008-12, `ipco` and `ipma`).
///
/// A property is read once, however many items have it, and goes by its number.
struct HEIFAssociations {
  private struct Link {
    /// In the file, from 1; 0 is none.
    let number: Int
    let isEssential: Bool
  }

  private enum Entry {
    /// With the number of the first one that says the same.
    case stays(Int)
    case goes(isProfile: Bool)
    /// Matters only where the item stays.
    case broken(MediaFault)
  }

  private var entries: [Entry] = []
  private var properties: [HEIFProperty] = []
  private var links: [Int: [Link]] = [:]

  init(_ box: ISOBox) throws(MediaFault) {
    let boxes = try box.boxes()
    var first: [HEIFProperty: Int] = [:]
    for box in try boxes.needed("ipco").boxes() {
      do throws(MediaFault) {
        guard let property = try HEIFProperty(box) else {
          entries.append(.goes(isProfile: box.name == "colr"))
          continue
        }
        let number = first[property] ?? properties.count
        if first[property] == nil { properties.append(property) }
        first[property] = number
        entries.append(.stays(number))
      } catch { entries.append(.broken(error)) }
    }
    for box in boxes where box.name == "ipma" { try read(box.content) }
  }

  private mutating func read(_ content: MediaReader) throws(MediaFault) {
    var reader = content
    let (version, flags) = try reader.version(max: 1)
    let isWide = flags & 1 == 1
    for _ in 0..<(try reader.count(of: version == 0 ? 3 : 5, max: HEIFItems.countMax)) {
      let item = version == 0 ? try reader.big16() : try reader.big32()
      var own: [Link] = []
      for _ in 0..<(try reader.byte()) {
        // A bit, and a number of 7 bits or of 15.
        let both = isWide ? try reader.big16() : Int(try reader.byte())
        let bit = isWide ? 0x8000 : 0x80
        own.append(Link(number: both & (bit - 1), isEssential: both & bit != 0))
      }
      guard links.updateValue(own, forKey: item) == nil else { throw .damaged }
    }
  }

  // MARK: Asking

  /// Whether an item is the transparency of another.
  func isAlpha(_ item: Int) -> Bool {
    (links[item] ?? []).contains { link in
      guard link.number >= 1, link.number <= entries.count,
        case .stays(let number) = entries[link.number - 1]
      else { return false }
      return properties[number] == .alpha
    }
  }

  /// The numbers of those that stay.
  func numbers(of item: Int) throws(MediaFault) -> [Int] {
    var found: [Int] = []
    for link in links[item] ?? [] where link.number > 0 {
      guard link.number <= entries.count else { throw .damaged }
      switch entries[link.number - 1] {
      case .stays(let number): found.append(number)
      case .broken(let fault): throw fault
      // Without it the picture would be another; without a profile it is somewhat paler.
      case .goes(let isProfile): guard isProfile || !link.isEssential else { throw .unusual }
      }
    }
    return found
  }

  subscript(number: Int) -> HEIFProperty { properties[number] }

  // MARK: Writing

  /// The properties of items 1 and up, each written once.
  func box(_ items: [[Int]], _ coding: HEIFCoding) -> [UInt8] {
    var written: [Int: Int] = [:]
    var container: [UInt8] = []
    for number in items.joined() where written[number] == nil {
      written[number] = written.count + 1
      container += properties[number].box(coding)
    }
    let isWide = written.count > 0x7F
    let bit = isWide ? 0x8000 : 0x80
    var content: [UInt8] = []
    content.append(big32: items.count)
    for (index, numbers) in items.enumerated() {
      content.append(big16: index + 1)
      content.append(UInt8(numbers.count))
      for number in numbers {
        let both = (written[number] ?? 0) | (properties[number].isEssential ? bit : 0)
        if isWide { content.append(big16: both) } else { content.append(UInt8(both)) }
      }
    }
    return ISOBox.box(
      "iprp", [ISOBox.box("ipco", container), ISOBox.full("ipma", flags: isWide ? 1 : 0, content)])
  }
}
