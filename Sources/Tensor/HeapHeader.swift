// The first eight bytes of everything on a script's heap: tensors here, strings, lists, records, functions in the VM.
//
// A heap object carries a count that only the thread that owns it touches, so counting is one plain add. An object
// that is *frozen* (shared with another engine, or a constant of the program) has a negative count: nobody touches the
// count any more and the object is never unique.

/// What a heap object is; the VM's release routine and the printer switch on it.
@usableFromInline package enum HeapKind: UInt8, Sendable {
  case tensor, string, list, record, range, closure, generator, sequence, host, box

  // Written out, so that other modules compare without a call through a protocol.
  @inlinable package static func == (a: HeapKind, b: HeapKind) -> Bool {
    unsafeBitCast(a, to: UInt8.self) == unsafeBitCast(b, to: UInt8.self)
  }
}

/// The header every heap object begins with.
@usableFromInline package struct HeapHeader {
  @usableFromInline package var count: Int32
  @usableFromInline package var kind: HeapKind
  @usableFromInline package var flags: UInt8 = 0
  @usableFromInline package var spare: UInt16 = 0

  @inlinable package init(kind: HeapKind, count: Int32 = 1) {
    self.kind = kind
    self.count = count
  }
  @inlinable @inline(__always) package var isFrozen: Bool { count < 0 }
  @inlinable @inline(__always) package var isUnique: Bool { count == 1 }
}

/// Adds one holder.
@inlinable @inline(__always) package func retain(_ object: UnsafeMutableRawPointer) {
  let header = object.assumingMemoryBound(to: HeapHeader.self)
  if header.pointee.count >= 0 { header.pointee.count &+= 1 }
}

/// Takes one holder away; true when it was the last and the object must be destroyed by the caller.
@inlinable @inline(__always) package func releaseReachedZero(_ object: UnsafeMutableRawPointer) -> Bool {
  let header = object.assumingMemoryBound(to: HeapHeader.self)
  if header.pointee.count < 0 { return false }
  header.pointee.count &-= 1
  return header.pointee.count == 0
}
