// Making tensors, and going between tensors and numbers.
import Diagnostics
import KernelTypes
import Tensor
import VM

let shapeParameter = BuiltinParameter("shape", .shape, .required, "list of sizes, or one size")
let dtypeParameter = BuiltinParameter("dtype", .dtype, .optional(shownDefault: "f32"), "element type of the result")

private let constantResult = Derivative.none(because: "the result does not depend on numbers")

extension Library {
  static let tensors: [Builtin] =
    [fromList, filled("zeros", 0), filled("ones", 1), full, like("zeros_like", 0), like("ones_like", 1)]
    + [arange, linspace, eye, oneHot, cast, number, force]

  private static let fromList = Builtin(
    "tensor",
    [
      BuiltinParameter(
        "x", [.int, .float, .bool, .tensor, .list, .range, .sequence], .required,
        "a number, a list of numbers or of lists or tensors of one shape, or a comprehension"),
      BuiltinParameter("dtype", .dtype, .optional(shownDefault: "none"), "element type of the result"),
    ],
    summary: "A tensor with these elements.",
    details: """
      Integers give i64, booleans bool, and a float anywhere f32, unless `dtype` says otherwise. Tensors in the list are \
      stacked, and derivatives pass through them. Rows of different lengths are an error.
      """,
    example: "let x = tensor([[1, 2], [3, 4]])\nprint(x.shape, x[1, 0], tensor([0.5, 1], dtype: f64))",
    expected: "[2, 2] 3 tensor([0.5, 1.0], dtype: f64)", derivative: .rule("each element passes to its place")
  ) { call in Value(try TensorBuilder(call: call).node(call[0], call.dtype(1))) }

  private static func filled(_ name: String, _ value: Int) -> Builtin {
    Builtin(
      name, [shapeParameter, dtypeParameter], summary: "A tensor of \(name).",
      example: "print(\(name)([2, 2]), \(name)(2, dtype: i64))",
      expected: value == 0
        ? "tensor([[0.0, 0.0], [0.0, 0.0]]) tensor([0, 0])" : "tensor([[1.0, 1.0], [1.0, 1.0]]) tensor([1, 1])",
      derivative: constantResult
    ) { call in
      let dims = try call.dims(0)
      return Value(try call.graph.filled(dims, call.dtype(1, default: .f32), .int(value)))
    }
  }

  private static let full = Builtin(
    "full",
    [
      shapeParameter, BuiltinParameter("value", [.int, .float, .bool, .tensor], .required, "number in every place"),
      BuiltinParameter("dtype", .dtype, .optional(shownDefault: "none"), "element type; without it that of the value"),
    ],
    summary: "A tensor with one value everywhere.",
    details:
      "A float gives f32, an integer i64, a boolean bool, a scalar its own type; derivatives pass through a scalar.",
    example: "print(full([3], 0.5), full([2], 7))", expected: "tensor([0.5, 0.5, 0.5]) tensor([7, 7])",
    derivative: .rule("the sum over all places passes to a scalar value")
  ) { call in
    let dims = try call.dims(0)
    let type = try call.dtype(2)
    switch call[1].tag {
    case .float: return Value(try call.graph.filled(dims, type ?? .f32, .float(call[1].float)))
    case .int: return Value(try call.graph.filled(dims, type ?? .i64, .int(call[1].int)))
    case .bool: return Value(try call.graph.filled(dims, type ?? .bool, .bool(call[1].bool)))
    default:
      let node = Value(try TensorBuilder(call: call).node(call[1], type))
      defer { call.heap.release(node) }
      return Value(try call.graph.broadcast(tensorNode(node), dims))
    }
  }

  private static func like(_ name: String, _ value: Int) -> Builtin {
    Builtin(
      name, [BuiltinParameter("x", .tree, .required, "a tensor, a number, or a tree of these")],
      summary: "\(value == 0 ? "Zeros" : "Ones") with the shape and element type of x.",
      details: "Of a tree, a tree; leaves that are no numbers stay.",
      example: "print(\(name)(tensor([1, 2])), \(name)({w: 2.5}))",
      expected: value == 0 ? "tensor([0, 0]) {w: 0.0}" : "tensor([1, 1]) {w: 1.0}", derivative: constantResult
    ) { call in
      let heap = call.heap
      return try heap.mapTrees([call[0]], operation: name) { leaves in
        let leaf = leaves[0]
        switch leaf.tag {
        case .int: return Value(value)
        case .float: return Value(Double(value))
        case .tensor:
          let node = tensorNode(leaf)
          return Value(
            try heap.graph.filled(node.dims, node.dtype, node.dtype == .bool ? .bool(value != 0) : .int(value)))
        default: return heap.retained(leaf)
        }
      }
    }
  }

