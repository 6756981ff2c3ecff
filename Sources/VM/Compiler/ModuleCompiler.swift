// Compiles one module: its functions and its top level. Top-level functions have their code numbers before any body is
// compiled, so that they see each other in any order; the names that functions read live in module slots.
import Check
import Diagnostics
import Syntax

/// What a module is compiled for.
package enum ModuleRole: Sendable {
  /// The main script: `param` values come from outside; the result is none.
  case script
  /// An imported module: the result is the record of its public names.
  case imported
  /// A line of a REPL or a session: top-level names stay in slots; the result is the value of a last expression.
  case session
}

/// Top-level names that outlive a compilation: those of a module, or of a session over all its lines.
package final class GlobalScope {
  private(set) var slots: [String: Int] = [:]
  /// Names a session declared with `var`.
  var variables: Set<String> = []
  package init() {}

  package func slot(of name: String) -> Int? { slots[name] }
  @discardableResult
  func define(_ name: String, _ slot: Int) -> Int {
    slots[name] = slot
    return slot
  }
}

/// What the names of a module mean when a definition runs: slots, and functions that need none, as numbers of codes.
final class ModuleNames {
  let scope: GlobalScope
  var functions: [ObjectIdentifier: Int] = [:]
  /// Numbers of all codes that were made together: they name each other, so they stay or go together.
  var codes: [Int] = []
  init(scope: GlobalScope) { self.scope = scope }
}

package final class ModuleCompiler {
  let machine: Machine
  let role: ModuleRole
  let scope: GlobalScope
  let source: SourceFile
  let names: ModuleNames
  /// Code of each named function whose callers are known.
  var functionCodes: [ObjectIdentifier: Code] = [:]
  var functionNodes: [ObjectIdentifier: FunctionNode] = [:]
  /// Slots that a function reads; the others are never written.
  var slotsRead: Set<Int> = []

  init(machine: Machine, role: ModuleRole, scope: GlobalScope, source: SourceFile) {
    self.machine = machine
    self.role = role
    self.scope = scope
    self.source = source
    names = ModuleNames(scope: scope)
  }

  /// The slot of a top-level name.
  func slot(_ name: String) -> Int {
    scope.slot(of: name) ?? scope.define(name, machine.allocateGlobal(name))
  }

  /// Names are bound late in a session: its later lines may define them again.
  var bindsLate: Bool { role == .session }

  /// The closure of a function that captures nothing: one frozen object.
  func constantClosure(_ code: Code) -> Value { machine.constantClosure(code) }

  /// Declares code for a named function before its body is compiled.
  func declare(_ function: FunctionNode) {
    guard let binding = function.name?.binding, functionCodes[ObjectIdentifier(binding)] == nil else { return }
    let code = newCode(function)
    functionCodes[ObjectIdentifier(binding)] = code
    functionNodes[ObjectIdentifier(binding)] = function
    if code.captureCount == 0, !bindsLate || !binding.isTopLevel {
      names.functions[ObjectIdentifier(binding)] = code.id
    }
  }

  func newCode(_ function: FunctionNode) -> Code {
    let name = function.name?.name ?? Code.nameless
    let code = machine.newCode(name: name, span: function.name?.span ?? function.span)
    code.parameters = function.parameters.map {
      ParameterInfo(name: $0.declaration.name, hasDefault: $0.defaultValue != nil)
    }
    code.captureCount = function.captures.count
    code.signature = signature(function)
    code.documentation = function.documentation
    code.node = function
    code.names = names
    names.codes.append(code.id)
    return code
  }

  /// `f(a, b = 2)`, cut out of the source.
  private func signature(_ function: FunctionNode) -> String {
    let shown = function.parameters.map { parameter -> String in
      guard let value = parameter.defaultValue else { return parameter.declaration.name }
      return "\(parameter.declaration.name) = \(text(value.span))"
    }
    return "\(function.name?.name ?? "")(\(shown.joined(separator: ", ")))"
  }
  func text(_ span: Span) -> String {
    guard span.start >= 0, span.end <= span.source.bytes.count, span.start <= span.end else { return "" }
    return String(decoding: span.source.bytes[span.start..<span.end], as: UTF8.self)
  }

  /// Compiles the whole module; the result runs its top level.
  func compile(_ module: Module) throws -> Code {
    let place = Span(source, 0, 0)
    let main = machine.newCode(name: source.name, span: place)
    main.names = names
    names.codes.append(main.id)
    for statement in module.statements {
      if case .function(let function) = statement.kind { declare(function) }
    }
    let compiler = FunctionCompiler(self, code: main, node: nil)
    try compiler.topLevel(module.statements)
    return main
  }
}

extension Machine {
  /// The closure of a function that captures nothing: one frozen object.
  func constantClosure(_ code: Code) -> Value {
    if code.closure.tag == .closure { return code.closure }
    code.closure = heap.closure(code: code, captureCount: 0)
    freeze(code.closure)
    return code.closure
  }

  /// Compiles a resolved module. `scope` holds its top-level names; a session passes the same one for every line.
  package func compile(_ module: Module, role: ModuleRole, scope: GlobalScope = GlobalScope()) throws -> Code {
    let compiler = ModuleCompiler(machine: self, role: role, scope: scope, source: module.source)
    return try compiler.compile(module)
  }
}
