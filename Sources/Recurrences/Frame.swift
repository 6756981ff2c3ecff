// One thread's registers for one clause, and the evaluator of its blocks.
//
// A register holds a value in all lanes of the line of cells at hand; `pointers` says where it lies: in the frame, or, for
// what is read in place, in a table or tensor. A block is evaluated for the lanes from `first` up to `last`; all registers
// keep their lane numbers, so that a term that makes sense for some lanes only reads what surrounds it in place.
import KernelTypes
import Kernels

final class Frame {
  let code: ClauseCode
  // What the code consists of, and where its reads lie, as plain memory: threads that share a clause do not touch its count.
  let match: GuardCode
  let steps: UnsafeBufferPointer<CodeStep>
  let parts: UnsafeBufferPointer<StepPart>
  let guards: UnsafeBufferPointer<Int32>
  let reads: UnsafePointer<ReadCode>
  let reductions: UnsafePointer<ReductionCode>
  let places: UnsafeMutablePointer<ReadPlace>
  let rings: UnsafeBufferPointer<RingRead>
  /// The clause's own table.
  private(set) var table: ReadPlace
  /// The same, or the line of its rings that the cells at hand lie on.
  var own: ReadPlace
  let ownIsRing: Bool
  /// Bytes from what a read on a diagonal reads to what it comes to in a few lines; 0 elsewhere.
  var ahead = 0
  /// The innermost walk, where lines are not diagonals, and the steps along it after which a line is asked for beforehand.
  var walkAxis = 0
  var linesAhead = 0
  let lanes: Int
  let registers: UnsafeMutablePointer<UnsafeMutableRawPointer>
  let pointers: UnsafeMutablePointer<UnsafeMutableRawPointer>
  let slots: UnsafeMutablePointer<UnsafeMutableRawPointer>
  /// The walker's, which all its frames share: the indices of the first lane's cell, then those of terms.
  let variables: UnsafeMutablePointer<Int>
  /// Rows of terms, and of their tangents, by depth of nesting.
  let rows: UnsafeMutablePointer<UnsafeMutableRawPointer>
  let tangentRows: UnsafeMutablePointer<UnsafeMutableRawPointer>
  /// One byte a lane: whether the term at hand counts there. Nil when it does everywhere.
  var mask: UnsafeMutablePointer<UInt8>?
  var failure: CellFailure?
  /// Address of the cells at hand in their table, and how it moves.
  var cellAddress = 0
  var cellStride = 0
  /// Stops long reductions.
  var control: RunControl?
  /// Draws instead of weights: a generator's key and counter.
  var walk: RandomStream?
  /// The entropy of weights, each lane's times the derivative that arrived there; nil when nobody asks.
  var entropy: Double?
  /// Reductions that scripts define.
  var functions: [UserReduction] = []
  /// For reads that are tested: whether a cell is done, given the indices read and the lane.
  var isDone: ((UnsafePointer<Int>, Int) -> Bool)?
  private let arena: UnsafeMutableRawPointer
  private let arenaBytes: Int
  /// Matrices whose exponentials are kept.
  let kept: UnsafeMutablePointer<KeptMatrix>
  var keptCount = 0
  var keptBytes = 0
  var lastKept = 0
  /// What reads have kept, by their number.
  let keptReads: UnsafeMutablePointer<KeptRead>
  let maskPool: UnsafeMutablePointer<UInt8>
  /// Terms of means in each lane, by depth of nesting.
  let counts: UnsafeMutablePointer<Double>

  /// What a frame takes, in floating point, as the rows of a reduction can be more than there are integers.
  static func bytes(_ code: ClauseCode, lanes: Int) -> Double {
    let registers = Double(code.registerCount + code.slotCount) * Double(lanes + 64) * 8
    return registers + Double(code.keptBytes) + 2 * Double(max(1, code.depth)) * Double(max(1, code.rows))
      * Double(lanes + 16) * 8
  }

