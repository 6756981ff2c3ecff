// Writes values as JSON, with an explicit stack. Integers and floats are written so that reading gives them back; what
// JSON has no form for (nan, functions, keys that are no strings) is an error that says where in the value it is.
import Diagnostics
import Tensor
import VM

struct JSONWriter {
  private let call: Call
  /// Spaces for each level; nil: all on one line.
  private let indent: Int?
  private var buffer = TextBuffer()
  private var heap: Heap { call.heap }
  private var stack: [(value: Value, next: Int)] = []

  init(_ call: Call, indent: Int?) {
    self.call = call
    self.indent = indent
  }

  func free() { buffer.free() }
  var utf8: UnsafeBufferPointer<UInt8> { buffer.utf8 }

  /// A file ends with a newline.
  mutating func endLine() { buffer.append(byte: UInt8(ascii: "\n")) }

  mutating func write(_ value: Value) throws {
    if try leaf(value) { return }
    try enter(value)
    var steps = 0
    walking: while let top = stack.last {
      let level = stack.count - 1
      let isList = top.value.tag == .list
      let count = isList ? ListRef(top.value).count : RecordRef(top.value).count
      var index = top.next
      while index < count {
        steps += 1
        if steps & 4095 == 0 {
          try call.machine.pollLimits()
          try heap.reserve(bytes: buffer.count)
        }
        if index > 0 { buffer.append(byte: UInt8(ascii: ",")) }
        newline(stack.count)
        stack[level].next = index + 1
        let child: Value
        if isList {
          child = ListRef(top.value)[index]
        } else {
          try key(RecordRef(top.value).key(at: index, heap))
          child = RecordRef(top.value).value(at: index, heap)
        }
        index += 1
        if try leaf(child) { continue }
        try enter(child)
        continue walking
      }
      stack.removeLast()
      if count > 0 { newline(stack.count) }
      buffer.append(byte: UInt8(ascii: isList ? "]" : "}"))
    }
  }

  private mutating func enter(_ value: Value) throws {
    stack.append((value, 0))
    buffer.append(byte: UInt8(ascii: value.tag == .list ? "[" : "{"))
    if stack.count > JSONReader.depth {
      throw call.bad("lists and records are nested more than \(JSONReader.depth) deep")
    }
  }

  private mutating func newline(_ level: Int) {
    if let indent {
      buffer.append(byte: UInt8(ascii: "\n"))
      buffer.append(repeating: UInt8(ascii: " "), indent * level)
    } else if level > 0, buffer.utf8.last == UInt8(ascii: ",") {
      buffer.append(byte: UInt8(ascii: " "))
    }
  }

  private mutating func key(_ key: Value) throws {
    guard key.tag == .string else {
      stack[stack.count - 1].next -= 1
      throw Diagnostic(
        .wrongType(
          operation: call.name, expected: "keys that are strings in \(place())", found: heap.typeName(key)), at: nil,
        help: "JSON has no other keys; `str(k)` makes a string of one")
    }
    quote(StringRef(key).utf8)
    buffer.append(": ")
  }

  /// Writes everything that is no list or record; false for those.
  private mutating func leaf(_ value: Value) throws -> Bool {
    switch value.tag {
    case .none: buffer.append("null")
    case .bool: buffer.append(value.bool ? "true" : "false")
    case .int: buffer.append(value.int)
    case .float:
      guard value.float.isFinite else { throw unwritable(value) }
      buffer.append(value.float)
    case .string: quote(StringRef(value).utf8)
    case .range:
      let range = RangeRef(value)
      try heap.reserve(range.count, bytesEach: 4)
      buffer.append(byte: UInt8(ascii: "["))
      for index in 0..<range.count {
        if index > 0 { buffer.append(", ") }
        buffer.append(range[index])
      }
      buffer.append(byte: UInt8(ascii: "]"))
    case .tensor: try tensor(tensorNode(value))
    case .list, .record: return false
    default: throw unwritable(value)
    }
    return true
  }

  /// Nested lists: each bracket opens or closes where the index of its axis begins or ends.
  private mutating func tensor(_ node: Node) throws {
    try heap.graph.force([node])
    let contents = try heap.graph.contents(node)
    let dims = node.dims
    // How many elements lie inside one item of each axis.
    var sizes = [Int](repeating: 1, count: dims.count + 1)
    for axis in dims.indices.reversed() { sizes[axis] = sizes[axis + 1] * dims[axis] }
    if node.count == 0 { return emptyTensor(dims) }
    for flat in 0..<node.count {
      if flat & 4095 == 4095 { try heap.reserve(bytes: buffer.count) }
      if flat > 0 { buffer.append(", ") }
      for axis in dims.indices where flat % sizes[axis] == 0 { buffer.append(byte: UInt8(ascii: "[")) }
      let value = heap.element(contents, node.dtype, flat)
      switch value.tag {
      case .float:
        guard value.float.isFinite else { throw unwritable(value) }
        if node.dtype == .f32 { buffer.append(Float(value.float)) } else { buffer.append(value.float) }
      case .bool: buffer.append(value.bool ? "true" : "false")
      default: buffer.append(value.int)
      }
      for axis in dims.indices where (flat + 1) % sizes[axis] == 0 { buffer.append(byte: UInt8(ascii: "]")) }
    }
  }

  /// `[[], []]`: the axes in front of the first one of size 0.
  private mutating func emptyTensor(_ dims: [Int]) {
    var text = "[]"
    let empty = dims.firstIndex(of: 0) ?? 0
    for size in dims[..<empty].reversed() {
      text = "[" + Array(repeating: text, count: size).joined(separator: ", ") + "]"
    }
    buffer.append(text)
  }

  private mutating func quote(_ utf8: UnsafeBufferPointer<UInt8>) {
    buffer.append(byte: UInt8(ascii: "\""))
    for byte in utf8 {
      switch byte {
      case UInt8(ascii: "\""): buffer.append("\\\"")
      case UInt8(ascii: "\\"): buffer.append("\\\\")
      case UInt8(ascii: "\n"): buffer.append("\\n")
      case UInt8(ascii: "\t"): buffer.append("\\t")
      case UInt8(ascii: "\r"): buffer.append("\\r")
      case 0..<0x20: buffer.append("\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))")
      default: buffer.append(byte: byte)
      }
    }
    buffer.append(byte: UInt8(ascii: "\""))
  }

  private func unwritable(_ value: Value) -> Diagnostic {
    let help = value.tag == .float ? "`none` is written as null" : nil
    return Diagnostic(
      .wrongType(
        operation: call.name, expected: "what JSON can hold in \(place())", found: heap.typeName(value)), at: nil,
      help: help)
  }

  /// Where the writer is, as it would be written behind the value: `x.rows[3].score`.
  private func place() -> String {
    var path = "x"
    for (value, next) in stack.suffix(20) where next > 0 {
      if value.tag == .list {
        path += "[\(next - 1)]"
      } else {
        let key = RecordRef(value).key(at: next - 1, heap)
        path += key.tag == .string ? ".\(StringRef(key).string)" : "[...]"
      }
    }
    return "`\(path)`"
  }
}
