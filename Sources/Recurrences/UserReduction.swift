// Reductions that a script defines by functions: of the terms' value, of their weights (its gradient), and of how the
// weights change along a direction (its second-order product).
//
// A program with such an operator runs on the script's own thread, in one part, at the moment when it is recorded: what
// it calls runs scripts, which record and compute in the same graph (see Graph+UserReductions). The executor calls the
// three functions where it would call a kernel, one lane at a time; the terms that are left out of a lane do not reach
// them. So they see plain lists of numbers, and a failure of theirs stops the run and is kept here until it is raised.
import KernelTypes
import Synchronization

package final class UserReduction: @unchecked Sendable, Hashable {
  package typealias Body = (_ terms: [Double], _ directions: [Double], _ type: DType) throws -> [Double]

  /// What operators call it (`ReductionOperator.Kind.user`).
  package let id: Int
  /// The value of nothing. If it is infinite, terms of this value are left out.
  package let empty: Double
  /// The value of one or more terms, as a list of one.
  private let value: Body
  private let gradient: Body
  private let second: Body
  /// Why a run was stopped.
  package private(set) var failure: (any Error)?
  /// Terms, as long as their weights are asked for, lane by lane.
  private var terms: [[Double]] = []
  private static let nextID = Atomic<Int>(1)

  package init(empty: Double, value: @escaping Body, gradient: @escaping Body, second: @escaping Body) {
    id = UserReduction.nextID.wrappingAdd(1, ordering: .relaxed).oldValue
    self.empty = empty
    self.value = value
    self.gradient = gradient
    self.second = second
  }

  package static func == (a: UserReduction, b: UserReduction) -> Bool { a === b }
  package func hash(into hasher: inout Hasher) { hasher.combine(id) }

  /// Forgets the failure of an earlier run, and gives it.
  package func takeFailure() -> (any Error)? {
    defer { failure = nil }
    return failure
  }

  /// Stands in rows where a term does not count: a NaN that no arithmetic makes.
  static func absent(_ type: DType) -> UInt64 { type == .f32 ? 0x7FC5_A1D3 : 0x7FF8_5A1D_3C96_E7B2 }

  private func call(_ body: Body, _ terms: [Double], _ directions: [Double], _ type: DType) -> [Double]? {
    // After a failure the run only ends.
    if failure != nil { return nil }
    do { return try body(terms, directions, type) } catch {
      failure = error
      return nil
    }
  }

  // MARK: Columns

  /// A lane of rows: where its terms are, and their values.
  private func column(_ rows: Rows, _ lane: Int) -> (places: [Int], terms: [Double]) {
    var (places, terms): ([Int], [Double]) = ([], [])
    for row in 0..<rows.count where !rows.isAbsent(row, lane) {
      let term = rows[row, lane]
      if term == empty && empty.isInfinite { continue }
      places.append(row)
      terms.append(term)
    }
    return (places, terms)
  }

  /// False when a function failed.
  func values(_ rows: Rows, into out: UnsafeMutableRawPointer) -> Bool {
    for lane in 0..<rows.lanes {
      let terms = column(rows, lane).terms
      guard let result = terms.isEmpty ? [empty] : call(value, terms, [], rows.type) else { return false }
      Rows(out, rows.type, 1, rows.pitch, rows.lanes)[0, lane] = result[0]
    }
    return true
  }

  /// Turns terms into weights; keeps the terms if their change may be asked for.
  func weights(_ rows: Rows, keepsTerms: Bool) -> Bool {
    terms.removeAll(keepingCapacity: true)
    for lane in 0..<rows.lanes {
      let (places, terms) = column(rows, lane)
      guard let result = terms.isEmpty ? [] : call(gradient, terms, [], rows.type) else { return false }
      if keepsTerms {
        var all = Array(repeating: Double.nan, count: rows.count)
        for (place, term) in zip(places, terms) { all[place] = term }
        self.terms.append(all)
      }
      for row in 0..<rows.count { rows[row, lane] = 0 }
      for (place, weight) in zip(places, result) { rows[place, lane] = weight }
    }
    return true
  }

  /// From weights and tangents of terms: the tangent of the value, and those of the weights.
  func product(
    _ weights: Rows, _ tangents: Rows, _ valueDot: UnsafeMutableRawPointer?, _ weightsDot: UnsafeMutableRawPointer?
  ) -> Bool {
    // A function may use the reduction itself.
    let terms = terms
    for lane in 0..<weights.lanes {
      if let valueDot {
        var sum = 0.0
        for row in 0..<weights.count where weights[row, lane] != 0 { sum += weights[row, lane] * tangents[row, lane] }
        Rows(valueDot, weights.type, 1, weights.pitch, weights.lanes)[0, lane] = sum
      }
      guard let weightsDot, lane < terms.count else { continue }
      let places = (0..<weights.count).filter { !terms[lane][$0].isNaN }
      let directions = places.map { tangents[$0, lane] }
      let kept = places.map { terms[lane][$0] }
      guard let result = kept.isEmpty ? [] : call(second, kept, directions, weights.type) else { return false }
      let out = Rows(weightsDot, weights.type, weights.count, weights.pitch, weights.lanes)
      for row in 0..<weights.count { out[row, lane] = 0 }
      for (place, tangent) in zip(places, result) { out[place, lane] = tangent }
    }
    return true
  }

  /// Rows of terms, one column a lane.
  struct Rows {
    let memory: UnsafeMutableRawPointer
    let type: DType
    let count: Int
    let pitch: Int
    let lanes: Int

    init(_ memory: UnsafeMutableRawPointer, _ type: DType, _ count: Int, _ pitch: Int, _ lanes: Int) {
      self.memory = memory
      self.type = type
      self.count = count
      self.pitch = pitch
      self.lanes = lanes
    }

    func isAbsent(_ row: Int, _ lane: Int) -> Bool {
      Lanes.bits(memory + (row * pitch + lane) * type.size, type.size) == UserReduction.absent(type)
    }

    subscript(row: Int, lane: Int) -> Double {
      get {
        type == .f32
          ? Double(memory.assumingMemoryBound(to: Float.self)[row * pitch + lane])
          : memory.assumingMemoryBound(to: Double.self)[row * pitch + lane]
      }
      nonmutating set {
        if type == .f32 {
          memory.assumingMemoryBound(to: Float.self)[row * pitch + lane] = Float(newValue)
        } else {
          memory.assumingMemoryBound(to: Double.self)[row * pitch + lane] = newValue
        }
      }
    }
  }
}

extension Program {
  /// Has reductions that scripts define.
  package var callsFunctions: Bool { !functions.isEmpty }
}

extension Frame {
  /// The functions of an operator, if scripts define it.
  @inline(__always) func function(of operation: ReductionOperator) -> UserReduction? {
    guard case .user(let id) = operation.kind else { return nil }
    return functions.first { $0.id == id }
  }

  func fail(_ reduction: UnsafePointer<ReductionCode>, unless isDone: Bool) {
    if !isDone { failure = .function(place: reduction.pointee.place) }
  }
}
