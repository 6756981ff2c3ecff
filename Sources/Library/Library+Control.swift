// Output, errors, progress, and looking at values.
import Diagnostics
import Tensor
import VM

private let effect = Derivative.none(because: "it speaks to the outside and gives none")

extension Library {
  static let control: [Builtin] = [print, fail, progress, metric, table, same, type]

  private static let print = Builtin(
    "print", [BuiltinParameter("values", .any, .variadic, "any values")],
    summary: "Writes the values with spaces between them, and ends the line.",
    example: "print(1, \"a\", [2, \"b\"])", expected: #"1 a [2, "b"]"#, derivative: effect
  ) { call in
    var buffer = TextBuffer()
    defer { buffer.free() }
    for (index, value) in ListRef(call[0]).buffer.enumerated() {
      if index > 0 { buffer.append(byte: UInt8(ascii: " ")) }
      try call.heap.display(value, into: &buffer)
    }
    buffer.append(byte: UInt8(ascii: "\n"))
    try call.machine.print(buffer.string)
    return .none
  }

  private static let fail = Builtin(
    "fail",
    [BuiltinParameter("x", .any, .required, "a message, a caught error, or any value: the error's `data`")],
    summary: "Ends with an error that `try` catches.",
    details: "A caught error is raised again as it was. A record's field `message` is the message.",
    example: "try { fail(\"out of paper\") } catch e { print(e.kind, e.message) }", expected: "failed out of paper",
    derivative: .none(because: "it gives nothing")
  ) { call in throw call.machine.failure(call[0]) }

  private static let progress = Builtin(
    "progress",
    [
      BuiltinParameter("xs", .iterable, .required, "what to walk"),
      BuiltinParameter("label", .string, .optional(shownDefault: "\"\""), "shown in front"),
    ],
    summary: "xs, for a loop that shows how far it is.",
    details: "A bar with rate and remaining time on a terminal, plain lines elsewhere, on standard error.",
    example: "var n = 0\nfor i in progress(0..3, \"count\") { n += i }\nprint(n)", expected: "3",
    derivative: .rule("passes as it is")
  ) { call in
    let heap = call.heap
    let isSequence = call[0].tag == .sequence
    guard isSequence || call.length(of: call[0]) != nil else {
      throw call.wrong(0, "something with items (a list, range, record, string, tensor or sequence)")
    }
    let label = call.isMissing(1) ? "" : try call.string(1).string
    return heap.box(ProgressItems(items: heap.retained(call[0]), label: label, heap: heap))
  }

  private static let metric = Builtin(
    "metric",
    [
      BuiltinParameter("name", .string, .required, "what was measured"),
      BuiltinParameter("value", .numeric, .required, "a number"),
      BuiltinParameter("step", .int, .optional(shownDefault: "none"), "when: round, epoch, step"),
    ],
    summary: "Reports a measured number to the run's record.", details: "With `--json` a line of its own.",
    example: "metric(\"loss\", 0.5, step: 1)", expected: "", derivative: effect
  ) { call in
    let name = try call.string(0).string
    let value = try call.number(1)
    try call.machine.settleBeforeHost()
    call.machine.host.metric(Metric(name: name, value: value, step: call.isMissing(2) ? nil : try call.int(2)))
    return .none
  }

  private static let table = Builtin(
    "table",
    [BuiltinParameter("rows", .list, .required, "records, or lists of cells of which the first is the head")],
    summary: "Writes rows as aligned text: a record's keys are the head.",
    details: """
      Numbers stand to the right, floats with up to six digits; a column is as wide as its widest cell on the screen. A \
      cell that a record lacks is empty.
      """,
    example: "table([{name: \"a\", n: 10}, {name: \"bc\", n: 5}])", expected: "name   n\na     10\nbc     5",
    derivative: effect
  ) { call in
    try call.machine.print(AlignedTable(call.list(0), call).text)
    return .none
  }

  private static let same = Builtin(
    "same", [BuiltinParameter("a", .any, .required, "any value"), BuiltinParameter("b", .any, .required, "any value")],
    summary: "Whether two values are equal as wholes.",
    details: "`==` compares tensors element by element; `same` gives one boolean. NaN is the same as NaN.",
    example: "print(same(tensor([1, 2]), tensor([1, 2])), same([1, nan], [1, nan]))", expected: "true true",
    derivative: .none(because: "it gives a boolean")
  ) { call in Value(try call.heap.same(call[0], call[1])) }

  private static let type = Builtin(
    "type", [BuiltinParameter("x", .any, .required, "any value")],
    summary: "The name of a value's kind.",
    details:
      "none, boolean, integer, float, string, list, record, range, function, tensor, generator, sequence or host.",
    example: "print(type(1), type(1.5), type({}), type(ones([2])))", expected: "integer float record tensor",
    derivative: .none(because: "it gives a string")
  ) { call in call.heap.internedString("\(call.heap.kindName(call[0]))") }
}
