// `custom_grad(f, rule)`: f with a derivative of one's own.
import Diagnostics
import Tensor
import VM

extension Library {
  static let customGrad = Builtin(
    "custom_grad",
    [
      BuiltinParameter("f", .function, .required, "function that gives one number or tensor"),
      BuiltinParameter(
        "rule", .function, .required,
        "`rule(x, y, v, rest..)`: from the argument, f's result and the derivative v that arrived there, a tree like x"),
    ],
    summary: "f, with the derivative in its first argument that `rule` gives.",
    details: """
      `custom_grad(f, rule)(x, rest..)` is `f(x, rest..)`. Where its derivative is taken, `rule(x, y, v, rest..)` gives what \
      flows back to x: v has the shape of y, the result is a tree like x, or `none` where nothing flows. It is called \
      backwards, with the v that arrives, so it need not be linear: `clip(v, -1, 1)` bounds a gradient. What the rule \
      computes differentiates again. To `rest` and to what f captures nothing flows.
      """,
    example: """
      let bounded = custom_grad(x => x, (x, y, v) => clip(v, -1.0, 1.0))
      print(grad(x => sum(bounded(x) ^ 2))(tensor([0.25, 10.0])))
      """, expected: "tensor([0.5, 1.0])", derivative: .rule("what the given rule says")
  ) { call in
    bound(call, "custom_grad", [try call.function(0), try call.function(1)]) { machine, captured, positional, named in
      let work = CustomGradient(machine: machine, rule: captured[1], positional: positional, named: named)
      return try work.result(of: captured[0])
    }
  }
}

private struct CustomGradient {
  let machine: Machine
  let rule: Value
  let positional: [Value]
  let named: [(name: String, value: Value)]
  private var heap: Heap { machine.heap }
  private var graph: Graph { machine.heap.graph }

  init(machine: Machine, rule: Value, positional: [Value], named: [(name: String, value: Value)]) {
    self.machine = machine
    self.rule = rule
    self.positional = positional
    self.named = named
  }

  func result(of function: Value) throws -> Value {
    guard let argument = positional.first else {
      throw Diagnostic(.missingArgument(function: "custom_grad(f)", name: "the first argument of f"), at: nil)
    }
    let cut = try heap.mapTrees([argument], operation: "custom_grad") { leaves in
      guard leaves[0].tag == .tensor else { return heap.retained(leaves[0]) }
      return Value(try graph.stopGradient(tensorNode(leaves[0])))
    }
    defer { heap.release(cut) }
    let result = try machine.call(function, [cut] + positional.dropFirst(), named: named)
    if result.isNumber { return result }
    defer { heap.release(result) }
    guard result.tag == .tensor, tensorNode(result).dtype.isFloat else {
      throw Diagnostic(
        .wrongType(
          operation: "custom_grad", expected: "a function that gives one number or a tensor of floats",
          found: "one that gives " + heap.typeName(result)), at: nil)
    }
    var inputs: [Node] = []
    let walked = try heap.mapTrees([argument], operation: "custom_grad") { leaves in
      if CustomGradient.isVariable(leaves[0]) { inputs.append(tensorNode(leaves[0])) }
      return .none
    }
    heap.release(walked)
    let held = Held(heap: heap, [rule] + positional + named.map(\.value))
    let names = named.map(\.name)
    let count = positional.count
    return Value(
      try graph.ruled(tensorNode(result), inputs: inputs) { [weak machine] y, v, _ in
        guard let machine else { return [] }
        let parts = Array(held.values[1...])
        let work = CustomGradient(
          machine: machine, rule: held.values[0], positional: Array(parts.prefix(count)),
          named: zip(names, parts.dropFirst(count)).map { ($0, $1) })
        return try work.parts(Value(y), Value(v))
      })
  }

  /// A leaf that a derivative may be taken in.
  private static func isVariable(_ leaf: Value) -> Bool { leaf.tag == .tensor && tensorNode(leaf).dtype.isFloat }

  /// What flows back to each float tensor of the argument. Takes over `y` and `v`.
  func parts(_ y: Value, _ v: Value) throws -> [Node?] {
    var owned = [y, v]
    defer { for value in owned { heap.release(value) } }
    guard let argument = positional.first else { return [] }
    let given = try machine.call(rule, [argument, y, v] + positional.dropFirst(), named: named)
    owned.append(given)
    var parts: [Node?] = []
    do {
      let walked = try heap.mapTrees([argument, given], operation: "custom_grad") { leaves in
        guard CustomGradient.isVariable(leaves[0]) else { return .none }
        parts.append(try part(leaves[1], like: tensorNode(leaves[0])))
        return .none
      }
      heap.release(walked)
      return parts
    } catch {
      for part in parts { if let part { heap.release(Value(part)) } }
      throw error
    }
  }

  private func part(_ value: Value, like x: Node) throws -> Node? {
    switch value.tag {
    case .none: return nil
    case .int where x.rank == 0, .float where x.rank == 0:
      return try graph.scalar(.float(value.asDouble), x.dtype)
    case .tensor where tensorNode(value).dims == x.dims: return try graph.cast(tensorNode(value), x.dtype)
    default:
      throw Diagnostic(
        .wrongType(
          operation: "custom_grad", expected: "a rule that gives a tree like the argument, here [\(list(x.dims))]",
          found: heap.typeName(value)), at: nil)
    }
  }

  private func list(_ dims: [Int]) -> String { dims.map(String.init).joined(separator: ", ") }
}

/// Values that a rule needs later.
private final class Held {
  let values: [Value]
  private let heap: Heap

  init(heap: Heap, _ values: [Value]) {
    self.heap = heap
    self.values = values
    for value in values { heap.retain(value) }
  }

  deinit { for value in values { heap.release(value) } }
}
