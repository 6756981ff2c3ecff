// A script value: a tag and eight bytes, plain data that Swift copies without counting. Numbers, booleans and `none`
// live in the eight bytes; everything else is a pointer to a heap object that begins with a `HeapHeader`.
//
// Ownership is by hand, as in the code that a compiler would emit: a `Value` in a register, a list slot or a record
// field owns one count. Functions say in their names or comments which they do: arguments are *borrowed* unless said,
// results are *owned* by the caller.
import Tensor

/// What a value is. Tags from `firstHeap` on carry a pointer to a heap object.
@usableFromInline package enum Tag: UInt8, Sendable {
  case none, bool, int, float
  /// An optional argument that was not given; never visible to a script.
  case absent
  /// A builtin function: `bits` is its index in the registry (not on the heap).
  case builtin
  // Heap objects from here on.
  case string, list, record, range, closure, tensor, generator, sequence, host, box

  // Written out, so that other modules compare without a call through a protocol.
  @inlinable package static func == (a: Tag, b: Tag) -> Bool {
    unsafeBitCast(a, to: UInt8.self) == unsafeBitCast(b, to: UInt8.self)
  }
  @inlinable package static func != (a: Tag, b: Tag) -> Bool {
    unsafeBitCast(a, to: UInt8.self) != unsafeBitCast(b, to: UInt8.self)
  }
}

@usableFromInline package struct Value {
  @usableFromInline package var tag: Tag
  @usableFromInline package var bits: UInt64

  @inlinable @inline(__always) package init(tag: Tag, bits: UInt64) {
    self.tag = tag
    self.bits = bits
  }
  @inlinable @inline(__always) package static var none: Value { Value(tag: .none, bits: 0) }
  @inlinable @inline(__always) package static var absent: Value { Value(tag: .absent, bits: 0) }
  @inlinable @inline(__always) package init(_ value: Bool) { self.init(tag: .bool, bits: value ? 1 : 0) }
  @inlinable @inline(__always) package init(_ value: Int) {
    self.init(tag: .int, bits: UInt64(bitPattern: Int64(value)))
  }
  @inlinable @inline(__always) package init(_ value: Double) {
    self.init(tag: .float, bits: unsafeBitCast(value, to: UInt64.self))
  }
  /// Takes over the caller's count of `object`.
  @inlinable @inline(__always) package init(tag: Tag, object: UnsafeMutableRawPointer) {
    self.init(tag: tag, bits: UInt64(UInt(bitPattern: object)))
  }

  @inlinable @inline(__always) package var isHeap: Bool {
    unsafeBitCast(tag, to: UInt8.self) >= unsafeBitCast(Tag.string, to: UInt8.self)
  }
  @inlinable @inline(__always) package var int: Int { Int(truncatingIfNeeded: bits) }
  @inlinable @inline(__always) package var float: Double { unsafeBitCast(bits, to: Double.self) }
  @inlinable @inline(__always) package var bool: Bool { bits != 0 }
  /// The heap object; call only when `isHeap`.
  @inlinable @inline(__always) package var object: UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(bitPattern: UInt(bits)).unsafelyUnwrapped
  }
}
