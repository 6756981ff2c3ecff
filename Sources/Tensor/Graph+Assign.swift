// Writing into a tensor: in place when nobody else can see it, as a copy otherwise, and as a node where a gradient scope
// tracks it.
import KernelTypes
import Kernels

extension Graph {
  /// The tensor with `value` at `items`. `x` is given up by the caller, also when this throws: when nobody else holds it
  /// the elements are written in place. Pending readers of `x` are computed first, so that filling a tensor element by
  /// element, each from its neighbour, takes linear time.
  package func assign(_ x: Node, _ items: [SliceItem], _ value: Operand) throws -> Node {
    defer { release(x) }
    if items.contains(where: { if case .gather = $0 { true } else { false } }) {
      return try assignGathered(x, items, value)
    }
    let selection = try select(x, items)
    let part = try operandNode(value, x.dtype)
    defer { release(part) }
    if x.isTracked || part.isTracked { return try update(x, selection, part) }
    let fits = try broadcast(part, selection.outDims)
    defer { release(fits) }
    try force([x, part])
    if x.pointee.header.count == 1 && x.pointee.uses > 0 && pendingCount <= max(64, x.count) { try cut() }
    let target = try writable(x)
    do {
      try write(fits, into: target, selection)
    } catch {
      release(target)
      throw error
    }
    return target
  }

  /// `x` itself, held once more, when it is the only view of its elements; else a copy.
  private func writable(_ x: Node) throws -> Node {
    if x.pointee.header.count == 1, x.pointee.uses == 0, x.isContiguous, x.pointee.op == .leaf,
      let storage = x.pointee.storage, storage.pointee.holders == 1
    {
      if let copy = x.pointee.copy { releaseStorage(copy) }
      x.pointee.copy = nil
      return retain(x)
    }
    statistics.copiesOnWrite += 1
    let storage = try copied(x)
    let node = newNode(.leaf, x.dtype, x.pointee.shape)
    node.pointee.storage = storage
    return node
  }

  private func write(_ part: Node, into x: Node, _ selection: Selection) throws {
    if selection.outDims.isEmpty {
      var flat = 0
      for axis in 0..<x.rank { flat += selection.starts[axis] * x.stride(axis) }
      storeElement(try elementBits(part), x.dtype, x.base + flat * x.dtype.size)
      return
    }
    try force([part])
    let source = try contents(part)
    placeStrided(source, x.base, selection, x)
  }

  private func placeStrided(
    _ source: UnsafeRawPointer, _ base: UnsafeMutableRawPointer, _ selection: Selection, _ x: Node
  ) {
    var offset = 0
    var strides: [Int] = []
    for axis in 0..<x.rank {
      offset += selection.starts[axis] * x.stride(axis)
      strides.append(x.stride(axis) * selection.steps[axis])
    }
    _ = Kernels.copyToStrided(
      x.dtype, dims: selection.sizes, strides: strides, from: source, into: base + offset * x.dtype.size,
      control: RunControl(pool: pool))
  }

  /// The assignment as a node, for gradient scopes.
  func update(_ x: Node, _ selection: Selection, _ part: Node) throws -> Node {
    let fits = try broadcast(part, selection.outDims)
    defer { release(fits) }
    let kept = try reshape(fits, selection.sizes)
    defer { release(kept) }
    if isMapping, let node = try mappedUpdate(x, selection, kept) { return node }
    let flat = try contiguous(kept)
    defer { release(flat) }
    let whole = try contiguous(x)
    defer { release(whole) }
    let node = record(.update, x.dtype, x.pointee.shape, whole, flat)
    node.pointee.attributes = .passRetained(attributes(x, selection))
    return node
  }

  /// Zeros of the sizes of `whole` with `x` at the places that a slice with these starts and steps reads.
  func embed(_ x: Node, _ like: Attributes) throws -> Node {
    let flat = try contiguous(x)
    defer { release(flat) }
    let node = record(.embed, x.dtype, shapes.intern(like.whole), flat)
    let attributes = Attributes()
    attributes.starts = like.starts
    attributes.steps = like.steps
    attributes.whole = like.whole
    node.pointee.attributes = .passRetained(attributes)
    return node
  }

  // MARK: Index lists and masks

  /// `x[ids] = value` and `x[mask] = value`: the flat positions that the same index reads are written, in order, so that
  /// of several writes to one place the last stays.
  private func assignGathered(_ x: Node, _ items: [SliceItem], _ value: Operand) throws -> Node {
    let numbers = try arange(.int(0), .int(1), x.count, .i64)
    defer { release(numbers) }
    let shaped = try reshape(numbers, x.dims)
    defer { release(shaped) }
    let places = try slice(shaped, items)
    defer { release(places) }
    let part = try operandNode(value, x.dtype)
    defer { release(part) }
    let fits = try broadcast(part, places.dims)
    defer { release(fits) }
    let positions = try contents(places).assumingMemoryBound(to: Int64.self)
    if x.isTracked || part.isTracked { return try updateGathered(x, fits, positions) }
    let source = try contents(fits)
    try force([x])
    if x.pointee.header.count == 1 && x.pointee.uses > 0 && pendingCount <= max(64, x.count) { try cut() }
    let target = try writable(x)
    let size = x.dtype.size
    for index in 0..<places.count {
      (target.base + Int(positions[index]) * size).copyMemory(from: source + index * size, byteCount: size)
    }
    return target
  }

  /// The same as nodes: each element is read from `part` where something was written, else from `x`.
  private func updateGathered(_ x: Node, _ part: Node, _ positions: UnsafePointer<Int64>) throws -> Node {
    if part.count == 0 { return retain(x) }
    return try compose { c in
      let hit = try c(
        make(x.dims, .bool) { memory in
          memory.initializeMemory(as: UInt8.self, repeating: 0, count: x.count)
          let flags = memory.assumingMemoryBound(to: UInt8.self)
          for index in 0..<part.count { flags[Int(positions[index])] = 1 }
        })
      let from = try c(
        make([x.count], .i64) { memory in
          memory.initializeMemory(as: Int64.self, repeating: 0, count: x.count)
          let rows = memory.assumingMemoryBound(to: Int64.self)
          for index in 0..<part.count { rows[Int(positions[index])] = Int64(index) }
        })
      let flat = try c(reshape(part, [part.count]))
      let spread = try c(gather(flat, from))
      let shaped = try c(reshape(spread, x.dims))
      return try select(hit, .node(shaped), .node(x))
    }
  }
}
