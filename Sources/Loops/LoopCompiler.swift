// From a loop's source to its steps: registers, pairs of operations in one kernel, direct stores.
//
// Registers are blocks of lanes. An instruction's result takes the register of an operand that ends with it, else one
// that is free, else a new one, so that few are in use and stay in the cache. A value that leaves the loop is written
// straight into the output. An arithmetic result that is read once, by arithmetic again, is not stored at all: both
// operations become one step (`PairFirst`, `PairSecond`). Numbers are kept as one vector where all their readers can
// use it again and again.
import KernelTypes
import Kernels

struct LoopCompiler {
  let shape: LoopShape
  let cost: Int
  private(set) var steps: [LoopProgram.Step] = []
  private(set) var layout: [LoopProgram.Input] = []
  private(set) var constants: [LoopProgram.Parameter] = []
  private(set) var stores: [LoopProgram.Store] = []
  private(set) var hazards: [LoopProgram.Hazard] = []
  private(set) var reductions: [LoopProgram.Reduction] = []
  private(set) var views: [(whole: StridedView, outer: StridedView)] = []
  private(set) var offsets: [Int] = []
  private(set) var memory = 0

  private let space: [Int]
  private let inputs: [LoopInput]
  private let parameters: [DType]
  private let body: [LoopInstruction]
  private let outputs: [LoopOutput]
  /// The number of the first instruction's value.
  private let first: Int

  private var types: [DType] = []
  /// Operands of each instruction that count, and for one that took in another the three of the pair.
  private var operands: [[Int]] = []
  private var pair: [(PairFirst, PairSecond)?] = []
  /// Instructions that became part of another.
  private var absorbed: [Bool] = []
  private var lastUse: [Int] = []
  /// Index of the output that an instruction writes into, or -1.
  private var direct: [Int] = []
  /// Pointer of each value.
  private var slots: [Int] = []
  /// The kernel bit that says an operand is one vector; values (numbers) of which there is one vector only.
  private var isRepeated: [Bool] = []
  private var registerBytes = 0

  init(
    space: [Int], inputs: [LoopInput], parameters: [DType], body: [LoopInstruction], outputs: [LoopOutput],
    reduce: ReduceAxes
  ) {
    self.space = space
    self.inputs = inputs
    self.parameters = parameters
    self.body = body
    self.outputs = outputs
    first = inputs.count + parameters.count
    shape = LoopShape(space: space, inputs: inputs, reduce: reduce)
    cost = body.reduce(inputs.count + outputs.count) { $0 + $1.op.cost($1.dtype) }
  }

  mutating func compile() -> Bool {
    guard check() else { return false }
    registerBytes = paddedBytes(types.map(\.size).max() ?? 8)
    findDirectStores()
    findPairs()
    findLastUses()
    layInputs()
    layParameters()
    offsets += outputs.map { _ in -1 }
    guard allocate(), layOutputs() else { return false }
    findHazards()
    return true
  }

  // MARK: Analysis

  /// Types of all values; false if an operand is of another type than its instruction says, or not there yet.
  private mutating func check() -> Bool {
    types = inputs.map(\.dtype) + parameters
    for instruction in body {
      let all = [instruction.a, instruction.b, instruction.c].prefix(instruction.op.arity).map(Int.init)
      guard instruction.op.accepts(instruction.dtype) else { return false }
      for (place, operand) in all.enumerated() {
        let expected = instruction.op == .select && place == 0 ? DType.bool : instruction.dtype
        guard operand >= 0, operand < types.count, types[operand] == expected else { return false }
      }
      operands.append(all)
      types.append(instruction.op.result(instruction.dtype))
    }
    return outputs.allSatisfy { $0.value >= 0 && Int($0.value) < types.count && types[Int($0.value)] == $0.dtype }
  }

  /// The first store of an instruction's value is written by that instruction; any other store is a step that copies.
  private mutating func findDirectStores() {
    direct = Array(repeating: -1, count: types.count)
    for (index, output) in outputs.enumerated() where output.kind == .store && Int(output.value) >= first {
      if direct[Int(output.value)] < 0 { direct[Int(output.value)] = index }
    }
  }

