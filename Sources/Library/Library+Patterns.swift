// Regular expressions over characters. Text/PatternTree says how they run.
import Diagnostics
import Tensor
import VM

private let text = Derivative.none(because: "text has no derivative")
private let stringParameter = BuiltinParameter("s", .string, .required, "a string")
private let patternParameter = BuiltinParameter(
  "pattern", .string, .required, "a regular expression, best as a raw string r\"...\"")

extension Library {
  static let patterns: [Builtin] = [regexMatch, regexFind, regexFindAll, regexReplace, regexSplit]

  private static let regexMatch = Builtin(
    "regex_match", [stringParameter, patternParameter],
    summary: "How the whole of s matches a pattern, as a record, or none.",
    details: """
      The record has `text`, `start`, `end` (in characters), `groups` (strings, none where a group took no part) and \
      `names` (a record of the named groups). Patterns: characters; `.`; classes `[a-z]` `[^a-z]` `\\d` `\\w` `\\s` and \
      their opposites `\\D` `\\W` `\\S`; anchors `^` `$` `\\b` `\\B`; groups `( )`, `(?: )` without capture, `(?<name> )`; \
      `|`; counts `*` `+` `?` `{2,5}`, lazy with `?` behind; escapes `\\n` `\\t` `\\r` `\\x41` `\\u{1F600}`. In front \
      `(?i)` ignores case, `(?m)` lets `^` and `$` hold at lines, `(?s)` lets `.` match newlines. The time is linear in \
      the text: there is nothing that refers back, and no look ahead or behind. A wrong pattern is an error that says \
      where.
      """,
    example: "let m = regex_match(\"2026-03\", r\"(?<year>\\d+)-(\\d+)\")\nprint(m.groups, m.names.year)\n"
      + "print(regex_match(\"x 2026\", r\"\\d+\"))",
    expected: "[\"2026\", \"03\"] 2026\nnone", derivative: text
  ) { call in
    let pattern = try call.pattern(1)
    let subject = try call.string(0)
    var matcher = PatternMatcher(pattern, subject.utf8)
    guard try matcher.search(from: 0, whole: true, poll: call.machine.pollLimits) else { return .none }
    var places = CharacterCounter(subject)
    return call.matchRecord(pattern, matcher.found, subject, &places)
  }

  private static let regexFind = Builtin(
    "regex_find",
    [
      stringParameter, patternParameter,
      BuiltinParameter("from", .int, .optional(shownDefault: "0"), "the character at which the search begins"),
    ],
    summary: "The first match in s, as a record, or none.",
    details: "The record is that of `regex_match`; of matches that begin at the same place the first branch wins.",
    example: "let m = regex_find(\"a=1, b=22\", r\"b=(\\d+)\")\nprint(m.text, m.start, m.end, m.groups[0])",
    expected: "b=22 5 9 22", derivative: text
  ) { call in
    let pattern = try call.pattern(1)
    let subject = try call.string(0)
    let start = try call.characterPlace(2, in: subject)
    var matcher = PatternMatcher(pattern, subject.utf8)
    guard try matcher.search(from: start, whole: false, poll: call.machine.pollLimits) else { return .none }
    var places = CharacterCounter(subject)
    return call.matchRecord(pattern, matcher.found, subject, &places)
  }

  private static let regexFindAll = Builtin(
    "regex_find_all", [stringParameter, patternParameter],
    summary: "All matches in s that do not overlap, as a list of records.",
    details: "The records are those of `regex_match`.",
    example: "print([m.text for m in regex_find_all(\"a1 b22\", r\"[a-z]\\d+\")])", expected: #"["a1", "b22"]"#,
    derivative: text
  ) { call in
    let pattern = try call.pattern(1)
    let subject = try call.string(0)
    var places = CharacterCounter(subject)
    return try call.building { list in
      try call.eachMatch(pattern, subject) { list.append(call.matchRecord(pattern, $0, subject, &places), call.heap) }
    }
  }

  private static let regexReplace = Builtin(
    "regex_replace",
    [
      stringParameter, patternParameter,
      BuiltinParameter(
        "new", [.string, .function], .required,
        "text, with `$1` or `$<name>` for a group, `$0` for the match and `$$` for a dollar; or a function of the match"
      ),
    ],
    summary: "s with every match replaced.",
    details: "A function gets the record of `regex_match` and gives a string.",
    example: "print(regex_replace(\"3 cats\", r\"(\\d+) (\\w+)\", \"$2: $1\"))\n"
      + "print(regex_replace(\"a1b2\", r\"\\d\", m => str(2 * parse_int(m.text))))",
    expected: "cats: 3\na2b4", derivative: text
  ) { call in
    let pattern = try call.pattern(1)
    let subject = try call.string(0)
    let template = call[2].tag == .string ? try ReplacementTemplate(call.string(2).utf8, pattern, call) : nil
    let function = template == nil ? try call.function(2) : .none
    var buffer = TextBuffer(capacity: subject.byteCount + 16)
    defer { buffer.free() }
    var places = CharacterCounter(subject)
    var done = 0
    try call.eachMatch(pattern, subject) { found in
      buffer.append(UnsafeBufferPointer(rebasing: subject.utf8[done..<found[0]]))
      done = found[1]
      if let template {
        template.write(found, subject.utf8, into: &buffer)
      } else {
        let match = call.matchRecord(pattern, found, subject, &places)
        defer { call.heap.release(match) }
        let new = try call.machine.call(function, [match])
        defer { call.heap.release(new) }
        guard new.tag == .string else {
          throw call.wrong(2, "a function that gives a string", found: new, help: "`str(x)` makes one")
        }
        buffer.append(StringRef(new).utf8)
      }
      try call.heap.reserve(bytes: buffer.count)
    }
    buffer.append(UnsafeBufferPointer(rebasing: subject.utf8[done...]))
    return call.heap.string(buffer)
  }

  private static let regexSplit = Builtin(
    "regex_split", [stringParameter, patternParameter],
    summary: "The parts of s between matches of a pattern.",
    details: "A match of nothing at the ends of s splits nothing off; elsewhere it splits between characters.",
    example: "print(regex_split(\"a, b ;c\", r\"\\s*[,;]\\s*\"))", expected: #"["a", "b", "c"]"#, derivative: text
  ) { call in
    let pattern = try call.pattern(1)
    let subject = try call.string(0)
    let utf8 = subject.utf8
    return try call.building { list in
      var done = 0
      try call.eachMatch(pattern, subject) { found in
        if found[1] == found[0] && (found[0] == 0 || found[0] == utf8.count) { return }
        list.append(call.heap.string(utf8: UnsafeBufferPointer(rebasing: utf8[done..<found[0]])), call.heap)
        done = found[1]
      }
      list.append(call.heap.string(utf8: UnsafeBufferPointer(rebasing: utf8[done...])), call.heap)
    }
  }
}
