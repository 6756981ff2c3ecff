// The recorded rendering of every diagnostic of syntax and names. A file in Snapshots holds a text, a line of dashes and
// what is said about it. To add a case, add a file with its text alone and run with TRELLIS_RECORD=1; the change to
// recorded files is what a reviewer reads.
import Diagnostics
import Foundation
import Testing

@Suite struct SnapshotTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Snapshots")
  static let separator = String(repeating: "-", count: 60) + "\n"

  static var files: [URL] {
    let all = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
    return all.filter { $0.pathExtension == "txt" }.sorted { $0.path < $1.path }
  }

  @Test func renderings() throws {
    let isRecording = ProcessInfo.processInfo.environment["TRELLIS_RECORD"] != nil
    #expect(SnapshotTests.files.count > 40)
    for file in SnapshotTests.files {
      let recorded = try String(contentsOf: file, encoding: .utf8)
      let parts = recorded.components(separatedBy: SnapshotTests.separator)
      let text = parts[0]
      let name = file.deletingPathExtension().lastPathComponent
      let diagnostics = allProblems(String(text.dropLast()))
      #expect(!diagnostics.isEmpty, "\(name): nothing is wrong")
      let current = text + SnapshotTests.separator + Renderer().text(diagnostics)
      if isRecording {
        if current != recorded { try current.write(to: file, atomically: true, encoding: .utf8) }
      } else {
        #expect(current == recorded, "\(name) changed; record with TRELLIS_RECORD=1 if that is meant")
      }
    }
  }
}
