// Functions: parameters, defaults, and the sizes that a signature binds. In `fn f(x: [n, d], n, w: [d, k]) -> [k]` the
// size `n` is the parameter, `d` and `k` are bound by the call; a size that stands in the result alone is checked there
// and can't be used inside.
import Diagnostics
import Syntax

extension Resolver {
  /// The name of the function is declared by the caller.
  mutating func function(_ node: FunctionNode) {
    functions.append(FunctionContext(node: node, outerLoopDepth: loopDepth))
    loopDepth = 0
    inScope { resolver in
      for parameter in node.parameters {
        // A default sees the parameters before it, and outside it (`max = max`) what is called like it.
        if let value = parameter.defaultValue { resolver.expression(value) }
        resolver.declare(parameter.declaration, .parameter)
      }
      for parameter in node.parameters {
        if let shape = parameter.shape { resolver.sizes(of: shape, node, isResult: false) }
      }
      if let result = node.result { resolver.sizes(of: result, node, isResult: true) }
      resolver.expression(node.body)
    }
    loopDepth = functions.removeLast().outerLoopDepth
  }

  private mutating func sizes(of shape: ShapeSyntax, _ node: FunctionNode, isResult: Bool) {
    switch shape {
    case .axes(let axes, _):
      for case .size(let size) in axes { sizes(in: size, node, isResult: isResult) }
    case .record(let fields, _):
      for field in fields { sizes(of: field.shape, node, isResult: isResult) }
    }
  }

  private mutating func sizes(in e: Expr, _ node: FunctionNode, isResult: Bool) {
    switch e.kind {
    case .name(let name): e.binding = size(name, e.span, node, isResult: isResult)
    case .binary(_, let a, let b, _):
      sizes(in: a, node, isResult: isResult)
      sizes(in: b, node, isResult: isResult)
    case .unary(_, let a): sizes(in: a, node, isResult: isResult)
    case .call(let callee, let arguments):
      expression(callee)
      for argument in arguments { sizes(in: argument.value, node, isResult: isResult) }
    default: expression(e)
    }
  }

  private mutating func size(_ name: String, _ span: Span, _ node: FunctionNode, isResult: Bool) -> Binding {
    let last = scopes.count - 1
    if let known = scopes[last].names[name] {
      known.uses += 1
      return known
    }
    if let known = node.sizes.first(where: { $0.name == name })?.binding { return known }
    let declaration = Declaration(name, span)
    let binding = Binding(name: name, kind: .size, span: span, owner: node)
    declaration.binding = binding
    node.sizes.append(declaration)
    if !isResult { scopes[last].names[name] = binding }
    return binding
  }

  /// `let x: [n, d] = ...` checks against sizes that are known here.
  mutating func annotation(_ shape: ShapeSyntax) {
    switch shape {
    case .axes(let axes, _): for case .size(let size) in axes { expression(size) }
    case .record(let fields, _): for field in fields { annotation(field.shape) }
    }
  }
}
