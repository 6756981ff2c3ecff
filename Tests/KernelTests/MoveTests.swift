// Gather, scatter, strided copies, fillings.
import KernelTypes
import Kernels
import XCTest

final class MoveTests: XCTestCase {
  private let control = RunControl(pool: Pool(threads: 2))

  func testGatherAndScatter() {
    let rows = 50, width = 7
    let x = (0..<rows * width).map { Float($0) }
    let ids: [Int64] = [3, 0, 49, -1, 3, 17, -50]
    let source = Block(x), out = Block([Float](repeating: 0, count: ids.count * width)), names = Block(ids)
    let pointer = names.address.assumingMemoryBound(to: Int64.self)
    withExtendedLifetime((source, out, names)) {
      XCTAssertEqual(
        Kernels.gatherRows(
          rowBytes: width * 4, rows: rows, ids: pointer, count: ids.count, from: source.pointer, into: out.address,
          control: control), -1)
      XCTAssertEqual(
        out.array(Float.self, ids.count * width),
        ids.flatMap { id in (0..<width).map { x[(Int(id) + rows) % rows * width + $0] } })
      let sums = Block([Float](repeating: 1, count: rows * width))
      XCTAssertEqual(
        Kernels.scatterAddRows(
          .f32, length: width, rows: rows, ids: pointer, count: ids.count, from: out.pointer, into: sums.address), -1)
      var want = [Float](repeating: 1, count: rows * width)
      for id in ids { for c in 0..<width { let at = (Int(id) + rows) % rows * width + c; want[at] += x[at] } }
      XCTAssertEqual(sums.array(Float.self, rows * width), want)
      // The first of the bad ones is named, and nothing is moved.
      XCTAssertEqual(
        Kernels.gatherRows(
          rowBytes: width * 4, rows: 20, ids: pointer, count: ids.count, from: source.pointer, into: out.address,
          control: control), 2)
    }
  }

  func testStridedCopies() {
    var random = TestRandom(4)
    for (dims, order) in [
      ([6], [0]), ([5, 7], [1, 0]), ([40, 70], [1, 0]), ([3, 4, 5], [2, 0, 1]), ([20, 30, 8], [1, 2, 0]),
      ([2, 33, 41], [0, 2, 1]), ([300, 200], [1, 0]), ([1, 9, 1], [0, 1, 2]),
    ] {
      for type in [DType.f32, .f64, .bool] {
        // A permuted view over contiguous memory.
        var memory = [Int](repeating: 1, count: dims.count)
        for d in (0..<dims.count - 1).reversed() { memory[d] = memory[d + 1] * dims[d + 1] }
        let sizes = order.map { dims[$0] }, strides = order.map { memory[$0] }
        let count = dims.reduce(1, *)
        let bytes = (0..<count * type.size).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        let source = Block(bytes), contiguous = Block(bytes: count * 8), back = Block(bytes: count * 8)
        withExtendedLifetime((source, contiguous, back)) {
          XCTAssertEqual(
            Kernels.copyStrided(
              type, dims: sizes, strides: strides, from: source.pointer, into: contiguous.address, control: control),
            .done)
          let got = contiguous.array(UInt8.self, count * type.size)
          var want: [UInt8] = []
          for position in 0..<count {
            var rest = position
            var offset = 0
            for d in (0..<sizes.count).reversed() {
              offset += rest % sizes[d] * strides[d]
              rest /= sizes[d]
            }
            want += bytes[offset * type.size..<(offset + 1) * type.size]
          }
          XCTAssertEqual(got, want, "\(dims) \(order)")
          XCTAssertEqual(
            Kernels.copyToStrided(
              type, dims: sizes, strides: strides, from: contiguous.pointer, into: back.address, control: control),
            .done)
          XCTAssertEqual(back.array(UInt8.self, count * type.size), bytes)
        }
      }
    }
  }

  func testNegativeStridesAndAddition() {
    let x = Block([1, 2, 3, 4, 5, 6] as [Float]), y = Block(bytes: 64)
    withExtendedLifetime((x, y)) {
      _ = Kernels.copyStrided(
        .f32, dims: [3], strides: [-2], from: x.pointer + 16, into: y.address, control: control)
      XCTAssertEqual(y.array(Float.self, 3), [5, 3, 1])
      _ = Kernels.addToStrided(.f32, dims: [3], strides: [2], from: y.pointer, into: x.address, control: control)
      XCTAssertEqual(x.array(Float.self, 6), [6, 2, 6, 4, 6, 6])
    }
  }

  func testFillings() {
    let out = Block(bytes: 256)
    let ids = Block([2, 0, -1] as [Int64])
    withExtendedLifetime((out, ids)) {
      Kernels.fill(.f64, bits: (2.5).bitPattern, count: 5, into: out.address)
      XCTAssertEqual(out.array(Double.self, 5), [2.5, 2.5, 2.5, 2.5, 2.5])
      Kernels.arange(.f32, start: 1, step: 0.5, count: 4, into: out.address)
      XCTAssertEqual(out.array(Float.self, 4), [1, 1.5, 2, 2.5])
      Kernels.arange(.i64, start: 3, step: -1, count: 4, into: out.address)
      XCTAssertEqual(out.array(Int64.self, 4), [3, 2, 1, 0])
      let names = ids.address.assumingMemoryBound(to: Int64.self)
      XCTAssertEqual(Kernels.oneHot(.f32, classes: 3, ids: names, count: 3, into: out.address), -1)
      XCTAssertEqual(out.array(Float.self, 9), [0, 0, 1, 1, 0, 0, 0, 0, 1])
      XCTAssertEqual(Kernels.oneHot(.i64, classes: 2, ids: names, count: 3, into: out.address), 0)
    }
  }
}
