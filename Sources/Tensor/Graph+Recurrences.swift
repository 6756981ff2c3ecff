// Dynamic programs in the graph. A recurrence is one node that holds the cells of all its tables one after another; the
// tables are views of it. Its derivative is a node of the same kind, and so is that one's:
//
//   values(x..)                  cells y
//   adjoint(x.., y, g)           what the derivative g of the cells gives for the wanted inputs, one after another
//   tangents(x.., y, g, w)       for tangents w of the moving inputs: those of the cells, then those of the adjoint's result
//
// With J the Jacobian of y in x, the adjoint is J'g. Its derivative in g along w is Jw, the tangent of the cells; its
// derivative in x along w is, since second derivatives are symmetric, the tangent of J'g. Both come from one run.
import KernelTypes
import Kernels
import Recurrences

/// What a node of a recurrence is.
struct RecurrenceAttributes {
  var recurrence: Recurrence
  /// Inputs of the program, which come first among the node's.
  var inputCount: Int
  /// Bit per input whose derivative is computed.
  var wanted: UInt64 = 0
  /// Bit per input that has a tangent.
  var moving: UInt64 = 0
  /// Paths are drawn instead of averaged.
  var walk: RandomStream?
  /// Items of a batch, which run one by one: the cells of one after those of the other.
  var batch = 1
  /// Bit per input of which each item has its own.
  var mapped: UInt64 = 0
  /// For the values of all items at once.
  var whole: Recurrence?

  /// Cells of all items.
  var cells: Int { batch * recurrence.cellCount }

  /// Elements from one item of an input to the next; 0 for one that all share.
  func step(_ input: Int) -> Int { mapped >> UInt64(input) & 1 != 0 ? recurrence.program.inputs[input].count : 0 }
  /// The node holds a part of one table (see Graph+Segments).
  var window: TableWindow?
  /// The derivative that arrives is that of a box of cells, and 0 elsewhere.
  var box: TableBox?

  func offsets(_ mask: UInt64) -> [(input: Int, offset: Int, count: Int)] {
    var offset = 0
    return (0..<inputCount).compactMap { input in
      guard mask >> UInt64(input) & 1 != 0 else { return nil }
      let count = recurrence.program.inputs[input].count * (step(input) > 0 ? batch : 1)
      defer { offset += count }
      return (input, offset, count)
    }
  }
  func count(_ mask: UInt64) -> Int { offsets(mask).reduce(0) { $0 + $1.count } }
}

/// Recurrences by program, so that the second training step finds the first one's.
struct RecurrenceCache {
  private var known: [Program: Recurrence] = [:]
  private static let most = 512

  mutating func find(_ program: Program) throws(ProgramError) -> Recurrence {
    // Functions of a script live as long as what uses them.
    if program.callsFunctions { return try Recurrence(program) }
    if let found = known[program] { return found }
    if known.count >= RecurrenceCache.most { known.removeAll() }
    let made = try Recurrence(program)
    known[program] = made
    return made
  }
}

