// Makes a plan: groups elementwise work into loops, orders the steps, and decides which buffers are written over.
//
// Nodes come in an order in which each follows its inputs. A group collects elementwise nodes, and reductions, over one
// index space; it stays open until something outside of it needs one of its results, and is scheduled then. So an open
// group depends on scheduled steps only, and a node may always join the open group of its space. Groups that write over
// outer nodes (a parameter's update) usually have no reader in the plan; they go last, because from the first of them on
// a stop must wait for the plan's end. A node that can fail on its values is a step of its own.
//
// Read on in `PlanBuilder+Buffers`.
import KernelTypes
import Kernels
import Loops

/// What a loop reduces over.
enum Fold: Hashable {
  case none
  case all
  case leading(Int)
  case trailing(Int)
}

final class Group {
  let space: ShapeRef
  var fold: Fold
  var nodes: [Int] = []
  var isOpen = true
  /// Whether a node that reduces so (or not at all) may join.
  func accepts(_ other: Fold) -> Bool { fold == .none || other == .none || fold == other }
  init(_ space: ShapeRef, _ fold: Fold) {
    self.space = space
    self.fold = fold
  }
}

final class PlanBuilder {
  let local: [Node]
  let external: [Node]
  let plan: Plan
  /// The open groups, oldest first.
  private var open: [Group] = []
  /// Group of a node that is not yet scheduled.
  private var groupOf: [Group?]
  /// Scheduled work, before buffers are decided.
  var schedule: [Scheduled] = []
  /// Nodes whose elements something outside of their own group reads.
  var isMaterialised: [Bool]

  enum Scheduled {
    case group(Group)
    case node(Int)
  }

  init(_ work: Work, _ graph: Graph) {
    local = work.local
    external = work.external
    plan = Plan(key: work.key, hash: work.hash)
    groupOf = Array(repeating: nil, count: work.local.count)
    isMaterialised = Array(repeating: false, count: work.local.count)
  }

  func build() throws -> Plan {
    plan.isNeeded = local.map { Work.isNeeded($0) }
    resolveViews()
    for index in local.indices { place(index) }
    for group in open { schedule.append(.group(group)) }
    for index in local.indices where plan.isNeeded[index] { materialise(Code(index)) }
    try decideBuffers()
    return plan
  }

  /// Inputs of a node as codes.
  func inputs(_ index: Int) -> [Code] {
    let node = local[index]
    if node.pointee.op.hasInputList { return node.given.inputs.map { $0.pointee.mark } }
    return [node.pointee.in0, node.pointee.in1, node.pointee.in2].compactMap { $0?.pointee.mark }
  }

  func node(_ code: Code) -> Node { code >= 0 ? local[Int(code)] : external[Int(~code)] }

  /// The node whose elements a code reads: through views.
  func root(_ code: Code) -> Code { code >= 0 ? plan.root[Int(code)] : code }

  /// The node that stands for a buffer: of several outer nodes that show the same elements, the first.
  func owner(_ code: Code) -> Code {
    let root = root(code)
    if root < 0, let storage = node(root).pointee.storage { return ~storage.pointee.planOwner }
    return root
  }

  private func resolveViews() {
    plan.root = local.indices.map { Code($0) }
    for index in local.indices where local[index].pointee.op.isView {
      guard let input = local[index].pointee.in0 else { continue }
      plan.root[index] = root(input.pointee.mark)
    }
  }

  private func materialise(_ code: Code) {
    let root = root(code)
    if root >= 0 { isMaterialised[Int(root)] = true }
  }

  // MARK: Grouping

  private func place(_ index: Int) {
    let node = local[index]
    switch node.pointee.op {
    case .alias, .reshape, .permute, .broadcast, .slice:
      return
    case .element, .reduce:
      placeInGroup(index, node)
    default:
      for input in inputs(index) { need(input) }
      schedule.append(.node(index))
    }
  }

  private func placeInGroup(_ index: Int, _ node: Node) {
    guard let first = node.pointee.in0 else { return }
    let isReduce = node.pointee.op == .reduce
    let space = isReduce ? first.pointee.shape : node.pointee.shape
    let fold = isReduce ? self.fold(of: node, space) : .none
    let codes = inputs(index)
    if node.pointee.canFail {
      for code in codes { need(code) }
      let alone = Group(space, fold)
      alone.nodes = [index]
      schedule.append(.group(alone))
      return
    }
    for code in codes where fusable(code, space) == nil { need(code) }
    // What is still open after that: best the group of an input, else any of this space.
    var target: Group?
    for code in codes {
      if let group = fusable(code, space), group.accepts(fold) { target = group }
    }
    if target == nil { target = open.first { $0.space == space && $0.accepts(fold) } }
    // Inputs that are computed elsewhere are read from memory; an open group depends on scheduled work only.
    for code in codes {
      if let group = fusable(code, space), group === target { continue }
      need(code)
    }
    let group = target ?? Group(space, fold)
    if target == nil { open.append(group) }
    if fold != .none { group.fold = fold }
    group.nodes.append(index)
    groupOf[index] = group
  }

  private func fold(of node: Node, _ space: ShapeRef) -> Fold {
    let count = node.given.axes.first ?? 0
    if count == space.rank { return .all }
    return node.given.flag ? .leading(count) : .trailing(count)
  }

  /// The open group that computes `code` element by element over `space`.
  private func fusable(_ code: Code, _ space: ShapeRef) -> Group? {
    guard code >= 0, let group = groupOf[Int(code)], group.space == space,
      local[Int(code)].pointee.op == .element, group.isOpen
    else { return nil }
    return group
  }

  /// Something outside of a group reads `code`: its elements must be in memory by now.
  private func need(_ code: Code) {
    materialise(code)
    let root = root(code)
    guard root >= 0, let group = groupOf[Int(root)], group.isOpen else { return }
    group.isOpen = false
    open.removeAll { $0 === group }
    schedule.append(.group(group))
  }
}
