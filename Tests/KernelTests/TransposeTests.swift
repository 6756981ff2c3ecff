// Tiles whose rows become columns, at every level, with steps of either sign.
import KernelTypes
import Kernels
import Testing

@Suite struct TransposeTests {
  private func check<T: BinaryFloatingPoint & Sendable>(_ table: KernelTable, _ type: DType, _: T.Type) throws {
    let kernel = try #require(table.transpose[Int(type.rawValue)])
    let side = transposedTile(size: MemoryLayout<T>.size)
    let size = MemoryLayout<T>.size
    for (fromStep, toStep, tiles) in [(40, 37, 1), (90, -50, 3), (-61, 44, 2)] {
      let room = 64 * 200
      let source = (0..<room).map { T($0) }
      let (from, to) = (Block(source), Block(Array(repeating: T(-1), count: room)))
      let (fromStart, toStart) = (room / 2, room / 2)
      let (fromNext, toNext) = (side * fromStep, side)
      for adds in [false, true] {
        kernel(
          to.address + toStart * size, toStep, toNext, from.pointer + fromStart * size, fromStep, fromNext, tiles,
          fromStep, adds)
        let result = to.array(T.self, room)
        var touched = 0
        for tile in 0..<tiles {
          for row in 0..<side {
            for column in 0..<side {
              let value = source[fromStart + tile * fromNext + column * fromStep + row]
              let found = result[toStart + tile * toNext + column + row * toStep]
              #expect(found == (adds ? 2 * value : value))
              touched += 1
            }
          }
        }
        #expect(result.filter { $0 != -1 }.count == touched)
      }
      withExtendedLifetime((from, to)) {}
    }
  }

  @Test func rowsBecomeColumns() throws {
    for table in Kernels.allTables {
      try check(table, .f32, Float.self)
      try check(table, .f64, Double.self)
    }
  }
}
