// What the alternatives of a value are: their number, or the best of them. A value that only adds is made of these few
// operations, whichever of the two is asked (`PathCounts` here, `BestPaths` in its own file).
//
// Lists are kept under numbers: cells of tables, then elements of tensors, in the order in which they are made.

package enum PathFailure: Error {
  case cancelled
  case memory(bytes: Int)
  /// A score is NaN.
  case notANumber(place: Int)
  /// A factor that is no number in the script is negative.
  case negativeFactor(place: Int)
  /// What was computed before can't be computed again.
  case broken
}

package protocol PathAlgebra {
  associatedtype List
  /// No alternative.
  var none: List { get }
  /// The least score that a path can't have: -inf where the largest is best, inf where the least is.
  func plain(_ score: Double, up: Bool) throws(PathFailure) -> List
  /// Both, independently of each other.
  mutating func sum(_ a: List, _ b: List, up: Bool, isNarrow: Bool) throws(PathFailure) -> List
  /// The scores changed; where `up` tells the way of the result.
  mutating func mapped(_ list: List, up: Bool, isNarrow: Bool, _ change: (Double) -> Double) throws(PathFailure) -> List
  /// Marks the alternatives as those of a term of a reduction, named by numbers.
  mutating func term(_ list: List, _ name: [Int32]) -> List
  /// Adds further alternatives to `list`.
  mutating func merge(_ more: List, into list: inout List, up: Bool)

  /// Room for `count` lists; the number of the first.
  mutating func reserve(_ count: Int) -> Int
  mutating func keep(_ list: List, at number: Int) throws(PathFailure)
  /// The kept list as part of another.
  mutating func kept(_ number: Int) -> List
}

/// Numbers of paths; one that no integer holds is `PathCounts.tooMany`.
package struct PathCounts: PathAlgebra {
  package static let tooMany = Int.max
  private var counts: [Int] = []

  package init() {}
  package var none: Int { 0 }
  package func plain(_ score: Double, up: Bool) throws(PathFailure) -> Int {
    if score.isNaN { throw .notANumber(place: 0) }
    return score == (up ? -Double.infinity : .infinity) ? 0 : 1
  }
  package mutating func sum(_ a: Int, _ b: Int, up: Bool, isNarrow: Bool) -> Int {
    let (product, overflow) = a.multipliedReportingOverflow(by: b)
    return overflow ? PathCounts.tooMany : product
  }
  package mutating func mapped(_ list: Int, up: Bool, isNarrow: Bool, _ change: (Double) -> Double) -> Int { list }
  package mutating func term(_ list: Int, _ name: [Int32]) -> Int { list }
  package mutating func merge(_ more: Int, into list: inout Int, up: Bool) {
    let (sum, overflow) = list.addingReportingOverflow(more)
    list = overflow ? PathCounts.tooMany : sum
  }
  package mutating func reserve(_ count: Int) -> Int {
    let first = counts.count
    counts.append(contentsOf: repeatElement(0, count: count))
    return first
  }
  package mutating func keep(_ list: Int, at number: Int) { counts[number] = list }
  package mutating func kept(_ number: Int) -> Int { counts[number] }
  package func count(_ number: Int) -> Int { counts[number] }
}
