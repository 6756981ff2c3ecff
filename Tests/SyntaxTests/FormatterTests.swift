// The formatter on every script of the repository, on scripts whose white space was disturbed, and in narrow lines: the
// tree and the comments stay, and the layout of a layout is itself. Its decisions are recorded in Layouts: a text, a line
// of dashes, its layout; TRELLIS_RECORD=1 records.
import Diagnostics
import Foundation
import Syntax
import Testing

@Suite struct FormatterTests {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The scripts of the repository that parse.
  static let scripts: [SourceFile] = {
    ["stdlib", "scripts", "Tests/ScriptTests"].flatMap { folder -> [SourceFile] in
      let base = root.appendingPathComponent(folder)
      let paths = FileManager.default.enumerator(atPath: base.path)?.compactMap { $0 as? String } ?? []
      return paths.filter { $0.hasSuffix(".trl") }.sorted().compactMap { path in
        guard let data = FileManager.default.contents(atPath: base.appendingPathComponent(path).path) else {
          return nil
        }
        let source = SourceFile(name: path, bytes: Array(data))
        return Parser.parse(source).diagnostics.isEmpty ? source : nil
      }
    }
  }()

  private func layout(_ source: SourceFile, width: Int = 120) throws -> SourceFile {
    SourceFile(name: source.name, bytes: try Formatter.format(source, width: width))
  }

  /// The comments of a text that are no part of a string, sorted: a comment may change sides with a comma, not its words.
  private func comments(_ source: SourceFile) -> [String] {
    let tokens = Lexer.lex(source).tokens
    var position = 0
    var depth = 0
    var found: [String] = []
    for token in tokens {
      if depth == 0 {
        let gap = String(decoding: source.bytes[position..<Int(token.start)], as: UTF8.self)
        found += gap.split(separator: "\n").compactMap { line in
          line.firstIndex(of: "#").map { line[$0...].trimmingCharacters(in: .whitespaces) }
        }
      }
      position = Int(token.end)
      if token.kind == .stringStart { depth += 1 }
      if token.kind == .stringEnd { depth -= 1 }
    }
    return found.sorted()
  }

  private func expectSame(_ source: SourceFile, _ other: SourceFile) {
    #expect(Parser.parse(source).module.dump == Parser.parse(other).module.dump, "\(source.name)")
    #expect(comments(source) == comments(other), "\(source.name)")
  }

  @Test(arguments: [120, 60, 25]) func everyScript(width: Int) throws {
    #expect(Self.scripts.count > 500)
    for source in Self.scripts {
      let once = try layout(source, width: width)
      expectSame(source, once)
      let twice = try layout(once, width: width)
      #expect(once.bytes == twice.bytes, "\(source.name) at \(width): the layout of its layout differs")
    }
  }

  /// White space between tokens of a line and indentation are nobody's business; a break behind a comma or an opening
  /// bracket is the author's, but changes no meaning.
  @Test func disturbedScripts() throws {
    var random = SplitMix(state: 20)
    for source in Self.scripts {
      let disturbed = disturb(source, &random)
      guard Parser.parse(disturbed).diagnostics.isEmpty else { continue }
      let once = try layout(disturbed)
      expectSame(source, once)
      #expect(try layout(once).bytes == once.bytes, "\(String(decoding: disturbed.bytes, as: UTF8.self))")
    }
  }

  private func disturb(_ source: SourceFile, _ random: inout SplitMix) -> SourceFile {
    let tokens = Lexer.lex(source).tokens
    var bytes: [UInt8] = []
    var position = 0
    var strings = 0
    for (index, token) in tokens.enumerated() {
      var gap = Array(source.bytes[position..<Int(token.start)])
      if strings == 0 {
        if !gap.isEmpty, Int.random(in: 0..<4, using: &random) == 0 { gap += Array("   ".utf8) }
        let last = index > 0 ? tokens[index - 1].kind : .end
        let mayBreak: Set<TokenKind> = [.comma, .parenOpen, .bracketOpen, .plus]
        if mayBreak.contains(last), Int.random(in: 0..<6, using: &random) == 0 { gap += Array("\n \n".utf8) }
      }
      bytes += gap + source.bytes[Int(token.start)..<Int(token.end)]
      position = Int(token.end)
      if token.kind == .stringStart { strings += 1 }
      if token.kind == .stringEnd { strings -= 1 }
    }
    return SourceFile(name: source.name, bytes: bytes)
  }

  @Test func recordedLayouts() throws {
    let folder = Self.root.appendingPathComponent("Tests/SyntaxTests/Layouts")
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    #expect(files.count >= 12)
    let separator = String(repeating: "-", count: 60) + "\n"
    for file in files {
      let recorded = try String(contentsOf: file, encoding: .utf8)
      let text = recorded.components(separatedBy: separator)[0]
      let source = SourceFile(name: file.lastPathComponent, bytes: Array(text.utf8))
      let once = try layout(source)
      expectSame(source, once)
      #expect(try layout(once).bytes == once.bytes, "\(file.lastPathComponent)")
      let current = text + separator + String(decoding: once.bytes, as: UTF8.self)
      if ProcessInfo.processInfo.environment["TRELLIS_RECORD"] != nil {
        if current != recorded { try current.write(to: file, atomically: true, encoding: .utf8) }
      } else {
        #expect(current == recorded, "\(file.lastPathComponent) changed; record with TRELLIS_RECORD=1 if that is meant")
      }
    }
  }

  @Test func aTextThatDoesNotParseHasNoLayout() {
    let source = SourceFile(name: "a.trl", bytes: Array("let x = (1".utf8))
    #expect(throws: FormatProblems.self) { try Formatter.format(source) }
  }

  @Test func emptyTexts() throws {
    for (text, expected) in [("", ""), ("\n\n", ""), ("# a", "# a\n"), ("\u{FEFF}1", "1\n"), ("\r\n1\r\n", "1\n")] {
      let source = SourceFile(name: "a.trl", bytes: Array(text.utf8))
      #expect(String(decoding: try Formatter.format(source), as: UTF8.self) == expected)
    }
  }
}
