// When work is done: when somebody looks, when a `try` ends over work that may fail, and at cuts.
//
// A cut computes all live pending nodes at a back-edge of a loop once enough work has piled up, so that every iteration
// of a training loop leaves the same structure behind and the second one finds its plan made. Where nothing fails and
// nobody looks, cuts decide time and memory only.
import KernelTypes
import Kernels

extension Graph {
  /// Work at which a back-edge cuts: about 20 microseconds.
  private static let cutWork = 1 << 16
  /// Pending nodes at which a back-edge cuts, whatever their work.
  private static let cutNodes = 4096
  /// The same inside a gradient scope, where the derivative will want what is pending.
  private static let cutTrackedNodes = 1 << 17

  /// Called at each back-edge of a script loop.
  @inline(__always) package func backEdge() throws {
    if pendingCount == 0 { return }
    try backEdgeSlow(Graph.cutWork)
  }

  /// Called when a script function returns: a loop may be a recursion. Cuts later than a back-edge, since most callers
  /// go on with the same expression.
  @inline(__always) package func returnEdge() throws {
    if pendingCount < Graph.cutNodes { return }
    try backEdgeSlow(Int.max)
  }

  @inline(never) private func backEdgeSlow(_ work: Int) throws {
    if level > 0 {
      if pendingCount >= Graph.cutTrackedNodes { try cut() }
    } else if pendingWork >= work || pendingCount >= Graph.cutNodes {
      try cut()
    }
  }

  /// Computes every live pending node.
  package func cut() throws {
    statistics.cuts += 1
    var roots: [Node] = []
    var next = firstPending
    while let node = next {
      next = node.pointee.next
      if node.isLive { roots.append(node) }
    }
    roots += owed
    try run(roots)
    releaseOwed()
    pendingWork = 0
  }

  /// Lets go of the nodes that were kept for their failure alone and are done.
  private func releaseOwed() {
    if owed.isEmpty { return }
    let done = owed.filter { $0.pointee.state != .pending }
    owed.removeAll { $0.pointee.state != .pending }
    for node in done { dropUse(node) }
  }

  /// Whether something that may fail is pending.
  @inline(__always) package var hasPendingFailures: Bool { pendingFailures > 0 || !unraised.isEmpty }

  /// A moment in the recording, for `settle(since:)`.
  package func mark() -> Int { recorded }

  /// Computes work that may fail and was recorded since `mark`, and raises the first failure, be it of now or of a cut on
  /// the way; the others have then never happened.
  package func settle(since mark: Int) throws {
    if pendingFailures > 0 {
      var roots: [Node] = []
      var next = lastPending
      while let node = next, node.pointee.sequence >= mark {
        if node.pointee.canFail { roots.append(node) }
        next = node.pointee.previous
      }
      roots.reverse()
      for node in roots { node.pointee.uses += 1 }
      defer { for node in roots { dropUse(node) } }
      try run(roots)
      releaseOwed()
    }
    if unraised.isEmpty { return }
    let first = unraised.filter { $0.order >= mark }.min { $0.order < $1.order }
    unraised.removeAll { $0.order >= mark }
    if let first { throw first }
  }

  /// Computes everything pending that may fail, and raises the first failure: before a call into the host and at the
  /// end of a script.
  package func finish() throws {
    if pendingFailures > 0 || !unraised.isEmpty { try settle(since: 0) }
  }

  /// A script ended with an error: what else it left behind is not asked for any more.
  package func abandon() {
    unraised.removeAll()
    let abandoned = owed
    owed.removeAll()
    for node in abandoned {
      if node.pointee.state == .pending { pendingFailures &-= 1 }
      node.pointee.canFail = false
      dropUse(node)
    }
  }

  /// Computes `nodes` and raises the first failure among them.
  package func force(_ nodes: [Node]) throws {
    for node in nodes where node.pointee.state != .computed {
      try look(nodes)
      return
    }
  }

  private func look(_ nodes: [Node]) throws {
    for node in nodes { node.pointee.uses += 1 }
    defer { for node in nodes { dropUse(node) } }
    let pending = nodes.filter { $0.pointee.state == .pending }
    if !pending.isEmpty { try run(pending) }
    for node in nodes where node.pointee.state == .failed {
      if node.isMapped { throw mappedLook }
      let error = failures[node] ?? TensorError(.cancelled)
      unraised.removeAll { $0.order == error.order }
      throw error
    }
  }

  /// Plans and runs. A stop leaves every node either done or untouched; a failure stays with the nodes it concerns.
  private func run(_ roots: [Node]) throws {
    if roots.isEmpty { return }
    defer { if !retiredRules.isEmpty { dropRetiredRules() } }
    try planner.run(roots, self)
    if pendingCount == 0 { pendingWork = 0 }
  }

  // MARK: Taking elements out

  /// The one element of a scalar.
  package func scalarValue(_ x: Node) throws -> Scalar {
    if x.count != 1 {
      throw TensorError(
        .wrongType(operation: "number", expected: "a scalar", found: describe(x)),
        help: "reduce it, or index it in full")
    }
    return decode(try elementBits(x), x.dtype)
  }

  /// The bits of the one element of `x`.
  func elementBits(_ x: Node) throws -> UInt64 {
    if x.pointee.state != .computed { try force([x]) }
    guard x.pointee.storage != nil else { return x.pointee.bits }
    return loadElement(x.dtype, x.base)
  }

  /// One element by its full index.
  package func element(_ x: Node, _ index: [Int]) throws -> Scalar {
    try force([x])
    guard x.pointee.storage != nil else { return decode(x.pointee.bits, x.dtype) }
    var flat = 0
    for (axis, position) in index.enumerated() {
      if position < 0 || position >= x.dim(axis) {
        throw TensorError(.indexOutOfRange(index: position, size: x.dim(axis), axis: axis))
      }
      flat += position * x.stride(axis)
    }
    return decode(loadElement(x.dtype, x.base + flat * x.dtype.size), x.dtype)
  }

  /// The elements in row-major order, valid while the caller holds `x`.
  package func contents(_ x: Node) throws -> UnsafeRawPointer {
    try force([x])
    if x.pointee.storage == nil {
      // A filled tensor gets its elements when somebody wants them one by one.
      let storage = try newStorage(max(1, x.count) * x.dtype.size)
      fill(storage.pointee.memory, x)
      x.pointee.storage = storage
      x.pointee.offset = 0
    }
    if x.isContiguous { return UnsafeRawPointer(x.base) }
    if let copy = x.pointee.copy { return UnsafeRawPointer(copy.pointee.memory) }
    let storage = try copied(x)
    x.pointee.copy = storage
    return UnsafeRawPointer(storage.pointee.memory)
  }

  func fill(_ memory: UnsafeMutableRawPointer, _ x: Node) {
    Kernels.fill(x.dtype, bits: x.pointee.bits, count: max(1, x.count), into: memory)
  }

  /// A row-major copy of the elements of a computed node.
  func copied(_ x: Node) throws -> StorageRef {
    let storage = try newStorage(max(1, x.count) * x.dtype.size)
    if x.pointee.storage == nil {
      fill(storage.pointee.memory, x)
    } else {
      _ = Kernels.copyStrided(
        x.dtype, dims: x.dims, strides: (0..<x.rank).map { x.stride($0) }, from: UnsafeRawPointer(x.base),
        into: storage.pointee.memory, control: RunControl(pool: pool))
    }
    return storage
  }
}