  private mutating func findPairs() {
    pair = body.map { _ in nil }
    absorbed = body.map { _ in false }
    var uses = Array(repeating: 0, count: types.count)
    for all in operands { for operand in all { uses[operand] += 1 } }
    for output in outputs { uses[Int(output.value)] += 2 }
    for (index, instruction) in body.enumerated() where instruction.dtype.isFloat {
      guard let straight = instruction.op.pairSecond, operands[index].count == 2 else { continue }
      let (a, b) = (operands[index][0], operands[index][1])
      for (inner, outer, second) in [(a, b, straight), (b, a, straight.reversed)] {
        let made = inner - first
        guard made >= 0, uses[inner] == 1, pair[made] == nil, let op = body[made].op.pairFirst else { continue }
        pair[index] = (op, second)
        absorbed[made] = true
        operands[index] = [operands[made][0], operands[made].last ?? 0, outer]
        break
      }
    }
  }

  private mutating func findLastUses() {
    lastUse = Array(repeating: -1, count: types.count)
    for (index, all) in operands.enumerated() where !absorbed[index] {
      for operand in all { lastUse[operand] = index }
    }
    for output in outputs { lastUse[Int(output.value)] = body.count }
  }

  // MARK: Layout

  /// Bytes of a register: padded, and of an odd number of cache lines so that registers do not fall on one another in the
  /// cache.
  private func paddedBytes(_ size: Int) -> Int {
    let bytes = (shape.lanes * size + 63) / 64 * 64 + 64
    return bytes % 128 == 0 ? bytes + 64 : bytes
  }

  private mutating func reserve(_ bytes: Int) -> Int {
    let offset = memory
    memory += (bytes + 63) / 64 * 64
    return offset
  }

  private mutating func layInputs() {
    for input in inputs {
      let whole = StridedView(sizes: space, strides: input.strides)
      let outer = StridedView(sizes: space[..<shape.split], strides: input.strides[..<shape.split])
      let inner = StridedView(sizes: space[shape.split...], strides: input.strides[shape.split...])
      let hasRows = shape.rowsInBlock == 1 && shape.split > 0
      var access = LoopProgram.Access.copied
      if whole.isConstant {
        access = .constant
      } else if whole.isContiguous {
        access = .inPlace
      } else if hasRows && inner.isContiguous {
        access = .inPlaceByRow
      } else if hasRows && inner.isConstant {
        access = .constantByRow
      } else if let period = whole.period, !hasRows {
        let advance = shape.rowsInBlock > 1 ? shape.rowsInBlock * shape.length : shape.lanes
        access = advance % period == 0 ? .copiedOnce : .copied
      }
      layout.append(
        LoopProgram.Input(type: input.dtype, size: input.dtype.size, access: access, view: views.count))
      views.append((whole, outer))
      offsets.append(access.isInPlace ? -1 : reserve(registerBytes))
    }
  }

  private mutating func layParameters() {
    isRepeated = Array(repeating: false, count: types.count)
    for index in parameters.indices { isRepeated[inputs.count + index] = true }
    for (index, all) in operands.enumerated() where !absorbed[index] && pair[index] == nil {
      if !body[index].op.takesRepeated(body[index].dtype) { for operand in all { isRepeated[operand] = false } }
    }
    for output in outputs { isRepeated[Int(output.value)] = false }
    for (index, type) in parameters.enumerated() {
      let isOne = isRepeated[inputs.count + index]
      constants.append(
        LoopProgram.Parameter(type: type, slot: offsets.count, lanes: isOne ? lanesPerStep : shape.lanes))
      offsets.append(reserve(isOne ? 2 * 64 : registerBytes))
    }
  }

  // MARK: Registers

  private mutating func newRegister() -> Int {
    offsets.append(reserve(registerBytes))
    return offsets.count - 1
  }

