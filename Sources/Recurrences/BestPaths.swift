// The k best alternatives of every value, best first, each with what was decided on the way to it.
//
// While a list is made, an alternative is a score and a node of a small tree (`Made`). A list that is kept loses its trees:
// they become lines of numbers, in the order in which a walk over the clause asks for them (`Decisions`): for a reduction
// the name of the term, for a cell or element the rank of its alternative. So memory is cells times k.
//
// Ties have one order: of equal alternatives of a reduction, the one of the earlier term comes first, and of equal sums
// the one whose first summand ranks better.
//
// A sum of two lists is made from its best pair on: the next candidates are the neighbours of those taken (Huang and
// Chiang 2005, algorithm 2). So k best pairs cost about k log k.

import Kernels

package struct BestPaths: PathAlgebra {
  package struct Entry {
    var score: Double
    /// Into `made`; -1: nothing was decided.
    var node: Int32
  }
  package typealias List = [Entry]

  private enum Kind: UInt8 { case rank, pair, term }
  private struct Made {
    var kind: Kind
    /// `rank`: the rank. `pair`: both nodes. `term`: the node of its value, and where its name lies.
    var a: Int32
    var b: Int32
  }

  let most: Int
  /// Bytes that may be kept.
  private let limit: Int
  private let control: RunControl
  private var made: [Made] = []
  private var names: [Int32] = []
  // The lists kept: where each begins in what follows, and how long it is.
  private var starts: [Int] = []
  private var lengths: [Int32] = []
  private var scores: [Double] = []
  private var lines: [Int] = []
  private var decisions: [Int32] = []

  /// The `most` best of each list, in at most `limit` bytes.
  package init(most: Int, limit: Int, control: RunControl) {
    self.most = most
    // Arrays that grow are there twice for a moment.
    self.limit = limit / 3
    self.control = control
  }

  package var none: List { [] }

  package func plain(_ score: Double, up: Bool) throws(PathFailure) -> List {
    if score.isNaN { throw .notANumber(place: 0) }
    return score == (up ? -Double.infinity : .infinity) ? [] : [Entry(score: score, node: -1)]
  }

  @inline(__always) private func isBetter(_ a: Double, _ b: Double, _ up: Bool) -> Bool { up ? a > b : a < b }

  private static func rounded(_ score: Double, _ isNarrow: Bool) -> Double {
    isNarrow ? Double(Float(score)) : score
  }

  // MARK: Making lists

  package mutating func mapped(
    _ list: List, up: Bool, isNarrow: Bool, _ change: (Double) -> Double
  ) throws(PathFailure) -> List {
    var result: List = []
    result.reserveCapacity(list.count)
    for entry in list {
      let score = BestPaths.rounded(change(entry.score), isNarrow)
      if score.isNaN { throw .notANumber(place: 0) }
      if score != (up ? -Double.infinity : .infinity) { result.append(Entry(score: score, node: entry.node)) }
    }
    return result
  }

  package mutating func sum(_ a: List, _ b: List, up: Bool, isNarrow: Bool) throws(PathFailure) -> List {
    if a.isEmpty || b.isEmpty { return [] }
    if b.count == 1 && b[0].node < 0 {
      let score = b[0].score
      return try mapped(a, up: up, isNarrow: isNarrow) { $0 + score }
    }
    if a.count == 1 && a[0].node < 0 {
      let score = a[0].score
      return try mapped(b, up: up, isNarrow: isNarrow) { score + $0 }
    }
    var result: List = []
    var heap = PairHeap(up: up)
    func score(_ i: Int, _ j: Int) -> Double { BestPaths.rounded(a[i].score + b[j].score, isNarrow) }
    heap.push(score(0, 0), 0, 0)
    while result.count < most, let (best, i, j) = heap.pop() {
      if result.count & 1023 == 1023 { try check() }
      if best.isNaN { throw .notANumber(place: 0) }
      if best == (up ? -Double.infinity : .infinity) { break }
      made.append(Made(kind: .pair, a: a[i].node, b: b[j].node))
      result.append(Entry(score: best, node: Int32(truncatingIfNeeded: made.count - 1)))
      // Each pair has one neighbour that brings it in: (i, j) comes from (i, j - 1), (i, 0) from (i - 1, 0).
      if j + 1 < b.count { heap.push(score(i, j + 1), i, j + 1) }
      if j == 0 && i + 1 < a.count { heap.push(score(i + 1, 0), i + 1, 0) }
    }
    return result
  }

  private func check() throws(PathFailure) {
    if control.isCancelled { throw .cancelled }
    let bytes = scores.count * 16 + decisions.count * 4 + starts.count * 12 + made.count * 28
    if bytes > limit { throw .memory(bytes: bytes) }
  }

  package mutating func term(_ list: List, _ name: [Int32]) -> List {
    if list.isEmpty { return list }
    let place = Int32(truncatingIfNeeded: names.count)
    names.append(Int32(truncatingIfNeeded: name.count))
    names += name
    return list.map { entry in
      made.append(Made(kind: .term, a: entry.node, b: place))
      return Entry(score: entry.score, node: Int32(truncatingIfNeeded: made.count - 1))
    }
  }

  package mutating func merge(_ more: List, into list: inout List, up: Bool) {
    if list.isEmpty {
      list = more
      return
    }
    if more.count > 4 {
      list = merged(list, more, up)
      return
    }
    for entry in more {
      if list.count >= most, !isBetter(entry.score, list[list.count - 1].score, up) { return }
      var place = list.count
      while place > 0, isBetter(entry.score, list[place - 1].score, up) { place -= 1 }
      list.insert(entry, at: place)
      if list.count > most { list.removeLast() }
    }
  }

  /// Of equal ones those of `a` come first.
  private func merged(_ a: List, _ b: List, _ up: Bool) -> List {
    let count = min(most, a.count + b.count)
    var result: List = []
    result.reserveCapacity(count)
    var (i, j) = (0, 0)
    while result.count < count {
      if j >= b.count || (i < a.count && !isBetter(b[j].score, a[i].score, up)) {
        result.append(a[i])
        i += 1
      } else {
        result.append(b[j])
        j += 1
      }
    }
    return result
  }

  // MARK: Keeping lists

  package mutating func reserve(_ count: Int) -> Int {
    let first = starts.count
    starts.append(contentsOf: repeatElement(0, count: count))
    lengths.append(contentsOf: repeatElement(0, count: count))
    return first
  }

  package mutating func keep(_ list: List, at number: Int) throws(PathFailure) {
    starts[number] = scores.count
    lengths[number] = Int32(truncatingIfNeeded: list.count)
    for entry in list {
      scores.append(entry.score)
      lines.append(decisions.count)
      flatten(entry.node)
    }
    made.removeAll(keepingCapacity: true)
    names.removeAll(keepingCapacity: true)
    if number & 63 == 63 || list.count > 1000 { try check() }
  }

  private mutating func flatten(_ node: Int32) {
    var open = [node]
    while let next = open.popLast() {
      if next < 0 { continue }
      let node = made[Int(next)]
      switch node.kind {
      case .rank: decisions.append(node.a)
      case .pair: open += [node.b, node.a]
      case .term:
        let count = Int(names[Int(node.b)])
        decisions += names[Int(node.b) + 1..<Int(node.b) + 1 + count]
        open.append(node.a)
      }
    }
  }

  package mutating func kept(_ number: Int) -> List {
    let start = starts[number]
    return (0..<Int(lengths[number])).map { rank in
      made.append(Made(kind: .rank, a: Int32(rank), b: 0))
      return Entry(score: scores[start + rank], node: Int32(truncatingIfNeeded: made.count - 1))
    }
  }

  // MARK: Reading them

  package func count(_ number: Int) -> Int { Int(lengths[number]) }
  package func score(_ number: Int, _ rank: Int) -> Double { scores[starts[number] + rank] }
  package func decisions(_ number: Int, _ rank: Int) -> Decisions {
    Decisions(numbers: decisions, next: lines[starts[number] + rank])
  }
}

