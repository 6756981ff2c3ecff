// Every element operation on floats and doubles, at every processor level, against scalar definitions in wider floats;
// and that an element's bits depend on nothing but its operands.
import KernelTypes
import Kernels
import XCTest

final class FloatElementTests: XCTestCase {
  private let edges: [Double] = [
    0, -0.0, 1, -1, 0.5, -0.5, 2, -2, 1e-3, -1e-3, 1e-8, 1e-20, -1e-20, 1e-30, 1e-38, 1e-40, -1e-42, 1e-45, 87.3, 88.7,
    88.72284, 89, -87.3, -88, -100, -103.9, -104, 200, -200, 1e4, 65536, 1e6, -1e6, 1e9, 1e15, 1e20, 3e38, -3e38,
    .infinity, -.infinity, .nan, 0.6931, 0.34657, 3.14159265, 1.57079633, 0.99999994, 1.0000001, 8388607.5, 8388608,
    0.49999997, 1.5, 2.5, -1.5, -2.5, 4194304.5,
  ]

  private func arguments32() -> [Float] {
    var random = TestRandom(7)
    var values = edges.map { Float($0) }
    for _ in 0..<3000 { values.append(Float(bitPattern: UInt32(truncatingIfNeeded: random.next() >> 20))) }
    for _ in 0..<3000 { values.append(Float.random(in: -20...20, using: &random)) }
    for _ in 0..<1000 { values.append(Float.random(in: -1...1, using: &random)) }
    return values
  }
  private func arguments64() -> [Double] {
    var random = TestRandom(8)
    var values = edges + [708, 709.7, 710, -708, -745, -746, 1e-308, 4e-320, 1e300, 1e-300]
    for _ in 0..<3000 { values.append(Double(bitPattern: random.next())) }
    for _ in 0..<3000 { values.append(Double.random(in: -20...20, using: &random)) }
    for _ in 0..<1000 { values.append(Double.random(in: -1...1, using: &random)) }
    return values
  }

  func testUnaryFloats() throws {
    let x = arguments32()
    let input = Block(x)
    let output = Block(bytes: x.count * 8)
    for table in Kernels.allTables {
      for op in ElementOp.allCases where op.arity == 1 && op.accepts(.f32) && op.result(.f32) == .f32 {
        let kernel = try XCTUnwrap(table.elements[KernelTable.index(op, .f32)], "\(op)")
        XCTAssertEqual(call(kernel, output, input, input, input, x.count), -1)
        let y = output.array(Float.self, x.count)
        for (a, b) in zip(x, y) {
          let want = try XCTUnwrap(Reference.unary(op, Wide(a)))
          let error = ulps(b, want)
          XCTAssertLessThanOrEqual(error, op.tolerance(.f32), "\(table.name) \(op)(\(a)) = \(b), want \(want)")
        }
      }
    }
  }

  func testUnaryDoubles() throws {
    let x = arguments64()
    let input = Block(x)
    let output = Block(bytes: x.count * 8)
    for table in Kernels.allTables {
      for op in ElementOp.allCases where op.arity == 1 && op.accepts(.f64) && op.result(.f64) == .f64 {
        let kernel = try XCTUnwrap(table.elements[KernelTable.index(op, .f64)], "\(op)")
        XCTAssertEqual(call(kernel, output, input, input, input, x.count), -1)
        let y = output.array(Double.self, x.count)
        for (a, b) in zip(x, y) {
          // The reduction of huge arguments is the C library's, at either width.
          if [.sin, .cos, .tan].contains(op) && abs(a) > 1e15 { continue }
          let want = try XCTUnwrap(Reference.unary(op, Wide(a)))
          let error = ulps(b, want)
          XCTAssertLessThanOrEqual(error, op.tolerance(.f64), "\(table.name) \(op)(\(a)) = \(b), want \(want)")
        }
      }
    }
  }

