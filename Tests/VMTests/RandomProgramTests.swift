// Random programs leave nothing behind, whether they end well or with an error.
import Foundation
import Testing
import VM

@Suite struct RandomProgramTests {
  /// Ten times as many where time does not matter.
  static let isLong = ProcessInfo.processInfo.environment["TRELLIS_LONG_TESTS"] != nil

  @Test(arguments: 0..<10) func releasesEverything(batch: Int) throws {
    let count = RandomProgramTests.isLong ? 400 : 40
    for index in 0..<count {
      let text = RandomProgram.text(seed: UInt64(90_000 + batch * count + index))
      let script = Script()
      let code = try script.compile(text)
      func run() { if let value = try? script.machine.run(code) { script.heap.release(value) } }
      // The machine remembers the last sixteen caught errors.
      for _ in 0..<20 { run() }
      let before = script.heap.liveBytes
      for _ in 0..<3 { run() }
      #expect(script.heap.liveBytes == before, "\(text)")
    }
  }
}
