// The names that an expression looks at.
import Syntax

extension Expr {
  /// Bindings of the names in it, outside of blocks and functions.
  var mentioned: [Binding] {
    var found: [Binding] = []
    collect(into: &found)
    return found
  }

  private func collect(into found: inout [Binding]) {
    func each(_ parts: [Expr]) { for part in parts { part.collect(into: &found) } }
    switch kind {
    case .name: if let binding { found.append(binding) }
    case .unary(_, let a): a.collect(into: &found)
    case .binary(_, let a, let b, _), .and(let a, let b), .or(let a, let b): each([a, b])
    case .comparison(let operands, _): each(operands)
    case .call(let callee, let arguments): each([callee] + arguments.map(\.value))
    case .index(let base, let items):
      base.collect(into: &found)
      for item in items {
        switch item {
        case .value(let e): e.collect(into: &found)
        case .slice(let a, let b, let step, _): each([a, b, step].compactMap { $0 })
        case .newAxis, .ellipsis: break
        }
      }
    case .field(let base, _, _): base.collect(into: &found)
    case .comprehension(let body, let binders), .listComprehension(let body, let binders):
      body.collect(into: &found)
      for binder in binders {
        switch binder.range {
        case .sequence(let e), .below(let e), .upTo(let e), .destructured(_, let e): e.collect(into: &found)
        case .bare: break
        }
      }
    case .list(let items):
      for item in items {
        switch item {
        case .value(let e), .spread(let e): e.collect(into: &found)
        }
      }
    case .range(let a, let b, let step): each([a, b, step].compactMap { $0 })
    case .none, .bool, .int, .float, .string, .interpolation, .record, .function, .ifElse, .block, .tryCatch, .error:
      break
    }
  }
}
