// Examples in documents: blocks between lines of three backquotes, in the `##` comments of scripts and in Markdown. A
// block becomes a source of its own that keeps its lines where the document has them, so that problems are reported
// with the place in the document.
import Diagnostics

package struct FencedBlock {
  /// The word behind the opening fence: `trellis`, `sh`, or nothing.
  package let language: String
  /// 1-based line of the first line inside.
  package let line: Int
  /// The document with all but the block blanked out.
  package let source: SourceFile

  /// The blocks in the `##` comments of a script.
  package static func inComments(of script: SourceFile) -> [FencedBlock] {
    blocks(in: script) { line in
      let indent = line.prefix { $0 == " " }
      guard line.dropFirst(indent.count).hasPrefix("##") else { return nil }
      return indent + "  " + line.dropFirst(indent.count + 2)
    }
  }

  /// The blocks of a Markdown document.
  package static func inMarkdown(_ document: SourceFile) -> [FencedBlock] { blocks(in: document) { String($0) } }

  /// `content` gives the text of a line of the document, nil for lines that can't be part of a block.
  private static func blocks(in document: SourceFile, content: (Substring) -> String?) -> [FencedBlock] {
    var found: [FencedBlock] = []
    var open: (language: String, line: Int)?
    var lines: [String] = []
    for (index, line) in document.textLines.enumerated() {
      guard let text = content(line) else {
        // The comment ended inside a block: not an example.
        open = nil
        continue
      }
      let bare = text.drop { $0 == " " }
      if bare.hasPrefix("```") {
        if let begun = open {
          let padding = String(repeating: "\n", count: begun.line - 1)
          let bytes = Array((padding + lines.joined(separator: "\n") + "\n").utf8)
          let source = SourceFile(name: document.name, bytes: bytes)
          found.append(FencedBlock(language: begun.language, line: begun.line, source: source))
          open = nil
        } else {
          open = (trimmedEnd(bare.dropFirst(3)), index + 2)
          lines = []
        }
      } else if open != nil {
        lines.append(text)
      }
    }
    return found
  }
}
