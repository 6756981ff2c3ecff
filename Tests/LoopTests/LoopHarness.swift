// Runs loops on Swift arrays of bytes, fused or one instruction at a time.
import KernelTypes
import Kernels
import Loops
import XCTest

/// Elements of one type as raw bytes, contiguous.
struct Data: Equatable {
  var type: DType
  var bytes: [UInt8]

  init(type: DType, bytes: [UInt8]) {
    self.type = type
    self.bytes = bytes
  }
  init(_ values: [Float]) { self.init(type: .f32, bytes: values.withUnsafeBytes { Array($0) }) }
  init(_ values: [Double]) { self.init(type: .f64, bytes: values.withUnsafeBytes { Array($0) }) }
  init(_ values: [Int64]) { self.init(type: .i64, bytes: values.withUnsafeBytes { Array($0) }) }
  init(_ values: [Bool]) { self.init(type: .bool, bytes: values.map { $0 ? 1 : 0 }) }

  var count: Int { bytes.count / type.size }
  func values<T>(_: T.Type) -> [T] { bytes.withUnsafeBytes { Array($0.bindMemory(to: T.self)) } }

  /// The elements that a view with these strides reaches, row-major.
  func strided(_ space: [Int], _ strides: [Int]) -> Data {
    var result = Data(type: type, bytes: [])
    let total = space.reduce(1, *)
    for position in 0..<total {
      var rest = position
      var offset = 0
      for d in space.indices.reversed() {
        offset += rest % space[d] * strides[d]
        rest /= space[d]
      }
      result.bytes += bytes[offset * type.size..<(offset + 1) * type.size]
    }
    return result
  }
}

/// Memory from the buffer pool, which is what kernels may over-read.
final class Buffer {
  let address: UnsafeMutableRawPointer
  let count: Int
  init(_ bytes: [UInt8]) {
    count = bytes.count
    address = Buffers.allocate(count)
    bytes.withUnsafeBytes { if let base = $0.baseAddress { address.copyMemory(from: base, byteCount: count) } }
  }
  deinit { Buffers.free(address, count) }
  var bytes: [UInt8] { Array(UnsafeRawBufferPointer(start: address, count: count)) }
}

struct LoopCase {
  var space: [Int]
  var inputs: [(data: Data, strides: [Int])] = []
  var parameters: [(type: DType, bits: UInt64)] = []
  var body: [LoopInstruction] = []
  var outputs: [LoopOutput] = []
  var reduce = ReduceAxes.none

  func outputCount(_ output: LoopOutput) -> Int {
    if output.kind == .store { return space.reduce(1, *) }
    switch reduce {
    case .none, .all: return 1
    case .trailing(let count): return space.dropLast(count).reduce(1, *)
    case .leading(let count): return space.dropFirst(count).reduce(1, *)
    }
  }

  /// Runs the loop as one program. `inPlace`: output index -> contiguous input whose memory it takes.
  func run(pool: Pool = Pool.shared, inPlace: [Int: Int] = [:]) throws -> (KernelOutcome, [Data]) {
    let program = try XCTUnwrap(
      LoopProgram(
        space: space, inputs: inputs.map { LoopInput(dtype: $0.data.type, strides: $0.strides) },
        parameters: parameters.map(\.type), body: body, outputs: outputs, reduce: reduce))
    let spare = Buffer([UInt8](repeating: 0, count: 8))
    let sources = inputs.map { Buffer($0.data.bytes) }
    // A guard after each output shows what is written past its end.
    let targets = outputs.enumerated().map { index, output in
      inPlace[index].map { sources[$0] }
        ?? Buffer([UInt8](repeating: 0xAB, count: outputCount(output) * output.dtype.size + 8))
    }
    // One more of each, so that the arrays are never empty.
    let addresses = sources.map { UnsafeRawPointer($0.address) } + [UnsafeRawPointer(spare.address)]
    let outs = targets.map(\.address) + [spare.address]
    let numbers = parameters.map(\.bits) + [0]
    let outcome = withExtendedLifetime((sources, targets, spare)) {
      program.run(inputs: addresses, parameters: numbers, outputs: outs, control: RunControl(pool: pool))
    }
    let results = outputs.enumerated().map { index, output in
      let all = targets[index].bytes
      let size = outputCount(output) * output.dtype.size
      if inPlace[index] == nil {
        XCTAssertEqual(Array(all[size...]), [UInt8](repeating: 0xAB, count: 8), "written past the end")
      }
      return Data(type: output.dtype, bytes: Array(all[..<size]))
    }
    return (outcome, results)
  }

  /// Runs the same one instruction at a time over contiguous arrays, and reductions over stored values.
  func runUnfused() throws -> [Data] {
    let total = space.reduce(1, *)
    var values = inputs.map { $0.data.strided(space, $0.strides) }
    for parameter in parameters {
      let bytes = withUnsafeBytes(of: parameter.bits) { Array($0.prefix(parameter.type.size)) }
      values.append(Data(type: parameter.type, bytes: (0..<total).flatMap { _ in bytes }))
    }
    let flat = [total]
    for instruction in body {
      var single = LoopCase(space: flat)
      for operand in [instruction.a, instruction.b, instruction.c].prefix(instruction.op.arity) {
        single.inputs.append((values[Int(operand)], [1]))
      }
      single.body = [LoopInstruction(op: instruction.op, dtype: instruction.dtype, a: 0, b: 1, c: 2)]
      single.outputs = [
        LoopOutput(
          value: Int32(single.inputs.count), dtype: instruction.op.result(instruction.dtype), kind: .store)
      ]
      let (outcome, results) = try single.run()
      XCTAssertEqual(outcome, .done)
      values.append(results[0])
    }
    return try outputs.map { output in
      if output.kind == .store { return values[Int(output.value)] }
      var single = LoopCase(space: space)
      let strides = contiguousStrides(space)
      single.inputs = [(values[Int(output.value)], strides)]
      single.outputs = [LoopOutput(value: 0, dtype: output.dtype, kind: output.kind)]
      single.reduce = reduce
      return try single.run().1[0]
    }
  }
}

/// Strides of a contiguous row-major array.
func contiguousStrides(_ space: [Int]) -> [Int] {
  var strides = [Int](repeating: 1, count: space.count)
  for d in space.indices.reversed().dropFirst() { strides[d] = strides[d + 1] * space[d + 1] }
  return strides
}
