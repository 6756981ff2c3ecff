// Recurrences a segment of the outermost walk at a time, so that what one segment leaves behind need not stay.
//
// Derivatives of tables are there for the segment at hand and what it reads in front of it; the way back goes from the last
// segment to the first.
//
// With `remat` the tables themselves are not kept either, but for the last cells of each segment, which the next one reads;
// the way back computes each segment again from the cells in front of it. With segments of about the square root of the
// length memory grows with that root, for one more pass forward. (Griewank, Achieving logarithmic growth of temporal and
// spatial complexity in reverse automatic differentiation, 1992: the case of one level.)
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

  /// Shorter segments cost more to begin than they save; those whose cells fit into a cache cost nothing.
  private static let shortest = 64
  private static let shortestInCache = 256
  private static let cachedCells = 1 << 16

  /// nil where the outermost walk is not in front in memory.
  /// `isFine`: as short as is best for memory.
  init?(_ program: Program, _ schedule: Schedule, space: [Int], isFine: Bool) {
    guard let walk = schedule.walks.first ?? schedule.diagonal.first, program.dtype.isFloat,
      schedule.tested.allSatisfy(\.isEmpty), schedule.parallel == Array(0..<walk.axis),
      program.tables.allSatisfy({ table in
        (0...walk.axis).allSatisfy { table.sizes[$0] == space[$0] }
      })
    else { return nil }
    let axis = walk.axis
    self.axis = axis
    direction = walk.direction
    positions = space[axis]
    if positions == 0 { return nil }
    var back = 1
    for clause in program.clauses {
      let bounds = Bounds(clause, sizes: program.tables[clause.table].sizes)
      for read in clause.reads {
        guard case .table = read.source else { continue }
        guard case .affine(let e) = read.indices[axis] else { return nil }
        back = max(back, -bounds.least((e - .variable(axis)) * direction))
      }
    }
    rowCells = program.tables.map { $0.sizes[(axis + 1)...].reduce(1, *) }
    var shortest = Segments.shortest
    if !isFine {
      shortest = max(Segments.shortestInCache, Segments.cachedCells / max(1, rowCells.reduce(0, +)))
    }
    let root = Int(Double(positions * back).squareRoot())
    length = max(1, min(positions, max(shortest, root, back)))
    // One segment has nothing in front of it.
    reach = positions > length ? back : 0
    instances = space[..<axis].reduce(1, *)
  }

  package var count: Int { (positions + length - 1) / length }

  /// Whether anything is gained by not keeping tables.
  package var savesMemory: Bool { positions >= 2 * length }

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

/// A box of a table's cells, row-major: values that are wanted, or the derivative that arrives there (elsewhere it is 0).
package struct TableBox: Hashable, Sendable {
  package var table: Int
  package var starts: [Int]
  package var sizes: [Int]
  package var count: Int { sizes.reduce(1, *) }

  package init(table: Int, starts: [Int], sizes: [Int]) {
    self.table = table
    self.starts = starts
    self.sizes = sizes
  }
}

/// What a run in segments reads and writes beside inputs: boxes, and where tables are not kept the cells in front of
/// segments.
package struct SegmentMemory {
  let segments: Segments
  let boxes: [(TableBox, UnsafeMutableRawPointer)]
  let checkpoints: UnsafeMutableRawPointer?

  package init(
    _ segments: Segments, boxes: [(TableBox, UnsafeMutableRawPointer)], checkpoints: UnsafeMutableRawPointer? = nil
  ) {
    self.segments = segments
    self.boxes = boxes
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
    let size = recurrence.program.dtype.size
    let work = SegmentRun(run: self, given: given, size: size)
    for instance in from..<to {
      let outcome = form == .values ? work.forward(memory, instance) : work.backward(memory, instance)
      if outcome != .done { return outcome }
    }
    work.finish()
    entropy += work.entropy
    return .done
  }
}

/// One part of a run in segments.
private final class SegmentRun {
  private let run: Run
  private let given: SegmentMemory
  private let segments: Segments
  private let size: Int
  private let program: Program
  private let isDual: Bool
  /// Of tables that are not kept.
  private let values: SegmentBuffer?
  private let adjoints: SegmentBuffer
  private let tangents: SegmentBuffer?
  private var filling: Walker?
  private var returning: Walker?

  init(run: Run, given: SegmentMemory, size: Int) {
    self.run = run
    self.given = given
    self.size = size
    segments = given.segments
    program = run.recurrence.program
    isDual = run.form == .adjointTangent
    values = given.checkpoints.map { _ in SegmentBuffer(given.segments, size: size) }
    adjoints = SegmentBuffer(given.segments, size: size)
    tangents = isDual ? SegmentBuffer(given.segments, size: size) : nil
  }

  var entropy: Double { returning?.entropy ?? 0 }
  func finish() { returning?.finish() }

