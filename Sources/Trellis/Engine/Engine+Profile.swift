// Where time and memory went, by source line: two views that do not add up, because tensor work is done later than it is
// asked for. `running` is the time during which a line was the one that ran, whatever it waited for; `computing` is the
// tensor work that the line asked for, whenever it was done.
import Diagnostics
import Tensor
import VM

extension Engine {
  package struct Profile: Sendable {
    package struct Line: Sendable {
      package let file: String
      package let line: Int
      /// The source line, without the spaces around it.
      package let text: String
      package var running = 0.0
      package var computing = 0.0
      /// Bytes of the tensors that were computed.
      package var bytes = 0
    }
    /// Plans are what the tensor layer makes of a group of operations; one that is seen again is reused.
    package var plansBuilt = 0
    package var plansReused = 0
    package var operations = 0
    /// The dearest line first.
    package var lines: [Line] = []

    package init() {}
  }
}

extension EngineCore {
  /// Empty lines unless the configuration asked for a profile.
  var profile: Engine.Profile {
    var lines: [String: Engine.Profile.Line] = [:]
    func update(_ source: SourceFile, _ number: Int, _ change: (inout Engine.Profile.Line) -> Void) {
      let text = number <= source.lineStarts.count ? source.textLines[number - 1] : ""
      let key = "\(source.name):\(number)"
      var line =
        lines[key] ?? Engine.Profile.Line(file: source.name, line: number, text: String(text.drop { $0 == " " }))
      change(&line)
      lines[key] = line
    }
    for entry in machine.profiler?.lines() ?? [] {
      update(entry.source, entry.line) { $0.running += entry.seconds }
    }
    for (site, entry) in graph.profile?.entries ?? [:] {
      guard let span = machine.span(site: site) else { continue }
      update(span.source, span.source.location(span.start).line) {
        $0.computing += entry.seconds
        $0.bytes += entry.bytes
      }
    }
    var profile = Engine.Profile()
    profile.plansBuilt = graph.statistics.plansBuilt
    profile.plansReused = graph.statistics.plansReused
    profile.operations = graph.statistics.nodesRun
    profile.lines = lines.values.sorted { max($0.running, $0.computing) > max($1.running, $1.computing) }
    return profile
  }
}
