// Strings. All of them take and give UTF-8 text; positions count characters (code points).
import Diagnostics
import Tensor
import VM

private let text = Derivative.none(because: "text has no derivative")
private let stringParameter = BuiltinParameter("s", .string, .required, "a string")

extension Library {
  static let strings: [Builtin] = [
    str, join, split, replace, trimmed("trim"), trimmed("trim_left"), trimmed("trim_right"), recased("upper"),
    recased("lower"), edge("starts_with"), edge("ends_with"), find, parse("parse_int"), parse("parse_float"),
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
      BuiltinParameter("limit", .int, .optional(shownDefault: "none"), "the most parts; the last one keeps the rest"),
    ],
    summary: "The parts of a string between separators.",
    details: "Two separators in a row have an empty part between them; runs of white space count as one.",
    example: "print(split(\"a,b,,c\", \",\"), split(\" two  words \"), split(\"k=a=b\", \"=\", limit: 2))",
    expected: #"["a", "b", "", "c"] ["two", "words"] ["k", "a=b"]"#,
    derivative: text
  ) { call in
    let limit = call.isMissing(2) ? Int.max : try call.count(2, least: 1)
    let utf8 = try call.string(0).utf8
    if call.isMissing(1) { return call.words(utf8, limit) }
    let separator = try call.string(1).utf8
    if separator.isEmpty { throw call.bad("`sep` is empty", help: "`chars(s)` gives the characters") }
    let heap = call.heap
    let result = heap.list(capacity: 8)
    let parts = ListRef(result)
    var start = 0
    while parts.count < limit - 1, let hit = firstPosition(of: separator, in: utf8, from: start) {
      parts.append(heap.string(utf8: UnsafeBufferPointer(rebasing: utf8[start..<hit])), heap)
      start = hit + separator.count
    }
    parts.append(heap.string(utf8: UnsafeBufferPointer(rebasing: utf8[start...])), heap)
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

  private static func trimmed(_ name: String) -> Builtin {
    let (side, shown) =
      name == "trim" ? ("at its ends", "[mid]") : name == "trim_left" ? ("in front", "[mid  ]") : ("behind", "[  mid]")
    return Builtin(
      name,
      [
        stringParameter,
        BuiltinParameter(
          "set", .string, .optional(shownDefault: "none"), "the characters to take away; without it white space"),
      ],
      summary: "s without white space \(side).", example: "print(\"[\" ++ \(name)(\"  mid  \") ++ \"]\")",
      expected: shown, derivative: text
    ) { call in
      let utf8 = try call.string(0).utf8
      let set = call.isMissing(1) ? nil : Set(try call.text(1).unicodeScalars.map(\.value))
      func goes(_ at: Int) -> Bool {
        guard let set else { return isSpace(utf8[at]) }
        return set.contains(decodeCharacter(utf8, at).code)
      }
      var (start, end) = (0, utf8.count)
      if name != "trim_right" {
        while start < end && goes(start) { start += decodeCharacter(utf8, start).length }
      }
      while name != "trim_left" && end > start {
        var last = end - 1
        while last > start && utf8[last] & 0xC0 == 0x80 { last -= 1 }
        if !goes(last) { break }
        end = last
      }
      return call.heap.string(utf8: UnsafeBufferPointer(rebasing: utf8[start..<end]))
    }
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
    "find",
    [
      stringParameter, BuiltinParameter("part", .string, .required, "a string"),
      BuiltinParameter("from", .int, .optional(shownDefault: "0"), "the index at which the search begins"),
    ],
    summary: "The index of the first `part` in s, or none.",
    details: "`part in s` says whether there is one.",
    example: "print(find(\"hello\", \"l\"), find(\"hello\", \"l\", from: 3), find(\"hello\", \"z\"))",
    expected: "2 3 none", derivative: text
  ) { call in
    let string = try call.string(0)
    let part = try call.string(1).utf8
    let start = try call.characterPlace(2, in: string)
    guard let hit = firstPosition(of: part, in: string.utf8, from: start) else { return .none }
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

func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) }

extension Call {
  /// What stands between white space; the last of `limit` parts keeps the rest.
  func words(_ utf8: UnsafeBufferPointer<UInt8>, _ limit: Int) -> Value {
    let result = heap.list(capacity: 8)
    let parts = ListRef(result)
    var end = utf8.count
    while end > 0 && isSpace(utf8[end - 1]) { end -= 1 }
    var start = 0
    while start < end {
      if isSpace(utf8[start]) {
        start += 1
        continue
      }
      var stop = parts.count == limit - 1 ? end : start
      while stop < end && !isSpace(utf8[stop]) { stop += 1 }
      parts.append(heap.string(utf8: UnsafeBufferPointer(rebasing: utf8[start..<stop])), heap)
      start = stop
    }
    return result
  }

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
