// Reads of a recurrence whose order only the data decide: `v[c - w[k]]`. They are tested as the table is filled, so a run
// may fail there; a read that goes a fixed step back in some index is in order whatever the others do.
import Diagnostics
import Syntax

extension Checker {
  func reads(_ clause: RecNode.Clause, _ node: RecNode) {
    var found: [(base: Expr, items: [IndexItem], span: Span)] = []
    clause.body.walk { e in
      if case .index(let base, let items) = e.kind { found.append((base, items, e.span)) }
    }
    for read in found {
      guard let table = node.tables.first(where: { $0.declaration.binding === read.base.binding }),
        read.base.binding != nil, read.items.count == clause.positions.count
      else { continue }
      var isOrdered = false
      var isFreeOfData = true
      for (item, position) in zip(read.items, clause.positions) {
        guard case .value(let e) = item else {
          isOrdered = true
          continue
        }
        if e.isStep(from: position) { isOrdered = true }
        if e.looksUp { isFreeOfData = false }
      }
      if isOrdered || isFreeOfData { continue }
      report(
        .unprovedRead(read: text(read.span), table: table.declaration.name), read.span,
        help: "it is tested as the table is filled; an index that goes back by a fixed step would settle it",
        isWarning: true)
    }
  }
}

extension Expr {
  /// `i - 2` or `i + 1` for `i`.
  fileprivate func isStep(from position: Expr) -> Bool {
    guard case .binary(let op, let a, let b, _) = kind, op == .subtract || op == .add, case .int(let step) = b.kind,
      step != 0, let binding = position.binding
    else { return false }
    return a.binding === binding
  }

  /// Whether its value hangs on what a tensor holds.
  fileprivate var looksUp: Bool {
    switch kind {
    case .index: true
    case .unary(_, let a): a.looksUp
    case .binary(_, let a, let b, _): a.looksUp || b.looksUp
    default: false
    }
  }
}