extension Graph {
  /// The tables of `program` on `inputs`, each of its own shape. Inputs have the types and sizes that the program says.
  package func recurrence(_ whole: Program, inputs all: [Node]) throws -> [Node] {
    let (program, inputs) = try narrowing(whole, all)
    defer { for node in inputs { release(node) } }
    let recurrence: Recurrence
    do {
      recurrence = try recurrences.find(program)
    } catch {
      throw TensorError(.program(error))
    }
    if inputs.count > 64 {
      throw TensorError(
        .badValue(operation: "rec", detail: "a definition reads at most 64 tensors and numbers, found \(inputs.count)"))
    }
    var readable: [Node] = []
    defer { for node in readable { release(node) } }
    var given = RecurrenceAttributes(recurrence: recurrence, inputCount: inputs.count)
    for (index, input) in inputs.enumerated() {
      let rows = input.isMapped ? try everywhere(input) : retain(input)
      defer { release(rows) }
      if input.isMapped { given.mapped |= 1 << UInt64(index) }
      readable.append(try contiguous(rows))
    }
    if program.callsFunctions && given.mapped != 0 {
      // Its functions look at the terms.
      throw mappedLook
    }
    if given.mapped == 0, !program.callsFunctions, let windows = try windows(recurrence, readable) { return windows }
    let leading = given.mapped != 0 ? mapSizes : []
    given.batch = leading.reduce(1, *)
    if given.mapped != 0, recurrence.readsTables, !recurrence.schedule.hasBatch, !recurrence.mayFail, walk == nil,
      pathEntropy == nil
    {
      return try mappedTables(program, mapped: given.mapped, readable, leading)
    }
    if given.batch > 1, program.isLaneless {
      given.whole = try? recurrences.find(program.batched(given.batch, mapped: given.mapped))
    }
    let shape = try checkedShape(leading + [recurrence.cellCount], program.dtype)
    var cells: Node
    if shape.count == 0 {
      cells = filled(shape, program.dtype, 0)
    } else {
      cells = try recordRecurrence(given, .values, readable, shape, program.dtype)
      if recurrence.mayFail && !program.callsFunctions { markFailable(cells) }
    }
    if given.mapped != 0 { cells = mappedEverywhere(cells) }
    defer { release(cells) }
    if program.tables.count == 1 { return [try reshape(cells, program.tables[0].sizes)] }
    var offset = 0
    return try program.tables.map { table in
      let part = try slice(cells, [.range(offset, offset + table.count, step: 1)])
      defer { release(part) }
      offset += table.count
      return try reshape(part, table.sizes)
    }
  }

  /// The tables of all items of a batch, as one program with the items in front. Lanes and segments are those of an item, so
  /// it has the bits that it has alone. What can fail is told by item, and draws are those of the item: such programs run
  /// one by one (see RecurrenceMemory), as do index definitions and programs with a batch of their own, whose sums over its
  /// items depend on the parts of a run.
  private func mappedTables(
    _ item: Program, mapped: UInt64, _ inputs: [Node], _ leading: [Int]
  ) throws -> [Node] {
    let program = item.batched(leading.reduce(1, *), mapped: mapped)
    let recurrence: Recurrence
    do {
      recurrence = try recurrences.find(program)
    } catch {
      throw TensorError(.program(error))
    }
    let shape = try checkedShape([recurrence.cellCount], program.dtype)
    let cells =
      shape.count == 0
      ? filled(shape, program.dtype, 0)
      : try recordRecurrence(
        RecurrenceAttributes(recurrence: recurrence, inputCount: inputs.count), .values, inputs, shape, program.dtype)
    defer { release(cells) }
    var offset = 0
    return try zip(program.tables, item.tables).map { table, own in
      let part = try slice(cells, [.range(offset, offset + table.count, step: 1)])
      defer { release(part) }
      offset += table.count
      return mappedEverywhere(try reshape(part, leading + own.sizes))
    }
  }

  /// Derivatives taken in `body` follow paths drawn from the stream that `key` and `counter` name.
  package func drawingPaths<T>(key: UInt64, counter: UInt64, _ body: () throws -> T) rethrows -> T {
    let outer = walk
    walk = RandomStream(key: key, counter: counter)
    defer { walk = outer }
    return try body()
  }

  func recordRecurrence(
    _ given: RecurrenceAttributes, _ form: Recurrence.Form, _ inputs: [Node], _ shape: ShapeRef, _ type: DType
  ) throws -> Node {
    guard given.recurrence.program.callsFunctions else { return pendingRecurrence(given, form, inputs, shape, type) }
    return try computeRecurrence(given, form, inputs, shape, type) {
      pendingRecurrence(given, form, inputs, shape, type)
    }
  }

  private func pendingRecurrence(
    _ given: RecurrenceAttributes, _ form: Recurrence.Form, _ inputs: [Node], _ shape: ShapeRef, _ type: DType
  ) -> Node {
    let attributes = Attributes()
    attributes.recurrence = given
    attributes.inputs = inputs
    if inputs.isEmpty { attributes.inputs = [filled(shapes.scalar, .f64, 0)] }
    let node = record(.recurrence, sub: UInt8(form.rawValue), type, shape, attributes.inputs[0])
    for input in attributes.inputs {
      input.pointee.uses += 1
      if input.pointee.level > node.pointee.level { track(node, input.pointee.level) }
    }
    if inputs.isEmpty { release(attributes.inputs[0]) }
    node.pointee.attributes = .passRetained(attributes)
    pendingWork &+= shape.count &* 16
    return node
  }

