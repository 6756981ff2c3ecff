// One part of a run: its frames, and the walk over its cells. Lines of cells are cut into blocks of lanes; a block's lanes
// are shared out among the clauses, first come first served, and each clause runs on intervals of lanes.
import KernelTypes
import Kernels

final class Walker {
  let run: Run
  private let recurrence: Recurrence
  private let program: Program
  private let schedule: Schedule
  private let tables: [TableFrames]
  private let memory: RunMemory
  let isBackward: Bool
  /// Indices of the first lane's cell, in front of the variables of terms.
  let cell: UnsafeMutablePointer<Int>
  let directions: UnsafeMutablePointer<Int>
  let rank: Int
  let lanes: Int
  // Plain memory, as threads share what holds it otherwise.
  private let tableFrames: UnsafeMutablePointer<Unmanaged<TableFrames>>
  let order: UnsafeMutablePointer<Int>
  let tableCount: Int
  let space: UnsafeMutablePointer<Int>
  let walks: UnsafeMutableBufferPointer<Schedule.Walk>
  let free: UnsafeMutableBufferPointer<Int>
  let laneKind: Schedule.Lanes
  let diagonalAxes: (Schedule.Walk, Schedule.Walk)?
  let front: Wavefront?
  /// The anti-diagonal at hand, and the row of lane 0 on it.
  var diagonal = 0
  var row = 0
  /// Along the outermost walk: those whose cells are wanted (see Segments); nil: all.
  var positions: Range<Int>?
  var outcome = Run.Outcome.done
  var blocks = 0
  /// Instances side by side, how many there are at hand, and what tells them apart (see Walker+Chains).
  let chains: Chains
  var chainCount = 1

  /// Each chain at hand has memory of its own, or the first one's is that of all.
  init(_ run: Run, _ memory: RunMemory, chains mostChains: Int = 1) {
    self.run = run
    self.memory = memory
    recurrence = run.recurrence
    program = run.recurrence.program
    schedule = run.recurrence.schedule
    rank = run.recurrence.space.count
    isBackward = run.form == .adjoint || run.form == .adjointTangent
    let clauses = run.recurrence.clauses(run.form, wanted: memory.wanted)
    let bands = run.recurrence.bands()
    let lanes = run.recurrence.lanes(run.form, wanted: memory.wanted)
    self.lanes = lanes
    let most = (clauses + bands.joined()).reduce(1) { max($0, $1.variableCount) }
    let cell = UnsafeMutablePointer<Int>.allocate(capacity: max(most, rank))
    cell.initialize(repeating: 0, count: max(most, rank))
    self.cell = cell
    directions = .allocate(capacity: max(1, rank))
    for axis in 0..<rank { directions[axis] = run.recurrence.directions[axis] }
    let hasRings = run.recurrence.reach != nil
    chains = Chains(most: mostChains, axes: run.recurrence.schedule.parallel, tables: run.recurrence.program.tables)
    tables = program.tables.indices.map { table in
      TableFrames(
        clauses.filter { $0.table == table }.map { code in
          (0..<mostChains).map { _ in Frame(code, memory, lanes: lanes, variables: cell, isRing: hasRings) }
        },
        band: bands[table].first.map { Frame($0, memory, lanes: lanes, variables: cell) },
        sizes: run.recurrence.program.tables[table].sizes)
    }
    tableCount = tables.count
    tableFrames = .allocate(capacity: max(1, tableCount))
    order = .allocate(capacity: max(1, tableCount))
    for (index, table) in (isBackward ? schedule.tableOrder.reversed() : schedule.tableOrder).enumerated() {
      order[index] = table
      tableFrames[index] = .passUnretained(tables[index])
    }
    space = .allocate(capacity: max(1, rank))
    for axis in 0..<rank { space[axis] = run.recurrence.space[axis] }
    walks = .allocate(capacity: schedule.walks.count)
    _ = walks.initialize(from: schedule.walks)
    free = .allocate(capacity: schedule.free.count)
    _ = free.initialize(from: schedule.free)
    laneKind = schedule.lanes
    diagonalAxes = schedule.diagonal.count == 2 ? (schedule.diagonal[0], schedule.diagonal[1]) : nil
    front = run.recurrence.reach.map { reach in
      Wavefront(run.recurrence, reach, run.form, memory, rows: Walker.stripRows)
    }
    for table in tables {
      for frame in table.all {
        frame.walk = run.walk
        frame.functions = program.functions
        frame.control = run.control
        frame.ahead = front?.ahead ?? 0
        if let walk = schedule.walks.last, schedule.free.isEmpty, front == nil {
          (frame.walkAxis, frame.linesAhead) = (walk.axis, isBackward ? -4 * walk.direction : 4 * walk.direction)
        }
        if run.entropy != nil { frame.entropy = 0 }
        frame.isDone = { [unowned self] place, lane in self.isDone(place, lane) }
      }
    }
  }

