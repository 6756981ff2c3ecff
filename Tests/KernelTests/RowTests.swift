// Softmax and relatives, positions of extremes, running sums, at every level and against plain definitions.
import Foundation
import KernelTypes
import Kernels
import XCTest

final class RowTests: XCTestCase {
  func testSoftmaxAndRelatives() throws {
    for (rows, columns) in [(1, 1), (5, 10), (64, 10), (3, 16), (4, 17), (2, 784), (3, 1500)] {
      var random = TestRandom(UInt64(columns))
      let x = (0..<rows * columns).map { _ in Double.random(in: -30...30, using: &random) }
      for table in Kernels.allTables {
        for type in [DType.f32, .f64] {
          let input = type == .f32 ? Block(x.map { Float($0) }) : Block(x)
          let exact = type == .f32 ? x.map { Double(Float($0)) } : x
          let accuracy = type == .f32 ? 3e-6 : 1e-13
          func run(_ op: RowOp, _ width: Int) throws -> [Double] {
            let out = Block(bytes: rows * columns * 8)
            let kernel = try XCTUnwrap(table.rows[KernelTable.index(op, type)])
            withExtendedLifetime((input, out)) { kernel(out.address, input.pointer, rows, columns) }
            return type == .f32
              ? out.array(Float.self, rows * width).map { Double($0) } : out.array(Double.self, rows * width)
          }
          let soft = try run(.softmax, columns)
          let logSoft = try run(.logSoftmax, columns)
          let level = try run(.logSumExp, 1)
          let running = try run(.cumulativeSum, columns)
          for row in 0..<rows {
            let values = Array(exact[row * columns..<(row + 1) * columns])
            let top = values.max() ?? 0
            let want = top + log(values.reduce(0) { $0 + exp($1 - top) })
            XCTAssertEqual(level[row], want, accuracy: accuracy * 30)
            var sum = 0.0
            for column in 0..<columns {
              let at = row * columns + column
              XCTAssertEqual(soft[at], exp(values[column] - want), accuracy: accuracy)
              XCTAssertEqual(logSoft[at], values[column] - want, accuracy: accuracy * 30)
              sum += values[column]
              XCTAssertEqual(running[at], sum, accuracy: accuracy * 1000)
            }
          }
        }
      }
    }
  }

  func testRowsWithoutWeight() throws {
    let x: [Float] = [-.infinity, -.infinity, 1, -.infinity, .infinity, 0, .nan, 1]
    let input = Block(x)
    for table in Kernels.allTables {
      let kernel = try XCTUnwrap(table.rows[KernelTable.index(.logSumExp, .f32)])
      let out = Block(bytes: 64)
      withExtendedLifetime((input, out)) { kernel(out.address, input.pointer, 4, 2) }
      let y = out.array(Float.self, 4)
      XCTAssertEqual(y[0], -.infinity)
      XCTAssertEqual(y[1], 1)
      XCTAssertEqual(y[2], .infinity)
      XCTAssertTrue(y[3].isNaN)
    }
  }

  func testPositionsOfExtremes() {
    let control = RunControl(pool: Pool(threads: 2))
    func positions<T>(_ max: Bool, _ type: DType, _ x: [T], _ columns: Int) -> [Int64] {
      let rows = x.count / columns
      let input = Block(x)
      let out = Block(bytes: rows * 8)
      let outcome = withExtendedLifetime((input, out)) {
        Kernels.argReduce(
          max: max, type, rows: rows, columns: columns, from: input.pointer,
          into: out.address.assumingMemoryBound(to: Int64.self), control: control)
      }
      XCTAssertEqual(outcome, .done)
      return out.array(Int64.self, rows)
    }
    XCTAssertEqual(positions(true, .f32, [1, 3, 3, 2, 0, .nan, 1, .nan] as [Float], 4), [1, 1])
    XCTAssertEqual(positions(false, .f64, [1, 0, 0, 2, -1, 5] as [Double], 3), [1, 1])
    XCTAssertEqual(positions(true, .i64, [Int64.min, 4, .max, .max], 4), [2])
    XCTAssertEqual(positions(true, .bool, [0, 1, 1, 0] as [UInt8], 2), [1, 0])
  }

  func testRunningSumsOfIntegers() {
    let x = Block([1, 2, 3, 4, Int64.max, 1]), y = Block(bytes: 48)
    withExtendedLifetime((x, y)) {
      let from = x.address.assumingMemoryBound(to: Int64.self), to = y.address.assumingMemoryBound(to: Int64.self)
      XCTAssertEqual(Kernels.cumulativeSumInteger(rows: 2, columns: 2, from: from, into: to), .done)
      XCTAssertEqual(y.array(Int64.self, 4), [1, 3, 3, 7])
      XCTAssertEqual(
        Kernels.cumulativeSumInteger(rows: 3, columns: 2, from: from, into: to),
        .failed(position: 5, reason: .overflow, instruction: -1))
    }
  }
}
