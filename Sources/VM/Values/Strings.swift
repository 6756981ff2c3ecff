// Strings: UTF-8 in one block, `header | hash | byte count | capacity | bytes`. The hash is computed once, on first use,
// so that a word is hashed once however often it is counted. A string that nobody else holds grows in place, which
// makes building a text by appending linear.
//
// Interned strings (field names, literals) are frozen and unique per text: two of them are equal when they are the same
// object.
import Tensor

struct StringObject {
  var header: HeapHeader
  var hash: UInt64
  var byteCount: Int
  var capacity: Int
}

package struct StringRef {
  let object: UnsafeMutablePointer<StringObject>

  @inline(__always) package init(_ value: Value) { object = value.object.assumingMemoryBound(to: StringObject.self) }

  static let internedFlag: UInt8 = 1
  static let asciiFlag: UInt8 = 2
  static let notAsciiFlag: UInt8 = 4

  @inline(__always) package var byteCount: Int { object.pointee.byteCount }
  @inline(__always) package var bytes: UnsafeMutablePointer<UInt8> {
    (UnsafeMutableRawPointer(object) + MemoryLayout<StringObject>.size).assumingMemoryBound(to: UInt8.self)
  }
  @inline(__always) package var utf8: UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: bytes, count: object.pointee.byteCount)
  }
  package var string: String { String(decoding: utf8, as: UTF8.self) }
  @inline(__always) package var isInterned: Bool { object.pointee.header.flags & StringRef.internedFlag != 0 }

  /// Never 0; computed on first use.
  @inline(__always) package var hash: UInt64 {
    let known = object.pointee.hash
    return known != 0 ? known : computeHash()
  }
  @inline(never) private func computeHash() -> UInt64 {
    let hash = hashBytes(utf8)
    object.pointee.hash = hash
    return hash
  }

  /// Same text. Strings with different texts mostly differ in length or in a known hash, before any byte is read.
  @inline(__always) package func equals(_ other: StringRef) -> Bool {
    if object == other.object { return true }
    if object.pointee.byteCount != other.object.pointee.byteCount { return false }
    if isInterned && other.isInterned { return false }
    return bytesEqual(other)
  }
  @inline(never) private func bytesEqual(_ other: StringRef) -> Bool {
    let (a, b) = (object.pointee.hash, other.object.pointee.hash)
    if a != 0 && b != 0 && a != b { return false }
    return equalBytes(bytes, other.bytes, object.pointee.byteCount)
  }

  package func equals(_ text: StaticString) -> Bool {
    text.utf8CodeUnitCount == byteCount && equalBytes(bytes, text.utf8Start, byteCount)
  }

  /// Whether every byte is one character; remembered.
  package var isASCII: Bool {
    let flags = object.pointee.header.flags
    if flags & StringRef.asciiFlag != 0 { return true }
    if flags & StringRef.notAsciiFlag != 0 { return false }
    var combined: UInt8 = 0
    for byte in utf8 { combined |= byte }
    let ascii = combined < 0x80
    object.pointee.header.flags |= ascii ? StringRef.asciiFlag : StringRef.notAsciiFlag
    return ascii
  }

  /// Length in characters (code points).
  package var characterCount: Int {
    if isASCII { return byteCount }
    var count = 0
    for byte in utf8 where byte & 0xC0 != 0x80 { count += 1 }
    return count
  }

  /// Byte offset of the character number `index` (0...characterCount).
  package func byteOffset(ofCharacter index: Int) -> Int {
    if isASCII { return index }
    var seen = -1
    for (offset, byte) in utf8.enumerated() where byte & 0xC0 != 0x80 {
      seen += 1
      if seen == index { return offset }
    }
    return byteCount
  }
}

extension Heap {
  package func string(_ text: String) -> Value {
    var text = text
    return text.withUTF8 { string(utf8: $0) }
  }

  package func string(utf8: UnsafeBufferPointer<UInt8>) -> Value {
    let value = emptyString(capacity: utf8.count)
    let object = StringRef(value)
    if let base = utf8.baseAddress { object.bytes.update(from: base, count: utf8.count) }
    object.object.pointee.byteCount = utf8.count
    return value
  }

  package func string(_ buffer: TextBuffer) -> Value { string(utf8: buffer.utf8) }

  /// Characters `from..<to` (code points) of a string.
  package func substring(_ value: Value, from: Int, to: Int) -> Value {
    let text = StringRef(value)
    let start = text.byteOffset(ofCharacter: from)
    let end = text.byteOffset(ofCharacter: to)
    return string(utf8: UnsafeBufferPointer(rebasing: text.utf8[start..<max(start, end)]))
  }

  func emptyString(capacity: Int) -> Value {
    // Room up to the size class is given to the string.
    let bytes = (MemoryLayout<StringObject>.size + capacity + 15) & ~15
    let block = allocate(bytes: bytes)
    block.initializeMemory(
      as: StringObject.self,
      to: StringObject(
        header: HeapHeader(kind: .string), hash: 0, byteCount: 0, capacity: bytes - MemoryLayout<StringObject>.size))
    return Value(tag: .string, object: block)
  }

  /// Appends bytes to the string in `slot`: in place when nobody else holds it and there is room, else into a new
  /// block of twice the size.
  package func append(_ more: UnsafeBufferPointer<UInt8>, toString slot: UnsafeMutablePointer<Value>) {
    guard let base = more.baseAddress, more.count > 0 else { return }
    let text = StringRef(slot.pointee)
    let count = text.byteCount
    if text.object.pointee.header.isUnique && text.object.pointee.capacity - count >= more.count {
      (text.bytes + count).update(from: base, count: more.count)
      text.object.pointee.byteCount = count + more.count
      text.object.pointee.hash = 0
      text.object.pointee.header.flags = 0
      return
    }
    let spare = min(count, 1 << 26, max(more.count, room / 2))
    if text.object.pointee.header.isUnique && text.object.pointee.capacity > BlockPool.largest {
      grow(slot, to: count + max(more.count, spare))
      append(more, toString: slot)
      return
    }
    let grown = emptyString(capacity: max(count + more.count, min(count * 2, count + (1 << 26))))
    let result = StringRef(grown)
    result.bytes.update(from: text.bytes, count: count)
    (result.bytes + count).update(from: base, count: more.count)
    result.object.pointee.byteCount = count + more.count
    replace(slot, with: grown)
  }

  /// Gives the string in `slot`, which nobody else holds, room for `capacity` bytes.
  private func grow(_ slot: UnsafeMutablePointer<Value>, to capacity: Int) {
    let header = MemoryLayout<StringObject>.size
    let text = StringRef(slot.pointee)
    let bytes = (header + capacity + 15) & ~15
    let block = reallocate(
      slot.pointee.object, bytes: header + text.object.pointee.capacity, used: header + text.byteCount, to: bytes)
    block.assumingMemoryBound(to: StringObject.self).pointee.capacity = bytes - header
    slot.pointee = Value(tag: .string, object: block)
  }

  /// `a ++ b` for strings, owned.
  package func joined(_ a: Value, _ b: Value) -> Value {
    let (left, right) = (StringRef(a), StringRef(b))
    let value = emptyString(capacity: left.byteCount + right.byteCount)
    let result = StringRef(value)
    result.bytes.update(from: left.bytes, count: left.byteCount)
    (result.bytes + left.byteCount).update(from: right.bytes, count: right.byteCount)
    result.object.pointee.byteCount = left.byteCount + right.byteCount
    return value
  }
}
