// What there is to test in a set of files: see `Expectations` and `FencedBlock` for the notations.
import Diagnostics
import Syntax

package struct TestCase: Sendable {
  package enum Kind: Sendable {
    /// The whole file, held against what it says about itself.
    case script(Expectations)
    /// The `test "..." { }` blocks of a file.
    case blocks
    /// A fenced example.
    case example(Expectations)
    /// One line of a shell block.
    case command(String, Expectations)
  }
  package let kind: Kind
  package let source: SourceFile
  package let line: Int

  /// `stdlib/nn.trl:7 example`: what `--filter` looks at, too.
  package var name: String {
    switch kind {
    case .script: source.name
    case .blocks: "\(source.name) tests"
    case .example: "\(source.name):\(line) example"
    case .command(let command, _): "\(source.name):\(line) \(command)"
    }
  }

  /// All cases in the files below `paths`, in order. Throws `file-problem` for a path that is not there.
  package static func collect(_ paths: [String]) throws -> [TestCase] {
    try paths.flatMap { Files.below($0, endings: [".trl", ".md"]) }.flatMap { path in
      let source = SourceFile(name: path, bytes: try Files.read(path))
      return path.hasSuffix(".md") ? inDocument(source) : inScript(source)
    }
  }

  private static func inScript(_ source: SourceFile) -> [TestCase] {
    var cases: [TestCase] = []
    let expectations = Expectations(source)
    if !expectations.isEmpty { cases.append(TestCase(kind: .script(expectations), source: source, line: 1)) }
    // A file that is expected not to compile has no blocks to run.
    let parsed = Parser.parse(source)
    let blockLine = parsed.module.statements.lazy.compactMap { statement -> Int? in
      guard case .test = statement.kind else { return nil }
      return source.location(statement.span.start).line
    }.first
    if let blockLine, expectations.errors.isEmpty {
      cases.append(TestCase(kind: .blocks, source: source, line: blockLine))
    }
    return cases + examples(FencedBlock.inComments(of: source), languages: ["", "trellis"])
  }

  private static func inDocument(_ source: SourceFile) -> [TestCase] {
    let blocks = FencedBlock.inMarkdown(source)
    let commands = blocks.filter { $0.language == "sh" }.flatMap { block in
      block.source.textLines.enumerated().filter { $0.element.hasPrefix("trellis") }.map { index, line in
        let padding = String(repeating: "\n", count: index)
        let own = SourceFile(name: source.name, bytes: Array((padding + line).utf8))
        return TestCase(kind: .command(String(line), Expectations(own)), source: own, line: index + 1)
      }
    }
    return (examples(blocks, languages: ["trellis"]) + commands).sorted { $0.line < $1.line }
  }

  private static func examples(_ blocks: [FencedBlock], languages: [String]) -> [TestCase] {
    blocks.filter { languages.contains($0.language) }.map { block in
      TestCase(kind: .example(Expectations(block.source)), source: block.source, line: block.line)
    }
  }
}
