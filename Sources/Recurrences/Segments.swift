// Long recurrences in little memory: the outermost walk is cut into segments, of which only the last cells that the next
// one reads are kept. Derivatives go through the segments backwards and compute each one again from the cells in front of
// it. With segments of about the square root of the length, memory grows with that root, for one more pass forward.
// (Griewank, Achieving logarithmic growth of temporal and spatial complexity in reverse automatic differentiation, 1992: the
// case of one level.)
//
// A segment's cells lie in a buffer, and tables are addressed from where they would begin if the whole of them were there: so
// the code of a clause does not know. Positions are counted along the walk; an axis that is walked down has its last
// index at position 0.
import KernelTypes
import Kernels

package struct Segments: Hashable, Sendable {
  package let axis: Int
  fileprivate let direction: Int
  /// Positions along the axis.
  fileprivate let positions: Int
  /// Positions back that cells read.
  fileprivate let reach: Int
  fileprivate let length: Int
  /// Cells of each table at one position of one instance, and instances.
  fileprivate let rowCells: [Int]
  private let instances: Int

  /// Shorter segments cost more to begin than they save.
  private static let shortest = 64

  /// nil where the tables have to be kept: cells may read far back, or the outermost walk is not in front in memory.
  package init?(_ recurrence: Recurrence) {
    let (program, schedule) = (recurrence.program, recurrence.schedule)
    guard let walk = schedule.walks.first ?? schedule.diagonal.first, program.dtype.isFloat,
      schedule.tested.allSatisfy(\.isEmpty), schedule.parallel == Array(0..<walk.axis),
      program.tables.allSatisfy({ table in
        (0...walk.axis).allSatisfy { table.sizes[$0] == recurrence.space[$0] }
      })
    else { return nil }
    axis = walk.axis
    direction = walk.direction
    positions = recurrence.space[axis]
    var back = 1
    for clause in program.clauses {
      let bounds = Bounds(clause, sizes: program.tables[clause.table].sizes)
      for read in clause.reads {
        guard case .table = read.source else { continue }
        guard case .affine(let e) = read.indices[axis] else { return nil }
        back = max(back, -bounds.least((e - .variable(axis)) * direction))
      }
    }
    reach = back
    let root = Int(Double(positions * back).squareRoot())
    length = max(Segments.shortest, root, back)
    if positions < 2 * length || back > length { return nil }
    let axis = axis
    rowCells = program.tables.map { $0.sizes[(axis + 1)...].reduce(1, *) }
    instances = recurrence.space[..<axis].reduce(1, *)
  }

  package var count: Int { (positions + length - 1) / length }

  /// Cells of a table with `indices` along the axis.
  package func cells(_ table: Int, _ indices: Range<Int>) -> Int { instances * indices.count * rowCells[table] }

  /// Cells that are kept for the way back.
  package var checkpointCells: Int { instances * (count - 1) * reach * rowCells.reduce(0, +) }

  fileprivate func positions(_ segment: Int) -> Range<Int> {
    segment * length..<min(positions, (segment + 1) * length)
  }
  /// Positions as indices, and the other way round.
  fileprivate func mirrored(_ range: Range<Int>) -> Range<Int> {
    direction > 0 ? range : (positions - range.upperBound)..<(positions - range.lowerBound)
  }
}

/// What a run in segments reads and writes beside inputs: cells of one table with some indices along the axis (their
/// derivative on the way back), and the cells kept in front of segments.
package struct SegmentMemory {
  let segments: Segments
  let table: Int
  let indices: Range<Int>
  let window: UnsafeMutableRawPointer
  let checkpoints: UnsafeMutableRawPointer

  package init(
    _ segments: Segments, table: Int, indices: Range<Int>, window: UnsafeMutableRawPointer,
    checkpoints: UnsafeMutableRawPointer
  ) {
    self.segments = segments
    self.table = table
    self.indices = indices
    self.window = window
    self.checkpoints = checkpoints
  }
}

/// One instance's tables, a segment at a time, with the positions in front that it reads.
private final class SegmentBuffer {
  private let segments: Segments
  private let size: Int
  private let rows: Int
  private let memory: [UnsafeMutableRawPointer]
  /// What the next segment needs of this one, or, on the way back, the one in front.
  private let carried: [UnsafeMutableRawPointer]
  private var first = 0

  init(_ segments: Segments, size: Int) {
    self.segments = segments
    self.size = size
    rows = segments.reach + segments.length
    let rows = rows
    memory = segments.rowCells.map { Buffers.allocate(max(1, rows * $0 * size)) }
    carried = segments.rowCells.map { Buffers.allocate(max(1, segments.reach * $0 * size)) }
  }

