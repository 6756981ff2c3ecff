// The loop language: a small program over numbers, applied at every point of an index space, and its compiler.
//
// A program runs block by block: each instruction is one SIMD kernel over a block of lanes whose operands lie in block
// registers that stay in the first-level cache. Contiguous inputs are read where they are, others are copied into a
// register block by block; a result that leaves the loop is written where it belongs.
//
// Read in this order: LoopTypes (the input), LoopShape (how the space is walked), this file (registers), LoopFrame (one
// thread's registers, one block), LoopRun (all blocks, threads, reductions).
import KernelTypes
import Kernels

package final class LoopProgram: @unchecked Sendable {
  /// One instruction, ready to run; operands are indices into a frame's table of pointers.
  struct Step {
    var kernel: ElementKernel
    var target: Int32
    var a: Int32
    var b: Int32
    var c: Int32
  }

  /// How an input comes into the loop.
  enum Access {
    /// Where it is, from the block's flat position.
    case inPlace
    /// Where it is, at an offset of the row's own.
    case inPlaceByRow
    /// One number for the whole space: filled in once.
    case constant
    /// One number for a row.
    case constantByRow
    /// Copied for every block.
    case copied
    /// Repeats with every block: copied once.
    case copiedOnce
  }

  struct Input {
    var type: DType
    var access: Access
    var whole: StridedView
    var outer: StridedView
    /// Index of the last step that reads it, for outputs that overwrite it.
    var lastUse = -1
    /// Offset of its register in the frame's memory, for inputs that need one.
    var register = -1
  }

  struct Store {
    var output: Int
    var type: DType
    /// Pointer that the defining step writes through.
    var slot: Int
    /// Step that writes the output.
    var definition: Int
    /// Offset of a register that stands in for the output where whole vectors would write too much.
    var register: Int
  }

  struct Reduction {
    var output: Int
    var op: ReduceOp
    var type: DType
    var slot: Int
    var block: ReduceBlockKernel
    var rows: ReduceRowsKernel
    var columns: ReduceColumnsKernel
    /// Offset of the accumulator (a slot, or a row of columns) in the frame's memory.
    var accumulator: Int
  }

  let shape: LoopShape
  private(set) var steps: [Step] = []
  private(set) var inputs: [Input] = []
  private(set) var parameters: [(type: DType, register: Int)] = []
  private(set) var stores: [Store] = []
  private(set) var reductions: [Reduction] = []
  /// Offsets of the block registers; their pointers follow those of inputs and parameters in the table.
  private(set) var registers: [Int] = []
  private(set) var pointerCount = 0
  private(set) var memory = 0
  /// Rough cost of a point in additions of floats.
  private(set) var costPerPoint = 1

  /// Compiles a loop. Instructions whose operation is undefined on their type leave the program unrunnable: nil.
  package init?(
    space: [Int], inputs: [LoopInput], parameters: [DType], body: [LoopInstruction], outputs: [LoopOutput],
    reduce: ReduceAxes
  ) {
    shape = LoopShape(space: space, inputs: inputs, reduce: reduce)
    layInputs(space, inputs)
    guard compile(inputs, parameters, body, outputs) else { return nil }
    estimate(body, outputs)
  }

  private func layInputs(_ space: [Int], _ inputs: [LoopInput]) {
    for input in inputs {
      let whole = StridedView(sizes: space, strides: input.strides)
      let outer = StridedView(sizes: space[..<shape.split], strides: input.strides[..<shape.split])
      let inner = StridedView(sizes: space[shape.split...], strides: input.strides[shape.split...])
      var access = Access.copied
      if whole.isConstant {
        access = .constant
      } else if whole.isContiguous {
        access = .inPlace
      } else if shape.rowsInBlock == 1 && shape.split > 0 && inner.isContiguous {
        access = .inPlaceByRow
      } else if shape.rowsInBlock == 1 && shape.split > 0 && inner.isConstant {
        access = .constantByRow
      } else if let period = whole.period, shape.rowsInBlock > 1 || shape.split == 0 {
        let advance = shape.rowsInBlock > 1 ? shape.rowsInBlock * shape.length : shape.lanes
        access = advance % period == 0 ? .copiedOnce : .copied
      }
      self.inputs.append(Input(type: input.dtype, access: access, whole: whole, outer: outer))
    }
  }

  /// Bytes of a register for the widest element: padded, and of an odd number of cache lines so that registers do not
  /// fall on one another in the cache.
  private func registerBytes(_ size: Int) -> Int {
    let bytes = (shape.lanes * size + 63) / 64 * 64 + 64
    return bytes % 128 == 0 ? bytes + 64 : bytes
  }

  private func reserve(_ bytes: Int) -> Int {
    let offset = memory
    memory += bytes
    return offset
  }

  private func compile(
    _ inputs: [LoopInput], _ parameters: [DType], _ body: [LoopInstruction], _ outputs: [LoopOutput]
  ) -> Bool {
    let firstInstruction = inputs.count + parameters.count
    var types = inputs.map(\.dtype) + parameters
    for instruction in body { types.append(instruction.op.result(instruction.dtype)) }
    let widest = types.map(\.size).max() ?? 8
    let bytes = registerBytes(widest)

    // Last uses: an operand's register is free after it. Outputs use their value when the block is done.
    var lastUse = [Int](repeating: -1, count: types.count)
    for (index, instruction) in body.enumerated() {
      for operand in [instruction.a, instruction.b, instruction.c].prefix(instruction.op.arity) {
        guard operand >= 0 && operand < firstInstruction + index else { return false }
        lastUse[Int(operand)] = index
      }
    }
    // The first store of an instruction's value lets that instruction write into the output; any other store is a step
    // that copies.
    var direct = [Int](repeating: -1, count: types.count)
    for (index, output) in outputs.enumerated() {
      let value = Int(output.value)
      guard value >= 0 && value < types.count, types[value] == output.dtype else { return false }
      if output.kind == .store && value >= firstInstruction && direct[value] < 0 {
        direct[value] = index
      }
      lastUse[value] = body.count
    }
    for index in inputs.indices {
      switch self.inputs[index].access {
      case .inPlace, .inPlaceByRow: break
      default: self.inputs[index].register = reserve(bytes)
      }
    }
    self.parameters = parameters.map { ($0, reserve(bytes)) }

    // Pointer table: inputs, parameters, one for each output, then registers.
    let firstRegister = firstInstruction + outputs.count
    var slots = Array(0..<firstInstruction) + [Int](repeating: -1, count: body.count)
    var freed: [Int] = []
    func release(_ value: Int) {
      if value >= firstInstruction && direct[value] < 0 { freed.append(slots[value]) }
    }
    for (index, instruction) in body.enumerated() {
      let op = instruction.op
      let operands = [instruction.a, instruction.b, instruction.c].prefix(op.arity).map(Int.init)
      guard let kernel = Kernels.element(op, instruction.dtype) else { return false }
      for (place, operand) in operands.enumerated() {
        let expected = op == .select && place == 0 ? DType.bool : instruction.dtype
        guard types[operand] == expected else { return false }
      }
      let value = firstInstruction + index
      let dying = Set(operands).filter { lastUse[$0] == index }
      // The result may take the register of an operand that ends here, if elements keep their place in it.
      for operand in dying where types[operand].size == types[value].size { release(operand) }
      if direct[value] >= 0 {
        slots[value] = firstInstruction + direct[value]
      } else if let register = freed.popLast() {
        slots[value] = register
      } else {
        slots[value] = firstRegister + registers.count
        registers.append(reserve(bytes))
      }
      for operand in dying where types[operand].size != types[value].size { release(operand) }
      if lastUse[value] < 0 { release(value) }
      func slot(_ place: Int) -> Int32 { Int32(slots[operands[place < operands.count ? place : 0]]) }
      steps.append(Step(kernel: kernel, target: Int32(slots[value]), a: slot(0), b: slot(1), c: slot(2)))
    }
    guard layOutputs(outputs, slots, direct, firstInstruction, bytes) else { return false }
    pointerCount = firstRegister + registers.count
    for (index, step) in steps.enumerated() {
      for slot in [step.a, step.b, step.c] where slot < inputs.count { self.inputs[Int(slot)].lastUse = index }
    }
    return true
  }

  private func layOutputs(
    _ outputs: [LoopOutput], _ slots: [Int], _ direct: [Int], _ firstInstruction: Int, _ bytes: Int
  ) -> Bool {
    let hasStores = outputs.contains { $0.kind == .store }
    for (index, output) in outputs.enumerated() {
      let value = Int(output.value)
      switch output.kind {
      case .store:
        var definition = value - firstInstruction
        let slot = firstInstruction + index
        if direct[value] != index {
          guard let copy = Kernels.element(.copy, output.dtype) else { return false }
          definition = steps.count
          let from = Int32(slots[value])
          steps.append(Step(kernel: copy, target: Int32(slot), a: from, b: from, c: from))
        }
        stores.append(
          Store(output: index, type: output.dtype, slot: slot, definition: definition, register: reserve(bytes)))
      case .reduce(let op):
        let kernel = KernelTable.index(op, output.dtype)
        guard shape.mode != .map, let block = Kernels.table.reduceBlock[kernel],
          let rows = Kernels.table.reduceRows[kernel], let columns = Kernels.table.reduceColumns[kernel]
        else { return false }
        let accumulator = shape.mode == .leading ? reserve(bytes) : reserve(64)
        var slot = slots[value]
        if value < inputs.count && hasStores {
          // Reductions come after the stores, and a store may have taken the input's memory.
          guard let copy = Kernels.element(.copy, output.dtype) else { return false }
          slot = firstInstruction + outputs.count + registers.count
          registers.append(reserve(bytes))
          let from = Int32(value)
          steps.append(Step(kernel: copy, target: Int32(slot), a: from, b: from, c: from))
        }
        reductions.append(
          Reduction(
            output: index, op: op, type: output.dtype, slot: slot, block: block, rows: rows, columns: columns,
            accumulator: accumulator))
      }
    }
    return true
  }

  private func estimate(_ body: [LoopInstruction], _ outputs: [LoopOutput]) {
    var cost = inputs.count + outputs.count
    for input in inputs where input.access == .copied { cost += input.type.size / 2 }
    for instruction in body { cost += instruction.op.cost(instruction.dtype) }
    costPerPoint = Swift.max(1, cost)
  }
}

extension ElementOp {
  /// Rough time of an element in additions of floats; decides only what runs in parallel.
  fileprivate func cost(_ type: DType) -> Int {
    let wide = type == .f64 || type == .i64 ? 2 : 1
    switch self {
    case .exp, .div, .reciprocal, .sqrt, .floor, .ceil, .round: return 4 * wide
    case .expm1, .log, .log1p, .tanh, .sigmoid, .softplus, .rsqrt: return 8 * wide
    case .sin, .cos, .tan, .erf, .gelu: return type == .f64 ? 100 : 25
    case .pow, .floordiv, .mod: return type == .f32 ? 40 : 150
    case .mul, .square: return type == .i64 ? 8 : wide
    default: return wide
    }
  }
}
