// Strings as characters (code points) and lines; padding, formats, the distance between two texts.
import Diagnostics
import Tensor
import VM

private let text = Derivative.none(because: "text has no derivative")
private let stringParameter = BuiltinParameter("s", .string, .required, "a string")

extension Library {
  static let characters: [Builtin] = [
    chars, lines, repeated, padded("pad_left"), padded("pad_right"), codePoint, fromCodePoint, format, editDistance,
  ]

  private static let chars = Builtin(
    "chars", [stringParameter], summary: "The characters of s, as a list of strings.",
    details: "A character is a code point; `for c in s` walks the same.",
    example: "print(chars(\"a☃\"))", expected: #"["a", "☃"]"#, derivative: text
  ) { call in
    _ = try call.string(0)
    return try call.items(0)
  }

  private static let lines = Builtin(
    "lines", [stringParameter], summary: "The lines of s, without their ends.",
    details: "A line ends with a newline, or a carriage return and a newline; the last one may have no end.",
    example: "print(lines(\"a\\n\\nb\\n\"))", expected: #"["a", "", "b"]"#, derivative: text
  ) { call in call.lines(try call.string(0).utf8) }

  private static let repeated = Builtin(
    "repeat",
    [
      BuiltinParameter("x", [.string, .list], .required, "a string or a list"),
      BuiltinParameter("n", .int, .required, "how often, 0 or more"),
    ],
    summary: "x n times, one behind the other.", example: "print(repeat(\"ab\", 3), repeat([0], 3))",
    expected: "ababab [0, 0, 0]", derivative: .none(because: "it copies values; what is in them keeps its derivative")
  ) { call in
    let heap = call.heap
    let times = try call.count(1)
    if call[0].tag == .list {
      let items = try call.list(0)
      let (count, overflow) = items.count.multipliedReportingOverflow(by: times)
      return try call.building(capacity: overflow ? Int.max : count) { list in
        for _ in 0..<(items.count == 0 ? 0 : times) {
          for item in items.buffer { list.append(heap.retained(item), heap) }
        }
      }
    }
    guard call[0].tag == .string else { throw call.wrong(0, "a string or a list") }
    let utf8 = try call.string(0).utf8
    let (bytes, overflow) = utf8.count.multipliedReportingOverflow(by: times)
    try heap.reserve(bytes: overflow ? Int.max : bytes)
    var buffer = TextBuffer(capacity: max(16, bytes))
    defer { buffer.free() }
    for _ in 0..<(utf8.isEmpty ? 0 : times) { buffer.append(utf8) }
    return heap.string(buffer)
  }

  private static func padded(_ name: String) -> Builtin {
    let atLeft = name == "pad_left"
    return Builtin(
      name,
      [
        stringParameter, BuiltinParameter("width", .int, .required, "the least number of characters"),
        BuiltinParameter("fill", .string, .optional(shownDefault: "\" \""), "one character"),
      ],
      summary: "s with characters put \(atLeft ? "in front of" : "behind") it until it is `width` long.",
      details: "A longer s stays as it is.", example: "print(\(name)(\"7\", 3, \".\"))",
      expected: atLeft ? "..7" : "7..",
      derivative: text
    ) { call in
      let string = try call.string(0)
      let width = try call.count(1)
      let fill = call.isMissing(2) ? nil : try call.string(2)
      if let fill, fill.characterCount != 1 {
        throw call.bad("`fill` has \(fill.characterCount) characters; it must have one")
      }
      let missing = width - string.characterCount
      if missing <= 0 { return call.heap.retained(call[0]) }
      let unit = fill?.byteCount ?? 1
      try call.heap.reserve(missing, bytesEach: unit)
      var buffer = TextBuffer(capacity: string.byteCount + missing * unit)
      defer { buffer.free() }
      if !atLeft { buffer.append(string.utf8) }
      if let fill {
        for _ in 0..<missing { buffer.append(fill.utf8) }
      } else {
        buffer.append(repeating: UInt8(ascii: " "), missing)
      }
      if atLeft { buffer.append(string.utf8) }
      return call.heap.string(buffer)
    }
  }

