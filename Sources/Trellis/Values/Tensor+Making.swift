// Tensors from Swift's numbers and from buffers, and how two are compared and shown.
import Kernels

extension Tensor {
  /// A tensor with the given elements in row-major order.
  ///
  /// - Parameters:
  ///   - elements: as many as the sizes of `shape` multiply to; copied once.
  ///   - shape: sizes of the axes; one axis with all elements unless given. `[]` is a scalar.
  ///
  /// The program stops if the numbers of elements differ, as with an index outside of an array.
  public init<Element: TensorElement>(_ elements: [Element], shape: [Int]? = nil) {
    let shape = shape ?? [elements.count]
    precondition(
      shape.reduce(1, *) == elements.count && shape.allSatisfy { $0 >= 0 },
      "\(elements.count) elements don't fill the shape \(shape)")
    self.init(shape: shape, of: Element.self) { buffer in _ = buffer.update(fromContentsOf: elements) }
  }

  /// A scalar.
  public init<Element: TensorElement>(_ number: Element) { self.init([number], shape: []) }

  /// A tensor whose elements `fill` writes, in row-major order, where the tensor will hold them: nothing is copied. The
  /// buffer is filled with zeros before.
  public init<Element: TensorElement>(
    shape: [Int], of type: Element.Type, _ fill: (UnsafeMutableBufferPointer<Element>) throws -> Void
  ) rethrows {
    precondition(shape.allSatisfy { $0 >= 0 }, "the shape \(shape) has a negative size")
    let count = shape.reduce(1, *)
    let bytes = count * MemoryLayout<Element>.stride
    let storage = TensorStorage(Buffers.makeLoose(max(1, bytes)), shape, Element.elementType)
    storage.memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    try fill(
      UnsafeMutableBufferPointer(start: storage.memory.bindMemory(to: Element.self, capacity: count), count: count))
    self.init(storage: storage)
  }

  /// A tensor that takes over memory of the caller's with the elements in row-major order; `deallocator` gives it back
  /// when the last holder of the tensor is gone, on any thread.
  ///
  /// Swift reads it in place. An engine copies it when it is first given to a script: kernels read whole vectors, past the
  /// end of memory that was not made for it. `init(shape:of:_:)` makes memory that they can use.
  public init<Element: TensorElement>(
    adopting memory: UnsafeMutableBufferPointer<Element>, shape: [Int],
    deallocator: @escaping @Sendable (UnsafeMutableRawPointer) -> Void
  ) {
    precondition(
      shape.reduce(1, *) == memory.count && shape.allSatisfy { $0 >= 0 },
      "\(memory.count) elements don't fill the shape \(shape)")
    guard let base = memory.baseAddress else {
      self.init([Element](), shape: shape)
      return
    }
    self.init(
      storage: TensorStorage(UnsafeMutableRawPointer(base), shape, Element.elementType, deallocator: deallocator))
  }
}

extension Tensor: Equatable {
  /// The same shape, element type and elements, bit by bit: NaN equals itself, and 0 and -0 differ.
  public static func == (a: Tensor, b: Tensor) -> Bool {
    if a.storage === b.storage { return true }
    guard a.shape == b.shape, a.elementType == b.elementType else { return false }
    return a.withUnsafeBytes { left in b.withUnsafeBytes { right in left.elementsEqual(right) } }
  }
}

extension Tensor: CustomStringConvertible {
  /// `tensor f32 [64, 10]`.
  public var description: String {
    "tensor \(elementType.rawValue) [\(shape.map(String.init).joined(separator: ", "))]"
  }
}
