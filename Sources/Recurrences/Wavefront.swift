// The neighbourhood of an anti-diagonal, kept as contiguous lines. Cells side by side on a diagonal lie apart in their table;
// as every read goes back by a fixed distance, the few diagonals that one line of cells can touch are kept as rings of
// lines, in which a read is the line at its distance, shifted by whole rows. So are tensors that are read at the cell's own
// two indices. Lines come from memory and go back in blocks (see Plane).
//
// A ring goes with one table or tensor and one kind of it (values, tangents, derivatives, tangents of derivatives):
//
// - made: a line is filled as its cells are computed; a block goes to the table when it is complete;
// - loaded: a block comes from memory when one of its lines comes into reach;
// - collected: loaded too; what is added to it while it is in reach are derivatives. Its own rows are used up when its turn
//   has come, and those above the strip go back to the table, for the strip above;
// - added: a block begins as zeros and is added to the derivative of a tensor when it is complete.
//
// Rows are counted along the walk of the first axis, lines by the sum of both (see Schedule). A line holds the rows of its
// strip, and above them the `halo` rows that reads can reach.
import KernelTypes
import Kernels

/// A read of a tensor at the two indices of a diagonal's plane: of its axes one follows the rows and one the columns.
struct PlaneRead: Hashable, Sendable {
  let input: Int
  /// The index of each axis of the tensor.
  let indices: [Affine]
  let rowAxis: Int
  let columnAxis: Int

  /// nil for reads that are none.
  init?(_ read: Read, _ program: Program, _ rowIndex: Int, _ columnIndex: Int, rank: Int) {
    guard case .input(let input) = read.source, program.inputs[input].dtype == program.dtype, read.condition < 0 else {
      return nil
    }
    var (row, column): (Int?, Int?) = (nil, nil)
    var indices: [Affine] = []
    for (axis, index) in read.indices.enumerated() {
      guard case .affine(let e) = index, (rank..<max(rank, e.factors.count)).allSatisfy({ e.factor($0) == 0 }) else {
        return nil
      }
      indices.append(e)
      let (byRow, byColumn) = (e.factor(rowIndex), e.factor(columnIndex))
      if byRow == 0 && byColumn == 0 { continue }
      guard e.isShifted(byRow != 0 ? rowIndex : columnIndex) else { return nil }
      if byRow != 0 {
        if row != nil { return nil }
        row = axis
      } else {
        if column != nil { return nil }
        column = axis
      }
    }
    guard let row, let column else { return nil }
    (self.input, self.indices, rowAxis, columnAxis) = (input, indices, row, column)
  }
}

/// Whether a recurrence has rings, and how far its reads reach.
struct WavefrontReach: Sendable {
  /// Lines before the one at hand, and rows above.
  var lines = 1
  var halo = 0
  /// By clause: each read's distance in rows and in lines (both at most 0), if it reads a table.
  var reads: [[Int: (rows: Int, lines: Int)]] = []
  /// Reads of tensors that are kept in rings, and by clause which of them a read is.
  var planes: [PlaneRead] = []
  var planeReads: [[Int: Int]] = []

  private static let most = 8
  private static let mostPlanes = 8

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
    findPlanes(program, p.axis, q.axis)
  }

  /// Where a band leaves out most of the plane, blocks of whole lines would be more than what is read.
  /// The reads of a clause that are reads of rings.
  func rings(_ clause: Clause, _ index: Int, tables: Int) -> [RingRead] {
    var found = reads[index].compactMap { number, distance -> RingRead? in
      guard case .table(let table) = clause.reads[number].source else { return nil }
      return RingRead(number: number, entry: table, rows: distance.rows, lines: distance.lines)
    }
    found += planeReads[index].map { RingRead(number: $0, entry: tables + $1) }
    return found.sorted { $0.number < $1.number }
  }

  private mutating func findPlanes(_ program: Program, _ row: Int, _ column: Int) {
    planeReads = program.clauses.map { _ in [:] }
    if program.tables.contains(where: { !$0.band.isEmpty }) { return }
    for (index, clause) in program.clauses.enumerated() {
      let rank = program.tables[clause.table].sizes.count
      for (number, read) in clause.reads.enumerated() {
        guard let plane = PlaneRead(read, program, row, column, rank: rank) else { continue }
        if let known = planes.firstIndex(of: plane) {
          planeReads[index][number] = known
        } else if planes.count < WavefrontReach.mostPlanes {
          planeReads[index][number] = planes.count
          planes.append(plane)
        }
      }
    }
  }
}

