// One part of a run: its frames, and the walk over its cells. Lines of cells are cut into blocks of lanes; a block's lanes
// are shared out among the clauses, first come first served, and each clause runs on intervals of lanes.
import KernelTypes
import Kernels

final class Walker {
  private let run: Run
  private let recurrence: Recurrence
  private let program: Program
  private let schedule: Schedule
  private let frames: [[Frame]]
  private let bands: [[Frame]]
  private let memory: RunMemory
  private let isBackward: Bool
  /// Indices of the first lane's cell.
  private let cell: UnsafeMutablePointer<Int>
  private let rank: Int
  private let lanes: Int
  private var outcome = Run.Outcome.done
  private var blocks = 0

  init(_ run: Run, _ memory: RunMemory) {
    self.run = run
    self.memory = memory
    recurrence = run.recurrence
    program = run.recurrence.program
    schedule = run.recurrence.schedule
    rank = run.recurrence.space.count
    isBackward = run.form == .adjoint || run.form == .adjointTangent
    let clauses = run.recurrence.clauses(run.form)
    lanes = run.recurrence.lanes(run.form)
    cell = .allocate(capacity: max(1, rank))
    cell.initialize(repeating: 0, count: max(1, rank))
    let lanes = lanes
    let tables = run.recurrence.program.tables.indices
    frames = tables.map { table in clauses.filter { $0.table == table }.map { Frame($0, memory, lanes: lanes) } }
    bands = run.recurrence.bands().map { $0.map { Frame($0, memory, lanes: lanes) } }
    for group in frames {
      for frame in group {
        frame.walk = run.walk
        frame.control = run.control
        if run.entropy != nil { frame.entropy = 0 }
        frame.isDone = { [unowned self] place, lane in self.isDone(place, lane) }
      }
    }
  }

  deinit { cell.deallocate() }

  /// What the frames added up, in their order.
  var entropy: Double { frames.joined().reduce(0) { $0 + ($1.entropy ?? 0) } }

  /// Instances number the cells of the parallel axes.
  func walk(from: Int, to: Int) -> Run.Outcome {
    if run.form == .values { clearTables(from, to) }
    for instance in from..<to {
      var rest = instance
      for axis in schedule.parallel.reversed() {
        (rest, cell[axis]) = rest.quotientAndRemainder(dividingBy: recurrence.space[axis])
      }
      if !step(0) { return outcome }
    }
    return outcome
  }

  /// Where some cells are left out, all begin as NaN. The first part does it for all, before any other writes: so only
  /// its own share is cleared, row by row of the parallel axes.
  private func clearTables(_ from: Int, _ to: Int) {
    for (index, table) in program.tables.enumerated() where !table.band.isEmpty && program.dtype.isFloat {
      let bits = program.dtype == .f32 ? UInt64(Float.nan.bitPattern) : Double.nan.bitPattern
      if schedule.parallel.isEmpty {
        Lanes.fill(memory.tables[index], bits: bits, size: program.dtype.size, count: table.count)
        continue
      }
      for flat in 0..<table.count {
        var rest = flat
        var instance = 0
        var factor = 1
        var place = Array(repeating: 0, count: rank)
        for axis in (0..<rank).reversed() {
          (rest, place[axis]) = rest.quotientAndRemainder(dividingBy: table.sizes[axis])
        }
        for axis in schedule.parallel.reversed() {
          instance += place[axis] * factor
          factor *= recurrence.space[axis]
        }
        if instance >= from && instance < to {
          Lanes.fill(
            memory.tables[index] + flat * program.dtype.size, bits: bits, size: program.dtype.size, count: 1)
        }
      }
    }
  }

  // MARK: The order of lines

  private func step(_ level: Int) -> Bool {
    let walks = schedule.walks
    if level < walks.count {
      let walk = walks[level]
      let size = recurrence.space[walk.axis]
      for position in 0..<size {
        let ordered = isBackward ? size &- 1 &- position : position
        cell[walk.axis] = walk.direction > 0 ? ordered : size &- 1 &- ordered
        if !step(level &+ 1) { return false }
      }
      return true
    }
    let free = level &- walks.count
    if free < schedule.free.count {
      let axis = schedule.free[free]
      for position in 0..<recurrence.space[axis] {
        cell[axis] = position
        if !step(level &+ 1) { return false }
      }
      return true
    }
    switch schedule.lanes {
    case .none: return line(1)
    case .axis(let axis):
      cell[axis] = 0
      return line(recurrence.space[axis])
    case .diagonal: return diagonals()
    }
  }

