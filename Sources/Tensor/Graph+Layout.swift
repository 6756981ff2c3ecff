// Views: the same elements under another shape, without a copy. A view of computed elements is computed at once; a view
// of pending ones waits with them. Only `reshape` of elements that do not lie in row-major order copies.
import KernelTypes

extension Graph {
  /// The elements in row-major order under another shape; one size may be -1.
  package func reshape(_ x: Node, _ dims: [Int]) throws -> Node {
    var wanted = dims
    if let free = dims.firstIndex(of: -1) {
      var known = 1
      for (axis, size) in dims.enumerated() where axis != free { known *= size }
      if known > 0 && x.count % known == 0 { wanted[free] = x.count / known }
    }
    var product = 1
    for size in wanted where product >= 0 {
      product = size < 0 ? -1 : product.multipliedReportingOverflow(by: size).partialValue
    }
    if product != x.count {
      throw TensorError(
        .shapeMismatch(
          operation: "reshape",
          detail: "needs a shape for all elements: \(shapeText(x.dims)) has \(x.count), "
            + (dims.contains { $0 < 0 } ? "which don't fill \(shapeText(dims))" : "\(shapeText(dims)) has \(product)")))
    }
    let shape = shapes.intern(wanted)
    if shape == x.pointee.shape { return retain(x) }
    if x.isMapped { return try mappedReshape(x, wanted) }
    if x.isContiguous { return view(.reshape, x, shape, shape, offset: 0, nil) }
    let copied = try contiguous(x)
    defer { release(copied) }
    return view(.reshape, copied, shape, shape, offset: 0, nil)
  }

  /// The axes in another order: axis `i` of the result is axis `axes[i]` of `x`.
  package func permute(_ x: Node, _ axes: [Int]) throws -> Node {
    let order = try axes.map { try checkedAxis($0, x.rank, "transpose") }
    if order.count != x.rank || Set(order).count != x.rank {
      throw TensorError(
        .badValue(operation: "transpose", detail: "\(shapeText(axes)) does not name each of \(x.rank) axes once"))
    }
    if order == Array(0..<x.rank) { return retain(x) }
    if x.isMapped { return try mappedPermute(x, order) }
    let shape = shapes.intern(order.map { x.dim($0) })
    let strides = internStrides(shape, order.map { x.stride($0) })
    let attributes = Attributes()
    attributes.axes = order
    return view(.permute, x, shape, strides, offset: 0, attributes)
  }

  /// The tensor repeated along axes of size 1 and new leading axes.
  package func broadcast(_ x: Node, _ dims: [Int]) throws -> Node {
    let shape = try checkedShape(dims, x.dtype)
    if shape == x.pointee.shape { return retain(x) }
    let extra = dims.count - x.rank
    var strides = [Int](repeating: 0, count: dims.count)
    for axis in 0..<dims.count {
      let size = axis < extra ? 1 : x.dim(axis - extra)
      if extra < 0 || (size != dims[axis] && size != 1) {
        throw TensorError(
          .shapeMismatch(operation: "expand", detail: "\(shapeText(x.dims)) does not expand to \(shapeText(dims))"))
      }
      if size == dims[axis] && axis >= extra { strides[axis] = x.stride(axis - extra) }
    }
    if x.isMapped { return try mappedBroadcast(x, dims) }
    if x.pointee.level == 0 && (x.pointee.op == .number || x.pointee.op == .filled) {
      let node = filled(shape, x.dtype, x.pointee.bits)
      node.pointee.isWeak = x.isWeak
      return node
    }
    return view(.broadcast, x, shape, internStrides(shape, strides), offset: 0, nil)
  }

  /// The same elements in row-major order; the node itself when they are already.
  func contiguous(_ x: Node) throws -> Node {
    if x.isContiguous { return retain(x) }
    return try element(.copy, x.dtype, x.pointee.shape, x)
  }

  /// Another node for the same elements, for a gradient scope to track or to cut off.
  func alias(_ x: Node) throws -> Node {
    if x.isMapped { return try onRows(x, alias) }
    // What an enclosing scope tracks needs the way back, through elements in memory.
    if x.pointee.storage == nil && x.pointee.state == .computed && x.pointee.level > 0 { _ = try contents(x) }
    if x.pointee.storage == nil && x.pointee.state == .computed {
      let node = newNode(x.pointee.op, x.dtype, x.pointee.shape)
      node.pointee.bits = x.pointee.bits
      node.pointee.isWeak = x.isWeak
      return node
    }
    let node = view(.alias, x, x.pointee.shape, x.pointee.strides, offset: 0, nil)
    node.pointee.isWeak = x.isWeak
    return node
  }

  /// Makes a view node. `offset` is in elements, relative to the first element of `x`.
  func view(
    _ op: NodeOp, _ x: Node, _ shape: ShapeRef, _ strides: ShapeRef, offset: Int, _ attributes: Attributes?
  ) -> Node {
    let isFlat = x.pointee.op == .number || x.pointee.op == .filled
    if shape.count == 0 || (isFlat && x.pointee.level == 0) {
      return filled(shape, x.dtype, shape.count == 0 ? 0 : x.pointee.bits)
    }
    if x.pointee.state == .computed, let storage = x.pointee.storage, x.pointee.level == 0 {
      let node = newNode(.leaf, x.dtype, shape)
      node.pointee.strides = strides
      node.pointee.storage = retainStorage(storage)
      node.pointee.offset = x.pointee.offset + offset
      return node
    }
    let node = record(op, x.dtype, shape, x)
    pendingWork &-= shape.count
    node.pointee.strides = strides
    node.pointee.offset = offset
    if let attributes { node.pointee.attributes = .passRetained(attributes) }
    return node
  }

  /// The interned strides of a view; the shape itself when they walk it in row-major order.
  func internStrides(_ shape: ShapeRef, _ strides: [Int]) -> ShapeRef {
    for axis in 0..<shape.rank where shape.size(axis) != 1 && strides[axis] != shape.stride(axis) {
      return strideLists.intern(strides)
    }
    return shape
  }

  func checkedAxis(_ axis: Int, _ rank: Int, _ operation: @autoclosure () -> String) throws -> Int {
    let resolved = axis < 0 ? axis + rank : axis
    if resolved < 0 || resolved >= rank {
      throw TensorError(
        .badValue(operation: operation(), detail: "axis \(axis) does not exist in a tensor with \(rank) axes"))
    }
    return resolved
  }
}
