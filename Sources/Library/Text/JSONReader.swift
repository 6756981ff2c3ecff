// Reads JSON (RFC 8259) into values. Walks with an explicit stack of the lists and records that are open, so that depth
// costs no native stack; numbers without a point or an exponent are exact integers. What is wrong is told by line and
// column of the text.
import Diagnostics
import Tensor
import VM

struct JSONReader {
  /// Lists and records inside one another.
  static let depth = 10_000

  private let text: UnsafeBufferPointer<UInt8>
  private let name: String
  private let heap: Heap
  private let machine: Machine
  private var at = 0
  private var scratch = TextBuffer()
  /// Open containers, each owned, with the key (owned) that waits for its value in a record.
  private var open: [(container: Value, key: Value)] = []

  /// `name` is what messages call the text: a path, or "the JSON text".
  init(_ text: UnsafeBufferPointer<UInt8>, name: String, _ machine: Machine) {
    self.text = text
    self.name = name
    self.machine = machine
    heap = machine.heap
  }

  /// The one value of the text; owned.
  mutating func read() throws -> Value {
    defer { scratch.free() }
    do {
      let value = try document()
      skipSpace()
      if at < text.count {
        heap.release(value)
        throw problem("the value has ended, but there is more: \(found())")
      }
      return value
    } catch {
      for (container, key) in open {
        heap.release(container)
        heap.release(key)
      }
      throw error
    }
  }

  private mutating func document() throws -> Value {
    if text.count >= 3 && text[0] == 0xEF && text[1] == 0xBB && text[2] == 0xBF { at = 3 }
    var steps = 0
    while true {
      steps += 1
      if steps & 4095 == 0 { try machine.pollLimits() }
      skipSpace()
      // A value is expected here.
      var value: Value
      switch byte {
      case UInt8(ascii: "["):
        at += 1
        skipSpace()
        if byte != UInt8(ascii: "]") {
          try enter(heap.list(capacity: 4))
          continue
        }
        at += 1
        value = heap.list(capacity: 0)
      case UInt8(ascii: "{"):
        at += 1
        skipSpace()
        if byte != UInt8(ascii: "}") {
          try enter(heap.record())
          try key()
          continue
        }
        at += 1
        value = heap.record()
      default: value = try leaf()
      }
      // It is put where it belongs, and containers that end behind it are closed.
      while true {
        guard let top = open.last else { return value }
        let isList = top.container.tag == .list
        if isList {
          ListRef(top.container).append(value, heap)
        } else {
          RecordRef(top.container).insert(top.key, value, heap)
          open[open.count - 1].key = .none
        }
        skipSpace()
        if byte == UInt8(ascii: ",") {
          at += 1
          skipSpace()
          if !isList { try key() }
          break
        }
        guard byte == UInt8(ascii: isList ? "]" : "}") else {
          throw problem("expected `,` or `\(isList ? "]" : "}")`, found \(found())")
        }
        at += 1
        open.removeLast()
        value = top.container
      }
    }
  }

  private mutating func enter(_ container: Value) throws {
    open.append((container, .none))
    if open.count > JSONReader.depth {
      throw problem("lists and records are nested more than \(JSONReader.depth) deep")
    }
  }

  /// `"key":`, which waits for its value.
  private mutating func key() throws {
    let start = at
    guard byte == UInt8(ascii: "\"") else { throw problem("expected a key in double quotes, found \(found())") }
    let key = try string()
    open[open.count - 1].key = key
    if RecordRef(open[open.count - 1].container).lookup(key, heap) != nil {
      throw problem("the key \(try heap.repr(key)) is there twice", at: start)
    }
    skipSpace()
    guard byte == UInt8(ascii: ":") else { throw problem("expected `:` behind the key, found \(found())") }
    at += 1
  }

  private mutating func leaf() throws -> Value {
    if byte == UInt8(ascii: "\"") { return try string() }
    if let byte, byte == UInt8(ascii: "-") || (byte >= 0x30 && byte <= 0x39) { return try number() }
    for (word, value) in [("null", Value.none), ("true", Value(true)), ("false", Value(false))] {
      if text.count - at >= word.utf8.count, text[at..<(at + word.utf8.count)].elementsEqual(word.utf8) {
        at += word.utf8.count
        return value
      }
    }
    throw problem("expected a value, found \(found())")
  }
}

// MARK: Numbers and strings

extension JSONReader {
  private mutating func digits() -> Bool {
    let start = at
    while let byte, byte >= 0x30, byte <= 0x39 { at += 1 }
    return at > start
  }

