// Entries of earlier sessions, in a file of one line each: a newline is written `\n`, a backslash `\\`. A session adds an
// entry as it is made, with one write to the end of the file, so that sessions side by side and one that is killed lose
// nothing; a file that has grown too long is cut when a session begins, by replacing it as a whole.
import Diagnostics
import Glibc
import Trellis

struct History {
  private let path: String?
  private static let limit = 10_000

  init() { path = History.makePath() }

  /// The entries, the oldest first.
  func load() -> [String] {
    guard let path, let bytes = try? Files.read(path) else { return [] }
    var lines = bytes.split(separator: UInt8(ascii: "\n"))
    if lines.count > History.limit + History.limit / 4 {
      lines = Array(lines.suffix(History.limit))
      // A history that can't be cut is no reason not to begin.
      try? Files.replace(path, with: lines.flatMap { $0 + [UInt8(ascii: "\n")] }, mode: 0o600)
    }
    return lines.suffix(History.limit).map { History.decoded($0) }
  }

  /// Adds an entry to the file.
  func append(_ entry: String) {
    guard let path else { return }
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return }
    let bytes = Array(History.encoded(entry).utf8)
    _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    close(descriptor)
  }

  static func encoded(_ entry: String) -> String {
    var text = ""
    for scalar in entry.unicodeScalars {
      switch scalar {
      case "\n": text += "\\n"
      case "\\": text += "\\\\"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\n"
  }

  static func decoded(_ line: some Sequence<UInt8>) -> String {
    var bytes: [UInt8] = []
    var isEscaped = false
    for byte in line {
      if isEscaped {
        bytes.append(byte == UInt8(ascii: "n") ? UInt8(ascii: "\n") : byte)
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte != 0 {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// `history` in the user's folder for state; nil where there is no home.
  private static func makePath() -> String? {
    let base = environment("XDG_STATE_HOME") ?? environment("HOME").map { $0 + "/.local/state" }
    guard let base, base.hasPrefix("/") else { return nil }
    var path = ""
    for part in (base + "/trellis").split(separator: "/") {
      path += "/" + part
      mkdir(path, 0o700)
    }
    return path + "/history"
  }
}
