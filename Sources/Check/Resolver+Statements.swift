// Statements: what they declare, what they may assign to, and where they may stand.
import Diagnostics
import Syntax

extension Resolver {
  mutating func statement(_ statement: Statement) {
    switch statement.kind {
    case .expression(let value): expression(value)
    case .declare(let pattern, let isMutable, let shape, let value, _):
      expression(value)
      if let shape { annotation(shape) }
      declare(pattern, isMutable ? .varName : .letName)
    case .assign(let target, let value):
      expression(value)
      self.target(target)
    case .compoundAssign(let place, _, let value, _):
      expression(value)
      self.place(place)
    case .defineIndexed(let name, let binders, let value): defineIndexed(name, binders, value)
    case .rec(let node): recurrence(node)
    case .function(let function):
      if let name = function.name { declare(name, .function) }
      self.function(function)
    case .whileLoop(let condition, let body):
      expression(condition)
      loopBody(body)
    case .forLoop(let pattern, let sequence, let body):
      expression(sequence)
      inScope { resolver in
        resolver.declare(pattern, .loop)
        resolver.loopBody(body)
      }
    case .breakLoop: if loopDepth == 0 { report(.outsideLoop("break"), statement.span) }
    case .continueLoop: if loopDepth == 0 { report(.outsideLoop("continue"), statement.span) }
    case .returnValue(let value):
      if functions.isEmpty { report(.outsideFunction("return"), statement.span) }
      if let value { expression(value) }
    case .assert(let condition, let message):
      expression(condition)
      if let message { expression(message) }
    case .param(let name, let value, _):
      atTopLevel("param", statement)
      expression(value)
      declare(name, .param)
    case .importModule(let name, let isPath, let declaration):
      atTopLevel("import", statement)
      if !isPath, !modules.contains(name) {
        report(.unknownModule(name, near: Suggest.near(name, among: modules)), declaration.span)
      }
      declare(declaration, .module)
    case .test(_, let body):
      // At the top level it is walked last, and not here.
      atTopLevel("test", statement)
      block(body)
    }
  }

  private mutating func atTopLevel(_ word: String, _ statement: Statement) {
    guard !isTopLevel else { return }
    report(
      .notAtTopLevel(word), Span(statement.span.source, statement.span.start, statement.span.start + word.utf8.count))
  }

  // MARK: Assignment

  private mutating func target(_ target: AssignTarget) {
    switch target {
    case .place(let place): self.place(place)
    case .list(let targets, _): for target in targets { self.target(target) }
    case .ignore: break
    }
  }

  private mutating func place(_ place: Place) {
    for step in place.steps {
      if case .index(let items, _) = step { indexItems(items) }
    }
    guard case .name(let name) = place.root.kind else { return }
    let span = place.root.span
    guard let binding = lookUp(name), binding.kind != .builtin else {
      return undeclared(name, span, isBuiltin: builtins.contains(name))
    }
    place.root.binding = binding
    binding.uses += 1
    guard binding.kind == .varName else { return constant(binding, span, hasSteps: !place.steps.isEmpty) }
    if binding.owner !== functions.last?.node {
      if !functions.isEmpty { functions[functions.count - 1].complained.insert(name) }
      let inner = functions.last?.node.name.map { "`\($0.name)`" } ?? "this function"
      let labels = binding.span.map { [Diagnostic.Label($0, "declared here")] } ?? []
      report(
        .outerVariable(name, function: inner), span, labels: labels,
        help: "a function can't assign to a name outside itself; return the new value, and assign it where it is used")
    }
  }

  private mutating func undeclared(_ name: String, _ span: Span, isBuiltin: Bool) {
    if isBuiltin {
      report(.assignToConstant(name), span, help: "`\(name)` is built in; `var \(name) = ...` makes a name of your own")
      return
    }
    guard unknownNames.insert(name).inserted else { return }
    let near = near(name).first
    report(
      .unknownName(name, near: []), span,
      help: "a new name is declared: `var \(name) = ...`" + (near.map { "; or did you mean `\($0)`?" } ?? ""))
  }

  private mutating func constant(_ binding: Binding, _ span: Span, hasSteps: Bool) {
    let what: String
    var help = "declare it with `var`, or give the new value a name of its own"
    switch binding.kind {
    case .letName: what = "declared here with `let`"
    case .parameter:
      what = "a parameter"
      help = "parameters don't change; `var \(binding.name) = \(binding.name)` makes a variable that begins with it"
    case .loop:
      what = "the name of a loop"
      help = "each turn gives it its value; use a `var` declared before the loop"
    case .function:
      what = "a function"
      help = "give the new value a name of its own"
    case .module:
      what = "a module"
      help = "give the new value a name of its own"
    case .param:
      what = "a param"
      help = "params are set when the script is started; `var` makes a name that changes"
    case .size:
      what = "a size"
      help = "sizes come from the shapes of arguments; give the new value a name of its own"
    case .catchName: what = "the error caught"
    case .varName, .builtin: what = ""
    }
    let labels = binding.span.map { [Diagnostic.Label($0, what)] } ?? []
    report(.assignToConstant(binding.name), span, labels: labels, help: help)
  }
}
