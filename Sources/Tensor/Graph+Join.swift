// Joining tensors: one after another along an axis, or side by side along a new one.
import KernelTypes

extension Graph {
  /// The tensors one after another along `axis`.
  package func concat(_ xs: [Node], axis: Int) throws -> Node {
    guard let first = xs.first else { throw TensorError(.badValue(operation: "concat", detail: "no tensors")) }
    let axis = try checkedAxis(axis, first.rank, "concat")
    var type = first.dtype
    for x in xs {
      for other in 0..<max(first.rank, x.rank)
      where x.rank != first.rank || (other != axis && x.dim(other) != first.dim(other)) {
        throw TensorError(
          .shapeMismatch(
            operation: "concat", detail: "\(shapeText(first.dims)) and \(shapeText(x.dims)) along axis \(axis)"))
      }
      type = widestType(type, x.dtype)
    }
    var dims = first.dims
    dims[axis] = xs.reduce(0) { $0 + $1.dim(axis) }
    let shape = try checkedShape(dims, type)
    if shape.count == 0 { return filled(shape, type, 0) }
    if isMapping, let node = try mappedConcat(xs, axis) { return node }
    let attributes = Attributes()
    attributes.axes = [axis]
    for x in xs where x.count > 0 { attributes.inputs.append(try cast(x, type)) }
    // The inputs' counts move from values to uses.
    let node = record(.concat, type, shape, attributes.inputs[0])
    for input in attributes.inputs {
      input.pointee.uses += 1
      if input.pointee.level > node.pointee.level { track(node, input.pointee.level) }
      release(input)
    }
    node.pointee.attributes = .passRetained(attributes)
    return node
  }

  func widestType(_ a: DType, _ b: DType) -> DType {
    if a == b { return a }
    if a == .bool { return b }
    if b == .bool { return a }
    if a == .i64 { return b }
    if b == .i64 { return a }
    return .f64
  }

  /// Tensors of equal sizes along a new axis.
  package func stack(_ xs: [Node], axis: Int) throws -> Node {
    guard let first = xs.first else { throw TensorError(.badValue(operation: "stack", detail: "no tensors")) }
    let axis = try checkedAxis(axis, first.rank + 1, "stack")
    var parts: [Node] = []
    defer { for part in parts { release(part) } }
    for x in xs {
      if x.dims != first.dims {
        throw TensorError(
          .shapeMismatch(operation: "stack", detail: "\(shapeText(first.dims)) and \(shapeText(x.dims))"))
      }
      var dims = x.dims
      dims.insert(1, at: axis)
      parts.append(try reshape(x, dims))
    }
    return try concat(parts, axis: axis)
  }
}
