// The neighbourhood of an anti-diagonal, kept as contiguous lines. Cells side by side on a diagonal lie apart in their table;
// as every read goes back by a fixed distance, the few diagonals that one line of cells can touch are kept as rings of
// lines, in which a read is the line at its distance, shifted by whole rows.
//
// A ring goes with one table and one kind of it (values, tangents, derivatives, tangents of derivatives):
//
// - made: a line is filled as its cells are computed (which also go to the table);
// - loaded: a line is gathered from the table when it comes into reach;
// - collected: loaded too; what is added to it while it is in reach are derivatives. Its own rows are used up when its turn
//   has come, and those above the strip go back to the table, for the strip above.
//
// Rows are counted along the walk of the first axis, lines by the sum of both (see Schedule). A line holds the rows of its
// strip, and above them the `halo` rows that reads can reach.
import KernelTypes
import Kernels

/// Whether a recurrence has rings, and how far its reads reach.
struct WavefrontReach: Sendable {
  /// Lines before the one at hand, and rows above.
  var lines = 1
  var halo = 0
  /// By clause: each read's distance in rows and in lines (both at most 0), if it reads a table.
  var reads: [[Int: (rows: Int, lines: Int)]] = []

  private static let most = 8

  /// nil where some read is not at a fixed distance within the plane of the diagonals.
  init?(_ program: Program, _ schedule: Schedule) {
    guard case .diagonal = schedule.lanes, schedule.tested.allSatisfy(\.isEmpty), program.dtype.isFloat else {
      return nil
    }
    let (p, q) = (schedule.diagonal[0], schedule.diagonal[1])
    for clause in program.clauses {
      var found: [Int: (rows: Int, lines: Int)] = [:]
      for (number, read) in clause.reads.enumerated() {
        guard case .table = read.source else { continue }
        var distance = (rows: 0, lines: 0)
        for (axis, index) in read.indices.enumerated() {
          guard case .affine(let e) = index, read.condition < 0 else { return nil }
          let moved = e - .variable(axis)
          guard moved.isConstant else { return nil }
          if axis == p.axis {
            distance.rows = moved.constant * p.direction
            distance.lines += distance.rows
          } else if axis == q.axis {
            distance.lines += moved.constant * q.direction
          } else if moved.constant != 0 {
            return nil
          }
        }
        guard distance.rows <= 0, distance.lines <= 0, distance.lines >= -WavefrontReach.most,
          distance.rows >= -WavefrontReach.most
        else { return nil }
        lines = max(lines, -distance.lines)
        halo = max(halo, -distance.rows)
        found[number] = distance
      }
      reads.append(found)
    }
  }
}

final class Wavefront {
  private enum Mode { case made, loaded, collected }

  /// Lines of one kind of one table.
  private struct Ring {
    let mode: Mode
    var memory: UnsafeMutableRawPointer
    let lines: UnsafeMutableRawPointer
    /// The line that each place holds; -1: none.
    let held: UnsafeMutablePointer<Int>
  }

  /// Of a table: how its cells lie, and its rings (values, tangents, derivatives, tangents of derivatives).
  private struct TableRings {
    var rings: (Ring?, Ring?, Ring?, Ring?)
    /// Elements from row to row and from column to column, along the walks.
    var rowStep = 0
    var columnStep = 0
    /// Rows and columns that the table has.
    var rows = 0..<0
    var columns = 0..<0
    var hasBand = false
    /// Of row 0, column 0 in the plane at hand.
    var origin = 0
  }

  private let reach: WavefrontReach
  private let schedule: Schedule
  private let program: Program
  private let space: [Int]
  private let isBackward: Bool
  private let size: Int
  private let places: Int
  /// Bytes to the cells that a row comes to in a few lines.
  let ahead: Int
  private let pitch: Int
  private let tables: UnsafeMutableBufferPointer<TableRings>
  private var allocated: [(UnsafeMutableRawPointer, Int)] = []
  private var held: [UnsafeMutablePointer<Int>] = []
  private var top = 0
  private var bottom = 0

