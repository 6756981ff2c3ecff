// Element operations on integers and booleans, and conversions, at every processor level.
import KernelTypes
import Kernels
import XCTest

final class IntegerElementTests: XCTestCase {
  private let edges: [Int64] = [
    0, 1, -1, 2, -2, 3, 7, -7, 10, 63, 64, 100, -100, 1 << 31, -(1 << 31), 3_037_000_499, 3_037_000_500, 1 << 62, .max,
    .min, .max - 1, .min + 1,
  ]

  func testIntegersOneByOne() throws {
    let out = Block(bytes: 64)
    for table in Kernels.allTables {
      for op in ElementOp.allCases where op.accepts(.i64) && op.arity < 3 {
        let kernel = try XCTUnwrap(table.elements[KernelTable.index(op, .i64)], "\(op)")
        for a in edges {
          for b in edges {
            // The good lanes before and the bad one behind must not matter.
            let x = Block([1, a, .min]), y = Block([1, b, .min])
            let code = call(kernel, out, x, y, y, 2)
            if let want = Reference.compare(op, a, b) {
              XCTAssertEqual(out.array(UInt8.self, 2)[1] == 1, want)
            } else if let want = Reference.integer(op, a, b) {
              switch want {
              case .success(let value):
                XCTAssertEqual(code, -1, "\(table.name) \(op)(\(a), \(b))")
                XCTAssertEqual(out.array(Int64.self, 2)[1], value, "\(table.name) \(op)(\(a), \(b))")
              case .failure(let error):
                XCTAssertEqual(ElementFailure.lane(code), 1, "\(table.name) \(op)(\(a), \(b))")
                XCTAssertEqual(ElementFailure.reason(code), error.reason, "\(table.name) \(op)(\(a), \(b))")
              }
            }
          }
        }
      }
    }
  }

  func testIntegersInBlocks() throws {
    var random = TestRandom(3)
    let count = 301
    let a = (0..<count).map { _ in Int64(random.next() >> 40) - 5000 }
    let b = (0..<count).map { _ in Int64(random.next() % 60) + 1 }
    let x = Block(a), y = Block(b), out = Block(bytes: count * 8)
    for table in Kernels.allTables {
      for op in ElementOp.allCases where op.accepts(.i64) && op.arity < 3 && op != .pow {
        let kernel = try XCTUnwrap(table.elements[KernelTable.index(op, .i64)])
        XCTAssertEqual(call(kernel, out, x, y, y, count), -1, "\(op)")
        for index in 0..<count {
          if case .success(let want)? = Reference.integer(op, a[index], b[index]) {
            XCTAssertEqual(out.array(Int64.self, count)[index], want, "\(table.name) \(op)")
          }
        }
      }
      let select = try XCTUnwrap(table.elements[KernelTable.index(.select, .i64)])
      let chosen = a.map { UInt8($0 & 1 == 0 ? 1 : 0) }
      let mask = Block(chosen)
      XCTAssertEqual(call(select, out, mask, x, y, count), -1)
      XCTAssertEqual(out.array(Int64.self, count), (0..<count).map { chosen[$0] == 1 ? a[$0] : b[$0] })
    }
  }

  func testBooleans() throws {
    let a: [UInt8] = (0..<40).map { UInt8($0 & 1) }
    let b: [UInt8] = (0..<40).map { UInt8($0 >> 1 & 1) }
    let x = Block(a), y = Block(b), out = Block(bytes: 64)
    for table in Kernels.allTables {
      for op in ElementOp.allCases where op.accepts(.bool) && op.arity < 3 && op.result(.bool) == .bool {
        let kernel = try XCTUnwrap(table.elements[KernelTable.index(op, .bool)], "\(op)")
        XCTAssertEqual(call(kernel, out, x, y, y, 40), -1)
        let want: [UInt8] = (0..<40).map { i in
          switch op {
          case .copy, .castBool: return a[i]
          case .not: return 1 - a[i]
          case .and: return a[i] & b[i]
          case .or: return a[i] | b[i]
          default: return Reference.compare(op, a[i], b[i]) == true ? 1 : 0
          }
        }
        XCTAssertEqual(out.array(UInt8.self, 40), want, "\(table.name) \(op)")
      }
      let select = try XCTUnwrap(table.elements[KernelTable.index(.select, .bool)])
      XCTAssertEqual(call(select, out, x, y, x, 40), -1)
      XCTAssertEqual(out.array(UInt8.self, 40), (0..<40).map { a[$0] == 1 ? b[$0] : a[$0] })
    }
  }

