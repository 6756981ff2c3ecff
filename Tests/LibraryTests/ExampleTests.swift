// Every builtin's record is complete, and its example prints what it says.
import Diagnostics
import Library
import Testing
import VM

@Suite struct ExampleTests {
  @Test(arguments: Library.all.map(\.name)) func exampleRuns(name: String) throws {
    let builtin = try #require(Library.all.first { $0.name == name })
    let result = runScript(builtin.example)
    #expect(result.problems.map(\.problem.message) == [])
    let expected = builtin.expected.isEmpty ? "" : builtin.expected + "\n"
    #expect(result.output == expected)
  }

  @Test func recordsAreComplete() {
    var names = Set<String>()
    for builtin in Library.all {
      #expect(names.insert(builtin.name).inserted, "\(builtin.name) is there twice")
      #expect(!builtin.summary.isEmpty && builtin.summary.hasSuffix("."), "summary of \(builtin.name)")
      #expect(!builtin.summary.contains("\n"), "summary of \(builtin.name) is one line")
      #expect(builtin.example.contains(builtin.name), "example of \(builtin.name)")
      for parameter in builtin.parameters {
        #expect(!parameter.summary.isEmpty, "\(parameter.name) of \(builtin.name)")
      }
      let statement =
        switch builtin.derivative {
        case .rule(let text), .none(because: let text): text
        case .composed: "composed"
        }
      #expect(!statement.isEmpty, "derivative of \(builtin.name)")
      #expect(builtin.parameters.filter { $0.requirement == .variadic }.count <= 1)
    }
  }
}
