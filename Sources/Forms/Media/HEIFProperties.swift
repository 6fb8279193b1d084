/// What a picture is shown by (ISO/IEC 23008-12, `iprp`). Whatever is not here goes: profiles of
/// colour, descriptions, times, a camera's values.
enum HEIFProperty: Hashable {
  case configuration(HEIFConfiguration)
  /// Width and height.
  case size([UInt8])
  /// Bits of each channel.
  case bits([UInt8])
  /// Colours by the numbers of ISO/IEC 23091-2.
  case colours([UInt8])
  case pixelShape([UInt8])
  case cut([UInt8])
  /// Quarters of a turn, against the clock.
  case turned(UInt8)
  case mirrored(UInt8)
  /// The item is the transparency of another.
  case alpha

  private static let alphaNames = Set([HEIFCoding.hevc, .av1].map(\.alphaName))

  /// Nil for one that goes.
  init?(_ box: ISOBox) throws(MediaFault) {
    var reader = box.content
    switch box.name {
    case "hvcC": self = .configuration(.hevc(try HEVCConfiguration(reader)))
    case "av1C": self = .configuration(.av1(try AV1Configuration(reader)))
    case "ispe":
      _ = try reader.version()
      self = .size(Array(try reader.take(8)))
    case "pixi":
      _ = try reader.version()
      let count = Int(try reader.byte())
      self = .bits(Array(try reader.take(count)))
    case "colr":
      guard try reader.take(4).elementsEqual("nclx".utf8) else { return nil }
      let numbers = Array(try reader.take(6))
      self = .colours(numbers + [try reader.byte() & 0x80])
    case "pasp": self = .pixelShape(Array(try reader.take(8)))
    case "clap": self = .cut(Array(try reader.take(32)))
    case "irot": self = .turned(try reader.byte() & 3)
    case "imir": self = .mirrored(try reader.byte() & 1)
    case "auxC":
      _ = try reader.version()
      let name = try reader.take(reader.left).prefix { $0 != 0 }
      guard Self.alphaNames.contains(String(decoding: name, as: UTF8.self)) else { return nil }
      self = .alpha
    default: return nil
    }
  }

  /// A reader that does not know it must not show the picture.
  var isEssential: Bool {
    switch self {
    case .configuration, .cut, .turned, .mirrored: true
    case .size, .bits, .colours, .pixelShape, .alpha: false
    }
  }

  func box(_ coding: HEIFCoding) -> [UInt8] {
    switch self {
    case .configuration(.hevc(let configuration)): ISOBox.box("hvcC", configuration.bytes)
    case .configuration(.av1(let configuration)): ISOBox.box("av1C", configuration.bytes)
    case .size(let bytes): ISOBox.full("ispe", bytes)
    case .bits(let bytes): ISOBox.full("pixi", [UInt8(bytes.count)] + bytes)
    case .colours(let bytes): ISOBox.box("colr", Array("nclx".utf8) + bytes)
    case .pixelShape(let bytes): ISOBox.box("pasp", bytes)
    case .cut(let bytes): ISOBox.box("clap", bytes)
    case .turned(let quarters): ISOBox.box("irot", [quarters])
    case .mirrored(let axis): ISOBox.box("imir", [axis])
    case .alpha: ISOBox.full("auxC", Array(coding.alphaName.utf8) + [0])
    }
  }
}

/// How the pixels of an item are coded, by its kind in the file.
enum HEIFCoding: String {
  case hevc = "hvc1"
  case av1 = "av01"

  /// What an item says that is the transparency of another.
  var alphaName: String {
    switch self {
    case .hevc: "urn:mpeg:hevc:2015:auxid:1"
    case .av1: "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha"
    }
  }
}

/// What the decoder of a coding is configured with.
enum HEIFConfiguration: Hashable {
  case hevc(HEVCConfiguration)
  case av1(AV1Configuration)

  var coding: HEIFCoding {
    switch self {
    case .hevc: .hevc
    case .av1: .av1
    }
  }

  /// The units that are the picture.
  func picture(_ data: [UInt8]) throws(MediaFault) -> [UInt8] {
    switch self {
    case .hevc(let configuration): try configuration.picture(data)
    case .av1(let configuration): try configuration.picture(data)
    }
  }
}
