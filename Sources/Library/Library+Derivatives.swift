// Derivatives as records: each takes a function and gives a function. Differentiation.swift does the work.
import Diagnostics
import Tensor
import VM

private let functionParameter = BuiltinParameter(
  "f", .function, .required, "function whose first argument is a float, a float tensor, or a tree of these")

extension Library {
  static let derivatives: [Builtin] = [grad, valueAndGrad, hvp, vjp, jvp, stopGrad, customGrad, remat]

  private static let grad = Builtin(
    "grad", [functionParameter],
    summary: "The function that gives f's derivative in its first argument.",
    details: """
      `grad(f)(p, rest..)` is a tree like p. f must give one number. Leaves that are no floats get `none`; what f does \
      not depend on gets 0. Derivatives nest, and go through loops, branches and closures.
      """,
    example: "print(grad(x => x * x)(3.0), grad(p => sum(p.w ^ 2))({w: tensor([1.0, 2.0]), n: 3}))",
    expected: "6.0 {w: tensor([2.0, 4.0]), n: none}", derivative: .composed
  ) { call in
    bound(call, "grad", [try call.function(0)]) { machine, captured, positional, named in
      let work = Differentiation(machine: machine, name: "grad")
      let result = try work.valueAndGradient(captured[0], positional, named, aux: false)
      machine.heap.release(result.value)
      return result.gradient
    }
  }

  private static let valueAndGrad = Builtin(
    "value_and_grad",
    [
      functionParameter,
      BuiltinParameter(
        "aux", .bool, .optional(shownDefault: "false"), "f gives `[loss, aux]`, the call `[loss, grad, aux]`"),
    ],
    summary: "The function that gives `[f(..), derivative in the first argument]`.", details: "See `grad`.",
    example: "let [v, g] = value_and_grad(x => sum(x * x))(tensor([1.0, 2.0]))\nprint(v, g)",
    expected: "5.0 tensor([2.0, 4.0])", derivative: .composed
  ) { call in
    let aux = try call.bool(1, default: false)
    return bound(call, "value_and_grad", [try call.function(0)]) { machine, captured, positional, named in
      let work = Differentiation(machine: machine, name: "value_and_grad")
      let result = try work.valueAndGradient(captured[0], positional, named, aux: aux)
      if !aux { machine.heap.release(result.aux) }
      return machine.heap.list(aux ? [result.value, result.gradient, result.aux] : [result.value, result.gradient])
    }
  }

  private static let hvp = Builtin(
    "hvp", [functionParameter],
    summary: "The function that gives a Hessian-vector product: `hvp(f)(u, z, rest..)`.",
    details:
      "The derivative of `grad(f)` in u along z; z and the result are trees like u. Without forming the Hessian.",
    example: "print(hvp(x => sum(x ^ 3))(tensor([1.0, 2.0]), tensor([1.0, 10.0])))", expected: "tensor([6.0, 120.0])",
    derivative: .composed, source: "Pearlmutter 1994, \"Fast exact multiplication by the Hessian\""
  ) { call in
    bound(call, "hvp", [try call.function(0)]) { machine, captured, positional, named in
      let work = Differentiation(machine: machine, name: "hvp")
      let (argument, direction) = try pair(positional, "hvp(f)", "z")
      let gradients: [Node?] = try work.scoped { scope in
        let outer = try work.variables(argument, scope)
        defer { work.free(outer) }
        let directions = try work.directions(argument, direction)
        defer { for node in directions { machine.heap.release(Value(node)) } }
        let slopes: [Node?] = try work.scoped { inner in
          let variables = try work.variables(outer.tree, inner)
          defer { work.free(variables) }
          let result = try machine.call(captured[0], [variables.tree] + positional.dropFirst(2), named: named)
          defer { machine.heap.release(result) }
          guard let output = try work.scalar(result) else { return [] }
          defer { machine.heap.release(Value(output)) }
          return try machine.heap.graph.gradient(output, variables.nodes, inner)
        }
        defer { for node in slopes { if let node { machine.heap.release(Value(node)) } } }
        guard let product = try work.dot(slopes, directions) else { return outer.nodes.map { _ in nil } }
        defer { machine.heap.release(Value(product)) }
        return try machine.heap.graph.gradient(product, outer.nodes, scope)
      }
      return try work.gradientTree(argument, gradients)
    }
  }

  private static let remat = Builtin(
    "remat", [functionParameter],
    summary: "The same function, whose dynamic programs do not keep their tables: `remat(f)(u, rest..)`.",
    details: """
      Of a table of T steps, about the square root of T are kept; a derivative computes the others again, which costs one \
      more pass. For long chains and alignments: tables that are read at a few steps only (`v[T-1, s]`), and whose \
      cells read a bounded way back along their outermost order. Other tables are kept as ever. First derivatives only.
      """,
    example: """
      fn chain(u: [T]) {
          rec v[t < T] {
              v[0] = u[0]
              v[t] = u[t] + 0.5 * v[t-1]
          }
          v[T-1]
      }
      print(grad(remat(chain))(zeros([3])))
      """, expected: "tensor([0.25, 0.5, 1.0])", derivative: .composed,
    source: "Griewank 1992, \"Achieving logarithmic growth of temporal and spatial complexity\": one level of it"
  ) { call in
    bound(call, "remat", [try call.function(0)]) { machine, captured, positional, named in
      try machine.heap.graph.keepingFewCells { try machine.call(captured[0], positional, named: named) }
    }
  }

