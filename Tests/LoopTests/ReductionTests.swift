// Reductions against plain sums, their order, and their failures.
import KernelTypes
import Kernels
import Loops
import XCTest

final class ReductionTests: XCTestCase {
  private func reduce(_ op: ReduceOp, _ data: Data, _ space: [Int], _ axes: ReduceAxes, _ pool: Pool = .shared) throws
    -> (KernelOutcome, Data)
  {
    var loop = LoopCase(space: space)
    loop.inputs = [(data, contiguousStrides(space))]
    loop.outputs = [LoopOutput(value: 0, dtype: data.type, kind: .reduce(op))]
    loop.reduce = axes
    let (outcome, results) = try loop.run(pool: pool)
    return (outcome, results[0])
  }

  func testSumsAreAccurateAndIndependentOfThreads() throws {
    let pool = Pool(threads: 2)
    for count in [1, 2, 15, 16, 17, 63, 64, 511, 512, 513, 16384, 16385, 100_003, 1_000_000] {
      var random = LoopRandom(UInt64(count))
      let x = (0..<count).map { _ in Float.random(in: 0...1, using: &random) }
      let (_, one) = try reduce(.sum, Data(x), [count], .all)
      let (_, two) = try reduce(.sum, Data(x), [count], .all, pool)
      XCTAssertEqual(one, two)
      let want = x.reduce(0.0) { $0 + Double($1) }
      XCTAssertEqual(Double(one.values(Float.self)[0]), want, accuracy: want * 3e-7)
      let (_, top) = try reduce(.max, Data(x), [count], .all)
      XCTAssertEqual(top.values(Float.self)[0], x.max())
    }
  }

  func testRowsAndColumns() throws {
    let pool = Pool(threads: 2)
    for (rows, columns) in [
      (1, 7), (7, 1), (64, 10), (10, 300), (5, 2000), (700, 33), (1030, 256), (3000, 5), (64, 784),
    ] {
      var random = LoopRandom(UInt64(rows * 10_000 + columns))
      let x = (0..<rows * columns).map { _ in Double.random(in: -1...1, using: &random) }
      for op in [ReduceOp.sum, .prod, .max, .min] {
        func fold(_ values: [Double]) -> Double {
          switch op {
          case .sum: return values.reduce(0, +)
          case .prod: return values.reduce(1, *)
          case .max: return values.max() ?? 0
          default: return values.min() ?? 0
          }
        }
        for (data, accuracy) in [(Data(x), 1e-12), (Data(x.map { Float($0) }), 2e-5)] {
          let (_, byRow) = try reduce(op, data, [rows, columns], .trailing(1))
          let (_, byRow2) = try reduce(op, data, [rows, columns], .trailing(1), pool)
          let (_, byColumn) = try reduce(op, data, [rows, columns], .leading(1))
          let (_, byColumn2) = try reduce(op, data, [rows, columns], .leading(1), pool)
          XCTAssertEqual(byRow, byRow2)
          XCTAssertEqual(byColumn, byColumn2)
          func doubles(_ d: Data) -> [Double] {
            d.type == .f64 ? d.values(Double.self) : d.values(Float.self).map { Double($0) }
          }
          for row in 0..<rows {
            XCTAssertEqual(
              doubles(byRow)[row], fold(Array(x[row * columns..<(row + 1) * columns])), accuracy: accuracy, "\(op)")
          }
          for column in 0..<columns {
            XCTAssertEqual(
              doubles(byColumn)[column], fold((0..<rows).map { x[$0 * columns + column] }), accuracy: accuracy, "\(op)")
          }
        }
      }
    }
  }

  func testIntegersAndBooleans() throws {
    let x: [Int64] = (0..<1000).map { Int64($0 * 37 % 101) - 50 }
    XCTAssertEqual(try reduce(.sum, Data(x), [1000], .all).1.values(Int64.self), [x.reduce(0, +)])
    XCTAssertEqual(try reduce(.max, Data(x), [1000], .all).1.values(Int64.self), [x.max() ?? 0])
    XCTAssertEqual(
      try reduce(.min, Data(x), [10, 100], .trailing(1)).1.values(Int64.self),
      (0..<10).map { x[$0 * 100..<$0 * 100 + 100].min() ?? 0 })
    XCTAssertEqual(
      try reduce(.sum, Data(x), [10, 100], .leading(1)).1.values(Int64.self),
      (0..<100).map { c in (0..<10).reduce(0) { $0 + x[$1 * 100 + c] } })
    let b = (0..<1000).map { $0 == 777 }
    XCTAssertEqual(try reduce(.any, Data(b), [1000], .all).1.values(UInt8.self), [1])
    XCTAssertEqual(try reduce(.all, Data(b), [1000], .all).1.values(UInt8.self), [0])
    XCTAssertEqual(
      try reduce(.any, Data(b), [10, 100], .trailing(1)).1.values(UInt8.self), (0..<10).map { $0 == 7 ? 1 : 0 })
    XCTAssertEqual(
      try reduce(.any, Data(b), [10, 100], .leading(1)).1.values(UInt8.self), (0..<100).map { $0 == 77 ? 1 : 0 })
  }

  func testIntegerSumsFailOnlyIfTheTotalDoesNotFit() throws {
    let (fine, sum) = try reduce(.sum, Data([Int64.max, 5, -5, .min, 1]), [5], .all)
    XCTAssertEqual(fine, .done)
    XCTAssertEqual(sum.values(Int64.self), [0])
    XCTAssertEqual(
      try reduce(.sum, Data([Int64.max, 1]), [2], .all).0, .failed(position: 0, reason: .overflow, instruction: -1))
    XCTAssertEqual(
      try reduce(.sum, Data([1, 2, Int64.min, -1]), [2, 2], .trailing(1)).0,
      .failed(position: 1, reason: .overflow, instruction: -1))
    XCTAssertEqual(
      try reduce(.prod, Data([Int64(1) << 40, 1 << 40]), [2], .all).0,
      .failed(position: 0, reason: .overflow, instruction: -1))
  }

  func testEmptySpaces() throws {
    XCTAssertEqual(try reduce(.sum, Data([Float]()), [0], .all).1.values(Float.self), [0])
    XCTAssertEqual(try reduce(.prod, Data([Float]()), [3, 0], .trailing(1)).1.values(Float.self), [1, 1, 1])
    XCTAssertEqual(
      try reduce(.max, Data([Float]()), [0, 2], .leading(1)).1.values(Float.self), [-.infinity, -.infinity])
  }

  func testNaNWinsExtremes() throws {
    var x = [Float](repeating: 1, count: 600)
    x[555] = .nan
    XCTAssertTrue(try reduce(.max, Data(x), [600], .all).1.values(Float.self)[0].isNaN)
    XCTAssertTrue(try reduce(.min, Data(x), [2, 300], .trailing(1)).1.values(Float.self)[1].isNaN)
    XCTAssertTrue(try reduce(.max, Data(x), [300, 2], .leading(1)).1.values(Float.self)[1].isNaN)
  }
}
