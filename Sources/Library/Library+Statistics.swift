// Statistics of plain numbers that are not reductions: order statistics, correlation, histograms. Everything is computed
// in f64 from the numbers as they are.
import Diagnostics
import Tensor
import VM

private let numbersParameter = BuiltinParameter(
  "xs", .iterable, .required, "numbers: a list, a range, a sequence or a tensor of any shape")
private let asOrder = Derivative.none(because: "it looks at plain numbers; `sort` and indexing keep derivatives")

extension Library {
  static let statistics: [Builtin] = [median, quantile, correlation, histogram]

  private static let median = Builtin(
    "median", [numbersParameter], summary: "The middle number, or the mean of the two in the middle.",
    details: "NaN of nothing, and where one is NaN.", example: "print(median([3, 1, 2]), median([1, 2, 3, 10]))",
    expected: "2.0 2.5", derivative: asOrder
  ) { call in Value(quantile(try call.sortedNumbers(0), 0.5)) }

  private static let quantile = Builtin(
    "quantile",
    [
      numbersParameter,
      BuiltinParameter("q", [.int, .float, .tensor, .list], .required, "a share from 0 to 1, or a list of them"),
    ],
    summary: "The number below which the share q of the numbers lies.",
    details: "Between two numbers the value is interpolated on the line. NaN of nothing, and where one is NaN.",
    example: "print(quantile(0..101, 0.25), quantile([1, 2, 3, 4], [0, 0.5, 1]))", expected: "25.0 [1.0, 2.5, 4.0]",
    derivative: asOrder, source: "Hyndman and Fan 1996, definition 7"
  ) { call in
    let numbers = try call.sortedNumbers(0)
    func share(_ value: Value) throws -> Double {
      guard let q = try call.number(of: value) else {
        throw call.wrong(1, "a number or a list of numbers", found: value)
      }
      if !(q >= 0 && q <= 1) { throw call.bad("`q` is \(q); a share goes from 0 to 1") }
      return q
    }
    if call[1].tag != .list { return Value(quantile(numbers, try share(call[1]))) }
    return try call.mapped(call.list(1)) { Value(quantile(numbers, try share($0))) }
  }

  private static func quantile(_ sorted: [Double], _ share: Double) -> Double {
    guard let last = sorted.last, !last.isNaN else { return .nan }
    let place = share * Double(sorted.count - 1)
    let below = min(Int(place), sorted.count - 1)
    let (low, high) = (sorted[below], sorted[min(below + 1, sorted.count - 1)])
    let part = place - Double(below)
    // Equal neighbours, infinite ones among them, need no arithmetic.
    return low == high || part == 0 ? low : low + (high - low) * part
  }

  private static let correlation = Builtin(
    "correlation",
    [numbersParameter, BuiltinParameter("ys", .iterable, .required, "as many numbers")],
    summary: "How far two rows of numbers go together on a line, from -1 to 1.",
    details: "Pearson's coefficient. NaN if one of them is constant or there are none.",
    example: "print(correlation([1, 2, 3], [2, 4, 6]), correlation([1, 2, 3], [3, 2, 1]))", expected: "1.0 -1.0",
    derivative: asOrder
  ) { call in
    let (xs, ys) = (try call.numbers(0), try call.numbers(1))
    if xs.count != ys.count {
      throw Diagnostic(
        .shapeMismatch(operation: "correlation", detail: "has \(xs.count) numbers in `xs` and \(ys.count) in `ys`"),
        at: nil)
    }
    let count = Double(xs.count)
    let (centerX, centerY) = (xs.reduce(0, +) / count, ys.reduce(0, +) / count)
    var (xx, yy, xy) = (0.0, 0.0, 0.0)
    for (x, y) in Swift.zip(xs, ys) {
      xx += (x - centerX) * (x - centerX)
      yy += (y - centerY) * (y - centerY)
      xy += (x - centerX) * (y - centerY)
    }
    // One root rounds less than two, as long as the product neither overflows nor vanishes.
    let product = xx * yy
    let value = xy / (product.isNormal ? product.squareRoot() : xx.squareRoot() * yy.squareRoot())
    return Value(value.isNaN ? value : max(-1, min(1, value)))
  }

  private static let histogram = Builtin(
    "histogram",
    [
      numbersParameter, BuiltinParameter("bins", .int, .optional(shownDefault: "10"), "how many bins of equal width"),
      BuiltinParameter("low", .numeric, .optional(shownDefault: "none"), "left end; without it the smallest number"),
      BuiltinParameter("high", .numeric, .optional(shownDefault: "none"), "right end; without it the largest"),
    ],
    summary: "How many numbers lie in each bin: a record of `counts` and the `edges` of the bins.",
    details: """
      A bin holds its left edge; the last one also its right. Numbers outside of low..high are not counted; a NaN is an \
      error.
      """,
    example: "print(histogram([0, 1, 1, 3, 4], bins: 2))", expected: "{counts: [3, 2], edges: [0.0, 2.0, 4.0]}",
    derivative: asOrder
  ) { call in
    let numbers = try call.numbers(0)
    let bins = call.isMissing(1) ? 10 : try call.count(1, least: 1)
    if numbers.contains(where: \.isNaN) { throw call.bad("one of the numbers is NaN", help: "filter them out first") }
    let low = try call.number(2, default: numbers.min() ?? 0)
    var high = try call.number(3, default: numbers.max() ?? 1)
    if high == low && call.isMissing(3) { high = low + 1 }
    if !(low < high) || !(high - low).isFinite {
      throw call.bad("the bins go from \(low) to \(high)", help: "`low` must lie below `high`, and both be finite")
    }
    try call.heap.reserve(bins, bytesEach: 48)
    var counts = [Int](repeating: 0, count: bins)
    let width = (high - low) / Double(bins)
    if !width.isNormal { throw call.bad("\(bins) bins from \(low) to \(high) are narrower than floats can tell") }
    func edge(_ index: Int) -> Double { index == bins ? high : low + width * Double(index) }
    for number in numbers where number >= low && number <= high {
      var index = min(bins - 1, Int((number - low) / width))
      // Rounding may have put it beside its bin.
      if number < edge(index) { index -= 1 }
      if index + 1 < bins && number >= edge(index + 1) { index += 1 }
      counts[max(0, index)] += 1
    }
    return call.heap.record([
      "counts": call.heap.list(counts.map { Value($0) }),
      "edges": call.heap.list((0...bins).map { Value(edge($0)) }),
    ])
  }
}

extension Call {
  /// The numbers of argument `index`; anything else in it is an error.
  func numbers(_ index: Int) throws -> [Double] {
    if arguments[index].tag == .tensor {
      let node = tensorNode(arguments[index])
      try graph.force([node])
      let contents = try graph.contents(node)
      return (0..<node.count).map { heap.element(contents, node.dtype, $0).asDouble }
    }
    return try withItems(index) { items in
      try items.buffer.enumerated().map { place, item in
        guard let number = try number(of: item) else {
          throw wrong(index, "numbers (item \(place))", found: item)
        }
        return number
      }
    }
  }

  /// NaN is last.
  fileprivate func sortedNumbers(_ index: Int) throws -> [Double] {
    try numbers(index).sorted { $0 < $1 || ($1.isNaN && !$0.isNaN) }
  }
}
