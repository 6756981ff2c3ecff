// Reductions that scripts define by their value, gradient and second-order functions. The executor of dynamic programs
// calls them with the terms of one cell at a time (see Recurrences/UserReduction).
import Diagnostics
import KernelTypes
import Recurrences
import Tensor
import VM

extension Library {
  static let userReductions: [Builtin] = [reduction]

  private static let reduction = Builtin(
    "reduction",
    [
      BuiltinParameter("value", .function, .required, "gives a number for a vector x of the terms"),
      BuiltinParameter(
        "gradient", [.function, .none], .optional(shownDefault: "none"),
        "gives the derivatives in the terms, a vector like x"),
      BuiltinParameter(
        "second", [.function, .none], .optional(shownDefault: "none"),
        "gives for x and a vector z how the gradient changes along z: the Hessian times z"),
      BuiltinParameter("empty", .numeric, .optional(shownDefault: "-inf"), "the value of no terms"),
    ],
    summary: "A reduction of your own: to call like `max`, or to pass for it.",
    details: """
      The functions get the terms of one cell as a tensor [n], n at least 1; those that are left out are not among them. If \
      `empty` is infinite, terms of that value are absent: no function sees them, and their derivative is 0, so that \
      forbidden moves never make a NaN. A NaN that a function makes of numbers is an error.

      Without `gradient` there is a value only, without `second` no second derivative; which is missing is said when it is \
      asked for. No derivative passes through what the functions captured. A dynamic program with such a reduction is \
      computed where it is written, on one thread, with a call for each cell: it is for trying reductions, not for speed. \
      Paths are not told or drawn, as nobody knows that the weights are probabilities.
      """,
    example: """
      let soft = reduction(x => log(sum(exp(x))), x => softmax(x), (x, z) => {
          let q = softmax(x)
          q * (z - sum(q * z))
      })
      print("{soft(1.0, 2.0, 3.0):.4f}", soft(tensor([[0.0, -inf], [1.0, 1.0]]), axis: 0))
      print(grad(x => soft(x[i] for i))(tensor([1.0, 1.0])))
      """,
    expected: """
      3.4076 tensor([1.3132616, 1.0])
      tensor([0.5, 0.5])
      """, derivative: .rule("what `gradient` gives; for the second order what `second` gives"),
    source: "Mensch and Blondel 2018, section 2: operators given by value, gradient and Hessian-vector product"
  ) { call in
    let heap = call.heap
    let functions = UserFunctions(
      call.machine, [call[0], call[1], call[2]], name: heap.nameOfFunction?(call[0]) ?? "value")
    _ = try call.function(0)
    for index in 1...2 where !call.isMissing(index) { _ = try call.function(index) }
    let empty = try call.number(3, default: -.infinity)
    if empty.isNaN { throw call.bad("`empty` is nan, and must be a number") }
    let function = UserReduction(
      empty: empty, value: { terms, _, type in [try functions.value(terms, type)] },
      gradient: { terms, _, type in try functions.vector(1, terms, nil, type) },
      second: { terms, directions, type in try functions.vector(2, terms, directions, type) })
    return heap.box(
      ReductionValue(
        name: "reduction(\(functions.name))", operation: ReductionOperator(.user(function.id)), function: function,
        apply: apply))
  }
}

/// The functions, as long as a value or a node of the graph needs them.
private final class UserFunctions {
  private weak var machine: Machine?
  private let heap: Heap
  /// Value, gradient, second; `none` or absent where not given.
  private let functions: [Value]
  let name: String
  private static let parts = ["value", "gradient", "second"]

  init(_ machine: Machine, _ functions: [Value], name: String) {
    self.machine = machine
    heap = machine.heap
    self.functions = functions
    self.name = name
    for function in functions { heap.retain(function) }
  }

  deinit { for function in functions { heap.release(function) } }

  private func wrong(_ part: Int, _ expected: String, _ found: String, help: String? = nil) -> Diagnostic {
    Diagnostic(
      .wrongType(operation: "reduction", expected: "\(expected) from `\(UserFunctions.parts[part])`", found: found),
      at: nil, help: help)
  }

  private func nan(_ part: Int, _ terms: [Double]) -> Diagnostic {
    let shown = terms.prefix(8).map { (try? heap.display(Value($0))) ?? "" }.joined(separator: ", ")
    return Diagnostic(
      .badValue(
        operation: "reduction",
        detail: "`\(UserFunctions.parts[part])` gives nan for the terms [\(shown)\(terms.count > 8 ? ", .." : "")]"),
      at: nil)
  }

  /// Calls function `part` on vectors; the result is owned.
  private func call(_ part: Int, _ vectors: [[Double]], _ type: DType) throws -> Value {
    guard let machine else { return .none }
    if !functions[part].isFunction {
      throw Diagnostic(
        .notDifferentiable(
          operation: "reduction", why: "it was made without `\(UserFunctions.parts[part])`"), at: nil,
        help: "`reduction(value, gradient, second)`: the gradient for first derivatives, `second` for second ones")
    }
    var arguments: [Value] = []
    defer { for argument in arguments { heap.release(argument) } }
    for vector in vectors {
      let node = try heap.graph.make([vector.count], type) { memory in
        for (index, number) in vector.enumerated() {
          if type == .f32 {
            memory.assumingMemoryBound(to: Float.self)[index] = Float(number)
          } else {
            memory.assumingMemoryBound(to: Double.self)[index] = number
          }
        }
      }
      arguments.append(Value(node))
    }
    return try machine.call(functions[part], arguments)
  }

  func value(_ terms: [Double], _ type: DType) throws -> Double {
    let result = try call(0, [terms], type)
    defer { heap.release(result) }
    guard let number = try number(result) else {
      throw wrong(
        0, "one number", heap.typeName(result),
        help: result.tag == .tensor ? "it gets the terms of one cell, a vector, and reduces them" : nil)
    }
    if number.isNaN && !terms.contains(where: \.isNaN) { throw nan(0, terms) }
    return number
  }

  private func number(_ value: Value) throws -> Double? {
    switch value.tag {
    case .int, .float: return value.asDouble
    case .tensor where tensorNode(value).rank == 0:
      switch try heap.graph.scalarValue(tensorNode(value)) {
      case .float(let number): return number
      case .int(let number): return Double(number)
      case .bool: return nil
      }
    default: return nil
    }
  }

  func vector(_ part: Int, _ terms: [Double], _ directions: [Double]?, _ type: DType) throws -> [Double] {
    let result = try call(part, directions.map { [terms, $0] } ?? [terms], type)
    defer { heap.release(result) }
    var numbers: [Double] = []
    let expected = "a vector of \(terms.count) number\(terms.count == 1 ? "" : "s"), one a term,"
    switch result.tag {
    case .list:
      for item in ListRef(result).buffer {
        guard let number = try number(item) else { throw wrong(part, expected, heap.typeName(result)) }
        numbers.append(number)
      }
    case .tensor where tensorNode(result).rank == 1 && tensorNode(result).dtype != .bool:
      let node = tensorNode(result)
      let memory = try heap.graph.contents(node)
      for index in 0..<node.count { numbers.append(heap.element(memory, node.dtype, index).asDouble) }
    default: throw wrong(part, expected, heap.typeName(result))
    }
    if numbers.count != terms.count { throw wrong(part, expected, heap.typeName(result)) }
    if numbers.contains(where: \.isNaN) && !terms.contains(where: \.isNaN)
      && !(directions ?? []).contains(where: \.isNaN)
    {
      throw nan(part, terms)
    }
    return numbers
  }
}