  private static let vjp = Builtin(
    "vjp", [functionParameter],
    summary: "The function that pulls a derivative back: `vjp(f)(u, v, rest..)`.",
    details:
      "v is like f's result, which may be a tensor or a tree; the result is a tree like u: the derivative of sum(v * f(u)).",
    example: "print(vjp(x => x ^ 2)(tensor([1.0, 2.0]), tensor([1.0, 10.0])))", expected: "tensor([2.0, 40.0])",
    derivative: .composed
  ) { call in
    bound(call, "vjp", [try call.function(0)]) { machine, captured, positional, named in
      let work = Differentiation(machine: machine, name: "vjp")
      let (argument, direction) = try pair(positional, "vjp(f)", "v")
      let gradients: [Node?] = try work.scoped { scope in
        let variables = try work.variables(argument, scope)
        defer { work.free(variables) }
        let result = try machine.call(captured[0], [variables.tree] + positional.dropFirst(2), named: named)
        defer { machine.heap.release(result) }
        let directions = try work.directions(result, direction)
        defer { for node in directions { machine.heap.release(Value(node)) } }
        let outputs = try work.directions(result, result)
        defer { for node in outputs { machine.heap.release(Value(node)) } }
        guard let product = try work.dot(outputs, directions) else { return variables.nodes.map { _ in nil } }
        defer { machine.heap.release(Value(product)) }
        return try machine.heap.graph.gradient(product, variables.nodes, scope)
      }
      return try work.gradientTree(argument, gradients)
    }
  }

  private static let jvp = Builtin(
    "jvp", [functionParameter],
    summary: "The function that pushes a direction forward: `jvp(f)(u, z, rest..)`.",
    details: """
      z is a tree like u; the result is a tree like f's result, which may be a tensor or a tree: how f(u) changes as u moves \
      along z. Leaves that are no floats give `none`. It costs about two derivatives: `vjp` is linear in its direction, \
      and this is the derivative of `vjp` in it. Of `grad(f)` with a `rec` in f, `hvp(f)` gives it.
      """,
    example: "print(jvp(x => x ^ 2)(tensor([1.0, 2.0]), tensor([1.0, 10.0])))", expected: "tensor([2.0, 40.0])",
    derivative: .composed, source: "Townsend 2017, \"A new trick for calculating Jacobian vector products\""
  ) { call in
    bound(call, "jvp", [try call.function(0)]) { machine, captured, positional, named in
      let work = Differentiation(machine: machine, name: "jvp")
      let heap = machine.heap
      let graph = heap.graph
      let (argument, direction) = try pair(positional, "jvp(f)", "z")
      let directions = try work.directions(argument, direction)
      defer { for node in directions { heap.release(Value(node)) } }
      var result = Value.none
      defer { heap.release(result) }
      let tangents: [Node?] = try work.scoped { scope in
        let variables = try work.variables(argument, scope)
        defer { work.free(variables) }
        result = try machine.call(captured[0], [variables.tree] + positional.dropFirst(2), named: named)
        let outputs = try work.directions(result, result)
        defer { for node in outputs { heap.release(Value(node)) } }
        return try work.scoped { inner in
          // What is pulled back: a variable for each float of the result.
          var covectors: [Node] = []
          defer { for node in covectors { heap.release(Value(node)) } }
          for output in outputs {
            let zeros = Value(try graph.filled(output.dims, output.dtype, .float(0)))
            defer { heap.release(zeros) }
            covectors.append(try graph.leaf(tensorNode(zeros), inner))
          }
          let none: [Node?] = covectors.map { _ in nil }
          guard let product = try work.dot(outputs, covectors) else { return none }
          defer { heap.release(Value(product)) }
          let slopes = try graph.gradient(product, variables.nodes, scope)
          defer { for node in slopes { if let node { heap.release(Value(node)) } } }
          guard let change = try work.dot(slopes, directions) else { return none }
          defer { heap.release(Value(change)) }
          return try graph.gradient(change, covectors, inner)
        }
      }
      return try work.gradientTree(result, tangents)
    }
  }

  private static let stopGrad = Builtin(
    "stop_grad", [BuiltinParameter("x", .any, .required, "a number, a tensor or a tree")],
    summary: "x, passing no derivative.", example: "print(grad(x => x * stop_grad(x))(3.0))", expected: "3.0",
    derivative: .none(because: "that is what it is for")
  ) { call in
    let heap = call.heap
    return try heap.mapTrees([call[0]], operation: "stop_grad") { leaves in
      guard leaves[0].tag == .tensor else { return heap.retained(leaves[0]) }
      return Value(try heap.graph.stopGradient(tensorNode(leaves[0])))
    }
  }

  /// A function value that holds `captured` (borrowed).
  static func bound(
    _ call: Call, _ name: String, _ captured: [Value], _ body: @escaping BoundFunction.Body
  ) -> Value {
    for value in captured { call.heap.retain(value) }
    let inner = captured.first.flatMap { call.heap.nameOfFunction?($0) } ?? "f"
    return call.heap.box(BoundFunction(name: "\(name)(\(inner))", heap: call.heap, captured: captured, body: body))
  }

  private static func pair(_ positional: [Value], _ name: String, _ second: String) throws -> (Value, Value) {
    guard positional.count >= 2 else {
      throw Diagnostic(
        .missingArgument(function: name, name: positional.isEmpty ? "u" : second), at: nil)
    }
    return (positional[0], positional[1])
  }
}
