// A script value: a tag and eight bytes, plain data that Swift copies without counting. Numbers, booleans and `none`
// live in the eight bytes; everything else is a pointer to a heap object that begins with a `HeapHeader`.
//
// Ownership is by hand, as in the code that a compiler would emit: a `Value` in a register, a list slot or a record
// field owns one count. Functions say in their names or comments which they do: arguments are *borrowed* unless said,
// results are *owned* by the caller.
import Tensor

/// What a value is. Tags from `firstHeap` on carry a pointer to a heap object.
package enum Tag: UInt8, Sendable {
  case none, bool, int, float
  /// An optional argument that was not given; never visible to a script.
  case absent
  /// A builtin function: `bits` is its index in the registry (not on the heap).
  case builtin
  // Heap objects from here on.
  case string, list, record, range, closure, tensor, generator, sequence, host, box
}

package struct Value {
  package var tag: Tag
  package var bits: UInt64

  @_transparent package init(tag: Tag, bits: UInt64) {
    self.tag = tag
    self.bits = bits
  }
  @_transparent package static var none: Value { Value(tag: .none, bits: 0) }
  @_transparent package static var absent: Value { Value(tag: .absent, bits: 0) }
  @_transparent package init(_ value: Bool) { self.init(tag: .bool, bits: value ? 1 : 0) }
  @_transparent package init(_ value: Int) { self.init(tag: .int, bits: UInt64(bitPattern: Int64(value))) }
  @_transparent package init(_ value: Double) { self.init(tag: .float, bits: unsafeBitCast(value, to: UInt64.self)) }
  /// Takes over the caller's count of `object`.
  @_transparent package init(tag: Tag, object: UnsafeMutableRawPointer) {
    self.init(tag: tag, bits: UInt64(UInt(bitPattern: object)))
  }

  @_transparent package var isHeap: Bool { tag.rawValue >= Tag.string.rawValue }
  @_transparent package var int: Int { Int(truncatingIfNeeded: bits) }
  @_transparent package var float: Double { unsafeBitCast(bits, to: Double.self) }
  @_transparent package var bool: Bool { bits != 0 }
  /// The heap object; call only when `isHeap`.
  @_transparent package var object: UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(bitPattern: UInt(bits)).unsafelyUnwrapped
  }
}
