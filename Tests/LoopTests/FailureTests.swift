// Which element, which instruction and why: integer failures, the same for any number of threads; and cancelling.
import KernelTypes
import Kernels
import Loops
import XCTest

final class FailureTests: XCTestCase {
  func testTheFirstFailureIsReported() throws {
    let pool = Pool(threads: 2)
    let count = 200_000
    for bad in [0, 7, 511, 512, 99_999, 199_999] {
      var x = [Int64](repeating: 3, count: count)
      for index in bad..<count { x[index] = .max }
      var loop = LoopCase(space: [count])
      loop.inputs = [(Data(x), [1])]
      loop.body = [
        LoopInstruction(op: .max, dtype: .i64, a: 0, b: 0), LoopInstruction(op: .add, dtype: .i64, a: 0, b: 1),
      ]
      loop.outputs = [LoopOutput(value: 2, dtype: .i64, kind: .store)]
      for pool in [Pool.shared, pool] {
        XCTAssertEqual(try loop.run(pool: pool).0, .failed(position: bad, reason: .overflow, instruction: 1))
      }
    }
  }

  func testReasons() throws {
    func outcome(_ op: ElementOp, _ type: DType, _ a: Data, _ b: Data) throws -> KernelOutcome {
      var loop = LoopCase(space: [a.count])
      loop.inputs = [(a, [1]), (b, [1])]
      loop.body = [LoopInstruction(op: op, dtype: type, a: 0, b: 1)]
      loop.outputs = [LoopOutput(value: 2, dtype: .i64, kind: .store)]
      return try loop.run().0
    }
    let ones = Data([Int64](repeating: 1, count: 3))
    XCTAssertEqual(
      try outcome(.floordiv, .i64, ones, Data([1, 0, 1] as [Int64])),
      .failed(position: 1, reason: .zeroDivisor, instruction: 0))
    XCTAssertEqual(
      try outcome(.pow, .i64, ones, Data([1, 2, -1] as [Int64])),
      .failed(position: 2, reason: .negativeExponent, instruction: 0))
    XCTAssertEqual(
      try outcome(.castI64, .f32, Data([1, .nan, 2] as [Float]), ones),
      .failed(position: 1, reason: .notAnInteger, instruction: 0))
  }

  func testCancelling() throws {
    var flag: Int32 = 1
    let program = try XCTUnwrap(
      LoopProgram(
        space: [100_000], inputs: [LoopInput(dtype: .f32, strides: [1])], parameters: [],
        body: [LoopInstruction(op: .exp, dtype: .f32, a: 0)],
        outputs: [LoopOutput(value: 1, dtype: .f32, kind: .store)], reduce: .none))
    let x = Buffer([UInt8](repeating: 0, count: 400_000))
    let y = Buffer([UInt8](repeating: 0, count: 400_000))
    var source = UnsafeRawPointer(x.address)
    var target = y.address
    var number: UInt64 = 0
    let outcome = withUnsafeMutablePointer(to: &flag) { flag in
      withExtendedLifetime((x, y)) {
        program.run(
          inputs: &source, parameters: &number, outputs: &target,
          control: RunControl(pool: .shared, cancel: flag))
      }
    }
    XCTAssertEqual(outcome, .cancelled)
  }

  func testProgramsThatMakeNoSenseAreRefused() {
    func program(_ body: [LoopInstruction], _ output: LoopOutput) -> LoopProgram? {
      LoopProgram(
        space: [4], inputs: [LoopInput(dtype: .f32, strides: [1])], parameters: [], body: body, outputs: [output],
        reduce: .none)
    }
    let out = LoopOutput(value: 1, dtype: .f32, kind: .store)
    XCTAssertNil(program([LoopInstruction(op: .and, dtype: .f32, a: 0, b: 0)], out))
    XCTAssertNil(program([LoopInstruction(op: .add, dtype: .f32, a: 0, b: 1)], out))
    XCTAssertNil(program([LoopInstruction(op: .exp, dtype: .f64, a: 0)], out))
    XCTAssertNil(program([], out))
    XCTAssertNotNil(program([LoopInstruction(op: .exp, dtype: .f32, a: 0)], out))
  }
}
