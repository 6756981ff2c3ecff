// Ranges of indices, found when the clauses are written. An index without a range takes it from the reads: where it stands
// alone (`x[i]`) the sizes must agree; `x[i + 1]` narrows it; `x[i + k]` gives the index that nothing else bounds all the
// room that the others leave, and otherwise narrows the innermost index. A read under a condition counts only if there is
// no other.
//
// Order: heads first, since the sizes of tables are what reads of tables go by; then, clause by clause, the indices of
// reductions from the outer ones to the inner ones; at last the terms get their ranges, cut by the filter where it says
// `k < j` and the like.
import Diagnostics
import Recurrences
import Syntax

/// The least and largest value of an index; `high < low` when there is none.
struct Interval: Equatable {
  var low: Int
  var high: Int
}

extension Affine {
  /// Bounds of the sum; nil if an index in it has none yet. An empty index makes it empty.
  func interval(_ known: [Interval?]) -> Interval? {
    var result = Interval(low: constant, high: constant)
    for (variable, factor) in factors.enumerated() where factor != 0 {
      guard variable < known.count, let part = known[variable] else { return nil }
      result.low += factor * (factor > 0 ? part.low : part.high)
      result.high += factor * (factor > 0 ? part.high : part.low)
    }
    return result
  }

  /// The highest index in it.
  var innermost: Int? { factors.isEmpty ? nil : factors.count - 1 }
}

/// Finds the ranges of one clause.
struct RangeFinder {
  var variables: [IndexVariable]
  let accesses: [Access]
  let isRecurrence: Bool
  let sizes: (SizeSource) -> Int?
  private(set) var intervals: [Interval?]
  /// What narrows an index besides its range, by index.
  private(set) var narrowing: [Int: [Affine]] = [:]
  /// Read that gave an index its end.
  private var givers: [Int: Access] = [:]

  init(_ clause: LoweredClause, isRecurrence: Bool, sizes: @escaping (SizeSource) -> Int?) {
    variables = clause.variables
    accesses = clause.accesses
    self.isRecurrence = isRecurrence
    self.sizes = sizes
    intervals = Array(repeating: nil, count: variables.count)
  }

  /// The size of a bare index of a head, from the reads where it stands alone; for the heads of recurrences.
  func size(ofHead variable: Int) throws -> (Int, Access)? {
    try alone(variable) { access in
      if case .table = access.size { return false }
      return true
    }
  }

  /// Finds all; sets `variables[..].start` and `.end`.
  mutating func run() throws {
    for variable in variables.indices where !variables[variable].isBare { settle(variable) }
    for variable in variables.indices where variables[variable].isBare { try fromOwnReads(variable) }
    var changed = true
    while changed {
      changed = false
      for variable in variables.indices where intervals[variable] == nil {
        if !variables[variable].isBare { settle(variable) } else { try fromSharedReads(variable) }
        if intervals[variable] != nil { changed = true }
      }
    }
    if let open = variables.first(where: \.isBare) { throw unbounded(open) }
    for access in accesses where !access.leavesOut && !access.isConditional { narrow(by: access) }
  }

  private mutating func settle(_ variable: Int) {
    guard let start = variables[variable].start?.interval(intervals),
      let end = variables[variable].end?.interval(intervals)
    else { return }
    intervals[variable] = Interval(low: start.low, high: end.high - 1)
  }

  private mutating func set(_ variable: Int, _ start: Affine, _ end: Affine) {
    variables[variable].start = start
    variables[variable].end = end
    settle(variable)
  }

  // MARK: One index alone

  /// Size of the reads at the index alone; they must agree.
  private func alone(_ variable: Int, where counts: (Access) -> Bool = { _ in true }) throws -> (Int, Access)? {
    for isConditional in [false, true] {
      var found: (Int, Access)?
      for access in accesses
      where access.isConditional == isConditional && access.position.soleVariable == variable && counts(access) {
        guard let size = sizes(access.size) else { continue }
        if let (first, giver) = found, first != size { throw clash(variable, first, giver, size, access) }
        if found == nil { found = (size, access) }
      }
      if found != nil { return found }
    }
    return nil
  }

