// All blocks of a loop: in order on one thread, or in parts on several. What a part covers and how parts of a reduction
// are combined depends on the loop's sizes only, so one thread and many give the same bits.
import CPlatform
import KernelTypes
import Kernels

extension LoopProgram {
  /// Additions of floats that are worth a second thread, and that make up a part.
  private static let parallelCost = 200_000
  private static let partCost = 60_000

  /// Runs the loop. `parameters` are the bits of an f32, f64, i64 or bool in the low bytes. An output may be the very
  /// memory of a contiguous input; else outputs overlap nothing.
  package func run(
    inputs: UnsafePointer<UnsafeRawPointer>, parameters: UnsafePointer<UInt64>,
    outputs: UnsafePointer<UnsafeMutableRawPointer>, control: RunControl
  ) -> KernelOutcome {
    if shape.total == 0 { return finishEmpty(outputs) }
    if shape.mode == .map && shape.total <= shape.lanes {
      // One block: nothing to share or to poll.
      if control.isCancelled { return .cancelled }
      var frame = LoopFrame(self, inputs, parameters, outputs)
      let failure = frame.run(row: 0, lane: 0, count: shape.total)
      frame.release()
      return failure.map { LoopProgram.outcome($0) } ?? .done
    }
    let run = LoopRun(
      program: self, inputs: inputs, parameters: parameters, outputs: outputs, control: control,
      parts: partCount)
    return run.execute(isParallel: shape.total &* costPerPoint >= LoopProgram.parallelCost)
  }

  static func outcome(_ failure: LoopFrame.Failure) -> KernelOutcome {
    let reason = failure.instruction < 0 ? .overflow : ElementFailure.reason(failure.code)
    return .failed(position: failure.position, reason: reason, instruction: failure.instruction)
  }

  /// Units of work that a part is made of: row blocks of a map or of trailing rows, blocks of a full reduction, and one
  /// (group, tile) pair of a column reduction.
  var unitsInPart: Int {
    switch shape.mode {
    case .all: return LoopShape.blocksInPartOfAll
    case .leading: return 1
    case .trailing:
      let cost = Swift.max(1, shape.rowsInBlock &* shape.length &* costPerPoint)
      return Swift.max(1, LoopProgram.partCost / cost)
    case .map:
      return Swift.max(1, LoopProgram.partCost / Swift.max(1, shape.rowsInBlock &* shape.lanes &* costPerPoint))
    }
  }
  var unitCount: Int {
    switch shape.mode {
    case .map, .all: return shape.rowBlocks &* shape.blocksInRow
    case .trailing: return shape.rowBlocks
    case .leading: return groupCount &* shape.blocksInRow
    }
  }
  var groupCount: Int { (shape.rows &+ LoopShape.rowsInGroup &- 1) / LoopShape.rowsInGroup }
  var partCount: Int { (unitCount &+ unitsInPart &- 1) / unitsInPart }

  /// A space without points: nothing to store, and reductions are neutral elements.
  private func finishEmpty(_ outputs: UnsafePointer<UnsafeMutableRawPointer>) -> KernelOutcome {
    for reduction in reductions {
      let count = shape.mode == .all ? 1 : shape.mode == .trailing ? shape.rows : shape.length
      var slot: (Int64, Int64) = (0, 0)
      for index in 0..<count {
        withUnsafeMutableBytes(of: &slot) { bytes in
          guard let address = bytes.baseAddress else { return }
          ReductionSlot.begin(address, reduction.op, reduction.type)
          _ = ReductionSlot.finish(
            address, reduction.op, reduction.type, into: outputs[reduction.output] + index * reduction.type.size)
        }
      }
    }
    return .done
  }
}

/// One run of a program.
private struct LoopRun {
  let program: LoopProgram
  let inputs: UnsafePointer<UnsafeRawPointer>
  let parameters: UnsafePointer<UInt64>
  let outputs: UnsafePointer<UnsafeMutableRawPointer>
  let control: RunControl
  let parts: Int

  private var shape: LoopShape { program.shape }

  /// What threads tell each other. The failure of the lowest part wins, whatever order parts ran in.
  private struct Shared {
    var lock: Int32 = 0
    var failedPart = Int64.max
    var failure = LoopFrame.Failure()
    var cancelled: Int64 = 0
  }

