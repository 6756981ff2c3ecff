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
    var temporaries: [StorageRef] = []
    defer { for storage in temporaries { releaseStorage(storage) } }
    func temporary() throws -> UnsafeMutableRawPointer {
      let storage = try newStorage(given.recurrence.cellCount * type.size)
      temporaries.append(storage)
      return storage.pointee.memory
    }
    let control = RunControl(pool: pool, cancel: cancelFlag)
    do {
      try Graph.fillRecurrence(
        given, form, into: storage.pointee.memory, count: shape.count, address: { addresses[$0] },
        seed: {
          let copy = try temporary()
          copy.copyMemory(from: addresses[given.inputCount + 1], byteCount: given.recurrence.cellCount * type.size)
          return copy
        }, temporary: temporary
      ) { form, memory in
        try checkFrames(given.recurrence, form, threads: 1)
        for function in given.recurrence.program.functions { _ = function.takeFailure() }
        let outcome = Run(given.recurrence, form, memory, control: control).run()
        for function in given.recurrence.program.functions { if let error = function.takeFailure() { throw error } }
        switch outcome {
        case .done: break
        case .cancelled: throw TensorError(.cancelled)
        case .failed(let failure): throw TensorError(.cell(failure))
        }
      }
    } catch {
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
}
