/// The tags that are read: those that a picture needs, and those by which one is refused.
enum TIFFTag: Int {
  case newSubfileType = 254
  case subfileType = 255
  case width = 256
  case length = 257
  case bitsPerSample = 258
  case compression = 259
  case photometric = 262
  case fillOrder = 266
  case stripOffsets = 273
  case orientation = 274
  case samplesPerPixel = 277
  case rowsPerStrip = 278
  case stripByteCounts = 279
  case xResolution = 282
  case yResolution = 283
  case planar = 284
  case t4Options = 292
  case t6Options = 293
  case resolutionUnit = 296
  case predictor = 317
  case colorMap = 320
  case tileWidth = 322
  case tileLength = 323
  case tileOffsets = 324
  case tileByteCounts = 325
  case subDirectories = 330
  case inkSet = 332
  case extraSamples = 338
  case sampleFormat = 339
  case jpegTables = 347
  case yCbCrCoefficients = 529
  case yCbCrSubSampling = 530
  case yCbCrPositioning = 531
  case referenceBlackWhite = 532
  /// A camera's raw picture.
  case dngVersion = 50_706
}

enum TIFFCompression: Int {
  case none = 1
  case huffman = 2
  case t4 = 3
  case t6 = 4
  case lzw = 5
  case jpeg = 7
  case deflate = 8
  case packBits = 32_773
  case oldDeflate = 32_946
}

/// What the samples of a pixel mean.
enum TIFFPhotometric: Int {
  case whiteIsZero = 0
  case blackIsZero = 1
  case rgb = 2
  case palette = 3
  case separated = 5
  case yCbCr = 6
  case lab = 8

  /// Samples beyond these are transparency, or whatever a program likes.
  var colours: Int {
    switch self {
    case .whiteIsZero, .blackIsZero, .palette: 1
    case .rgb, .yCbCr, .lab: 3
    case .separated: 4
    }
  }
}

/// A value that is written, in the type that its tag has.
enum TIFFValue {
  case shorts([Int])
  case longs([Int])
  /// Two numbers each.
  case rationals([Int])
  case octets([UInt8])

  var type: Int {
    switch self {
    case .shorts: 3
    case .longs: 4
    case .rationals: 5
    case .octets: 7
    }
  }

  var count: Int {
    switch self {
    case .shorts(let numbers), .longs(let numbers): numbers.count
    case .rationals(let numbers): numbers.count / 2
    case .octets(let bytes): bytes.count
    }
  }

  var byteCount: Int {
    switch self {
    case .shorts(let numbers): 2 * numbers.count
    case .longs(let numbers), .rationals(let numbers): 4 * numbers.count
    case .octets(let bytes): bytes.count
    }
  }

  func bytes(_ order: TIFFOrder) -> [UInt8] {
    switch self {
    case .shorts(let numbers): numbers.flatMap { order.bytes($0, count: 2) }
    case .longs(let numbers), .rationals(let numbers): numbers.flatMap { order.bytes($0, count: 4) }
    case .octets(let bytes): bytes
    }
  }
}
