// Recurrences a segment of the outermost walk at a time, so that what one segment leaves behind need not stay.
//
// Derivatives of tables are there for the segment at hand and what it reads in front of it; the way back goes from the last
// segment to the first.
//
// With `remat` the tables themselves are not kept either, but for the last cells of each segment, which the next one reads;
// the way back computes each segment again from the cells in front of it. With segments of about the square root of the
// length memory grows with that root, for one more pass forward. (Griewank, Achieving logarithmic growth of temporal and
// spatial complexity in reverse automatic differentiation, 1992: the case of one level.)
//
// A segment's cells lie in a buffer, and tables are addressed from where they would begin if the whole of them were there: so
// the code of a clause does not know. Positions are counted along the walk; an axis that is walked down has its last
// index at position 0.
import KernelTypes
import Kernels

package struct Segments: Hashable, Sendable {
  package let axis: Int
  let direction: Int
  /// Positions along the axis.
  let positions: Int
  /// Positions back that cells read.
  let reach: Int
  let length: Int
  /// Cells of each table at one position of one instance, and instances.
  let rowCells: [Int]
  private let instances: Int

  /// Shorter segments cost more to begin than they save; those whose cells fit into a cache cost nothing.
  private static let shortest = 64
  private static let shortestInCache = 256
  private static let cachedCells = 1 << 16

  /// nil where the outermost walk is not in front in memory.
  /// `isFine`: as short as is best for memory.
  init?(_ program: Program, _ schedule: Schedule, space: [Int], isFine: Bool) {
    guard let walk = schedule.walks.first ?? schedule.diagonal.first, program.dtype.isFloat,
      schedule.tested.allSatisfy(\.isEmpty), schedule.parallel == Array(0..<walk.axis),
      program.tables.allSatisfy({ table in
        (0...walk.axis).allSatisfy { table.sizes[$0] == space[$0] }
      })
    else { return nil }
    let axis = walk.axis
    self.axis = axis
    direction = walk.direction
    positions = space[axis]
    if positions == 0 { return nil }
    var back = 1
    for clause in program.clauses {
      let bounds = Bounds(clause, sizes: program.tables[clause.table].sizes)
      for read in clause.reads {
        guard case .table = read.source else { continue }
        guard case .affine(let e) = read.indices[axis] else { return nil }
        back = max(back, -bounds.least((e - .variable(axis)) * direction))
      }
    }
    rowCells = program.tables.map { $0.sizes[(axis + 1)...].reduce(1, *) }
    var shortest = Segments.shortest
    if !isFine {
      shortest = max(Segments.shortestInCache, Segments.cachedCells / max(1, rowCells.reduce(0, +)))
    }
    let root = Int(Double(positions * back).squareRoot())
    length = max(1, min(positions, max(shortest, root, back)))
    // One segment has nothing in front of it.
    reach = positions > length ? back : 0
    instances = space[..<axis].reduce(1, *)
  }

  package var count: Int { (positions + length - 1) / length }

  /// Cells in the memory of a segment, and of what is carried.
  package var bufferCells: Int { (length + 2 * reach) * rowCells.reduce(0, +) }

  /// Whether anything is gained by not keeping tables.
  package var savesMemory: Bool { positions >= 2 * length }

  /// Cells of a table with `indices` along the axis.
  package func cells(_ table: Int, _ indices: Range<Int>) -> Int { instances * indices.count * rowCells[table] }

  /// Cells that are kept for the way back.
  package var checkpointCells: Int { instances * (count - 1) * reach * rowCells.reduce(0, +) }

  func positions(_ segment: Int) -> Range<Int> {
    segment * length..<min(positions, (segment + 1) * length)
  }
  /// Positions as indices, and the other way round.
  func mirrored(_ range: Range<Int>) -> Range<Int> {
    direction > 0 ? range : (positions - range.upperBound)..<(positions - range.lowerBound)
  }
}

/// A box of a table's cells, row-major: values that are wanted, or the derivative that arrives there (elsewhere it is 0).
package struct TableBox: Hashable, Sendable {
  package var table: Int
  package var starts: [Int]
  package var sizes: [Int]
  package var count: Int { sizes.reduce(1, *) }

  package init(table: Int, starts: [Int], sizes: [Int]) {
    self.table = table
    self.starts = starts
    self.sizes = sizes
  }
}
