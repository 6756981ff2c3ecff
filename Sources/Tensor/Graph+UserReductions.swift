// Dynamic programs with reductions that scripts define. Their functions run scripts, which may record, compute and look
// while the program runs; a plan could not bear that. So such a program, and its derivatives, are computed when they are
// recorded: first the inputs, then the run, in one part on this thread, and only then the node, which is done from the
// start. The functions see plain tensors: no derivative flows through what they captured.
import KernelTypes
import Kernels
import Recurrences

extension Graph {
  /// A computed node of a recurrence.
  func computeRecurrence(
    _ given: RecurrenceAttributes, _ form: Recurrence.Form, _ inputs: [Node], _ shape: ShapeRef, _ type: DType,
    _ record: () throws -> Node
  ) throws -> Node {
    let outer = site
    defer { site = outer }
    if given.walk != nil || (pathEntropy != nil && form == .adjoint) {
      throw TensorError(
        .notDifferentiable(
          operation: given.walk != nil ? "sample" : "path_entropy",
          why: "the weights of a reduction made by `reduction` are not known to be probabilities"))
    }
    try force(inputs)
    var addresses: [UnsafeMutableRawPointer] = []
    for input in inputs { addresses.append(UnsafeMutableRawPointer(mutating: try contents(input))) }
    let storage = try newStorage(shape.count * type.size)
    do { try fill(storage.pointee.memory, given, form, addresses, shape.count) } catch {
      releaseStorage(storage)
      throw error
    }
    site = outer
    let node: Node
    do { node = try record() } catch {
      releaseStorage(storage)
      throw error
    }
    unlink(node)
    node.pointee.state = .computed
    node.pointee.storage = storage
    if node.pointee.level == 0 {
      node.pointee.op = .leaf
      dropInputs(node)
    }
    return node
  }

  /// As a plan does it, with all derivatives of cells at once.
  private func fill(
    _ out: UnsafeMutableRawPointer, _ given: RecurrenceAttributes, _ form: Recurrence.Form,
    _ addresses: [UnsafeMutableRawPointer], _ count: Int
  ) throws {
    let program = given.recurrence.program
    let size = program.dtype.size
    let cells = given.recurrence.cellCount
    var temporaries: [StorageRef] = []
    defer { for storage in temporaries { releaseStorage(storage) } }
    func temporary() throws -> UnsafeMutableRawPointer {
      let storage = try newStorage(cells * size)
      temporaries.append(storage)
      return storage.pointee.memory
    }
    /// The derivative that arrived, in memory that the run may change.
    func derivative() throws -> UnsafeMutableRawPointer {
      let copy = try temporary()
      copy.copyMemory(from: addresses[given.inputCount + 1], byteCount: cells * size)
      return copy
    }
    var memory = RunMemory()
    memory.setInputs(addresses.prefix(given.inputCount).map { UnsafeRawPointer($0) })
    if form == .values {
      memory.setTables(out, program)
      return try run(given, .values, memory)
    }
    Kernels.fill(program.dtype, bits: 0, count: count, into: out)
    memory.setTables(addresses[given.inputCount], program)
    if form == .adjoint {
      memory.setAdjoints(try derivative(), program)
      memory.setInputAdjoints(given.offsets(given.wanted).map { ($0.input, out + $0.offset * size) })
      return try run(given, .adjoint, memory)
    }
    memory.setTableTangents(out, program)
    let directions = UnsafeRawPointer(addresses[given.inputCount + 2])
    memory.setInputTangents(given.offsets(given.moving).map { ($0.input, directions + $0.offset * size) })
    try run(given, .tangent, memory)
    memory.setAdjoints(try derivative(), program)
    let adjointTangents = try temporary()
    Kernels.fill(program.dtype, bits: 0, count: cells, into: adjointTangents)
    memory.setAdjointTangents(adjointTangents, program)
    memory.setInputAdjoints(given.offsets(given.wanted).map { ($0.input, out + (cells + $0.offset) * size) })
    try run(given, .adjointTangent, memory)
  }

  private func run(_ given: RecurrenceAttributes, _ form: Recurrence.Form, _ memory: RunMemory) throws {
    try checkFrames(given.recurrence, form, wanted: given.wanted, threads: 1)
    let functions = given.recurrence.program.functions
    for function in functions { _ = function.takeFailure() }
    let outcome = Run(given.recurrence, form, memory, control: RunControl(pool: pool, cancel: cancelFlag)).run()
    for function in functions { if let error = function.takeFailure() { throw error } }
    switch outcome {
    case .done: break
    case .cancelled: throw TensorError(.cancelled)
    case .failed(let failure): throw TensorError(.cell(failure))
    }
  }
}
