// Random programs leave nothing behind.
import Diagnostics
import Testing
import VM

@Suite struct RandomProgramTests {
  @Test(arguments: 0..<10) func releasesEverything(batch: Int) throws {
    for index in 0..<40 {
      let text = RandomProgram.text(seed: UInt64(90_000 + batch * 40 + index))
      let script = Script()
      guard let code = try? script.compile(text) else { continue }
      func run() { if let value = try? script.machine.run(code) { script.heap.release(value) } }
      // The machine remembers the last sixteen caught errors.
      for _ in 0..<20 { run() }
      let before = script.heap.liveBytes
      run()
      #expect(script.heap.liveBytes == before, "\(text)")
    }
  }
}
