// The alternatives of every node that has some (see PathGraph), from the first to the value, and the way back along those
// of the value.
//
// A node's elements each have a kept list (see PathAlgebra); a view has those of what it views. `owners` says whose a list
// is, so that the way back knows what its decisions mean.
import KernelTypes
import Kernels
import Recurrences

struct PathSearch<A: PathAlgebra> {
  private struct Owner {
    let first: Int
    let node: Node
    /// Each element is one alternative: a number.
    let isPlain: Bool
  }

  let graph: Graph
  let structure: PathGraph
  private let output: Node
  var algebra: A
  private var lists: [Node: [Int]] = [:]
  private var owners: [Owner] = []
  private var programs: [Node: ProgramPaths] = [:]
  /// Nodes that paths take elements of.
  private(set) var sources: [Node] = []
  private var sourceNumbers: [Node: Int] = [:]

  /// The list of `output`, a scalar, is kept under `list(of: output)`.
  init(_ output: Node, _ graph: Graph, _ scope: GradientScope, _ algebra: A) throws {
    self.graph = graph
    self.output = output
    self.algebra = algebra
    // All that can fail fails here, with its place.
    try graph.force([output])
    structure = try PathGraph(output, graph, scope)
    for node in structure.order.reversed() {
      do { lists[node] = try evaluate(node) } catch let failure as PathFailure {
        throw PathSearch.error(failure, node, graph)
      }
    }
    do { _ = try list(of: output) } catch let failure as PathFailure { throw PathSearch.error(failure, output, graph) }
  }

  private static func error(_ failure: PathFailure, _ node: Node, _ graph: Graph) -> TensorError {
    var error =
      switch failure {
      case .cancelled: TensorError(.cancelled)
      case .memory(let bytes):
        TensorError(
          .memoryLimit(requested: bytes, limit: graph.byteLimit), help: "a smaller `k` keeps fewer paths of each cell")
      case .notANumber: TensorError(.badValue(operation: "a path", detail: "its score is NaN"))
      case .negativeFactor:
        TensorError(
          .badValue(
            operation: "a path", detail: "it is multiplied by a negative number, and the best becomes the worst"),
          help: "write the sign in the script: `-x * v[i]`, or `-v[i]`")
      case .broken: TensorError(.badValue(operation: "a path", detail: "its dynamic program can't be walked again"))
      }
    error.site = node.site
    return error
  }

  private func up(_ node: Node) -> Bool { (structure.looksUp ?? true) == ((structure.signs[node] ?? 1) > 0) }

  mutating func list(of output: Node) throws -> Int { try elements(output)[0] }

  // MARK: Lists

  /// The lists of a node's elements; those of a node without alternatives are its numbers.
  private mutating func elements(_ node: Node) throws -> [Int] {
    if let known = lists[node] { return known }
    let values = try graph.doubles(node)
    let first = own(node, isPlain: true)
    for (index, value) in values.enumerated() {
      try algebra.keep(algebra.plain(value, up: up(node)), at: first + index)
    }
    let made = Array(first..<first + values.count)
    lists[node] = made
    return made
  }

  private mutating func own(_ node: Node, isPlain: Bool = false) -> Int {
    let first = algebra.reserve(node.count)
    if node.count > 0 { owners.append(Owner(first: first, node: node, isPlain: isPlain)) }
    return first
  }

  private mutating func evaluate(_ node: Node) throws -> [Int] {
    guard let a = node.pointee.in0 else { return [] }
    switch node.pointee.op {
    case .alias, .reshape: return try elements(a)
    case .permute, .broadcast, .slice:
      let all = try elements(a)
      return Elements.viewed(node, a).map { all[$0] }
    case .gather:
      let all = try elements(a)
      guard let ids = node.pointee.in1 else { throw PathFailure.broken }
      let width = a.count / max(1, a.dim(0))
      return try graph.doubles(ids).flatMap { all[Int($0) * width..<(Int($0) + 1) * width] }
    case .concat:
      var parts: [[Int]] = []
      for input in node.given.inputs { parts.append(try elements(input)) }
      return Elements.joined(node, parts)
    case .reduce, .logSumExp: return try reduce(node, a)
    case .element: return try element(node, a)
    case .recurrence: return try cells(node)
    default: throw PathFailure.broken
    }
  }

