// The graph of one engine: it records operations, and computes them when somebody looks.
//
// Read in this order: `Node` (what is recorded), `Graph+Elementwise` and its siblings (one file a family of operations:
// they infer shapes, so that a shape error has the line that made it), `Graph+Look` (when work is done), `Planner` and
// `Plan+Run` (how), `Gradient` and `GradientRules` (derivatives are more nodes).
//
// Invariants: a pending node has its inputs, and each input counts one use for it; pending nodes are in a list in the
// order of recording, which is a topological order; a computed node that no gradient scope tracks has no inputs.
import CPlatform
import KernelTypes
import Kernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

package final class Graph {
  /// Bytes of tensor memory this engine may hold; nine tenths of the machine's unless set.
  package var byteLimit = Graph.machineBytes / 10 * 9
  package var liveBytes = 0
  package var peakBytes = 0
  /// Nodes that are in use.
  private var liveNodes = 0
  /// Bounds `heldBytes` and what `neighbourBytes` says together; set by an engine whose host bounds it.
  package var totalLimit = Int.max
  /// What else counts against `totalLimit`: the heap's bytes.
  package var neighbourBytes: (() -> Int)?
  /// Names the source place of the operation being recorded; the machine sets it.
  package var site: UInt64 = 0
  /// Takes a snapshot of the script's call stack for an operation that may fail later.
  package var stackRecorder: (() -> Int)?
  package var statistics = Statistics()
  /// Collects time and bytes by source place when set.
  package var profile: Profile?
  /// Nonzero asks the running work to stop; set by signal handlers and other threads.
  package let cancelFlag: UnsafeMutablePointer<Int32>
  package let pool: Pool

  var shapes = ShapeTable()
  /// Strides of views; apart from `shapes`, so that a list of strides is never mistaken for a shape.
  var strideLists = ShapeTable()
  var plans = PlanCache()
  let planner = Planner()
  var recurrences = RecurrenceCache()
  /// While set, derivatives of dynamic programs follow one drawn path instead of the mean over all. Every table takes a
  /// stream of its own.
  var walk: RandomStream?
  /// Tables are recorded as windows (see Graph+Segments).
  var keepsFewCells = false
  /// While set, derivatives of dynamic programs add the entropy of their walk to it as they are computed.
  package var pathEntropy: Double?
  /// While set, smoothed reductions are recorded as such (see `keepingReductions`).
  var keepsReductions = false

  // The pending list, oldest first.
  var firstPending: Node?
  var lastPending: Node?
  var pendingCount = 0
  /// Elements of work not done yet, in units of one cheap elementwise operation.
  var pendingWork = 0
  /// Pending nodes that can fail.
  var pendingFailures = 0
  /// Nodes recorded as pending work so far.
  package private(set) var recorded = 0

  // Batches that are being mapped, the outermost first.
  var maps: [MapScope] = []
  var mapsBegun: UInt64 = 0
  /// Whether there are any.
  package internal(set) var isMapping = false

  // Gradient scopes.
  var tape: [Node] = []
  var level: UInt8 = 0

  /// Rules of nodes that are done. They hold values of the script, which must not go while nodes are being walked.
  var retiredRules: [DerivativeRule] = []

  var failures: [Node: TensorError] = [:]
  /// Pending nodes that may fail and that nobody holds any more: kept until it is known whether they do.
  var owed: [Node] = []
  /// Failures that a cut has met and nobody has heard of yet.
  var unraised: [TensorError] = []
  private var freeNodes: Node?
  private var slabs: [Node] = []
  var freeStorages: [StorageRef] = []
  private var releaseStack: [Node] = []
  private var isReleasing = false

  /// A graph that runs on `pool` and stops when `cancelFlag` is set.
  package init(pool: Pool = .shared, cancelFlag: UnsafeMutablePointer<Int32>? = nil) {
    self.pool = pool
    if let cancelFlag {
      self.cancelFlag = cancelFlag
      ownsFlag = false
    } else {
      self.cancelFlag = .allocate(capacity: 1)
      self.cancelFlag.initialize(to: 0)
      ownsFlag = true
    }
  }
  private let ownsFlag: Bool

  deinit {
    for slab in slabs {
      for index in 0..<Graph.slabSize where slab[index].header.spare == 1 { discardContents(slab + index) }
      slab.deallocate()
    }
    for storage in freeStorages { storage.deallocate() }
    shapes.destroy()
    strideLists.destroy()
    if ownsFlag { cancelFlag.deallocate() }
  }

  private static let machineBytes: Int = {
    let pages = sysconf(Int32(_SC_PHYS_PAGES))
    let size = sysconf(Int32(_SC_PAGESIZE))
    return pages > 0 && size > 0 ? pages * size : Int.max
  }()

  // MARK: Nodes

  private static let slabSize = 256

  private func growSlabs() -> Node {
    let slab = Node.allocate(capacity: Graph.slabSize)
    slabs.append(slab)
    // Chained through `next`; `spare` says whether a record is in use.
    for index in 0..<Graph.slabSize {
      let node = slab + index
      node.initialize(
        to: NodeRecord(
          header: HeapHeader(kind: .tensor, count: 0), uses: 0, op: .leaf, sub: 0, dtype: .f32, state: .computed,
          level: 0, isWeak: false, canFail: false, onTape: false, mark: 0, epoch: 0, shape: shapes.scalar,
          strides: shapes.scalar, in0: nil, in1: nil, in2: nil, attributes: nil, bits: 0, storage: nil, offset: 0,
          copy: nil, previous: nil, next: index + 1 < Graph.slabSize ? node + 1 : nil, adjoint: nil, site: 0,
          sequence: 0, stack: -1, planUses: 0))
    }
    return slab
  }

  /// A fresh record, counted once for the caller, computed, without inputs.
  @inline(__always) func newNode(_ op: NodeOp, _ dtype: DType, _ shape: ShapeRef) -> Node {
    let node = freeNodes ?? growSlabs()
    freeNodes = node.pointee.next
    liveNodes &+= 1
    node.pointee.header = HeapHeader(kind: .tensor)
    node.pointee.header.spare = 1
    node.pointee.op = op
    node.pointee.dtype = dtype
    node.pointee.state = .computed
    node.pointee.level = 0
    node.pointee.isWeak = false
    node.pointee.canFail = false
    node.pointee.shape = shape
    node.pointee.strides = shape
    node.pointee.next = nil
    node.pointee.site = site
    node.pointee.stack = -1
    node.pointee.offset = 0
    return node
  }

  /// Records pending work on up to three inputs; the result is counted once for the caller.
  @inline(__always) func record(
    _ op: NodeOp, sub: UInt8 = 0, _ dtype: DType, _ shape: ShapeRef, _ in0: Node, _ in1: Node? = nil, _ in2: Node? = nil
  ) -> Node {
    let node = newNode(op, dtype, shape)
    node.pointee.sub = sub
    node.pointee.state = .pending
    node.pointee.in0 = in0
    in0.pointee.uses &+= 1
    var level = in0.pointee.level
    if let in1 {
      node.pointee.in1 = in1
      in1.pointee.uses &+= 1
      if in1.pointee.level > level { level = in1.pointee.level }
    }
    if let in2 {
      node.pointee.in2 = in2
      in2.pointee.uses &+= 1
      if in2.pointee.level > level { level = in2.pointee.level }
    }
    if level > 0 { track(node, level) }
    link(node)
    pendingWork &+= shape.count
    return node
  }

  @inline(__always) func track(_ node: Node, _ level: UInt8) {
    node.pointee.level = level
    if !node.pointee.onTape {
      node.pointee.onTape = true
      node.pointee.uses &+= 1
      tape.append(node)
    }
  }

  /// Marks a recorded node as one that may fail on its values.
  func markFailable(_ node: Node) {
    node.pointee.canFail = true
    node.pointee.stack = Int32(truncatingIfNeeded: stackRecorder?() ?? -1)
    if node.pointee.state == .pending { pendingFailures += 1 }
  }

  @inline(__always) func link(_ node: Node) {
    node.pointee.previous = lastPending
    if let last = lastPending { last.pointee.next = node } else { firstPending = node }
    lastPending = node
    pendingCount &+= 1
    node.pointee.sequence = recorded
    recorded &+= 1
  }

  /// Takes a node off the pending list.
  @inline(__always) func unlink(_ node: Node) {
    let previous = node.pointee.previous
    let next = node.pointee.next
    if let previous { previous.pointee.next = next } else { firstPending = next }
    if let next { next.pointee.previous = previous } else { lastPending = previous }
    node.pointee.previous = nil
    node.pointee.next = nil
    pendingCount &-= 1
    if node.pointee.canFail { pendingFailures &-= 1 }
  }

  // MARK: Counting

  /// One more value holds `node`.
  @inline(__always) @discardableResult package func retain(_ node: Node) -> Node {
    if node.pointee.header.count >= 0 { node.pointee.header.count &+= 1 }
    return node
  }

  /// One value less holds `node`.
  @inline(__always) package func release(_ node: Node) {
    if node.pointee.header.count < 0 { return }
    node.pointee.header.count &-= 1
    if node.pointee.header.count == 0 && node.pointee.uses == 0 { free(node) }
  }

  /// The last value that held `node` is gone (its count is already zero).
  package func destroy(_ node: Node) {
    if node.pointee.uses == 0 { free(node) }
  }

  @inline(__always) func dropUse(_ node: Node) {
    node.pointee.uses &-= 1
    if node.pointee.uses == 0 && node.pointee.header.count == 0 { free(node) }
  }

  /// Gives a node back, and what only it used; iterative, since chains are as long as a script's loops.
  private func free(_ node: Node) {
    if node.pointee.canFail && node.pointee.state == .pending {
      // Whether somebody looks may not decide about an error: it stays until `settle` or a cut.
      node.pointee.uses += 1
      owed.append(node)
      return
    }
    releaseStack.append(node)
    if isReleasing { return }
    isReleasing = true
    while let node = releaseStack.popLast() {
      if node.pointee.state == .pending {
        unlink(node)
      } else if node.pointee.state == .failed && !node.isMapped {
        failures[node] = nil
      }
      discardContents(node)
      liveNodes &-= 1
      node.pointee.header.spare = 0
      node.pointee.next = freeNodes
      freeNodes = node
    }
    isReleasing = false
  }

  private func discardContents(_ node: Node) {
    if let storage = node.pointee.storage { releaseStorage(storage) }
    node.pointee.storage = nil
    if let copy = node.pointee.copy { releaseStorage(copy) }
    node.pointee.copy = nil
    if node.isMapped, let rows = node.pointee.in0 {
      node.pointee.in0 = nil
      release(rows)
    }
    dropInputs(node)
  }

  /// Cuts a node off from its inputs.
  func dropInputs(_ node: Node) {
    if let input = node.pointee.in0 {
      node.pointee.in0 = nil
      dropUse(input)
    }
    if let input = node.pointee.in1 {
      node.pointee.in1 = nil
      dropUse(input)
    }
    if let input = node.pointee.in2 {
      node.pointee.in2 = nil
      dropUse(input)
    }
    if let attributes = node.pointee.attributes {
      node.pointee.attributes = nil
      if let rule = attributes._withUnsafeGuaranteedRef({ $0.rule }) { retiredRules.append(rule) }
      for input in attributes._withUnsafeGuaranteedRef({ $0.inputs }) { dropUse(input) }
      attributes.release()
    }
  }

  // MARK: Storage

  /// Bytes of tensors and of the records that describe them.
  package var heldBytes: Int { liveBytes &+ liveNodes &* MemoryLayout<NodeRecord>.stride }

  /// Bytes of tensors that may still be taken; negative when a limit is passed.
  package var room: Int {
    let own = byteLimit &- liveBytes
    return totalLimit == Int.max ? own : min(own, totalRoom)
  }
  private var totalRoom: Int { totalLimit &- heldBytes &- (neighbourBytes?() ?? 0) }

  /// A buffer for `bytes`, within the limit.
  func newStorage(_ bytes: Int) throws -> StorageRef {
    if bytes > byteLimit &- liveBytes || totalLimit != Int.max { try makeRoom(bytes) }
    let memory = Buffers.allocate(bytes)
    liveBytes += bytes
    if liveBytes > peakBytes { peakBytes = liveBytes }
    let storage = freeStorages.popLast() ?? StorageRef.allocate(capacity: 1)
    storage.initialize(to: StorageRecord(memory: memory, bytes: bytes, holders: 1))
    return storage
  }

  /// Fails when `bytes` more would pass a limit. An engine with a limit keeps no more idle than it may still take, so
  /// that the limit holds for the process too.
  @inline(never) private func makeRoom(_ bytes: Int) throws {
    let room = room
    if bytes > room { throw TensorError(.memoryLimit(requested: bytes, limit: min(byteLimit, totalLimit))) }
    if Buffers.idleBytes > room - bytes { Buffers.trim() }
  }

  func retainStorage(_ storage: StorageRef) -> StorageRef {
    storage.pointee.holders += 1
    return storage
  }

  func releaseStorage(_ storage: StorageRef) {
    storage.pointee.holders -= 1
    if let owner = storage.pointee.owner {
      // One holder stands for the owner, so that nobody writes over the elements.
      if storage.pointee.holders > 1 { return }
      owner.release()
    } else {
      if storage.pointee.holders > 0 { return }
      liveBytes -= storage.pointee.bytes
      Buffers.free(storage.pointee.memory, storage.pointee.bytes)
    }
    freeStorages.append(storage)
  }
}
