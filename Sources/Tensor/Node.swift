// A node of the graph: one tensor, computed or still to be computed. Nodes are plain records in slabs, counted by hand.
//
// A node has two counts. `header.count` are the script values that hold it; `uses` are pending nodes that read it, and
// the tape. When both are zero the node is gone. "Live" means `header.count != 0`: somebody can look at it.
//
// Layout is known when a node is recorded: every operation makes contiguous row-major elements except views, whose
// strides follow from those of what they view. So whether a node was looked at never changes how it is read, and thus
// never changes bits.
import KernelTypes
import Kernels
import Recurrences

package typealias Node = UnsafeMutablePointer<NodeRecord>

/// What a node does. `sub` of the record refines some.
package enum NodeOp: UInt8, Sendable {
  /// Elements given from outside, or computed and cut off from their inputs.
  case leaf
  /// A rank-0 value held in `bits`.
  case number
  /// All elements equal to `bits`.
  case filled
  /// `ElementOp(sub)` on 1 to 3 inputs that broadcast to the node's shape.
  case element
  /// `ReduceOp(sub)` over attributes.axes of the input.
  case reduce
  // Views: same elements, other strides.
  case alias, reshape, permute, broadcast, slice
  // Steps of their own.
  case matmul
  case softmax, logSoftmax, logSumExp  // along the last axis
  case argReduce  // sub: 1 max, 0 min; along the last axis
  case cumulativeSum  // along the last axis
  case gather  // inputs: table, ids
  case scatterAdd  // inputs: ids, source; rows added into zeros of the node's shape
  case pick  // inputs: [n, c], ids [n]
  case oneHot  // ids
  case embed  // input placed into zeros at attributes.items
  case update  // inputs: whole, part; part written at attributes.items
  case concat  // attributes.inputs along attributes.axes[0]
  /// A dynamic program or index definition; sub: `Recurrence.Form`. See Graph+Recurrences.
  case recurrence
  /// Stands for the items of its input's rows; never computed. See Mapping.
  case mapped

  /// All inputs are in attributes.inputs; the first is `in0` too.
  var hasInputList: Bool { self == .concat || self == .recurrence }
  var isView: Bool { rawValue >= NodeOp.alias.rawValue && rawValue <= NodeOp.slice.rawValue }
}

package enum NodeState: UInt8, Sendable { case pending, computed, failed }

package struct NodeRecord {
  package var header: HeapHeader
  package var uses: Int32
  var op: NodeOp
  var sub: UInt8
  var dtype: DType
  var state: NodeState
  /// The innermost gradient scope whose leaves this node depends on; 0 for none.
  var level: UInt8
  /// Came from a script number: takes the type of whatever it meets.
  var isWeak: Bool
  /// May fail on its values.
  var canFail: Bool
  /// On the tape (holds one use).
  var onTape: Bool
  /// Position in the plan being made, valid while `epoch` is the planner's.
  var mark: Int32
  var epoch: UInt32
  var shape: ShapeRef
  /// Strides in elements: an interned list of integers for a view; the shape itself stands for row-major order.
  var strides: ShapeRef
  var in0: Node?
  var in1: Node?
  var in2: Node?
  var attributes: Unmanaged<Attributes>?
  /// `number` and `filled`: the element's bits.
  var bits: UInt64
  var storage: StorageRef?
  /// First element within the storage; for a pending view, relative to its input.
  var offset: Int
  /// Row-major copy made for somebody who looked at a strided view.
  var copy: StorageRef?
  /// The pending list, in order of recording.
  var previous: Node?
  var next: Node?
  /// During a backward pass: the derivative collected so far (owned).
  var adjoint: Node?
  var site: UInt64
  /// Number of the recording, for `Graph.settle(since:)`.
  var sequence: Int
  var stack: Int32
  /// How often pending nodes of the plan being made read this node.
  var planUses: Int32
}

extension UnsafeMutablePointer where Pointee == NodeRecord {
  package var dtype: DType { pointee.dtype }
  package var rank: Int { pointee.shape.rank }
  package var dims: [Int] { pointee.shape.dims }
  package func dim(_ axis: Int) -> Int { pointee.shape.size(axis) }
  package var count: Int { pointee.shape.count }
  package var isComputed: Bool { pointee.state == .computed }
  package var isWeak: Bool { pointee.isWeak }
  package var site: UInt64 { pointee.site }
  /// Depends on a leaf of an open gradient scope, or (which is no plain number either) stands for the items of a batch.
  package var isTracked: Bool { pointee.level > 0 || isMapped }

  @_transparent var isLive: Bool { pointee.header.count != 0 }
  var isContiguous: Bool { pointee.strides == pointee.shape }
  /// Elements between neighbours along `axis`.
  @inline(__always) func stride(_ axis: Int) -> Int {
    pointee.strides == pointee.shape ? pointee.shape.stride(axis) : pointee.strides.size(axis)
  }
  var elementOp: ElementOp { ElementOp(rawValue: pointee.sub).unsafelyUnwrapped }
  var reduceOp: ReduceOp { ReduceOp(rawValue: pointee.sub).unsafelyUnwrapped }
  var given: Attributes { pointee.attributes.unsafelyUnwrapped._withUnsafeGuaranteedRef { $0 } }
  /// Where the elements begin; only for computed nodes with storage.
  var base: UnsafeMutableRawPointer {
    pointee.storage.unsafelyUnwrapped.pointee.memory + pointee.offset * pointee.dtype.size
  }
}

/// What an operation needs beyond its inputs. Only what changes the work (not run-time offsets) enters the plan key.
final class Attributes {
  var axes: [Int] = []
  /// `slice`, `embed`, `update`: start and step of every axis of the whole, in elements of that axis.
  var starts: [Int] = []
  var steps: [Int] = []
  var flag = false
  /// Inputs past the third (`concat`).
  var inputs: [Node] = []
  /// Shape that `slice` reads from and `embed` writes into.
  var whole: [Int] = []
  /// `recurrence`
  var recurrence: RecurrenceAttributes?
  /// `alias`: whose derivative a rule makes, for `inputs`.
  var rule: DerivativeRule?
}