  private mutating func element(_ node: Node, _ a: Node) throws -> [Int] {
    let way = up(node)
    let isNarrow = node.dtype == .f32
    let op = node.elementOp
    if op == .copy || (op == .castF64 && a.dtype == .f32) || (op != .neg && op.arity == 1 && a.dtype == node.dtype) {
      return try elements(a)
    }
    let operands = PathGraph.inputs(node)
    // A factor, and the condition of a choice, are numbers.
    let hasNumbers = op == .mul || op == .div
    var numbers: [[Double]] = []
    var all: [[Int]] = []
    for operand in operands {
      let isNumber = (hasNumbers && !structure.members.contains(operand)) || (op == .select && operand == a)
      numbers.append(isNumber ? try graph.doubles(operand) : [])
      all.append(isNumber ? [] : try elements(operand))
    }
    let places = operands.map { Elements.broadcast($0, to: node) }
    let first = own(node)
    for index in 0..<node.count {
      let list: A.List
      func kept(_ operand: Int) -> A.List { algebra.kept(all[operand][places[operand][index]]) }
      switch op {
      case .add: list = try algebra.sum(kept(0), kept(1), up: way, isNarrow: isNarrow)
      case .sub:
        let turned = try algebra.mapped(kept(1), up: way, isNarrow: isNarrow) { -$0 }
        list = try algebra.sum(kept(0), turned, up: way, isNarrow: isNarrow)
      case .neg: list = try algebra.mapped(kept(0), up: way, isNarrow: isNarrow) { -$0 }
      case .mul, .div:
        let (inner, other) = structure.members.contains(a) ? (0, 1) : (1, 0)
        let factor = numbers[other][places[other][index]]
        list = try algebra.mapped(kept(inner), up: way, isNarrow: isNarrow) { op == .mul ? $0 * factor : $0 / factor }
      case .select: list = kept(numbers[0][places[0][index]] != 0 ? 1 : 2)
      case .max, .min:
        var merged = algebra.term(kept(0), [0])
        algebra.merge(algebra.term(kept(1), [1]), into: &merged, up: way)
        list = merged
      default: list = try algebra.mapped(kept(0), up: way, isNarrow: isNarrow) { $0 }
      }
      try algebra.keep(list, at: first + index)
    }
    return Array(first..<first + node.count)
  }

  private mutating func reduce(_ node: Node, _ a: Node) throws -> [Int] {
    let all = try elements(a)
    let way = up(node)
    let rows = Elements.Rows(node, a)
    let isSum = node.pointee.op == .reduce && node.reduceOp == .sum
    let first = own(node)
    for index in 0..<node.count {
      if index & 63 == 63 && RunControl(pool: graph.pool, cancel: graph.cancelFlag).isCancelled {
        throw PathFailure.cancelled
      }
      var list = algebra.none
      for term in 0..<rows.count {
        let part = algebra.kept(all[rows.place(index, term)])
        if !isSum {
          algebra.merge(algebra.term(part, [Int32(truncatingIfNeeded: term)]), into: &list, up: way)
        } else if term == 0 {
          list = part
        } else {
          list = try algebra.sum(list, part, up: way, isNarrow: node.dtype == .f32)
        }
      }
      try algebra.keep(list, at: first + index)
    }
    return Array(first..<first + node.count)
  }

  private mutating func cells(_ node: Node) throws -> [Int] {
    guard let given = PathGraph.recurrence(node), let additive = structure.additive[node] else {
      throw PathFailure.broken
    }
    var inputs: [UnsafeRawPointer] = []
    var numbers: [[Int]?] = []
    for (index, input) in node.given.inputs.prefix(given.inputCount).enumerated() {
      inputs.append(try graph.contents(input))
      numbers.append(additive.derivedInputs.contains(index) ? try elements(input) : nil)
    }
    let first = own(node)
    let paths = ProgramPaths(
      given.recurrence, additive, inputs: inputs, lists: numbers, first: first, up: up(node),
      control: RunControl(pool: graph.pool, cancel: graph.cancelFlag))
    try paths.fill(&algebra)
    programs[node] = paths
    return Array(first..<first + node.count)
  }
}

