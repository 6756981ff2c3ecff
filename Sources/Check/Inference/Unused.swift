// Names that nobody uses: imports, and what a block declares with `let`. A top-level name may be for importers, and one
// that begins with `_` says that its value is not needed.
import Diagnostics
import Syntax

extension Checker {
  func unused(in module: Module) {
    for statement in module.statements {
      if case .importModule(_, _, let name) = statement.kind { unused(name) }
      below(statement)
    }
  }

  private func below(_ statement: Statement) {
    for part in statement.parts { below(part) }
    for block in statement.blocks { unused(in: block) }
  }

  private func below(_ e: Expr) {
    for part in e.parts { below(part) }
    for block in e.blocks { unused(in: block) }
  }

  private func unused(in block: Block) {
    for statement in block.statements {
      switch statement.kind {
      case .declare(let pattern, _, _, _, _): for declaration in pattern.declarations { unused(declaration) }
      case .defineIndexed(let name, _, _): unused(name)
      default: break
      }
      below(statement)
    }
  }

  private func unused(_ declaration: Declaration) {
    guard let binding = declaration.binding, binding.uses == 0, !declaration.name.hasPrefix("_") else { return }
    report(
      .unusedName(declaration.name), declaration.span,
      help: binding.kind == .module ? "leave the import out" : "leave it out, or name it `_\(declaration.name)`",
      isWarning: true)
  }
}