  init(_ code: ClauseCode, _ memory: RunMemory, lanes: Int, variables: UnsafeMutablePointer<Int>, isRing: Bool = false)
  {
    ownIsRing = isRing
    self.variables = variables
    self.code = code
    match = code.match
    steps = code.steps
    parts = code.parts
    guards = code.guards
    rings = code.rings
    // An arena gives memory for none, too.
    reads = code.reads.baseAddress ?? UnsafePointer(CodeArena.none.assumingMemoryBound(to: ReadCode.self))
    reductions =
      code.reductions.baseAddress ?? UnsafePointer(CodeArena.none.assumingMemoryBound(to: ReductionCode.self))
    kept = .allocate(capacity: Frame.mostKeptMatrices)
    keptReads = .allocate(capacity: max(1, code.reads.count))
    keptReads.initialize(repeating: KeptRead(), count: max(1, code.reads.count))
    places = .allocate(capacity: max(1, code.reads.count))
    for (index, read) in code.reads.enumerated() {
      (places + index).initialize(
        to: read.isTable ? memory.place(ofTable: read.source) : memory.place(ofInput: read.source))
    }
    table = memory.place(ofTable: code.table)
    own = table
    self.lanes = lanes
    let registerBytes = ((lanes + 32) * 8 + 63) / 64 * 64 + 64
    let rowBytes = max(1, code.rows) * ((lanes + 15) / 16 * 16) * 8 + 64
    let depth = max(1, code.depth)
    arenaBytes = (code.registerCount + code.slotCount) * registerBytes + 2 * depth * rowBytes + 64
    arena = Buffers.allocate(arenaBytes)
    registers = .allocate(capacity: max(1, code.registerCount))
    pointers = .allocate(capacity: max(1, code.registerCount))
    slots = .allocate(capacity: max(1, code.slotCount))
    rows = .allocate(capacity: depth)
    tangentRows = .allocate(capacity: depth)
    maskPool = .allocate(capacity: (depth + 1) * (lanes + 64))
    counts = .allocate(capacity: depth * lanes)
    var next = arena
    for register in 0..<code.registerCount {
      registers[register] = next
      pointers[register] = next
      next += registerBytes
    }
    for slot in 0..<code.slotCount {
      slots[slot] = next
      next.initializeMemory(as: UInt8.self, repeating: 0, count: registerBytes)
      next += registerBytes
    }
    for level in 0..<depth {
      rows[level] = next
      next += rowBytes
      tangentRows[level] = next
      next += rowBytes
    }
    for constant in code.constants {
      Lanes.fill(registers[constant.register], bits: constant.bits, size: constant.type.size, count: lanes + 16)
    }
  }

  deinit {
    for index in 0..<keptCount { Buffers.free(kept[index].memory, kept[index].bytes) }
    kept.deallocate()
    for index in 0..<code.reads.count {
      if let memory = keptReads[index].memory { Buffers.free(memory, keptReads[index].bytes) }
    }
    keptReads.deallocate()
    Buffers.free(arena, arenaBytes)
    places.deallocate()
    registers.deallocate()
    pointers.deallocate()
    slots.deallocate()
    rows.deallocate()
    tangentRows.deallocate()
    maskPool.deallocate()
    counts.deallocate()
  }

  /// Tables lie elsewhere from now on.
  func rebase(_ memory: RunMemory) {
    for (index, read) in code.reads.enumerated() where read.isTable {
      places[index] = memory.place(ofTable: read.source)
    }
    table = memory.place(ofTable: code.table)
    own = table
  }

  // MARK: Intervals

  /// Cuts the lanes to those where `line` is at least 0.
  @inline(__always) func clip(_ line: Line, _ first: inout Int, _ last: inout Int) {
    Frame.clip(line.value(variables), line.stride, &first, &last)
  }

  /// Cuts the lanes to those where `start + lane * stride >= 0`.
  @inline(__always) static func clip(_ start: Int, _ stride: Int, _ first: inout Int, _ last: inout Int) {
    if stride == 0 {
      if start < 0 { last = first }
    } else if stride == 1 {
      first = max(first, 0 &- start)
    } else if stride == -1 {
      last = min(last, start &+ 1)
    } else if stride > 0 {
      // lane >= -start / stride, rounded up
      if start < 0 { first = max(first, (stride &- 1 &- start) / stride) }
    } else {
      // lane <= start / -stride
      if start < 0 { last = first } else { last = min(last, start / (0 &- stride) &+ 1) }
    }
    if last < first { last = first }
  }

  /// Cuts the lanes to those at which a read lies within what it reads.
  @inline(__always) func clip(_ read: UnsafePointer<ReadCode>, _ first: inout Int, _ last: inout Int) {
    for axis in read.pointee.axes where axis.isChecked && axis.register < 0 {
      let start = axis.line.value(variables)
      let stride = axis.line.stride
      Frame.clip(start, stride, &first, &last)
      Frame.clip(axis.size &- 1 &- start, 0 &- stride, &first, &last)
    }
  }

