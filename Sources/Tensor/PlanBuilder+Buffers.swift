// The second half of planning: programs for the groups, the order of the steps, and which step writes where.
//
// An output may take over the buffer of an operand that nobody reads afterwards, if the loop reads it once, in row-major
// order, and sizes agree: a parameter is updated in place. Taking over an *outer* node's buffer destroys a value that a
// repetition would need, so it is allowed only after the last step that can fail, and makes the step destructive.
import KernelTypes
import Loops

extension PlanBuilder {
  func decideBuffers() throws {
    let order = destructiveLast()
    var lastRead: [Code: Int] = [:]
    for (position, item) in order.enumerated() {
      for code in reads(item) { lastRead[owner(code)] = position }
    }
    let lastFailure = order.lastIndex(where: canFail) ?? -1
    let pinned = pinnedRoots()
    var live = 0
    var freedBy: [Int: [Int]] = [:]  // position -> nodes
    for index in local.indices where isMaterialised[index] && !plan.isNeeded[index] && plan.root[index] == Code(index) {
      if !pinned.contains(Code(index)), let position = lastRead[Code(index)] {
        freedBy[position, default: []].append(index)
      }
    }
    for (position, item) in order.enumerated() {
      var step: Plan.Step
      switch item {
      case .node(let index):
        step = Plan.Step(work: .node(index))
        live += bytes(index)
      case .group(let group):
        let loop = try makeLoop(group)
        step = Plan.Step(work: .loop(loop))
        take(loop, group, position, lastRead, allowOuter: position > lastFailure, pinned)
        for (slot, output) in loop.outputs.enumerated() where loop.takes[slot] == nil { live += bytes(output) }
        step.isDestructive = loop.takes.contains { ($0 ?? 0) < 0 }
      }
      noteFilled(step)
      plan.peakBytes = max(plan.peakBytes, live)
      step.releases = freedBy[position] ?? []
      for index in step.releases { live -= bytes(index) }
      plan.steps.append(step)
    }
  }

  private func noteFilled(_ step: Plan.Step) {
    let codes: [Code] =
      switch step.work {
      case .node(let index): inputs(index)
      case .loop(let loop): loop.inputs
      }
    for code in codes where root(code) < 0 && isParameter(root(code)) {
      plan.wantsElements.append(Int(~root(code)))
    }
  }

  private func bytes(_ index: Int) -> Int { local[index].count * local[index].dtype.size }

  // MARK: Order

  /// The schedule with groups that could write over outer nodes, and that no later step reads, at the end.
  private func destructiveLast() -> [Scheduled] {
    var early: [Scheduled] = []
    var late: [Scheduled] = []
    var readLater = Set<Code>()
    for item in schedule.reversed() {
      if case .group(let group) = item, mayTakeOuter(group), !writes(group).contains(where: readLater.contains) {
        late.append(item)
      } else {
        early.append(item)
        for code in reads(item) { readLater.insert(owner(code)) }
      }
    }
    return early.reversed() + late.reversed()
  }

  private func mayTakeOuter(_ group: Group) -> Bool {
    group.nodes.contains { index in
      inputs(index).contains { $0 < 0 && Work.isOverwritable(node($0)) && node($0).count == group.space.count }
    }
  }

  private func writes(_ group: Group) -> [Code] { group.nodes.filter { isMaterialised[$0] }.map { Code($0) } }

  private func reads(_ item: Scheduled) -> [Code] {
    switch item {
    case .node(let index): return inputs(index)
    case .group(let group):
      let members = Set(group.nodes.map { Code($0) })
      return group.nodes.flatMap { inputs($0) }.filter { !members.contains($0) }
    }
  }

  private func canFail(_ item: Scheduled) -> Bool {
    switch item {
    case .node(let index): local[index].pointee.canFail
    case .group(let group): group.nodes.contains { local[$0].pointee.canFail }
    }
  }

  // MARK: Taking buffers over

  /// Nodes whose elements a view that outlives the plan shows.
  private func pinnedRoots() -> Set<Code> {
    var pinned = Set<Code>()
    for index in local.indices where plan.isNeeded[index] && plan.root[index] != Code(index) {
      pinned.insert(owner(Code(index)))
      let root = plan.root[index]
      if root < 0 && isParameter(root) { plan.wantsElements.append(Int(~root)) }
    }
    return pinned
  }