  /// Computes a segment of tables that are not kept; its buffer has what lies in front.
  private func fill(_ memory: RunMemory, _ instance: Int, _ segment: Int) -> Run.Outcome {
    if filling == nil {
      var run = run
      run.form = .values
      var inputs = memory
      inputs.inputAdjoints = inputs.inputAdjoints.map { _ in nil }
      filling = Walker(run, inputs)
    }
    filling?.rebase(memory, segments.positions(segment))
    return filling?.walk(from: instance, to: instance + 1) ?? .done
  }

  func forward(_ memory: RunMemory, _ instance: Int) -> Run.Outcome {
    guard let values, let checkpoints = given.checkpoints else { return .done }
    var memory = memory
    let nan = program.dtype == .f32 ? UInt64(Float.nan.bitPattern) : Double.nan.bitPattern
    for segment in 0..<segments.count {
      values.begin(segment, bits: nan)
      if segment > 0 {
        values.checkpoint(checkpoints, instance, segment, isSaved: true)
        values.putFront(of: segment)
      }
      memory.tables = values.bases(instance)
      let outcome = fill(memory, instance, segment)
      if outcome != .done { return outcome }
      if segment + 1 < segments.count { values.carryEnd(of: segment) }
      for (box, memory) in given.boxes {
        each(box, instance, segment) { boxed, cell, count in
          let (from, _) = values.part(box.table, cell.index..<cell.index + 1)
          (memory + boxed * size).copyMemory(from: from + cell.offset * size, byteCount: count * size)
        }
      }
    }
    return .done
  }

  func backward(_ memory: RunMemory, _ instance: Int) -> Run.Outcome {
    var memory = memory
    for segment in (0..<segments.count).reversed() {
      if let values, let checkpoints = given.checkpoints {
        values.begin(segment, bits: program.dtype == .f32 ? UInt64(Float.nan.bitPattern) : Double.nan.bitPattern)
        if segment > 0 {
          values.checkpoint(checkpoints, instance, segment, isSaved: false)
          values.putFront(of: segment)
        }
        memory.tables = values.bases(instance)
        let outcome = fill(memory, instance, segment)
        if outcome != .done { return outcome }
      }
      let isLast = segment + 1 == segments.count
      adjoints.begin(segment, bits: 0)
      if !isLast { adjoints.addEnd(of: segment) }
      for (box, memory) in given.boxes {
        each(box, instance, segment) { boxed, cell, count in
          let (to, _) = adjoints.part(box.table, cell.index..<cell.index + 1)
          Lanes.add(memory + boxed * size, to: to + cell.offset * size, size: size, count: count)
        }
      }
      memory.tableAdjoints = adjoints.bases(instance)
      if let tangents {
        tangents.begin(segment, bits: 0)
        if !isLast { tangents.addEnd(of: segment) }
        memory.tableAdjointTangents = tangents.bases(instance)
      }
      if returning == nil { returning = Walker(run, memory) }
      returning?.rebase(memory, segments.positions(segment))
      let outcome = returning?.walk(from: instance, to: instance + 1) ?? .done
      if outcome != .done { return outcome }
      adjoints.carryFront(of: segment)
      tangents?.carryFront(of: segment)
    }
    return .done
  }

  /// Calls `body` for each run of cells of a box that lies in a segment of an instance: where it begins in the box, the
  /// index along the axis and the offset behind it, and its length.
  private func each(
    _ box: TableBox, _ instance: Int, _ segment: Int,
    _ body: (_ boxed: Int, _ cell: (index: Int, offset: Int), _ count: Int) -> Void
  ) {
    let sizes = program.tables[box.table].sizes
    let axis = segments.axis
    // The instance's place in the box.
    var boxed = 0
    var rest = instance
    var place = Array(repeating: 0, count: axis)
    for parallel in (0..<axis).reversed() {
      (rest, place[parallel]) = rest.quotientAndRemainder(dividingBy: sizes[parallel])
    }
    for parallel in 0..<axis {
      let index = place[parallel] - box.starts[parallel]
      if index < 0 || index >= box.sizes[parallel] { return }
      boxed = boxed * box.sizes[parallel] + index
    }
    let wanted = box.starts[axis]..<box.starts[axis] + box.sizes[axis]
    let indices = segments.mirrored(segments.positions(segment)).clamped(to: wanted)
    let inner = axis + 1..<sizes.count
    let run = inner.isEmpty ? 1 : box.sizes[sizes.count - 1]
    let runs = inner.dropLast().reduce(1) { $0 * box.sizes[$1] }
    for index in indices {
      for number in 0..<runs {
        var offset = 0
        var factor = 1
        var rest = number
        for other in inner.reversed() {
          var at = box.starts[other]
          if other != sizes.count - 1 {
            at += rest % box.sizes[other]
            rest /= box.sizes[other]
          }
          offset += at * factor
          factor *= sizes[other]
        }
        let row = (boxed * box.sizes[axis] + index - box.starts[axis]) * runs + number
        body(row * run, (index, offset), run)
      }
    }
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