  deinit {
    cell.deallocate()
    directions.deallocate()
    tableFrames.deallocate()
    order.deallocate()
    space.deallocate()
    walks.deallocate()
    free.deallocate()
  }

  /// Goes on with tables in other memory, each chain's own, of which those positions of the outermost walk are there (see
  /// Segments).
  func rebase(_ memories: [RunMemory], _ positions: Range<Int>) {
    self.positions = positions
    for table in tables {
      for (chain, memory) in memories.enumerated() { table.rebase(chain, memory) }
      if let first = memories.first { table.band?.rebase(first) }
    }
    if let first = memories.first { front?.rebase(first) }
  }

  /// What the frames added up, in their order.
  var entropy: Double { tables.flatMap(\.all).reduce(0) { $0 + ($1.entropy ?? 0) } }

  /// Instances number the cells of the parallel axes.
  func walk(from: Int, to: Int) -> Run.Outcome {
    if run.form == .values && positions == nil { clearTables(from, to) }
    var instance = from
    while instance < to {
      chainCount = min(chains.most, to &- instance)
      chains.begin(instance, chainCount, space)
      chains.enter(0, cell)
      if !step(0) { return outcome }
      instance &+= chainCount
    }
    return outcome
  }

  /// Sends on what was kept back, when all has been walked over.
  func finish() {
    for table in tables { for frame in table.all { frame.giveBackMatrices() } }
  }