  private func take(
    _ loop: Plan.LoopStep, _ group: Group, _ position: Int, _ lastRead: [Code: Int], allowOuter: Bool,
    _ pinned: Set<Code>
  ) {
    var readers: [Code: Int] = [:]
    for code in loop.inputs { readers[owner(code), default: 0] += 1 }
    // A reduction reads its operand after the block's stores: such an operand counts as read twice.
    for index in group.nodes where local[index].pointee.op == .reduce {
      for code in inputs(index) { readers[owner(code), default: 0] += 1 }
    }
    var free = loop.inputs.filter { code in
      let owner = owner(code)
      guard root(code) == code, readers[owner] == 1, lastRead[owner] == position, !pinned.contains(owner) else {
        return false
      }
      let node = node(code)
      if !node.isContiguous || node.pointee.shape != group.space { return false }
      return code < 0 ? allowOuter && Work.isOverwritable(node) : !plan.isNeeded[Int(code)]
    }
    for (slot, output) in loop.outputs.enumerated() where local[output].pointee.op == .element {
      let size = local[output].dtype.size
      if let choice = free.firstIndex(where: { node($0).dtype.size == size }) {
        loop.takes[slot] = free.remove(at: choice)
      }
    }
  }

  // MARK: Programs

  private func makeLoop(_ group: Group) throws -> Plan.LoopStep {
    var inputNumber: [Code: Int32] = [:]
    var inputs: [Code] = []
    var parameterNumber: [Code: Int32] = [:]
    var parameters: [Int] = []
    let members = Set(group.nodes.map { Code($0) })
    for index in group.nodes {
      for code in self.inputs(index) where !members.contains(code) {
        if code < 0, isParameter(code) {
          if parameterNumber[code] == nil {
            parameterNumber[code] = Int32(parameters.count)
            parameters.append(Int(~code))
          }
        } else if inputNumber[code] == nil {
          inputNumber[code] = Int32(inputs.count)
          inputs.append(code)
        }
      }
    }
    var value: [Code: Int32] = inputNumber
    for (code, number) in parameterNumber { value[code] = number + Int32(inputs.count) }
    var next = Int32(inputs.count + parameters.count)
    var body: [LoopInstruction] = []
    var outputs: [LoopOutput] = []
    var outputNodes: [Int] = []
    for index in group.nodes {
      let node = local[index]
      let operands = self.inputs(index).map { value[$0] ?? 0 }
      if node.pointee.op == .reduce {
        outputs.append(LoopOutput(value: operands[0], dtype: node.dtype, kind: .reduce(node.reduceOp)))
        outputNodes.append(index)
        continue
      }
      let op = node.elementOp
      let type = op == .select ? node.dtype : self.node(self.inputs(index)[0]).dtype
      body.append(
        LoopInstruction(
          op: op, dtype: type, a: operands[0], b: operands.count > 1 ? operands[1] : 0,
          c: operands.count > 2 ? operands[2] : 0))
      value[Code(index)] = next
      if isMaterialised[index] {
        outputs.append(LoopOutput(value: next, dtype: node.dtype, kind: .store))
        outputNodes.append(index)
      }
      next += 1
    }
    let fold: ReduceAxes =
      switch group.fold {
      case .none: .none
      case .all: .all
      case .leading(let count): .leading(count)
      case .trailing(let count): .trailing(count)
      }
    guard
      let program = LoopProgram(
        space: group.space.dims,
        inputs: inputs.map { LoopInput(dtype: node($0).dtype, strides: strides(node($0), over: group.space)) },
        parameters: parameters.map { external[$0].dtype }, body: body, outputs: outputs, reduce: fold)
    else { throw TensorError(.badValue(operation: "plan", detail: "an operation met a type it is not defined on")) }
    return Plan.LoopStep(
      program: program, inputs: inputs, parameters: parameters, outputs: outputNodes, nodes: group.nodes)
  }

  private func isParameter(_ code: Code) -> Bool {
    let op = node(code).pointee.op
    return op == .number || op == .filled
  }

  /// Strides of `x` broadcast to `space`: 0 where it repeats.
  private func strides(_ x: Node, over space: ShapeRef) -> [Int] {
    let extra = space.rank - x.rank
    return (0..<space.rank).map { axis in
      axis < extra || x.dim(axis - extra) == 1 ? 0 : x.stride(axis - extra)
    }
  }
}
