// Running a plan on the nodes of one work.
//
// The peak of its bytes is reserved before it starts. Until the first destructive step a stop drops everything, so that
// every node is untouched; from there on the plan runs to its end. A failure marks the nodes it concerns; steps that read
// them are skipped, and what does not depend on them stays pending to be planned again.
import CPlatform
import KernelTypes
import Kernels
import Loops

extension Plan {
  /// Computes the work; true when some node failed.
  func run(_ work: Work, _ graph: Graph) throws -> Bool {
    if peakBytes > graph.room {
      throw TensorError(.memoryLimit(requested: peakBytes, limit: min(graph.byteLimit, graph.totalLimit)))
    }
    let run = PlanRun(self, work, graph)
    defer { run.destroy() }
    try run.bind()
    for step in steps {
      if step.isDestructive && !run.hasFailures { run.mustEnd = true }
      if run.hasFailures && run.readsMissing(step) { continue }
      if !run.mustEnd && trellis_load_relaxed_32(graph.cancelFlag) != 0 { throw TensorError(.cancelled) }
      run.releases = step.releases
      if let profile = graph.profile {
        try profile.measure(run.site(step), run.outputBytes(step)) { try run.execute(step) }
      } else {
        try run.execute(step)
      }
      run.settle(step)
      for index in step.releases { run.drop(index) }
    }
    run.finish()
    graph.statistics.stepsRun += steps.count
    graph.statistics.nodesRun += work.local.count
    return run.hasFailures
  }
}

/// The state of one run: the buffers of local nodes.
final class PlanRun {
  let plan: Plan
  let local: [Node]
  let external: [Node]
  let graph: Graph
  private(set) var hasFailures = false
  /// A destructive step has begun.
  var mustEnd = false
  /// Local nodes that nobody reads after the step that runs.
  var releases: [Int] = []
  /// Buffer of each materialised local node; owned by the run until `finish` hands it over.
  private let storages: UnsafeMutablePointer<StorageRef?>

  init(_ plan: Plan, _ work: Work, _ graph: Graph) {
    self.plan = plan
    self.graph = graph
    local = work.local
    external = work.external
    storages = .allocate(capacity: max(1, work.local.count))
    storages.initialize(repeating: nil, count: max(1, work.local.count))
  }

  func destroy() {
    for index in local.indices { drop(index) }
    storages.deallocate()
  }

  func drop(_ index: Int) {
    if let storage = storages[index] {
      storages[index] = nil
      graph.releaseStorage(storage)
    }
  }

  /// Gives elements to outer filled tensors that a step reads from memory.
  func bind() throws {
    for index in plan.wantsElements where external[index].pointee.storage == nil {
      _ = try graph.contents(external[index])
    }
  }

  // MARK: Addresses

  @inline(__always) func node(_ code: Code) -> Node { code >= 0 ? local[Int(code)] : external[Int(~code)] }

  /// Where the elements of `code` begin, through views.
  @inline(__always) func address(_ code: Code) -> UnsafeMutableRawPointer {
    if code < 0 { return external[Int(~code)].base }
    if let storage = storages[Int(code)] { return storage.pointee.memory }
    return viewAddress(code)
  }

  @inline(never) private func viewAddress(_ code: Code) -> UnsafeMutableRawPointer {
    let root = plan.root[Int(code)]
    let base = root < 0 ? external[Int(~root)].base : storages[Int(root)].unsafelyUnwrapped.pointee.memory
    return base + viewOffset(code) * local[Int(code)].dtype.size
  }

  /// Elements from the root of a view to its first.
  private func viewOffset(_ code: Code) -> Int {
    var offset = 0
    var code = code
    while code >= 0, local[Int(code)].pointee.op.isView, let input = local[Int(code)].pointee.in0 {
      offset += local[Int(code)].pointee.offset
      code = input.pointee.mark
    }
    return offset
  }

  func output(_ index: Int) throws -> UnsafeMutableRawPointer {
    let node = local[index]
    let storage = try graph.newStorage(node.count * node.dtype.size)
    storages[index] = storage
    return storage.pointee.memory
  }

  /// For short work that is not worth a poll.
  var uninterrupted: RunControl { RunControl(pool: graph.pool) }
  var control: RunControl { RunControl(pool: graph.pool, cancel: mustEnd ? nil : graph.cancelFlag) }

  /// The source place a step counts for.
  func site(_ step: Plan.Step) -> UInt64 {
    switch step.work {
    case .loop(let loop): loop.nodes.first.map { local[$0].site } ?? 0
    case .node(let index): local[index].site
    }
  }

  /// Bytes that a step writes.
  func outputBytes(_ step: Plan.Step) -> Int {
    let outputs: [Int] =
      switch step.work {
      case .loop(let loop): loop.outputs
      case .node(let index): [index]
      }
    return outputs.reduce(0) { $0 + local[$1].count * local[$1].dtype.size }
  }

  // MARK: Steps

  func execute(_ step: Plan.Step) throws {
    switch step.work {
    case .loop(let loop): try execute(loop)
    case .node(let index):
      try executeNode(index)
    }
  }

