// The manual, as `trellis doc --html` writes it: every link leads somewhere, every name is there, nothing comes from a
// network.
import Glibc
import Library
import Testing
import Trellis

@Suite struct ManualTests {
  private let folder = TestFiles.temporaryFolder() + "/manual"

  private func build() -> [String: String] {
    let result = Tool.run(["doc", "--html", folder])
    #expect(result.exitCode == 0)
    #expect(result.output + result.errors == "")
    let names = TestFiles.names(in: folder)
    return Dictionary(uniqueKeysWithValues: names.map { ($0, TestFiles.read("\(folder)/\($0)")) })
  }

  /// The values of an attribute in a page, outside its script.
  private func values(_ attribute: String, in page: String) -> [String] {
    let body = page.components(before: "<script>")
    return body.parts(separatedBy: " \(attribute)=\"").dropFirst().compactMap { part in
      part.firstIndex(of: "\"").map { String(part[..<$0]) }
    }
  }

  @Test func linksAndNames() throws {
    let pages = build()
    #expect(pages.count > 25)
    let ids = pages.mapValues { Set(values("id", in: $0)) }
    for (name, page) in pages {
      #expect(!page.contains("http:") && !page.contains("https:"), "\(name)")
      #expect(values("src", in: page).isEmpty, "\(name)")
      let own = values("id", in: page)
      #expect(own.count == Set(own).count, "\(name) has an id twice")
      for link in values("href", in: page) where !link.hasPrefix("data:") {
        let parts = link.split(separator: "#", omittingEmptySubsequences: false).map(String.init)
        let target = parts[0].isEmpty ? name : parts[0]
        let isThere = parts.count == 1 ? pages[target] != nil : ids[target]?.contains(parts[1]) ?? false
        #expect(isThere, "\(name): \(link)")
      }
    }
    let all = ids.values.reduce(into: Set<String>()) { $0.formUnion($1) }
    for builtin in Library.all { #expect(all.contains(builtin.name), "\(builtin.name)") }
    for module in try DocumentationIndex().modules {
      #expect(pages["module-\(module.name).html"] != nil)
      #expect(!module.members.isEmpty)
      for member in module.members { #expect(all.contains(member.name), "\(member.name)") }
    }
  }

  /// Every address of the search index leads somewhere.
  @Test func searchIndex() throws {
    let pages = build()
    let start = try #require(pages["index.html"])
    let index = start.parts(separatedBy: "const targets = [").last?.components(before: "];") ?? ""
    let addresses = index.parts(separatedBy: "\",\"").compactMap { part -> String? in
      part.contains(".html") ? part.components(before: "\"") : nil
    }
    #expect(addresses.count > 200)
    for address in addresses {
      let parts = address.split(separator: "#").map(String.init)
      let page = try #require(pages[parts[0]], "\(address)")
      if parts.count > 1 { #expect(page.contains("id=\"\(parts[1])\""), "\(address)") }
    }
  }

  @Test func terminal() {
    let result = Tool.run(["doc", "softmax"])
    #expect(result.output.hasPrefix("softmax(x, axis: -1)\n"))
    #expect(result.output.contains("prints\n  tensor([0.5, 0.5])\n"))
    #expect(Tool.run(["doc", "nn.mlp"]).output.contains("Defined in stdlib/nn.trl:"))
    #expect(Tool.run(["doc", "mlp"]).output == Tool.run(["doc", "nn.mlp"]).output)
    #expect(Tool.run(["doc", "nn"]).output.contains("\n  nn.mlp "))
    #expect(Tool.run(["doc", "rec"]).output.hasPrefix("# Dynamic programs\n"))
    for word in Engine.keywords { #expect(Tool.run(["doc", word]).exitCode == 0, "\(word)") }
    let unknown = Tool.run(["doc", "sofmax"])
    #expect(unknown.exitCode == 1)
    #expect(unknown.errors.contains("`softmax`"))
    #expect(Tool.run(["doc"]).exitCode == 2)
  }

  @Test func everythingIsDocumented() throws {
    for entry in try DocumentationIndex().all { #expect(!entry.summary.isEmpty, "\(entry.name)") }
  }
}

extension String {
  /// Foundation is kept out of these tests.
  fileprivate func parts(separatedBy mark: String) -> [String] {
    var parts: [String] = []
    var rest = Array(utf8)[...]
    let wanted = Array(mark.utf8)
    var start = rest.startIndex
    var index = rest.startIndex
    while index + wanted.count <= rest.endIndex {
      if rest[index] == wanted[0], rest[index..<(index + wanted.count)].elementsEqual(wanted) {
        parts.append(String(decoding: rest[start..<index], as: UTF8.self))
        index += wanted.count
        start = index
      } else {
        index += 1
      }
    }
    rest = rest[start...]
    return parts + [String(decoding: rest, as: UTF8.self)]
  }

  /// What stands in front of the first `mark`.
  fileprivate func components(before mark: String) -> String { parts(separatedBy: mark)[0] }
}
