// A buffer of elements with the number of nodes that share it. Buffers come from the kernels' pool (64-byte aligned,
// readable a vector past the end).
import Kernels

struct StorageRecord {
  var memory: UnsafeMutableRawPointer
  var bytes: Int
  var holders: Int32
  /// Whoever the elements belong to, if not to the graph: kept as long as a node shows them.
  var owner: Unmanaged<AnyObject>? = nil
  // While a plan is made, valid when `planEpoch` is the planner's:
  var planEpoch: UInt32 = 0
  /// The first outer node of the work that shows these elements.
  var planOwner: Int32 = 0
  /// Holders that are gone when the plan has run.
  var planHolders: Int32 = 0
}
typealias StorageRef = UnsafeMutablePointer<StorageRecord>
