// A plan: the steps that compute the pending nodes of one structure. It names nodes by their position in `Work`, never by
// address, so that it serves every later work of the same structure.
import KernelTypes
import Loops

/// A local node by its index, an outer one by the complement of its index (as in the key).
typealias Code = Int32

final class Plan {
  let key: [UInt64]
  let hash: UInt64
  var lastUse = 0
  var steps: [Step] = []
  /// For each local node the node whose elements it shows: itself, unless it is a view.
  var root: [Code] = []
  /// Local nodes that outlive the plan.
  var isNeeded: [Bool] = []
  /// Outer filled tensors that some step reads from memory.
  var wantsElements: [Int] = []
  /// Bytes held at the worst moment, beyond what is held before.
  var peakBytes = 0

  init(key: [UInt64], hash: UInt64) {
    self.key = key
    self.hash = hash
  }

  struct Step {
    var work: StepWork
    /// Local nodes whose elements nobody reads after this step.
    var releases: [Int] = []
    /// Writes over an outer node's elements: from here on the plan runs to its end.
    var isDestructive = false
  }

  enum StepWork {
    case loop(LoopStep)
    /// One node on its own.
    case node(Int)
  }

  final class LoopStep {
    let program: LoopProgram
    let inputs: [Code]
    /// Outer numbers and filled tensors, read as run-time scalars.
    let parameters: [Int]
    let outputs: [Int]
    /// For each output the operand whose elements it may write over, or nil.
    var takes: [Code?]
    /// All nodes of the group, for failures.
    let nodes: [Int]

    init(program: LoopProgram, inputs: [Code], parameters: [Int], outputs: [Int], nodes: [Int]) {
      self.program = program
      self.inputs = inputs
      self.parameters = parameters
      self.outputs = outputs
      self.nodes = nodes
      takes = Array(repeating: nil, count: outputs.count)
    }
  }
}
