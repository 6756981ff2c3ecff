// Which nodes below a value have alternatives, when its paths are asked for: those that a dynamic program stands behind,
// and, from the value down to the first dynamic program, lone reductions (`max(x)` in the value is a choice; in scores
// that a dynamic program reads, such as `u - logsumexp(u)`, it is a number like others). Each enters with a sign.
//
// Nodes without alternatives are the atoms: paths are told by how often they take elements of them. What does not depend
// on the variables of the gradient scope is a constant.
import KernelTypes
import Recurrences

struct PathGraph {
  let graph: Graph
  let level: UInt8
  /// Nodes with alternatives, the value first.
  private(set) var order: [Node] = []
  private(set) var members = Set<Node>()
  private(set) var signs: [Node: Int] = [:]
  private(set) var additive: [Node: Additive] = [:]
  /// Whether the largest is best; nil where nothing chooses.
  private(set) var looksUp: Bool?
  /// A recurrence that reads itself stands behind the node.
  private var recursive = Set<Node>()
  /// A choice does, with nothing but sums in between.
  private var choosing = Set<Node>()
  /// A choice does, whatever is in between.
  private var reaching = Set<Node>()
  private var isTop: [Node: Bool] = [:]

  init(_ output: Node, _ graph: Graph, _ scope: GradientScope) throws {
    self.graph = graph
    level = scope.level
    let tape = graph.tape[min(scope.start, graph.tape.count)...]
    for node in tape where node.pointee.level >= level { note(node) }
    want(output, 1, isTop: true)
    for node in tape.reversed() where node.pointee.level >= level {
      guard let sign = signs[node] else { continue }
      let top = isTop[node] ?? false
      guard hasAlternatives(node, isTop: top) else {
        if top && node == output { try refuseHiddenChoices(node) }
        continue
      }
      order.append(node)
      members.insert(node)
      do { try descend(node, sign, isTop[node] ?? false) } catch let error as ProgramError {
        var located = TensorError(.program(error))
        located.site = node.site
        throw located
      }
    }
  }

  static func inputs(_ node: Node) -> [Node] {
    node.pointee.op.hasInputList
      ? node.given.inputs : [node.pointee.in0, node.pointee.in1, node.pointee.in2].compactMap { $0 }
  }

  /// The program of a node that holds the cells of one.
  static func recurrence(_ node: Node) -> RecurrenceAttributes? {
    guard node.pointee.op == .recurrence, Int(node.pointee.sub) == Recurrence.Form.values.rawValue,
      let given = node.given.recurrence, given.window == nil, given.mapped == 0
    else { return nil }
    return given
  }

  private static func isChoice(_ node: Node) -> Bool {
    guard node.dtype.isFloat else { return false }
    switch node.pointee.op {
    case .reduce: return node.reduceOp == .max || node.reduceOp == .min
    case .element: return node.elementOp == .max || node.elementOp == .min
    case .logSumExp: return true
    case .recurrence:
      guard let program = recurrence(node)?.recurrence.program else { return false }
      return Additive.chooses(program) || Additive.isRecursive(program) || program.callsFunctions
    default: return false
    }
  }

  private mutating func note(_ node: Node) {
    let inputs = PathGraph.inputs(node)
    let program = PathGraph.recurrence(node)?.recurrence.program
    // A table that was cut to pieces, and those of a batch, are not gone through.
    let isCut = node.pointee.op == .recurrence && program == nil
    if isCut || program.map(Additive.isRecursive) == true || inputs.contains(where: recursive.contains) {
      recursive.insert(node)
    }
    var passes = node.pointee.op.isView || node.pointee.op == .concat || node.pointee.op == .gather || program != nil
    if node.pointee.op == .reduce { passes = node.reduceOp == .sum }
    if node.pointee.op == .element {
      switch node.elementOp {
      case .add, .sub, .neg, .mul, .div, .copy, .castF32, .castF64, .select: passes = true
      default: break
      }
    }
    if PathGraph.isChoice(node) || inputs.contains(where: reaching.contains) { reaching.insert(node) }
    if PathGraph.isChoice(node) || (passes && inputs.contains(where: choosing.contains)) { choosing.insert(node) }
  }

  private func hasAlternatives(_ node: Node, isTop: Bool) -> Bool {
    node.pointee.level >= level && (recursive.contains(node) || (isTop && choosing.contains(node)))
  }

  private mutating func want(_ node: Node, _ sign: Int, isTop top: Bool) {
    signs[node] = sign
    isTop[node] = (isTop[node] ?? true) && top
  }