  private static let arange = Builtin(
    "arange",
    [
      BuiltinParameter("start", .numeric, .required, "first element; the end, if it is the only argument"),
      BuiltinParameter("end", .numeric, .optional(shownDefault: "none"), "the first number that is left out"),
      BuiltinParameter("step", .numeric, .optional(shownDefault: "1"), "distance between elements, not 0"),
      BuiltinParameter("dtype", .dtype, .optional(shownDefault: "none"), "element type of the result"),
    ],
    summary: "The numbers from start to before end: i64 for integers, else f32.",
    details: "Floats are computed as start + i * step. `a..b` is the range that loops walk.",
    example: "print(arange(4), arange(1, 10, 4), arange(0.0, 1.0, 0.25))",
    expected: "tensor([0, 1, 2, 3]) tensor([1, 5, 9]) tensor([0.0, 0.25, 0.5, 0.75])", derivative: constantResult
  ) { call in
    let alone = call.isMissing(1)
    let given = [0, 1, 2].filter { !call.isMissing($0) }
    let integers = try given.allSatisfy { try call.integer(of: call[$0]) != nil }
    let start = alone ? 0 : try call.number(0)
    let end = try call.number(alone ? 0 : 1)
    let step = try call.number(2, default: 1)
    if step == 0 { throw call.bad("`step` is 0") }
    let count = ((end - start) / step).rounded(.up)
    guard count.isFinite, count < 0x1p62 else { throw call.bad("that would be \(count) elements") }
    let type = try call.dtype(3) ?? (integers ? .i64 : .f32)
    return Value(try call.graph.arange(start, step, Swift.max(0, Int(count)), type))
  }

  private static let linspace = Builtin(
    "linspace",
    [
      BuiltinParameter("start", .numeric, .required, "first element"),
      BuiltinParameter("end", .numeric, .required, "last element"),
      BuiltinParameter("n", .int, .required, "how many elements"), dtypeParameter,
    ],
    summary: "n numbers at equal distances from start to end, both included.",
    example: "print(linspace(0, 1, 5))", expected: "tensor([0.0, 0.25, 0.5, 0.75, 1.0])", derivative: constantResult
  ) { call in
    let (start, end, count) = (try call.number(0), try call.number(1), try call.int(2))
    if count < 0 { throw call.bad("`n` is \(count)") }
    let type = try call.dtype(3, default: .f32)
    if !type.isFloat { throw call.wrong(3, "a float type") }
    return Value(
      try call.graph.make([count], type) { memory in
        for index in 0..<count {
          let share = count == 1 ? 0 : Double(index) / Double(count - 1)
          let value = index == count - 1 && count > 1 ? end : start + (end - start) * share
          if type == .f32 {
            memory.storeBytes(of: Float(value), toByteOffset: index * 4, as: Float.self)
          } else {
            memory.storeBytes(of: value, toByteOffset: index * 8, as: Double.self)
          }
        }
      })
  }

  private static let eye = Builtin(
    "eye", [BuiltinParameter("n", .int, .required, "rows and columns"), dtypeParameter],
    summary: "The identity matrix [n, n].", example: "print(eye(2))", expected: "tensor([[1.0, 0.0], [0.0, 1.0]])",
    derivative: constantResult
  ) { call in
    let count = try call.int(0)
    if count < 0 { throw call.bad("`n` is \(count)") }
    let ids = Value(try call.graph.arange(0, 1, count, .i64))
    defer { call.heap.release(ids) }
    return Value(try call.graph.oneHot(tensorNode(ids), count, call.dtype(1, default: .f32)))
  }

  private static let oneHot = Builtin(
    "one_hot",
    [
      BuiltinParameter("ids", [.tensor, .list, .int], .required, "integers from 0 to n - 1"),
      BuiltinParameter("n", .int, .required, "size of the new last axis"), dtypeParameter,
    ],
    summary: "1 at each id along a new last axis, 0 elsewhere.", details: "An id outside 0..n is an error.",
    example: "print(one_hot(tensor([2, 0]), 3))", expected: "tensor([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])",
    derivative: .none(because: "ids do not change by small steps")
  ) { call in
    let ids = Value(try call.tensor(0))
    defer { call.heap.release(ids) }
    guard tensorNode(ids).dtype == .i64 else { throw call.wrong(0, "integers (i64)", found: ids) }
    let size = try call.int(1)
    if size < 0 { throw call.bad("`n` is \(size)") }
    return Value(try call.graph.oneHot(tensorNode(ids), size, call.dtype(2, default: .f32)))
  }