  /// Rows are taken in strips, and diagonals within a strip: what a strip's neighbouring diagonals touch stays in the
  /// first cache. No cell reads a later row, so a strip depends on those before it alone.
  private func diagonals() -> Bool {
    let rows = recurrence.space[schedule.diagonal[0].axis]
    let strips = (rows &+ Walker.stripRows &- 1) / Walker.stripRows
    for position in 0..<strips {
      let strip = isBackward ? strips &- 1 &- position : position
      if !diagonals(rows &* strip / strips, rows &* (strip &+ 1) / strips) { return false }
    }
    return true
  }

  private static let stripRows = 128

  private func diagonals(_ top: Int, _ bottom: Int) -> Bool {
    let (p, q) = (schedule.diagonal[0], schedule.diagonal[1])
    let (rows, columns) = (recurrence.space[p.axis], recurrence.space[q.axis])
    let count = bottom &- top &+ columns &- 1
    for position in 0..<count {
      let sum = top &+ (isBackward ? count &- 1 &- position : position)
      let first = max(top, sum &- columns &+ 1)
      let last = min(bottom &- 1, sum)
      cell[p.axis] = p.direction > 0 ? first : rows &- 1 &- first
      cell[q.axis] = q.direction > 0 ? sum &- first : columns &- 1 &- (sum &- first)
      if !line(last &- first &+ 1) { return false }
    }
    return true
  }

  /// A line of cells that begins at `cell`.
  private func line(_ count: Int) -> Bool {
    var start = 0
    while start < count {
      let block = min(lanes, count &- start)
      for axis in 0..<rank { cell[axis] &+= start &* recurrence.directions[axis] }
      let order = schedule.tableOrder
      for position in 0..<order.count {
        let table = order[isBackward ? order.count &- 1 &- position : position]
        if !self.block(table, block) { return false }
      }
      for axis in 0..<rank { cell[axis] &-= start &* recurrence.directions[axis] }
      start &+= block
      blocks &+= 1
      if blocks & 63 == 0 && run.control.isCancelled {
        outcome = .cancelled
        return false
      }
    }
    return true
  }

  // MARK: Blocks

  private func block(_ table: Int, _ count: Int) -> Bool {
    var first = 0
    var last = count
    var address = 0
    var stride = 0
    let sizes = program.tables[table].sizes
    for axis in 0..<rank {
      // Tables of one recurrence may differ in size.
      let direction = recurrence.directions[axis]
      Frame.clip(sizes[axis] &- 1 &- cell[axis], 0 &- direction, &first, &last)
      address = address &* sizes[axis] &+ cell[axis]
      stride = stride &* sizes[axis] &+ direction
    }
    if first >= last { return true }
    guard let band = bands[table].first else { return clauses(table, 0, first, last, address, stride) }
    return matching(band, first, last) {
      self.clauses(table, 0, $0, $1, address, stride)
    } otherwise: { _, _ in
      true
    }
  }

  /// The lanes from `first` to `last` among the clauses from `number` on.
  private func clauses(_ table: Int, _ number: Int, _ first: Int, _ last: Int, _ address: Int, _ stride: Int) -> Bool {
    guard number < frames[table].count else {
      let place = (0..<rank).map { cell[$0] + first * recurrence.directions[$0] }
      outcome = .failed(.undefined(table: table, cell: place))
      return false
    }
    let frame = frames[table][number]
    return matching(frame, first, last) {
      self.run(frame, table, $0, $1, address, stride)
    } otherwise: {
      self.clauses(table, number + 1, $0, $1, address, stride)
    }
  }

