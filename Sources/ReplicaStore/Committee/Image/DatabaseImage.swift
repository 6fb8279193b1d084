/// Writes an SQLite database file that is a function of its content alone (committee §6).
///
/// The file format is fixed and public, so no library of any version decides where a byte goes:
/// whoever has the content makes the same file, and one changed byte is seen wherever it lies, in
/// space that no query reaches too.
struct DatabaseImage {
  static let pageSize = 4096
  static let applicationID: UInt32 = 0x5952_5743
  static let userVersion: UInt32 = 1
  /// Children of one interior page.
  private static let fanOut = 256

  /// Which row lies where; only kept when asked for.
  struct Extent {
    let bytes: Range<Int>
    let table: String
    let rowID: Int64
  }

  private(set) var bytes: [UInt8] = []
  private(set) var extents: [Extent] = []
  private let recordsExtents: Bool
  private var pageCount: Int { bytes.count / Self.pageSize }

  /// - Parameter content: one element for each table of the schema, in its order.
  init(schema: [SchemaItem], content: [TableContent], recordingExtents: Bool = false) {
    recordsExtents = recordingExtents
    _ = allocate()
    var rows: [TableRow] = []
    for (place, item) in schema.enumerated() {
      var root = 0
      if item.kind == .table, let table = content.first(where: { $0.name == item.name }) {
        root = write(table)
      }
      rows.append(
        TableRow(
          rowID: Int64(place) + 1,
          values: [
            .text(item.kind.rawValue), .text(item.name), .text(item.name),
            .integer(Int64(root)), .text(item.sql),
          ]))
    }
    write(schemaRows: rows)
    writeHeader()
  }

  /// A new page of zeros; its number, from one.
  private mutating func allocate() -> Int {
    bytes.append(contentsOf: repeatElement(0, count: Self.pageSize))
    return pageCount
  }

  private struct Cell {
    let bytes: [UInt8]
    let rowID: Int64
    var overflow: Range<Int>?
  }

  private struct Child {
    let page: Int
    let lastRowID: Int64
  }

  private mutating func write(_ table: TableContent) -> Int {
    var level = writeLeaves(table, from: 0)
    while level.count > 1 {
      level = group(level).map { children in
        let page = allocate()
        writeInterior(children, page: page)
        return Child(page: page, lastRowID: children[children.endIndex - 1].lastRowID)
      }
    }
    return level[0].page
  }

  /// The schema's root is page one: a leaf when it fits, else the parent of leaves at the end.
  private mutating func write(schemaRows rows: [TableRow]) {
    let table = TableContent(name: "sqlite_schema", rows: rows)
    let cells = rows.map { cell($0, table: table.name) }
    if 100 + 8 + cells.reduce(0, { $0 + $1.bytes.count + 2 }) <= Self.pageSize {
      writeLeaf(cells[...], page: 1, table: table.name)
    } else {
      let leaves = writeLeaves(table, from: 0)
      precondition(leaves.count <= Self.fanOut)
      writeInterior(leaves[...], page: 1)
    }
  }

  /// Fills leaves one after the other. A leaf's page comes before the overflow pages of its rows.
  private mutating func writeLeaves(_ table: TableContent, from start: Int) -> [Child] {
    var children: [Child] = []
    var page = allocate()
    var pending: [Cell] = []
    var used = 8
    for row in table.rows {
      let size = cellSize(row)
      if used + size + 2 > Self.pageSize {
        writeLeaf(pending[...], page: page, table: table.name)
        children.append(Child(page: page, lastRowID: pending[pending.count - 1].rowID))
        page = allocate()
        pending = []
        used = 8
      }
      pending.append(cell(row, table: table.name))
      used += size + 2
    }
    writeLeaf(pending[...], page: page, table: table.name)
    children.append(Child(page: page, lastRowID: pending.last?.rowID ?? 0))
    return children
  }

  /// Groups of at most ``fanOut``, none of one: the group before gives it its last.
  private func group(_ children: [Child]) -> [ArraySlice<Child>] {
    var groups: [ArraySlice<Child>] = []
    var start = 0
    while start < children.count {
      var end = min(start + Self.fanOut, children.count)
      if children.count - end == 1 { end -= 1 }
      groups.append(children[start..<end])
      start = end
    }
    return groups
  }

  // MARK: Cells

  private static let localMax = pageSize - 35
  private static let localMin = (pageSize - 12) * 32 / 255 - 23