  func execute(isParallel: Bool) -> KernelOutcome {
    let partialBytes = bytesOfPartials
    let partials = partialBytes > 0 ? Buffers.allocate(partialBytes) : nil
    defer { if let partials { Buffers.free(partials, partialBytes) } }
    var shared = Shared()
    withUnsafeMutablePointer(to: &shared) { shared in
      if isParallel && parts > 1 && control.pool.threads > 1 {
        control.pool.run(parts: parts) { part in
          if Int64(part) > trellis_load_relaxed_64(&shared.pointee.failedPart)
            || trellis_load_relaxed_64(&shared.pointee.cancelled) != 0
          {
            return
          }
          var frame = LoopFrame(program, inputs, parameters, outputs)
          runPart(part, &frame, partials, shared)
          frame.release()
        }
      } else {
        var frame = LoopFrame(program, inputs, parameters, outputs)
        var part = 0
        while part < parts && shared.pointee.failedPart == .max && shared.pointee.cancelled == 0 {
          runPart(part, &frame, partials, shared)
          part &+= 1
        }
        frame.release()
      }
    }
    if shared.failedPart != .max { return LoopProgram.outcome(shared.failure) }
    if shared.cancelled != 0 { return .cancelled }
    return combine(partials)
  }

  private func report(_ failure: LoopFrame.Failure, _ part: Int, _ shared: UnsafeMutablePointer<Shared>) {
    while trellis_exchange_acquire_32(&shared.pointee.lock, 1) != 0 { trellis_spin_hint() }
    if Int64(part) < shared.pointee.failedPart {
      trellis_store_relaxed_64(&shared.pointee.failedPart, Int64(part))
      shared.pointee.failure = failure
    }
    trellis_store_release_32(&shared.pointee.lock, 0)
  }

  private func runPart(
    _ part: Int, _ frame: inout LoopFrame, _ partials: UnsafeMutableRawPointer?, _ shared: UnsafeMutablePointer<Shared>
  ) {
    let first = part &* program.unitsInPart
    let last = Swift.min(first &+ program.unitsInPart, program.unitCount)
    let failure: LoopFrame.Failure?
    switch shape.mode {
    case .map: failure = runMap(first, last, &frame, shared)
    case .all: failure = runAll(part, first, last, &frame, partials, shared)
    case .trailing: failure = runTrailing(first, last, &frame, shared)
    case .leading: failure = runLeading(part, &frame, partials, shared)
    }
    if let failure { report(failure, part, shared) }
  }

  private func mustStop(_ shared: UnsafeMutablePointer<Shared>) -> Bool {
    if control.isCancelled {
      trellis_store_relaxed_64(&shared.pointee.cancelled, 1)
      return true
    }
    return false
  }

  private func runMap(
    _ first: Int, _ last: Int, _ frame: inout LoopFrame, _ shared: UnsafeMutablePointer<Shared>
  ) -> LoopFrame.Failure? {
    let inRow = shape.blocksInRow
    var row = first / inRow
    var lane = (first % inRow) &* shape.lanes
    var unit = first
    while unit < last {
      let count = Swift.min(shape.lanes, shape.length &- lane)
      if let failure = frame.run(row: row, lane: lane, count: count) { return failure }
      lane &+= count
      if lane >= shape.length {
        lane = 0
        row &+= 1
      }
      if mustStop(shared) { return nil }
      unit &+= 1
    }
    return nil
  }

  private func runAll(
    _ part: Int, _ first: Int, _ last: Int, _ frame: inout LoopFrame, _ partials: UnsafeMutableRawPointer?,
    _ shared: UnsafeMutablePointer<Shared>
  ) -> LoopFrame.Failure? {
    for reduction in program.reductions {
      ReductionSlot.begin(frame.accumulator(reduction), reduction.op, reduction.type)
    }
    var unit = first
    while unit < last {
      let lane = unit &* shape.lanes
      let count = Swift.min(shape.lanes, shape.length &- lane)
      if let failure = frame.run(row: 0, lane: lane, count: count) { return failure }
      for reduction in program.reductions {
        reduction.block(frame.accumulator(reduction), frame.operand(reduction.slot), count)
      }
      if mustStop(shared) { return nil }
      unit &+= 1
    }
    guard let partials else { return nil }
    for (index, reduction) in program.reductions.enumerated() {
      (partials + (part &* program.reductions.count &+ index) &* ReductionSlot.size).copyMemory(
        from: frame.accumulator(reduction), byteCount: ReductionSlot.size)
    }
    return nil
  }

