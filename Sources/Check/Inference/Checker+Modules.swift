// The entry: a text, its tests and its examples; then what nobody called; modules that it imports.
import Diagnostics
import Syntax

extension Checker {
  /// What is wrong with a module whose names are resolved without problems, and with the examples in its comments.
  package static func check(
    _ module: Module, examples: [Module] = [], environment: CheckEnvironment
  ) -> [Diagnostic] {
    let checker = Checker(environment)
    checker.roots = [module.source] + examples.map(\.source)
    _ = checker.record(of: module, named: nil)
    checker.tests(in: module)
    checker.walkUncalled()
    for example in examples {
      checker.steps = 0
      _ = checker.record(of: example, named: nil)
    }
    for text in [module] + examples { checker.unused(in: text) }
    return Renderer.sorted(checker.diagnostics)
  }

  /// Names that nobody uses, in a module whose names may have problems.
  package static func unused(in module: Module) -> [Diagnostic] {
    let checker = Checker(CheckEnvironment(signatures: [], constants: [:]) { _, _, _ in nil })
    checker.roots = [module.source]
    checker.unused(in: module)
    return checker.diagnostics
  }

  /// Walks a module once; gives the record of its names.
  func record(of module: Module, named name: String?) -> Abstract {
    let key = ObjectIdentifier(module)
    if let known = modules[key] { return known }
    // An import that leads back here finds nothing known.
    modules[key] = .anything
    trees.append(module)
    let outer = (state.locals, frames, isStopped, exits, returns, conditional, loopDepth, journals)
    (state.locals, frames, isStopped, exits, returns) = ([:], [], false, [], [])
    (conditional, loopDepth, journals) = (0, 0, [])
    if !isRoot(module.source) { silenced += 1 }
    for statement in module.statements {
      if case .function(let node) = statement.kind, let binding = node.name?.binding {
        write(binding, .closure(closure(node)))
      }
    }
    for statement in module.statements {
      if case .test = statement.kind { continue }
      if case .function = statement.kind { continue }
      self.statement(statement)
      isStopped = false
    }
    if !isRoot(module.source) { silenced -= 1 }
    var fields: [(name: String, value: Abstract)] = []
    for (name, binding) in Resolver.topLevelBindings(of: module).sorted(by: { $0.key < $1.key }) {
      if !name.hasPrefix("_") { fields.append((name, read(binding))) }
    }
    (state.locals, frames, isStopped, exits, returns, conditional, loopDepth, journals) = outer
    let record = Abstract.record(AbstractRecord(fields: fields, isClosed: true, origin: nil, module: name))
    modules[key] = record
    return record
  }

  private func tests(in module: Module) {
    for statement in module.statements {
      guard case .test(_, let body) = statement.kind else { continue }
      let before = state
      _ = block(body)
      state = before
      isStopped = false
    }
  }

  /// Functions that no call came to, with arguments of which nothing is known; and all with a signature, whose sizes
  /// stand for any number.
  private func walkUncalled() {
    var index = 0
    while index < made.count {
      let closure = made[index]
      index += 1
      if !isRoot(closure.node.span.source) { continue }
      let isDeclared = closure.node.result != nil || closure.node.parameters.contains { $0.shape != nil }
      if shielded.contains(ObjectIdentifier(closure.node)) { continue }
      if entered.contains(ObjectIdentifier(closure.node)) && !isDeclared { continue }
      steps = 0
      walkAlone(closure)
    }
  }

  func importModule(_ name: String, isPath: Bool, _ declaration: Declaration, from source: SourceFile) {
    guard let module = environment.load(name, isPath, source) else {
      write(declaration.binding, .anything)
      return
    }
    write(declaration.binding, record(of: module, named: declaration.name))
  }
}
