// Strings. All of them take and give UTF-8 text; positions count characters (code points).
import Diagnostics
import Tensor
import VM

private let text = Derivative.none(because: "text has no derivative")
private let stringParameter = BuiltinParameter("s", .string, .required, "a string")

extension Library {
  static let strings: [Builtin] = [
    str, join, split, replace, trim, recased("upper"), recased("lower"), edge("starts_with"), edge("ends_with"), find,
    parse("parse_int"), parse("parse_float"),
  ]

  private static let str = Builtin(
    "str", [BuiltinParameter("x", .any, .required, "any value")], summary: "x as `print` shows it.",
    example: "print(str(3) ++ str(true) ++ str([1, \"a\"]))", expected: #"3true[1, "a"]"#, derivative: text
  ) { call in try call.heap.displayString(call[0]) }

  private static let join = Builtin(
    "join",
    [
      BuiltinParameter("xs", .iterable, .required, "strings"),
      BuiltinParameter("sep", .string, .optional(shownDefault: "\"\""), "put between them"),
    ],
    summary: "One string of many.", example: "print(join([\"x\", \"y\"], \"-\"))", expected: "x-y", derivative: text
  ) { call in
    let separator = call.isMissing(1) ? nil : try call.string(1)
    let items = try call.items(0)
    defer { call.heap.release(items) }
    return try call.joined(ListRef(items), separator: separator)
  }

  private static let split = Builtin(
    "split",
    [
      stringParameter,
      BuiltinParameter(
        "sep", .string, .optional(shownDefault: "none"), "what stands between the parts; without it any white space"),
    ],
    summary: "The parts of a string between separators.",
    details: "Two separators in a row have an empty part between them; runs of white space count as one.",
    example: "print(split(\"a,b,,c\", \",\"), split(\" two  words \"))",
    expected: #"["a", "b", "", "c"] ["two", "words"]"#,
    derivative: text
  ) { call in
    let heap = call.heap
    let utf8 = try call.string(0).utf8
    let result = heap.list(capacity: 8)
    if call.isMissing(1) {
      var start = 0
      while start < utf8.count {
        while start < utf8.count && isSpace(utf8[start]) { start += 1 }
        var end = start
        while end < utf8.count && !isSpace(utf8[end]) { end += 1 }
        if end > start {
          ListRef(result).append(heap.string(utf8: UnsafeBufferPointer(rebasing: utf8[start..<end])), heap)
        }
        start = end
      }
      return result
    }
    let separator = try { () throws -> UnsafeBufferPointer<UInt8> in
      let separator = try call.string(1).utf8
      if separator.isEmpty { throw call.bad("`sep` is empty", help: "`list(s)` gives the characters") }
      return separator
    }()
    var start = 0
    while let hit = firstPosition(of: separator, in: utf8, from: start) {
      ListRef(result).append(heap.string(utf8: UnsafeBufferPointer(rebasing: utf8[start..<hit])), heap)
      start = hit + separator.count
    }
    ListRef(result).append(heap.string(utf8: UnsafeBufferPointer(rebasing: utf8[start...])), heap)
    return result
  }

  private static let replace = Builtin(
    "replace",
    [
      stringParameter, BuiltinParameter("old", .string, .required, "text to look for, not empty"),
      BuiltinParameter("new", .string, .required, "text to put there"),
    ],
    summary: "s with every `old` replaced by `new`, from left to right.",
    example: "print(replace(\"a.b.c\", \".\", \"/\"))", expected: "a/b/c", derivative: text
  ) { call in
    let (utf8, old, new) = (try call.string(0).utf8, try call.string(1).utf8, try call.string(2).utf8)
    if old.isEmpty { throw call.bad("`old` is empty") }
    var buffer = TextBuffer(capacity: utf8.count + 16)
    defer { buffer.free() }
    var start = 0
    while let hit = firstPosition(of: old, in: utf8, from: start) {
      buffer.append(UnsafeBufferPointer(rebasing: utf8[start..<hit]))
      buffer.append(new)
      try call.heap.reserve(bytes: buffer.count)
      start = hit + old.count
    }
    buffer.append(UnsafeBufferPointer(rebasing: utf8[start...]))
    return call.heap.string(buffer)
  }

  private static let trim = Builtin(
    "trim", [stringParameter], summary: "s without white space at its ends.",
    example: "print(\"[\" ++ trim(\"  mid  \") ++ \"]\")", expected: "[mid]", derivative: text
  ) { call in
    let utf8 = try call.string(0).utf8
    var (start, end) = (0, utf8.count)
    while start < end && isSpace(utf8[start]) { start += 1 }
    while end > start && isSpace(utf8[end - 1]) { end -= 1 }
    return call.heap.string(utf8: UnsafeBufferPointer(rebasing: utf8[start..<end]))
  }