/// What was decided on the way to one alternative, read from front to back.
package struct Decisions {
  let numbers: [Int32]
  var next: Int

  package mutating func take() -> Int {
    defer { next += 1 }
    return next < numbers.count ? Int(numbers[next]) : 0
  }
}

/// Pairs of ranks, the best first; of equal ones that of the lower first rank, then of the lower second.
private struct PairHeap {
  private var items: [(score: Double, i: Int, j: Int)] = []
  let up: Bool

  init(up: Bool) { self.up = up }

  private func isBefore(_ x: Int, _ y: Int) -> Bool {
    let (a, b) = (items[x], items[y])
    if a.score != b.score { return up ? a.score > b.score : a.score < b.score }
    return (a.i, a.j) < (b.i, b.j)
  }

  mutating func push(_ score: Double, _ i: Int, _ j: Int) {
    items.append((score, i, j))
    var place = items.count - 1
    while place > 0, isBefore(place, (place - 1) / 2) {
      items.swapAt(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  mutating func pop() -> (Double, Int, Int)? {
    guard let top = items.first, let last = items.popLast() else { return nil }
    if items.isEmpty { return top }
    items[0] = last
    var place = 0
    while true {
      var first = place
      for child in [2 * place + 1, 2 * place + 2] where child < items.count && isBefore(child, first) { first = child }
      if first == place { return top }
      items.swapAt(place, first)
      place = first
    }
  }
}
