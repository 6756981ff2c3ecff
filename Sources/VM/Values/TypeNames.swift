// What messages call a value: "a tensor f32 [3, 4]", "a list", "none"; and the bare kind that `type(x)` gives.
import Tensor

extension Heap {
  package func typeName(_ value: Value) -> String {
    switch value.tag {
    case .none, .absent: return "none"
    case .bool: return "the boolean \(value.bool)"
    case .int: return "the integer \(value.int)"
    case .float: return "the number \(value.float)"
    case .builtin, .closure: return "a function"
    case .string:
      let text = StringRef(value)
      if text.byteCount > 40 { return "a string" }
      var buffer = TextBuffer(capacity: 64)
      defer { buffer.free() }
      quote(text.utf8, into: &buffer)
      return "the string \(buffer.string)"
    case .list: return ListRef(value).count == 0 ? "an empty list" : "a list"
    case .record: return "a record"
    case .range: return "a range"
    case .tensor:
      let node = tensorNode(value)
      if node.rank == 0 { return "a scalar \(node.dtype.name)" }
      return "a tensor \(node.dtype.name) [\(node.dims.map(String.init).joined(separator: ", "))]"
    case .generator: return "a random generator"
    case .sequence: return "a sequence"
    case .box where value.isFunction: return "a function"
    case .box where value.progressItems != nil: return "a watched sequence"
    case .host, .box: return "a host object"
    }
  }

  package func kindName(_ value: Value) -> StaticString {
    switch value.tag {
    case .none, .absent: "none"
    case .bool: "boolean"
    case .int: "integer"
    case .float: "float"
    case .builtin, .closure: "function"
    case .string: "string"
    case .list: "list"
    case .record: "record"
    case .range: "range"
    case .tensor: "tensor"
    case .generator: "generator"
    case .sequence: "sequence"
    case .box where value.isFunction: "function"
    case .host, .box: "host"
    }
  }
}
