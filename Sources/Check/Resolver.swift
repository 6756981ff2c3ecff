// Finds what each name means, in one walk over the tree. Order to read: this file (scopes, declaring), `Resolver+Names`
// (using and capturing a name, near misses), `Resolver+Statements`, `Resolver+Expressions`, `Resolver+Functions` (parameters,
// sizes of the signature), `Resolver+Recurrences`.
//
// The rules, from "values, not references": inner scopes may shadow, one block declares a name once, and a name is visible
// from its declaration on. Top-level functions are the exception: they see the whole top level in any order, so their bodies
// (and tests) are walked last. A closure copies the outer names it uses (`FunctionNode.captures`) and can't assign to
// them; a named function may use none that is a `var`. Names of the top level that never change need no capture: they live
// in slots of their module.
//
// The parser bounds the height of trees, so the walk may recurse. `.error` nodes are passed over in silence.
import Diagnostics
import Syntax

package struct Resolver {
  /// A block, a function's parameters, or the binders of a comprehension.
  struct Scope {
    var names: [String: Binding] = [:]
    /// The statements of the block, to tell "unknown" from "not yet defined".
    var statements: [Statement] = []
  }

  struct FunctionContext {
    let node: FunctionNode
    var captured: Set<ObjectIdentifier> = []
    var complained: Set<String> = []
    /// Loops around the function don't count inside it.
    let outerLoopDepth: Int
  }

  let builtins: Set<String>
  let modules: Set<String>
  let session: [String: Binding]
  var builtinBindings: [String: Binding] = [:]
  var scopes: [Scope] = []
  var functions: [FunctionContext] = []
  var loopDepth = 0
  var diagnostics: [Diagnostic] = []
  var unknownNames: Set<String> = []
  /// Bodies of top-level functions and tests, which see the whole top level.
  private var deferred: [Statement] = []

  // MARK: Entry points

  /// Annotates a module and tells what is wrong with its names. `session` holds the top-level bindings of earlier REPL lines
  /// (`topLevelBindings`), `modules` the names that `import` knows.
  package static func resolve(
    _ module: Module, builtins: Set<String>, session: [String: Binding] = [:], modules: Set<String> = []
  ) -> [Diagnostic] {
    var resolver = Resolver(builtins: builtins, modules: modules, session: session)
    resolver.resolve(module)
    return resolver.diagnostics
  }

  /// The names that a resolved module declares at its top level.
  package static func topLevelBindings(of module: Module) -> [String: Binding] {
    var found: [String: Binding] = [:]
    for statement in module.statements {
      for declaration in statement.declarations { found[declaration.name] = declaration.binding }
    }
    return found
  }

  private init(builtins: Set<String>, modules: Set<String>, session: [String: Binding]) {
    self.builtins = builtins
    self.modules = modules
    self.session = session
  }

  private mutating func resolve(_ module: Module) {
    scopes = [Scope(statements: module.statements)]
    for statement in module.statements {
      if case .function(let function) = statement.kind, let name = function.name { declare(name, .function) }
    }
    for statement in module.statements {
      switch statement.kind {
      case .function, .test: deferred.append(statement)
      default: self.statement(statement)
      }
    }
    for statement in deferred {
      switch statement.kind {
      case .function(let function): self.function(function)
      case .test(_, let body): block(body)
      default: break
      }
    }
  }

  // MARK: Scopes

  var isTopLevel: Bool { scopes.count == 1 && functions.isEmpty }

  mutating func inScope(_ statements: [Statement] = [], _ body: (inout Resolver) -> Void) {
    scopes.append(Scope(statements: statements))
    body(&self)
    scopes.removeLast()
  }

  mutating func block(_ block: Block) {
    inScope(block.statements) { resolver in
      for statement in block.statements { resolver.statement(statement) }
    }
  }

  mutating func loopBody(_ block: Block) {
    loopDepth += 1
    self.block(block)
    loopDepth -= 1
  }

  @discardableResult
  mutating func declare(_ declaration: Declaration, _ kind: Binding.Kind) -> Binding {
    let binding = Binding(name: declaration.name, kind: kind, span: declaration.span, owner: functions.last?.node)
    binding.isTopLevel = isTopLevel
    declaration.binding = binding
    // `_` says that the value is not needed; it may stand several times and can't be used.
    if declaration.name == "_" { return binding }
    if let earlier = scopes[scopes.count - 1].names[declaration.name] {
      let labels = earlier.span.map { [Diagnostic.Label($0, "first declared here")] } ?? []
      let help =
        switch (earlier.kind, kind) {
        case (.varName, .varName), (.varName, .letName):
          "to give it a new value, write `\(declaration.name) = ...` without `let` or `var`"
        case (.letName, .letName), (.letName, .varName):
          "take another name; or declare it with `var`, and assign to it here"
        default: "take another name"
        }
      report(.alreadyDeclared(declaration.name), declaration.span, labels: labels, help: help)
    }
    scopes[scopes.count - 1].names[declaration.name] = binding
    return binding
  }

  mutating func declare(_ pattern: Pattern, _ kind: Binding.Kind) {
    switch pattern {
    case .name(let declaration): declare(declaration, kind)
    case .list(let parts, _): for part in parts { declare(part, kind) }
    case .ignore: break
    }
  }

  mutating func report(_ problem: Problem, _ span: Span, labels: [Diagnostic.Label] = [], help: String? = nil) {
    diagnostics.append(Diagnostic(problem, at: span, labels: labels, help: help))
  }
}

extension Statement {
  /// The names that the statement declares in its block.
  var declarations: [Declaration] {
    switch kind {
    case .declare(let pattern, _, _, _, _): pattern.declarations
    case .defineIndexed(let name, _, _), .param(let name, _, _), .importModule(_, _, let name): [name]
    case .rec(let node): node.tables.map(\.declaration)
    case .function(let function): function.name.map { [$0] } ?? []
    default: []
    }
  }
}

extension Pattern {
  var declarations: [Declaration] {
    switch self {
    case .name(let declaration): [declaration]
    case .list(let parts, _): parts.flatMap(\.declarations)
    case .ignore: []
    }
  }
}