  /// Bytes of the payload that lie in the leaf itself.
  private func local(_ payload: Int) -> Int {
    guard payload > Self.localMax else { return payload }
    let kept = Self.localMin + (payload - Self.localMin) % (Self.pageSize - 4)
    return kept <= Self.localMax ? kept : Self.localMin
  }

  private func cellSize(_ row: TableRow) -> Int {
    var head: [UInt8] = []
    let payload = SQLiteValue.record(row.values).count
    head.appendVarint(UInt64(payload))
    head.appendVarint(UInt64(bitPattern: row.rowID))
    let local = local(payload)
    return head.count + local + (local < payload ? 4 : 0)
  }

  private mutating func cell(_ row: TableRow, table: String) -> Cell {
    let payload = SQLiteValue.record(row.values)
    var cell: [UInt8] = []
    cell.appendVarint(UInt64(payload.count))
    cell.appendVarint(UInt64(bitPattern: row.rowID))
    let local = local(payload.count)
    cell += payload[..<local]
    guard local < payload.count else { return Cell(bytes: cell, rowID: row.rowID) }
    let first = pageCount + 1
    var rest = payload[local...]
    while !rest.isEmpty {
      let page = allocate()
      let part = rest.prefix(Self.pageSize - 4)
      rest = rest.dropFirst(part.count)
      let at = (page - 1) * Self.pageSize
      put(UInt32(rest.isEmpty ? 0 : page + 1), at: at)
      bytes.replaceSubrange(at + 4..<at + 4 + part.count, with: part)
      note(at..<at + 4 + part.count, table, row.rowID)
    }
    cell.append(contentsOf: withUnsafeBytes(of: UInt32(first).bigEndian, Array.init))
    return Cell(bytes: cell, rowID: row.rowID)
  }

  // MARK: Pages

  private mutating func writeLeaf(_ cells: ArraySlice<Cell>, page: Int, table: String) {
    let at = (page - 1) * Self.pageSize
    let header = page == 1 ? at + 100 : at
    var end = Self.pageSize
    for (place, cell) in cells.enumerated() {
      end -= cell.bytes.count
      bytes.replaceSubrange(at + end..<at + end + cell.bytes.count, with: cell.bytes)
      put(UInt16(end), at: header + 8 + 2 * place)
      note(at + end..<at + end + cell.bytes.count, table, cell.rowID)
      note(header + 8 + 2 * place..<header + 10 + 2 * place, table, cell.rowID)
    }
    bytes[header] = 0x0d
    put(UInt16(cells.count), at: header + 3)
    put(UInt16(end), at: header + 5)
  }

  private mutating func writeInterior(_ children: ArraySlice<Child>, page: Int) {
    let at = (page - 1) * Self.pageSize
    let header = page == 1 ? at + 100 : at
    var end = Self.pageSize
    for (place, child) in children.dropLast().enumerated() {
      var cell = withUnsafeBytes(of: UInt32(child.page).bigEndian, Array.init)
      cell.appendVarint(UInt64(bitPattern: child.lastRowID))
      end -= cell.count
      bytes.replaceSubrange(at + end..<at + end + cell.count, with: cell)
      put(UInt16(end), at: header + 12 + 2 * place)
    }
    bytes[header] = 0x05
    put(UInt16(children.count - 1), at: header + 3)
    put(UInt16(end), at: header + 5)
    put(UInt32(children[children.endIndex - 1].page), at: header + 8)
  }

  private mutating func writeHeader() {
    bytes.replaceSubrange(0..<16, with: Array("SQLite format 3\0".utf8))
    put(UInt16(Self.pageSize), at: 16)
    bytes[18] = 1
    bytes[19] = 1
    bytes[21] = 64
    bytes[22] = 32
    bytes[23] = 32
    put(UInt32(1), at: 24)
    put(UInt32(pageCount), at: 28)
    put(UInt32(1), at: 40)
    put(UInt32(4), at: 44)
    put(UInt32(1), at: 56)
    put(Self.userVersion, at: 60)
    put(Self.applicationID, at: 68)
    put(UInt32(1), at: 92)
    // The first version that reads strict tables.
    put(UInt32(3_037_000), at: 96)
  }

  private mutating func put(_ value: some FixedWidthInteger, at offset: Int) {
    withUnsafeBytes(of: value.bigEndian) { raw in
      for (i, byte) in raw.enumerated() { bytes[offset + i] = byte }
    }
  }

  private mutating func note(_ range: Range<Int>, _ table: String, _ rowID: Int64) {
    if recordsExtents { extents.append(Extent(bytes: range, table: table, rowID: rowID)) }
  }
}
