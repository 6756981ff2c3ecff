// The frame round each page: head, menu, search field, contents.
import Trellis

extension Manual {
  /// Pages by group, in order.
  var groups: [(name: String, pages: [Page])] {
    var groups: [(name: String, pages: [Page])] = []
    for page in pages where !page.group.isEmpty {
      if groups.last?.name == page.group {
        groups[groups.count - 1].pages.append(page)
      } else {
        groups.append((page.group, [page]))
      }
    }
    return groups
  }

  func html(_ page: Page) -> String {
    let title = page.file == "index.html" ? "Trellis" : "\(page.title) - Trellis"
    return """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <link rel="icon" href="data:,">
      <title>\(Markdown.escaped(title))</title>
      <style>
      \(ManualAssets.style)
      </style>
      </head>
      <body>
      <header>
      <a class="brand" href="index.html">Trellis <span>\(Engine.version)</span></a>
      <div class="search"><input id="search" type="search" placeholder="Search" aria-label="Search" autocomplete="off">
      <ul id="results" hidden></ul></div>
      </header>
      <div class="frame">
      <nav><details class="menu"><summary>Contents</summary>
      \(menu(page))</details></nav>
      <main>
      <h1>\(Markdown.escaped(page.title))</h1>
      \(contents(page))\(page.body)</main>
      </div>
      <script>
      const targets = \(searchIndex);
      \(ManualAssets.script)
      </script>
      </body>
      </html>

      """
  }

  private func menu(_ current: Page) -> String {
    groups.map { group in
      "<h2>\(group.name)</h2>\n<ul>\n"
        + group.pages.map { page in
          let here = page.file == current.file ? " aria-current=\"page\"" : ""
          return "<li><a href=\"\(page.file)\"\(here)>\(Markdown.escaped(page.title))</a></li>\n"
        }.joined() + "</ul>\n"
    }.joined()
  }

  private func contents(_ page: Page) -> String {
    let headings = page.contents.filter { $0.level == 2 }
    guard headings.count > 2 else { return "" }
    return "<p class=\"contents\">"
      + headings.map { "<a href=\"#\($0.id)\">\(Markdown.escaped($0.text))</a>" }.joined(separator: " \u{00B7} ")
      + "</p>\n"
  }

  /// `[["softmax", "exp(x) divided by...", "builtins-reductions.html#softmax"], ...]`; `</` can't end the script.
  private var searchIndex: String {
    let rows = targets.map { target in
      "[" + [target.name, target.summary, target.address].map(Manual.quoted).joined(separator: ",") + "]"
    }
    return "[" + rows.joined(separator: ",\n") + "]"
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "<": quoted += "\\u003c"
      case "\n": quoted += " "
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