  /// Where some cells are left out, all begin as NaN. The first part does it for all, before any other writes: so only
  /// its own share is cleared, row by row of the parallel axes.
  private func clearTables(_ from: Int, _ to: Int) {
    for (index, table) in program.tables.enumerated() where !table.band.isEmpty && program.dtype.isFloat {
      let bits = Lanes.nan(size: program.dtype.size)
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

  // MARK: Blocks

  func block(_ table: Int, _ count: Int) -> Bool {
    tableFrames[table]._withUnsafeGuaranteedRef { self.block($0, table, count) }
  }

  @inline(__always) private func block(_ frames: TableFrames, _ table: Int, _ count: Int) -> Bool {
    var block = Block(table: table, first: 0, last: count)
    var axis = 0
    while axis < rank {
      // Tables of one recurrence may differ in size.
      let size = frames.sizes[axis]
      Frame.clip(size &- 1 &- cell[axis], 0 &- directions[axis], &block.first, &block.last)
      block.address = block.address &* size &+ cell[axis]
      block.stride = block.stride &* size &+ directions[axis]
      axis &+= 1
    }
    if block.first >= block.last { return true }
    return matching(frames, frames.band == nil ? 0 : -1, block)
  }

  /// Shares the lanes of a block out among the clauses from `number` on, as intervals, first come first served; clause -1
  /// is the band.
  private func matching(_ frames: TableFrames, _ number: Int, _ block: Block) -> Bool {
    guard let frame = frames.frame(number) else {
      let place = (0..<rank).map { cell[$0] + block.first * directions[$0] }
      outcome = .failed(.undefined(table: block.table, cell: place))
      return false
    }
    return frame._withUnsafeGuaranteedRef { frame in
      var inside = block
      for line in frame.match.lines { frame.clip(line, &inside.first, &inside.last) }
      if inside.first >= inside.last { return number < 0 || matching(frames, number &+ 1, block) }
      if number >= 0 {
        if inside.first > block.first && !matching(frames, number &+ 1, block.cut(block.first, inside.first)) {
          return false
        }
        if inside.last < block.last && !matching(frames, number &+ 1, block.cut(inside.last, block.last)) {
          return false
        }
        if frame.match.result < 0 { return chainCount > 1 ? run(frames, number, inside) : run(frame, inside) }
      }
      return choosing(frames, number, frame, inside)
    }
  }

  /// As `matching`, for the lanes in which the clause's condition holds.
  private func choosing(_ frames: TableFrames, _ number: Int, _ frame: Frame, _ block: Block) -> Bool {
    var result = Int(frame.match.result)
    var isUniform = frame.match.isResultUniform
    var steps = frame.match.steps
    var guards = frame.match.guards
    if result < 0 && number < 0 {
      // A band's condition is what its clause makes.
      result = Int(frame.code.result)
      isUniform = frame.code.isResultUniform
      steps = frame.steps
      guards = frame.guards
    }
    func take(_ holds: Bool, _ part: Block) -> Bool {
      if number < 0 { return !holds || matching(frames, 0, part) }
      return holds ? run(frame, part) : matching(frames, number &+ 1, part)
    }
    if result < 0 { return take(true, block) }
    if let front, number >= 0 { enter(frame, front, block.table) }
    var (start, end) = (block.first, block.last)
    if !frame.clipGuards(guards, isTerm: false, &start, &end) { return fail(frame) }
    if !frame.evaluate(steps, block.first, block.last) { return fail(frame) }
    let holds = frame.pointers[result].assumingMemoryBound(to: UInt8.self)
    if isUniform { return take(holds[0] != 0, block) }
    // Runs of lanes; copied, since running a clause uses the registers.
    let flags = Array(UnsafeBufferPointer(start: holds + block.first, count: block.last - block.first))
    start = 0
    while start < flags.count {
      end = start + 1
      while end < flags.count && (flags[end] != 0) == (flags[start] != 0) { end += 1 }
      if !take(flags[start] != 0, block.cut(block.first + start, block.first + end)) { return false }
      start = end
    }
    return true
  }

  func fail(_ frame: Frame) -> Bool {
    if var failure = frame.failure {
      if case .forward(let place, let index, let lane) = failure {
        let cell = (0..<rank).map { self.cell[$0] + (lane.first ?? 0) * directions[$0] }
        failure = .forward(place: place, index: index, cell: cell)
      }
      outcome = .failed(failure)
    } else {
      outcome = .cancelled
    }
    return false
  }

  private func run(_ frame: Frame, _ block: Block) -> Bool {
    frame.cellAddress = block.address
    frame.cellStride = block.stride
    frame.mask = nil
    if let front { enter(frame, front, block.table) }
    let (first, last) = (block.first, block.last)
    if frame.guards.count > 0 {
      var (from, to) = (first, last)
      if !frame.clipGuards(frame.guards, isTerm: false, &from, &to) { return fail(frame) }
    }
    if !frame.evaluate(frame.steps, first, last) || frame.failure != nil { return fail(frame) }
    switch run.form {
    case .values: storeValues(frame, first, last)
    case .tangent:
      if frame.code.tangent >= 0 {
        store(
          frame, Int(frame.code.tangent), frame.code.isTangentUniform, frame.table.tangents,
          frame.own.tangents, first, last)
      } else if front != nil, let own = frame.own.tangents {
        // The table is zero already.
        let size = program.dtype.size
        Lanes.fill(
          UnsafeMutableRawPointer(mutating: own) + first &* size, bits: 0, size: size, count: last &- first)
      }
    case .adjoint, .adjointTangent: break
    }
    return true
  }

  @inline(__always) func storeValues(_ frame: Frame, _ first: Int, _ last: Int) {
    store(
      frame, Int(frame.code.result), frame.code.isResultUniform, frame.table.values, frame.own.values, first, last)
  }

  /// Points the frame's reads of rings, and its own cells, at the line at hand.
  @inline(__always) private func enter(_ frame: Frame, _ front: Wavefront, _ table: Int) {
    frame.own = front.place(table, diagonal, row)
    for read in frame.rings {
      frame.places[read.number] = front.place(read.entry, diagonal &+ read.lines, row &+ read.rows)
    }
  }

  private func store(
    _ frame: Frame, _ register: Int, _ isUniform: Bool, _ table: UnsafeRawPointer?, _ own: UnsafeRawPointer?,
    _ first: Int, _ last: Int
  ) {
    let size = program.dtype.size
    let value = frame.pointers[register]
    if front != nil {
      // The table gets whole blocks of lines.
      guard let own else { return }
      let ring = UnsafeMutableRawPointer(mutating: own) + first &* size
      if isUniform {
        Lanes.spread(value, into: ring, size: size, count: last &- first)
      } else {
        ring.copyMemory(from: value + first &* size, byteCount: (last &- first) &* size)
      }
      return
    }
    guard let table else { return }
    let target = UnsafeMutableRawPointer(mutating: table) + (frame.cellAddress &+ first &* frame.cellStride) &* size
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
      let mine = (cell[walk.axis] &+ lane &* directions[walk.axis]) &* walk.direction
      let other = place[walk.axis] &* walk.direction
      if other != mine { return other < mine }
    }
    return false
  }
}
