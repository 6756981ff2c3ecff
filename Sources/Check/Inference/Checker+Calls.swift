// Calls: arguments against parameters, and the walk of the body that is called.
import Diagnostics
import Syntax

extension Checker {
  struct Given {
    var name: String?
    var nameSpan: Span?
    var value: Abstract
    var span: Span
  }

  func call(_ callee: Expr, _ arguments: [Argument], _ span: Span) -> Abstract {
    let function = value(callee)
    if case .builtin(let signature) = function, arguments.count == 1,
      case .comprehension(let body, let binders) = arguments[0].value.kind
    {
      return reduced(signature, body, binders, span)
    }
    var given: [Given] = []
    for argument in arguments {
      if case .comprehension(let body, let binders) = argument.value.kind {
        // `max(e for i, axis: ..)`: what it gives is left open.
        _ = indexed(body, binders)
        given.append(
          Given(name: argument.name, nameSpan: argument.nameSpan, value: .anything, span: argument.value.span))
        continue
      }
      given.append(
        Given(
          name: argument.name, nameSpan: argument.nameSpan, value: value(argument.value), span: argument.value.span))
    }
    if isStopped { return .anything }
    return apply(function, given, span, name: shown(callee), callee: callee.span)
  }

  /// `nn.mlp`, `loss`: how a call names its function.
  private func shown(_ callee: Expr) -> String {
    switch callee.kind {
    case .name(let name): return name
    case .field(let base, let name, _):
      if case .name(let module) = base.kind { return "\(module).\(name)" }
      return name
    default: return "a function"
    }
  }

  func apply(_ function: Abstract, _ given: [Given], _ span: Span, name: String, callee: Span) -> Abstract {
    switch function {
    case .unknown: return .anything
    case .closure(let closure): return apply(closure, given, span, name: name)
    case .builtin(let signature): return apply(signature, given, span)
    case .derived(let derived): return apply(derived, given, span)
    default:
      var help: String?
      switch function {
      case .list, .tensor, .record: help = "items are read with `x[i]`"
      default: break
      }
      report(
        .wrongType(operation: "a call", expected: "a function", found: function.described(names)), span,
        labels: origin(function), help: help)
      return .anything
    }
  }

  // MARK: Functions of the script

  private func apply(_ closure: AbstractClosure, _ given: [Given], _ span: Span, name: String) -> Abstract {
    let node = closure.node
    let name = node.name?.name ?? name
    guard let sources = arranged(node, given, span, name: name) else { return .anything }
    return enter(closure, sources.map { $0.map { given[$0] } }, span, name: name)
  }

  private func signature(_ node: FunctionNode, _ name: String) -> String {
    let shown = node.parameters.map { parameter in
      parameter.declaration.name + (parameter.defaultValue.map { ": \(text($0.span))" } ?? "")
    }
    return "\(name)(\(shown.joined(separator: ", ")))"
  }

  func text(_ span: Span) -> String { String(decoding: span.source.bytes[span.start..<span.end], as: UTF8.self) }

  /// For each parameter the argument that it gets; nil after a report.
  private func arranged(_ node: FunctionNode, _ given: [Given], _ span: Span, name: String) -> [Int?]? {
    let parameters = node.parameters
    let labels = node.name.map { [Diagnostic.Label($0.span, "defined here")] } ?? []
    let help = "it is \(signature(node, name))"
    let positional = given.filter { $0.name == nil }.count
    if positional > parameters.count {
      let required = parameters.filter { $0.defaultValue == nil }.count
      let most = parameters.count
      let expected = required == most ? "\(most) argument\(most == 1 ? "" : "s")" : "\(required) to \(most) arguments"
      report(.wrongArity(function: name, expected: expected, found: given.count), span, labels: labels, help: help)
      return nil
    }
    var sources = [Int?](repeating: nil, count: parameters.count)
    var next = 0
    for (index, argument) in given.enumerated() {
      guard let wanted = argument.name else {
        sources[next] = index
        next += 1
        continue
      }
      guard let position = parameters.firstIndex(where: { $0.declaration.name == wanted }) else {
        let near = Suggest.near(wanted, among: parameters.map(\.declaration.name))
        report(
          .unknownArgument(function: name, name: wanted, near: near), argument.nameSpan ?? argument.span,
          labels: labels, help: near.isEmpty ? help : nil)
        return nil
      }
      if sources[position] != nil {
        report(
          .badValue(operation: signature(node, name), detail: "the argument `\(wanted)` is given twice"),
          argument.nameSpan ?? argument.span)
        return nil
      }
      sources[position] = index
    }
    for (index, parameter) in parameters.enumerated() where sources[index] == nil && parameter.defaultValue == nil {
      report(
        .missingArgument(function: name, name: parameter.declaration.name), span, labels: labels, help: help)
      return nil
    }
    return sources
  }

  private func enter(_ closure: AbstractClosure, _ arguments: [Given?], _ span: Span, name: String) -> Abstract {
    let node = closure.node
    let height = frames.reduce(Int(node.body.height)) { $0 + Int($1.node.body.height) }
    if height > maximumHeight { return .anything }
    if frames.count >= maximumDepth || frames.filter({ $0.node === node }).count >= 2 { return .anything }
    if tried > 0 { shielded.insert(ObjectIdentifier(node)) } else { entered.insert(ObjectIdentifier(node)) }
    frames.append(Frame(function: name, span: span, node: node, isAlone: false))
    let result = walkBody(closure) { self.parameters(node, arguments) }
    frames.removeLast()
    return isRoot(span.source) && !isRoot(node.span.source) ? made(result, at: span) : result
  }

