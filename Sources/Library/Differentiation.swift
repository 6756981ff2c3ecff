// Derivatives of script functions. The argument's numbers and float tensors become variables of a gradient scope of the
// graph, the function runs as it always does, and the graph gives the derivative of its result in the variables. The
// result is a tree like the argument; leaves that are no floats take no part and get `none`.
//
// A scope is ended whatever happens inside. What outlives it (gradients, the value, `aux`) still depends on variables of
// enclosing scopes, which is how derivatives nest.
import Diagnostics
import KernelTypes
import Tensor
import VM

/// The variables made of one argument.
struct Variables {
  /// Like the argument, with variables in place of its float leaves.
  var tree: Value
  /// In the order of the walk; owned.
  var nodes: [Node]
}

struct Differentiation {
  let machine: Machine
  /// `grad`, for messages.
  let name: String
  var heap: Heap { machine.heap }
  var graph: Graph { machine.heap.graph }

  /// Runs `body` in a scope of its own.
  func scoped<T>(_ body: (GradientScope) throws -> T) throws -> T {
    let scope = try graph.beginGradient()
    defer { graph.endGradient(scope) }
    return try body(scope)
  }

  private func isFloat(_ leaf: Value) -> Bool {
    leaf.tag == .float || (leaf.tag == .tensor && tensorNode(leaf).dtype.isFloat)
  }

  func variables(_ argument: Value, _ scope: GradientScope) throws -> Variables {
    if !argument.isTree && !isFloat(argument) {
      throw Diagnostic(
        .notDifferentiable(
          operation: name, why: "the first argument is \(heap.typeName(argument)), and derivatives need floats"),
        at: nil, help: argument.tag == .tensor || argument.tag == .int ? "`cast(x, f32)` makes floats" : nil)
    }
    var nodes: [Node] = []
    do {
      let tree = try heap.mapTrees([argument], operation: name) { leaves in
        let leaf = leaves[0]
        guard isFloat(leaf) else { return heap.retained(leaf) }
        // A number takes the width of what it meets, as it would outside.
        let plain = leaf.tag == .float ? Value(try graph.weakScalar(.float(leaf.float))) : heap.retained(leaf)
        defer { heap.release(plain) }
        let variable = try graph.leaf(tensorNode(plain), scope)
        nodes.append(variable)
        heap.retain(Value(variable))
        return Value(variable)
      }
      return Variables(tree: tree, nodes: nodes)
    } catch {
      for node in nodes { heap.release(Value(node)) }
      throw error
    }
  }

  func free(_ variables: Variables) {
    heap.release(variables.tree)
    for node in variables.nodes { heap.release(Value(node)) }
  }

  /// The one number that `value` must be, as a node (owned); nil for a number that depends on nothing.
  func scalar(_ value: Value) throws -> Node? {
    switch value.tag {
    case .int, .float: return nil
    case .tensor where tensorNode(value).rank == 0 && tensorNode(value).dtype.isFloat:
      heap.retain(value)
      return tensorNode(value)
    default:
      let help: String? =
        switch value.tag {
        case .tensor: tensorNode(value).rank > 0 ? "`sum(...)` or `mean(...)` of it is one number" : nil
        case .list: "with `aux: true` the function gives `[loss, aux]`"
        default: nil
        }
      throw Diagnostic(
        .wrongType(
          operation: name, expected: "a function that gives one number", found: "one that gives " + heap.typeName(value)
        ),
        at: nil, help: help)
    }
  }

  /// A tree like `argument` with the derivatives (taken over) in place of its float leaves.
  func gradientTree(_ argument: Value, _ gradients: [Node?]) throws -> Value {
    var index = 0
    defer { for node in gradients[index...] { if let node { heap.release(Value(node)) } } }
    return try heap.mapTrees([argument], operation: name) { leaves in
      let leaf = leaves[0]
      guard isFloat(leaf) else { return .none }
      let gradient = gradients[index]
      index += 1
      if leaf.tag == .tensor {
        let like = tensorNode(leaf)
        return Value(try gradient ?? graph.filled(like.dims, like.dtype, .float(0)))
      }
      guard let gradient else { return Value(0.0) }
      // A number's derivative is a number, unless an enclosing derivative still needs it, or it is one for each item.
      if gradient.isTracked { return Value(graph.numberOfItems(gradient)) }
      defer { heap.release(Value(gradient)) }
      guard case .float(let number) = try graph.scalarValue(gradient) else { return Value(0.0) }
      return Value(number)
    }
  }

