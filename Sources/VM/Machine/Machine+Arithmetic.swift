// Slow paths of arithmetic, comparison and conditions: mixed numbers, tensors, trees. The values are computed by
// `Heap.binary` and its siblings; here operands that were read for the last time are released and results stored.
import Diagnostics
import KernelTypes
import Tensor

extension Machine {
  /// Stores a result and releases operands b and c where this was their last use.
  @inline(__always) private func finish(_ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ result: Value) {
    if i.flags & Flag.killB != 0 { put(base + i.b, .none) }
    if i.flags & Flag.killC != 0 { put(base + i.c, .none) }
    put(base + i.a, result)
  }

  @inline(never) func slowBinary(
    _ op: ElementOp, _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ ip: UnsafeMutablePointer<Instruction>
  ) throws {
    let (b, c) = (base[i.b], base[i.c])
    if b.isNumber && c.isNumber {
      frame.pointee.ip = ip
      put(base + i.a, try Heap.numbers(op, b, c))
      return
    }
    noteSite(ip)
    touchedGraph = true
    finish(i, base, try heap.binary(op, b, c))
  }

  @inline(never) func slowWithInteger(
    _ op: ElementOp, _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ ip: UnsafeMutablePointer<Instruction>
  ) throws {
    noteSite(ip)
    if base[i.b].isHeap { touchedGraph = true }
    let isSubtraction = i.flags & Flag.subtracted != 0
    let number = Value(isSubtraction ? -i.signedC : i.signedC)
    let operation = isSubtraction ? ElementOp.sub : op
    let result =
      i.flags & Flag.exchanged != 0
      ? try heap.binary(operation, number, base[i.b]) : try heap.binary(operation, base[i.b], number)
    if i.flags & Flag.killB != 0 { put(base + i.b, .none) }
    put(base + i.a, result)
  }

  @inline(never) func slowWithConstant(
    _ op: ElementOp, _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ constants: UnsafeMutablePointer<Value>,
    _ ip: UnsafeMutablePointer<Instruction>
  ) throws {
    noteSite(ip)
    if base[i.b].isHeap { touchedGraph = true }
    let isSubtraction = i.flags & Flag.subtracted != 0
    let number = isSubtraction ? Value(-constants[i.c].float) : constants[i.c]
    let operation = isSubtraction ? ElementOp.sub : op
    let result =
      i.flags & Flag.exchanged != 0
      ? try heap.binary(operation, number, base[i.b]) : try heap.binary(operation, base[i.b], number)
    if i.flags & Flag.killB != 0 { put(base + i.b, .none) }
    put(base + i.a, result)
  }

  @inline(never) func slowUnary(
    _ op: ElementOp, _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ ip: UnsafeMutablePointer<Instruction>
  ) throws {
    noteSite(ip)
    if base[i.b].isHeap { touchedGraph = true }
    let result = try heap.unary(op, base[i.b])
    if i.flags & Flag.killB != 0 { put(base + i.b, .none) }
    put(base + i.a, result)
  }

  @inline(never) func matmul(
    _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ ip: UnsafeMutablePointer<Instruction>
  ) throws {
    noteSite(ip)
    touchedGraph = true
    let (b, c) = (base[i.b], base[i.c])
    guard b.tag == .tensor, c.tag == .tensor else {
      throw wrongType("@", "two tensors", b.tag == .tensor ? c : b)
    }
    finish(i, base, Value(try heap.graph.matmul(tensorNode(b), tensorNode(c))))
  }

  // MARK: Joining

