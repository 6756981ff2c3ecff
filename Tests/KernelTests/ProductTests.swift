// Matrix products against a plain triple loop, small and large, transposed, batched; threads do not change bits.
import KernelTypes
import Kernels
import XCTest

final class ProductTests: XCTestCase {
  private func check<T: BinaryFloatingPoint>(
    _ type: DType, _: T.Type, _ m: Int, _ n: Int, _ k: Int, _ ta: Bool, _ tb: Bool, batch: Int = 1
  ) throws where T.RawSignificand: FixedWidthInteger {
    var random = TestRandom(UInt64(m * 10_007 + n * 101 + k))
    let a = (0..<batch * m * k).map { _ in T.random(in: -1...1, using: &random) }
    let b = (0..<batch * k * n).map { _ in T.random(in: -1...1, using: &random) }
    let x = Block(a), y = Block(b)
    var results: [[T]] = []
    for pool in [Pool(threads: 1), Pool(threads: 2)] {
      let c = Block([T](repeating: 7, count: batch * m * n + 8))
      let outcome = try withExtendedLifetime((x, y, c)) {
        try Kernels.gemm(
          type, transposeA: ta, transposeB: tb, m: m, n: n, k: k, a: x.pointer, lda: ta ? m : k, b: y.pointer,
          ldb: tb ? k : n, c: c.address, ldc: n, batch: batch, strideA: m * k, strideB: k * n, strideC: m * n,
          control: RunControl(pool: pool))
      }
      XCTAssertEqual(outcome, .done)
      let all = c.array(T.self, batch * m * n + 8)
      XCTAssertEqual(Array(all[(batch * m * n)...]), [T](repeating: 7, count: 8), "written past the end")
      results.append(Array(all[..<(batch * m * n)]))
    }
    XCTAssertEqual(results[0], results[1])
    let bound = Double(k) * (type == .f32 ? 1e-7 : 2e-16) + 1e-30
    // A sample of the elements is enough for large ones.
    for place in stride(from: 0, to: batch * m * n, by: Swift.max(1, batch * m * n / 500)) {
      let (index, row, column) = (place / (m * n), place / n % m, place % n)
      var want = 0.0
      for step in 0..<k {
        let left = a[index * m * k + (ta ? step * m + row : row * k + step)]
        let right = b[index * k * n + (tb ? column * k + step : step * n + column)]
        want += Double(left) * Double(right)
      }
      XCTAssertEqual(Double(results[0][place]), want, accuracy: bound * 4, "\(type) \(m)x\(n)x\(k) \(ta) \(tb)")
    }
  }

  func testSmallProducts() throws {
    for (m, n, k) in [(1, 1, 1), (8, 8, 8), (3, 5, 7), (17, 9, 4), (1, 33, 16), (16, 1, 40), (32, 32, 32), (9, 17, 0)] {
      for (ta, tb) in [(false, false), (true, false), (false, true), (true, true)] {
        try check(.f32, Float.self, m, n, k, ta, tb)
        try check(.f64, Double.self, m, n, k, ta, tb)
        try check(.f32, Float.self, m, n, k, ta, tb, batch: 3)
      }
    }
  }

  func testLargeProducts() throws {
    for (m, n, k) in [(64, 256, 784), (784, 256, 64), (64, 784, 256), (200, 300, 400), (500, 33, 1000)] {
      for (ta, tb) in [(false, false), (true, false), (false, true)] {
        try check(.f32, Float.self, m, n, k, ta, tb)
        try check(.f64, Double.self, m, n, k, ta, tb)
      }
    }
    try check(.f32, Float.self, 64, 64, 64, false, true, batch: 5)
  }

  /// All levels' small kernels, also with rows of a larger matrix.
  func testSmallKernelsOfEveryLevel() throws {
    let (m, n, k, lda, ldb, ldc) = (11, 19, 13, 20, 31, 40)
    var random = TestRandom(5)
    let a = (0..<m * lda).map { _ in Float.random(in: -1...1, using: &random) }
    let b = (0..<k * ldb).map { _ in Float.random(in: -1...1, using: &random) }
    let x = Block(a), y = Block(b)
    for table in Kernels.allTables {
      let kernel = try XCTUnwrap(table.smallProduct[Int(DType.f32.rawValue)])
      let c = Block([Float](repeating: 7, count: m * ldc))
      withExtendedLifetime((x, y, c)) { kernel(0, m, n, k, x.pointer, lda, y.pointer, ldb, c.address, ldc) }
      let result = c.array(Float.self, m * ldc)
      for row in 0..<m {
        for column in 0..<ldc {
          let want = (0..<k).reduce(0.0) {
            $0 + Double(a[row * lda + $1]) * Double(b[$1 * ldb + Swift.min(column, ldb - 1)])
          }
          XCTAssertEqual(Double(result[row * ldc + column]), column < n ? want : 7, accuracy: 1e-5)
        }
      }
    }
  }
}
