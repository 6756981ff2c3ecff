// A tensor outside of an engine: a shape, an element type, and elements that never change. The elements lie in a buffer as
// the kernels want it, so an engine shows them as they are, and hands out the buffer of a result that nobody else holds.
import KernelTypes
import Kernels

/// The type of a tensor's elements.
public enum ElementType: String, Sendable, CaseIterable {
  case f32, f64, i64, bool

  /// Bytes of one element.
  public var size: Int { kernelType.size }

  var kernelType: DType {
    switch self {
    case .f32: .f32
    case .f64: .f64
    case .i64: .i64
    case .bool: .bool
    }
  }

  init(_ type: DType) {
    switch type {
    case .f32: self = .f32
    case .f64: self = .f64
    case .i64: self = .i64
    case .bool: self = .bool
    }
  }
}

/// A Swift type that tensors are made of: `Float` (f32), `Double` (f64), `Int` (i64), `Bool` (bool).
public protocol TensorElement: Sendable, BitwiseCopyable {
  static var elementType: ElementType { get }
}
extension Float: TensorElement { public static var elementType: ElementType { .f32 } }
extension Double: TensorElement { public static var elementType: ElementType { .f64 } }
extension Int: TensorElement { public static var elementType: ElementType { .i64 } }
extension Bool: TensorElement { public static var elementType: ElementType { .bool } }

/// An array of numbers with any number of axes, as scripts compute with it; a value that never changes.
///
/// A tensor belongs to no engine and may go to any thread. Giving it to a script copies nothing, and taking a result out
/// of an engine copies nothing unless the script still holds it (or it is smaller than a kilobyte).
///
/// ```swift
/// let x = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
/// let y = try engine.run("x => x @ x.T").function!.call(x, as: Tensor.self)
/// y.shape              // [2, 2]
/// y.array(of: Float.self)   // [14, 32, 32, 77]
/// ```
public struct Tensor: Sendable {
  let storage: TensorStorage

  /// The sizes of the axes; empty for a scalar.
  public var shape: [Int] { storage.shape }
  /// The type of the elements.
  public var elementType: ElementType { storage.elementType }
  /// The number of elements: the product of the sizes.
  public var count: Int { storage.count }

  /// Calls `body` with the elements in row-major order; the buffer is valid until it returns.
  public func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(storage) {} }
    return try body(UnsafeRawBufferPointer(start: storage.memory, count: count * elementType.size))
  }

  /// The elements in row-major order, converted to `Element` where they are of another type: integers and booleans
  /// exactly or to the nearest float, floats to integers towards zero (the nearest that there is; NaN gives 0), to booleans
  /// as "not zero".
  public func array<Element: TensorElement>(of type: Element.Type = Element.self) -> [Element] {
    withUnsafeBytes { bytes in
      if Element.elementType == elementType { return Array(bytes.bindMemory(to: Element.self)) }
      return (0..<count).map { Tensor.converted(element(bytes, at: $0)) }
    }
  }

  /// The number of a tensor with one element; nil if it has more or none.
  public var number: Double? {
    guard count == 1 else { return nil }
    return array(of: Double.self).first
  }

  private func element(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Double {
    switch elementType {
    case .f32: Double(bytes.load(fromByteOffset: index * 4, as: Float.self))
    case .f64: bytes.load(fromByteOffset: index * 8, as: Double.self)
    case .i64: Double(bytes.load(fromByteOffset: index * 8, as: Int.self))
    case .bool: bytes[index] == 0 ? 0 : 1
    }
  }

  private static func converted<Element: TensorElement>(_ value: Double) -> Element {
    switch Element.elementType {
    case .f32: unsafeBitCast(Float(value), to: Element.self)
    case .f64: unsafeBitCast(value, to: Element.self)
    case .i64:
      unsafeBitCast(
        value.isNaN ? 0 : Int(exactly: value.rounded(.towardZero)) ?? (value < 0 ? Int.min : Int.max),
        to: Element.self)
    case .bool: unsafeBitCast(value != 0, to: Element.self)
    }
  }
}

/// The buffer behind a tensor.
final class TensorStorage: @unchecked Sendable {
  let shape: [Int]
  let elementType: ElementType
  let count: Int
  let memory: UnsafeMutableRawPointer
  /// What to do with memory of the caller's; nil for a loose buffer of ours.
  private let deallocator: (@Sendable (UnsafeMutableRawPointer) -> Void)?

  /// Takes over `memory`.
  init(
    _ memory: UnsafeMutableRawPointer, _ shape: [Int], _ elementType: ElementType,
    deallocator: (@Sendable (UnsafeMutableRawPointer) -> Void)? = nil
  ) {
    self.memory = memory
    self.shape = shape
    self.elementType = elementType
    self.deallocator = deallocator
    count = shape.reduce(1, *)
  }

  /// Kernels may read it: it is aligned and a vector longer than its elements.
  var isPadded: Bool { deallocator == nil }

  deinit { if let deallocator { deallocator(memory) } else { Buffers.freeLoose(memory) } }
}