  /// See the opening comment.
  func propagateRecurrence(_ node: Node, _ g: Node, _ level: UInt8) throws {
    guard let given = node.given.recurrence, let form = Recurrence.Form(rawValue: Int(node.pointee.sub)) else { return }
    let inputs = node.given.inputs
    let isBoxed =
      form == .values && given.window == nil && given.mapped == 0 && !given.recurrence.program.callsFunctions
    let boxed = isBoxed ? try box(g, given.recurrence) : nil
    let flat = try boxed?.1 ?? contiguous(g)
    defer { release(flat) }
    let cells = given.cells
    var next = given
    next.wanted = 0
    for input in 0..<given.inputCount
    where inputs[input].pointee.level >= level && given.recurrence.isDifferentiable(input) {
      next.wanted |= 1 << UInt64(input)
    }
    switch form {
    case .values:
      next.walk = walk
      next.box = boxed?.0
      if let stream = walk {
        // Golden-ratio steps: streams of different tables have different keys.
        walk = RandomStream(key: stream.key &+ 0x9E37_79B9_7F4A_7C15, counter: stream.counter)
      }
      if next.wanted == 0 { return }
      let shape = try checkedShape([next.count(next.wanted)], node.dtype)
      let adjoint = try recordRecurrence(
        next, .adjoint, Array(inputs.prefix(given.inputCount)) + [node, flat], shape, node.dtype)
      defer { release(adjoint) }
      try sendParts(of: adjoint, next, inputs, from: 0, level)
    case .adjoint:
      if given.walk != nil {
        throw TensorError(
          .notDifferentiable(operation: "sample", why: "a path that was drawn does not change with its weights"))
      }
      if given.window != nil {
        throw TensorError(
          .notDifferentiable(
            operation: "remat", why: "it has first derivatives only; take second ones of the function itself"))
      }
      next.moving = given.wanted
      let seed = inputs[given.inputCount + 1]
      let shape = try checkedShape([cells + next.count(next.wanted)], node.dtype)
      let tangents = try recordRecurrence(
        next, .adjointTangent, inputs + [flat], shape, node.dtype)
      defer { release(tangents) }
      try send(seed, level) { seed in
        let all = try self.slice(tangents, [.range(0, cells, step: 1)])
        defer { self.release(all) }
        guard let box = given.box else { return try self.reshape(all, seed.dims) }
        let table = try self.reshape(all, given.recurrence.program.tables[box.table].sizes)
        defer { self.release(table) }
        let part = try self.slice(table, zip(box.starts, box.sizes).map { .range($0, $0 + $1, step: 1) })
        defer { self.release(part) }
        return try self.reshape(part, seed.dims)
      }
      try sendParts(of: tangents, next, inputs, from: cells, level)
    case .tangent, .adjointTangent:
      throw TensorError(
        .notDifferentiable(operation: "rec", why: "third derivatives of a dynamic program are not available"))
    }
  }

  /// Raises when there is no memory for the rows of reductions.
  func checkFrames(
    _ recurrence: Recurrence, _ form: Recurrence.Form, wanted: UInt64, threads: Int, more: Int = 0
  ) throws {
    let frames = recurrence.frameBytes(form, wanted: wanted, threads: threads) &+ more
    if frames > room {
      throw TensorError(
        .memoryLimit(requested: frames, limit: min(byteLimit, totalLimit)),
        help: "a reduction keeps all its terms at once; reduce over one index after the other")
    }
  }

  private func sendParts(
    of flat: Node, _ given: RecurrenceAttributes, _ inputs: [Node], from start: Int, _ level: UInt8
  ) throws {
    for (input, offset, count) in given.offsets(given.wanted) {
      try send(inputs[input], level) { target in
        let part = try slice(flat, [.range(start + offset, start + offset + count, step: 1)])
        defer { release(part) }
        return try reshape(part, target.dims)
      }
    }
  }
}

