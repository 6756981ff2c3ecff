// One thread's registers, and the run of one block.
import KernelTypes
import Kernels

/// The memory of a running loop. A frame lives as long as one thread's share of one run.
struct LoopFrame {
  /// What a block ends with: -1, or an instruction that failed and its code.
  struct Failure {
    var position = -1
    var instruction = -1
    var code = 0
  }

  private unowned(unsafe) let program: LoopProgram
  private let sources: UnsafePointer<UnsafeRawPointer>
  private let outputs: UnsafePointer<UnsafeMutableRawPointer>
  private let block: UnsafeMutableRawPointer
  private let pointers: UnsafeMutablePointer<UnsafeMutableRawPointer>
  private let base: UnsafeMutableRawPointer
  private let bytes: Int
  /// Bit per store: whole vectors written into the output would destroy an input that is still to be read.
  private var shielded: UInt64 = 0
  private var row = -1

  init(
    _ program: LoopProgram, _ sources: UnsafePointer<UnsafeRawPointer>, _ numbers: UnsafePointer<UInt64>,
    _ outputs: UnsafePointer<UnsafeMutableRawPointer>
  ) {
    self.program = program
    self.sources = sources
    self.outputs = outputs
    let table = (program.pointerCount &* 8 &+ 63) & ~63
    bytes = table &+ program.memory &+ 64
    block = Buffers.allocate(bytes)
    pointers = block.bindMemory(to: UnsafeMutableRawPointer.self, capacity: program.pointerCount)
    base = block + table
    let firstRegister = program.pointerCount &- program.registers.count
    var index = 0
    while index < program.registers.count {
      pointers[firstRegister &+ index] = base + program.registers[index]
      index &+= 1
    }
    prepareInputs()
    prepareParameters(numbers)
    prepareStores()
  }

  func release() { Buffers.free(block, bytes) }

  /// The accumulator of a reduction: its slot, or its row of columns.
  func accumulator(_ reduction: LoopProgram.Reduction) -> UnsafeMutableRawPointer { base + reduction.accumulator }
  func operand(_ slot: Int) -> UnsafeRawPointer { UnsafeRawPointer(pointers[slot]) }

  private func prepareInputs() {
    var index = 0
    while index < program.inputs.count {
      let register = program.inputs[index].register
      if register < 0 {
        pointers[index] = UnsafeMutableRawPointer(mutating: sources[index])
      } else {
        pointers[index] = base + register
        switch program.inputs[index].access {
        case .constant: fill(base + register, from: sources[index], program.inputs[index].type)
        case .copiedOnce:
          program.inputs[index].whole.copy(
            sources[index], from: 0, count: Swift.min(program.shape.lanes, program.shape.total),
            size: program.inputs[index].type.size, into: base + register)
        default: break
        }
      }
      index &+= 1
    }
  }

  private func prepareParameters(_ numbers: UnsafePointer<UInt64>) {
    let first = program.inputs.count
    var index = 0
    while index < program.parameters.count {
      let parameter = program.parameters[index]
      pointers[first &+ index] = base + parameter.register
      // Little-endian: the low bytes of the word are the element.
      fill(base + parameter.register, from: UnsafeRawPointer(numbers + index), parameter.type)
      index &+= 1
    }
  }

  private mutating func prepareStores() {
    for (place, store) in program.stores.enumerated() {
      let out = UnsafeRawPointer(outputs[store.output])
      for (index, input) in program.inputs.enumerated() where input.lastUse > store.definition && input.register < 0 {
        if sources[index] == out { shielded |= 1 << UInt64(place & 63) }
      }
    }
  }

  /// One number in all lanes.
  private func fill(_ target: UnsafeMutableRawPointer, from source: UnsafeRawPointer, _ type: DType) {
    let lanes = program.shape.lanes
    var i = 0
    switch type.size {
    case 4:
      let value = SIMD16<UInt32>(repeating: source.load(as: UInt32.self))
      while i < lanes {
        (target + i &* 4).storeBytes(of: value, as: SIMD16<UInt32>.self)
        i &+= 16
      }
    case 8:
      let value = SIMD8<UInt64>(repeating: source.load(as: UInt64.self))
      while i < lanes {
        (target + i &* 8).storeBytes(of: value, as: SIMD8<UInt64>.self)
        i &+= 8
      }
    default:
      let value = SIMD16<UInt8>(repeating: source.load(as: UInt8.self))
      while i < lanes {
        (target + i).storeBytes(of: value, as: SIMD16<UInt8>.self)
        i &+= 16
      }
    }
  }

  /// Runs the body over `count` lanes from `lane` of `row` on (several whole rows where rows share blocks).
  mutating func run(row: Int, lane: Int, count: Int) -> Failure? {
    let position = row &* program.shape.length &+ lane
    load(row: row, lane: lane, position: position, count: count)
    // A partial vector at the end of a block would be written into the next one, or past the output.
    let isPartial = count & (lanesPerStep &- 1) != 0
    placeStores(position: position, isPartial: isPartial)
    let failed = program.steps.withUnsafeBufferPointer { steps -> Failure? in
      var index = 0
      while index < steps.count {
        let step = steps[index]
        let code = step.kernel(
          pointers[Int(step.target)], UnsafeRawPointer(pointers[Int(step.a)]), UnsafeRawPointer(pointers[Int(step.b)]),
          UnsafeRawPointer(pointers[Int(step.c)]), count)
        if code >= 0 {
          return Failure(position: position &+ ElementFailure.lane(code), instruction: index, code: code)
        }
        index &+= 1
      }
      return nil
    }
    if let failed { return failed }
    finishStores(position: position, count: count, isPartial: isPartial)
    return nil
  }

  private mutating func load(row: Int, lane: Int, position: Int, count: Int) {
    let isNewRow = row != self.row
    self.row = row
    program.inputs.withUnsafeBufferPointer { inputs in
      var index = 0
      while index < inputs.count {
        let size = inputs[index].type.size
        switch inputs[index].access {
        case .inPlace: pointers[index] = UnsafeMutableRawPointer(mutating: sources[index] + position &* size)
        case .inPlaceByRow:
          pointers[index] = UnsafeMutableRawPointer(
            mutating: sources[index] + (inputs[index].outer.offset(row) &+ lane) &* size)
        case .constantByRow:
          if isNewRow {
            fill(
              base + inputs[index].register, from: sources[index] + inputs[index].outer.offset(row) &* size,
              inputs[index].type)
          }
        case .copied:
          inputs[index].whole.copy(
            sources[index], from: position, count: count, size: size, into: base + inputs[index].register)
        case .constant, .copiedOnce: break
        }
        index &+= 1
      }
    }
  }

  private func isStaged(_ place: Int, _ isPartial: Bool) -> Bool {
    isPartial || shielded & (1 << UInt64(place & 63)) != 0
  }

  private func placeStores(position: Int, isPartial: Bool) {
    program.stores.withUnsafeBufferPointer { stores in
      var place = 0
      while place < stores.count {
        pointers[stores[place].slot] =
          isStaged(place, isPartial)
          ? base + stores[place].register : outputs[stores[place].output] + position &* stores[place].type.size
        place &+= 1
      }
    }
  }

  private func finishStores(position: Int, count: Int, isPartial: Bool) {
    program.stores.withUnsafeBufferPointer { stores in
      var place = 0
      while place < stores.count {
        if isStaged(place, isPartial) {
          let store = stores[place]
          let size = store.type.size
          (outputs[store.output] + position &* size).copyMemory(
            from: pointers[store.slot], byteCount: count &* size)
        }
        place &+= 1
      }
    }
  }
}