  /// f(argument, rest..) and its derivative in the argument; with `aux` the function gives `[value, aux]`.
  func valueAndGradient(
    _ function: Value, _ positional: [Value], _ named: [(name: String, value: Value)], aux: Bool
  ) throws -> (value: Value, gradient: Value, aux: Value) {
    guard let argument = positional.first else {
      throw Diagnostic(.missingArgument(function: "\(name)(f)", name: "the first argument of f"), at: nil)
    }
    var (value, extra) = (Value.none, Value.none)
    do {
      // Scopes end before a number is taken out, so that it is known what still depends on an enclosing one.
      let gradients: [Node?] = try scoped { scope in
        let variables = try variables(argument, scope)
        defer { free(variables) }
        let result = try machine.call(function, [variables.tree] + positional.dropFirst(), named: named)
        defer { heap.release(result) }
        if aux {
          guard result.tag == .list, ListRef(result).count == 2 else {
            throw Diagnostic(
              .wrongType(
                operation: name, expected: "a function that gives `[loss, aux]`, because of `aux: true`",
                found: heap.typeName(result)), at: nil)
          }
          value = heap.retained(ListRef(result)[0])
          extra = heap.retained(ListRef(result)[1])
        } else {
          value = heap.retained(result)
        }
        guard let output = try scalar(value) else { return variables.nodes.map { _ in nil } }
        defer { heap.release(Value(output)) }
        return try graph.gradient(output, variables.nodes, scope)
      }
      return (value, try gradientTree(argument, gradients), extra)
    } catch {
      heap.release(value)
      heap.release(extra)
      throw error
    }
  }

  /// Sum over all leaves of a * b, as a node; nil when there is nothing to add. Borrows.
  func dot(_ a: [Node?], _ b: [Node]) throws -> Node? {
    var total: Node?
    for (left, right) in zip(a, b) {
      guard let left else { continue }
      let product = Value(try graph.binary(.mul, .node(left), .node(right)))
      defer { heap.release(product) }
      let sum = try graph.reduce(.sum, tensorNode(product), axes: nil, keepDims: false)
      if let soFar = total {
        defer {
          heap.release(Value(soFar))
          heap.release(Value(sum))
        }
        total = try graph.binary(.add, .node(soFar), .node(sum))
      } else {
        total = sum
      }
    }
    return total
  }

  /// The float leaves of `tree`, which must be like `model`, as nodes in the order of the walk; owned.
  func directions(_ model: Value, _ tree: Value) throws -> [Node] {
    var nodes: [Node] = []
    do {
      let walked = try heap.mapTrees([model, tree], operation: name) { leaves in
        guard isFloat(leaves[0]) else { return .none }
        switch leaves[1].tag {
        case .float, .int: nodes.append(try graph.weakScalar(.float(leaves[1].asDouble)))
        case .tensor:
          let (given, wanted) = (tensorNode(leaves[1]), leaves[0].tag == .tensor ? tensorNode(leaves[0]).dims : [])
          if given.dims != wanted {
            throw Diagnostic(
              .shapeMismatch(operation: name, detail: "the direction is \(given.dims), the argument \(wanted)"), at: nil
            )
          }
          heap.retain(leaves[1])
          nodes.append(given)
        default:
          throw Diagnostic(
            .wrongType(operation: name, expected: "a direction like the argument", found: heap.typeName(leaves[1])),
            at: nil)
        }
        return .none
      }
      heap.release(walked)
      return nodes
    } catch {
      for node in nodes { heap.release(Value(node)) }
      throw error
    }
  }
}
