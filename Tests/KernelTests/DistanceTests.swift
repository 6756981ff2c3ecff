// Squared distances at every level: values have the bits of plain loops, derivatives are near those of sums in doubles.
import KernelTypes
import Kernels
import Testing

@Suite struct DistanceTests {
  private func check<T: BinaryFloatingPoint>(_ table: KernelTable, _ type: DType, _: T.Type, tolerance: Double) throws {
    let kernel = try #require(table.distances[Int(type.rawValue)])
    let adjoint = try #require(table.distancesAdjoint[Int(type.rawValue)])
    for (rows, columns, pointRow) in [(1, 1, 1), (3, 7, 2), (8, 16, 1), (5, 33, 1), (8, 64, 3), (2, 47, 1)] {
      let pitch = (columns + 15) & ~15 + 16
      func random(_ count: Int) -> [T] { (0..<count).map { _ in T(Float.random(in: -2...2)) } }
      let (point, others, seed) = (random(rows * pointRow), random(rows * pitch), random(pitch))
      let (p, o, s) = (Block(point), Block(others), Block(seed))
      let out = Block(Array(repeating: T(0), count: pitch))
      let dpoint = Block(Array(repeating: T(1), count: rows * pointRow))
      let shares = Block(Array(repeating: T(0), count: rows * pitch))
      kernel(out.address, p.pointer, pointRow, o.pointer, pitch, rows, columns)
      adjoint(
        dpoint.address, shares.address, pitch, s.pointer, p.pointer, pointRow, o.pointer, pitch, rows, columns)
      let (values, shared) = (out.array(T.self, columns), shares.array(T.self, rows * pitch))
      for c in 0..<columns {
        var sum = T(0)
        for r in 0..<rows {
          let d = point[r * pointRow] - others[r * pitch + c]
          sum += d * d
          #expect(abs(Double(shared[r * pitch + c]) + 2 * Double(seed[c] * d)) < tolerance)
        }
        #expect(values[c] == sum)
      }
      let moved = dpoint.array(T.self, rows * pointRow)
      for r in 0..<rows {
        let want = (0..<columns).reduce(1.0) {
          $0 + 2 * Double(seed[$1]) * (Double(point[r * pointRow]) - Double(others[r * pitch + $1]))
        }
        #expect(abs(Double(moved[r * pointRow]) - want) < tolerance * Double(columns))
      }
      withExtendedLifetime((p, o, s)) {}
    }
  }

  @Test func areSumsOfSquares() throws {
    for table in Kernels.allTables {
      try check(table, .f32, Float.self, tolerance: 1e-5)
      try check(table, .f64, Double.self, tolerance: 1e-13)
    }
  }
}