  func testConversions() throws {
    let floats: [Float] = [0, -0.0, 1.9, -1.9, 1e9, -1e9, 9.2e18, -9.223372e18, 16777216, 0.5, -0.5]
    let integers: [Int64] = [0, 1, -1, 1 << 24 + 1, .max, .min, 1 << 53 + 1, 123_456_789_123]
    let truths: [UInt8] = [0, 1, 1, 0, 1]
    let out = Block(bytes: 256)
    for table in Kernels.allTables {
      func run(_ op: ElementOp, _ type: DType, _ x: Block, _ count: Int) throws -> Int {
        let kernel = try XCTUnwrap(table.elements[KernelTable.index(op, type)])
        return call(kernel, out, x, x, x, count)
      }
      XCTAssertEqual(try run(.castI64, .f32, Block(floats), floats.count), -1)
      XCTAssertEqual(out.array(Int64.self, floats.count), floats.map { Int64($0) })
      XCTAssertEqual(try run(.castI64, .f64, Block(floats.map { Double($0) }), floats.count), -1)
      XCTAssertEqual(out.array(Int64.self, floats.count), floats.map { Int64($0) })
      XCTAssertEqual(try run(.castF64, .f32, Block(floats), floats.count), -1)
      XCTAssertEqual(bits(out.array(Double.self, floats.count)), bits(floats.map { Double($0) }))
      XCTAssertEqual(try run(.castF32, .f64, Block(integers.map { Double($0) / 3 }), integers.count), -1)
      XCTAssertEqual(out.array(Float.self, integers.count), integers.map { Float(Double($0) / 3) })
      XCTAssertEqual(try run(.castF32, .i64, Block(integers), integers.count), -1)
      XCTAssertEqual(out.array(Float.self, integers.count), integers.map { Float($0) })
      XCTAssertEqual(try run(.castF64, .i64, Block(integers), integers.count), -1)
      XCTAssertEqual(out.array(Double.self, integers.count), integers.map { Double($0) })
      XCTAssertEqual(try run(.castBool, .i64, Block(integers), integers.count), -1)
      XCTAssertEqual(out.array(UInt8.self, integers.count), integers.map { $0 != 0 ? 1 : 0 })
      XCTAssertEqual(try run(.castF32, .bool, Block(truths), truths.count), -1)
      XCTAssertEqual(out.array(Float.self, truths.count), truths.map { Float($0) })
      XCTAssertEqual(try run(.castF64, .bool, Block(truths), truths.count), -1)
      XCTAssertEqual(out.array(Double.self, truths.count), truths.map { Double($0) })
      XCTAssertEqual(try run(.castI64, .bool, Block(truths), truths.count), -1)
      XCTAssertEqual(out.array(Int64.self, truths.count), truths.map { Int64($0) })
      for bad in [Float.nan, .infinity, -.infinity, 9.3e18, 0x1p63] {
        let code = try run(.castI64, .f32, Block([1, bad]), 2)
        XCTAssertEqual(ElementFailure.lane(code), 1)
        XCTAssertEqual(ElementFailure.reason(code), .notAnInteger)
      }
    }
  }

  /// Every operation that a type accepts has a kernel at every level, and no other has.
  func testTablesAreComplete() {
    for table in Kernels.allTables {
      for op in ElementOp.allCases {
        for type in DType.allCases {
          XCTAssertEqual(table.elements[KernelTable.index(op, type)] != nil, op.accepts(type), "\(op) \(type)")
        }
      }
    }
  }
}
