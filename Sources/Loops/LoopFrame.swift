// One thread's registers, and the run of one block.
import KernelTypes
import Kernels

/// The memory of a running loop: a table of pointers (inputs, parameters, outputs, registers), then the registers. A
/// frame lives as long as one thread's share of one run.
struct LoopFrame {
  /// What failed: where, which instruction, and the kernel's code.
  struct Failure {
    var position = -1
    var instruction = -1
    var code = 0
  }

  private unowned(unsafe) let program: LoopProgram
  private let sources: UnsafePointer<UnsafeRawPointer>
  private let outputs: UnsafePointer<UnsafeMutableRawPointer>
  private let pointers: UnsafeMutablePointer<UnsafeMutableRawPointer>
  private let base: UnsafeMutableRawPointer
  /// Bit per store: written into the output, it would destroy an input that is still to be read.
  private var shielded: UInt64 = 0
  private var row = -1

  init(
    _ program: LoopProgram, _ sources: UnsafePointer<UnsafeRawPointer>, _ numbers: UnsafePointer<UInt64>,
    _ outputs: UnsafePointer<UnsafeMutableRawPointer>
  ) {
    self.program = program
    self.sources = sources
    self.outputs = outputs
    let offsets = program.offsets
    let block = Buffers.allocate(program.memory)
    pointers = block.assumingMemoryBound(to: UnsafeMutableRawPointer.self)
    base = block + ((offsets.count &* 8 &+ 63) & ~63)
    var index = 0
    while index < offsets.count {
      // Pointers without a register are set for every block.
      if offsets[index] >= 0 { pointers[index] = base + offsets[index] }
      index &+= 1
    }
    prepareInputs()
    index = 0
    while index < program.parameters.count {
      let parameter = program.parameters[index]
      // Little-endian: the low bytes of the word are the element.
      fill(pointers[parameter.slot], UnsafeRawPointer(numbers + index), parameter.type.size, parameter.lanes)
      index &+= 1
    }
    index = 0
    while index < program.hazards.count {
      let hazard = program.hazards[index]
      if sources[hazard.input] == UnsafeRawPointer(outputs[program.stores[hazard.store].output]) {
        shielded |= 1 << UInt64(hazard.store & 63)
      }
      index &+= 1
    }
  }

  func release() { Buffers.free(UnsafeMutableRawPointer(pointers), program.memory) }

  /// The accumulator of a reduction: its slot, or its row of columns.
  func accumulator(_ reduction: LoopProgram.Reduction) -> UnsafeMutableRawPointer { base + reduction.accumulator }
  func operand(_ slot: Int) -> UnsafeRawPointer { UnsafeRawPointer(pointers[slot]) }

  private func prepareInputs() {
    var index = 0
    while index < program.inputs.count {
      let input = program.inputs[index]
      if input.access == .constant {
        fill(pointers[index], sources[index], input.size, program.shape.lanes)
      } else if input.access == .copiedOnce {
        program.views[input.view].whole.copy(
          sources[index], from: 0, count: Swift.min(program.shape.lanes, program.shape.total), size: input.size,
          into: pointers[index])
      }
      index &+= 1
    }
  }

  /// One number in all lanes.
  private func fill(_ target: UnsafeMutableRawPointer, _ source: UnsafeRawPointer, _ size: Int, _ lanes: Int) {
    var i = 0
    switch size {
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
  @inline(__always)
  mutating func run(row: Int, lane: Int, count: Int) -> Failure? {
    let position = row &* program.shape.length &+ lane
    if program.hasMovingInputs { load(row: row, lane: lane, position: position, count: count) }
    // A partial vector at the end of a block would be written into the next one, or past the output.
    let staged = count & (lanesPerStep &- 1) != 0 ? UInt64.max : shielded
    let stores = program.stores
    var index = 0
    while index < stores.count {
      pointers[stores[index].slot] =
        staged & (1 << UInt64(index & 63)) != 0
        ? base + stores[index].register : outputs[stores[index].output] + position &* stores[index].size
      index &+= 1
    }
    let steps = program.steps
    index = 0
    while index < steps.count {
      let code = steps[index].kernel(
        pointers[Int(steps[index].target)], UnsafeRawPointer(pointers[Int(steps[index].a)]),
        UnsafeRawPointer(pointers[Int(steps[index].b)]), UnsafeRawPointer(pointers[Int(steps[index].c)]),
        count | steps[index].repeated)
      if code >= 0 {
        return Failure(
          position: position &+ ElementFailure.lane(code), instruction: Int(steps[index].instruction), code: code)
      }
      index &+= 1
    }
    if staged != 0 { finishStores(position: position, count: count, staged) }
    return nil
  }

  private mutating func load(row: Int, lane: Int, position: Int, count: Int) {
    let isNewRow = row != self.row
    self.row = row
    let inputs = program.inputs
    var index = 0
    while index < inputs.count {
      let size = inputs[index].size
      switch inputs[index].access {
      case .inPlace: pointers[index] = UnsafeMutableRawPointer(mutating: sources[index] + position &* size)
      case .inPlaceByRow:
        let offset = program.views[inputs[index].view].outer.offset(row) &+ lane
        pointers[index] = UnsafeMutableRawPointer(mutating: sources[index] + offset &* size)
      case .constantByRow:
        if isNewRow {
          let offset = program.views[inputs[index].view].outer.offset(row)
          fill(pointers[index], sources[index] + offset &* size, size, program.shape.lanes)
        }
      case .copied:
        program.views[inputs[index].view].whole.copy(
          sources[index], from: position, count: count, size: size, into: pointers[index])
      case .constant, .copiedOnce: break
      }
      index &+= 1
    }
  }

  private func finishStores(position: Int, count: Int, _ staged: UInt64) {
    let stores = program.stores
    var index = 0
    while index < stores.count {
      if staged & (1 << UInt64(index & 63)) != 0 {
        let size = stores[index].size
        (outputs[stores[index].output] + position &* size).copyMemory(
          from: pointers[stores[index].slot], byteCount: count &* size)
      }
      index &+= 1
    }
  }
}