  @inline(never) func join(
    _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ ip: UnsafeMutablePointer<Instruction>
  ) throws {
    let (b, c) = (base[i.b], base[i.c])
    let isOwn = i.a == i.b || i.flags & Flag.killB != 0
    frame.pointee.ip = ip
    if b.tag == .string && c.tag == .string {
      let grows = isOwn && i.b != i.c && b.object.assumingMemoryBound(to: HeapHeader.self).pointee.isUnique
      let bytes = (grows ? 0 : StringRef(b).byteCount) + StringRef(c).byteCount
      if bytes > Machine.unchecked { try heap.reserve(bytes: bytes) }
      if grows {
        // Nobody else holds the left text: it grows where it is.
        heap.append(StringRef(c).utf8, toString: base + i.b)
        if i.a != i.b {
          let grown = base[i.b]
          base[i.b] = .none
          put(base + i.a, grown)
        }
        if i.flags & Flag.killC != 0, i.a != i.c { put(base + i.c, .none) }
      } else {
        finish(i, base, heap.joined(b, c))
      }
      return
    }
    guard b.tag == .list, c.tag == .list else { throw joinError(b, c) }
    let grows = isOwn && i.b != i.c && ListRef(b).isUnique
    let count = (grows ? 0 : ListRef(b).count) + ListRef(c).count
    if count > Machine.unchecked { try heap.reserve(bytes: count * MemoryLayout<Value>.stride) }
    if grows {
      appendItems(ListRef(c), to: ListRef(b))
      if i.a != i.b {
        base[i.b] = .none
        put(base + i.a, b)
      }
      if i.flags & Flag.killC != 0, i.a != i.c { put(base + i.c, .none) }
    } else {
      finish(i, base, heap.concatenated(b, c))
    }
  }

  /// Values up to this size are made without asking for memory: the next back-edge notices.
  static let unchecked = 1 << 14

  func appendItems(_ source: ListRef, to target: ListRef) {
    for index in 0..<source.count { target.append(heap.retained(source[index]), heap) }
  }

  func joinError(_ a: Value, _ b: Value) -> Diagnostic {
    Diagnostic(
      .wrongType(
        operation: "++", expected: "two strings or two lists", found: "\(heap.typeName(a)) and \(heap.typeName(b))"),
      at: nil,
      help: a.tag == .string || b.tag == .string
        ? "`str(x)` or \"{x}\" makes a string" : a.tag == .list ? "`append(xs, x)` adds one item" : nil)
  }

  // MARK: Comparisons

  /// `a op b` as a value: a boolean, or a tensor of them.
  func compared(_ op: ElementOp, _ a: Value, _ b: Value) throws -> Value {
    if a.isNumber && b.isNumber { return try Heap.numbers(op, a, b) }
    let isTensor = a.tag == .tensor || b.tag == .tensor
    if isTensor && !a.isTree && !b.isTree {
      touchedGraph = true
      if op == .eq || op == .ne, Heap.operand(a) == nil || Heap.operand(b) == nil { return Value(op == .ne) }
      return try heap.binary(op, a, b)
    }
    switch op {
    case .eq: return Value(try heap.equal(a, b))
    case .ne: return Value(try !heap.equal(a, b))
    default: break
    }
    let order = try heap.compare(a, b, operation: op.symbol)
    switch op {
    case .lt: return Value(order < 0)
    case .le: return Value(order <= 0)
    case .gt: return Value(order > 0)
    default: return Value(order >= 0)
    }
  }

  @inline(never) func slowCompare(
    _ op: ElementOp, _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ ip: UnsafeMutablePointer<Instruction>
  ) throws {
    noteSite(ip)
    let result =
      i.flags & Flag.exchanged != 0
      ? try compared(Machine.mirrored(op), base[i.c], base[i.b]) : try compared(op, base[i.b], base[i.c])
    finish(i, base, result)
  }

  private static func mirrored(_ op: ElementOp) -> ElementOp {
    switch op {
    case .lt: .gt
    case .le: .ge
    default: op
    }
  }

  /// A fused compare-and-jump on anything.
  @inline(never) func slowTest(
    _ op: ElementOp, _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ ip: UnsafeMutablePointer<Instruction>
  ) throws -> Bool {
    noteSite(ip)
    let result =
      i.flags & Flag.exchanged != 0 && op != .eq
      ? try compared(Machine.mirrored(op), base[i.b], base[i.a]) : try compared(op, base[i.a], base[i.b])
    let holds = try truth(of: result)
    if i.flags & Flag.killA != 0 { put(base + i.a, .none) }
    if i.flags & Flag.killB != 0 { put(base + i.b, .none) }
    return holds
  }

