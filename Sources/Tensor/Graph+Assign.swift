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
    let selection = try select(x, items)
    if selection.gather != nil {
      throw TensorError(
        .badValue(operation: "assignment", detail: "an index tensor on the left side"),
        help: "use where(mask, value, x)")
    }
    let part = try operandNode(value, x.dtype)
    defer { release(part) }
    if x.pointee.level > 0 || part.pointee.level > 0 { return try update(x, selection, part) }
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
}
