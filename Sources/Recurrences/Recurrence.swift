// A program that is ready to run: its schedule, and its clauses in the four forms (values, derivatives back, and both with
// tangents), each compiled when it is first wanted. One recurrence may run on several threads at once; what a run writes
// is in `RunMemory` and in the frames of its parts.
import KernelTypes
import Kernels
import Synchronization

package final class Recurrence: @unchecked Sendable {
  package enum Form: Int, Sendable {
    /// Fills tables from inputs.
    case values
    /// Adds derivatives of inputs up from those of tables (which it changes on the way).
    case adjoint
    /// Fills tangents of tables from those of inputs.
    case tangent
    /// The tangents of what `adjoint` gives.
    case adjointTangent
  }

  package let program: Program
  /// Sizes of the space that all tables lie in.
  let space: [Int]
  package let schedule: Schedule
  /// How the outermost walk is cut; nil where it can't be.
  package let segments: Segments?
  /// For tables that are not kept.
  package let fineSegments: Segments?
  /// Whether cells read cells.
  package let readsTables: Bool
  /// How far diagonals reach, where they are kept in rings.
  let reach: WavefrontReach?
  /// How each head index moves from lane to lane.
  let directions: [Int]
  /// Tells recurrences apart; equal programs of one graph share one.
  package let id: Int
  private static let nextID = Atomic<Int>(1)
  /// A form, and the inputs whose derivatives it makes.
  private struct Version: Hashable {
    let form: Form
    let wanted: UInt64
  }
  private let lock = Mutex<[Version: [ClauseCode]]>([:])

  package init(_ program: Program) throws(ProgramError) {
    self.program = program
    let rank = program.tables.first?.sizes.count ?? 0
    for table in program.tables where table.sizes.count != rank { throw ProgramError.differentRanks(place: 0) }
    var space = program.tables.first?.sizes ?? []
    for table in program.tables { for axis in space.indices { space[axis] = max(space[axis], table.sizes[axis]) } }
    self.space = space
    schedule = try Schedule(program, space: space)
    segments = Segments(program, schedule, space: space, isFine: false)
    fineSegments = Segments(program, schedule, space: space, isFine: true)
    readsTables = program.clauses.contains { clause in
      clause.reads.contains { if case .table = $0.source { true } else { false } }
    }
    reach = WavefrontReach(program, schedule)
    var directions = Array(repeating: 0, count: rank)
    switch schedule.lanes {
    case .none: break
    case .axis(let axis): directions[axis] = 1
    case .diagonal:
      directions[schedule.diagonal[0].axis] = schedule.diagonal[0].direction
      directions[schedule.diagonal[1].axis] = -schedule.diagonal[1].direction
    }
    self.directions = directions
    id = Recurrence.nextID.wrappingAdd(1, ordering: .relaxed).oldValue
  }

  /// Cells of all tables.
  package var cellCount: Int { program.tables.reduce(0) { $0 + $1.count } }

  /// Whether derivatives flow to an input.
  package func isDifferentiable(_ input: Int) -> Bool { program.inputs[input].dtype.isFloat && program.dtype.isFloat }

  /// Whether its values decide if it can be computed.
  package var mayFail: Bool {
    let covers = program.tables.indices.allSatisfy { table in
      program.clauses.contains { $0.table == table && $0.match.isTrivial }
    }
    return !covers
      || clauses(.values, wanted: 0).contains { clause in
        clause.reads.contains { $0.isTested || $0.hasValues || ($0.isChecked && !$0.leavesOut) }
          || clause.types.contains(.i64)
      }
  }

  func clauses(_ form: Form, wanted: UInt64) -> [ClauseCode] {
    let walked = schedule.walks.map(\.axis) + schedule.free
    let innermost = walked.last ?? schedule.parallel.last
    let version = Version(form: form, wanted: form == .values || form == .tangent ? 0 : wanted)
    return lock.withLock { forms in
      if let known = forms[version] { return known }
      let made = program.clauses.enumerated().map { index, clause in
        let cell: CellClause
        switch form {
        case .values: cell = CellClause(clause)
        case .adjoint: cell = Adjoint.make(clause, program, wanted: version.wanted)
        case .tangent: cell = Tangent.make(CellClause(clause))
        case .adjointTangent: cell = Tangent.make(Adjoint.make(clause, program, wanted: version.wanted))
        }
        return ClauseCode(
          cell, program, directions: directions, tested: schedule.tested[index], walked: walked, innermost: innermost,
          parallel: schedule.parallel, rings: reach?.rings(clause, index, tables: program.tables.count) ?? [])
      }
      forms[version] = made
      return made
    }
  }

  /// What the clauses touch of a tensor that they read in rings.
  func kinds(of plane: Int, _ form: Form, wanted: UInt64) -> RingKinds {
    clauses(form, wanted: wanted).reduce(into: []) { kinds, clause in
      for ring in clause.rings where ring.entry == program.tables.count + plane { kinds.formUnion(ring.kinds) }
    }
  }

  static func lanes(rows: Int) -> Int { max(16, min(512, 16_384 / max(1, rows) / 16 * 16)) }

  /// Lanes that cells are computed in: rows of a reduction should stay in the first cache, and no line is longer.
  func lanes(_ form: Form, wanted: UInt64) -> Int {
    let rows = clauses(form, wanted: wanted).reduce(1) { max($0, $1.rows) }
    let longest =
      switch schedule.lanes {
      case .none: 1
      case .axis(let axis): space[axis]
      case .diagonal(let first, let second): max(space[first], space[second])
      }
    return min(Recurrence.lanes(rows: rows), (max(1, longest) + 15) & ~15)
  }

  /// Instances of the parallel axes that go side by side (see Walker+Chains).
  func chains(_ form: Form, wanted: UInt64) -> Int {
    guard form == .values || form == .adjoint, !schedule.parallel.isEmpty, case .axis = schedule.lanes,
      program.tables.allSatisfy({ table in
        table.band.isEmpty && schedule.parallel.allSatisfy { table.sizes[$0] == space[$0] }
      })
    else { return 1 }
    let clauses = clauses(form, wanted: wanted)
    let isUniform = clauses.allSatisfy { clause in
      clause.match.result < 0 && !clause.match.lines.contains { $0.involves(schedule.parallel) }
    }
    let hasProduct = clauses.contains { $0.parts.contains { $0.product != nil } }
    return hasProduct && isUniform && !mayFail ? mostLogProductChains : 1
  }

  /// Bytes that the registers, rows and buffers of a run take.
  package func frameBytes(_ form: Form, wanted: UInt64, threads: Int) -> Int {
    let lanes = lanes(form, wanted: wanted)
    let chains = chains(form, wanted: wanted)
    var bytes = clauses(form, wanted: wanted).reduce(0.0) { $0 + Frame.bytes($1, lanes: lanes) } * Double(chains)
    if readsTables, form == .adjoint || form == .adjointTangent, let segments {
      // Derivatives of tables, a segment at a time.
      bytes += Double(segments.bufferCells) * Double(program.dtype.size) * Double(form == .adjoint ? chains : 2)
    }
    bytes += Double(Wavefront.bytes(self, rows: Walker.stripRows))
    return Int(min(bytes * Double(max(1, threads)), 1e18))
  }

  /// Bands as code; their reads and values are their own.
  let bandCode = Mutex<[[ClauseCode]]?>(nil)
  func bands() -> [[ClauseCode]] {
    bandCode.withLock { known in
      if let known { return known }
      let made = program.tables.map { table in
        table.band.map { ClauseCode(CellClause($0), program, directions: directions, tested: [], isBand: true) }
      }
      known = made
      return made
    }
  }
}