  @inline(never) func slowTestInteger(
    _ op: ElementOp, _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ ip: UnsafeMutablePointer<Instruction>
  ) throws -> Bool {
    try slowTest(op, i, base, ip, against: Value(i.signedB))
  }
  @inline(never) func slowTestConstant(
    _ op: ElementOp, _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ constants: UnsafeMutablePointer<Value>,
    _ ip: UnsafeMutablePointer<Instruction>
  ) throws -> Bool {
    try slowTest(op, i, base, ip, against: constants[i.b])
  }
  private func slowTest(
    _ op: ElementOp, _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ ip: UnsafeMutablePointer<Instruction>,
    against constant: Value
  ) throws -> Bool {
    noteSite(ip)
    let holds = try truth(of: compared(op, base[i.a], constant))
    if i.flags & Flag.killA != 0 { put(base + i.a, .none) }
    return holds
  }

  // MARK: Conditions

  /// Whether an owned comparison result holds; releases it.
  private func truth(of value: Value) throws -> Bool {
    if value.tag == .bool { return value.bool }
    defer { heap.release(value) }
    return try condition(value)
  }

  /// Whether a borrowed value, used as a condition, is true.
  func condition(_ value: Value) throws -> Bool {
    if value.tag == .bool { return value.bool }
    if value.tag == .tensor, tensorNode(value).rank == 0,
      case .bool(let flag) = try heap.graph.scalarValue(tensorNode(value))
    {
      return flag
    }
    let help: String? =
      switch value.tag {
      case .tensor:
        tensorNode(value).rank > 0 ? "`all(x)` and `any(x)` make one boolean of many" : "compare it: `x != 0`"
      case .int, .float: "compare it: `x != 0`"
      case .string, .list, .record: "`len(x) > 0` asks whether there is anything in it"
      case .none: "`x != none` asks whether there is something"
      default: nil
      }
    throw wrongType("a condition", "true or false", value, help: help)
  }

  @inline(never) func truth(
    _ register: Int, _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ ip: UnsafeMutablePointer<Instruction>
  ) throws -> Bool {
    noteSite(ip)
    let holds = try condition(base[register])
    if i.flags & Flag.killA != 0 { put(base + register, .none) }
    return holds
  }

  /// Whether the left side of `and` (`or`) decides: it is the boolean `decision`.
  @inline(__always) func decides(
    _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ ip: UnsafeMutablePointer<Instruction>, _ decision: Bool
  ) throws -> Bool {
    let a = base[i.a]
    if a.tag == .bool { return a.bool == decision }
    frame.pointee.ip = ip
    try checkBoolean(a, decision ? "or" : "and")
    return false
  }

  @inline(never) private func checkBoolean(_ value: Value, _ operation: String) throws {
    if value.tag == .bool || (value.tag == .tensor && tensorNode(value).dtype == .bool) { return }
    throw wrongType(operation, "booleans", value)
  }

  @inline(never) func combine(
    _ op: ElementOp, _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ ip: UnsafeMutablePointer<Instruction>
  ) throws {
    let (b, c) = (base[i.b], base[i.c])
    if b.tag == .bool && c.tag == .bool {
      put(base + i.a, Value(op == .and ? b.bool && c.bool : b.bool || c.bool))
      return
    }
    noteSite(ip)
    touchedGraph = true
    try checkBoolean(b, op == .and ? "and" : "or")
    try checkBoolean(c, op == .and ? "and" : "or")
    finish(i, base, try heap.binary(op, b, c))
  }

  // MARK: Builtins of their own

  @inline(never) func extremum(
    _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ ip: UnsafeMutablePointer<Instruction>, _ index: Int,
    wantsLess: Bool
  ) throws {
    let (b, c) = (base[i.b], base[i.c])
    if b.isNumber && c.isNumber {
      put(base + i.a, try Heap.numbers(wantsLess ? .min : .max, b, c))
      return
    }
    noteSite(ip)
    // The builtin takes its operands as one list, and then its named options.
    var arguments = Array(repeating: Value.absent, count: max(1, builtins[index].parameters.count))
    arguments[0] = heap.list([heap.retained(b), heap.retained(c)])
    defer { heap.release(arguments[0]) }
    let result = try arguments.withUnsafeMutableBufferPointer { buffer -> Value in
      guard let start = buffer.baseAddress else { return .none }
      return try callBuiltin(index, borrowed: start)
    }
    finish(i, base, result)
  }
}