  /// From `x[i]` and `x[i + 1]`.
  private mutating func fromOwnReads(_ variable: Int) throws {
    let whole = try alone(variable)
    var low = Int.min
    var high = whole?.0 ?? Int.max
    if whole != nil { low = 0 }
    var late: Access?
    for access in accesses where !access.isConditional {
      let rest = access.position - .variable(variable)
      guard rest.isConstant, rest.constant != 0, let size = sizes(access.size) else { continue }
      if -rest.constant > low {
        low = -rest.constant
        late = access
      }
      high = Swift.min(high, size - rest.constant)
    }
    guard low != Int.min else { return }
    if variables[variable].axis >= 0 {
      if low > 0, let late { throw lateStart(variable, low, late) }
      low = 0
    }
    set(variable, Affine(low), Affine(Swift.max(low, high)))
  }

  // MARK: Several indices

  /// From `x[i + k]`, for an index that nothing else bounds.
  private mutating func fromSharedReads(_ variable: Int) throws {
    var bounds: [(start: Affine, end: Affine)] = []
    for access in accesses where !access.isConditional {
      let factor = access.position.factor(variable)
      guard factor == 1 || factor == -1, let size = sizes(access.size) else { continue }
      let rest = access.position - Affine.variable(variable) * factor
      // 0 <= factor * v + rest < size
      let (start, end) =
        factor == 1 ? (-rest, Affine(size) - rest) : (rest - Affine(size - 1), rest + Affine(1))
      if variables[variable].axis >= 0 {
        guard let others = rest.interval(intervals) else { continue }
        if factor == 1 {
          bounds.append((Affine(-others.low), Affine(size - others.high)))
        } else {
          bounds.append((Affine(others.high - size + 1), Affine(others.low + 1)))
        }
        if let low = bounds.last?.start.constant, low > 0 { throw lateStart(variable, low, access) }
      } else if rest.factors.count <= variable, rest.interval(intervals) != nil {
        bounds.append((start, end))
      }
    }
    guard let first = bounds.first else { return }
    if variables[variable].axis >= 0 {
      set(variable, Affine(0), Affine(Swift.max(0, bounds.map(\.end.constant).reduce(Int.max, Swift.min))))
      return
    }
    set(variable, first.start, first.end)
    for bound in bounds.dropFirst() {
      narrowing[variable, default: []] += [
        .variable(variable) - bound.start, bound.end - Affine(1) - .variable(variable),
      ]
    }
  }

  /// A read of several indices narrows the innermost one, if that took its range from reads.
  private mutating func narrow(by access: Access) {
    guard let variable = access.position.innermost, variable < variables.count, variables[variable].axis < 0,
      access.position.factors.contains(where: { $0 != 0 && access.position.factors.count > 1 }),
      wasBare.contains(variable), access.position.soleVariable == nil, let size = sizes(access.size),
      let range = access.position.interval(intervals)
    else { return }
    var needed: [Affine] = []
    if range.low < 0 { needed.append(access.position) }
    if range.high >= size { needed.append(Affine(size - 1) - access.position) }
    narrowing[variable, default: []] += needed.filter { !(narrowing[variable] ?? []).contains($0) }
  }

  private var wasBare: Set<Int> = []
  mutating func noteBare() { wasBare = Set(variables.indices.filter { variables[$0].isBare }) }

  // MARK: Problems

  private func unbounded(_ variable: IndexVariable) -> Diagnostic {
    Diagnostic(.unboundedIndex(variable.name), at: variable.span)
  }

  private func clash(_ variable: Int, _ first: Int, _ giver: Access, _ second: Int, _ other: Access) -> Diagnostic {
    Diagnostic(
      .rangeClash(index: variables[variable].name, first: "\(first)", second: "\(second)"), at: other.span,
      labels: [
        Diagnostic.Label(other.span, "here it goes to \(second)"),
        Diagnostic.Label(giver.span, "here it goes to \(first)"),
      ],
      help:
        "reads at the index alone must have one size; an explicit range `\(variables[variable].name) < n` is checked as it runs"
    )
  }

  private func lateStart(_ variable: Int, _ low: Int, _ access: Access) -> Diagnostic {
    Diagnostic(
      .lateStart(index: variables[variable].name, start: low), at: access.span,
      labels: [Diagnostic.Label(access.span, "lies outside for smaller \(variables[variable].name)")])
  }
}
