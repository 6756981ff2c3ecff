// Rows of work cut into parts for the pool. The cut depends on sizes alone, also on one thread.

extension Kernels {
  /// Additions of floats (or so) that make up a part, and that are worth a second thread.
  private static let partCost = 60_000
  private static let parallelCost = 200_000

  /// Calls `body` with ranges that cover 0..<rows, on the pool where it pays; stops early when cancelled.
  static func overRows(_ rows: Int, cost: Int, _ control: RunControl, _ body: (Int, Int) -> Void) -> KernelOutcome {
    let cost = Swift.max(1, cost)
    let rowsInPart = Swift.max(1, partCost / cost)
    let parts = (rows &+ rowsInPart &- 1) / rowsInPart
    if parts > 1 && control.pool.threads > 1 && rows.multipliedReportingOverflow(by: cost).partialValue >= parallelCost
    {
      control.pool.run(parts: parts) { part in
        if control.isCancelled { return }
        body(part &* rowsInPart, Swift.min(rows, (part &+ 1) &* rowsInPart))
      }
    } else {
      var part = 0
      while part < parts && !control.isCancelled {
        body(part &* rowsInPart, Swift.min(rows, (part &+ 1) &* rowsInPart))
        part &+= 1
      }
    }
    return control.isCancelled ? .cancelled : .done
  }
}