  deinit {
    for (table, cells) in segments.rowCells.enumerated() {
      Buffers.free(memory[table], max(1, rows * cells * size))
      Buffers.free(carried[table], max(1, segments.reach * cells * size))
    }
  }

  /// Goes to a segment; its cells are `bits` throughout.
  func begin(_ segment: Int, bits: UInt64) {
    let positions = segments.positions(segment)
    first = segments.mirrored((positions.lowerBound - segments.reach)..<positions.upperBound).lowerBound
    for (table, cells) in segments.rowCells.enumerated() {
      Lanes.fill(memory[table], bits: bits, size: size, count: rows * cells)
    }
  }

  /// Where each table would begin.
  func bases(_ instance: Int) -> [UnsafeMutableRawPointer] {
    segments.rowCells.enumerated().map { table, cells in
      memory[table] - (instance * segments.positions + first) * cells * size
    }
  }

  /// Memory of some indices, and its bytes.
  func part(_ table: Int, _ indices: Range<Int>) -> (UnsafeMutableRawPointer, Int) {
    let bytes = segments.rowCells[table] * size
    return (memory[table] + (indices.lowerBound - first) * bytes, indices.count * bytes)
  }

  private func ends(_ positions: Range<Int>) -> Range<Int> {
    segments.mirrored((positions.upperBound - segments.reach)..<positions.upperBound)
  }
  private func front(_ positions: Range<Int>) -> Range<Int> {
    segments.mirrored((positions.lowerBound - segments.reach)..<positions.lowerBound)
  }

  func carryEnd(of segment: Int) { carry(ends(segments.positions(segment))) }
  func carryFront(of segment: Int) { carry(front(segments.positions(segment))) }
  private func carry(_ indices: Range<Int>) {
    for table in memory.indices {
      let (from, bytes) = part(table, indices)
      carried[table].copyMemory(from: from, byteCount: bytes)
    }
  }

  func putFront(of segment: Int) {
    for table in memory.indices {
      let (to, bytes) = part(table, front(segments.positions(segment)))
      to.copyMemory(from: carried[table], byteCount: bytes)
    }
  }
  /// Adds derivatives that the segment behind sent to the end of this one.
  func addEnd(of segment: Int) {
    for (table, cells) in segments.rowCells.enumerated() {
      let (to, _) = part(table, ends(segments.positions(segment)))
      Lanes.add(carried[table], to: to, size: size, count: segments.reach * cells)
    }
  }

  /// Moves what is carried to or from the cells kept in front of a segment.
  func checkpoint(_ memory: UnsafeMutableRawPointer, _ instance: Int, _ segment: Int, isSaved: Bool) {
    var at = (instance * (segments.count - 1) + segment - 1) * segments.reach * segments.rowCells.reduce(0, +) * size
    for (table, cells) in segments.rowCells.enumerated() {
      let bytes = segments.reach * cells * size
      if isSaved {
        (memory + at).copyMemory(from: carried[table], byteCount: bytes)
      } else {
        carried[table].copyMemory(from: memory + at, byteCount: bytes)
      }
      at += bytes
    }
  }
}

extension Run {
  /// Runs instances segment by segment; `memory` has the inputs of the part.
  func runSegments(
    _ memory: RunMemory, _ given: SegmentMemory, from: Int, to: Int, entropy: inout Double
  ) -> Outcome {
    let program = recurrence.program
    let buffer = SegmentBuffer(given.segments, size: program.dtype.size)
    let adjoints = form == .adjoint ? SegmentBuffer(given.segments, size: program.dtype.size) : nil
    for instance in from..<to {
      let outcome: Outcome
      if let adjoints {
        outcome = backward(memory, given, buffer, adjoints, instance, &entropy)
      } else {
        outcome = forward(memory, given, buffer, instance)
      }
      if outcome != .done { return outcome }
    }
    return .done
  }

  private func nan() -> UInt64 {
    recurrence.program.dtype == .f32 ? UInt64(Float.nan.bitPattern) : Double.nan.bitPattern
  }

  private func walk(_ form: Recurrence.Form, _ memory: RunMemory, _ instance: Int, _ positions: Range<Int>) -> (
    Outcome, Double
  ) {
    var run = self
    run.form = form
    let walker = Walker(run, memory)
    walker.positions = positions
    let outcome = walker.walk(from: instance, to: instance + 1)
    return (outcome, walker.entropy)
  }