  init(_ recurrence: Recurrence, _ reach: WavefrontReach, _ form: Recurrence.Form, _ memory: RunMemory, rows: Int) {
    self.reach = reach
    schedule = recurrence.schedule
    program = recurrence.program
    space = recurrence.space
    isBackward = form == .adjoint || form == .adjointTangent
    size = program.dtype.size
    places = reach.lines + 1
    ahead = 128 * (isBackward ? -1 : 1) * schedule.diagonal[1].direction
    // Kernels read past the end of what they are given.
    pitch = (rows + reach.halo + 16 + 31) & ~15
    tables = .allocate(capacity: program.tables.count)
    let (p, q) = (schedule.diagonal[0], schedule.diagonal[1])
    for (number, table) in program.tables.enumerated() {
      var made = TableRings(rings: (nil, nil, nil, nil))
      var steps = Array(repeating: 1, count: table.sizes.count)
      for axis in table.sizes.indices.dropLast().reversed() { steps[axis] = steps[axis + 1] * table.sizes[axis + 1] }
      made.rowStep = steps[p.axis] * p.direction
      made.columnStep = steps[q.axis] * q.direction
      made.rows = Wavefront.range(table.sizes[p.axis], in: space[p.axis], p.direction)
      made.columns = Wavefront.range(table.sizes[q.axis], in: space[q.axis], q.direction)
      made.hasBand = !table.band.isEmpty
      switch form {
      case .values: made.rings.0 = ring(.made, memory.tables[number])
      case .tangent:
        made.rings.0 = ring(.loaded, memory.tables[number])
        made.rings.1 = ring(.made, memory.tableTangents[number])
      case .adjoint:
        made.rings.0 = ring(.loaded, memory.tables[number])
        made.rings.2 = ring(.collected, memory.tableAdjoints[number])
      case .adjointTangent:
        made.rings.0 = ring(.loaded, memory.tables[number])
        made.rings.1 = ring(.loaded, memory.tableTangents[number])
        made.rings.2 = ring(.collected, memory.tableAdjoints[number])
        made.rings.3 = ring(.collected, memory.tableAdjointTangents[number])
      }
      (tables.baseAddress.map { $0 + number })?.initialize(to: made)
    }
  }

  deinit {
    for (memory, bytes) in allocated { Buffers.free(memory, bytes) }
    for list in held { list.deallocate() }
    tables.deallocate()
  }

  /// Positions along a walk through `whole` at which an axis of `size` has cells.
  private static func range(_ size: Int, in whole: Int, _ direction: Int) -> Range<Int> {
    direction > 0 ? 0..<size : (whole - size)..<whole
  }

  private func ring(_ mode: Mode, _ memory: UnsafeMutableRawPointer) -> Ring {
    let bytes = places * pitch * size
    let lines = Buffers.allocate(bytes)
    lines.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    allocated.append((lines, bytes))
    let held = UnsafeMutablePointer<Int>.allocate(capacity: places)
    held.initialize(repeating: -1, count: places)
    self.held.append(held)
    return Ring(mode: mode, memory: memory, lines: lines, held: held)
  }

  func rebase(_ memory: RunMemory) {
    for number in tables.indices {
      if tables[number].rings.0 != nil { tables[number].rings.0?.memory = memory.tables[number] }
      if tables[number].rings.1 != nil { tables[number].rings.1?.memory = memory.tableTangents[number] }
      if tables[number].rings.2 != nil { tables[number].rings.2?.memory = memory.tableAdjoints[number] }
      if tables[number].rings.3 != nil { tables[number].rings.3?.memory = memory.tableAdjointTangents[number] }
    }
  }

  // MARK: The walk

  /// A plane: all other indices stay as they are in `cell`.
  func begin(_ cell: UnsafePointer<Int>) {
    let (p, q) = (schedule.diagonal[0], schedule.diagonal[1])
    for number in tables.indices {
      var origin = 0
      for (axis, size) in program.tables[number].sizes.enumerated() {
        var index = cell[axis]
        if axis == p.axis { index = p.direction > 0 ? 0 : space[axis] - 1 }
        if axis == q.axis { index = q.direction > 0 ? 0 : space[axis] - 1 }
        origin = origin * size + index
      }
      tables[number].origin = origin
    }
  }

  func beginStrip(_ top: Int, _ bottom: Int) {
    self.top = top
    self.bottom = bottom
    forEachRing { ring, _ in for place in 0..<places { ring.held[place] = -1 } }
  }

