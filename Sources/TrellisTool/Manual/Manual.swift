// The manual as HTML pages: the language, the builtins by theme, the modules of the standard library, an index. Each page
// holds all that it needs, styles and search included, so that it opens from a folder without a network.
//
// Read: Manual (which pages there are), Manual+Entries (builtins and modules), Manual+Page (the frame round a page),
// ManualAssets (style and search), Markdown, Highlight.
import Diagnostics
import Trellis

struct Manual {
  struct Page {
    let file: String
    let title: String
    /// As the menu groups it.
    let group: String
    /// What stands below the title.
    var body = ""
    /// Headings for the menu of the page.
    var contents: [Markdown.Heading] = []
  }

  /// One line of the search index.
  struct Target {
    let name: String
    let summary: String
    let address: String
  }

  let index: DocumentationIndex
  private(set) var pages: [Page] = []
  var targets: [Target] = []
  /// Where the documentation of each name stands.
  private(set) var addresses: [String: String] = [:]

  init(standardDirectory: String?) throws {
    index = try DocumentationIndex(standardDirectory: standardDirectory)
    for (theme, entries) in index.builtins {
      for entry in entries { addresses[entry.name] = "\(Manual.file(theme: theme))#\(entry.name)" }
    }
    for module in index.modules {
      addresses[module.name] = Manual.file(module: module.name)
      for member in module.members { addresses[member.name] = "\(Manual.file(module: module.name))#\(member.name)" }
    }
    pages = [Page(file: "index.html", title: "Trellis", group: "")]
    for page in try ManualText.pages(standardDirectory: standardDirectory) { add(text: page) }
    for (theme, entries) in index.builtins { pages.append(builtinPage(theme, entries)) }
    for module in index.modules { pages.append(modulePage(module)) }
    pages.append(indexPage())
    pages[0].body = startPage()
  }

  static func file(theme: String) -> String { "builtins-\(Markdown.id(theme)).html" }
  static func file(module: String) -> String { "module-\(module).html" }

  /// A renderer whose names in backquotes lead to their documentation.
  func markdown(prefix: String = "", module: Documentation? = nil) -> Markdown {
    let addresses = addresses
    let own = module?.name
    var markdown = Markdown { name in
      addresses[name] ?? own.flatMap { addresses["\($0).\(name)"] }
    }
    markdown.prefix = prefix
    return markdown
  }

  private mutating func add(text page: ManualText.Page) {
    var renderer = markdown()
    var lines = page.text.split(separator: "\n", omittingEmptySubsequences: false)
    let title = lines.isEmpty ? page.name : String(lines.removeFirst().drop { $0 == "#" || $0 == " " })
    let body = renderer.render(lines.joined(separator: "\n"))
    let file = "\(page.name).html"
    pages.append(Page(file: file, title: title, group: "Language", body: body, contents: renderer.headings))
    targets.append(Target(name: title, summary: "the language", address: file))
    for heading in renderer.headings {
      targets.append(Target(name: heading.text, summary: title, address: "\(file)#\(heading.id)"))
    }
  }

  /// Writes all pages into a folder, which is made if need be. Throws `file-problem`.
  func write(to folder: String) throws {
    try Files.makeFolder(folder)
    for page in pages { try Files.replace("\(folder)/\(page.file)", with: Array(html(page).utf8)) }
  }
}