  /// What another module made was made, for who reads this text, at the call.
  private func made(_ value: Abstract, at span: Span, depth: Int = 0) -> Abstract {
    switch value {
    case .tensor(var tensor):
      if tensor.origin.map({ !isRoot($0.source) }) ?? true { tensor.origin = span }
      return .tensor(tensor)
    case .list(let list) where depth < 3 && (list.items?.count ?? 99) <= 8:
      let items = (list.items ?? []).map { made($0, at: span, depth: depth + 1) }
      return .list(.of(items, origin: list.origin.flatMap { isRoot($0.source) ? $0 : nil } ?? span))
    case .record(let record) where depth < 3 && record.module == nil:
      let fields = record.fields.map { (name: $0.name, value: made($0.value, at: span, depth: depth + 1)) }
      return .record(
        AbstractRecord(
          fields: fields, isClosed: record.isClosed,
          origin: record.origin.flatMap { isRoot($0.source) ? $0 : nil } ?? span))
    default: return value
    }
  }

  /// The body in a state of its own; `begin` gives the parameters their values.
  private func walkBody(_ closure: AbstractClosure, _ begin: () -> Void) -> Abstract {
    let node = closure.node
    let outer = (state.locals, exits, conditional, loopDepth, journals)
    let globals = state.globals
    (state.locals, exits, loopDepth, journals) = (closure.captured, [], 0, [])
    if let name = node.name?.binding, !name.isTopLevel { state.locals[ObjectIdentifier(name)] = .closure(closure) }
    returns.append([])
    begin()
    var result = value(node.body)
    let given = returns.removeLast()
    if isStopped {
      result = given.first ?? .anything
      for other in given.dropFirst() { result = Abstract.join(result, other) }
      // Without a `return` the body ends in `fail`, and so does the call.
      isStopped = given.isEmpty
    } else {
      for other in given { result = Abstract.join(result, other) }
    }
    if let shape = node.result, !isStopped {
      result = demand(
        shape, result, subject: "the result of `\(node.name?.name ?? "the function")`", last(node.body), isResult: true)
    }
    (state.locals, exits, conditional, loopDepth, journals) = outer
    state.globals = globals
    return result
  }

  /// Where a body's value is written: the last expression of a block.
  private func last(_ body: Expr) -> Span {
    guard case .block(let block) = body.kind, case .expression(let e)? = block.statements.last?.kind else {
      return body.span
    }
    return last(e)
  }

  private func parameters(_ node: FunctionNode, _ arguments: [Given?]) {
    for (index, parameter) in node.parameters.enumerated() {
      if let argument = arguments[index] {
        write(parameter.declaration.binding, argument.value)
      } else if let e = parameter.defaultValue {
        write(parameter.declaration.binding, value(e))
      }
    }
    for (index, parameter) in node.parameters.enumerated() {
      guard let shape = parameter.shape else { continue }
      let argument = arguments[index]
      let held = read(parameter.declaration.binding)
      // A missing optional argument with the default none has no shape.
      if argument == nil, case .none = held { continue }
      let place = argument?.span ?? frames.last?.span ?? node.span
      let labels = [Diagnostic.Label(shape.span, "asked for here")]
      // The call is where the mistake is, so it is reported as the caller's.
      let frame = frames.removeLast()
      let result = demand(shape, held, subject: "`\(parameter.declaration.name)`", place, labels: labels)
      frames.append(frame)
      write(parameter.declaration.binding, result)
    }
  }

  // MARK: Functions that nobody called

  func walkAlone(_ closure: AbstractClosure) {
    let node = closure.node
    state.locals = [:]
    isStopped = false
    frames = [Frame(function: node.name?.name ?? "a function", span: node.span, node: node, isAlone: true)]
    entered.insert(ObjectIdentifier(node))
    _ = walkBody(closure) {
      for parameter in node.parameters {
        if let e = parameter.defaultValue { _ = self.value(e) }
        let name = parameter.declaration.name
        self.write(parameter.declaration.binding, .unknown(Size(symbol: self.symbol(name, isDeclared: true))))
      }
      // Sizes of the result alone are bound by the result.
      for parameter in node.parameters {
        for binding in parameter.shape?.sizes ?? [] where self.state[ObjectIdentifier(binding)] == nil {
          self.write(binding, .int(Size(symbol: self.symbol(binding.name, isDeclared: true))))
        }
      }
      for parameter in node.parameters {
        if let shape = parameter.shape { self.write(parameter.declaration.binding, self.assumed(shape)) }
      }
    }
    isStopped = false
    frames = []
  }
}

extension ShapeSyntax {
  /// The sizes that stand in it by their bare names.
  var sizes: [Binding] {
    switch self {
    case .record(let fields, _): fields.flatMap(\.shape.sizes)
    case .axes(let axes, _):
      axes.compactMap { axis in
        guard case .size(let e) = axis, let binding = e.binding, binding.kind == .size else { return nil }
        return binding
      }
    }
  }

  var span: Span {
    switch self {
    case .axes(_, let span), .record(_, let span): span
    }
  }
}
