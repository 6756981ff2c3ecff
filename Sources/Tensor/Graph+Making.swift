// Tensors that come from nothing: filled, counted, given by the caller, drawn at random.
import KernelTypes
import Kernels

extension Graph {
  /// A tensor whose elements are all `value`.
  package func filled(_ dims: [Int], _ type: DType, _ value: Scalar) throws -> Node {
    filled(try checkedShape(dims, type), type, try convert(value, to: type))
  }

  func filled(_ shape: ShapeRef, _ type: DType, _ bits: UInt64) -> Node {
    let node = newNode(shape == shapes.scalar ? .number : .filled, type, shape)
    node.pointee.bits = bits
    return node
  }

  /// A computed tensor whose elements `fill` writes, in row-major order.
  package func make(_ dims: [Int], _ type: DType, _ fill: (UnsafeMutableRawPointer) throws -> Void) throws -> Node {
    let shape = try checkedShape(dims, type)
    if shape.count == 0 { return filled(shape, type, 0) }
    let storage = try newStorage(shape.count * type.size)
    do {
      try fill(storage.pointee.memory)
    } catch {
      releaseStorage(storage)
      throw error
    }
    return computed(shape, type, storage)
  }

  /// A computed node that owns `storage`; rank-0 values are kept as bits.
  func computed(_ shape: ShapeRef, _ type: DType, _ storage: StorageRef) -> Node {
    if shape == shapes.scalar {
      let node = number(loadElement(type, storage.pointee.memory), type)
      releaseStorage(storage)
      return node
    }
    let node = newNode(.leaf, type, shape)
    node.pointee.storage = storage
    return node
  }

  /// `start, start + step, ...`, `count` elements, each rounded once from `start + index * step`.
  package func arange(_ start: Scalar, _ step: Scalar, _ count: Int, _ type: DType) throws -> Node {
    try make([count], type) { memory in
      switch (start, step) {
      case (.int(let first), .int(let by)) where type == .i64:
        let elements = memory.assumingMemoryBound(to: Int64.self)
        for index in 0..<count { elements[index] = Int64(first &+ index &* by) }
      default:
        let first = asDouble(start)
        let by = asDouble(step)
        for index in 0..<count {
          let bits = try convert(.float(first + Double(index) * by), to: type)
          storeElement(bits, type, memory + index * type.size)
        }
      }
    }
  }

  /// The same for a start and a step that are floats.
  package func arange(_ start: Double, _ step: Double, _ count: Int, _ type: DType) throws -> Node {
    try arange(.float(start), .float(step), count, type)
  }

  func asDouble(_ value: Scalar) -> Double {
    switch value {
    case .float(let v): v
    case .int(let v): Double(v)
    case .bool(let v): v ? 1 : 0
    }
  }

  /// Interns `dims` after checking that sizes are not negative and the bytes can be counted.
  func checkedShape(_ dims: [Int], _ type: DType) throws -> ShapeRef {
    var count = 1
    for size in dims {
      if size < 0 {
        throw TensorError(.badValue(operation: "shape", detail: "\(shapeText(dims)) has a negative size"))
      }
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      if overflow || product > Int.max / 16 {
        throw TensorError(.memoryLimit(requested: Int.max, limit: byteLimit))
      }
      count = product
    }
    return shapes.intern(dims)
  }
}
