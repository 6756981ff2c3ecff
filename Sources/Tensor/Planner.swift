// From a look to a plan: collects the pending nodes that the look needs, finds the plan of their structure or makes it,
// and runs it.
import KernelTypes

final class Planner {
  private var epoch: UInt32 = 0
  private var work = Work()
  private var stack: [Node] = []
  /// Mark of a node that was reached and is not numbered yet.
  private static let opened = Int32.min

  /// Computes `roots` (all pending) and what they need. Nodes that fail are left failed.
  func run(_ roots: [Node], _ graph: Graph) throws {
    var remaining = roots
    // A failure leaves what does not depend on it pending: planned again without the failed nodes.
    while !remaining.isEmpty {
      collect(remaining, graph)
      if work.local.isEmpty { return }
      work.makeKey()
      let plan =
        try graph.plans.find(work, &graph.statistics)
        ?? graph.plans.add(PlanBuilder(work, graph).build(), &graph.statistics)
      let hadFailures = try plan.run(work, graph)
      if !hadFailures { return }
      remaining = remaining.filter { $0.pointee.state == .pending }
    }
  }

  // MARK: Collecting

  private func nextEpoch() {
    epoch &+= 1
  }

  /// Fills `work` with the pending nodes below `roots`, inputs first.
  private func collect(_ roots: [Node], _ graph: Graph) {
    nextEpoch()
    work.clear()
    for root in roots where root.pointee.epoch != epoch && root.pointee.state == .pending {
      open(root)
      while let node = stack.last {
        if node.pointee.mark != Planner.opened || node.pointee.state == .failed {
          stack.removeLast()
          continue
        }
        if openInputs(node) { continue }
        stack.removeLast()
        close(node, graph)
      }
    }
  }

  @inline(__always) private func open(_ node: Node) {
    node.pointee.epoch = epoch
    node.pointee.planUses = 0
    node.pointee.mark = Planner.opened
    stack.append(node)
  }

  /// Visits the inputs of `node`; true when some pending one must be collected first.
  @inline(__always) private func openInputs(_ node: Node) -> Bool {
    var opened = false
    if let input = node.pointee.in0, visit(input) { opened = true }
    if let input = node.pointee.in1, visit(input) { opened = true }
    if let input = node.pointee.in2, visit(input) { opened = true }
    if node.pointee.op.hasInputList {
      for input in node.given.inputs where visit(input) { opened = true }
    }
    return opened
  }

  /// True when `input` must be closed first (it may be on the stack already, below a node that needs it); outer nodes
  /// get their number.
  @inline(__always) private func visit(_ input: Node) -> Bool {
    if input.pointee.epoch == epoch {
      if input.pointee.mark != Planner.opened || input.pointee.state == .failed { return false }
      stack.append(input)
      return true
    }
    if input.pointee.state == .pending {
      open(input)
      return true
    }
    input.pointee.epoch = epoch
    input.pointee.planUses = 0
    input.pointee.mark = ~Int32(truncatingIfNeeded: work.external.count)
    if let storage = input.pointee.storage, storage.pointee.planEpoch != epoch {
      storage.pointee.planEpoch = epoch
      storage.pointee.planOwner = Int32(truncatingIfNeeded: work.external.count)
      storage.pointee.planHolders = 0
    }
    work.external.append(input)
    return false
  }

  /// All inputs are collected: numbers the node, or fails it with a failed input.
  @inline(__always) private func close(_ node: Node, _ graph: Graph) {
    var failed: Node?
    let countsUse: Int32 = node.pointee.level == 0 ? 1 : 0
    if let input = node.pointee.in0 {
      input.pointee.planUses &+= countsUse
      if input.pointee.state == .failed { failed = input }
    }
    if let input = node.pointee.in1 {
      input.pointee.planUses &+= countsUse
      if input.pointee.state == .failed { failed = input }
    }
    if let input = node.pointee.in2 {
      input.pointee.planUses &+= countsUse
      if input.pointee.state == .failed { failed = input }
    }
    if node.pointee.op.hasInputList {
      for input in node.given.inputs {
        input.pointee.planUses &+= countsUse
        if input.pointee.state == .failed { failed = input }
      }
    }
    if let failed {
      graph.fail(node, graph.failures[failed] ?? graph.mappedLook)
      return
    }
    node.pointee.mark = Int32(truncatingIfNeeded: work.local.count)
    work.local.append(node)
  }
}

extension Graph {
  /// Leaves a pending node failed with `error`, its own or that of an input.
  func fail(_ node: Node, _ error: TensorError) {
    unlink(node)
    node.pointee.state = .failed
    var error = error
    if error.order < 0 {
      error.order = node.pointee.sequence
      unraised.append(error)
    }
    failures[node] = error
    // `unlink` took a failable node off the count; its inputs go when the node goes.
  }
}

/// The plans of a graph, found by structure and bounded in number; the least recently used half goes.
struct PlanCache {
  private var plans: [UInt64: [Plan]] = [:]
  private var count = 0
  private var clock = 0
  /// Words of all keys together, at most about 64 MB.
  private var words = 0
  private static let mostPlans = 1024
  private static let mostWords = 8 << 20

  mutating func find(_ work: Work, _ statistics: inout Statistics) -> Plan? {
    guard let candidates = plans[work.hash] else { return nil }
    for plan in candidates where plan.key == work.key {
      clock += 1
      plan.lastUse = clock
      statistics.plansReused += 1
      return plan
    }
    return nil
  }

  mutating func add(_ plan: Plan, _ statistics: inout Statistics) -> Plan {
    statistics.plansBuilt += 1
    if count >= PlanCache.mostPlans || words + plan.key.count > PlanCache.mostWords { evict(&statistics) }
    clock += 1
    plan.lastUse = clock
    plans[plan.hash, default: []].append(plan)
    count += 1
    words += plan.key.count
    return plan
  }

  private mutating func evict(_ statistics: inout Statistics) {
    let uses = plans.values.joined().map(\.lastUse).sorted()
    guard !uses.isEmpty else { return }
    let limit = uses[uses.count / 2]
    for (hash, list) in plans { plans[hash] = list.filter { $0.lastUse > limit } }
    plans = plans.filter { !$0.value.isEmpty }
    let left = plans.values.joined()
    statistics.plansEvicted += count - left.count
    count = left.count
    words = left.reduce(0) { $0 + $1.key.count }
  }
}