  private static let cast = Builtin(
    "cast",
    [
      BuiltinParameter("x", .tree, .required, "a number, a tensor, or a tree of these"),
      BuiltinParameter("dtype", .dtype, .required, "f32, f64, i64 or bool"),
    ],
    summary: "x with another element type.",
    details: """
      Floats become integers towards zero; one that no 64-bit integer holds is an error. Numbers stay numbers: i64 gives \
      an integer, f64 a float, f32 a float rounded to f32.
      """,
    example: "print(cast(tensor([1.9, -1.9]), i64), cast(2.7, i64), cast(1, f64))", expected: "tensor([1, -1]) 2 1.0",
    derivative: .rule("cast back, between floats; none through integers")
  ) { call in
    let heap = call.heap
    guard let type = try call.dtype(1) else { throw call.wrong(1, "an element type (f32, f64, i64, bool)") }
    if call[0].tag == .none || call[0].tag == .string { throw call.wrong(0, "a number, a tensor or a tree of these") }
    return try heap.mapTrees([call[0]], operation: "cast") { leaves in
      let leaf = leaves[0]
      switch leaf.tag {
      case .tensor:
        return tensorNode(leaf).dtype == type
          ? heap.retained(leaf) : Value(try heap.graph.cast(tensorNode(leaf), type))
      case .int, .float, .bool: return try castNumber(leaf, type, call)
      default: return heap.retained(leaf)
      }
    }
  }

  private static func castNumber(_ value: Value, _ type: DType, _ call: Call) throws -> Value {
    let float = value.tag == .float ? value.float : Double(value.int)
    switch type {
    case .f64: return Value(float)
    case .f32: return Value(Double(Float(float)))
    case .bool: return Value(float != 0)
    case .i64:
      if value.tag != .float { return Value(value.int) }
      guard let whole = Int(exactly: float.rounded(.towardZero)) else {
        throw call.bad("\(float) is no 64-bit integer")
      }
      return Value(whole)
    }
  }

  private static let number = Builtin(
    "number",
    [BuiltinParameter("x", [.int, .float, .bool, .tensor], .required, "a number or a tensor of one element")],
    summary: "The plain number that a scalar holds.",
    details: "Passes no derivative. A tensor of several elements is an error.",
    example: "print(number(sum(tensor([1, 2]))), type(number(tensor([1.5]))))", expected: "3 float",
    derivative: .none(because: "a plain number carries none")
  ) { call in
    let value = call[0]
    switch value.tag {
    case .int, .float, .bool: return value
    case .tensor where tensorNode(value).rank == 0: return try call.heap.number(fromScalar: value)
    case .tensor where tensorNode(value).count == 1:
      let scalar = Value(try call.graph.reshape(tensorNode(value), []))
      defer { call.heap.release(scalar) }
      return try call.heap.number(fromScalar: scalar)
    case .tensor:
      throw call.wrong(0, "a tensor of one element", help: "`x[0]` takes one out, `list(x)` all")
    default:
      throw call.wrong(0, "a number or a scalar", help: value.tag == .string ? "`parse_float(s)` reads one" : nil)
    }
  }

  private static let force = Builtin(
    "force", [BuiltinParameter("x", .any, .required, "anything")],
    summary: "x, with the tensors in it computed now.", details: "Changes time and memory only; for measuring.",
    example: "print(sum(force(ones([3]) * 2.0)))", expected: "6.0", derivative: .rule("passes as it is")
  ) { call in
    let heap = call.heap
    var nodes: [Node] = []
    var seen = Set<UInt64>()
    var stack = [call[0]]
    while let value = stack.popLast() {
      switch value.tag {
      case .tensor: nodes.append(heap.graph.elements(of: tensorNode(value)))
      case .list where seen.insert(value.bits).inserted: stack.append(contentsOf: ListRef(value).buffer)
      case .record where seen.insert(value.bits).inserted:
        let record = RecordRef(value)
        for index in 0..<record.count { stack.append(record.value(at: index, heap)) }
      default: break
      }
    }
    try heap.graph.force(nodes)
    return heap.retained(call[0])
  }
}