  private mutating func number() throws -> Value {
    let start = at
    if byte == UInt8(ascii: "-") { at += 1 }
    let first = at
    var isWhole = true
    guard digits() else { throw problem("a number needs digits", at: start) }
    if text[first] == 0x30 && at > first + 1 { throw problem("a number does not begin with 0", at: start) }
    if byte == UInt8(ascii: ".") {
      isWhole = false
      at += 1
      guard digits() else { throw problem("a number needs digits behind its point", at: start) }
    }
    if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
      isWhole = false
      at += 1
      if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { at += 1 }
      guard digits() else { throw problem("an exponent needs digits", at: start) }
    }
    let shown = String(decoding: text[start..<at], as: UTF8.self)
    if isWhole {
      guard let whole = Int(shown) else {
        throw problem(
          "the integer \(shown.prefix(40)) does not fit in 64 bits; with `.0` behind it it is a float", at: start)
      }
      return Value(whole)
    }
    guard let real = Double(shown), real.isFinite else {
      throw problem("the number \(shown.prefix(40)) is too large for a float", at: start)
    }
    return Value(real)
  }

  private mutating func string() throws -> Value {
    let start = at
    at += 1
    scratch.clear()
    var plain = at
    while let byte {
      if byte == UInt8(ascii: "\"") {
        let piece = UnsafeBufferPointer(rebasing: text[plain..<at])
        at += 1
        if scratch.count == 0 { return heap.string(utf8: piece) }
        scratch.append(piece)
        return heap.string(scratch)
      }
      if byte < 0x20 {
        throw problem("a string holds the control character \(byte); it is written `\\n`, `\\t` or `\\u00XX`")
      }
      if byte != UInt8(ascii: "\\") {
        at += 1
        continue
      }
      scratch.append(UnsafeBufferPointer(rebasing: text[plain..<at]))
      try escape()
      plain = at
    }
    throw problem("this string has no closing quote", at: start)
  }

  private mutating func escape() throws {
    let start = at
    at += 1
    guard let byte else { throw problem("the text ends inside a string") }
    at += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): scratch.append(byte: byte)
    case UInt8(ascii: "b"): scratch.append(byte: 0x08)
    case UInt8(ascii: "f"): scratch.append(byte: 0x0C)
    case UInt8(ascii: "n"): scratch.append(byte: 0x0A)
    case UInt8(ascii: "r"): scratch.append(byte: 0x0D)
    case UInt8(ascii: "t"): scratch.append(byte: 0x09)
    case UInt8(ascii: "u"):
      var code = try hexadecimal(start)
      if code >= 0xD800 && code < 0xDC00, byteAt(at) == UInt8(ascii: "\\"), byteAt(at + 1) == UInt8(ascii: "u") {
        at += 2
        let low = try hexadecimal(start)
        if low >= 0xDC00 && low < 0xE000 { code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00) }
      }
      guard let scalar = Unicode.Scalar(code) else {
        throw problem("`\\u\(String(code, radix: 16))` is half of a character", at: start)
      }
      scratch.append(String(scalar))
    default: throw problem("there is no escape `\\` with \(found(at: at - 1))", at: start)
    }
  }

  private mutating func hexadecimal(_ start: Int) throws -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
        throw problem("`\\u` needs four hexadecimal digits", at: start)
      }
      code = code << 4 | UInt32(digit)
      at += 1
    }
    return code
  }
}

// MARK: Places

extension JSONReader {
  private var byte: UInt8? { byteAt(at) }
  private func byteAt(_ place: Int) -> UInt8? { place < text.count ? text[place] : nil }

  private mutating func skipSpace() {
    while let byte, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { at += 1 }
  }

  /// What stands at a place, for messages.
  private func found(at place: Int? = nil) -> String {
    let place = place ?? at
    guard place < text.count else { return "the end of the text" }
    var end = place
    while end < text.count && end - place < 20 && (NamedClass.word.contains(UInt32(text[end])) || text[end] >= 0x80) {
      end += 1
    }
    while end < text.count && text[end] & 0xC0 == 0x80 { end += 1 }
    if end == place { end = place + decodeCharacter(text, place).length }
    let shown = String(decoding: text[place..<end], as: UTF8.self)
    switch shown {
    case "NaN", "nan", "Infinity", "inf", "None", "True", "False", "undefined":
      return "`\(shown)`, which JSON does not have"
    case "'": return "`'`: JSON strings have double quotes"
    default: return "`\(shown)`"
    }
  }

  private func problem(_ detail: String, at place: Int? = nil) -> Diagnostic {
    let (line, column) = textPlace(text, place ?? at)
    return Diagnostic(.badText(name: name, line: line, column: column, detail: detail), at: nil)
  }
}

/// Line and column of a byte, from 1; columns count characters.
func textPlace(_ text: UnsafeBufferPointer<UInt8>, _ place: Int) -> (line: Int, column: Int) {
  var (line, column) = (1, 1)
  for at in 0..<min(place, text.count) {
    if text[at] == UInt8(ascii: "\n") {
      line += 1
      column = 1
    } else if text[at] & 0xC0 != 0x80 {
      column += 1
    }
  }
  return (line, column)
}
