// The order of the cells. From the distances between a cell and the cells that it reads (as bounds of index expressions) it
// finds
//
// - parallel axes: every read stays at the same index, so the axis is a batch;
// - sequential axes, outermost first, each walked up or down: a read that goes strictly back along one of them is settled
//   by it, whatever it does further in;
// - lanes: an axis that is free once all reads are settled, or, where none is left, the anti-diagonals of the last two
//   sequential axes, if every read lies on an earlier one;
// - the order of tables within a cell.
//
// A read whose distance is not known before the run (it depends on data, or changes sign) is tested as it runs. Two reads
// that are known to go opposite ways, or a cell that reads itself, are a cycle.

package struct Schedule: Sendable {
  package enum Lanes: Equatable, Sendable {
    case none
    case axis(Int)
    /// Cells at which the sum of both indices, counted in the direction of their walk, is the same.
    case diagonal(Int, Int)
  }
  package struct Walk: Equatable, Sendable {
    package var axis: Int
    /// 1 up, -1 down.
    package var direction: Int
  }

  package private(set) var parallel: [Int] = []
  /// Some axis is a batch, also if it has become lanes.
  package private(set) var hasBatch = false
  /// The outermost first; those of a diagonal are not among them.
  package private(set) var walks: [Walk] = []
  /// Free axes that are not lanes.
  var free: [Int] = []
  package private(set) var lanes = Lanes.none
  var diagonal: [Walk] = []
  var tableOrder: [Int] = []
  /// Reads that are tested as they run, by clause.
  package private(set) var tested: [Set<Int>] = []

  /// An axis shorter than this makes poor lanes, if a longer one is free.
  private static let goodLanes = 16
}

/// A read of a table of the program, as distances along each axis.
private struct Dependence {
  var clause: Int
  var read: Int
  var from: Int
  var to: Int
  var place: Int
  /// Distance along each axis; nil if it depends on data.
  var distances: [Affine?]
  var bounds: Bounds

  func least(_ axis: Int, _ direction: Int = 1) -> Int? { distances[axis].map { bounds.least($0 * direction) } }
  func greatest(_ axis: Int, _ direction: Int = 1) -> Int? { distances[axis].map { bounds.greatest($0 * direction) } }
  func isZero(_ axis: Int) -> Bool { least(axis) == 0 && greatest(axis) == 0 }
}

extension Schedule {
  init(_ program: Program, space: [Int]) throws(ProgramError) {
    tested = program.clauses.map { _ in [] }
    var open = try Schedule.dependences(program, space)
    let all = open
    var axes = Array(space.indices)
    parallel = axes.filter { axis in open.allSatisfy { $0.isZero(axis) } }
    hasBatch = !parallel.isEmpty
    axes.removeAll { parallel.contains($0) }
    tableOrder = Array(program.tables.indices)
    try settle(&open, &axes, program, space)
    free = axes
    try orderTables(all, program)
    chooseLanes(all, program, space)
  }

  private static func dependences(_ program: Program, _ space: [Int]) throws(ProgramError) -> [Dependence] {
    var found: [Dependence] = []
    for (index, clause) in program.clauses.enumerated() {
      let bounds = Bounds(clause, sizes: program.tables[clause.table].sizes)
      for (number, read) in clause.reads.enumerated() {
        guard case .table(let table) = read.source else { continue }
        if read.indices.count != space.count { throw ProgramError.differentRanks(place: read.place) }
        let distances: [Affine?] = read.indices.enumerated().map { axis, e in
          guard case .affine(let e) = e else { return nil }
          return e - .variable(axis)
        }
        found.append(
          Dependence(
            clause: index, read: number, from: clause.table, to: table, place: read.place, distances: distances,
            bounds: bounds))
      }
    }
    return found
  }

  /// Takes axes until every read is settled.
  private mutating func settle(
    _ open: inout [Dependence], _ axes: inout [Int], _ program: Program, _ space: [Int]
  ) throws(ProgramError) {
    while true {
      // Reads within a cell are a matter of the tables' order: those that lie there once no walk tells them apart.
      let reads = open.filter { read in
        !space.indices.allSatisfy { axis in
          read.isZero(axis)
            || walks.contains { $0.axis == axis && (read.greatest(axis, $0.direction) ?? 1) <= 0 }
        }
      }
      if reads.isEmpty { return }
      if let walk = Schedule.walk(axes, reads) {
        walks.append(walk)
        axes.removeAll { $0 == walk.axis }
        open.removeAll { ($0.greatest(walk.axis, walk.direction) ?? 0) < 0 }
        continue
      }
      try Schedule.complain(reads, axes)
      // What is left depends on data: walked upwards and tested.
      for read in reads { tested[read.clause].insert(read.read) }
      for axis in axes where reads.contains(where: { !$0.isZero(axis) }) {
        let goesDown = reads.contains { ($0.least(axis) ?? 0) > 0 }
        walks.append(Walk(axis: axis, direction: goesDown ? -1 : 1))
      }
      axes.removeAll { axis in walks.contains { $0.axis == axis } }
      return
    }
  }

