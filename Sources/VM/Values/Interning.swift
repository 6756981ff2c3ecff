// One frozen object per text, for field names and literals. Open addressing by the string's own hash.
import Tensor

struct InternTable {
  private var slots: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  private var mask = 255
  private var count = 0

  init() {
    slots = .allocate(capacity: 256)
    slots.initialize(repeating: nil, count: 256)
  }

  func free() { slots.deallocate() }

  /// The interned string with this text, if there is one.
  func find(_ utf8: UnsafeBufferPointer<UInt8>, hash: UInt64) -> Value? {
    var at = Int(truncatingIfNeeded: hash) & mask
    while let object = slots[at] {
      let candidate = Value(tag: .string, object: object)
      let text = StringRef(candidate)
      if text.hash == hash && text.byteCount == utf8.count {
        guard let base = utf8.baseAddress, utf8.count > 0 else { return candidate }
        if equalBytes(text.bytes, base, utf8.count) { return candidate }
      }
      at = (at + 1) & mask
    }
    return nil
  }

  mutating func insert(_ string: Value) {
    if count * 2 > mask { grow() }
    place(string.object, StringRef(string).hash)
    count += 1
  }

  private func place(_ object: UnsafeMutableRawPointer, _ hash: UInt64) {
    var at = Int(truncatingIfNeeded: hash) & mask
    while slots[at] != nil { at = (at + 1) & mask }
    slots[at] = object
  }

  private mutating func grow() {
    let (old, oldSize) = (slots, mask + 1)
    mask = oldSize * 2 - 1
    slots = .allocate(capacity: mask + 1)
    slots.initialize(repeating: nil, count: mask + 1)
    for index in 0..<oldSize {
      if let object = old[index] { place(object, StringRef(Value(tag: .string, object: object)).hash) }
    }
    old.deallocate()
  }
}

extension Heap {
  /// The one frozen string with this text. It lives as long as the engine.
  package func internedString(_ text: String) -> Value {
    var text = text
    return text.withUTF8 { intern(utf8: $0, hash: hashBytes($0)) }
  }

  /// The interned twin of a string.
  package func interned(_ value: Value) -> Value {
    let text = StringRef(value)
    return text.isInterned ? value : intern(utf8: text.utf8, hash: text.hash)
  }

  /// The interned twin if there is one: a text that was never interned is no field of any layout.
  @inline(__always) func findInterned(_ value: Value) -> Value? {
    let text = StringRef(value)
    return text.isInterned ? value : interned.find(text.utf8, hash: text.hash)
  }

  private func intern(utf8: UnsafeBufferPointer<UInt8>, hash: UInt64) -> Value {
    if let known = interned.find(utf8, hash: hash) { return known }
    let value = string(utf8: utf8)
    let object = StringRef(value).object
    object.pointee.hash = hash
    object.pointee.header.flags |= StringRef.internedFlag
    object.pointee.header.count = -1
    interned.insert(value)
    return value
  }
}
