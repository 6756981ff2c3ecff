// Every entry of `trellis explain`: the wrong example has exactly the problem it stands for, and the right one runs.
import Diagnostics
import Testing
import Trellis

@Suite struct ExplanationTests {
  static let kinds = ProblemKind.allCases.filter { $0.explanation.example != nil }

  private func source(_ text: String) -> SourceFile { SourceFile(name: "example.trl", bytes: Array(text.utf8)) }

  /// The examples open files.
  private static let open: Engine.Configuration = {
    var configuration = Engine.Configuration()
    configuration.permissions = .everything
    return configuration
  }()

  @Test(arguments: kinds) func wrongExampleHasTheProblem(_ kind: ProblemKind) throws {
    let example = try #require(kind.explanation.example)
    let problems = Engine(ExplanationTests.open).run(source(example.wrong), words: []).diagnostics
    // What is only suspicious runs, and `check` tells it.
    let found = problems.isEmpty ? Engine.check(source(example.wrong)) : problems
    #expect(found.map(\.problem.kind) == [kind])
  }

  @Test(arguments: kinds) func rightExampleRuns(_ kind: ProblemKind) throws {
    let example = try #require(kind.explanation.example)
    let found = Engine(ExplanationTests.open).run(source(example.right), words: []).diagnostics
    #expect(found.isEmpty)
    #expect(Engine.check(source(example.right)).isEmpty)
  }

  @Test func idsAreThoseOfTheProblems() {
    #expect(Problem.shapeMismatch(operation: "@", detail: "").kind.rawValue == "shape-mismatch")
    for kind in ProblemKind.allCases {
      #expect(!kind.explanation.meaning.isEmpty)
      #expect(kind.explanation.text(of: kind).hasPrefix(kind.rawValue))
    }
    #expect(ProblemKind.allCases.count - Self.kinds.count <= 14)
  }
}