  private mutating func allocate() -> Bool {
    slots = Array(0..<first) + Array(repeating: -1, count: body.count)
    var free: [Int] = []
    for (index, instruction) in body.enumerated() where !absorbed[index] {
      let value = first + index
      let dying = Set(operands[index]).filter { lastUse[$0] == index && $0 >= first && direct[$0] < 0 }
      // The result may take the register of an operand that ends here, if elements keep their place in it.
      for operand in dying where types[operand].size == types[value].size { free.append(slots[operand]) }
      if direct[value] >= 0 {
        slots[value] = first + direct[value]
      } else if let register = free.popLast() {
        slots[value] = register
      } else {
        slots[value] = newRegister()
      }
      for operand in dying where types[operand].size != types[value].size { free.append(slots[operand]) }
      if lastUse[value] < 0 && direct[value] < 0 { free.append(slots[value]) }
      guard let kernel = kernel(index, instruction) else { return false }
      let all = operands[index]
      let step = [0, 1, 2].map { $0 < all.count ? all[$0] : all[0] }
      let bits = [RepeatedOperand.a, RepeatedOperand.b, RepeatedOperand.c]
      steps.append(
        LoopProgram.Step(
          kernel: kernel, target: Int32(slots[value]), a: Int32(slots[step[0]]), b: Int32(slots[step[1]]),
          c: Int32(slots[step[2]]),
          repeated: (0..<all.count).reduce(0) { isRepeated[all[$1]] ? $0 | bits[$1] : $0 },
          instruction: Int32(index)))
    }
    return true
  }

  private func kernel(_ index: Int, _ instruction: LoopInstruction) -> ElementKernel? {
    if let (one, two) = pair[index] { return Kernels.table.pairs[KernelTable.index(one, two, instruction.dtype)] }
    return Kernels.element(instruction.op, instruction.dtype)
  }

  private mutating func copy(_ value: Int, to slot: Int) -> Bool {
    guard let kernel = Kernels.element(.copy, types[value]) else { return false }
    let from = Int32(slots[value])
    steps.append(
      LoopProgram.Step(
        kernel: kernel, target: Int32(slot), a: from, b: from, c: from, repeated: 0, instruction: -1))
    return true
  }

  // MARK: Outputs

  private mutating func layOutputs() -> Bool {
    let hasStores = outputs.contains { $0.kind == .store }
    for (index, output) in outputs.enumerated() {
      let value = Int(output.value)
      switch output.kind {
      case .store:
        let slot = first + index
        if direct[value] != index && !copy(value, to: slot) { return false }
        stores.append(
          LoopProgram.Store(output: index, size: output.dtype.size, slot: slot, register: reserve(registerBytes)))
      case .reduce(let op):
        let number = KernelTable.index(op, output.dtype)
        guard shape.mode != .map, let block = Kernels.table.reduceBlock[number],
          let rows = Kernels.table.reduceRows[number], let columns = Kernels.table.reduceColumns[number]
        else { return false }
        var slot = slots[value]
        if value < inputs.count && hasStores {
          // Reductions come after the stores, and a store may have taken the input's memory.
          slot = newRegister()
          if !copy(value, to: slot) { return false }
        }
        reductions.append(
          LoopProgram.Reduction(
            output: index, op: op, type: output.dtype, slot: slot, block: block, rows: rows, columns: columns,
            accumulator: reserve(shape.mode == .leading ? registerBytes : ReductionSlot.size)))
      }
    }
    return true
  }

  private mutating func findHazards() {
    for (place, store) in stores.enumerated() {
      guard let written = steps.firstIndex(where: { $0.target == Int32(store.slot) }) else { continue }
      for (index, input) in layout.enumerated() where input.access.isInPlace {
        let isReadLater = steps[(written + 1)...].contains { [$0.a, $0.b, $0.c].contains(Int32(index)) }
        if isReadLater { hazards.append(LoopProgram.Hazard(store: place, input: index)) }
      }
    }
  }
}
