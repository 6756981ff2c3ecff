// What an instruction `define` runs: index notation, a recurrence, or a reduction over indices, kept as its tree. The
// sizes are known only when it runs; then `Lowering` walks the tree with the values of the names that it uses.
import Diagnostics
import Syntax

final class Definition {
  enum Kind {
    case recurrence(RecNode)
    /// `let c[i, k] = e`
    case indexed(Declaration, [Binder], Expr)
    /// `tensor(e for i, k)`
    case tensor(Expr, [Binder])
    /// `max(e for i)` or `max(a, b)`; the callee's value comes before those of the names.
    case reduction([Expr])
  }

  let kind: Kind
  /// Names from around it; their values lie in the window in this order.
  let free: [Binding]
  let names: ModuleNames
  let span: Span

  init(_ kind: Kind, names: ModuleNames, span: Span) {
    self.kind = kind
    self.names = names
    self.span = span
    var finder = FreeNames()
    switch kind {
    case .recurrence(let node): finder.recurrence(node)
    case .indexed(_, let binders, let body), .tensor(let body, let binders):
      finder.binders(binders)
      finder.expression(body)
    case .reduction(let terms): for term in terms { finder.expression(term) }
    }
    free = finder.free
  }

  /// Results, one register each.
  var tableCount: Int {
    if case .recurrence(let node) = kind { return node.tables.count }
    return 1
  }

  var hasCallee: Bool {
    if case .reduction = kind { return true }
    return false
  }

  /// Values in the window.
  var valueCount: Int { free.count + (hasCallee ? 1 : 0) }
}

extension [Binder] {
  /// Whether an index takes its range from the reads.
  var hasBare: Bool { contains { if case .bare = $0.range { true } else { false } } }

  /// Whether these are indices with known ends, so that `tensor(e for ..)` has an axis for each of them.
  var areIndices: Bool {
    var isIndexed = count > 1
    for binder in self {
      switch binder.range {
      case .bare, .below, .upTo: isIndexed = true
      case .sequence(let e):
        guard case .range = e.kind else { return false }
      case .destructured: return false
      }
    }
    return isIndexed
  }
}