final class Wavefront {
  private enum Mode { case made, loaded, collected, added }

  /// Lines of one kind of one table or tensor.
  private struct Ring {
    let mode: Mode
    var memory: UnsafeMutableRawPointer
    let lines: UnsafeMutableRawPointer
    /// The block that each half holds; -1: none.
    let held: UnsafeMutablePointer<Int>
    /// What cells hold that are left out.
    var bits: UInt64 = 0
  }

  /// Of a table or tensor: how its cells lie, and its rings (values, tangents, derivatives, tangents of derivatives).
  private struct Rings {
    var rings: (Ring?, Ring?, Ring?, Ring?)
    var plane = Plane()
    var hasBand = false
  }

  private let reach: WavefrontReach
  private let schedule: Schedule
  private let program: Program
  private let space: [Int]
  private let isBackward: Bool
  private let size: Int
  /// Bytes to the cells that a row comes to in a few lines.
  let ahead: Int
  private let pitch: Int
  /// Of the tables, then of the tensors.
  private let entries: UnsafeMutableBufferPointer<Rings>
  private var allocated: [(UnsafeMutableRawPointer, Int)] = []
  private var held: [UnsafeMutablePointer<Int>] = []
  private var top = 0
  private var bottom = 0

  /// Lines that a ring has room for: two blocks.
  private static let places = 2 * LineBlock.lines

  /// What the rings of a walker take.
  static func bytes(_ recurrence: Recurrence, rows: Int) -> Int {
    guard let reach = recurrence.reach else { return 0 }
    let rings = 4 * (recurrence.program.tables.count + reach.planes.count)
    return rings * places * pitch(rows, reach) * recurrence.program.dtype.size
  }
  /// Kernels read past the end of what they are given.
  private static func pitch(_ rows: Int, _ reach: WavefrontReach) -> Int { (rows + reach.halo + 16 + 31) & ~15 }