  func testBinary() throws {
    var random = TestRandom(9)
    var pairs: [(Double, Double)] = []
    for a in edges {
      for b in [0, -0.0, 1, -1, 2, 3, -3, 0.5, 10, 1e-40, 1e30, .infinity, -.infinity, .nan, a] { pairs.append((a, b)) }
    }
    for _ in 0..<4000 {
      pairs.append((Double.random(in: -9...9, using: &random), Double.random(in: -9...9, using: &random)))
    }
    for _ in 0..<1000 {
      pairs.append((Double.random(in: 0...50, using: &random), Double.random(in: -20...20, using: &random)))
    }
    let a32 = pairs.map { Float($0.0) }
    let b32 = pairs.map { Float($0.1) }
    let x32 = Block(a32), y32 = Block(b32), x64 = Block(pairs.map(\.0)), y64 = Block(pairs.map(\.1))
    let out = Block(bytes: pairs.count * 8)
    for table in Kernels.allTables {
      for op in ElementOp.allCases where op.arity == 2 && op.accepts(.f32) {
        let kernel32 = try XCTUnwrap(table.elements[KernelTable.index(op, .f32)], "\(op)")
        let kernel64 = try XCTUnwrap(table.elements[KernelTable.index(op, .f64)], "\(op)")
        if op.isComparison {
          _ = call(kernel32, out, x32, y32, x32, pairs.count)
          XCTAssertEqual(
            out.array(UInt8.self, pairs.count).map { $0 == 1 }, zip(a32, b32).map { Reference.compare(op, $0, $1) })
          _ = call(kernel64, out, x64, y64, x64, pairs.count)
          XCTAssertEqual(
            out.array(UInt8.self, pairs.count).map { $0 == 1 }, pairs.map { Reference.compare(op, $0.0, $0.1) })
          continue
        }
        _ = call(kernel32, out, x32, y32, x32, pairs.count)
        for (index, got) in out.array(Float.self, pairs.count).enumerated() {
          let want = try XCTUnwrap(Reference.binary(op, Wide(a32[index]), Wide(b32[index])))
          if [.floordiv, .mod].contains(op) && Swift.abs(a32[index] / b32[index]) > 1e15 { continue }
          XCTAssertLessThanOrEqual(
            ulps(got, want), op.tolerance(.f32),
            "\(table.name) \(op)(\(a32[index]), \(b32[index])) = \(got), want \(want)")
        }
        _ = call(kernel64, out, x64, y64, x64, pairs.count)
        for (index, got) in out.array(Double.self, pairs.count).enumerated() {
          let (a, b) = pairs[index]
          let want = try XCTUnwrap(Reference.binary(op, Wide(a), Wide(b)))
          if [.floordiv, .mod].contains(op) && Swift.abs(a / b) > 1e15 { continue }
          XCTAssertLessThanOrEqual(
            ulps(got, want), op.tolerance(.f64), "\(table.name) \(op)(\(a), \(b)) = \(got), want \(want)")
        }
      }
    }
  }

  func testTestsAndChoice() throws {
    let x = edges.map { Float($0) }
    let d = edges
    let chosen = (0..<x.count).map { UInt8($0 % 3 == 0 ? 1 : 0) }
    let bx = Block(x), bd = Block(d), bc = Block(chosen), nx = Block(x.map { -$0 }), nd = Block(d.map { -$0 })
    let out = Block(bytes: x.count * 8)
    for table in Kernels.allTables {
      func run(_ op: ElementOp, _ t: DType, _ a: Block, _ b: Block, _ c: Block) throws {
        let kernel = try XCTUnwrap(table.elements[KernelTable.index(op, t)])
        XCTAssertEqual(call(kernel, out, a, b, c, x.count), -1)
      }
      try run(.isnan, .f32, bx, bx, bx)
      XCTAssertEqual(out.array(UInt8.self, x.count).map { $0 == 1 }, x.map(\.isNaN))
      try run(.isnan, .f64, bd, bd, bd)
      XCTAssertEqual(out.array(UInt8.self, x.count).map { $0 == 1 }, d.map(\.isNaN))
      try run(.isfinite, .f32, bx, bx, bx)
      XCTAssertEqual(out.array(UInt8.self, x.count).map { $0 == 1 }, x.map(\.isFinite))
      try run(.isfinite, .f64, bd, bd, bd)
      XCTAssertEqual(out.array(UInt8.self, x.count).map { $0 == 1 }, d.map(\.isFinite))
      try run(.castBool, .f32, bx, bx, bx)
      XCTAssertEqual(out.array(UInt8.self, x.count).map { $0 == 1 }, x.map { $0 != 0 })
      try run(.select, .f32, bc, bx, nx)
      XCTAssertEqual(
        bits(out.array(Float.self, x.count)), bits(x.indices.map { chosen[$0] == 1 ? x[$0] : -x[$0] }))
      try run(.select, .f64, bc, bd, nd)
      XCTAssertEqual(
        bits(out.array(Double.self, x.count)), bits(x.indices.map { chosen[$0] == 1 ? d[$0] : -d[$0] }))
      try run(.neg, .f32, bx, bx, bx)
      XCTAssertEqual(bits(out.array(Float.self, x.count)), bits(x.map { -$0 }))
    }
  }

  /// The same element at another place, in another company, of another count: the same bits.
  func testBitsDoNotDependOnPosition() throws {
    let x = arguments32().prefix(700).map { $0 }
    let d = arguments64().prefix(700).map { $0 }
    for table in Kernels.allTables {
      for op in ElementOp.allCases where op.arity <= 2 && op.accepts(.f32) && !op.canFail(.f32) {
        let size32 = op.result(.f32).size, size64 = op.result(.f64).size
        let kernel32 = try XCTUnwrap(table.elements[KernelTable.index(op, .f32)])
        let kernel64 = try XCTUnwrap(table.elements[KernelTable.index(op, .f64)])
        let bx = Block(x), bd = Block(d)
        let whole = Block(bytes: 700 * 8), part = Block(bytes: 700 * 8)
        for (kernel, input, inSize, outSize) in [(kernel32, bx, 4, size32), (kernel64, bd, 8, size64)] {
          _ = call(kernel, whole, input, input, input, 700)
          for (start, count) in [(1, 1), (3, 17), (16, 5), (33, 100), (699, 1), (250, 450)] {
            let from = input.pointer + start * inSize
            _ = withExtendedLifetime((input, part, whole)) { kernel(part.address, from, from, from, count) }
            let a = whole.array(UInt8.self, (start + count) * outSize).dropFirst(start * outSize)
            let b = part.array(UInt8.self, count * outSize)
            XCTAssertEqual(Array(a), b, "\(table.name) \(op) at \(start)")
          }
        }
      }
    }
  }
}
