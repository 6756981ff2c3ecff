// The generator's known answers, moments of the distributions, and that draws depend on their index alone.
import Foundation
import KernelTypes
import Kernels
import XCTest

final class RandomTests: XCTestCase {
  private let one = RunControl(pool: Pool(threads: 1))
  private let two = RunControl(pool: Pool(threads: 2))
  private let stream = RandomStream(key: 0x1234_5678_9ABC_DEF0, counter: 42)

  /// The vectors that the authors publish with Random123 (kat_vectors, philox4x32 10).
  func testKnownAnswers() {
    XCTAssertEqual(
      Philox.block(counter: SIMD4(0, 0, 0, 0), key: SIMD2(0, 0)),
      SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
    XCTAssertEqual(
      Philox.block(counter: SIMD4(repeating: 0xffff_ffff), key: SIMD2(repeating: 0xffff_ffff)),
      SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
    XCTAssertEqual(
      Philox.block(
        counter: SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), key: SIMD2(0xa409_3822, 0x299f_31d0)),
      SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
  }

  private func moments(_ x: [Double]) -> (mean: Double, variance: Double, third: Double) {
    let n = Double(x.count)
    let mean = x.reduce(0, +) / n
    let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
    let third = x.reduce(0) { $0 + pow($1 - mean, 3) } / n
    return (mean, variance, third)
  }

  private func draw(_ type: DType, _ count: Int, _ body: (UnsafeMutableRawPointer) -> Void) -> [Double] {
    let out = Block(bytes: count * 8)
    withExtendedLifetime(out) { body(out.address) }
    return type == .f32 ? out.array(Float.self, count).map { Double($0) } : out.array(Double.self, count)
  }

  func testUniformAndNormal() {
    let n = 200_000
    for type in [DType.f32, .f64] {
      let u = draw(type, n) { _ = Kernels.uniform(type, low: -1, high: 3, stream, count: n, into: $0, control: one) }
      XCTAssertTrue(u.allSatisfy { $0 >= -1 && $0 < 3 })
      let (mean, variance, third) = moments(u)
      XCTAssertEqual(mean, 1, accuracy: 0.012)
      XCTAssertEqual(variance, 16.0 / 12, accuracy: 0.012)
      XCTAssertEqual(third, 0, accuracy: 0.03)
      let z = draw(type, n) {
        _ = Kernels.normal(type, mean: 2, deviation: 3, stream, count: n, into: $0, control: one)
      }
      let (m, v, t) = moments(z)
      XCTAssertEqual(m, 2, accuracy: 0.03)
      XCTAssertEqual(v, 9, accuracy: 0.12)
      XCTAssertEqual(t, 0, accuracy: 0.6)
      // Shares within one, two and three deviations.
      for (bound, share) in [(1.0, 0.6827), (2.0, 0.9545), (3.0, 0.9973)] {
        XCTAssertEqual(Double(z.filter { abs($0 - 2) < 3 * bound }.count) / Double(n), share, accuracy: 0.005)
      }
    }
  }

  func testGammaExponentialBernoulli() {
    let n = 100_000
    for alpha in [0.3, 1, 2.5, 50] {
      let x = draw(.f64, n) { _ = Kernels.gamma(.f64, alpha: alpha, stream, count: n, into: $0, control: two) }
      let (mean, variance, _) = moments(x)
      XCTAssertEqual(mean, alpha, accuracy: 5 * (alpha / Double(n)).squareRoot())
      XCTAssertEqual(variance, alpha, accuracy: alpha * 0.08)
    }
    let e = draw(.f32, n) { _ = Kernels.exponential(.f32, stream, count: n, into: $0, control: two) }
    XCTAssertEqual(moments(e).mean, 1, accuracy: 0.02)
    XCTAssertEqual(moments(e).variance, 1, accuracy: 0.05)
    let out = Block(bytes: n)
    withExtendedLifetime(out) {
      _ = Kernels.bernoulli(
        probability: 0.3, stream, count: n, into: out.address.assumingMemoryBound(to: UInt8.self), control: two)
    }
    XCTAssertEqual(Double(out.array(UInt8.self, n).reduce(0) { $0 + Int($1) }) / Double(n), 0.3, accuracy: 0.008)
  }

  func testIntegersAndPermutations() {
    let n = 70_000
    let out = Block(bytes: n * 8)
    let pointer = out.address.assumingMemoryBound(to: Int64.self)
    withExtendedLifetime(out) {
      _ = Kernels.integers(low: -3, high: 4, stream, count: n, into: pointer, control: two)
      let x = out.array(Int64.self, n)
      for value in -3...3 as ClosedRange<Int64> {
        XCTAssertEqual(Double(x.filter { $0 == value }.count) / Double(n), 1.0 / 7, accuracy: 0.006)
      }
      XCTAssertTrue(x.allSatisfy { $0 >= -3 && $0 <= 3 })
      Kernels.permutation(stream, count: 1000, into: pointer)
      let p = out.array(Int64.self, 1000)
      XCTAssertEqual(p.sorted(), (0..<1000).map { Int64($0) })
      XCTAssertNotEqual(p, (0..<1000).map { Int64($0) })
      // Each place gets each item about equally often.
      var first = [Int](repeating: 0, count: 4)
      for call in 0..<8000 {
        Kernels.permutation(RandomStream(key: 9, counter: UInt64(call)), count: 4, into: pointer)
        first[Int(pointer[0])] += 1
      }
      for count in first { XCTAssertEqual(Double(count), 2000, accuracy: 160) }
    }
  }

  func testCategoricalAndDirichlet() {
    let n = 50_000
    let logits: [Float] = [0, -.infinity, Float(log(3.0)), Float(log(6.0))]
    let input = Block(logits), out = Block(bytes: n * 8)
    let pointer = out.address.assumingMemoryBound(to: Int64.self)
    withExtendedLifetime((input, out)) {
      XCTAssertEqual(
        Kernels.categorical(
          .f32, logits: input.pointer, rows: 1, classes: 4, stream, count: n, into: pointer, control: two), -1)
      let x = out.array(Int64.self, n)
      for (value, share) in [(0, 0.1), (1, 0), (2, 0.3), (3, 0.6)] {
        XCTAssertEqual(Double(x.filter { $0 == value }.count) / Double(n), share, accuracy: 0.01)
      }
      let bad = Block([0, 0, -.infinity, -.infinity] as [Float])
      withExtendedLifetime(bad) {
        XCTAssertEqual(
          Kernels.categorical(
            .f32, logits: bad.pointer, rows: 2, classes: 2, stream, count: 2, into: pointer, control: one), 1)
      }
    }
    for alpha in [[0.3, 0.3, 0.3], [1e-6, 1e-6, 1e-6], [5.0, 1.0, 2.0]] {
      let rows = 5000
      let x = draw(.f64, rows * 3) {
        _ = Kernels.dirichlet(.f64, alpha: alpha, columns: 3, stream, rows: rows, into: $0, control: two)
      }
      let total = alpha.reduce(0, +)
      for row in 0..<rows { XCTAssertEqual(x[row * 3] + x[row * 3 + 1] + x[row * 3 + 2], 1, accuracy: 1e-12) }
      for column in 0..<3 {
        let mean = (0..<rows).reduce(0.0) { $0 + x[$1 * 3 + column] } / Double(rows)
        XCTAssertEqual(mean, alpha[column] / total, accuracy: 0.03)
      }
    }
  }

  /// The first elements of a long draw are those of a short one, and threads change nothing.
  func testDrawsDependOnTheirIndexAlone() {
    let n = 100_003
    func all(_ count: Int, _ control: RunControl) -> [[Double]] {
      [
        draw(.f32, count) {
          _ = Kernels.uniform(.f32, low: 0, high: 1, stream, count: count, into: $0, control: control)
        },
        draw(.f64, count) {
          _ = Kernels.uniform(.f64, low: 0, high: 1, stream, count: count, into: $0, control: control)
        },
        draw(.f32, count) {
          _ = Kernels.normal(.f32, mean: 0, deviation: 1, stream, count: count, into: $0, control: control)
        },
        draw(.f64, count) {
          _ = Kernels.normal(.f64, mean: 0, deviation: 1, stream, count: count, into: $0, control: control)
        },
        draw(.f64, count) { _ = Kernels.gamma(.f64, alpha: 0.7, stream, count: count, into: $0, control: control) },
        draw(.f32, count) { _ = Kernels.exponential(.f32, stream, count: count, into: $0, control: control) },
      ]
    }
    let long = all(n, one)
    XCTAssertEqual(long, all(n, two))
    for count in [1, 2, 3, 255, 257, 1001] {
      XCTAssertEqual(all(count, one), long.map { Array($0[..<count]) })
    }
  }
}