  private func runTrailing(
    _ first: Int, _ last: Int, _ frame: inout LoopFrame, _ shared: UnsafeMutablePointer<Shared>
  ) -> LoopFrame.Failure? {
    var unit = first
    while unit < last {
      let row = unit &* shape.rowsInBlock
      if shape.rowsInBlock > 1 {
        let rows = Swift.min(shape.rowsInBlock, shape.rows &- row)
        if let failure = frame.run(row: row, lane: 0, count: rows &* shape.length) { return failure }
        for reduction in program.reductions {
          let failed = reduction.rows(
            outputs[reduction.output] + row &* reduction.type.size, frame.operand(reduction.slot), rows, shape.length)
          if failed >= 0 { return LoopFrame.Failure(position: row &+ failed) }
        }
      } else if let failure = runLongRow(row, &frame) {
        return failure
      }
      if mustStop(shared) { return nil }
      unit &+= 1
    }
    return nil
  }

  /// In parts like those of a full reduction, so that a row has the bits that it has alone.
  private func runLongRow(_ row: Int, _ frame: inout LoopFrame) -> LoopFrame.Failure? {
    let part = LoopShape.blocksInPartOfAll &* shape.lanes
    if shape.length <= part {
      if let failure = runBlocks(row, 0, shape.length, &frame) { return failure }
      return finishRow(row, &frame)
    }
    return withUnsafeTemporaryAllocation(
      byteCount: program.reductions.count &* ReductionSlot.size, alignment: ReductionSlot.size
    ) { totals in
      var lane = 0
      while lane < shape.length && !control.isCancelled {
        if let failure = runBlocks(row, lane, Swift.min(lane &+ part, shape.length), &frame) { return failure }
        for (index, reduction) in program.reductions.enumerated() {
          guard let total = totals.baseAddress.map({ $0 + index &* ReductionSlot.size }) else { continue }
          if lane == 0 {
            total.copyMemory(from: frame.accumulator(reduction), byteCount: ReductionSlot.size)
          } else {
            ReductionSlot.merge(total, frame.accumulator(reduction), reduction.op, reduction.type)
            frame.accumulator(reduction).copyMemory(from: total, byteCount: ReductionSlot.size)
          }
        }
        lane &+= part
      }
      return finishRow(row, &frame)
    }
  }

  /// Reduces part of a row, from the start, into the accumulators.
  private func runBlocks(_ row: Int, _ first: Int, _ last: Int, _ frame: inout LoopFrame) -> LoopFrame.Failure? {
    for reduction in program.reductions {
      ReductionSlot.begin(frame.accumulator(reduction), reduction.op, reduction.type)
    }
    var lane = first
    while lane < last && !control.isCancelled {
      let count = Swift.min(shape.lanes, last &- lane)
      if let failure = frame.run(row: row, lane: lane, count: count) { return failure }
      for reduction in program.reductions {
        reduction.block(frame.accumulator(reduction), frame.operand(reduction.slot), count)
      }
      lane &+= count
    }
    return nil
  }

  private func finishRow(_ row: Int, _ frame: inout LoopFrame) -> LoopFrame.Failure? {
    for reduction in program.reductions {
      let fits = ReductionSlot.finish(
        frame.accumulator(reduction), reduction.op, reduction.type,
        into: outputs[reduction.output] + row &* reduction.type.size)
      if !fits { return LoopFrame.Failure(position: row) }
    }
    return nil
  }