  private func forward(
    _ memory: RunMemory, _ given: SegmentMemory, _ buffer: SegmentBuffer, _ instance: Int
  ) -> Outcome {
    var memory = memory
    let segments = given.segments
    for segment in 0..<segments.count {
      buffer.begin(segment, bits: nan())
      if segment > 0 {
        buffer.checkpoint(given.checkpoints, instance, segment, isSaved: true)
        buffer.putFront(of: segment)
      }
      memory.tables = buffer.bases(instance)
      let (outcome, _) = walk(.values, memory, instance, segments.positions(segment))
      if outcome != .done { return outcome }
      if segment + 1 < segments.count { buffer.carryEnd(of: segment) }
      each(given, segment, instance) { window, indices in
        let (from, bytes) = buffer.part(given.table, indices)
        window.copyMemory(from: from, byteCount: bytes)
      }
    }
    return .done
  }

  private func backward(
    _ memory: RunMemory, _ given: SegmentMemory, _ buffer: SegmentBuffer, _ adjoints: SegmentBuffer, _ instance: Int,
    _ entropy: inout Double
  ) -> Outcome {
    var memory = memory
    let segments = given.segments
    for segment in (0..<segments.count).reversed() {
      buffer.begin(segment, bits: nan())
      if segment > 0 {
        buffer.checkpoint(given.checkpoints, instance, segment, isSaved: false)
        buffer.putFront(of: segment)
      }
      memory.tables = buffer.bases(instance)
      var forward = memory
      forward.tableAdjoints = []
      forward.inputAdjoints = forward.inputAdjoints.map { _ in nil }
      let (again, _) = walk(.values, forward, instance, segments.positions(segment))
      if again != .done { return again }
      adjoints.begin(segment, bits: 0)
      if segment + 1 < segments.count { adjoints.addEnd(of: segment) }
      each(given, segment, instance) { window, indices in
        let (to, bytes) = adjoints.part(given.table, indices)
        let size = recurrence.program.dtype.size
        Lanes.add(window, to: to, size: size, count: bytes / size)
      }
      memory.tableAdjoints = adjoints.bases(instance)
      let (outcome, sum) = walk(.adjoint, memory, instance, segments.positions(segment))
      if outcome != .done { return outcome }
      entropy += sum
      adjoints.carryFront(of: segment)
    }
    return .done
  }

  /// The part of the window that lies in a segment.
  private func each(
    _ given: SegmentMemory, _ segment: Int, _ instance: Int, _ body: (UnsafeMutableRawPointer, Range<Int>) -> Void
  ) {
    let indices = given.segments.mirrored(given.segments.positions(segment)).clamped(to: given.indices)
    if indices.isEmpty { return }
    let bytes = given.segments.rowCells[given.table] * recurrence.program.dtype.size
    let row = instance * given.indices.count + indices.lowerBound - given.indices.lowerBound
    body(given.window + row * bytes, indices)
  }
}

extension Program {
  /// The indices of an axis of an input that are read; nil where that is not known, or some read lies outside.
  package func indicesRead(ofInput input: Int, axis: Int) -> Range<Int>? {
    var found: Range<Int>?
    for (clause, sizes) in allClauses {
      let bounds = Bounds(clause, sizes: sizes)
      for read in clause.reads where read.source == .input(input) {
        guard case .affine(let e) = read.indices[axis] else { return nil }
        let (least, greatest) = (bounds.least(e), bounds.greatest(e))
        if least < 0 || greatest >= inputs[input].sizes[axis] || least > greatest { return nil }
        found = min(found?.lowerBound ?? least, least)..<max(found?.upperBound ?? 0, greatest + 1)
      }
    }
    return found
  }

  private var allClauses: [(Clause, [Int])] {
    clauses.map { ($0, tables[$0.table].sizes) } + tables.flatMap { table in table.band.map { ($0, table.sizes) } }
  }

  /// The same program for an input of which some indices are there.
  package mutating func narrow(input: Int, axis: Int, to indices: Range<Int>) {
    inputs[input].sizes[axis] = indices.count
    func moved(_ reads: [Read]) -> [Read] {
      reads.map { read in
        guard read.source == .input(input), case .affine(let e) = read.indices[axis] else { return read }
        var read = read
        read.indices[axis] = .affine(e - Affine(indices.lowerBound))
        return read
      }
    }
    for clause in clauses.indices { clauses[clause].reads = moved(clauses[clause].reads) }
    for table in tables.indices {
      for clause in tables[table].band.indices {
        tables[table].band[clause].reads = moved(tables[table].band[clause].reads)
      }
    }
  }
}