  func beginLine(_ line: Int) {
    forEachRing { ring, table in
      if isBackward {
        for back in 0...reach.lines { ensure(line &- back, ring, table) }
      } else if ring.mode == .loaded {
        for back in 0...reach.lines { ensure(line &- back, ring, table) }
      } else {
        for back in 1...reach.lines { ensure(line &- back, ring, table) }
        ring.held[place(line)] = line
        if table.hasBand {
          // Cells that are left out hold NaN, and their tangents 0.
          let bits = ring.lines == table.rings.0?.lines ? Lanes.nan(size: size) : 0
          Lanes.fill(
            ring.lines + place(line) &* pitch &* size, bits: bits, size: size, count: bottom &- top &+ reach.halo)
        }
        load(line, ring, table, upTo: top)
      }
    }
  }

  func endLine(_ line: Int) {
    if !isBackward { return }
    forEachRing { ring, table in if ring.mode == .collected { giveBack(line, ring, table) } }
  }

  /// Lines in front of a strip's first are in reach of it, too.
  func endStrip(_ line: Int) {
    if !isBackward { return }
    forEachRing { ring, table in
      if ring.mode == .collected { for back in 1...reach.lines { giveBack(line &- back, ring, table) } }
    }
  }

  @inline(__always) private func forEachRing(_ body: (Ring, TableRings) -> Void) {
    for number in 0..<tables.count {
      let table = tables[number]
      if let ring = table.rings.0 { body(ring, table) }
      if let ring = table.rings.1 { body(ring, table) }
      if let ring = table.rings.2 { body(ring, table) }
      if let ring = table.rings.3 { body(ring, table) }
    }
  }

  // MARK: Lines

  @inline(__always) private func place(_ line: Int) -> Int { line % places }

  /// Row `row` of a line that is held.
  @inline(__always) private func address(_ ring: Ring, _ line: Int, _ row: Int) -> UnsafeMutableRawPointer {
    ring.lines + (place(line) &* pitch &+ row &- top &+ reach.halo) &* size
  }

  @inline(__always) private func ensure(_ line: Int, _ ring: Ring, _ table: TableRings) {
    if line < 0 || ring.held[place(line)] == line { return }
    ring.held[place(line)] = line
    load(line, ring, table, upTo: bottom)
  }

  /// Rows of a line that the table has, from the halo on.
  @inline(__always) private func rows(_ line: Int, _ table: TableRings, upTo end: Int) -> (Int, Int) {
    (
      max(top &- reach.halo, table.rows.lowerBound, line &- table.columns.upperBound &+ 1),
      min(end, table.rows.upperBound, line &- table.columns.lowerBound &+ 1)
    )
  }

  private func load(_ line: Int, _ ring: Ring, _ table: TableRings, upTo end: Int) {
    let (first, last) = rows(line, table, upTo: end)
    if first >= last { return }
    let from = table.origin &+ first &* table.rowStep &+ (line &- first) &* table.columnStep
    Lanes.gather(
      ring.memory + from &* size, stride: table.rowStep &- table.columnStep, ahead: ahead,
      into: address(ring, line, first),
      size: size, count: last &- first)
  }

  /// Brings what rows above the strip hold back to the table.
  private func giveBack(_ line: Int, _ ring: Ring, _ table: TableRings) {
    if line < 0 || ring.held[place(line)] != line { return }
    let (first, last) = rows(line, table, upTo: top)
    if first >= last { return }
    let to = table.origin &+ first &* table.rowStep &+ (line &- first) &* table.columnStep
    Lanes.scatter(
      UnsafeRawPointer(address(ring, line, first)), into: ring.memory + to &* size,
      stride: table.rowStep &- table.columnStep, size: size, count: last &- first)
  }

  // MARK: For frames

  /// Where lane 0 of a line that begins at `row` lies.
  @inline(__always) func place(_ table: Int, _ line: Int, _ row: Int) -> ReadPlace {
    let rings = tables[table].rings
    var place = ReadPlace()
    if line < 0 { return place }
    if let ring = rings.0 { place.values = UnsafeRawPointer(address(ring, line, row)) }
    if let ring = rings.1 { place.tangents = UnsafeRawPointer(address(ring, line, row)) }
    if let ring = rings.2 { place.adjoints = address(ring, line, row) }
    if let ring = rings.3 { place.adjointTangents = address(ring, line, row) }
    return place
  }
}