  // MARK: Blocks

  /// Evaluates a block; false when it failed.
  func evaluate(_ steps: UnsafeBufferPointer<CodeStep>, _ first: Int, _ last: Int) -> Bool {
    var index = 0
    while index < steps.count {
      guard let step = steps.baseAddress.map({ $0 + index }) else { return true }
      index &+= 1
      switch step.pointee.kind {
      case .element:
        if !element(step, first, last) { return false }
      case .index: self.index(step, first, last)
      case .spread:
        let size = Int(step.pointee.size)
        Lanes.spread(
          pointers[Int(step.pointee.a)], into: registers[Int(step.pointee.target)] + first &* size, size: size,
          count: last &- first)
      case .read:
        if !read(step, isTangent: false, first, last) { return false }
      case .readTangent:
        if !read(step, isTangent: true, first, last) { return false }
      case .reduce, .reduceDual:
        if !reduce(step, first, last) { return false }
      case .reduceAdjoint:
        if !reduceAdjoint(step, first, last) { return false }
      case .seed: load(own.adjoints, step, first, last)
      case .seedTangent: load(own.adjointTangents, step, first, last)
      case .accumulate: accumulate(step, isTangent: false, first, last)
      case .accumulateTangent: accumulate(step, isTangent: true, first, last)
      case .collected:
        let size = Int(step.pointee.size)
        let slot = slots[Int(step.pointee.number)] + first &* size
        let target = registers[Int(step.pointee.target)] + first &* size
        target.copyMemory(from: slot, byteCount: (last &- first) &* size)
        slot.initializeMemory(as: UInt8.self, repeating: 0, count: (last &- first) &* size)
      case .collect:
        let size = Int(step.pointee.size)
        Lanes.add(
          pointers[Int(step.pointee.a)] + first &* size, to: slots[Int(step.pointee.number)] + first &* size,
          size: size, count: last &- first)
      }
    }
    return true
  }

  @inline(__always) private func element(_ step: UnsafePointer<CodeStep>, _ first: Int, _ last: Int) -> Bool {
    guard let kernel = step.pointee.kernel else { return true }
    let target = Int(step.pointee.target)
    let code: Int
    if step.pointee.isUniform {
      code = kernel(
        pointers[target], pointers[Int(step.pointee.a)], pointers[Int(step.pointee.b)], pointers[Int(step.pointee.c)],
        1)
    } else {
      code = kernel(
        pointers[target] + first &* Int(step.pointee.size),
        pointers[Int(step.pointee.a)] + first &* Int(step.pointee.stepA),
        pointers[Int(step.pointee.b)] + first &* Int(step.pointee.stepB),
        pointers[Int(step.pointee.c)] + first &* Int(step.pointee.stepC), (last &- first) | step.pointee.repeated)
    }
    if code < 0 { return true }
    // A lane that is masked out does not count.
    if let mask, mask[first &+ ElementFailure.lane(code)] == 0 { return true }
    failure = .integer(place: self.code.place, reason: Int(ElementFailure.reason(code).rawValue))
    return false
  }

  @inline(__always) private func index(_ step: UnsafePointer<CodeStep>, _ first: Int, _ last: Int) {
    let start = step.pointee.line.value(variables)
    let target = registers[Int(step.pointee.target)].assumingMemoryBound(to: Int64.self)
    if step.pointee.isUniform {
      for lane in 0..<16 { target[lane] = Int64(start) }
      return
    }
    var lane = first
    while lane < last {
      target[lane] = Int64(start &+ lane &* step.pointee.line.stride)
      lane &+= 1
    }
  }

  /// Loads what lies at the cells.
  @inline(__always) private func load(
    _ table: UnsafeMutableRawPointer?, _ step: UnsafePointer<CodeStep>, _ first: Int, _ last: Int
  ) {
    guard let table else { return }
    let size = Int(step.pointee.size)
    let target = Int(step.pointee.target)
    if ownIsRing {
      pointers[target] = table
      return
    }
    let from = table + (cellAddress &+ first &* cellStride) &* size
    if cellStride == 1 {
      pointers[target] = from - first &* size
      return
    }
    pointers[target] = registers[target]
    Lanes.gather(from, stride: cellStride, into: registers[target] + first &* size, size: size, count: last &- first)
  }
}
