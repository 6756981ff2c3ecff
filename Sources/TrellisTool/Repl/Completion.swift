// The names that Tab completes to: builtins, words of the language, and what the session has defined.
import Synchronization
import Trellis

enum Completion {
  // readline asks from a C callback, which can carry no context.
  private static let names = Mutex(Engine.builtinNames + Engine.keywords)

  /// After an entry: the session's own names join.
  static func update(_ sessionNames: [String]) {
    names.withLock { $0 = Engine.builtinNames + Engine.keywords + sessionNames }
  }

  static func ends(of prefix: String) -> [String] {
    names.withLock { all in Array(Set(all.filter { $0.hasPrefix(prefix) })).sorted() }
  }
}
