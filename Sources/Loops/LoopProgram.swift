// The loop language: a small program over numbers, applied at every point of an index space, ready to run.
//
// A program runs block by block: each step is one SIMD kernel over a block of lanes whose operands lie in block registers
// that stay in the first-level cache. Contiguous inputs are read where they are, others are copied into a register block
// by block; a result that leaves the loop is written where it belongs.
//
// Read in this order: LoopTypes (the source), LoopShape (how the space is walked), LoopCompiler (source to steps), this
// file (what a program consists of), LoopFrame (one thread's registers, one block), LoopRun (all blocks, threads,
// reductions).
import KernelTypes
import Kernels

package final class LoopProgram: @unchecked Sendable {
  /// One kernel call; operands are indices into a frame's table of pointers.
  struct Step {
    var kernel: ElementKernel
    var target: Int32
    var a: Int32
    var b: Int32
    var c: Int32
    /// `RepeatedOperand` bits for the kernel's count.
    var repeated: Int
    /// The instruction of the source that fails if this step does; -1 for steps that can't.
    var instruction: Int32
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

    var isInPlace: Bool { self == .inPlace || self == .inPlaceByRow }
  }

  struct Input {
    var type: DType
    var size: Int
    var access: Access
    /// Index of its view over the whole space, and of the one over the rows.
    var view: Int
  }

  struct Parameter {
    var type: DType
    /// Its pointer in the frame's table.
    var slot: Int
    /// Lanes to fill: one vector where every reader takes a repeated operand, else a block.
    var lanes: Int
  }

  struct Store {
    var output: Int
    var size: Int
    /// The pointer that the defining step writes through.
    var slot: Int
    /// A register that stands in for the output where whole vectors would write too much.
    var register: Int
  }

  /// A store and an input that is read after the store was written: if they share memory, the store must wait.
  struct Hazard {
    var store: Int
    var input: Int
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
  let steps: UnsafeMutableBufferPointer<Step>
  let inputs: UnsafeMutableBufferPointer<Input>
  let parameters: UnsafeMutableBufferPointer<Parameter>
  let stores: UnsafeMutableBufferPointer<Store>
  let hazards: UnsafeMutableBufferPointer<Hazard>
  /// For each pointer of a frame's table the offset of its register in the frame's memory, or -1.
  let offsets: UnsafeMutableBufferPointer<Int>
  let reductions: [Reduction]
  /// Views of the inputs that are not in place: over the whole space, then over the rows.
  let views: [(whole: StridedView, outer: StridedView)]
  /// Whether an input must be looked at for every block.
  let hasMovingInputs: Bool
  /// Bytes of a frame's memory, the table of pointers included.
  let memory: Int
  /// Rough cost of a point in additions of floats; decides only what runs in parallel.
  let costPerPoint: Int

  /// Compiles a loop; nil where it makes no sense (an operation that is undefined on its type, an operand of another
  /// type or from later on).
  package init?(
    space: [Int], inputs: [LoopInput], parameters: [DType], body: [LoopInstruction], outputs: [LoopOutput],
    reduce: ReduceAxes
  ) {
    var compiler = LoopCompiler(
      space: space, inputs: inputs, parameters: parameters, body: body, outputs: outputs, reduce: reduce)
    guard compiler.compile() else { return nil }
    func keep<T>(_ items: [T]) -> UnsafeMutableBufferPointer<T> {
      let buffer = UnsafeMutableBufferPointer<T>.allocate(capacity: items.count)
      _ = buffer.initialize(from: items)
      return buffer
    }
    shape = compiler.shape
    steps = keep(compiler.steps)
    self.inputs = keep(compiler.layout)
    self.parameters = keep(compiler.constants)
    stores = keep(compiler.stores)
    hazards = keep(compiler.hazards)
    offsets = keep(compiler.offsets)
    reductions = compiler.reductions
    views = compiler.views
    hasMovingInputs = compiler.layout.contains { $0.access != .constant && $0.access != .copiedOnce }
    memory = (compiler.offsets.count * 8 + 63) / 64 * 64 + compiler.memory + 64
    costPerPoint = compiler.cost
  }

  deinit {
    steps.deallocate()
    inputs.deallocate()
    parameters.deallocate()
    stores.deallocate()
    hazards.deallocate()
    offsets.deallocate()
  }
}