  /// Shares lanes between those that match the frame's clause and the others, as intervals.
  private func matching(
    _ frame: Frame, _ first: Int, _ last: Int, _ hit: (Int, Int) -> Bool, otherwise miss: (Int, Int) -> Bool
  ) -> Bool {
    for axis in 0..<rank { frame.variables[axis] = cell[axis] }
    var (from, to) = (first, last)
    for line in frame.code.match.lines { frame.clip(line, &from, &to) }
    if from >= to { return miss(first, last) }
    if from > first && !miss(first, from) { return false }
    if to < last && !miss(to, last) { return false }
    var result = Int(frame.code.match.result)
    var isUniform = frame.code.match.isResultUniform
    var steps = frame.code.match.steps
    var guards = frame.code.match.guards
    if result < 0 && frame.code.isBand {
      // A band's condition is what its clause makes.
      result = Int(frame.code.result)
      isUniform = frame.code.isResultUniform
      steps = frame.code.steps
      guards = frame.code.guards
    }
    if result < 0 { return hit(from, to) }
    var (start, end) = (from, to)
    if !frame.clipGuards(guards, isTerm: false, &start, &end) { return fail(frame) }
    if !frame.evaluate(steps, from, to) { return fail(frame) }
    let holds = frame.pointers[result].assumingMemoryBound(to: UInt8.self)
    if isUniform { return holds[0] != 0 ? hit(from, to) : miss(from, to) }
    // Runs of lanes; copied, since running a clause uses the registers.
    let flags = Array(UnsafeBufferPointer(start: holds + from, count: to - from))
    start = 0
    while start < flags.count {
      end = start + 1
      while end < flags.count && (flags[end] != 0) == (flags[start] != 0) { end += 1 }
      if !(flags[start] != 0 ? hit(from + start, from + end) : miss(from + start, from + end)) { return false }
      start = end
    }
    return true
  }

  private func fail(_ frame: Frame) -> Bool {
    if var failure = frame.failure {
      if case .forward(let place, let index, let lane) = failure {
        let cell = (0..<rank).map { self.cell[$0] + (lane.first ?? 0) * recurrence.directions[$0] }
        failure = .forward(place: place, index: index, cell: cell)
      }
      outcome = .failed(failure)
    } else {
      outcome = .cancelled
    }
    return false
  }

  private func run(_ frame: Frame, _ table: Int, _ first: Int, _ last: Int, _ address: Int, _ stride: Int) -> Bool {
    for axis in 0..<rank { frame.variables[axis] = cell[axis] }
    frame.cellAddress = address
    frame.cellStride = stride
    frame.mask = nil
    var (from, to) = (first, last)
    if !frame.clipGuards(frame.code.guards, isTerm: false, &from, &to) { return fail(frame) }
    if !frame.evaluate(frame.code.steps, first, last) || frame.failure != nil { return fail(frame) }
    switch run.form {
    case .values:
      store(frame, Int(frame.code.result), frame.code.isResultUniform, memory.tables[table], first, last)
    case .tangent:
      if frame.code.tangent >= 0 {
        store(frame, Int(frame.code.tangent), frame.code.isTangentUniform, memory.tableTangents[table], first, last)
      }
    case .adjoint, .adjointTangent: break
    }
    return true
  }

  private func store(
    _ frame: Frame, _ register: Int, _ isUniform: Bool, _ table: UnsafeMutableRawPointer, _ first: Int, _ last: Int
  ) {
    let size = program.dtype.size
    let target = table + (frame.cellAddress &+ first &* frame.cellStride) &* size
    let value = frame.pointers[register]
    if isUniform {
      for lane in 0..<(last &- first) {
        (target + lane &* frame.cellStride &* size).copyMemory(from: value, byteCount: size)
      }
    } else {
      Lanes.scatter(value + first &* size, into: target, stride: frame.cellStride, size: size, count: last &- first)
    }
  }

  // MARK: Data-dependent reads

  /// Whether the cell at `place` comes before that of lane `lane`.
  private func isDone(_ place: UnsafePointer<Int>, _ lane: Int) -> Bool {
    for walk in schedule.walks {
      let mine = (cell[walk.axis] &+ lane &* recurrence.directions[walk.axis]) &* walk.direction
      let other = place[walk.axis] &* walk.direction
      if other != mine { return other < mine }
    }
    return false
  }
}
