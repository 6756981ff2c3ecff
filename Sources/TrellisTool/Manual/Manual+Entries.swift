// Pages made of documentation entries.
import Trellis

extension Manual {
  mutating func builtinPage(_ theme: String, _ entries: [Documentation]) -> Page {
    let file = Manual.file(theme: theme)
    let body = list(entries) + entries.map { section($0, file, module: nil) }.joined()
    return Page(file: file, title: theme, group: "Builtins", body: body)
  }

  mutating func modulePage(_ module: Documentation) -> Page {
    let file = Manual.file(module: module.name)
    targets.append(Target(name: module.name, summary: module.summary, address: file))
    var text = markdown(prefix: "about-", module: module)
    var body = "<p class=\"lead\">\(text.inline(module.summary))</p>\n"
    body += "<pre><code>\(Highlight.html(module.signature))</code></pre>\n"
    body += text.render(module.details) + list(module.members)
    for member in module.members { body += section(member, file, module: module) }
    return Page(file: file, title: module.name, group: "Standard library", body: body)
  }

  /// What a page holds, at its top.
  private func list(_ entries: [Documentation]) -> String {
    let text = markdown()
    let rows = entries.map { entry in
      "<tr><td><a href=\"#\(entry.name)\"><code>\(Markdown.escaped(entry.name))</code></a></td>"
        + "<td>\(text.inline(entry.summary))</td></tr>\n"
    }
    return "<div class=\"table\"><table class=\"members\">\n" + rows.joined() + "</table></div>\n"
  }

  private mutating func section(_ entry: Documentation, _ file: String, module: Documentation?) -> String {
    targets.append(Target(name: entry.name, summary: entry.summary, address: "\(file)#\(entry.name)"))
    var text = markdown(prefix: entry.name + "-", module: module)
    var html = "<section id=\"\(entry.name)\">\n"
    html +=
      "<h2><code>\(Markdown.escaped(entry.signature))</code> <a class=\"self\" href=\"#\(entry.name)\">#</a></h2>\n"
    html += "<p>\(text.inline(entry.summary))</p>\n" + text.render(entry.details)
    if !entry.parameters.isEmpty {
      html += "<dl>\n"
      for parameter in entry.parameters {
        html += "<dt><code>\(parameter.name)</code></dt><dd>\(text.inline(parameter.text))</dd>\n"
      }
      html += "</dl>\n"
    }
    if !entry.example.isEmpty {
      html += "<pre><code>\(Highlight.html(entry.example))</code></pre>\n"
      if !entry.expected.isEmpty { html += "<pre class=\"output\">\(Markdown.escaped(entry.expected))</pre>\n" }
    }
    // The details of a module's member name its source themselves.
    if let source = entry.source, entry.place == nil {
      html += "<p class=\"note\">Source: \(text.inline(source))</p>\n"
    }
    if let place = entry.place { html += "<p class=\"note\">\(Markdown.escaped(place))</p>\n" }
    return html + "</section>\n"
  }

  /// Every name, in alphabetical order.
  func indexPage() -> Page {
    let text = markdown()
    let rows = index.all.sorted { ($0.name.lowercased(), $0.name) < ($1.name.lowercased(), $1.name) }.map { entry in
      "<tr><td><a href=\"\(addresses[entry.name] ?? "index.html")\"><code>\(Markdown.escaped(entry.name))</code></a></td>"
        + "<td>\(text.inline(entry.summary))</td></tr>\n"
    }
    let body = "<div class=\"table\"><table class=\"members\">\n" + rows.joined() + "</table></div>\n"
    return Page(file: "names.html", title: "All names", group: "Index", body: body)
  }

  func startPage() -> String {
    var body = """
      <p class="lead">A small language for learning pipelines: tensors, derivatives, differentiable dynamic programs and
      federated training in scripts of a page.</p>
      <pre><code>\(Highlight.html(Manual.greeting))</code></pre>

      """
    for (group, pages) in groups {
      body += "<h2>\(group)</h2>\n<ul class=\"pages\">\n"
      for page in pages { body += "<li><a href=\"\(page.file)\">\(Markdown.escaped(page.title))</a></li>\n" }
      body += "</ul>\n"
    }
    return body
  }

  private static let greeting = """
    let rng = random(0)
    let x = normal(rng, [200, 2])
    let y = cast(x[:, 0] * 2 - x[:, 1] > 0, i64)                     # the labels to learn

    fn loss(p, x, y) = mean(cross_entropy(x @ p.w + p.b, y))

    var p = {w: zeros([2, 2]), b: zeros([2])}
    for step in 0..100 { p = p - 0.5 * grad(loss)(p, x, y) }         # a tree minus a tree: gradient descent
    """
}
