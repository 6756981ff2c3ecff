// Elements that come into a graph from its host and leave it again, without a copy where that is possible: a buffer of the
// host is shown by a node as it is and never written; the buffer of a result that nobody else holds is handed over.
import KernelTypes
import Kernels

extension Graph {
  /// A tensor that shows the elements at `memory`, which belong to `owner` and are neither changed nor counted. The memory
  /// is as large as `Buffers` makes it: it may be read a vector past its end.
  package func showing(
    _ memory: UnsafeMutableRawPointer, _ dims: [Int], _ type: DType, owner: AnyObject
  ) throws -> Node {
    let shape = try checkedShape(dims, type)
    if shape.count == 0 { return filled(shape, type, 0) }
    if shape == shapes.scalar { return number(loadElement(type, memory), type) }
    let storage = StorageRef.allocate(capacity: 1)
    storage.initialize(
      to: StorageRecord(
        memory: memory, bytes: shape.count * type.size, holders: 2, owner: .passRetained(owner)))
    return computed(shape, type, storage)
  }

  /// A loose buffer (see `Buffers.makeLoose`) with the elements of `x` in row-major order. Takes over the caller's count of
  /// `x`: if it was the only one, the buffer of `x` itself is handed out.
  package func handOver(_ x: Node) throws -> UnsafeMutableRawPointer {
    defer { release(x) }
    let elements = try contents(x)
    let bytes = x.count * x.dtype.size
    if x.pointee.header.count == 1, x.pointee.uses == 0, x.isContiguous, x.pointee.op == .leaf,
      x.pointee.offset == 0, let storage = x.pointee.storage, storage.pointee.holders == 1,
      storage.pointee.owner == nil, storage.pointee.bytes == bytes, Buffers.isLoose(bytes)
    {
      x.pointee.storage = nil
      liveBytes -= bytes
      freeStorages.append(storage)
      return storage.pointee.memory
    }
    let copy = Buffers.makeLoose(bytes)
    copy.copyMemory(from: elements, byteCount: bytes)
    return copy
  }
}
