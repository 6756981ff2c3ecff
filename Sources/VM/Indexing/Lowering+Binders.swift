// Indices of reductions: `k < n`, `k in a..b by s`, `k` alone, and `d in [1, 3]`, which stands for a term an item. The ends
// are known or sums of indices; of several (`max(0, i - 3)`) one is the end and the others are conditions.
import Diagnostics
import KernelTypes
import Recurrences
import Syntax

extension Lowering {
  func isRange(_ e: Expr) -> Bool { if case .range = e.kind { true } else { false } }

  /// The items of a known list or range.
  func knownItems(_ item: Item) throws -> [Item] {
    guard let value = known(item), value.tag == .list || value.tag == .range else {
      throw problem(
        .wrongType(operation: "an index", expected: "a range or a known list", found: describe(item)),
        help: "`k < n`, `k in a..b`, or `k` alone with its range from the reads")
    }
    if value.tag == .range {
      let range = RangeRef(value)
      guard range.count <= 256 else { throw notInBody("a range of \(range.count) terms, written as a value") }
      return (0..<range.count).map { .integer(range[$0]) }
    }
    let list = ListRef(value)
    guard list.count <= 256 else { throw notInBody("a list of \(list.count) terms", help: "make it a tensor") }
    return list.buffer.enumerated().map { self.item($0.element, "\(text(span))[\($0.offset)]") }
  }

  /// Start and end of an index; nil for one without a range. What bounds it besides goes to `inequalities`.
  func ends(_ binder: Binder, _ number: Int, _ inequalities: inout [Affine]) throws -> (Affine?, Affine?) {
    let variable = Affine.variable(number)
    switch binder.range {
    case .bare, .destructured:
      if case .destructured = binder.range { throw notInBody("taking items apart") }
      return (nil, nil)
    case .below(let e): return try (Affine(0), end(e, variable, &inequalities))
    case .upTo(let e): return try (Affine(0), end(e, variable, plus: 1, &inequalities))
    case .sequence(let e):
      guard case .range(let from?, let to?, let by) = e.kind else { throw notInBody("an open range") }
      let starts = try sums(item(from), from, isMaximum: true)
      if let by {
        let step = try integer(item(by)) ?? 1
        if step != 1 { return try stepped(starts, to, step, binder, number, &inequalities) }
      }
      for other in starts.dropFirst() { inequalities.append(variable - other) }
      return try (starts[0], end(to, variable, &inequalities))
    }
  }

  private func end(_ e: Expr, _ variable: Affine, plus: Int = 0, _ inequalities: inout [Affine]) throws -> Affine {
    let ends = try sums(item(e), e, isMaximum: false)
    for other in ends.dropFirst() { inequalities.append(other + Affine(plus - 1) - variable) }
    return ends[0] + Affine(plus)
  }

  /// `k in a..b by s` counts m from 0 and stands for a + s m.
  private func stepped(
    _ starts: [Affine], _ to: Expr, _ step: Int, _ binder: Binder, _ number: Int, _ inequalities: inout [Affine]
  ) throws -> (Affine?, Affine?) {
    let ends = try sums(item(to), to, isMaximum: false)
    guard starts.count == 1, ends.count == 1, (ends[0] - starts[0]).isConstant else {
      throw notInBody(
        "a step in a range whose length is not known", help: "filter the indices: `k in a..b if k % 2 == 0`")
    }
    if step == 0 { throw problem(.badValue(operation: "a range", detail: "its step is 0")) }
    let count = Heap.rangeCount(0, (ends[0] - starts[0]).constant, step)
    bind(binder.declaration, .affine(starts[0] + Affine.variable(number) * step))
    return (Affine(0), Affine(count))
  }

  /// An end of a range: a sum of indices, or the largest (least) of several.
  func sums(_ item: Item, _ e: Expr, isMaximum: Bool) throws -> [Affine] {
    switch item {
    case .affine(let affine): return [affine]
    case .extremum(isMaximum, let parts): return parts
    default:
      if let number = try integer(item) { return [Affine(number)] }
      let found = type(item) == .i64 ? "a computed integer" : describe(item)
      throw Diagnostic(
        .wrongType(operation: "a range", expected: "ends that are known or sums of indices", found: found), at: e.span,
        help: "take the longest range and filter it: `k < n if k < len[s]`")
    }
  }
}
