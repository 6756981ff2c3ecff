// Files: IDX data, whether there is a file, where fetched data lies. All of them need the capability `files`.
import CZlib
import Diagnostics
import Tensor
import VM

private let outside = Derivative.none(because: "what is in a file does not depend on the parameters")
private let pathParameter = BuiltinParameter(
  "path", .string, .required, "a path; relative ones begin at the current directory")

extension Library {
  static let files: [Builtin] = [readIDX, fileExists, cacheDirectory]

  private static let readIDX = Builtin(
    "read_idx", [pathParameter],
    summary: "The tensor in an IDX file (the format of MNIST), also packed as .gz.",
    details: """
      Integers on one axis (labels) give i64, everything else f32 with the numbers as they are (bytes 0 to 255); doubles \
      give f64. A truncated file, another format or a missing file is an error that says which.
      """,
    example: "try { read_idx(\"no/such/file\") } catch e { print(e.kind) }", expected: "file-problem",
    derivative: outside,
    capability: .files, source: "LeCun, Cortes, Burges: the MNIST database, \"THE IDX FILE FORMAT\""
  ) { call in
    let path = try call.path(0)
    return try IDXReader(path: call.machine.files.readable(path), heap: call.heap).tensor()
  }

  private static let fileExists = Builtin(
    "file_exists", [pathParameter], summary: "Whether there is a file (or directory) that can be read.",
    example: "print(file_exists(\"no/such/file\"))", expected: "false", derivative: outside, capability: .files
  ) { call in Value(canRead(try call.machine.files.readable(try call.path(0)))) }

  private static let cacheDirectory = Builtin(
    "cache_directory", [],
    summary: "Where this user's fetched data lies: `$XDG_CACHE_HOME/trellis` or `~/.cache/trellis`.",
    example: "print(ends_with(cache_directory(), \"trellis\"))", expected: "true", derivative: outside,
    capability: .files
  ) { call in
    if let cache = environment("XDG_CACHE_HOME"), cache.hasPrefix("/") { return call.heap.string(cache + "/trellis") }
    return call.heap.string((environment("HOME") ?? "") + "/.cache/trellis")
  }
}

/// Position of the first byte that is not part of well-formed UTF-8.
func invalidUTF8(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
  var at = 0
  while at < bytes.count {
    let first = bytes[at]
    if first < 0x80 {
      at += 1
      continue
    }
    // Length, and the range of the second byte that excludes overlong forms, surrogates and what lies above U+10FFFF.
    let (length, low, high): (Int, UInt8, UInt8)
    switch first {
    case 0xC2...0xDF: (length, low, high) = (2, 0x80, 0xBF)
    case 0xE0: (length, low, high) = (3, 0xA0, 0xBF)
    case 0xED: (length, low, high) = (3, 0x80, 0x9F)
    case 0xE1...0xEF: (length, low, high) = (3, 0x80, 0xBF)
    case 0xF0: (length, low, high) = (4, 0x90, 0xBF)
    case 0xF1...0xF3: (length, low, high) = (4, 0x80, 0xBF)
    case 0xF4: (length, low, high) = (4, 0x80, 0x8F)
    default: return at
    }
    if at + length > bytes.count || bytes[at + 1] < low || bytes[at + 1] > high { return at }
    for further in 2..<max(2, length) where bytes[at + further] & 0xC0 != 0x80 { return at }
    at += length
  }
  return nil
}