  private static let codePoint = Builtin(
    "code_point", [BuiltinParameter("c", .string, .required, "a string of one character")],
    summary: "The number of a character in Unicode.", details: "`from_code_point` goes back.",
    example: "print(code_point(\"A\"), code_point(\"☃\"))", expected: "65 9731", derivative: text
  ) { call in
    let string = try call.string(0)
    guard string.characterCount == 1 else {
      throw call.bad("`c` has \(string.characterCount) characters; it must have one", help: "`s[i]` is one character")
    }
    return Value(Int(decodeCharacter(string.utf8, 0).code))
  }

  private static let fromCodePoint = Builtin(
    "from_code_point", [BuiltinParameter("n", .int, .required, "a code point: 0 to 0x10FFFF")],
    summary: "The character with a number in Unicode.", example: "print(from_code_point(9731))", expected: "☃",
    derivative: text
  ) { call in
    let number = try call.int(0)
    guard let code = UInt32(exactly: number), let scalar = Unicode.Scalar(code) else {
      throw call.bad("\(number) is no character: they go from 0 to 1114111, without 55296 to 57343")
    }
    return call.heap.string(String(scalar))
  }

  private static let format = Builtin(
    "format",
    [
      BuiltinParameter("x", .any, .required, "any value"),
      BuiltinParameter("spec", .string, .required, "what stands behind the colon in `\"{x:.3f}\"`"),
    ],
    summary: "x as text in a format that is a value itself.",
    details: """
      `[[fill]align][sign][0][width][,][.precision][type]`: align one of `<` `>` `^`, type one of `d f e g % x b s`: \
      decimal, fixed, exponent, general, percent, hexadecimal, binary, text.
      """,
    example: "print(format(3.14159, \".2f\"), format(255, \"x\"), format(5, \"08b\"), format(1234567, \",d\"))",
    expected: "3.14 ff 00000101 1,234,567", derivative: text
  ) { call in call.heap.string(try call.heap.format(call[0], spec: call.text(1))) }

  private static let editDistance = Builtin(
    "edit_distance",
    [
      BuiltinParameter("a", [.string, .list], .required, "a string, or a list"),
      BuiltinParameter("b", [.string, .list], .required, "another of the same kind"),
    ],
    summary: "The fewest insertions, removals and replacements that make b of a.",
    details: "Of characters, or of items that are compared as wholes. Time grows with len(a) * len(b).",
    example: "print(edit_distance(\"kitten\", \"sitting\"), edit_distance([\"a\", \"cat\"], [\"a\", \"dog\"]))",
    expected: "3 1", derivative: text, source: "Wagner and Fischer 1974"
  ) { call in
    guard call[0].tag == call[1].tag, call[0].tag == .string || call[0].tag == .list else {
      throw call.wrong(1, call[0].tag == .list ? "a list like a" : "a string like a")
    }
    let numbers = call.heap.record()
    defer { call.heap.release(numbers) }
    let a = try call.numbered(0, RecordRef(numbers))
    let b = try call.numbered(1, RecordRef(numbers))
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
      try call.machine.pollLimits()
      var diagonal = row[0]
      row[0] = i + 1
      for (j, y) in b.enumerated() {
        let change = diagonal + (x == y ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(change, min(diagonal, row[j]) + 1)
      }
    }
    return Value(row[b.count])
  }
}

extension Call {
  /// A number for each character or item of argument `index`: equal ones have the same. `numbers` remembers the items.
  fileprivate func numbered(_ index: Int, _ numbers: RecordRef) throws -> [Int] {
    if arguments[index].tag == .string { return try text(index).unicodeScalars.map { Int($0.value) } }
    return try list(index).buffer.map { item in
      let key = try heap.key(item)
      if let known = numbers.lookup(key, heap) {
        heap.release(key)
        return known.int
      }
      let number = numbers.count
      numbers.insert(key, Value(number), heap)
      return number
    }
  }

  /// The lines of a text, owned.
  func lines(_ utf8: UnsafeBufferPointer<UInt8>) -> Value {
    let result = heap.list(capacity: 8)
    let newline = UInt8(ascii: "\n")
    withUnsafePointer(to: newline) { pointer in
      let separator = UnsafeBufferPointer(start: pointer, count: 1)
      var start = 0
      while start < utf8.count {
        let end = firstPosition(of: separator, in: utf8, from: start) ?? utf8.count
        let stop = end > start && end < utf8.count && utf8[end - 1] == UInt8(ascii: "\r") ? end - 1 : end
        ListRef(result).append(heap.string(utf8: UnsafeBufferPointer(rebasing: utf8[start..<stop])), heap)
        start = end + 1
      }
    }
    return result
  }
}
