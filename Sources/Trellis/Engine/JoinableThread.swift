// A thread of the system with a stack of known size. Swift's tasks have neither a fixed stack nor a fixed thread, and an
// engine needs both.
import Glibc

package final class JoinableThread: @unchecked Sendable {
  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }
  private var thread = pthread_t()

  /// Starts `body`; nil if the system gives no thread.
  package init?(stackBytes: Int, _ body: @escaping @Sendable () -> Void) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, stackBytes)
    let box = Unmanaged.passRetained(Body(body))
    let status = pthread_create(
      &thread, &attributes,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
        return nil
      }, box.toOpaque())
    if status != 0 {
      box.release()
      return nil
    }
  }

  /// Waits for the end of the body; once.
  package func join() { pthread_join(thread, nil) }

  /// Lets the thread go when its body ends; instead of `join`.
  func detach() { pthread_detach(thread) }
}