  init(_ recurrence: Recurrence, _ reach: WavefrontReach, _ form: Recurrence.Form, _ memory: RunMemory, rows: Int) {
    self.reach = reach
    schedule = recurrence.schedule
    program = recurrence.program
    space = recurrence.space
    isBackward = form == .adjoint || form == .adjointTangent
    size = program.dtype.size
    ahead = 128 * (isBackward ? -1 : 1) * schedule.diagonal[1].direction
    pitch = Wavefront.pitch(rows, reach)
    entries = .allocate(capacity: program.tables.count + reach.planes.count)
    let (p, q) = (schedule.diagonal[0], schedule.diagonal[1])
    for (number, table) in program.tables.enumerated() {
      var made = Rings(rings: (nil, nil, nil, nil))
      let steps = Wavefront.steps(table.sizes)
      made.plane.rowStep = steps[p.axis] * p.direction
      made.plane.columnStep = steps[q.axis] * q.direction
      made.plane.rows = Wavefront.range(table.sizes[p.axis], in: space[p.axis], p.direction)
      made.plane.columns = Wavefront.range(table.sizes[q.axis], in: space[q.axis], q.direction)
      made.hasBand = !table.band.isEmpty
      switch form {
      case .values: made.rings.0 = ring(.made, memory.tables[number], bits: Lanes.nan(size: size))
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
      (entries.baseAddress.map { $0 + number })?.initialize(to: made)
    }
    for (number, read) in reach.planes.enumerated() {
      let made = rings(read, form, memory, recurrence.kinds(of: number, form, wanted: memory.wanted))
      (entries.baseAddress.map { $0 + program.tables.count + number })?.initialize(to: made)
    }
  }

  /// Of a tensor: the kinds that some clause touches.
  private func rings(
    _ read: PlaneRead, _ form: Recurrence.Form, _ memory: RunMemory, _ kinds: RingKinds
  ) -> Rings {
    let (p, q) = (schedule.diagonal[0], schedule.diagonal[1])
    let sizes = program.inputs[read.input].sizes
    let steps = Wavefront.steps(sizes)
    var made = Rings(rings: (nil, nil, nil, nil))
    func along(_ axis: Int, _ walk: Schedule.Walk) -> (step: Int, positions: Range<Int>) {
      let e = read.indices[axis]
      // The index at position 0 of the walk, and how it moves.
      let factor = e.factor(walk.axis) * walk.direction
      let start = e.constant + (walk.direction > 0 ? 0 : (space[walk.axis] - 1) * e.factor(walk.axis))
      let positions = factor > 0 ? -start..<sizes[axis] - start : start - sizes[axis] + 1..<start + 1
      return (steps[axis] * factor, positions.clamped(to: 0..<space[walk.axis]))
    }
    (made.plane.rowStep, made.plane.rows) = along(read.rowAxis, p)
    (made.plane.columnStep, made.plane.columns) = along(read.columnAxis, q)
    let values = UnsafeMutableRawPointer(mutating: memory.inputs[read.input])
    if kinds.contains(.values) { made.rings.0 = ring(.loaded, values) }
    if kinds.contains(.tangents), let tangents = memory.inputTangents[read.input] {
      made.rings.1 = ring(.loaded, UnsafeMutableRawPointer(mutating: tangents))
    }
    if let adjoints = memory.inputAdjoints[read.input] {
      if kinds.contains(.adjoints) { made.rings.2 = ring(.added, adjoints) }
      if kinds.contains(.adjointTangents) { made.rings.3 = ring(.added, adjoints) }
    }
    return made
  }

  deinit {
    for (memory, bytes) in allocated { Buffers.free(memory, bytes) }
    for list in held { list.deallocate() }
    entries.deallocate()
  }

  private static func steps(_ sizes: [Int]) -> [Int] {
    var steps = Array(repeating: 1, count: sizes.count)
    for axis in sizes.indices.dropLast().reversed() { steps[axis] = steps[axis + 1] * sizes[axis + 1] }
    return steps
  }

  /// Positions along a walk through `whole` at which an axis of `size` has cells.
  private static func range(_ size: Int, in whole: Int, _ direction: Int) -> Range<Int> {
    direction > 0 ? 0..<size : (whole - size)..<whole
  }

  private func ring(_ mode: Mode, _ memory: UnsafeMutableRawPointer, bits: UInt64 = 0) -> Ring {
    let bytes = Wavefront.places * pitch * size
    let lines = Buffers.allocate(bytes)
    lines.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    allocated.append((lines, bytes))
    let held = UnsafeMutablePointer<Int>.allocate(capacity: 2)
    held.initialize(repeating: -1, count: 2)
    self.held.append(held)
    return Ring(mode: mode, memory: memory, lines: lines, held: held, bits: bits)
  }

  func rebase(_ memory: RunMemory) {
    for number in program.tables.indices {
      if entries[number].rings.0 != nil { entries[number].rings.0?.memory = memory.tables[number] }
      if entries[number].rings.1 != nil { entries[number].rings.1?.memory = memory.tableTangents[number] }
      if entries[number].rings.2 != nil { entries[number].rings.2?.memory = memory.tableAdjoints[number] }
      if entries[number].rings.3 != nil { entries[number].rings.3?.memory = memory.tableAdjointTangents[number] }
    }
  }

  // MARK: The walk

  /// A plane: all other indices stay as they are in `cell`.
  func begin(_ cell: UnsafePointer<Int>) {
    let (p, q) = (schedule.diagonal[0], schedule.diagonal[1])
    var start = Array(UnsafeBufferPointer(start: cell, count: space.count))
    start[p.axis] = p.direction > 0 ? 0 : space[p.axis] - 1
    start[q.axis] = q.direction > 0 ? 0 : space[q.axis] - 1
    for (number, table) in program.tables.enumerated() {
      var origin = 0
      for (axis, size) in table.sizes.enumerated() { origin = origin * size + start[axis] }
      entries[number].plane.origin = origin
    }
    for (number, read) in reach.planes.enumerated() {
      var origin = 0
      for (axis, size) in program.inputs[read.input].sizes.enumerated() {
        let index = read.indices[axis].factors.enumerated().reduce(read.indices[axis].constant) {
          $0 + $1.element * start[$1.offset]
        }
        origin = origin * size + index
      }
      entries[program.tables.count + number].plane.origin = origin
    }
  }

  func beginStrip(_ top: Int, _ bottom: Int) {
    self.top = top
    self.bottom = bottom
    forEachRing { ring, _ in (ring.held[0], ring.held[1]) = (-1, -1) }
  }

  func beginLine(_ line: Int) {
    forEachRing { ring, entry in
      hold(line, ring, entry)
      // Whatever lies between is in one of both blocks.
      if ring.mode != .added { hold(line &- reach.lines, ring, entry) }
    }
  }

  func endLine(_ line: Int) {
    if !isBackward { return }
    forEachRing { ring, entry in if ring.mode == .collected { giveBack(line, ring, entry) } }
  }

  /// Lines in front of a strip's first are in reach of it, too.
  func endStrip(_ line: Int) {
    forEachRing { ring, entry in
      switch ring.mode {
      case .loaded: break
      case .collected: for back in 1...reach.lines { giveBack(line &- back, ring, entry) }
      case .made, .added:
        flush(0, ring, entry)
        flush(1, ring, entry)
      }
    }
  }

  @inline(__always) private func forEachRing(_ body: (Ring, Rings) -> Void) {
    for number in 0..<entries.count {
      let entry = entries[number]
      if let ring = entry.rings.0 { body(ring, entry) }
      if let ring = entry.rings.1 { body(ring, entry) }
      if let ring = entry.rings.2 { body(ring, entry) }
      if let ring = entry.rings.3 { body(ring, entry) }
    }
  }

  // MARK: Blocks

  /// Row `row` of a line that is held.
  @inline(__always) private func address(_ ring: Ring, _ line: Int, _ row: Int) -> UnsafeMutableRawPointer {
    ring.lines + ((line & (Wavefront.places &- 1)) &* pitch &+ row &- top &+ reach.halo) &* size
  }

  private func block(_ number: Int, _ ring: Ring) -> LineBlock {
    let first = number &* LineBlock.lines
    return LineBlock(first: first, cells: address(ring, first, 0), pitch: pitch, size: size)
  }

  /// Makes room for the block of a line, and fills it.
  @inline(__always) private func hold(_ line: Int, _ ring: Ring, _ entry: Rings) {
    if line < 0 { return }
    let number = line / LineBlock.lines
    if ring.held[number & 1] != number { fill(number, ring, entry) }
  }

  private func fill(_ number: Int, _ ring: Ring, _ entry: Rings) {
    flush(number & 1, ring, entry)
    ring.held[number & 1] = number
    let block = block(number, ring)
    switch ring.mode {
    case .loaded, .collected:
      entry.plane.move(.load, ring.memory, block, (top &- reach.halo)..<bottom, isBackward: isBackward)
    case .made:
      // Cells that are left out hold NaN, and their tangents 0.
      if entry.hasBand { fill(number, ring, bits: ring.bits) }
      entry.plane.move(.load, ring.memory, block, (top &- reach.halo)..<top, isBackward: isBackward)
    case .added: fill(number, ring, bits: 0)
    }
  }

  private func fill(_ number: Int, _ ring: Ring, bits: UInt64) {
    for line in 0..<LineBlock.lines {
      Lanes.fill(
        address(ring, number &* LineBlock.lines &+ line, top &- reach.halo), bits: bits, size: size,
        count: bottom &- top &+ reach.halo)
    }
  }

  /// Brings a half's block to memory if it is one that was made here.
  private func flush(_ half: Int, _ ring: Ring, _ entry: Rings) {
    let number = ring.held[half]
    if number < 0 || ring.mode == .loaded || ring.mode == .collected { return }
    ring.held[half] = -1
    entry.plane.move(
      ring.mode == .made ? .store : .add, ring.memory, block(number, ring), top..<bottom, isBackward: isBackward)
  }

  /// Brings what rows above the strip hold back to the table.
  private func giveBack(_ line: Int, _ ring: Ring, _ entry: Rings) {
    let plane = entry.plane
    if line < 0 || ring.held[line / LineBlock.lines & 1] != line / LineBlock.lines { return }
    let first = max(top &- reach.halo, plane.rows.lowerBound, line &- plane.columns.upperBound &+ 1)
    let last = min(top, plane.rows.upperBound, line &- plane.columns.lowerBound &+ 1)
    if first >= last { return }
    let to = plane.origin &+ first &* plane.rowStep &+ (line &- first) &* plane.columnStep
    Lanes.scatter(
      UnsafeRawPointer(address(ring, line, first)), into: ring.memory + to &* size,
      stride: plane.rowStep &- plane.columnStep, size: size, count: last &- first)
  }

  // MARK: For frames

  /// Where lane 0 of a line that begins at `row` lies, in a table or, behind the tables, a tensor that is read.
  @inline(__always) func place(_ entry: Int, _ line: Int, _ row: Int) -> ReadPlace {
    let rings = entries[entry].rings
    var place = ReadPlace()
    if line < 0 { return place }
    if let ring = rings.0 { place.values = UnsafeRawPointer(address(ring, line, row)) }
    if let ring = rings.1 { place.tangents = UnsafeRawPointer(address(ring, line, row)) }
    if let ring = rings.2 { place.adjoints = address(ring, line, row) }
    if let ring = rings.3 { place.adjointTangents = address(ring, line, row) }
    return place
  }
}
