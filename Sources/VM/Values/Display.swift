// The text of values. `display` is what `print` shows, `repr` what stands inside lists and records (strings quoted).
// Walks with an explicit stack; long values are cut: a list or record shows at most `maximumItems` items, a whole value
// at most `maximumBytes`, nesting at most `maximumDepth` levels, and what is left out is said.
import Diagnostics
import Tensor

package enum DisplayLimits {
  static let maximumItems = 1000
  static let maximumBytes = 100_000
  static let maximumDepth = 200
}

extension Heap {
  package func display(_ value: Value) throws -> String {
    var buffer = TextBuffer()
    defer { buffer.free() }
    try display(value, into: &buffer)
    return buffer.string
  }

  package func repr(_ value: Value) throws -> String {
    var buffer = TextBuffer()
    defer { buffer.free() }
    try repr(value, into: &buffer)
    return buffer.string
  }

  /// What `str(x)`, interpolation and `print` give, as a new string value.
  package func displayString(_ value: Value) throws -> Value {
    if value.tag == .string { return retained(value) }
    scratch.clear()
    var buffer = scratch
    defer { scratch = buffer }
    try display(value, into: &buffer)
    return string(buffer)
  }

  @inline(__always)
  package func display(_ value: Value, into buffer: inout TextBuffer) throws {
    switch value.tag {
    case .string: buffer.append(StringRef(value).utf8)
    case .int: buffer.append(value.int)
    default: try repr(value, into: &buffer)
    }
  }

  package func repr(_ value: Value, into buffer: inout TextBuffer) throws {
    if try leaf(value, into: &buffer) { return }
    let limit = buffer.count + DisplayLimits.maximumBytes
    var stack = [(value: value, next: 0)]
    buffer.append(byte: opening(value))
    walking: while let top = stack.last {
      let level = stack.count - 1
      let isList = top.value.tag == .list
      let count = isList ? ListRef(top.value).count : RecordRef(top.value).count
      var index = top.next
      while index < count {
        if index > 0 { buffer.append(", ") }
        if index >= DisplayLimits.maximumItems || buffer.count > limit {
          buffer.append("... \(count - index) more")
          break
        }
        let child: Value
        if isList {
          child = ListRef(top.value)[index]
        } else {
          try key(RecordRef(top.value).key(at: index, self), into: &buffer)
          child = RecordRef(top.value).value(at: index, self)
        }
        index += 1
        if try leaf(child, into: &buffer) { continue }
        if stack.count == DisplayLimits.maximumDepth {
          buffer.append(child.tag == .list ? "[...]" : "{...}")
          continue
        }
        stack[level].next = index
        stack.append((child, 0))
        buffer.append(byte: opening(child))
        continue walking
      }
      buffer.append(byte: isList ? UInt8(ascii: "]") : UInt8(ascii: "}"))
      stack.removeLast()
    }
  }

  private func opening(_ value: Value) -> UInt8 { value.tag == .list ? UInt8(ascii: "[") : UInt8(ascii: "{") }

  /// Writes everything that is no list or record; false for those.
  private func leaf(_ value: Value, into buffer: inout TextBuffer) throws -> Bool {
    switch value.tag {
    case .none, .absent: buffer.append("none")
    case .bool: buffer.append(value.bool ? "true" : "false")
    case .int: buffer.append(value.int)
    case .float: buffer.append(value.float)
    case .builtin: buffer.append("<function \(functionName(value) ?? "?")>")
    case .string: quote(StringRef(value).utf8, into: &buffer)
    case .range:
      let range = RangeRef(value)
      buffer.append(range.start)
      buffer.append("..")
      buffer.append(range.end)
      if range.step != 1 {
        buffer.append(" by ")
        buffer.append(range.step)
      }
    case .closure: buffer.append("<function\(functionName(value).map { " " + $0 } ?? "")>")
    case .tensor: try displayTensor(tensorNode(value), into: &buffer)
    case .generator: buffer.append("<random generator>")
    case .sequence: buffer.append("<sequence>")
    case .box where value.boundFunction != nil: buffer.append("<function \(value.boundFunction?.name ?? "")>")
    case .box where value.reductionValue != nil: buffer.append("<function \(value.reductionValue?.name ?? "")>")
    case .host, .box: buffer.append("<host object>")
    case .list, .record: return false
    }
    return true
  }

  /// `a: ` or `"any key": `, as it can be written in a script.
  private func key(_ key: Value, into buffer: inout TextBuffer) throws {
    if key.tag == .string {
      let utf8 = StringRef(key).utf8
      if Heap.isFieldName(utf8) { buffer.append(utf8) } else { quote(utf8, into: &buffer) }
    } else {
      buffer.append("[")
      try repr(key, into: &buffer)
      buffer.append("]")
    }
    buffer.append(": ")
  }

  /// Whether a record literal that says this key without quotes has this key: a name of letters of any script, not one
  /// of the three words that are values.
  private static func isFieldName(_ utf8: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let first = utf8.first, !(first >= 0x30 && first <= 0x39) else { return false }
    var isPlain = true
    for byte in utf8 {
      if byte >= 0x80 {
        isPlain = false
      } else if !(byte == 0x5F || (byte >= 0x30 && byte <= 0x39) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A)) {
        return false
      }
    }
    if isPlain && utf8.count > 5 { return true }
    let text = String(decoding: utf8, as: UTF8.self)
    if isPlain { return text != "none" && text != "true" && text != "false" }
    return text.unicodeScalars.first.map { $0 == "_" || $0.properties.isXIDStart } ?? false
      && text.unicodeScalars.allSatisfy { $0.properties.isXIDContinue }
  }

  /// A string literal that reads back as this text.
  package func quote(_ utf8: UnsafeBufferPointer<UInt8>, into buffer: inout TextBuffer) {
    buffer.append(byte: UInt8(ascii: "\""))
    for byte in utf8 {
      switch byte {
      case UInt8(ascii: "\""): buffer.append("\\\"")
      case UInt8(ascii: "\\"): buffer.append("\\\\")
      case UInt8(ascii: "{"): buffer.append("\\{")
      case UInt8(ascii: "\n"): buffer.append("\\n")
      case UInt8(ascii: "\t"): buffer.append("\\t")
      case UInt8(ascii: "\r"): buffer.append("\\r")
      case 0..<0x20, 0x7F: buffer.append("\\u{\(String(byte, radix: 16))}")
      default: buffer.append(byte: byte)
      }
    }
    buffer.append(byte: UInt8(ascii: "\""))
  }

  private func functionName(_ value: Value) -> String? { nameOfFunction?(value) }
}