  // MARK: Down to the inputs

  /// A reduction in scores is a number; one that the value itself is made of, otherwise than by adding, is an error.
  private func refuseHiddenChoices(_ node: Node) throws {
    guard node.pointee.level >= level, reaching.contains(node) else { return }
    var blamed = node
    while blamed.pointee.op.isView, let input = blamed.pointee.in0 { blamed = input }
    throw PathGraph.refused(PathGraph.name(blamed), blamed)
  }

  private static func name(_ node: Node) -> String {
    switch node.pointee.op {
    case .element: Additive.name(node.elementOp)
    case .reduce: "\(node.reduceOp)"
    case .matmul: "@"
    default: "\(node.pointee.op)"
    }
  }

  static func refused(_ operation: String, _ node: Node) -> TensorError {
    var error = TensorError(.program(.notAdditive(operation: operation, place: -1)))
    error.site = node.site
    return error
  }

  private mutating func descend(_ node: Node, _ sign: Int, _ top: Bool) throws {
    let inner = top && PathGraph.recurrence(node).map { Additive.isRecursive($0.recurrence.program) } != true
    func has(_ input: Node?) -> Bool { input.map { hasAlternatives($0, isTop: inner) } ?? false }
    func send(_ input: Node?, _ sign: Int) throws {
      guard let input else { return }
      guard has(input) else {
        if inner { try refuseHiddenChoices(input) }
        return
      }
      if let other = signs[input], other != sign { throw PathGraph.refused("-", node) }
      want(input, sign, isTop: inner)
    }
    if PathGraph.isChoice(node), node.pointee.op != .recurrence {
      let isMinimum =
        node.pointee.op == .reduce ? node.reduceOp == .min : node.pointee.op == .element && node.elementOp == .min
      let up = isMinimum == (sign < 0)
      if let looksUp, looksUp != up { throw ProgramError.opposed(place: -1) }
      looksUp = up
      for input in PathGraph.inputs(node) { try send(input, sign) }
      return
    }
    let (a, b) = (node.pointee.in0, node.pointee.in1)
    switch node.pointee.op {
    case .alias, .reshape, .permute, .broadcast, .slice, .concat, .gather:
      for input in PathGraph.inputs(node) { try send(input, sign) }
    case .reduce where node.reduceOp == .sum: try send(a, sign)
    case .element:
      switch node.elementOp {
      case .add:
        try send(a, sign)
        try send(b, sign)
      case .sub:
        try send(a, sign)
        try send(b, -sign)
      case .neg: try send(a, -sign)
      case .copy, .castF32, .castF64: try send(a, sign)
      case .mul, .div:
        if has(b) && (has(a) || node.elementOp == .div) { throw PathGraph.refused(Additive.name(node.elementOp), node) }
        let (inside, factor) = has(a) ? (a, b) : (b, a)
        try send(inside, try factor.map { try self.sign(of: $0, node) } == -1 ? -sign : sign)
      case .select where !has(a):
        try send(b, sign)
        try send(node.pointee.in2, sign)
      default: throw PathGraph.refused(PathGraph.name(node), node)
      }
    case .recurrence:
      guard let given = PathGraph.recurrence(node) else {
        var error = TensorError(
          .badValue(operation: "a path", detail: "a derivative, or a table inside of `vmap` or `remat`, has none"))
        error.site = node.site
        throw error
      }
      let inputs = node.given.inputs
      let derived = (0..<given.inputCount).filter { has(inputs[$0]) }
      let found = try Additive(
        given.recurrence.program, derivedInputs: Set(derived), sign: sign, looksUp: looksUp)
      looksUp = found.looksUp
      additive[node] = found
      for input in derived { try send(inputs[input], found.inputSigns[input] ?? sign) }
    default: throw PathGraph.refused(PathGraph.name(node), node)
    }
  }

  /// Of a factor, all whose elements must have one.
  private func sign(of factor: Node, _ node: Node) throws -> Int {
    var (least, greatest) = (0.0, 0.0)
    for element in try graph.doubles(factor) { (least, greatest) = (min(least, element), max(greatest, element)) }
    if least < 0 && greatest > 0 { throw PathGraph.refused(Additive.name(node.elementOp), node) }
    return least < 0 ? -1 : 1
  }
}

extension Graph {
  /// The elements of a tensor in row-major order.
  func doubles(_ x: Node) throws -> [Double] {
    let memory = try contents(x)
    return (0..<x.count).map { asDouble(decode(loadElement(x.dtype, memory + $0 * x.dtype.size), x.dtype)) }
  }
}