extension PlanRun {
  func executeRecurrence(_ index: Int, _ node: Node) throws {
    guard let given = node.given.recurrence, let form = Recurrence.Form(rawValue: Int(node.pointee.sub)) else { return }
    let runs = form == .values ? given.whole ?? given.recurrence : given.recurrence
    try graph.checkFrames(runs, form, wanted: given.wanted, threads: graph.pool.threads)
    let inputs = node.given.inputs
    func address(of place: Int) -> UnsafeMutableRawPointer { self.address(inputs[place].pointee.mark) }
    var temporaries: [StorageRef] = []
    defer { for storage in temporaries { graph.releaseStorage(storage) } }
    let size = given.recurrence.program.dtype.size
    func temporary() throws -> UnsafeMutableRawPointer {
      let storage = try graph.newStorage(given.cells * size)
      temporaries.append(storage)
      return storage.pointee.memory
    }
    if let window = given.window {
      var memory = RunMemory()
      memory.setInputs((0..<given.inputCount).map { UnsafeRawPointer(address(of: $0)) })
      let out = try output(index)
      if form == .values {
        return try runWindow(window, given, .values, memory, index, cells: out, derivative: nil)
      }
      Kernels.fill(node.dtype, bits: 0, count: node.count, into: out)
      memory.setInputAdjoints(given.offsets(given.wanted).map { ($0.input, out + $0.offset * size) })
      return try runWindow(
        window, given, .adjoint, memory, index, cells: address(of: given.inputCount),
        derivative: address(of: given.inputCount + 1))
    }
    var memory = RecurrenceMemory(given: given, out: try output(index))
    memory.inputs = (0..<given.inputCount).map { UnsafeRawPointer(address(of: $0)) }
    if form == .values, let whole = given.whole, whole.program.tables.count > 1 { memory.tables = try temporary() }
    if form != .values {
      Kernels.fill(node.dtype, bits: 0, count: node.count, into: memory.out)
      memory.cells = address(of: given.inputCount)
      memory.seed = address(of: given.inputCount + 1)
      if memory.changesDerivatives {
        let copy = try temporary()
        copy.copyMemory(from: address(of: given.inputCount + 1), byteCount: given.cells * size)
        memory.seed = copy
      }
    }
    if form == .adjointTangent {
      memory.directions = UnsafeRawPointer(address(of: given.inputCount + 2))
      if memory.segments == nil {
        memory.seedTangents = try temporary()
        memory.seedTangents.map { Kernels.fill(node.dtype, bits: 0, count: given.cells, into: $0) }
      }
    }
    let wantsEntropy = form == .adjoint && graph.pathEntropy != nil
    let (outcome, entropy) = memory.run(form, wantsEntropy: wantsEntropy, control: control)
    switch outcome {
    case .done: if wantsEntropy { graph.pathEntropy = (graph.pathEntropy ?? 0) + entropy }
    case .cancelled: throw TensorError(.cancelled)
    case .failed(let failure): fail(index, TensorError(.cell(failure)))
    }
  }

  func run(
    _ given: RecurrenceAttributes, _ form: Recurrence.Form, _ memory: RunMemory, _ index: Int,
    segments: SegmentMemory
  ) throws {
    let buffers = 2 * (given.window?.segments.bufferCells ?? 0) * given.recurrence.program.dtype.size
    try graph.checkFrames(
      given.recurrence, form, wanted: given.wanted, threads: graph.pool.threads, more: buffers * graph.pool.threads)
    var entropy = 0.0
    let wantsEntropy = form == .adjoint && graph.pathEntropy != nil
    let outcome = withUnsafeMutablePointer(to: &entropy) { sum in
      var run = Run(
        given.recurrence, form, memory, walk: given.walk, entropy: wantsEntropy ? sum : nil, control: control)
      run.segments = segments
      return run.run()
    }
    switch outcome {
    case .done: if wantsEntropy { graph.pathEntropy = (graph.pathEntropy ?? 0) + entropy }
    case .cancelled: throw TensorError(.cancelled)
    case .failed(let failure): fail(index, TensorError(.cell(failure)))
    }
  }
}