  /// An axis along which no open read goes forward, and some go back.
  private static func walk(_ axes: [Int], _ reads: [Dependence]) -> Walk? {
    for axis in axes {
      for direction in [1, -1] {
        let ends = reads.map { $0.greatest(axis, direction) }
        if ends.allSatisfy({ ($0 ?? 1) <= 0 }) && ends.contains(where: { ($0 ?? 0) < 0 }) {
          return Walk(axis: axis, direction: direction)
        }
      }
    }
    return nil
  }

  /// Throws if two reads are known to go opposite ways.
  private static func complain(_ reads: [Dependence], _ axes: [Int]) throws(ProgramError) {
    func isKnown(_ read: Dependence) -> Bool {
      axes.allSatisfy { axis in
        guard let least = read.least(axis), let greatest = read.greatest(axis) else { return false }
        return least >= 0 || greatest <= 0
      }
    }
    let known = reads.filter(isKnown)
    for axis in axes {
      let back = known.first { ($0.greatest(axis) ?? 0) < 0 }
      let forward = known.first { ($0.least(axis) ?? 0) > 0 }
      if let back, let forward { throw ProgramError.cycle(first: back.place, second: forward.place) }
    }
  }

  /// Tables that read each other within a cell.
  private mutating func orderTables(_ reads: [Dependence], _ program: Program) throws(ProgramError) {
    let within = reads.filter { read in
      if read.distances.indices.allSatisfy({ read.isZero($0) }) { return true }
      if read.from == read.to || tested[read.clause].contains(read.read) { return false }
      return read.distances.indices.allSatisfy { axis in
        guard let least = read.least(axis), let greatest = read.greatest(axis) else { return false }
        return least <= 0 && greatest >= 0
      }
    }
    var left = Array(program.tables.indices)
    tableOrder = []
    while !left.isEmpty {
      let next = left.first { table in !within.contains { $0.from == table && left.contains($0.to) } }
      guard let next else {
        let closing = within.filter { left.contains($0.from) && left.contains($0.to) }
        throw ProgramError.cycle(first: closing.first?.place ?? 0, second: closing.last?.place ?? 0)
      }
      tableOrder.append(next)
      left.removeAll { $0 == next }
    }
  }

  /// A batch becomes lanes where nothing else can: derivatives are added up in an order that depends on the lanes, and an
  /// item of a batch has the bits that it has alone.
  private mutating func chooseLanes(_ reads: [Dependence], _ program: Program, _ space: [Int]) {
    if let last = free.last, space[last] >= Schedule.goodLanes { return takeLanes(last) }
    if let longest = free.max(by: { space[$0] <= space[$1] }) { return takeLanes(longest) }
    if walks.count >= 2, let walk = walks.last, isDiagonal(reads) {
      let other = walks[walks.count - 2]
      diagonal = [other, walk]
      lanes = .diagonal(other.axis, walk.axis)
      walks.removeLast(2)
      return
    }
    let longestFirst = parallel.sorted { space[$0] != space[$1] ? space[$0] > space[$1] : $0 > $1 }
    let axis = longestFirst.first { !walks.isEmpty || $0 == space.count - 1 || Schedule.isElementwise($0, program) }
    if let axis { takeLanes(axis) }
  }

  /// Whether the derivative of what is read at an axis' index needs no sum over other axes.
  private static func isElementwise(_ axis: Int, _ program: Program) -> Bool {
    program.clauses.allSatisfy { clause in
      clause.reads.allSatisfy { read in
        guard case .input(let input) = read.source, program.inputs[input].dtype.isFloat else { return true }
        let indices = read.indices.map { if case .affine(let e) = $0 { e } else { Affine(0) } }
        if indices.allSatisfy({ $0.factor(axis) == 0 }) { return true }
        return program.tables[clause.table].sizes.indices.allSatisfy { other in
          indices.contains { $0.soleVariable == other }
        }
      }
    }
  }

  private mutating func takeLanes(_ axis: Int) {
    lanes = .axis(axis)
    free.removeAll { $0 == axis }
    parallel.removeAll { $0 == axis }
  }

  /// Whether every read that the outer walks leave open lies on an earlier anti-diagonal of the last two.
  private func isDiagonal(_ reads: [Dependence]) -> Bool {
    let (p, q) = (walks[walks.count - 2], walks[walks.count - 1])
    let outer = walks.dropLast(2)
    return reads.allSatisfy { read in
      if read.distances.indices.allSatisfy({ read.isZero($0) }) { return true }
      if tested[read.clause].contains(read.read) { return false }
      if outer.contains(where: { (read.greatest($0.axis, $0.direction) ?? 0) < 0 }) { return true }
      guard let a = read.distances[p.axis], let b = read.distances[q.axis] else { return false }
      return read.bounds.greatest(a * p.direction + b * q.direction) < 0
    }
  }
}