  private static func recased(_ name: String) -> Builtin {
    Builtin(
      name, [stringParameter], summary: name == "upper" ? "s in capital letters." : "s in small letters.",
      example: "print(\(name)(\"Ab ä\"))", expected: name == "upper" ? "AB Ä" : "ab ä", derivative: text
    ) { call in
      let string = try call.string(0).string
      return call.heap.string(name == "upper" ? string.uppercased() : string.lowercased())
    }
  }

  private static func edge(_ name: String) -> Builtin {
    let atStart = name == "starts_with"
    return Builtin(
      name, [stringParameter, BuiltinParameter("part", .string, .required, "a string")],
      summary: "Whether s \(atStart ? "begins" : "ends") with `part`.",
      example: "print(\(name)(\"trellis\", \"\(atStart ? "tre" : "tre")\"))", expected: atStart ? "true" : "false",
      derivative: text
    ) { call in
      let (utf8, part) = (try call.string(0).utf8, try call.string(1).utf8)
      if part.count > utf8.count { return Value(false) }
      return Value(atStart ? utf8.prefix(part.count).elementsEqual(part) : utf8.suffix(part.count).elementsEqual(part))
    }
  }

  private static let find = Builtin(
    "find", [stringParameter, BuiltinParameter("part", .string, .required, "a string")],
    summary: "The index of the first `part` in s, or none.",
    example: "print(find(\"hello\", \"l\"), find(\"hello\", \"z\"))",
    expected: "2 none", derivative: text
  ) { call in
    let string = try call.string(0)
    guard let hit = try firstPosition(of: call.string(1).utf8, in: string.utf8, from: 0) else { return .none }
    return Value(string.isASCII ? hit : string.utf8[..<hit].reduce(0) { $0 + ($1 & 0xC0 != 0x80 ? 1 : 0) })
  }

  private static func parse(_ name: String) -> Builtin {
    let isInt = name == "parse_int"
    return Builtin(
      name,
      [
        stringParameter,
        BuiltinParameter(
          "default", .any, .optional(shownDefault: "none"), "result for other text; without it that is an error"),
      ],
      summary: isInt ? "The integer that s writes in digits." : "The float that s writes.",
      details: "White space around it is fine.",
      example: isInt ? "print(parse_int(\"42\") + 1, parse_int(\"x\", 0))" : "print(parse_float(\"2.5\") * 2)",
      expected: isInt ? "43 0" : "5.0", derivative: text
    ) { call in
      let given = try call.string(0)
      let bytes = given.utf8.drop(while: isSpace)
      let end = bytes.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? bytes.startIndex
      let string = String(decoding: bytes[bytes.startIndex..<end], as: UTF8.self)
      // `Double` also reads hexadecimal floats, which are no numbers of the language.
      if isInt, let number = Int(string) { return Value(number) }
      if !isInt, !string.lowercased().contains("0x"), let number = Double(string) { return Value(number) }
      if !call.isAbsent(1) { return call.heap.retained(call[1]) }
      let shown = string.count > 40 ? String(string.prefix(40)) + "..." : string
      throw call.bad("\"\(shown)\" is no \(isInt ? "64-bit integer" : "number")")
    }
  }
}

private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) }

/// The byte position of `part` in `text` at or behind `start`.
private func firstPosition(
  of part: UnsafeBufferPointer<UInt8>, in text: UnsafeBufferPointer<UInt8>, from start: Int
) -> Int? {
  guard let first = part.first else { return start <= text.count ? start : nil }
  var at = start
  let last = text.count - part.count
  while at <= last {
    if text[at] == first {
      var matched = 1
      while matched < part.count && text[at + matched] == part[matched] { matched += 1 }
      if matched == part.count { return at }
    }
    at += 1
  }
  return nil
}

extension Call {
  /// The strings of a list, one behind the other; anything else in it is an error.
  func joined(_ items: ListRef, separator: StringRef?) throws -> Value {
    var total = 0
    for (index, item) in items.buffer.enumerated() {
      guard item.tag == .string else {
        throw wrong(0, "strings (item \(index))", found: item, help: "`str(x)` makes one of anything")
      }
      total += StringRef(item).byteCount
    }
    try heap.reserve(bytes: total + (separator?.byteCount ?? 0) * max(0, items.count - 1))
    var buffer = TextBuffer(capacity: max(16, total + (separator?.byteCount ?? 0) * items.count))
    defer { buffer.free() }
    for (index, item) in items.buffer.enumerated() {
      if index > 0, let separator { buffer.append(separator.utf8) }
      buffer.append(StringRef(item).utf8)
    }
    return heap.string(buffer)
  }
}