// MARK: Back

extension PathSearch where A == BestPaths {
  /// How often the alternative takes elements of the sources; their order is that of `sources` afterwards.
  mutating func follow(_ list: Int, _ rank: Int) throws -> [[Double]] {
    noteSources()
    var trace = PathTrace(sources.map(\.count))
    trace.open = [PathTrace.Part(list: list, rank: rank, factor: 1)]
    while let part = trace.open.popLast() {
      guard let owner = owner(of: part.list) else { throw PathSearch.error(.broken, output, graph) }
      do { try follow(part, owner, &trace) } catch let failure as PathFailure {
        throw PathSearch.error(failure, owner.node, graph)
      }
    }
    return trace.amounts
  }

  private func owner(of list: Int) -> Owner? {
    var (low, high) = (0, owners.count)
    while low < high {
      let middle = (low + high) / 2
      if owners[middle].first <= list { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? owners[low - 1] : nil
  }

  /// Float nodes of the scope that numbers are taken from.
  private mutating func noteSources() {
    if !sourceNumbers.isEmpty { return }
    func note(_ node: Node) {
      if node.pointee.level < structure.level || !node.dtype.isFloat || sourceNumbers[node] != nil { return }
      sourceNumbers[node] = sources.count
      sources.append(node)
    }
    for owner in owners {
      if owner.isPlain { note(owner.node) }
      for input in PathGraph.inputs(owner.node) where !owner.isPlain && !structure.members.contains(input) {
        note(input)
      }
    }
  }

  private func source(_ node: Node) -> Int { sourceNumbers[node] ?? -1 }

  private func follow(_ part: PathTrace.Part, _ owner: Owner, _ trace: inout PathTrace) throws {
    let node = owner.node
    let index = part.list - owner.first
    if owner.isPlain {
      trace.add(part.factor, to: source(node), at: index)
      return
    }
    if let paths = programs[node], let given = node.given.recurrence {
      let derived = structure.additive[node]?.derivedInputs ?? []
      let numbers = node.given.inputs.prefix(given.inputCount).enumerated().map { index, input in
        derived.contains(index) ? -1 : source(input)
      }
      try paths.follow(part, algebra, sources: numbers, &trace)
      return
    }
    var decisions = algebra.decisions(part.list, part.rank)
    func go(_ input: Node, _ place: Int, _ factor: Double) {
      guard let all = lists[input] else { return }
      trace.open.append(PathTrace.Part(list: all[place], rank: decisions.take(), factor: factor))
    }
    guard let a = node.pointee.in0 else { return }
    if node.pointee.op == .element {
      let operands = PathGraph.inputs(node)
      func place(_ operand: Int) -> Int { Elements.broadcast(operands[operand], to: node, at: index) }
      switch node.elementOp {
      case .add, .sub:
        go(a, place(0), part.factor)
        go(operands[1], place(1), node.elementOp == .sub ? -part.factor : part.factor)
      case .mul, .div:
        let (inner, other) = structure.members.contains(a) ? (0, 1) : (1, 0)
        let factor = try graph.doubles(operands[other])[place(other)]
        guard let list = lists[operands[inner]]?[place(inner)] else { return }
        var ahead = decisions
        let score = algebra.score(list, ahead.take())
        go(operands[inner], place(inner), node.elementOp == .mul ? part.factor * factor : part.factor / factor)
        let share = node.elementOp == .mul ? score : -score / (factor * factor)
        trace.add(part.factor * share, to: source(operands[other]), at: place(other))
      case .select:
        let chosen = try graph.doubles(a)[place(0)] != 0 ? 1 : 2
        go(operands[chosen], place(chosen), part.factor)
      case .max, .min:
        let chosen = decisions.take()
        go(operands[chosen], place(chosen), part.factor)
      default: go(a, place(0), node.elementOp == .neg ? -part.factor : part.factor)
      }
      return
    }
    let rows = Elements.Rows(node, a)
    if node.pointee.op == .reduce && node.reduceOp == .sum {
      for term in 0..<rows.count { go(a, rows.place(index, term), part.factor) }
    } else {
      go(a, rows.place(index, decisions.take()), part.factor)
    }
  }
}
