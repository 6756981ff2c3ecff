// Equality of element types and operations, written out. They are raw-value enumerations of another module, which Swift
// would compare through a protocol witness: more work than recording the operation that the comparison is about.
import KernelTypes

extension DType {
  @inline(__always) static func == (a: DType, b: DType) -> Bool {
    unsafeBitCast(a, to: UInt8.self) == unsafeBitCast(b, to: UInt8.self)
  }
  @inline(__always) static func != (a: DType, b: DType) -> Bool { !(a == b) }
}

extension ElementOp {
  @inline(__always) static func == (a: ElementOp, b: ElementOp) -> Bool {
    unsafeBitCast(a, to: UInt8.self) == unsafeBitCast(b, to: UInt8.self)
  }
  @inline(__always) static func != (a: ElementOp, b: ElementOp) -> Bool { !(a == b) }
}

extension ReduceOp {
  @inline(__always) static func == (a: ReduceOp, b: ReduceOp) -> Bool {
    unsafeBitCast(a, to: UInt8.self) == unsafeBitCast(b, to: UInt8.self)
  }
  @inline(__always) static func != (a: ReduceOp, b: ReduceOp) -> Bool { !(a == b) }
}
