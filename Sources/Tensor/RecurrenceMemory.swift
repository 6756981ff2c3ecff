// The memory of a recurrence node, and its runs. Of a batch, each item runs as it would alone, so that it gets the same bits;
// items run side by side unless they add to the same derivatives. Values alone may run for all items at once (ProgramBatch).
import Kernels
import Recurrences

/// One run of a recurrence node; all addresses are of the first item.
struct RecurrenceMemory {
  let given: RecurrenceAttributes
  let out: UnsafeMutableRawPointer
  var inputs: [UnsafeRawPointer] = []
  /// Room for the values of several tables, each with all its items.
  var tables: UnsafeMutableRawPointer?
  /// All but the values.
  var cells: UnsafeMutableRawPointer?
  var seed: UnsafeMutableRawPointer?
  /// The second order.
  var directions: UnsafeRawPointer?
  var seedTangents: UnsafeMutableRawPointer?

  init(given: RecurrenceAttributes, out: UnsafeMutableRawPointer) {
    self.given = given
    self.out = out
  }

  /// The way back goes in segments, with derivatives of tables in memory of its own.
  var segments: Segments? { given.recurrence.readsTables ? given.recurrence.segments : nil }
  /// The way back adds to the derivatives of cells where they lie.
  var changesDerivatives: Bool { given.recurrence.readsTables && segments == nil }

  /// Where the derivative of an item's cells lies, for a run in segments.
  private func segments(_ own: Int) -> SegmentMemory? {
    guard let segments, let seed else { return nil }
    if let box = given.box { return SegmentMemory(segments, boxes: [(box, seed)]) }
    var at = seed + own
    return SegmentMemory(
      segments,
      boxes: given.recurrence.program.tables.enumerated().map { number, table in
        defer { at += table.count * given.recurrence.program.dtype.size }
        return (TableBox(table: number, starts: table.sizes.map { _ in 0 }, sizes: table.sizes), at)
      })
  }

  private typealias Result = (outcome: Run.Outcome, entropy: Double)

  /// Results of the first item that did not end well, else of all together.
  func run(
    _ form: Recurrence.Form, wantsEntropy: Bool, control: RunControl
  ) -> (outcome: Run.Outcome, entropy: Double) {
    if given.batch == 1 { return item(0, form, wantsEntropy, control) }
    // A failure is found again item by item, to be told as that of the item.
    if form == .values, given.whole != nil {
      let outcome = values(control)
      if outcome == .done || outcome == .cancelled { return (outcome, 0) }
    }
    let results = UnsafeMutableBufferPointer<Result>.allocate(capacity: given.batch)
    results.initialize(repeating: (.done, 0))
    defer {
      results.deinitialize()
      results.deallocate()
    }
    let sharesDerivatives = given.wanted & ~given.mapped != 0
    if form == .values || !sharesDerivatives {
      control.pool.run(parts: given.batch) { results[$0] = item($0, form, wantsEntropy, control) }
    } else {
      for index in results.indices { results[index] = item(index, form, wantsEntropy, control) }
    }
    let failed = results.first { $0.outcome != .done }
    return failed ?? (.done, results.reduce(0) { $0 + $1.entropy })
  }

  private func values(_ control: RunControl) -> Run.Outcome {
    guard let whole = given.whole else { return .done }
    var memory = RunMemory()
    memory.setInputs(inputs)
    memory.setTables(tables ?? out, whole.program)
    let outcome = Run(whole, .values, memory, control: control).run()
    guard outcome == .done, var from = tables else { return outcome }
    // From table after table to item after item.
    let size = whole.program.dtype.size
    var start = 0
    for table in given.recurrence.program.tables {
      for item in 0..<given.batch {
        (out + (item * given.recurrence.cellCount + start) * size).copyMemory(from: from, byteCount: table.count * size)
        from += table.count * size
      }
      start += table.count
    }
    return outcome
  }

  private func item(
    _ index: Int, _ form: Recurrence.Form, _ wantsEntropy: Bool, _ control: RunControl
  ) -> Result {
    let program = given.recurrence.program
    let size = program.dtype.size
    let own = index * given.recurrence.cellCount * size
    var memory = RunMemory()
    memory.setInputs(inputs.enumerated().map { $1 + index * given.step($0) * program.inputs[$0].dtype.size })
    func parts(_ mask: UInt64) -> [(input: Int, offset: Int)] {
      given.offsets(mask).map { ($0.input, ($0.offset + index * given.step($0.input)) * size) }
    }
    var sum = 0.0
    func run(_ form: Recurrence.Form, _ segments: SegmentMemory? = nil) -> Run.Outcome {
      withUnsafeMutablePointer(to: &sum) { sum in
        var run = Run(
          given.recurrence, form, memory, walk: given.walk?.ofItem(index), entropy: wantsEntropy ? sum : nil,
          control: control)
        run.segments = segments
        return run.run()
      }
    }
    guard form != .values, let cells, let seed else {
      memory.setTables(out + own, program)
      return (run(.values), 0)
    }
    memory.setTables(cells + own, program)
    let segments = segments(own)
    if segments == nil { memory.setAdjoints(seed + own, program) }
    guard form == .adjointTangent, let directions else {
      memory.setInputAdjoints(parts(given.wanted).map { ($0.input, out + $0.offset) })
      return (run(.adjoint, segments), sum)
    }
    memory.setTableTangents(out + own, program)
    memory.setInputTangents(parts(given.moving).map { ($0.input, directions + $0.offset) })
    let outcome = run(.tangent)
    if outcome != .done { return (outcome, 0) }
    if let seedTangents { memory.setAdjointTangents(seedTangents + own, program) }
    memory.setInputAdjoints(parts(given.wanted).map { ($0.input, out + given.cells * size + $0.offset) })
    return (run(.adjointTangent, segments), 0)
  }
}
