// What the text in front of the cursor says about the place of the cursor: inside a string or not, in which brackets, of
// which call. A scan over bytes that knows strings, their values and comments; it never fails, whatever stands there.

struct LineContext {
  struct Bracket {
    let opener: UInt8
    let position: Int
  }
  /// Brackets that are open at the end, the innermost last.
  private(set) var brackets: [Bracket] = []
  /// Where the content of the string begins that is open at the end.
  private(set) var stringStart: Int?
  private(set) var isComment = false
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    var position = 0
    /// Strings whose values are open: how many brackets were open when the value began, and its quotes.
    var interpolations: [(depth: Int, quotes: Int)] = []
    while position < bytes.count {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "#"):
        while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
        isComment = position == bytes.count
        continue
      case UInt8(ascii: "\""):
        let isRaw = position > 0 && bytes[position - 1] == UInt8(ascii: "r") && !isNamePart(position - 2)
        let quotes = isTriple(position) ? 3 : 1
        position = string(from: position + quotes, quotes, isRaw: isRaw, &interpolations)
        continue
      case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"):
        brackets.append(Bracket(opener: byte, position: position))
      case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
        if byte == UInt8(ascii: "}"), let last = interpolations.last, last.depth == brackets.count {
          interpolations.removeLast()
          position = string(from: position + 1, last.quotes, isRaw: false, &interpolations)
          continue
        }
        _ = brackets.popLast()
      default: break
      }
      position += 1
    }
  }

  private func isTriple(_ position: Int) -> Bool {
    position + 2 < bytes.count && bytes[position + 1] == UInt8(ascii: "\"") && bytes[position + 2] == UInt8(ascii: "\"")
  }

  /// Goes on behind the end of a string, or of the part of it in front of a value.
  private mutating func string(
    from start: Int, _ quotes: Int, isRaw: Bool, _ interpolations: inout [(depth: Int, quotes: Int)]
  ) -> Int {
    var position = start
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\\") where !isRaw: position += 1
      case UInt8(ascii: "{") where !isRaw:
        interpolations.append((brackets.count, quotes))
        return position + 1
      case UInt8(ascii: "\"") where quotes == 1 || isTriple(position): return position + quotes
      case UInt8(ascii: "\n") where quotes == 1: return position + 1
      default: break
      }
      position += 1
    }
    stringStart = start
    return bytes.count
  }

  func isNamePart(_ position: Int) -> Bool {
    guard bytes.indices.contains(position) else { return false }
    let byte = bytes[position]
    return byte == 0x5F || byte >= 0x80 || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
  }

  /// The names joined by dots that end in front of `end`: `net.apply`; nil if something else stands there.
  func path(endingAt end: Int) -> [String]? {
    var start = end
    while start > 0, isNamePart(start - 1) || bytes[start - 1] == UInt8(ascii: ".") { start -= 1 }
    guard start < end else { return nil }
    let names = String(decoding: bytes[start..<end], as: UTF8.self).split(
      separator: ".", omittingEmptySubsequences: false)
    guard names.allSatisfy({ !$0.isEmpty }) else { return nil }
    // `f(x).y` is no path of names.
    if start > 0, bytes[start - 1] == UInt8(ascii: ")") || bytes[start - 1] == UInt8(ascii: "]") { return nil }
    return names.map(String.init)
  }

  /// The function of the innermost call whose arguments the end stands among.
  var call: [String]? {
    guard let last = brackets.last, last.opener == UInt8(ascii: "(") else { return nil }
    return path(endingAt: last.position)
  }
}
