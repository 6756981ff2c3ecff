// Time by source line, for `--profile`. The machine calls `sample` every few back-edges and calls and around builtins;
// the time since the last sample goes to the line that is running now.
import Diagnostics

package final class Profiler {
  package struct Line {
    package let source: SourceFile
    package let line: Int
    package let seconds: Double
    package let samples: Int
  }
  private var seconds: [Int: [Int: (Double, Int)]] = [:]
  private var names: [Int: SourceFile] = [:]
  private var last = Machine.now()

  package init() {}

  /// Forgets the time up to now: it was not the script's.
  package func restart() { last = Machine.now() }

  func sample(_ machine: Machine) {
    let now = Machine.now()
    defer { last = now }
    guard let place = machine.currentPlace() else { return }
    let code = place.code
    names[code.id] = code.span.source
    let line = code.span.source.location(code.span(at: place.pc).start).line
    let old = seconds[code.id]?[line] ?? (0, 0)
    seconds[code.id, default: [:]][line] = (old.0 + now - last, old.1 + 1)
  }

  /// Lines by falling time.
  package func lines() -> [Line] {
    var merged: [String: (source: SourceFile, lines: [Int: (Double, Int)])] = [:]
    for (id, lines) in seconds {
      guard let source = names[id] else { continue }
      for (line, entry) in lines {
        let old = merged[source.name]?.lines[line] ?? (0, 0)
        merged[source.name, default: (source, [:])].lines[line] = (old.0 + entry.0, old.1 + entry.1)
      }
    }
    return merged.values.flatMap { file in
      file.lines.map { Line(source: file.source, line: $0.key, seconds: $0.value.0, samples: $0.value.1) }
    }.sorted { $0.seconds > $1.seconds }
  }
}
