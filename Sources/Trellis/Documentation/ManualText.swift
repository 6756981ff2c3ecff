// The manual's own pages, Markdown in stdlib/manual, in the order in which they are read. They are compiled into the
// program like the modules; TRELLIS_STDLIB stands in for both.
import CStdlib
import Diagnostics

package enum ManualText {
  package struct Page: Sendable {
    /// `values`: of its file, and of its address.
    package let name: String
    package let text: String
  }

  /// Words of the language and the page about each.
  private static let words: [(page: String, words: [String])] = [
    ("values", ["none", "true", "false", "record", "list", "string", "tree", "scalar"]),
    ("expressions", ["and", "or", "not", "in", "if", "else", "operators"]),
    ("statements", ["let", "var", "for", "while", "break", "continue", "try", "catch", "assert", "comments"]),
    ("functions", ["fn", "return", "shape"]), ("index_notation", ["binder"]), ("recurrences", ["rec"]),
    ("scripts", ["param", "import", "test", "as", "module"]),
  ]

  /// The page about a word of the language, or the page of that name.
  package static func page(about word: String, standardDirectory: String? = nil) throws -> Page? {
    let name = words.first { $0.words.contains(word) }?.page ?? word
    return try pages(standardDirectory: standardDirectory).first { $0.name == name }
  }

  /// The pages; throws `file-problem` for a folder that lacks one.
  package static func pages(standardDirectory: String? = nil) throws -> [Page] {
    var count = 0
    let table = UnsafeBufferPointer(start: trellis_manual_pages(&count), count: count)
    return try table.map { page in
      let name = String(cString: page.name)
      let bytes =
        try standardDirectory.map { try Files.read("\($0)/manual/\(name).md") }
        ?? Array(UnsafeBufferPointer(start: page.bytes, count: page.length))
      return Page(name: name, text: String(decoding: bytes, as: UTF8.self))
    }
  }
}
