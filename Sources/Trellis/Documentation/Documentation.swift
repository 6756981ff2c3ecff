// What is known about a name: a builtin's record, a constant, or the `##` lines of a module of the standard library and
// of what it declares. `trellis doc`, the manual and a session's `?name` read this and nothing else.
import Diagnostics
import Library
import Syntax
import VM

package struct Documentation: Sendable {
  package enum Kind: String, Sendable { case function, constant, module, value }

  package struct Parameter: Sendable {
    package let name: String
    /// What it takes and means.
    package let text: String
  }

  /// `nn.mlp`, `exp`, `nn`.
  package let name: String
  package let kind: Kind
  /// As it is called or written; for a module `import nn`.
  package let signature: String
  /// One line.
  package let summary: String
  /// Paragraphs, lists and fenced examples; may be empty.
  package let details: String
  package var parameters: [Parameter] = []
  /// A runnable script of a builtin, and what it prints.
  package var example = ""
  package var expected = ""
  /// Paper and equation.
  package var source: String?
  /// Where it is defined: `stdlib/nn.trl:12`.
  package var place: String?
  /// What a module declares.
  package var members: [Documentation] = []

  // MARK: Builtins

  /// Everything that scripts know without an import, by theme.
  package static let builtins: [(theme: String, entries: [Documentation])] =
    Library.themes.map { ($0.name, $0.builtins.map(entry)) } + [("Constants", constants)]

  private static let constants =
    Library.constants.map { constant($0.name, $0.summary, value: "\($0.value)") }
    + Library.elementTypes.map { constant($0, "an element type of tensors") }
    + Library.regularisers.map { constant($0.name, $0.summary) } + [
      constant("seed", "the number that `--seed` gives to a script, else 0"),
      constant("arguments", "the words of the command line that are no values of params"),
    ]

  private static func entry(_ builtin: Builtin) -> Documentation {
    var entry = Documentation(
      name: builtin.name, kind: .function, signature: builtin.signature, summary: builtin.summary,
      details: builtin.details)
    entry.parameters = builtin.parameters.map {
      Parameter(name: $0.name, text: "\($0.kinds.description). \($0.summary)")
    }
    entry.example = builtin.example
    entry.expected = builtin.expected
    entry.source = builtin.source
    return entry
  }

  private static func constant(_ name: String, _ summary: String, value: String? = nil) -> Documentation {
    Documentation(
      name: name, kind: .constant, signature: name + (value.map { " = " + $0 } ?? ""), summary: summary, details: "")
  }

  // MARK: Modules

  /// A module, from its text: its own `##` lines and those of each name that is not private.
  package init(module name: String, _ source: SourceFile) {
    let module = Parser.parse(source).module
    let (summary, details) = Documentation.parts(module.documentation ?? "")
    self.init(name: name, kind: .module, signature: "import \(name)", summary: summary, details: details)
    place = source.name
    for statement in module.statements {
      switch statement.kind {
      case .function(let function):
        guard let declared = function.name, !declared.name.hasPrefix("_") else { continue }
        let end = Documentation.signatureEnd(function)
        add(declared, Documentation.text(source, declared.span.start, end), function.documentation, .function)
      case .declare(.name(let declared), _, _, _, let text):
        if !declared.name.hasPrefix("_") { add(declared, declared.name, text, .value) }
      default: break
      }
    }
  }

  private mutating func add(_ declared: Declaration, _ signature: String, _ text: String?, _ kind: Kind) {
    let (summary, details) = Documentation.parts(text ?? "")
    var entry = Documentation(
      name: "\(name).\(declared.name)", kind: kind, signature: "\(name).\(signature)", summary: summary,
      details: details)
    let source = declared.span.source
    entry.place = "\(source.name):\(source.location(declared.span.start).line)"
    if let line = details.split(separator: "\n").first(where: { $0.hasPrefix("Source: ") }) {
      entry.source = String(line.dropFirst("Source: ".count))
    }
    members.append(entry)
  }

  private init(name: String, kind: Kind, signature: String, summary: String, details: String) {
    self.name = name
    self.kind = kind
    self.signature = signature
    self.summary = summary
    self.details = details
  }

  /// What a session knows of a function of its own.
  init(session name: String, signature: String, text: String?) {
    let (summary, details) = Documentation.parts(text ?? "")
    self.init(name: name, kind: .function, signature: signature, summary: summary, details: details)
  }

  /// Where the signature of a function ends: in front of `=` or `{`.
  private static func signatureEnd(_ function: FunctionNode) -> Int {
    let bytes = function.span.source.bytes
    var end = max(function.span.start, min(function.body.span.start, bytes.count))
    // A block's span begins with its brace, another body behind `=`.
    while end > function.span.start, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x0A || bytes[end - 1] == 0x3D {
      end -= 1
    }
    return end
  }

  /// A stretch of a source in one line.
  private static func text(_ source: SourceFile, _ start: Int, _ end: Int) -> String {
    guard start >= 0, start <= end, end <= source.bytes.count else { return "" }
    let words = String(decoding: source.bytes[start..<end], as: UTF8.self).split(whereSeparator: \.isWhitespace)
    var line = ""
    for word in words {
      // A list that was broken into lines.
      if !line.isEmpty, line.last != "(", word != ")" { line += " " }
      if word.first == ")", line.last == "," { line.removeLast() }
      line += word
    }
    return line
  }

  /// The first line, and what stands below it.
  static func parts(_ text: String) -> (summary: String, details: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard let first = lines.first else { return ("", "") }
    let rest = lines.dropFirst().drop { $0.allSatisfy(\.isWhitespace) }
    return (String(first), rest.joined(separator: "\n"))
  }
}