  /// One group of rows by one tile of columns.
  private func runLeading(
    _ part: Int, _ frame: inout LoopFrame, _ partials: UnsafeMutableRawPointer?, _ shared: UnsafeMutablePointer<Shared>
  ) -> LoopFrame.Failure? {
    let group = part / shape.blocksInRow
    let lane = (part % shape.blocksInRow) &* shape.lanes
    let columns = shape.rowsInBlock > 1 ? shape.length : Swift.min(shape.lanes, shape.length &- lane)
    for reduction in program.reductions { fillNeutral(frame.accumulator(reduction), reduction, columns) }
    var row = group &* LoopShape.rowsInGroup
    let lastRow = Swift.min(row &+ LoopShape.rowsInGroup, shape.rows)
    while row < lastRow {
      let rows = Swift.min(shape.rowsInBlock, lastRow &- row)
      let count = shape.rowsInBlock > 1 ? rows &* shape.length : columns
      if let failure = frame.run(row: row, lane: lane, count: count) { return failure }
      for reduction in program.reductions {
        let failed = reduction.columns(frame.accumulator(reduction), frame.operand(reduction.slot), rows, columns)
        if failed >= 0 { return LoopFrame.Failure(position: lane &+ failed) }
      }
      if mustStop(shared) { return nil }
      row &+= rows
    }
    var offset = 0
    for reduction in program.reductions {
      let size = reduction.type.size
      // With one group its sums are the result.
      let target: UnsafeMutableRawPointer
      if let partials {
        target = partials + (offset &+ (group &* shape.length &+ lane) &* size)
      } else {
        target = outputs[reduction.output] + lane &* size
      }
      target.copyMemory(from: frame.accumulator(reduction), byteCount: columns &* size)
      offset &+= (program.groupCount &* shape.length &* size &+ 63) & ~63
    }
    return nil
  }

  private func fillNeutral(_ target: UnsafeMutableRawPointer, _ reduction: LoopProgram.Reduction, _ count: Int) {
    let size = reduction.type.size
    var slot: (Int64, Int64) = (0, 0)
    withUnsafeMutableBytes(of: &slot) { bytes in
      guard let address = bytes.baseAddress else { return }
      ReductionSlot.begin(address, reduction.op, reduction.type)
      _ = ReductionSlot.finish(address, reduction.op, reduction.type, into: target)
    }
    for index in 1..<Swift.max(2, count) where index < count {
      (target + index &* size).copyMemory(from: target, byteCount: size)
    }
  }

  private var bytesOfPartials: Int {
    switch shape.mode {
    case .map, .trailing: return 0
    case .all: return parts &* program.reductions.count &* ReductionSlot.size
    case .leading:
      if program.groupCount <= 1 { return 0 }
      return program.reductions.reduce(0) {
        $0 &+ ((program.groupCount &* shape.length &* $1.type.size &+ 63) & ~63)
      }
    }
  }

  /// Combines what parts left behind, in the order of the parts.
  private func combine(_ partials: UnsafeMutableRawPointer?) -> KernelOutcome {
    guard let partials else { return .done }
    if shape.mode == .all { return combineSlots(partials) }
    var offset = 0
    for reduction in program.reductions {
      if let failed = combineGroups(partials + offset, reduction) {
        return .failed(position: failed, reason: .overflow, instruction: -1)
      }
      offset &+= (program.groupCount &* shape.length &* reduction.type.size &+ 63) & ~63
    }
    return .done
  }

  private func combineSlots(_ partials: UnsafeMutableRawPointer) -> KernelOutcome {
    let count = program.reductions.count
    for (index, reduction) in program.reductions.enumerated() {
      let slot = partials + index &* ReductionSlot.size
      for part in 1..<Swift.max(parts, 2) where part < parts {
        ReductionSlot.merge(
          slot, partials + (part &* count &+ index) &* ReductionSlot.size, reduction.op, reduction.type)
      }
      if !ReductionSlot.finish(slot, reduction.op, reduction.type, into: outputs[reduction.output]) {
        return .failed(position: 0, reason: .overflow, instruction: -1)
      }
    }
    return .done
  }

  /// Rows of group results, combined by the same kernel as rows of the input.
  private func combineGroups(_ groups: UnsafeMutableRawPointer, _ reduction: LoopProgram.Reduction) -> Int? {
    let size = reduction.type.size
    let bytes = shape.length &* size
    let sums = Buffers.allocate(bytes)
    defer { Buffers.free(sums, bytes) }
    sums.copyMemory(from: groups, byteCount: bytes)
    let failed = reduction.columns(sums, groups + bytes, program.groupCount &- 1, shape.length)
    if failed >= 0 { return failed }
    outputs[reduction.output].copyMemory(from: sums, byteCount: bytes)
    return nil
  }
}
