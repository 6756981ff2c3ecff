// Random programs over random spaces and strides: fused = one by one, one thread = several, in place = apart, all bit for
// bit.
import KernelTypes
import Kernels
import Loops
import XCTest

struct LoopRandom: RandomNumberGenerator {
  var state: UInt64
  init(_ seed: UInt64) { state = (seed &+ 1) &* 0x9E37_79B9_7F4A_7C15 | 1 }
  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
  mutating func below(_ n: Int) -> Int { Int(next() >> 33) % n }
  mutating func pick<T>(_ items: [T]) -> T { items[below(items.count)] }
}

final class RandomProgramTests: XCTestCase {
  private let spaces: [[Int]] = [
    [1], [8], [13], [512], [513], [1000], [5000], [64, 10], [10, 64], [3, 300], [300, 3], [7, 600], [600, 7],
    [2, 3, 4],
    [5, 1, 33], [64, 256], [256, 64], [1030, 9], [40, 129, 3], [70000], [300, 500],
  ]

  private func data(_ type: DType, _ count: Int, _ random: inout LoopRandom) -> Data {
    switch type {
    case .f32: return Data((0..<count).map { _ in Float.random(in: -3...3, using: &random) })
    case .f64: return Data((0..<count).map { _ in Double.random(in: -3...3, using: &random) })
    case .i64: return Data((0..<count).map { _ in Int64(random.below(9)) - 4 })
    case .bool: return Data((0..<count).map { _ in random.below(2) == 0 })
    }
  }

  /// Strides of a contiguous, broadcast or permuted view, and the elements that it needs.
  private func view(_ space: [Int], _ random: inout LoopRandom) -> (strides: [Int], count: Int) {
    var strides = [Int](repeating: 0, count: space.count)
    var count = 1
    let kind = random.below(5)
    let order = kind == 4 ? Array(space.indices).shuffled(using: &random) : Array(space.indices.reversed())
    for d in order {
      let isBroadcast = kind == 3 || (kind == 2 && random.below(2) == 0)
      if !isBroadcast {
        strides[d] = count
        count *= space[d]
      }
    }
    return (strides, count)
  }

  private func program(_ seed: UInt64, length: Int) -> LoopCase {
    var random = LoopRandom(seed)
    var loop = LoopCase(space: random.pick(spaces))
    var types: [DType] = []
    for _ in 0..<1 + random.below(4) {
      let type: DType = random.pick([.f32, .f32, .f32, .f64, .i64, .bool])
      let (strides, count) = view(loop.space, &random)
      loop.inputs.append((data(type, count, &random), strides))
      types.append(type)
    }
    for _ in 0..<random.below(3) {
      let type: DType = random.pick([.f32, .f32, .f64])
      let value = Double.random(in: -2...2, using: &random)
      loop.parameters.append((type, type == .f32 ? UInt64(Float(value).bitPattern) : value.bitPattern))
      types.append(type)
    }
    // Operations that can't fail, as a failure ends a program.
    let ops = ElementOp.allCases
    while loop.body.count < length {
      let op = random.pick(ops)
      let type: DType = random.pick([.f32, .f32, .f64, .i64, .bool])
      guard op.accepts(type), !op.canFail(type) else { continue }
      let values = types.indices.filter { types[$0] == type }
      let flags = types.indices.filter { types[$0] == .bool }
      guard !values.isEmpty, op != .select || !flags.isEmpty else { continue }
      func operand() -> Int32 { Int32(random.pick(values)) }
      var instruction = LoopInstruction(op: op, dtype: type, a: operand(), b: operand(), c: operand())
      if op == .select { instruction.a = Int32(random.pick(flags)) }
      loop.body.append(instruction)
      types.append(op.result(type))
    }
    for _ in 0..<1 + random.below(3) {
      let value = types.count - 1 - random.below(Swift.min(types.count, 6))
      loop.outputs.append(LoopOutput(value: Int32(value), dtype: types[value], kind: .store))
    }
    if random.below(2) == 0 {
      let rank = loop.space.count
      loop.reduce = random.pick([.all, .trailing(1 + random.below(rank)), .leading(1 + random.below(rank))])
      for _ in 0..<1 + random.below(2) {
        let value = types.count - 1 - random.below(Swift.min(types.count, 6))
        let kinds: [ReduceOp] =
          types[value] == .bool
          ? [.any, .all] : types[value] == .i64 ? [.max, .min, .sum] : [.sum, .prod, .max, .min]
        loop.outputs.append(LoopOutput(value: Int32(value), dtype: types[value], kind: .reduce(random.pick(kinds))))
      }
    }
    return loop
  }

  func testFusedGivesTheBitsOfOneByOne() throws {
    let pool = Pool(threads: 2)
    for seed in 0..<400 {
      let loop = program(UInt64(seed), length: 1 + seed % 23)
      let (outcome, fused) = try loop.run()
      XCTAssertEqual(outcome, .done, "seed \(seed)")
      let apart = try loop.runUnfused()
      XCTAssertTrue(zip(fused, apart).allSatisfy { $0 == $1 }, "seed \(seed) space \(loop.space) \(loop.reduce)")
      let (_, threaded) = try loop.run(pool: pool)
      XCTAssertTrue(zip(fused, threaded).allSatisfy { $0 == $1 }, "seed \(seed) threads")
    }
  }

  func testOutputsMayTakeTheMemoryOfInputs() throws {
    for seed in 400..<600 {
      let loop = program(UInt64(seed), length: 1 + seed % 17)
      let total = loop.space.reduce(1, *)
      var inPlace: [Int: Int] = [:]
      let contiguous = contiguousStrides(loop.space)
      for (index, output) in loop.outputs.enumerated() where output.kind == .store {
        if let input = loop.inputs.indices.first(where: {
          loop.inputs[$0].data.type == output.dtype && loop.inputs[$0].strides == contiguous
            && loop.inputs[$0].data.count == total && !inPlace.values.contains($0)
        }) {
          inPlace[index] = input
        }
      }
      if inPlace.isEmpty { continue }
      let (_, apart) = try loop.run()
      let (_, placed) = try loop.run(inPlace: inPlace)
      XCTAssertTrue(zip(apart, placed).allSatisfy { $0 == $1 }, "seed \(seed) space \(loop.space) \(inPlace)")
    }
  }

  func testLongProgramsOnFewElements() throws {
    for seed in 0..<5 {
      var loop = program(UInt64(1000 + seed), length: 1000)
      loop.space = [8]
      loop.inputs = loop.inputs.map {
        (data: $0.data, strides: [$0.strides.contains { $0 != 0 } && $0.data.count >= 8 ? 1 : 0])
      }
      loop.reduce = .none
      loop.outputs = loop.outputs.filter { $0.kind == .store }
      let (_, fused) = try loop.run()
      XCTAssertEqual(fused, try loop.runUnfused())
    }
  }
}
