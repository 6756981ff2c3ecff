// The first eight bytes of everything on a script's heap: tensors here, strings, lists, records, functions in the VM.
//
// A heap object carries a count that only the thread that owns it touches, so counting is one plain add. An object
// that is *frozen* (shared with another engine, or a constant of the program) has a negative count: nobody touches the
// count any more and the object is never unique.

/// What a heap object is; the VM's release routine and the printer switch on it.
package enum HeapKind: UInt8, Sendable {
  case tensor, string, list, record, range, closure, generator, sequence, host, box
}

/// The header every heap object begins with.
package struct HeapHeader {
  package var count: Int32
  package var kind: HeapKind
  package var flags: UInt8 = 0
  package var spare: UInt16 = 0

  package init(kind: HeapKind, count: Int32 = 1) {
    self.kind = kind
    self.count = count
  }
  @_transparent package var isFrozen: Bool { count < 0 }
  @_transparent package var isUnique: Bool { count == 1 }
}

/// Adds one holder.
@_transparent package func retain(_ object: UnsafeMutableRawPointer) {
  let header = object.assumingMemoryBound(to: HeapHeader.self)
  if header.pointee.count >= 0 { header.pointee.count &+= 1 }
}

/// Takes one holder away; true when it was the last and the object must be destroyed by the caller.
@_transparent package func releaseReachedZero(_ object: UnsafeMutableRawPointer) -> Bool {
  let header = object.assumingMemoryBound(to: HeapHeader.self)
  if header.pointee.count < 0 { return false }
  header.pointee.count &-= 1
  return header.pointee.count == 0
}
