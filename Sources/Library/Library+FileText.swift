// Text files, whole or as lines. Files are UTF-8; writing never leaves half a file (FileWriting).
import Diagnostics
import Tensor
import VM

private let outside = Derivative.none(because: "what is in a file does not depend on the parameters")
private let pathParameter = BuiltinParameter(
  "path", .string, .required, "a path; relative ones begin at the current directory")
private let textParameter = BuiltinParameter("text", .string, .required, "what to write")

extension Library {
  static let fileText: [Builtin] = [readText, readLines, writeText, appendText]

  private static let readText = Builtin(
    "read_text", [pathParameter], summary: "The text in a file, which must be UTF-8.",
    example: "try { read_text(\"no/such/file\") } catch e { print(e.kind) }", expected: "file-problem",
    derivative: outside, capability: .files
  ) { call in
    try call.withFileText(0) { call.heap.string(utf8: $0) }
  }

  private static let readLines = Builtin(
    "read_lines", [pathParameter], summary: "The lines of a text file, without their ends.",
    details: "A line ends with a newline, or a carriage return and a newline.",
    example: "try { read_lines(\"no/such/file\") } catch e { print(e.kind) }", expected: "file-problem",
    derivative: outside, capability: .files
  ) { call in
    try call.withFileText(0) { call.lines($0) }
  }

  private static let writeText = Builtin(
    "write_text", [pathParameter, textParameter], summary: "Makes a file of this text, or replaces the one there is.",
    details: """
      The text is written beside the file and takes its place when it is complete: if the disk is full the old file \
      stays as it was.
      """,
    example:
      "let path = path_join(temporary_directory(), \"a.txt\")\nwrite_text(path, \"one\\n\")\nprint(read_lines(path))",
    expected: #"["one"]"#, derivative: outside, capability: .files
  ) { call in
    try FileWriting.replace(call.path(0), with: call.string(1).utf8, machine: call.machine)
    return .none
  }

  private static let appendText = Builtin(
    "append_text", [pathParameter, textParameter],
    summary: "Writes text behind what is in a file, which is made if there is none.",
    details: "If that fails (a full disk) the file has its old length again.",
    example: "let path = path_join(temporary_directory(), \"a.txt\")\nfor n in 0..3 { append_text(path, \"{n} \") }\n"
      + "print(read_text(path))",
    expected: "0 1 2 ", derivative: outside, capability: .files
  ) { call in
    try FileWriting.append(call.string(1).utf8, to: call.path(0), machine: call.machine)
    return .none
  }
}

extension Call {
  /// Argument `index` as a path. The system ends names at a zero byte, so one with such a byte would name another file.
  func path(_ index: Int) throws -> String {
    let string = try string(index)
    if string.utf8.contains(0) { throw bad("`\(parameterName(index))` has a zero byte in it") }
    if string.byteCount == 0 { throw bad("`\(parameterName(index))` is empty", help: "`.` is the current directory") }
    return string.string
  }

  /// The text of the file that argument `index` names, while `body` runs.
  func withFileText<Result>(_ index: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> Result) throws -> Result {
    let path = try path(index)
    let bytes = try FileBytes(path: machine.files.readable(path), heap: heap)
    defer { bytes.free() }
    if let place = invalidUTF8(bytes.buffer) {
      throw Diagnostic(
        .badData(path: path, detail: "byte \(place) (0x\(String(bytes.buffer[place], radix: 16))) is not UTF-8"),
        at: nil,
        help: "`iconv -f latin1 -t utf8` converts a file")
    }
    return try body(bytes.buffer)
  }
}
