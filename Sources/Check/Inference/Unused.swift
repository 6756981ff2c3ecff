// Names that nobody uses: imports, and what a block declares with `let`. A top-level name may be for importers, and one
// that begins with `_` says that its value is not needed.
import Diagnostics
import Syntax

extension Checker {
  func unused(in module: Module) {
    for statement in module.statements {
      if case .importModule(_, _, let name) = statement.kind { unused(name) }
      names(in: statement, isTopLevel: true)
    }
  }

  private func unused(_ declaration: Declaration) {
    guard let binding = declaration.binding, binding.uses == 0, !declaration.name.hasPrefix("_") else { return }
    switch binding.kind {
    case .letName, .varName, .module: break
    default: return
    }
    report(
      .unusedName(declaration.name), declaration.span,
      help: binding.kind == .module ? "leave the import out" : "leave it out, or name it `_\(declaration.name)`",
      isWarning: true)
  }

  private func names(in statement: Statement, isTopLevel: Bool) {
    func expressions(_ list: Expr?...) { for e in list { if let e { names(in: e) } } }
    switch statement.kind {
    case .expression(let e), .param(_, let e, _): names(in: e)
    case .declare(let pattern, _, _, let e, _):
      if !isTopLevel { for declaration in pattern.declarations { unused(declaration) } }
      names(in: e)
    case .assign(_, let e), .compoundAssign(_, _, let e, _): names(in: e)
    case .defineIndexed(let name, _, let e):
      if !isTopLevel { unused(name) }
      names(in: e)
    case .rec(let node): for clause in node.clauses { names(in: clause.body) }
    case .function(let node): names(in: node.body)
    case .whileLoop(let condition, let body):
      names(in: condition)
      names(in: body)
    case .forLoop(_, let sequence, let body):
      names(in: sequence)
      names(in: body)
    case .returnValue(let e): expressions(e)
    case .assert(let condition, let message): expressions(condition, message)
    case .test(_, let body): names(in: body)
    case .breakLoop, .continueLoop, .importModule: break
    }
  }

  private func names(in block: Block) {
    for statement in block.statements { names(in: statement, isTopLevel: false) }
  }

  /// Expressions can hold blocks.
  private func names(in e: Expr) {
    switch e.kind {
    case .none, .bool, .int, .float, .string, .name, .error: break
    case .interpolation(let parts): for case .value(let part, _) in parts { names(in: part) }
    case .list(let items):
      for item in items {
        switch item {
        case .value(let e), .spread(let e): names(in: e)
        }
      }
    case .listComprehension(let body, _), .comprehension(let body, _): names(in: body)
    case .record(let items):
      for item in items {
        switch item {
        case .field(let key, let value):
          names(in: key)
          names(in: value)
        case .spread(let value): names(in: value)
        }
      }
    case .range(let a, let b, let step): for part in [a, b, step] { if let part { names(in: part) } }
    case .unary(_, let a): names(in: a)
    case .binary(_, let a, let b, _), .and(let a, let b), .or(let a, let b):
      names(in: a)
      names(in: b)
    case .comparison(let operands, _): for operand in operands { names(in: operand) }
    case .call(let callee, let arguments):
      names(in: callee)
      for argument in arguments { names(in: argument.value) }
    case .index(let base, let items):
      names(in: base)
      for item in items {
        switch item {
        case .value(let e): names(in: e)
        case .slice(let a, let b, let step, _): for part in [a, b, step] { if let part { names(in: part) } }
        case .newAxis, .ellipsis: break
        }
      }
    case .field(let base, _, _): names(in: base)
    case .function(let node):
      for parameter in node.parameters { if let e = parameter.defaultValue { names(in: e) } }
      names(in: node.body)
    case .ifElse(let condition, let then, let otherwise):
      names(in: condition)
      names(in: then)
      if let otherwise { names(in: otherwise) }
    case .block(let body): names(in: body)
    case .tryCatch(let body, _, let handler):
      names(in: body)
      names(in: handler)
    }
  }
}