  private func execute(_ loop: Plan.LoopStep) throws {
    try withUnsafeTemporaryAllocation(of: UnsafeRawPointer.self, capacity: loop.inputs.count + 1) { inputs in
      try withUnsafeTemporaryAllocation(of: UInt64.self, capacity: loop.parameters.count + 1) { parameters in
        try withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer.self, capacity: loop.outputs.count + 1) {
          outputs in
          for (slot, code) in loop.inputs.enumerated() { inputs[slot] = UnsafeRawPointer(address(code)) }
          for (slot, index) in loop.parameters.enumerated() { parameters[slot] = external[index].pointee.bits }
          for (slot, index) in loop.outputs.enumerated() {
            if let code = loop.takes[slot], code >= 0 || !hasFailures {
              outputs[slot] = takeOver(code, index)
            } else {
              outputs[slot] = try output(index)
            }
          }
          // The buffers always have room for one more, so base addresses exist.
          guard let inputBase = inputs.baseAddress, let parameterBase = parameters.baseAddress,
            let outputBase = outputs.baseAddress
          else { return }
          let outcome = loop.program.run(
            inputs: UnsafePointer(inputBase), parameters: UnsafePointer(parameterBase),
            outputs: UnsafePointer(outputBase),
            control: control)
          switch outcome {
          case .done: break
          case .cancelled: throw TensorError(.cancelled)
          case .failed(_, let reason, _):
            for index in loop.nodes { fail(index, Plan.error(reason, local[index])) }
          }
        }
      }
    }
  }

  /// Hands the buffer of `code`, read here for the last time, to a local node.
  private func takeOver(_ code: Code, _ index: Int) -> UnsafeMutableRawPointer {
    if code >= 0 {
      let storage = storages[Int(code)].unsafelyUnwrapped
      storages[Int(code)] = nil
      storages[index] = storage
      return storage.pointee.memory
    }
    let node = external[Int(~code)]
    let storage = node.pointee.storage.unsafelyUnwrapped
    storages[index] = graph.retainStorage(storage)
    return node.base
  }

  // MARK: Failures

  /// Nodes that could have failed and did not: nothing more is owed for them, also when their elements are not kept.
  func settle(_ step: Plan.Step) {
    switch step.work {
    case .loop(let loop): for index in loop.nodes { settle(index) }
    case .node(let index): settle(index)
    }
  }

  private func settle(_ index: Int) {
    let node = local[index]
    if !node.pointee.canFail || node.pointee.state != .pending { return }
    node.pointee.canFail = false
    graph.pendingFailures -= 1
  }

  func fail(_ index: Int, _ error: TensorError) {
    hasFailures = true
    drop(index)
    var error = error
    error.site = local[index].site
    error.stack = Int(local[index].pointee.stack)
    graph.fail(local[index], error)
  }

  /// Whether a step reads what a failure left out.
  func readsMissing(_ step: Plan.Step) -> Bool {
    let reads: [Code] =
      switch step.work {
      case .loop(let loop): loop.inputs
      case .node(let index): PlanRun.inputs(local[index])
      }
    return reads.contains { code in
      let root = code >= 0 ? plan.root[Int(code)] : code
      return root >= 0 && storages[Int(root)] == nil
    }
  }

  static func inputs(_ node: Node) -> [Code] {
    if node.pointee.op.hasInputList { return node.given.inputs.map { $0.pointee.mark } }
    return [node.pointee.in0, node.pointee.in1, node.pointee.in2].compactMap { $0?.pointee.mark }
  }

  // MARK: Handing over

  /// Gives computed nodes their elements and cuts them off from their inputs.
  func finish() {
    // Views first: they share the buffers that their roots are about to be given. Views of views before the views that
    // they show, whose offset is from then on that in the buffer.
    for index in local.indices.reversed() where plan.isNeeded[index] && plan.root[index] != Code(index) {
      showView(index)
    }
    for index in local.indices where plan.isNeeded[index] {
      let node = local[index]
      if node.pointee.state == .failed { continue }
      if plan.root[index] == Code(index) {
        guard let storage = storages[index] else { continue }
        storages[index] = nil
        node.pointee.storage = storage
        node.pointee.offset = 0
        if node.pointee.shape == graph.shapes.scalar && node.pointee.level == 0 { keepBits(node, storage) }
      } else if node.pointee.storage == nil {
        continue
      }
      graph.unlink(node)
      node.pointee.state = .computed
      if node.pointee.level == 0 {
        if node.pointee.op != .number { node.pointee.op = .leaf }
        graph.dropInputs(node)
      }
    }
  }

  private func showView(_ index: Int) {
    let node = local[index]
    let root = plan.root[index]
    let offset = viewOffset(Code(index))
    if root < 0 {
      let outer = external[Int(~root)]
      guard let storage = outer.pointee.storage else { return }
      node.pointee.storage = graph.retainStorage(storage)
      node.pointee.offset = outer.pointee.offset + offset
    } else if let storage = storages[Int(root)] {
      node.pointee.storage = graph.retainStorage(storage)
      node.pointee.offset = offset
    }
  }

  /// Scalars are kept as bits, so that arithmetic on them needs no buffer.
  private func keepBits(_ node: Node, _ storage: StorageRef) {
    node.pointee.bits = loadElement(node.dtype, storage.pointee.memory)
    node.pointee.op = .number
    node.pointee.storage = nil
    graph.releaseStorage(storage)
  }
}
