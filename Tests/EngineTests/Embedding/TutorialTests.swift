// The tutorial says what TutorialCode.swift says, which is compiled and run.
import Testing

@Suite struct TutorialTests {
  static let article = "\(TestFiles.root)/Sources/Trellis/Trellis.docc/Tutorial.md"
  static let code = "\(TestFiles.root)/Tests/EngineTests/Embedding/TutorialCode.swift"

  @Test func theArticleIsTheCode() {
    let blocks = TutorialTests.blocks(TestFiles.read(TutorialTests.article), from: "```swift", to: "```")
    let parts = TutorialTests.blocks(TestFiles.read(TutorialTests.code), from: "// article", to: "// end")
    #expect(blocks.count >= 6)
    #expect(blocks == parts)
  }

  /// The lines between lines that begin with `from` and `to`, without the indentation that they share.
  static func blocks(_ text: String, from: String, to: String) -> [String] {
    var found: [String] = []
    var open: [Substring]?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let bare = line.drop { $0 == " " }
      if open != nil && bare == to {
        let lines = open ?? []
        let indent = lines.filter { !$0.isEmpty }.map { $0.prefix { $0 == " " }.count }.min() ?? 0
        found.append(lines.map { String($0.dropFirst(indent)) }.joined(separator: "\n"))
        open = nil
      } else if open != nil {
        open?.append(line)
      } else if bare == from {
        open = []
      }
    }
    return found
  }
}
