// What `--profile` shows: counters of plans, and time and bytes by source place.

/// Counters of a graph.
package struct Statistics: Sendable {
  package var plansBuilt = 0
  package var plansReused = 0
  package var plansEvicted = 0
  package var nodesRun = 0
  package var stepsRun = 0
  package var cuts = 0
  /// Whole tensors copied because an assignment found them shared.
  package var copiesOnWrite = 0
}

/// Time and bytes of tensor work by the site that recorded it. A fused loop counts for the first of its operations.
package final class Profile {
  package struct Entry: Sendable {
    package var seconds = 0.0
    package var bytes = 0
    package var runs = 0
  }
  package private(set) var entries: [UInt64: Entry] = [:]
  private let clock = ContinuousClock()

  package init() {}

  func measure(_ site: UInt64, _ bytes: Int, _ body: () throws -> Void) rethrows {
    let time = try clock.measure(body).components
    var entry = entries[site] ?? Entry()
    entry.seconds += Double(time.seconds) + 1e-18 * Double(time.attoseconds)
    entry.bytes += bytes
    entry.runs += 1
    entries[site] = entry
  }
}
