// JSON, as text and as files.
import Diagnostics
import Tensor
import VM

private let outside = Derivative.none(because: "what is in a file does not depend on the parameters")
private let asText = Derivative.none(because: "text has no derivative")
private let pathParameter = BuiltinParameter(
  "path", .string, .required, "a path; relative ones begin at the current directory")
private let valueParameter = BuiltinParameter(
  "x", .any, .required, "numbers, strings, booleans, none, tensors, and lists and records of these")
private let indentParameter = BuiltinParameter(
  "indent", .int, .optional(shownDefault: "none"), "spaces for each level; without it all stands on one line")
private let form = """
  Records keep their order; `null` is none. A number without point and exponent is an integer, which must fit in 64 \
  bits. A key that is there twice is an error. Errors name line and column.
  """

extension Library {
  static let json: [Builtin] = [parseJSON, toJSON, readJSON, writeJSON]

  private static let parseJSON = Builtin(
    "parse_json", [BuiltinParameter("s", .string, .required, "JSON text")], summary: "The value that JSON text writes.",
    details: form, example: "print(parse_json(r\"\"\"{\"a\": [1, 2.5, null]}\"\"\"))", expected: "{a: [1, 2.5, none]}",
    derivative: asText
  ) { call in
    var reader = JSONReader(try call.string(0).utf8, name: "the JSON text", call.machine)
    return try reader.read()
  }

  private static let toJSON = Builtin(
    "to_json", [valueParameter, indentParameter], summary: "A value as JSON text.",
    details: """
      Reading it back gives the same value; tensors and ranges become lists. What JSON can't hold (nan, inf, functions, \
      keys that are no strings) is an error that says where it is.
      """,
    example: "print(to_json({a: [1, 2.5, none], b: \"x\"}))", expected: #"{"a": [1, 2.5, null], "b": "x"}"#,
    derivative: asText
  ) { call in
    var writer = JSONWriter(call, indent: try call.indent(1))
    defer { writer.free() }
    try writer.write(call[0])
    return call.heap.string(utf8: writer.utf8)
  }

  private static let readJSON = Builtin(
    "read_json", [pathParameter], summary: "The value in a JSON file.", details: form,
    example: "try { read_json(\"no/such/file\") } catch e { print(e.kind) }", expected: "file-problem",
    derivative: outside, capability: .files
  ) { call in
    let name = "`\(try call.path(0))`"
    return try call.withFileText(0) { text in
      var reader = JSONReader(text, name: name, call.machine)
      return try reader.read()
    }
  }

  private static let writeJSON = Builtin(
    "write_json", [pathParameter, valueParameter, indentParameter], summary: "Makes a JSON file of a value.",
    details: "As `to_json` and `write_text`: the file that was there stays until the new one is complete.",
    example:
      "let path = path_join(temporary_directory(), \"a.json\")\nwrite_json(path, {a: 1})\nprint(read_json(path))",
    expected: "{a: 1}", derivative: outside, capability: .files
  ) { call in
    let path = try call.path(0)
    var writer = JSONWriter(call, indent: try call.indent(2))
    defer { writer.free() }
    try writer.write(call[1])
    writer.endLine()
    try FileWriting.replace(path, with: writer.utf8, machine: call.machine)
    return .none
  }
}

extension Call {
  fileprivate func indent(_ index: Int) throws -> Int? {
    if isMissing(index) { return nil }
    let indent = try count(index)
    if indent > 16 { throw bad("`indent` is \(indent); it goes up to 16") }
    return indent
  }
}
