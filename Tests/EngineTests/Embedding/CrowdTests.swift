// A thousand engines on eight threads run ten thousand scripts: nobody sees what another one does, and memory does not
// grow from one round to the next.
import Synchronization
import Testing
import Trellis

@Suite(.serialized) struct CrowdTests {
  static let engineCount = 1000
  static let threadCount = 8
  static let scriptsEach = 10

  /// One round: every engine is made, runs its scripts between those of others, and goes. Gives what was wrong.
  static func round(_ number: Int) -> [String] {
    let wrong = Mutex<[String]>([])
    let threads = (0..<threadCount).compactMap { thread in
      JoinableThread(stackBytes: 1 << 20) {
        let own = Array(stride(from: thread, to: engineCount, by: threadCount))
        let said = own.map { _ in SharedMutex("") }
        let engines = zip(own, said).map { id, text -> Engine in
          var hooks = Engine.Hooks()
          hooks.output = { part in text.value.withLock { $0 += part } }
          let engine = Engine(hooks: hooks)
          engine.register("identity") { id }
          return engine
        }
        for pass in 0..<scriptsEach {
          for (index, engine) in engines.enumerated() {
            do {
              let found = try engine.run(script(pass)).as([Double].self)
              let id = Double(own[index])
              let expected = [id, id * 16, Double(pass), id + Double(pass)]
              if found != expected { wrong.withLock { $0.append("engine \(id): \(found) for \(expected)") } }
            } catch { wrong.withLock { $0.append("\(error)") } }
          }
        }
        for (id, text) in zip(own, said) {
          let expected = (0..<scriptsEach).map { "engine \(id) pass \($0)\n" }.joined()
          if text.value.withLock({ $0 }) != expected {
            wrong.withLock { $0.append("engine \(id) said another's words") }
          }
        }
      }
    }
    for thread in threads { thread.join() }
    return wrong.withLock { $0 }
  }

  static func script(_ pass: Int) -> String {
    """
    let mine = identity()
    let x = ones([4, 4]) * mine
    fn add(a, b) = a + b
    var words = {}
    for i in 0..20 { words["k{i}"] = i }
    print("engine {mine} pass \(pass)")
    [mine, number(sum(x)), \(pass), add(mine, \(pass))]
    """
  }

  @Test func aThousandEngines() {
    for _ in 0..<2 { #expect(CrowdTests.round(0).prefix(3) == []) }
    let before = residentBytes()
    for round in 1...3 { #expect(CrowdTests.round(round).prefix(3) == []) }
    let grown = residentBytes() - before
    #expect(grown < 32 << 20, "three rounds took \(grown >> 20) MB")
  }

  @Test func anEngineIsSmall() throws {
    _ = try Engine().run("1")
    let before = residentBytes()
    let engines = try (0..<200).map { index in
      let engine = Engine()
      try engine.run("let x = \(index)\nfn f(y) = x + y\nf(1)")
      return engine
    }
    let each = (residentBytes() - before) / engines.count
    #expect(each < 512 << 10, "an engine takes \(each >> 10) KB")
  }

  @Test func oneEngineForEver() throws {
    let engine = Engine()
    engine.register("identity") { 7 }
    for pass in 0..<500 { try engine.run(CrowdTests.script(pass % 10)) }
    let before = residentBytes()
    for pass in 0..<3000 { try engine.run(CrowdTests.script(pass)) }
    let grown = residentBytes() - before
    #expect(grown < 16 << 20, "3000 runs took \(grown >> 10) KB")
  }
}

/// A mutex that closures can share.
final class SharedMutex<Value: Sendable>: Sendable {
  let value: Mutex<Value>
  init(_ value: Value) { self.value = Mutex(value) }
}
